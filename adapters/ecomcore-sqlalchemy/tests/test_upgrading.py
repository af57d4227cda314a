"""A database of the first release, brought up to date: nothing is lost, and the shop opens again.

``rows_of_0001.json`` holds every row that the first release wrote in the life of a small shop, moments as microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ecomcore import Shop, assemble
from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import Categories, Products
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.inventory import (
    BackOrders,
    Condition,
    DamageStock,
    GetAvailability,
    Level,
    ListStock,
    LocationKind,
    Locations,
    MovementKind,
    OutOfStock,
    Purpose,
    Reservations,
    ReservationState,
    ReserveStock,
    SetStockRules,
    StockItems,
    StockLine,
    StripeStock,
    Tracking,
)
from ecomcore.kernel.ids import MemberId, OrderId, VariantId
from ecomcore.kernel.messages import Member, Staff, System
from ecomcore.kernel.money import Currency
from ecomcore.ordering import CancelOrder, CartLine, ListOrders, Order, Orders, OrderState, PlaceOrder, QuoteCart
from ecomcore.quoting import BASE
from ecomcore.shipping import Shipments
from ecomcore.testing import euros
from ecomcore.wire import Wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.migrations import head, revision
from ecomcore_sqlalchemy.tables import METADATA
from tests.support.upgrades import Rows, database_of, kept_rows, rows_of

ROWS: Rows = json.loads((Path(__file__).parent / "rows_of_0001.json").read_text(encoding="utf-8"))
APPEND_ONLY = ("stock_movements", "payment_entries", "events", "order_lines", "reservation_lines", "shipment_lines")
ADA = Member(MemberId("ada"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlPersistence]:
    """A store that was opened on a database of the first release; tests only look at it."""
    yield from database_of("0001", ROWS, request, tmp_path_factory)


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own on such a store."""
    for store in database_of("0001", ROWS, request, tmp_path_factory):
        yield assemble(store)


def orders_of(store: SqlPersistence) -> Mapping[OrderId, Order]:
    assemble(store)  # the store reads with the codec of a shop
    with store.begin(write=False) as work:
        return {order.id: order for order in work.repository(Orders).page(None, 100)}


# The rows ----------------------------------------------------------------------------------------------------------


def test_the_rows_of_the_first_release_are_of_all_its_tables() -> None:
    assert set(APPEND_ONLY) < set(ROWS)
    assert all(table["rows"] for table in ROWS.values())


@pytest.mark.failure("F114")
@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_lost_when_a_database_is_upgraded(upgraded: SqlPersistence, name: str) -> None:
    assert revision(upgraded.engine) == head() != "0001"
    table, kept = kept_rows(upgraded, name, ROWS)

    key = [column.name for column in table.primary_key]
    before = {tuple(row[each] for each in key): row for row in rows_of(table, ROWS)}
    now_ = {tuple(row[each] for each in key): row for row in kept}
    assert {each: row for each, row in now_.items() if each in before} == before
    if name != "reservation_lines":  # which have become a ledger, and say as well how it ended
        assert len(kept) == len(before)


def test_an_upgraded_database_has_the_schema_of_a_new_one(upgraded: SqlPersistence) -> None:
    with upgraded.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_after_the_upgrade_ledgers_are_closed_again(upgraded: SqlPersistence, table: str, statement: str) -> None:
    engine: Engine = upgraded.engine
    column = f'"{ROWS[table]["columns"][0]}"'
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))


# What it means -----------------------------------------------------------------------------------------------------


