"""How the goods of an order leave: in groups by location and seller, in parts, with the money taken part by part."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.catalog import AddProduct, NewVariant
from ecomcore.inventory import GetAvailability, ListStock, OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import LocationId, OrderId, PaymentId, ShipmentId, VariantId
from ecomcore.ordering import (
    CancelUnits,
    Capture,
    CaptureOrder,
    CartLine,
    CompleteOrder,
    EditOrder,
    EntryKind,
    FulfilmentGroup,
    LineChange,
    LineUnits,
    MarkOrderShipped,
    Means,
    NotCovered,
    NothingToPay,
    Order,
    OrderConfirmed,
    OrderingPolicy,
    OrderPartlyShipped,
    OrderShipped,
    OrderState,
    PartlyShipped,
    Source,
)
from ecomcore.shipping import DeliverShipment, ListShipments, ShipmentState, ShipmentView, ShipShipment
from ecomcore.testing import NOON, ShopKit, a_line, a_price, a_shop, an_order, euros
from tests.support.refusals import refused

ID, P1 = OrderId("order"), PaymentId("p1")
TEA, POT = VariantId("tea"), VariantId("pot")
NORTH, SOUTH = LocationId("north"), LocationId("south")
FIRST, SECOND, THIRD = ShipmentId("first"), ShipmentId("second"), ShipmentId("third")


def confirmed(
    *lines: int, capture: Capture = Capture.AT_SHIPPING, parts: bool = False, sources: Sequence[Source] = ()
) -> Order:
    """An order of so many units of tea in each line, at 10.00 EUR, that is promised."""
    made = [a_line(number, quantity=units) for number, units in enumerate(lines, 1)]
    order = an_order(lines=made, capture=capture).having(capture_parts=parts, sources=tuple(sources))
    return order.request_payment(P1, "", NOON).authorise(P1, order.total, "auth", NOON).having(news=())


def shipped(order: Order, shipment: ShipmentId, units: int, location: LocationId | None = None) -> Order:
    return order.ship(NOON, shipment, (CartLine(TEA, units),), location)


def taken(order: Order) -> list[int]:
    """What was to be taken, intent by intent."""
    return [e.amount.minor for e in order.ledger.entries if e.kind is EntryKind.CAPTURE_REQUESTED]


# Where the goods are -----------------------------------------------------------------------------------------------


def test_what_is_set_aside_at_two_places_leaves_in_two_groups() -> None:
    order = confirmed(5, sources=[Source(TEA, NORTH, 3), Source(TEA, SOUTH, 2)])

    assert order.groups == (
        FulfilmentGroup(NORTH, None, (CartLine(TEA, 3),)),
        FulfilmentGroup(SOUTH, None, (CartLine(TEA, 2),)),
    )


def test_an_order_that_knows_no_place_leaves_in_one_group() -> None:
    assert confirmed(2, 3).groups == (FulfilmentGroup(None, None, (CartLine(TEA, 5),)),)


def test_what_has_left_from_a_place_is_no_longer_there() -> None:
    order = confirmed(5, sources=[Source(TEA, NORTH, 3), Source(TEA, SOUTH, 2)])

    gone = shipped(order, FIRST, 2, SOUTH)

    assert gone.groups == (FulfilmentGroup(NORTH, None, (CartLine(TEA, 3),)),)


def test_where_nobody_says_from_which_place_goods_left_they_left_from_the_first() -> None:
    order = confirmed(5, sources=[Source(TEA, NORTH, 3), Source(TEA, SOUTH, 2)])

    assert shipped(order, FIRST, 4).groups == (FulfilmentGroup(SOUTH, None, (CartLine(TEA, 1),)),)


# Parts -------------------------------------------------------------------------------------------------------------


def test_an_order_is_shipped_when_the_last_of_its_goods_have_left() -> None:
    part = shipped(confirmed(3), FIRST, 1)
    assert part.state is OrderState.CONFIRMED
    assert isinstance(part.news[-1], OrderPartlyShipped)
    assert part.unshipped() == {TEA: 2}

    whole = shipped(part, SECOND, 2)
    assert whole.state is OrderState.SHIPPED
    assert isinstance(whole.news[-1], OrderShipped)
    assert whole.unshipped() == {}


def test_a_shipment_that_is_told_twice_has_left_once() -> None:
    part = shipped(confirmed(3), FIRST, 1)

    assert shipped(part, FIRST, 1) is part
    assert shipped(shipped(part, SECOND, 2), FIRST, 1).state is OrderState.SHIPPED


def test_goods_that_are_not_covered_stay_here_part_by_part_too() -> None:
    part = shipped(confirmed(3), FIRST, 1)
    dearer = part.edit([], [a_line(variant="pot")], "more", "sam", NOON)

    with refused(NotCovered(ID, euros(10_00))):
        shipped(dearer, SECOND, 2)


@pytest.mark.parametrize("arrivals", [(FIRST, SECOND), (SECOND, FIRST)])
def test_an_order_is_complete_when_all_its_parcels_have_arrived_in_any_order(arrivals: tuple[ShipmentId, ...]) -> None:
    order = shipped(shipped(confirmed(3), FIRST, 1), SECOND, 2)

    once = order.complete(arrivals[0])
    both = once.complete(arrivals[1])

    assert (once.state, both.state) == (OrderState.SHIPPED, OrderState.COMPLETED)
    assert once.complete(arrivals[0]) is once
    assert both.complete(arrivals[0]) is both


def test_a_parcel_may_arrive_before_the_next_one_leaves() -> None:
    arrived = shipped(confirmed(3), FIRST, 1).complete(FIRST)
    assert arrived.state is OrderState.CONFIRMED

    last = shipped(arrived, SECOND, 2)

    assert last.state is OrderState.SHIPPED
    assert last.complete(SECOND).state is OrderState.COMPLETED


def test_an_order_of_which_something_has_left_is_not_called_off_but_its_other_units_are() -> None:
    part = shipped(confirmed(3), FIRST, 1)

    with refused(PartlyShipped(ID)):
        part.cancel("no more", NOON)

    rest = part.edit([LineChange(1, 1)], [], "no more", "sam", NOON)
    assert rest.state is OrderState.SHIPPED
    assert rest.total == euros(10_00)


def test_when_the_rest_is_taken_out_after_the_others_have_arrived_the_order_is_complete() -> None:
    arrived = shipped(confirmed(3), FIRST, 1).complete(FIRST)

    assert arrived.edit([LineChange(1, 1)], [], "no more", "sam", NOON).state is OrderState.COMPLETED


# The money of the parts --------------------------------------------------------------------------------------------


def test_all_is_taken_when_the_first_goods_leave_unless_the_shop_takes_it_by_parts() -> None:
    order = shipped(shipped(confirmed(3), FIRST, 1), SECOND, 2)

    assert taken(order) == [30_00]


def test_a_shop_that_takes_parts_takes_for_each_parcel_what_it_carries() -> None:
    order = shipped(shipped(confirmed(3, parts=True), FIRST, 1), SECOND, 2)

    assert taken(order) == [10_00, 20_00]


def test_money_that_staff_take_by_hand_is_not_taken_by_shipping() -> None:
    order = shipped(shipped(confirmed(3, capture=Capture.BY_HAND), FIRST, 1), SECOND, 2)

    assert taken(order) == []


def test_units_that_are_taken_out_between_two_parcels_are_not_taken_money_for() -> None:
    part = shipped(confirmed(3, parts=True), FIRST, 1)

    rest = part.edit([LineChange(1, 2)], [], "one less", "sam", NOON)

    assert taken(shipped(rest, SECOND, 1)) == [10_00, 10_00]


def test_no_more_is_taken_for_a_parcel_than_the_order_still_costs() -> None:
    order = confirmed(3, parts=True)
    cheaper = order.refund(
        lines=(),
        delivery=None,
        amount=euros(25_00),
        means=Means.ORIGINAL,
        reason="scratched",
        reference="",
        by="sam",
        at=NOON,
    )

    assert taken(shipped(shipped(cheaper, FIRST, 1), SECOND, 2)) == [5_00]


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 99_99)), min_size=1, max_size=4),
    st.lists(st.integers(1, 5), min_size=24, max_size=24),
)
def test_whatever_the_parcels_are_all_parts_add_up_to_the_total(lines: list[tuple[int, int]], sizes: list[int]) -> None:
    made = [
        a_line(number, variant=f"v{number % 2}", quantity=units, price=a_price(1), total=euros(minor))
        for number, (units, minor) in enumerate(lines, 1)
    ]
    order = an_order(lines=made).having(capture_parts=True)
    if order.total.minor:
        order = order.request_payment(P1, "", NOON).authorise(P1, order.total, "auth", NOON)
    order = order.having(state=OrderState.CONFIRMED)

    for number, size in enumerate(sizes):
        left = order.unshipped()
        if not left:
            break
        variant = next(iter(left))
        parcel = (CartLine(variant, min(size, left[variant])),)
        order = order.ship(NOON, ShipmentId(f"s{number}"), parcel)

    assert order.state is OrderState.SHIPPED
    assert sum(taken(order)) == order.total.minor
    assert min(taken(order), default=1) > 0


# In a shop ---------------------------------------------------------------------------------------------------------


class Market:
    """A shop with two places and, beside its own goods, those of Bob. Of tea, one unit lies in the north."""

    def __init__(self, policy: OrderingPolicy | None = None) -> None:
        self.kit: ShopKit = a_shop(products=0, ordering_policy=policy)
        staff = self.kit.staff
        for location, priority in ((NORTH, 1), (SOUTH, 2)):
            staff.handle(OpenLocation(location.title(), priority=priority, id=location))
        for name, seller in (("tea", None), ("pot", "bob")):
            variant = NewVariant(f"SKU-{name}", a_price(), id=VariantId(name))
            staff.handle(AddProduct(name.title(), (variant,), publish=True, seller=seller))
        staff.handle(ReceiveStock(NORTH, (StockLine(TEA, 1), StockLine(POT, 5)), "opening"))
        staff.handle(ReceiveStock(SOUTH, (StockLine(TEA, 5), StockLine(POT, 5)), "opening"))

    def buy(self, tea: int, pot: int = 0) -> OrderId:
        lines = [CartLine(variant, units) for variant, units in ((TEA, tea), (POT, pot)) if units]
        return self.kit.member.handle(self.kit.order_for(lines))

    def parcels(self, order: OrderId, *states: ShipmentState) -> list[ShipmentView]:
        found = self.kit.staff.ask(ListShipments(order))
        return [each for each in found if each.state in (states or (ShipmentState.PREPARED, ShipmentState.SHIPPED))]

    def contents(self, order: OrderId, *states: ShipmentState) -> set[tuple[str | None, str | None, str, int]]:
        return {
            (parcel.location, parcel.seller, line.variant, line.quantity)
            for parcel in self.parcels(order, *states)
            for line in parcel.lines
        }

    def ship(self, order: OrderId, location: LocationId, seller: str | None = None) -> ShipmentId:
        (parcel,) = (
            each
            for each in self.parcels(order, ShipmentState.PREPARED)
            if (each.location, each.seller) == (location, seller)
        )
        self.kit.staff.handle(ShipShipment(parcel.id))
        return parcel.id


def test_each_place_and_each_seller_packs_a_parcel_of_its_own() -> None:
    market = Market()

    order = market.buy(tea=3, pot=2)

    assert market.contents(order) == {(NORTH, None, "tea", 1), (SOUTH, None, "tea", 2), (NORTH, "bob", "pot", 2)}
    assert {(each.location, each.seller) for each in market.kit.view(order).groups} == {
        (NORTH, None),
        (SOUTH, None),
        (NORTH, "bob"),
    }


def test_parcels_leave_one_by_one_and_each_takes_its_stock_from_its_own_place() -> None:
    market = Market()
    order = market.buy(tea=3, pot=2)

    market.ship(order, SOUTH)
    on_hand = {(s.variant, s.location): (s.on_hand, s.reserved) for s in market.kit.staff.ask(ListStock((TEA, POT)))}
    assert on_hand == {(TEA, NORTH): (1, 1), (TEA, SOUTH): (3, 0), (POT, NORTH): (5, 2), (POT, SOUTH): (5, 0)}
    assert market.kit.view(order).state is OrderState.CONFIRMED

    market.ship(order, NORTH)
    last = market.ship(order, NORTH, "bob")
    assert market.kit.view(order).state is OrderState.SHIPPED

    for parcel in market.parcels(order):
        if parcel.id != last:
            market.kit.staff.handle(DeliverShipment(parcel.id))
    assert market.kit.view(order).state is OrderState.SHIPPED
    market.kit.staff.handle(DeliverShipment(last))
    assert market.kit.view(order).state is OrderState.COMPLETED
    assert market.kit.shop.audit() == []


def test_the_money_is_taken_parcel_by_parcel() -> None:
    market = Market(OrderingPolicy(capture_parts=True))
    order = market.buy(tea=3, pot=2)

    captured = []
    for location, seller in ((NORTH, None), (NORTH, "bob"), (SOUTH, None)):
        market.ship(order, location, seller)
        captured.append(market.kit.view(order).captured.minor)

    assert captured == [10_00, 30_00, 50_00]
    assert market.kit.shop.audit() == []


def test_units_that_are_taken_out_are_in_no_parcel() -> None:
    market = Market()
    order = market.buy(tea=3, pot=2)

    market.kit.member.handle(CancelUnits(order, (LineUnits(1, 1), LineUnits(2, 2))))

    assert sum(units for *_, units in market.contents(order)) == 2
    assert {seller for _, seller, *_ in market.contents(order)} == {None}
    assert {(stock.variant, stock.available) for stock in market.kit.shop.ask(GetAvailability((TEA, POT)))} == {
        (TEA, 4),
        (POT, 10),
    }
    assert market.kit.shop.audit() == []


def test_units_that_are_added_get_their_parcel_too() -> None:
    market = Market()
    order = market.buy(tea=1)

    market.kit.staff.handle(
        EditOrder(order, euros(40_00), "more", (LineChange(1, 3),), (CartLine(POT, 1),), "card"),
    )

    assert market.contents(order) == {(NORTH, None, "tea", 1), (SOUTH, None, "tea", 2), (NORTH, "bob", "pot", 1)}
    assert market.kit.view(order).due == euros(0)
    assert market.kit.shop.audit() == []


@pytest.mark.parametrize("arrived", [False, True])
def test_when_the_rest_is_taken_out_after_a_parcel_has_left_no_other_parcel_is_left_to_pack(arrived: bool) -> None:
    market = Market()
    order = market.buy(tea=1, pot=2)
    parcel = market.ship(order, NORTH)
    if arrived:
        market.kit.staff.handle(DeliverShipment(parcel))
    with refused(PartlyShipped(order)):
        market.kit.cancel(order)

    market.kit.member.handle(CancelUnits(order, (LineUnits(2, 2),), "no more"))

    view = market.kit.view(order)
    assert view.state is (OrderState.COMPLETED if arrived else OrderState.SHIPPED)
    assert (view.total, view.captured - view.refunded) == (euros(10_00), euros(10_00))
    assert market.parcels(order, ShipmentState.PREPARED) == []
    assert market.kit.shop.ask(GetAvailability((POT,)))[0].available == 10
    assert market.kit.shop.audit() == []


def test_staff_take_promised_money_by_hand_all_of_it_or_a_part() -> None:
    market = Market(OrderingPolicy(capture=Capture.BY_HAND))
    order = market.buy(tea=2)

    market.kit.staff.handle(CaptureOrder(order, euros(5_00)))
    part = market.kit.view(order).captured
    market.kit.staff.handle(CaptureOrder(order))

    assert (part, market.kit.view(order).captured) == (euros(5_00), euros(20_00))
    with refused(NothingToPay(order)):
        market.kit.staff.handle(CaptureOrder(order))


def test_shipping_tells_the_order_twice_and_it_has_left_once() -> None:
    market = Market()
    order = market.buy(tea=2)
    parcel = market.ship(order, NORTH)
    view = market.kit.view(order)

    market.kit.system.handle(MarkOrderShipped(order, parcel, (CartLine(TEA, 1),), NORTH))
    assert market.kit.view(order) == view

    with refused(IllegalTransition("order", "complete", OrderState.CONFIRMED, (OrderState.SHIPPED,))):
        market.kit.system.handle(CompleteOrder(order))


def test_the_confirmation_tells_the_groups() -> None:
    order = an_order(lines=[a_line(quantity=2)]).having(sources=(Source(TEA, NORTH, 2),))

    paid = order.request_payment(P1, "", NOON).authorise(P1, euros(20_00), "auth", NOON)

    assert isinstance(paid.news[-1], OrderConfirmed)
    assert paid.news[-1].groups == (FulfilmentGroup(NORTH, None, (CartLine(TEA, 2),)),)
