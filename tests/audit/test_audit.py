"""Every rule of the audit notices its breach, names it with its rows, and names nothing else."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomcore import audit
from ecomcore.audit import Breach, pages
from ecomcore.catalog import Category, Product
from ecomcore.inventory import (
    CorrectStock,
    ExpireReservations,
    Location,
    ReceiveStock,
    Reservation,
    ReservationState,
    StockItem,
    StockLine,
    stock_item_id,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import LocationId, OrderId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.memory import Fault
from ecomcore.ordering import (
    Capture,
    EntryKind,
    Ledger,
    ListOrders,
    Order,
    OrderingPolicy,
    RetryPayment,
)
from ecomcore.shipping import Shipment, ShipmentState
from ecomcore.testing import ShopKit, a_price, a_shop, euros
from tests.audit.tampered import Tampered


@pytest.fixture
def shop() -> Tampered:
    return Tampered()


def test_a_healthy_shop_has_no_breach(shop: Tampered) -> None:
    assert shop.breaches() == []


# Stock -------------------------------------------------------------------------------------------------------------


def test_units_on_hand_that_no_movement_brought(shop: Tampered) -> None:
    shop.plant(shop.item(), on_hand=shop.item().on_hand + 1)

    assert shop.breaches() == [("on hand = sum of movements", (f"stock item {shop.item().id}",))]


def test_an_item_that_says_it_is_another_one(shop: Tampered) -> None:
    shop.plant(shop.item(), location=LocationId("elsewhere"))

    assert shop.breaches() == [("an item is one variant at one location", (f"stock item {shop.item().id}",))]


def test_an_item_whose_name_might_be_that_of_another_one(shop: Tampered) -> None:
    item = shop.item()
    planted = item.having(id=stock_item_id(item.variant, LocationId("b@x")), location=LocationId("b@x"))
    shop.tables.rows[StockItem][planted.id] = planted.having(on_hand=0, reserved=0, entries=0, told=0)

    assert shop.breaches()[0] == ("an item is one variant at one location", (f"stock item {planted.id}",))


def test_a_movement_that_is_lost(shop: Tampered) -> None:
    lost = shop.tables.movements[shop.item().id].pop()

    assert lost.quantity == -1
    assert shop.breaches() == [
        ("on hand = sum of movements", (f"stock item {shop.item().id}",)),
        ("no movement is lost", (f"stock item {shop.item().id}",)),
    ]


def test_a_movement_that_is_counted_and_not_kept(shop: Tampered) -> None:
    shop.plant(shop.item(), entries=shop.item().entries + 1)

    assert shop.breaches() == [("no movement is lost", (f"stock item {shop.item().id}",))]


@pytest.mark.parametrize("difference", [-1, 1])
def test_units_reserved_for_nobody_and_for_somebody_not_reserved(shop: Tampered, difference: int) -> None:
    shop.plant(shop.item(), reserved=shop.item().reserved + difference)

    assert shop.breaches() == [("reserved = sum of open reservations", (f"stock item {shop.item().id}",))]


def test_more_reserved_than_there_is(shop: Tampered) -> None:
    item, reservation = shop.item(), shop.reservation(shop.placed)
    too_many = item.on_hand + 1
    shop.plant(item, reserved=too_many)
    shop.plant(
        reservation,
        entries=tuple(evolve(entry, quantity=too_many, balance=too_many) for entry in reservation.entries),
    )

    assert ("0 <= reserved <= on hand + cap", (f"stock item {item.id}",)) in shop.breaches()
    assert "reserved = sum of open reservations" not in {rule for rule, _ in shop.breaches()}


# Money -------------------------------------------------------------------------------------------------------------


def test_a_total_that_is_not_the_sum_of_its_lines(shop: Tampered) -> None:
    shop.plant(shop.order(shop.placed), total=euros(9_99))

    assert shop.breaches() == [("lines + delivery + amendments = order total", (f"order {shop.placed}",))]


def test_a_line_that_does_not_cost_what_its_price_says(shop: Tampered) -> None:
    order = shop.order(shop.placed)
    (line,) = order.lines
    shop.plant(order, lines=(evolve(line, price=a_price(9_99)),))

    assert shop.breaches() == [
        ("listed = price x quantity", (f"order {shop.placed}", f"variant {shop.kit.variants[0]}"))
    ]


def test_a_line_in_another_currency(shop: Tampered) -> None:
    order = shop.order(shop.placed)
    (line,) = order.lines
    dollars = Money(10_00, Currency("USD"))
    shop.plant(order, lines=(evolve(line, price=evolve(line.price, amount=dollars), total=dollars),))

    assert shop.breaches() == [("one currency per order", (f"order {shop.placed}",))]


def test_a_total_in_another_currency(shop: Tampered) -> None:
    shop.plant(shop.order(shop.placed), total=Money(10_00, Currency("USD")))

    assert shop.breaches() == [("one currency per order", (f"order {shop.placed}",))]


def test_a_payment_in_another_currency(shop: Tampered) -> None:
    shop.write(shop.placed, EntryKind.DECLINED, Money(0, Currency("USD")))

    assert shop.breaches() == [("one currency per order", (f"order {shop.placed}",))]


def test_a_payment_entry_that_is_lost(shop: Tampered) -> None:
    order = shop.order(shop.placed)
    first, *rest = order.ledger.entries
    renumbered = (first, *(evolve(entry, number=entry.number + 1) for entry in rest))
    shop.plant(order, ledger=Ledger(order.ledger.currency, renumbered))

    assert shop.breaches() == [("no payment entry is lost", (f"order {shop.placed}",))]


def test_more_promised_than_was_asked_for(shop: Tampered) -> None:
    shop.write(shop.placed, EntryKind.AUTHORISED, euros(1))

    assert shop.breaches() == [
        ("authorised <= intended", (f"order {shop.placed}", f"payment {shop.payment(shop.placed)}"))
    ]


def test_more_let_go_than_was_promised(shop: Tampered) -> None:
    shop.write(shop.cancelled, EntryKind.VOIDED, euros(1))

    assert shop.breaches() == [
        ("captured + voided <= authorised", (f"order {shop.cancelled}", f"payment {shop.payment(shop.cancelled)}"))
    ]


def test_more_taken_than_was_promised(shop: Tampered) -> None:
    shop.write(shop.cancelled, EntryKind.CAPTURED, euros(1))

    assert shop.breaches() == [
        ("captured + voided <= authorised", (f"order {shop.cancelled}", f"payment {shop.payment(shop.cancelled)}")),
        ("a cancelled order keeps no money", (f"order {shop.cancelled}",)),
    ]


def test_more_given_back_than_was_taken(shop: Tampered) -> None:
    shop.write(shop.cancelled, EntryKind.REFUNDED, euros(1))

    assert shop.breaches() == [
        ("refunded <= captured", (f"order {shop.cancelled}", f"payment {shop.payment(shop.cancelled)}"))
    ]


def test_more_taken_by_a_bank_than_was_taken_by_the_shop(shop: Tampered) -> None:
    """It may take what the shop has given back already, but no more than there ever was."""
    shop.write(shop.cancelled, EntryKind.CHARGED_BACK, euros(10_00))

    assert shop.breaches() == []

    shop.write(shop.shipped, EntryKind.CHARGED_BACK, euros(10_01))

    assert shop.breaches() == [
        ("charged back <= captured", (f"order {shop.shipped}", f"payment {shop.payment(shop.shipped)}"))
    ]


@pytest.mark.parametrize("which", ["placed", "shipped"])
def test_goods_that_nobody_pays_for(shop: Tampered, which: str) -> None:
    id_: OrderId = getattr(shop, which)
    order = shop.order(id_)
    (line,) = order.lines
    dearer = evolve(line, price=a_price(10_01), listed=euros(10_01), total=euros(10_01))
    shop.plant(order, lines=(dearer,), total=euros(10_01))

    assert shop.breaches() == [("a confirmed order is covered", (f"order {id_}",))]


def test_money_that_a_provider_gave_back_by_itself_is_due_again_until_the_goods_leave(shop: Tampered) -> None:
    shop.write(shop.placed, EntryKind.REFUNDED, euros(1))
    shop.write(shop.shipped, EntryKind.REFUNDED, euros(1))

    assert shop.breaches() == [("a confirmed order is covered", (f"order {shop.shipped}",))]


def test_money_kept_for_an_order_that_is_cancelled(shop: Tampered) -> None:
    order = shop.order(shop.cancelled)
    back = (EntryKind.REFUND_REQUESTED, EntryKind.REFUNDED)
    without_refund = tuple(entry for entry in order.ledger.entries if entry.kind not in back)
    shop.plant(order, ledger=Ledger(order.ledger.currency, without_refund))

    assert shop.breaches() == [("a cancelled order keeps no money", (f"order {shop.cancelled}",))]


def test_money_that_is_on_its_way_back_is_no_breach(shop: Tampered) -> None:
    shop.kit.gateway.script(Fault.DOWN)
    shop.kit.cancel(shop.placed)

    assert shop.kit.view(shop.placed).refunded == euros(0)
    assert shop.breaches() == []


def test_money_that_the_provider_would_not_give_back_is_written_and_no_breach(shop: Tampered) -> None:
    shop.kit.gateway.script(Fault.DECLINE)
    shop.kit.cancel(shop.placed)

    assert shop.kit.view(shop.placed).refunded == euros(0)
    assert shop.breaches() == []


def test_more_kept_than_the_order_costs(shop: Tampered) -> None:
    shop.write(shop.placed, EntryKind.AUTHORISED, euros(5_00))
    shop.write(shop.placed, EntryKind.CAPTURED, euros(5_00))

    assert ("no more is kept than the order costs", (f"order {shop.placed}",)) in shop.breaches()


# Orders, reservations, shipments -----------------------------------------------------------------------------------


def test_an_order_without_its_reservation(shop: Tampered) -> None:
    del shop.tables.rows[Reservation][shop.shipped]

    assert shop.breaches() == [("every order has its reservation", (f"order {shop.shipped}",))]


@pytest.mark.parametrize(
    ("which", "state"),
    [
        ("shipped", ReservationState.RELEASED),
        ("shipped", ReservationState.EXPIRED),
        ("cancelled", ReservationState.CONSUMED),
    ],
)
def test_a_reservation_that_does_not_follow_its_order(shop: Tampered, which: str, state: ReservationState) -> None:
    id_: OrderId = getattr(shop, which)
    shop.plant(shop.reservation(id_), state=state)

    assert shop.breaches() == [("the reservation follows the order", (f"order {id_}",))]


def test_units_that_were_ordered_and_never_reserved(shop: Tampered) -> None:
    reservation = shop.reservation(shop.shipped)
    set_aside, gone = reservation.entries
    shop.plant(reservation, entries=(evolve(set_aside, quantity=2, balance=2), evolve(gone, quantity=-2)))

    assert shop.breaches() == [("reserved units = ordered units", (f"order {shop.shipped}",))]


def test_units_of_a_cancelled_order_that_were_never_reserved(shop: Tampered) -> None:
    order = shop.order(shop.cancelled)
    shop.plant(shop.reservation(shop.cancelled), entries=())

    assert order.lines
    assert shop.breaches() == [("reserved units = ordered units", (f"order {shop.cancelled}",))]


def test_an_entry_of_a_reservation_that_is_lost(shop: Tampered) -> None:
    reservation = shop.reservation(shop.shipped)
    _, gone = reservation.entries
    shop.plant(reservation, entries=(evolve(gone, number=2, quantity=-1),))

    assert ("no entry of a reservation is lost", (f"reservation {shop.shipped}",)) in shop.breaches()


def test_a_balance_that_is_not_the_sum_of_the_entries(shop: Tampered) -> None:
    reservation, item = shop.reservation(shop.cancelled), shop.item()
    set_aside, back = reservation.entries
    shop.plant(reservation, entries=(evolve(set_aside, balance=2), back))

    assert shop.breaches() == [
        (
            "set aside = sum of the reservation's entries",
            (f"reservation {shop.cancelled}", f"stock item {item.id}"),
        )
    ]


def test_a_reservation_that_ended_with_units_set_aside(shop: Tampered) -> None:
    reservation = shop.reservation(shop.cancelled)
    set_aside, back = reservation.entries
    shop.plant(reservation, entries=(evolve(set_aside, quantity=2, balance=2), evolve(back, balance=1)))

    assert shop.breaches() == [
        ("a reservation is open as long as units are set aside", (f"reservation {shop.cancelled}",))
    ]


def test_a_reservation_that_is_open_with_nothing_set_aside(shop: Tampered) -> None:
    shop.plant(shop.reservation(shop.shipped), state=ReservationState.OPEN)

    assert (
        "a reservation is open as long as units are set aside",
        (f"reservation {shop.shipped}",),
    ) in shop.breaches()


def test_a_shipment_of_no_order(shop: Tampered) -> None:
    parcel = shop.shipment(shop.shipped)
    shop.plant(parcel, order=OrderId("nobodys"))

    assert shop.breaches() == [
        ("what has left has its shipment", (f"shipment {parcel.id}", f"order {shop.shipped}")),
        ("every shipment has its order", (f"shipment {parcel.id}", "order nobodys")),
    ]


def test_an_order_that_nobody_packs(shop: Tampered) -> None:
    parcel = shop.shipment(shop.placed)
    del shop.tables.rows[Shipment][parcel.id]
    shop.tables.shipments_of[shop.placed].clear()

    assert shop.breaches() == [("a confirmed order has its shipment", (f"order {shop.placed}",))]


def test_a_parcel_for_an_order_that_is_off(shop: Tampered) -> None:
    parcel = shop.shipment(shop.cancelled)
    shop.plant(parcel, state=ShipmentState.PREPARED)

    assert shop.breaches() == [("the order follows the shipment", (f"shipment {parcel.id}", f"order {shop.cancelled}"))]


@pytest.mark.parametrize(("which", "state"), [("shipped", ShipmentState.PREPARED), ("placed", ShipmentState.SHIPPED)])
def test_an_order_that_does_not_follow_its_shipment(shop: Tampered, which: str, state: ShipmentState) -> None:
    id_: OrderId = getattr(shop, which)
    parcel = shop.shipment(id_)
    shop.plant(parcel, state=state)

    assert shop.breaches() == [("the order follows the shipment", (f"shipment {parcel.id}", f"order {id_}"))]


def test_a_shipment_with_other_goods_than_were_ordered(shop: Tampered) -> None:
    parcel = shop.shipment(shop.shipped)
    shop.plant(parcel, lines=tuple(evolve(line, variant=VariantId("other")) for line in parcel.lines))

    assert shop.breaches() == [("shipped units = ordered units", (f"shipment {parcel.id}", f"order {shop.shipped}"))]


# Events ------------------------------------------------------------------------------------------------------------

KINDS: list[type[Aggregate]] = [StockItem, Order, Reservation, Shipment, Product, Category, Location]


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_that_is_lost(shop: Tampered, kind: type[Aggregate]) -> None:
    id_ = next(iter(shop.tables.rows[kind]))
    shop.tables.histories[kind.__name__, id_].pop()

    assert shop.breaches() == [("the outbox keeps every event", (f"{kind.__name__} {id_}",))]


def test_an_event_that_is_lost_in_the_middle(shop: Tampered) -> None:
    del shop.tables.histories["Order", shop.placed][1]

    assert shop.breaches() == [("the outbox keeps every event", (f"Order {shop.placed}",))]


def test_an_event_that_was_never_told(shop: Tampered) -> None:
    order = shop.order(shop.placed)
    shop.plant(order, told=order.told - 1)

    assert shop.breaches() == [("the outbox keeps every event", (f"Order {shop.placed}",))]


# The audit itself --------------------------------------------------------------------------------------------------


def test_breaches_of_several_rules_are_all_named(shop: Tampered) -> None:
    shop.plant(shop.item(), entries=99)
    shop.plant(shop.order(shop.shipped), told=0)

    assert {rule for rule, _ in shop.breaches()} == {"no movement is lost", "the outbox keeps every event"}


def test_no_more_breaches_are_listed_than_somebody_wants_to_read(shop: Tampered) -> None:
    for row in list(shop.tables.rows[Order].values()):
        shop.plant(row, told=99)

    assert len(audit.check(shop.kit.persistence, most=2)) == 2
    assert len(audit.check(shop.kit.persistence)) == 3


def test_a_breach_reads_as_a_sentence() -> None:
    breach = Breach("lines + delivery = order total", ("order 7",), "lines sum to 1, the total is 2")

    assert str(breach) == "lines + delivery = order total: order 7: lines sum to 1, the total is 2"


def test_more_orders_than_fit_on_one_page_are_all_looked_at(shop: Tampered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGE", 1)
    for row in list(shop.tables.rows[Order].values()):
        shop.plant(row, told=99)

    assert len(shop.breaches()) == 3


def test_looking_changes_nothing(shop: Tampered) -> None:
    before = {kind: dict(rows) for kind, rows in shop.tables.rows.items() if rows}

    shop.kit.shop.audit()

    assert {kind: dict(rows) for kind, rows in shop.tables.rows.items() if rows} == before


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "buy", "pay", "cancel", "ship", "deliver", "wait", "drain", "receive", "correct", *Fault]
        ),
        st.integers(0, 7),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(ACTS, st.sampled_from(Capture))
def test_a_shop_with_a_long_life_has_no_breach(acts: list[tuple[str, int]], capture: Capture) -> None:
    kit = a_shop(products=1, stock=20, ordering_policy=OrderingPolicy(capture=capture))

    for act, number in acts:
        try:
            live(kit, act, number)
        except DomainError:
            continue

    assert kit.shop.audit() == []


def live(kit: ShopKit, act: str, number: int) -> None:
    orders = [view.id for view in kit.member.ask(ListOrders())]
    variant, location = kit.variants[0], kit.location
    match act:
        case "buy":
            kit.buy(quantity=number + 1)
        case "pay" if orders:
            kit.member.handle(RetryPayment(orders[number % len(orders)], "another card"))
        case "cancel" | "ship" | "deliver" if orders:
            getattr(kit, act)(orders[number % len(orders)])
        case "wait":
            kit.clock.tick(timedelta(minutes=10) * number)
            kit.system.handle(ExpireReservations())
        case "drain":
            kit.shop.drain()
        case "receive":
            kit.staff.handle(ReceiveStock(location, (StockLine(variant, number + 1),)))
        case "correct":
            kit.staff.handle(CorrectStock(variant, location, -(number + 1), "counted"))
        case Fault():
            kit.gateway.script(act)