@pytest.mark.failure("F114")
@pytest.mark.parametrize(
    ("port", "table"),
    [
        (Categories, "categories"),
        (Products, "products"),
        (Locations, "locations"),
        (StockItems, "stock_items"),
        (Reservations, "reservations"),
        (Orders, "orders"),
        (Shipments, "shipments"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_everything_stored_is_read_and_nothing_is_lost(upgraded: SqlPersistence, port: type, table: str) -> None:
    assemble(upgraded)

    with upgraded.begin(write=False) as work:
        found = work.repository(port).page(None, 100)

    columns = ROWS[table]["columns"]
    stored = {row[columns.index("id")]: row for row in ROWS[table]["rows"]}
    assert {each.id for each in found} == set(stored)
    for each in found:
        assert each.version == stored[each.id][columns.index("version")]
        assert each.told == stored[each.id][columns.index("told")]


def test_what_was_ordered_cost_what_it_cost_without_discounts_and_taxes(upgraded: SqlPersistence) -> None:
    orders = orders_of(upgraded)

    assert len(orders) == 7
    for order in orders.values():
        assert order.lines
        for line in order.lines:
            assert line.original == line.shown == line.price
            assert line.listed == line.total == line.price.total(line.quantity)
            assert (line.discounts, line.taxes, line.relief, line.gift) == ((), (), euros(0), None)
            assert (line.source, line.tax_included) == (BASE, True)
        assert (order.shipping, order.instalments, order.contact, order.waits_for) == (None, (), None, ())
        assert (order.earns, order.redeems) == (1, False)


def test_a_price_per_many_units_is_still_one(upgraded: SqlPersistence) -> None:
    (line,) = (line for order in orders_of(upgraded).values() for line in order.lines if line.variant == "sencha")

    assert (line.quantity, line.price.per, line.original.per, line.total) == (125, 50, 50, euros(12_48))


def test_every_category_knows_all_that_is_above_it(upgraded: SqlPersistence) -> None:
    assemble(upgraded)
    with upgraded.begin(write=False) as work:
        found = work.repository(Categories).page(None, 100)

    assert {category.id: category.above for category in found} == {
        "root": (),
        "middle": ("root",),
        "a-leaf": ("middle", "root"),
    }


def test_the_ledger_of_every_reservation_says_how_it_ended(upgraded: SqlPersistence) -> None:
    assemble(upgraded)
    with upgraded.begin(write=False) as work:
        found = work.repository(Reservations).page(None, 100)
        shipped = {shipment.order: shipment.id for shipment in work.repository(Shipments).page(None, 100)}

    assert {each.state for each in found} == set(ReservationState) - {ReservationState.EXPIRED}
    for each in found:
        whole = each.reserved
        assert whole
        if each.state is ReservationState.OPEN:
            assert (each.lines, each.consumed, each.released) == (whole, (), ())
        elif each.state is ReservationState.CONSUMED:
            assert (each.lines, each.consumed, each.released) == ((), whole, ())
            assert each.has_consumed(shipped[OrderId(each.id)])
        else:
            assert (each.lines, each.consumed, each.released) == ((), (), whole)


def test_the_stock_of_before_lies_in_warehouses_and_follows_no_rules(upgraded: SqlPersistence) -> None:
    assemble(upgraded)
    with upgraded.begin(write=False) as work:
        items = work.repository(StockItems).page(None, 100)
        locations = work.repository(Locations).page(None, 100)
        ledgers = {item.id: work.repository(StockItems).movements(item.id) for item in items}
        reservations = work.repository(Reservations).page(None, 100)

    assert {(each.kind, each.place, each.ships, each.collects) for each in locations} == {
        (LocationKind.WAREHOUSE, None, True, False)
    }
    for item in items:
        sales = [entry.at for entry in ledgers[item.id] if entry.kind is MovementKind.SALE]
        assert item.active_at == (max(sales) if sales else ledgers[item.id][0].at)
        assert item.level is (Level.PLENTY if item.on_hand > item.reserved else Level.OUT)
        assert (item.damaged, item.short, item.buffer, item.beyond, item.low) == (0, 0, 0, None, 0)
        assert (item.tracking, item.lots, item.stripes, item.grade, item.dead) == (Tracking.NONE, (), 0, None, False)
    assert {entry.condition for ledger in ledgers.values() for entry in ledger} == {Condition.GOOD}
    assert {(each.purpose, each.channel) for each in reservations} == {(Purpose.ORDER, "")}
    assert {line.bundle for each in reservations for line in each.entries} == {None}


def test_the_stock_of_before_learns_new_rules(shop: Shop) -> None:
    staff, variant = shop.desk(Staff("sam", frozenset(("*",)))), VariantId("sencha")
    (view,) = staff.ask(ListStock((variant,)))

    staff.handle(DamageStock(variant, view.location, 5, "wet"))
    staff.handle(SetStockRules(variant, view.location, buffer=10, beyond=BackOrders(20)))
    staff.handle(StripeStock(variant, view.location, 8))
    shop.handle(ReserveStock("others", (StockLine(variant, view.available + 5),)), by=System())

    (after,) = staff.ask(ListStock((variant,)))
    assert (after.damaged, after.on_hand, after.available) == (5, view.on_hand - 5, 10)
    with pytest.raises(OutOfStock):
        shop.handle(ReserveStock("more", (StockLine(variant, 1),)), by=System())
    assert shop.audit() == []


def test_what_was_told_before_can_still_be_read(upgraded: SqlPersistence) -> None:
    wire = Wire(ROOMS)
    columns = ROWS["events"]["columns"]

    for row in ROWS["events"]["rows"]:
        name, body = row[columns.index("name")], row[columns.index("body")]

        assert type(wire.load(name, body)).__name__ == name


def test_the_audit_of_an_upgraded_shop_finds_nothing(upgraded: SqlPersistence) -> None:
    assert assemble(upgraded).audit() == []


# Life goes on ------------------------------------------------------------------------------------------------------


def test_orders_of_before_go_on_and_new_ones_are_placed(shop: Shop) -> None:
    staff, variant = shop.desk(Staff("sam", frozenset(("*",)))), VariantId("sencha")
    views = {view.state: view.id for view in shop.ask(ListOrders(), by=ADA)}
    shop.handle(CancelOrder(views[OrderState.CONFIRMED]), by=ADA)

    quote = shop.ask(QuoteCart((CartLine(variant, 50),), Currency("EUR")))
    order = shop.handle(PlaceOrder((CartLine(variant, 50),), quote.total, digest=quote.digest), by=ADA)

    assert quote.total == euros(4_99)
    assert order in [view.id for view in staff.ask(ListOrders(MemberId("ada")))]
    assert shop.ask(GetAvailability((variant,)))[0].available == 500 - 125 - 50
    assert shop.audit() == []


def test_what_waited_in_the_outbox_is_still_sent(shop: Shop) -> None:
    (dead,) = shop.ask(ListDeliveries(dead=True), by=System())

    shop.handle(SendAgain(dead.id), by=System())
    shop.drain()

    assert shop.ask(ListDeliveries(dead=True), by=System()) == ()
    assert shop.ask(ListDeliveries(dead=False), by=System()) == ()
