"""The stock in the database: what it refuses whoever asks, and by which index each question is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore.inventory import (
    Condition,
    ConsumeStock,
    MonthLine,
    MovementKind,
    PreOrders,
    ReceivedLine,
    ReleaseStock,
    Reservations,
    ReservedLine,
    ReserveStock,
    StockItem,
    StockItems,
    StockLine,
    StockMonth,
    StockMonths,
    Tracking,
    stock_item_id,
)
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, StockMonthId, VariantId
from ecomcore.testing import NOON, a_location, a_reservation, a_shop, a_stock_item, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.work import fetch, writing
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.dialect import Compiled
from ecomcore_sqlalchemy.stock_tables import STOCK_APPEND_ONLY
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything

names_of_lots = import_module("ecomcore_sqlalchemy.migrations.versions.0018_names_of_lots")

TEA, MAIN = VariantId("tea"), LocationId("main")
ITEM = stock_item_id(TEA, MAIN)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """Tea, of which a lot came and some was sold; milk with serial numbers; a reservation of two; a closed month."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    tea = a_stock_item("tea", on_hand=0).having(tracking=Tracking.LOTS)
    tea = tea.receive(ReceivedLine(TEA, 10, "a", NOON), "note", NOON.replace(year=2029))
    tea = tea.reserve(5, NOON.replace(year=2029)).consume(3, "parcel", NOON.replace(year=2029))[0]
    milk = a_stock_item("milk", on_hand=0).having(tracking=Tracking.SERIALS)
    milk = milk.receive(ReceivedLine(VariantId("milk"), 1, serials=("s-1",)), "note", NOON)
    month = StockMonth.close(StockMonthId("2030-05"), NOON, (MonthLine(ITEM, 7, 0),))
    reservation = a_reservation(lines=[ReservedLine(TEA, MAIN, 2)])
    keep(persistence, a_location(), tea, milk, a_stock_item("cup"), reservation, month)
    yield persistence
    persistence.close()


# The names of rows --------------------------------------------------------------------------------------------------


def test_lots_of_before_are_named_so_that_no_two_names_join_alike(store: SqlPersistence) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE stock_lots SET id = item || '/' || code"))
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            names_of_lots.upgrade()

    with store.engine.connect() as connection:
        names = set(connection.execute(text("SELECT id FROM stock_lots")).scalars())
    assert names == {f"{ITEM} a", "milk@main s-1"}
    with writing(store) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.get(ITEM, lock=True).warn("a"))
    assert fetch(store, StockItem, ITEM).lots[0].warned


# What the database refuses -----------------------------------------------------------------------------------------

CHANGES = [
    ("stock_items", "reserved = on_hand + cap + short + 1", "more promised than may be"),
    ("stock_items", "short = -1", "fewer than no promises that cannot be kept"),
    ("stock_items", "damaged = -1", "fewer than no damaged units"),
    ("stock_items", "damaged = 1000000001", "more damaged units than a quantity can be"),
    ("stock_items", "buffer = -1", "a buffer below zero"),
    ("stock_items", "low = -1", "a threshold below zero"),
    ("stock_items", "cap = 1", "promises beyond by no rule"),
    ("stock_items", "beyond = 'back_orders'", "a rule without a cap"),
    ("stock_items", "beyond = 'pre_orders', cap = 1", "pre-orders that are never released"),
    ("stock_items", "beyond = 'hopes', cap = 1", "a rule that does not exist"),
    ("stock_items", "days = 3", "days of no rule"),
    ("stock_items", "tracking = 'rfid'", "a way to tell units apart that does not exist"),
    ("stock_items", "grade = 'd'", "a grade that does not exist"),
    ("stock_items", "level = 'some'", "a level that does not exist"),
    ("stock_items", "stripes = -1", "fewer than no stripes"),
    ("stock_items", "stripes = 2", "stripes of lots"),
    ("locations", "kind = 'moon'", "a kind of location that does not exist"),
    ("locations", "latitude = 1.0", "half of the coordinates"),
    ("locations", "parcel_cost = 1", "a cost in no currency"),
    ("stock_lots", "quantity = -1", "a lot of fewer than no units"),
    ("stock_lots", "code = ''", "a lot without a name"),
    ("stock_lots", "position = -1", "a lot before the first"),
    ("stock_lots", "item = 'nothing'", "a lot of nothing"),
    ("stock_lots", "serial = true, quantity = 2", "two units with one serial number"),
    ("stock_lots", "serial = true, quantity = 1, variant = 'milk', code = 's-1'", "a serial number at two places"),
    ("reservations", "purpose = 'fun'", "a purpose that does not exist"),
    ("stock_months", "units = -1", "a month with fewer than no units"),
]


@pytest.mark.parametrize(("table", "change", "what"), CHANGES, ids=[f"{table}: {what}" for table, _, what in CHANGES])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what


