"""Reservations and shipments of parts in the database: what it refuses, how many statements it takes, old rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ecomcore import assemble
from ecomcore.inventory import (
    ConsumeStock,
    ReleasePart,
    ReleaseStock,
    Reservation,
    ReservationEntry,
    ReservationEntryKind,
    ReservationState,
    ReservedLine,
    ReserveMore,
    ReserveStock,
    StockLine,
)
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import System
from ecomcore.shipping import Shipment
from ecomcore.testing import ShopKit, a_location, a_reservation, a_shop, a_stock_item, fetch, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.migrations import config, head, revision
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything
from tests.support.postgres import postgres_database

TEA, MAIN = VariantId("tea"), LocationId("main")


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """An empty database."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    yield persistence
    persistence.close()


# What the database refuses -----------------------------------------------------------------------------------------

REFUSED = [
    ({"number": 0}, "an entry before the first"),
    ({"kind": "lost"}, "a kind that does not exist"),
    ({"quantity": 0}, "an entry of no units"),
    ({"quantity": 1}, "units that come when they leave"),
    ({"balance": -1}, "less than nothing set aside"),
    ({"reference": ""}, "units that leave under no reference"),
    ({"kind": "released"}, "units given back under a reference"),
    ({"kind": "reserved", "quantity": 3, "balance": 2, "reference": ""}, "more that came than is there after it"),
    ({"item": "nothing"}, "units of nothing"),
    ({"reservation": "nobodys"}, "units of no reservation"),
    ({}, "what left under the reference before"),
]


@pytest.mark.parametrize(("change", "what"), REFUSED, ids=[what for _, what in REFUSED])
def test_the_database_refuses_an_entry_that_cannot_be(
    change: dict[str, object], what: str, store: SqlPersistence
) -> None:
    reservation = a_reservation(lines=[ReservedLine(TEA, MAIN, 5)])
    keep(store, a_location("main"), a_stock_item(), reservation.consume("parcel", [ReservedLine(TEA, MAIN, 2)]))
    lines = METADATA.tables["reservation_lines"]
    with store.engine.connect() as connection:
        row = dict(connection.execute(lines.select().where(lines.c.kind == "consumed")).mappings().one())
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(lines.insert(), {**row, "number": 3, **change})

    assert type(refused.value).__name__ == "IntegrityError", what


def test_the_same_units_may_leave_under_another_reference(store: SqlPersistence) -> None:
    reservation = a_reservation(lines=[ReservedLine(TEA, MAIN, 5)])
    keep(store, a_location("main"), a_stock_item(), reservation)

    for parcel in ("one", "two"):
        keep(store, fetch(store, Reservation, "order").consume(parcel, [ReservedLine(TEA, MAIN, 2)]))

    assert fetch(store, Reservation, "order").consumed == (ReservedLine(TEA, MAIN, 4),)


# How many statements -----------------------------------------------------------------------------------------------


def lines_of(variants: Sequence[VariantId]) -> tuple[StockLine, ...]:
    return tuple(StockLine(variant, 1) for variant in variants)


def held_of(kit: ShopKit, variants: Sequence[VariantId]) -> tuple[ReservedLine, ...]:
    return tuple(ReservedLine(variant, kit.location, 1) for variant in variants)


