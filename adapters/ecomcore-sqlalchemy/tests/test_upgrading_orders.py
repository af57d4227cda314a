"""Orders of the second release, in every state and with every fate of their payments: they are kept, and go on.

``rows_of_0004.json`` holds every row that a small shop of then wrote, and what is told of its orders by their names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from attrs import evolve
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore import assemble
from ecomcore.bootstrap import ROOMS
from ecomcore.documents import IssueInvoice
from ecomcore.inventory import Reservations
from ecomcore.kernel.ids import LocationId, OrderId, ReservationId, VariantId
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import (
    CancelOrder,
    CancelUnits,
    CaptureOrder,
    CartLine,
    EditOrder,
    EntryKind,
    ExpireUnpaid,
    GetTimeline,
    LineUnits,
    Order,
    Orders,
    OrderState,
    PaymentAuthorised,
    PaymentRequest,
    PreviewEdit,
    RecordAuthorisation,
    RefundOrder,
    RetryPayment,
    Source,
)
from ecomcore.shipping import DeliverShipment, ListShipments, ShipmentState, ShipShipment
from ecomcore.testing import NOON, FixedClock, SequentialIds, ShopKit, euros
from ecomcore.wire import Wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.migrations import head, revision
from ecomcore_sqlalchemy.tables import APPEND_ONLY, METADATA
from tests.support.upgrades import Rows, database_of, kept_rows, rows_of

KEPT = json.loads((Path(__file__).parent / "rows_of_0004.json").read_text(encoding="utf-8"))
ROWS: Rows = KEPT["tables"]
ORDERS: Mapping[str, OrderId] = KEPT["orders"]
TEA, CUP = VariantId("a-00000001-v1"), VariantId("a-00000001-v2")
MAIN, FAR = LocationId("a-00000001-store"), LocationId("far")
STATES = {
    "completed": OrderState.COMPLETED,
    "shipped": OrderState.SHIPPED,
    "cancelled": OrderState.CANCELLED,
    "confirmed": OrderState.CONFIRMED,
    "from two places": OrderState.CONFIRMED,
    "declined": OrderState.PLACED,
    "waits for the buyer": OrderState.PLACED,
    "not asked yet": OrderState.PLACED,
    "taken at once": OrderState.CONFIRMED,
    "taken and given back": OrderState.CANCELLED,
    "nothing paid, cancelled": OrderState.CANCELLED,
    "taking refused": OrderState.CONFIRMED,
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlPersistence]:
    """A store that was opened on a database of then; tests only look at it."""
    yield from database_of("0004", ROWS, request, tmp_path_factory)


@pytest.fixture(params=["sqlite", "postgresql"])
def kit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopKit]:
    """A shop of its own on such a store, with the provider of then."""
    for store in database_of("0004", ROWS, request, tmp_path_factory):
        yield a_shop_of_then(store)


def a_shop_of_then(store: SqlPersistence) -> ShopKit:
    clock, ids = FixedClock(NOON + timedelta(minutes=5)), SequentialIds("c")
    gateway = MemoryGateway(clock=clock)
    shop = assemble(store, gateway=gateway, clock=clock, ids=ids)
    for order in orders_of(store).values():
        remember(gateway, order)
    return ShopKit(shop, store, clock, ids, gateway, (TEA, CUP), MAIN)


def remember(gateway: MemoryGateway, order: Order) -> None:
    """What the provider did for an order."""
    for entry in order.ledger.entries:
        asked = PaymentRequest(f"{entry.kind}-{entry.payment}", entry.payment, order.id, entry.amount)
        about = evolve(asked, reference=f"auth-{entry.payment}")
        match entry.kind:
            case EntryKind.AUTHORISED:
                gateway.authorise(evolve(asked, key=entry.payment))
            case EntryKind.CAPTURED:
                gateway.capture(about)
            case EntryKind.VOIDED:
                gateway.void(about)
            case EntryKind.REFUNDED:
                gateway.refund(about)


def orders_of(store: SqlPersistence) -> Mapping[OrderId, Order]:
    assemble(store)  # the store reads with the codec of a shop
    with store.begin(write=False) as work:
        return {order.id: order for order in work.repository(Orders).page(None, 100)}


# The rows ----------------------------------------------------------------------------------------------------------


@pytest.mark.failure("F114")
@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_lost_when_a_database_is_upgraded(upgraded: SqlPersistence, name: str) -> None:
    assert revision(upgraded.engine) == head() != "0004"

    table, kept = kept_rows(upgraded, name, ROWS)

    key = [column.name for column in table.primary_key]
    now = {tuple(row[each] for each in key): row for row in kept}
    before = {tuple(row[each] for each in key): row for row in rows_of(table, ROWS)}
    assert {each: row for each, row in now.items() if each in before} == before
    if name != "reservation_lines":  # which have become a ledger, and say as well how it ended
        assert len(kept) == len(before)


def test_an_upgraded_database_has_the_schema_of_a_new_one(upgraded: SqlPersistence) -> None:
    with upgraded.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("table", sorted({"payment_entries", "order_lines", "reservation_lines"} & {*APPEND_ONLY}))
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET number = number"])
def test_after_the_upgrade_ledgers_are_closed_again(upgraded: SqlPersistence, table: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), upgraded.engine.begin() as connection:
        connection.execute(text(statement.format(table=table)))


@pytest.mark.parametrize("kind", [*EntryKind, "nonsense"])
def test_a_fact_about_a_payment_may_be_of_the_new_kinds_and_of_no_others(upgraded: SqlPersistence, kind: str) -> None:
    entries = METADATA.tables["payment_entries"]
    with upgraded.engine.connect() as connection:
        row = dict(connection.execute(entries.select()).mappings().first() or {})
        connection.exec_driver_sql("BEGIN")
        new = entries.insert().values(**{**row, "number": 99, "kind": str(kind), "reference": "another"})
        if kind == "nonsense":
            with pytest.raises(DBAPIError):
                connection.execute(new)
        else:
            connection.execute(new)
        connection.exec_driver_sql("ROLLBACK")


@pytest.mark.parametrize(("capture", "accepted"), [("by_hand", True), ("at_once", True), ("nonsense", False)])
def test_money_may_be_taken_in_the_new_way_and_in_no_other(
    upgraded: SqlPersistence, capture: str, accepted: bool
) -> None:
    with upgraded.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        statement = text("UPDATE orders SET capture = :capture").bindparams(capture=capture)
        if accepted:
            connection.execute(statement)
        else:
            with pytest.raises(DBAPIError):
                connection.execute(statement)
        connection.exec_driver_sql("ROLLBACK")


# What it means -----------------------------------------------------------------------------------------------------


def test_every_order_is_read_in_the_state_in_which_it_was(upgraded: SqlPersistence) -> None:
    orders = orders_of(upgraded)

    assert {name: orders[id_].state for name, id_ in ORDERS.items()} == STATES
    assert set(STATES.values()) == set(OrderState)
    for order in orders.values():
        assert order.number == order.id
        assert (order.amendments, order.holds, order.ask_at, order.cart, order.ship_to) == ((), (), None, None, None)
        assert {entry.method for entry in order.ledger.entries} == {""}


def test_orders_learn_where_their_goods_are_set_aside(upgraded: SqlPersistence) -> None:
    orders = orders_of(upgraded)
    with upgraded.begin(write=False) as work:
        reservations = work.repository(Reservations).many([ReservationId(id_) for id_ in ORDERS.values()])

    assert orders[ORDERS["from two places"]].sources == (Source(TEA, MAIN, 54), Source(TEA, FAR, 11))
    for order in orders.values():
        lines = reservations[ReservationId(order.id)].lines
        assert order.sources == tuple(Source(line.variant, line.location, line.quantity) for line in lines)


def test_orders_learn_in_which_shipment_they_have_left(upgraded: SqlPersistence) -> None:
    orders = orders_of(upgraded)
    left = {name: orders[ORDERS[name]] for name in ("completed", "shipped")}

    for name, order in left.items():
        (part,) = order.shipped
        assert (part.delivered, order.unshipped()) == (name == "completed", {})
        assert {line.variant: line.quantity for line in part.lines} == order.remaining()
    assert not any(order.shipped for id_, order in orders.items() if id_ not in {each.id for each in left.values()})


def test_only_what_nothing_covers_is_to_be_paid_by_a_time(upgraded: SqlPersistence) -> None:
    due = {id_ for id_, order in orders_of(upgraded).items() if order.pay_by is not None}

    assert due == {ORDERS[name] for name in ("declined", "waits for the buyer", "not asked yet")}


def test_the_audit_of_an_upgraded_shop_finds_nothing(upgraded: SqlPersistence) -> None:
    assert assemble(upgraded).audit() == []


@pytest.mark.parametrize("name", ORDERS)
def test_the_whole_story_of_an_order_of_before_can_be_told(upgraded: SqlPersistence, name: str) -> None:
    told = a_shop_of_then(upgraded).staff.ask(GetTimeline(ORDERS[name]))

    assert told[0].what == "OrderPlaced"
    assert len(told) >= 2


def test_what_was_told_of_money_that_is_taken_at_once_says_now_how_much() -> None:
    wire, columns = Wire(ROOMS), ROWS["events"]["columns"]
    told = {
        event.order: event.capture
        for row in ROWS["events"]["rows"]
        if isinstance(event := wire.load(row[columns.index("name")], row[columns.index("body")]), PaymentAuthorised)
    }

    assert told[ORDERS["taken at once"]] == euros(9_00)
    assert told[ORDERS["confirmed"]] is None


# Life goes on ------------------------------------------------------------------------------------------------------


def parcels(kit: ShopKit, order: OrderId) -> list[tuple[LocationId | None, int]]:
    return [
        (shipment.location, sum(line.quantity for line in shipment.lines))
        for shipment in kit.staff.ask(ListShipments(order))
        if shipment.state is ShipmentState.PREPARED
    ]


def test_a_confirmed_order_is_shipped_taken_and_delivered(kit: ShopKit) -> None:
    order = ORDERS["confirmed"]

    kit.ship(order, "JD-9")
    kit.deliver(order)

    view = kit.view(order)
    assert (view.state, view.captured) == (OrderState.COMPLETED, view.total)
    assert kit.shop.audit() == []


def test_a_shipment_of_before_takes_the_goods_of_all_places_along(kit: ShopKit) -> None:
    order = ORDERS["from two places"]
    assert parcels(kit, order) == [(None, 65)]

    kit.ship(order)

    assert kit.view(order).state is OrderState.SHIPPED
    assert kit.shop.audit() == []


def test_an_order_of_before_that_is_changed_is_packed_anew_by_place(kit: ShopKit) -> None:
    order = ORDERS["from two places"]

    kit.staff.handle(CancelUnits(order, (LineUnits(1, 1),), "too many"))
    assert parcels(kit, order) == [(MAIN, 54), (FAR, 10)]
    assert kit.shop.audit() == []

    add = (CartLine(CUP, 2),)
    after = kit.staff.ask(PreviewEdit(order, (), add)).after
    kit.staff.handle(EditOrder(order, after, "more", add=add, token="card"))
    assert sorted(parcels(kit, order), key=str) == sorted([(MAIN, 56), (FAR, 10)], key=str)
    for shipment in kit.staff.ask(ListShipments(order)):
        if shipment.state is not ShipmentState.CANCELLED:
            kit.staff.handle(ShipShipment(shipment.id))
            assert kit.shop.audit() == []
            kit.staff.handle(DeliverShipment(shipment.id))

    view = kit.view(order)
    assert (view.state, view.captured) == (OrderState.COMPLETED, view.total)
    assert kit.shop.audit() == []


def test_an_order_of_before_is_paid_at_last(kit: ShopKit) -> None:
    kit.member.handle(RetryPayment(ORDERS["declined"], "another card"))
    waiting = kit.view(ORDERS["waits for the buyer"]).payments[0]
    kit.system.handle(RecordAuthorisation(ORDERS["waits for the buyer"], waiting.payment, waiting.amount, "auth-late"))
    kit.settle()

    for name in ("declined", "waits for the buyer", "not asked yet"):
        assert kit.view(ORDERS[name]).state is OrderState.CONFIRMED
        kit.ship(ORDERS[name])
    assert kit.shop.audit() == []


def test_an_order_of_before_that_nobody_pays_expires(kit: ShopKit) -> None:
    kit.clock.tick(timedelta(minutes=31))

    assert kit.system.handle(ExpireUnpaid()) == 3

    for name in ("declined", "waits for the buyer", "not asked yet"):
        assert kit.view(ORDERS[name]).state is OrderState.CANCELLED
    assert kit.shop.audit() == []


@pytest.mark.parametrize(("name", "back"), [("taken at once", 9_00), ("confirmed", 0), ("declined", 0)])
def test_an_order_of_before_is_cancelled_and_its_money_goes_back(kit: ShopKit, name: str, back: int) -> None:
    order = ORDERS[name]

    (kit.guest if name == "confirmed" else kit.member).handle(CancelOrder(order, "no"))
    kit.settle()

    view = kit.view(order)
    assert (view.state, view.refunded, view.due) == (OrderState.CANCELLED, euros(back), view.total)
    assert kit.shop.audit() == []


def test_money_of_before_that_was_refused_is_taken_when_staff_ask_for_it_again(kit: ShopKit) -> None:
    kit.staff.handle(CaptureOrder(ORDERS["taking refused"]))

    view = kit.view(ORDERS["taking refused"])
    assert view.captured == view.total
    assert kit.shop.audit() == []


def test_what_was_delivered_before_is_refunded_and_billed(kit: ShopKit) -> None:
    order = ORDERS["completed"]
    kit.staff.handle(IssueInvoice(order))

    kit.staff.handle(RefundOrder(order, "broken", (LineUnits(1, 1),)))
    kit.settle()

    assert (kit.view(order).refunded, kit.view(order).total) == (euros(10_00), euros(30_00))
    assert kit.shop.audit() == []


def test_what_was_on_its_way_arrives(kit: ShopKit) -> None:
    kit.deliver(ORDERS["shipped"])

    assert kit.view(ORDERS["shipped"]).state is OrderState.COMPLETED
    assert kit.shop.audit() == []