ENTRIES = [
    ({"kind": "gift"}, "a kind that does not exist"),
    ({"condition": "odd"}, "a condition that does not exist"),
    ({"quantity": 0}, "an entry of no units"),
    ({"kind": "receipt"}, "a receipt that takes"),
    ({"kind": "return"}, "a return that takes"),
    ({"kind": "transfer_in"}, "a transfer that takes where it arrives"),
    ({"kind": "write_off", "quantity": 1}, "a write-off that adds"),
    ({"kind": "transfer_out", "quantity": 1}, "a transfer that adds where it leaves"),
    ({"balance": -1}, "fewer than no units after it"),
    ({}, "what was sold of this lot under the reference before"),
    ({"kind": "transfer_out"}, "what left of this lot under the reference before"),
]


@pytest.mark.parametrize(("change", "what"), ENTRIES, ids=[what for _, what in ENTRIES])
def test_the_database_refuses_an_entry_that_cannot_be(
    change: dict[str, object], what: str, store: SqlPersistence
) -> None:
    movements = METADATA.tables["stock_movements"]
    with store.engine.connect() as connection:
        sale = dict(connection.execute(movements.select().where(movements.c.kind == "sale")).mappings().one())
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(movements.insert(), {**sale, "number": 9, **change})

    assert type(refused.value).__name__ == "IntegrityError", what


@pytest.mark.parametrize("kind", [MovementKind.SALE, MovementKind.TRANSFER_OUT, MovementKind.WRITE_OFF])
def test_of_another_lot_units_may_leave_under_the_same_reference(kind: MovementKind, store: SqlPersistence) -> None:
    movements = METADATA.tables["stock_movements"]
    with store.engine.begin() as connection:
        sale = dict(connection.execute(movements.select().where(movements.c.kind == "sale")).mappings().one())
        connection.execute(movements.insert(), {**sale, "number": 9, "kind": kind.value, "lot": "b"})
        found = connection.execute(text("SELECT count(*) FROM stock_movements WHERE reference = 'parcel'")).scalar_one()

    assert found == 2


@pytest.mark.parametrize("change", [{"bundle": "box"}, {"item": "milk@main"}, {"reference": "another"}], ids=str)
def test_a_reference_takes_once_of_an_item_for_one_bundle(change: dict[str, str], store: SqlPersistence) -> None:
    lines = METADATA.tables["reservation_lines"]
    with store.engine.begin() as connection:
        line = dict(connection.execute(lines.select()).mappings().one())
        line |= {"kind": "consumed", "quantity": -1, "balance": 0, "reference": "parcel"}
        connection.execute(lines.insert(), {**line, "number": 2})
        connection.execute(lines.insert(), {**line, "number": 3, **change})
    with pytest.raises(DBAPIError, match=r"(?i)unique"), store.engine.begin() as connection:
        connection.execute(lines.insert(), {**line, "number": 4})


@pytest.mark.parametrize("table", STOCK_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET on_hand = on_hand"])
def test_a_closed_month_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table)))


# How things are found ----------------------------------------------------------------------------------------------

MONTH = StockMonthId("2030-05")
FOUND: list[tuple[str, type, Callable[[Any], Any], str]] = [
    ("of variants", StockItems, lambda items: items.of_variants([TEA]), "stock_items"),
    ("a location", StockItems, lambda items: items.at_location(MAIN, None, 9), "ix_stock_items_location_variant"),
    ("a ledger", StockItems, lambda items: items.movements(ITEM), "pk_stock_movements"),
    ("a lot", StockItems, lambda items: items.movements_of_lot(TEA, "a", 9), "ix_stock_movements_lot"),
    ("what expires", StockItems, lambda items: items.expiring(NOON, None, 9), "ix_stock_lots_expires_at"),
    (
        "of what to warn",
        StockItems,
        lambda items: items.expiring(NOON, None, 9, untold=True),
        "ix_stock_lots_expires_at",
    ),
    ("what is dead", StockItems, lambda items: items.unsold(NOON, None, 9), "stock_items"),
    ("what is due", StockItems, lambda items: items.due(NOON, 9), "ix_stock_items_due_at"),
    ("what is striped", StockItems, lambda items: items.striped(None, 9), "ix_stock_items_striped"),
    ("what was sold", StockItems, lambda items: items.sold(MAIN, NOON), "ix_stock_movements_sold"),
    ("balances", StockItems, lambda items: items.balances(NOON, None, 9), "ix_stock_movements_damaged"),
    ("sums of ledgers", StockItems, lambda items: items.ledger_sums([ITEM]), "pk_stock_movements"),
    ("what is set aside", StockItems, lambda items: items.reserved_sums([ITEM]), "reservation_lines"),
    ("of an item", Reservations, lambda all_: all_.of_item(ITEM, None, 9), "ix_reservation_lines_item_reservation"),
    ("what expired", Reservations, lambda all_: all_.expired(NOON, 9), "ix_reservations_open_expires_at"),
    ("overdue", Reservations, lambda all_: all_.overdue([ITEM], NOON, 9), "ix_reservations_open_expires_at"),
    ("overdue units", Reservations, lambda all_: all_.overdue_sums([ITEM], NOON), "ix_reservations_open_expires_at"),
    ("a month", StockMonths, lambda months: months.lines(MONTH, None, 9), "pk_stock_month_lines"),
]