COMMANDS: dict[str, Callable[[ShopKit, str, Sequence[VariantId]], object]] = {
    "more": lambda kit, source, variants: ReserveMore(source, lines_of(variants)),
    "part": lambda _, source, variants: ReleasePart(source, lines_of(variants)),
    "consume": lambda kit, source, variants: ConsumeStock(source, f"of-{source}", held_of(kit, variants)),
    "the rest": lambda _, source, __: ReleaseStock(source),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_number_of_statements_does_not_grow_with_the_lines(name: str, store: SqlPersistence) -> None:
    kit = a_shop(store, products=50, stock=100)

    def statements(lines: int) -> int:
        source, variants = f"order-{lines}", kit.variants[:lines]
        kit.system.handle(ReserveStock(source, (*lines_of(variants), *lines_of(variants))))
        before = store.statements
        kit.system.handle(COMMANDS[name](kit, source, variants))  # type: ignore[arg-type]  # all of them are commands
        return store.statements - before

    assert statements(50) == statements(1)


# Rows of before ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlPersistence]:
    """A store on a database that had reservations and a shipment before they had parts."""
    if request.param == "sqlite":
        yield from _of_before(f"sqlite:///{tmp_path_factory.mktemp('before') / 'shop.db'}")
    else:
        with postgres_database(request.getfixturevalue("postgres_server_url")) as url:
            yield from _of_before(url)


def _of_before(url: str) -> Iterator[SqlPersistence]:
    before = SqlPersistence(url, migrate=False)
    with before.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0004")
        _write(connection)
        connection.exec_driver_sql("COMMIT")
    assert revision(before.engine) == "0004"
    before.close()

    store = use_wire(SqlPersistence(url))
    yield store
    store.close()


def _write(connection: Connection) -> None:
    """A reservation in each state, of two items each; the consumed one of an order that was shipped."""
    moment = "0" if connection.dialect.name == "sqlite" else "'1970-01-01T00:00:00Z'"
    run = connection.exec_driver_sql
    run("INSERT INTO locations (id, version, told, name, priority) VALUES ('main', 1, 0, 'Main', 1)")
    for variant in ("tea", "milk"):
        run(
            "INSERT INTO stock_items (id, version, told, variant, location, on_hand, reserved, entries) "
            f"VALUES ('{variant}@main', 1, 0, '{variant}', 'main', 9, 3, 1)"
        )
        run(
            "INSERT INTO stock_movements (item, number, kind, quantity, balance, reference, at) "
            f"VALUES ('{variant}@main', 1, 'receipt', 9, 9, '', {moment})"
        )
    run(
        "INSERT INTO orders (id, version, told, buyer, channel, currency, total, capture, placed_at, state) "
        f"VALUES ('consumed', 1, 0, 'member:ada', 'default', 'EUR', 0, 'at_shipping', {moment}, 'shipped')"
    )
    run(
        'INSERT INTO shipments (id, version, told, "order", state, tracking) '
        "VALUES ('parcel', 1, 0, 'consumed', 'shipped', 'JD')"
    )
    run("INSERT INTO shipment_lines (shipment, number, variant, quantity) VALUES ('parcel', 1, 'tea', 3)")
    for state in (*ReservationState, "by-hand"):
        kept = "consumed" if state == "by-hand" else state
        run(f"INSERT INTO reservations (id, version, told, state) VALUES ('{state}', 1, 0, '{kept}')")
        for number, variant in enumerate(("tea", "milk"), 1):
            run(
                "INSERT INTO reservation_lines (reservation, item, number, variant, location, quantity) "
                f"VALUES ('{state}', '{variant}@main', {number}, '{variant}', 'main', {number + 2})"
            )


def test_rows_of_before_become_ledgers_that_say_what_happened(upgraded: SqlPersistence) -> None:
    kinds, milk = ReservationEntryKind, VariantId("milk")
    set_aside = (
        ReservationEntry(1, kinds.RESERVED, TEA, MAIN, 3, 3),
        ReservationEntry(2, kinds.RESERVED, milk, MAIN, 4, 4),
    )

    def gone(kind: ReservationEntryKind, reference: str = "") -> tuple[ReservationEntry, ...]:
        return (
            ReservationEntry(3, kind, TEA, MAIN, -3, 0, reference),
            ReservationEntry(4, kind, milk, MAIN, -4, 0, reference),
        )

    assert revision(upgraded.engine) == head()
    assert {id_: fetch(upgraded, Reservation, id_).entries for id_ in (*ReservationState, "by-hand")} == {
        "open": set_aside,
        "consumed": set_aside + gone(kinds.CONSUMED, "parcel"),
        "released": set_aside + gone(kinds.RELEASED),
        "expired": set_aside + gone(kinds.RELEASED),
        "by-hand": set_aside + gone(kinds.CONSUMED, "by-hand"),
    }


def test_shipments_of_before_left_nobody_says_where_and_were_nobody_elses(upgraded: SqlPersistence) -> None:
    parcel = fetch(upgraded, Shipment, "parcel")

    assert (parcel.tracking, len(parcel.lines)) == ("JD", 1)
    assert (parcel.location, parcel.seller) == (None, None)


def test_a_reservation_of_before_goes_on_in_parts(upgraded: SqlPersistence) -> None:
    with upgraded.engine.begin() as connection:
        connection.execute(text("UPDATE stock_items SET reserved = 4 WHERE id = 'milk@main'"))
    handle = assemble(upgraded).desk(System()).handle

    handle(ReserveMore("open", (StockLine(TEA, 1),)))
    handle(ConsumeStock("open", "new-parcel", (ReservedLine(TEA, MAIN, 2),)))
    handle(ReleasePart("open", (StockLine(VariantId("milk"), 4),)))

    kept = fetch(upgraded, Reservation, "open")
    assert (kept.lines, kept.state) == ((ReservedLine(TEA, MAIN, 2),), ReservationState.OPEN)
