"""The schema: the same from the migrations as in the code, and refusing what the domain refuses, whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from ecomcore.catalog import AddCategory, AddProduct, NewVariant
from ecomcore.kernel.ids import CategoryId, VariantId
from ecomcore.memory import Fault
from ecomcore.promotions import ApprovePromotion, CreatePromotion
from ecomcore.quoting import AmountOff, Terms
from ecomcore.testing import a_price, a_shop, euros
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.migrations import head, revision, upgrade
from ecomcore_sqlalchemy.tables import APPEND_ONLY, METADATA


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]))


@pytest.fixture
def store(url: str) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(url)
    yield persistence
    persistence.close()


def test_the_migrations_make_the_schema_that_the_code_uses(store: SqlPersistence) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, METADATA) == []


def test_the_migrations_make_every_check(store: SqlPersistence) -> None:
    inspector = inspect(store.engine)
    for table in METADATA.sorted_tables:
        declared = {check.name for check in table.constraints if type(check).__name__ == "CheckConstraint"}

        assert {found["name"] for found in inspector.get_check_constraints(table.name)} == declared


def test_upgrading_twice_changes_nothing(store: SqlPersistence) -> None:
    upgrade(store.engine)

    assert revision(store.engine) == head()


def test_processes_that_start_together_create_one_schema(sqlite_url: str) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def open_the_store() -> None:
        try:
            start.wait()
            SqlPersistence(sqlite_url).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_the_store) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_without_migrating_an_empty_database_stays_empty(sqlite_url: str) -> None:
    persistence = SqlPersistence(sqlite_url, migrate=False)

    assert inspect(persistence.engine).get_table_names() == []
    persistence.close()


def test_sqlite_keeps_a_log_and_checks_foreign_keys(sqlite_url: str) -> None:
    persistence = SqlPersistence(sqlite_url)
    with persistence.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    persistence.close()


@pytest.mark.parametrize("url", ["mysql://localhost/shop", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_cannot_hold_a_shop_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite|SQLite"):
        SqlPersistence(url)


REFUSED = [
    ("stock_items", "reserved = on_hand + 1", "more reserved than there is"),
    ("stock_items", "reserved = -1", "less than nothing reserved"),
    ("stock_items", "on_hand = -1", "less than nothing on hand"),
    ("stock_items", "on_hand = 1000000001", "more than a quantity can be"),
    ("stock_items", "entries = -1", "fewer than no movements"),
    ("stock_items", "version = 0", "a version before the first"),
    ("stock_items", "location = 'nowhere'", "a location that does not exist"),
    ("stock_items", "variant = NULL", "stock of nothing"),
    ("orders", "total = -1", "a total below zero"),
    ("orders", "state = 'lost'", "a state that does not exist"),
    ("orders", "capture = 'never'", "a way to capture that does not exist"),
    ("orders", "currency = 'EU'", "a currency of two letters"),
    ("orders", "told = -1", "fewer than no events"),
    ("orders", "location = 'nowhere'", "a location that does not exist"),
    ("orders", "earns = 0", "an order that earns less than its points"),
    ("orders", "delivery_listed = -1", "a delivery listed below zero"),
    ("orders", "delivery_total = -1", "a delivery below zero"),
    ("orders", "delivery_relief = -1", "a relief below zero"),
    ("products", "state = 'lost'", "a state that does not exist"),
    ("products", "category = 'nowhere'", "a category that does not exist"),
    ("variants", "price = -1", "a price below zero"),
    ("variants", "per = 0", "a price for no units"),
    ("variants", "sku = 'sku-taken'", "two variants with one SKU"),
    ("variants", "product = 'nowhere'", "a variant of no product"),
    ("reservations", "state = 'lost'", "a state that does not exist"),
    ("shipments", "state = 'lost'", "a state that does not exist"),
    ("shipments", "\"order\" = 'nowhere'", "a shipment of no order"),
    ("shipments", "location = 'nowhere'", "a location that does not exist"),
    ("categories", "parent = id", "a category below itself"),
    ("categories", "depth = -1", "a category above the root"),
    ("deliveries", "attempts = -1", "fewer than no attempts"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, stocked: Engine) -> None:
    with pytest.raises(DBAPIError) as refused, stocked.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_ledgers_and_snapshots_are_never_changed(table: str, statement: str, stocked: Engine) -> None:
    column = f'"{next(iter(METADATA.tables[table].c)).name}"'
    with pytest.raises(DBAPIError, match="append-only"), stocked.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))

    with stocked.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0


INSERTED_TWICE = [
    ("replies", ("scope", "key")),
    ("events", ("kind", "aggregate", "sequence")),
    ("stock_movements", ("item", "number")),
    ("reservation_lines", ("reservation", "number")),
    ("payment_entries", ("order", "number")),
    ("order_lines", ("order", "number")),
    ("order_charges", ("order", "line", "kind", "number")),
]


@pytest.mark.parametrize(("table", "key"), INSERTED_TWICE, ids=[table for table, _ in INSERTED_TWICE])
def test_a_row_is_there_once(table: str, key: tuple[str, ...], stocked: Engine) -> None:
    own = METADATA.tables[table]
    changed = {"id": "another"} if "id" in own.c else {}
    with stocked.connect() as connection:
        row = dict(connection.execute(own.select().limit(1)).mappings().one())
    with pytest.raises(DBAPIError) as refused, stocked.begin() as connection:
        connection.execute(own.insert(), {**row, **changed})

    assert type(refused.value).__name__ == "IntegrityError", key


CHARGES_REFUSED = [
    ({"promotion": None}, "a discount of no promotion"),
    ({"lane": None}, "a discount in no lane"),
    ({"amount": -1}, "a discount below zero"),
    ({"base": -1}, "a discount of less than nothing"),
    ({"line": -1}, "a line before delivery, which is 0"),
    ({"number": 0}, "a discount before the first"),
    ({"kind": "fee"}, "a kind that does not exist"),
    ({"kind": "tax"}, "a tax of a promotion"),
    ({"kind": "tax", "promotion": None, "lane": None}, "a tax without its rate"),
    ({"order": "nobodys"}, "a discount on no order"),
]


@pytest.mark.parametrize(("change", "what"), CHARGES_REFUSED, ids=[what for _, what in CHARGES_REFUSED])
def test_the_database_refuses_a_charge_that_cannot_be(change: dict[str, object], what: str, stocked: Engine) -> None:
    charges = METADATA.tables["order_charges"]
    with stocked.connect() as connection:
        row = dict(connection.execute(charges.select().limit(1)).mappings().one())
    with pytest.raises(DBAPIError) as refused, stocked.begin() as connection:
        connection.execute(charges.insert(), {**row, "number": 99, **change})

    assert type(refused.value).__name__ == "IntegrityError", what


def test_one_shipment_takes_its_units_once_whatever_the_number(stocked: Engine) -> None:
    movements = METADATA.tables["stock_movements"]
    with stocked.connect() as connection:
        sale = dict(connection.execute(movements.select().where(movements.c.kind == "sale")).mappings().first() or {})
    with pytest.raises(DBAPIError, match=r"(?i)unique"), stocked.begin() as connection:
        connection.execute(movements.insert(), {**sale, "number": 99})


@pytest.fixture(scope="module")
def stocked_urls(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> dict[str, str]:
    urls = {"sqlite": f"sqlite:///{tmp_path_factory.mktemp('schema') / 'shop.db'}", "postgresql": postgres_url}
    for url in urls.values():
        _a_life(url)
    return urls


@pytest.fixture(params=["sqlite", "postgresql"])
def stocked(request: pytest.FixtureRequest, stocked_urls: dict[str, str]) -> Iterator[Engine]:
    """The engine of a database with at least one row in every table."""
    persistence = SqlPersistence(stocked_urls[request.param])
    yield persistence.engine
    persistence.close()


def _a_life(url: str) -> None:
    """Something happens in every room, and something waits in the outbox."""
    persistence = SqlPersistence(url)
    kit = a_shop(persistence, products=2, stock=50)
    kit.staff.handle(AddCategory("Tea", id=CategoryId("tea")))
    taken = NewVariant("sku-taken", a_price(), id=VariantId("another"))
    kit.staff.handle(AddProduct("Cup", (taken,), category=CategoryId("tea")))
    off = Terms(name="Sale", effects=(AmountOff(euros(1_00)),))
    kit.staff.handle(ApprovePromotion(kit.staff.handle(CreatePromotion(off)), 1))
    kit.ship(kit.buy(key="first"))
    kit.gateway.script(Fault.DOWN)
    kit.buy(kit.variants[1], key="second")
    persistence.close()