def test_an_older_database_learns_what_time_will_change(store: SqlPersistence) -> None:
    gone = a_stock_item("gone", on_hand=0).having(tracking=Tracking.LOTS)
    gone = gone.receive(ReceivedLine(VariantId("gone"), 1, "b", NOON), "note", NOON.replace(year=2029))
    gone = gone.write_off(1, Condition.GOOD, "broken", NOON.replace(year=2029), lot="b")
    book = a_stock_item("book").having(beyond=PreOrders(5, NOON.replace(year=2031)))
    keep(store, book, gone)
    migration = import_module("ecomcore_sqlalchemy.migrations.versions.0015_due_stock")

    with store.engine.begin() as connection:
        connection.execute(text("UPDATE stock_items SET due_at = NULL"))
        for statement in migration.FILLED:
            connection.execute(text(statement))

    with store.begin(write=False) as work:
        items: StockItems = work.repository(StockItems)
        due = {item.variant: item.due_at for item in items.due(NOON.replace(year=2099), 9)}
    assert due == {"tea": NOON, "book": NOON.replace(year=2031)}


@pytest.mark.parametrize(("what", "port", "find", "index"), FOUND, ids=[what for what, *_ in FOUND])
def test_the_stock_is_found_by_an_index_in_one_statement(
    what: str,
    port: type,
    find: Callable[[Any], Any],
    index: str,
    store: SqlPersistence,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statements, plan = planned(store, port, find, monkeypatch)

    assert statements <= 2, "one, and one for the lots or lines of what was found"
    assert index.removeprefix("pk_") in plan, f"{what}: {plan}"
    assert "Seq Scan" not in plan, f"{what}: {plan}"
    assert "SCAN" not in plan.replace("SCAN j", "").replace("SCAN roots", ""), f"{what}: {plan}"


def planned(
    store: SqlPersistence, port: type, find: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str]:
    """How many statements a question takes, and how the database carries out the first of them."""
    asked: list[tuple[Compiled, dict[str, Any]]] = []
    fetch = store.dialect.fetch

    def listen(channel: Any, statement: Compiled, parameters: Any) -> Any:
        asked.append((statement, {**statement.values, **parameters}))
        return fetch(channel, statement, parameters)

    monkeypatch.setattr(store.dialect, "fetch", listen)
    with store.begin() as work:
        find(work.repository(port))
    statement, parameters = asked[0]
    with store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", parameters).all()
            return len(asked), " ".join(str(row[-1]) for row in plan)
        connection.exec_driver_sql(f"PREPARE question AS {statement.text}")
        nothing = ", ".join("NULL" for _ in statement.names)  # the plan is the same for all values
        rows = connection.exec_driver_sql(f"EXPLAIN EXECUTE question ({nothing})").scalars().all()
        connection.exec_driver_sql("DEALLOCATE question")
        return len(asked), "\n".join(rows)


# How many statements -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["reserve", "release", "consume", "sold out"])
def test_a_plain_item_takes_no_more_statements_than_before_there_were_stripes(
    command: str, store: SqlPersistence
) -> None:
    kit = a_shop(store, products=2, stock=100)
    lines = tuple(StockLine(variant, 1) for variant in kit.variants)
    for source in ("warm", "counted"):
        if command in ("release", "consume"):
            kit.system.handle(ReserveStock(source, lines))
    commands: dict[str, Callable[[str], Any]] = {
        "reserve": lambda source: ReserveStock(source, lines),
        "release": ReleaseStock,
        "consume": lambda source: ConsumeStock(source, f"of-{source}"),
        "sold out": lambda source: ReserveStock(source, (StockLine(kit.variants[0], 101),)),
    }
    kit.system.attempt(commands[command]("warm"))
    before = store.statements

    kit.system.attempt(commands[command]("counted"))

    assert store.statements - before <= {"reserve": 11, "release": 10, "consume": 11, "sold out": 7}[command]


def test_the_store_counts_reservations_by_their_ids(store: SqlPersistence) -> None:
    with store.begin(write=False) as work:
        found = work.repository(Reservations).of_item(StockItemId(ITEM), ReservationId("a"), 9)

    assert [each.id for each in found] == ["order"]
