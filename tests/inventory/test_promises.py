"""Promises: from when how many units can be had, never more than the facts allow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ecomcore import supply, transfers
from ecomcore.inventory import (
    Availability,
    BackOrders,
    Beyond,
    ChannelLocation,
    Component,
    DefineBundle,
    ExplainSourcing,
    GetAvailability,
    GetPromise,
    ListStock,
    OpenLocation,
    PreOrders,
    ReceivedLine,
    ReceiveStock,
    ReserveStock,
    ServeChannel,
    SetStockRules,
    StockLine,
    StockReserved,
    Tracking,
)
from ecomcore.kernel.ids import InboundId, LocationId, MemberId, VariantId
from ecomcore.kernel.messages import Member
from ecomcore.testing import NOON, ShopKit, a_shop, reading

TEA, POT, SET = VariantId("tea"), VariantId("pot"), VariantId("set")
MAIN, STORE = LocationId("main"), LocationId("store")
DAY = timedelta(days=1)


@pytest.fixture
def kit() -> ShopKit:
    return a_shop_with_two_places()


def a_shop_with_two_places() -> ShopKit:
    kit = a_shop(products=0)
    for place in (MAIN, STORE):
        kit.staff.handle(OpenLocation(place.title(), id=place))
    return kit


def receive(kit: ShopKit, units: int, variant: VariantId = TEA, place: LocationId = MAIN) -> None:
    kit.staff.handle(ReceiveStock(place, (StockLine(variant, units),)))


def expect(kit: ShopKit, units: int, days: int, variant: VariantId = TEA, place: LocationId = MAIN) -> InboundId:
    lines = (supply.InboundLine(variant, units),)
    return kit.staff.handle(supply.ExpectInbound("PO", place, lines, kit.clock.now() + days * DAY))


def promised(kit: ShopKit, variant: VariantId = TEA, channel: str | None = None) -> list[tuple[int, int]]:
    """After how many days how many units."""
    found = kit.staff.ask(GetPromise((variant,), channel))
    return [((each.at - kit.clock.now()).days if each.at else 0, each.available) for each in found]


def test_what_is_to_arrive_where_nothing_ever_was_is_promised(kit: ShopKit) -> None:
    receive(kit, 8)
    expect(kit, 40, 3, place=STORE)
    expect(kit, 5, 2, POT)

    assert promised(kit) == [(0, 8), (3, 48)]
    assert promised(kit, POT) == [(0, 0), (2, 5)]


def test_bundles_are_promised_of_components_that_are_all_to_arrive(kit: ShopKit) -> None:
    kit.staff.handle(DefineBundle(SET, (Component(POT, 1), Component(TEA, 2))))
    receive(kit, 10)
    expect(kit, 3, 2, POT)
    expect(kit, 9, 1, POT, STORE)

    assert promised(kit, SET) == [(0, 0), (2, 3)]


def test_what_arrives_where_a_channel_is_not_served_is_not_promised_there(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("web", (ChannelLocation(MAIN, 1, 2),)))
    kit.staff.handle(OpenLocation("Shelves", id=LocationId("shelves"), ships=False))
    expect(kit, 4, 1, place=STORE)
    expect(kit, 6, 2)
    expect(kit, 7, 3, place=LocationId("shelves"))

    assert promised(kit, channel="web") == [(0, 0), (2, 4)]
    assert promised(kit, channel="fair") == [(0, 0), (1, 4), (2, 10)]


def test_what_is_to_arrive_where_nothing_ever_was_is_listed(kit: ShopKit) -> None:
    receive(kit, 8)
    expect(kit, 40, 3, POT, STORE)
    moved = kit.staff.handle(transfers.RequestTransfer(MAIN, STORE, (transfers.TransferLine(TEA, 3),)))
    kit.staff.handle(transfers.ShipTransfer(moved))

    listed = kit.staff.ask(ListStock((TEA, POT)))

    shown = {(each.variant, each.location): (each.on_hand, each.incoming, each.in_transit) for each in listed}
    assert shown == {(POT, STORE): (0, 40, 0), (TEA, MAIN): (5, 0, 0), (TEA, STORE): (0, 0, 3)}


def test_nothing_is_promised_before_it_is_released(kit: ShopKit) -> None:
    receive(kit, 10)
    expect(kit, 5, 20)
    expect(kit, 7, 40)

    kit.staff.handle(SetStockRules(TEA, MAIN, beyond=PreOrders(100, kit.clock.now() + 30 * DAY)))

    assert promised(kit) == [(0, 0), (30, 15), (40, 22)]


def test_what_will_have_expired_is_not_promised(kit: ShopKit) -> None:
    kit.staff.handle(SetStockRules(TEA, MAIN, tracking=Tracking.LOTS))
    kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(TEA, 8, "L1", kit.clock.now() + 5 * DAY),)))
    expect(kit, 40, 10)

    assert promised(kit) == [(0, 8), (5, 0), (10, 40)]


def test_what_is_late_is_not_promised_until_it_has_a_new_date_or_has_come(kit: ShopKit) -> None:
    inbound = expect(kit, 40, 3)
    in_time = promised(kit)
    kit.clock.tick(3 * DAY)
    late = promised(kit)

    kit.staff.handle(supply.RescheduleInbound(inbound, kit.clock.now() + 4 * DAY))

    assert (in_time, late, promised(kit)) == ([(0, 0), (3, 40)], [(0, 0)], [(0, 0), (4, 40)])


def test_an_order_is_not_promised_what_is_late(kit: ShopKit) -> None:
    kit.staff.handle(SetStockRules(TEA, MAIN, beyond=BackOrders(10, 14)))
    expect(kit, 40, 3)
    kit.clock.tick(60 * DAY)

    kit.system.handle(ReserveStock("order", (StockLine(TEA, 2),)))

    with reading(kit.persistence) as work:
        (told,) = [each.event for each in work.outbox.events() if isinstance(each.event, StockReserved)]
    assert told.promised_at == kit.clock.now() + 14 * DAY


def test_whoever_asks_in_a_channel_is_answered_for_it(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("web", (ChannelLocation(MAIN),)))
    receive(kit, 4, place=STORE)
    web, fair = (kit.shop.desk(Member(MemberId("ada")), channel) for channel in ("web", "fair"))

    assert [desk.ask(GetAvailability((TEA,)))[0].available for desk in (web, fair)] == [0, 4]
    assert [desk.ask(GetPromise((TEA,)))[0].available for desk in (web, fair)] == [0, 4]
    assert web.ask(GetAvailability((TEA,), "fair")) == (Availability(TEA, 4),)
    assert kit.shop.ask(ExplainSourcing((StockLine(TEA, 4),)), by=kit.staff.by, channel="web").missing


@frozen
class Lying:
    """A lot at a place, with the day on which it expires."""

    place: LocationId
    units: int
    until: int


@frozen
class Coming:
    """A delivery to a place, with the day on which it comes."""

    place: LocationId
    units: int
    day: int


places = st.sampled_from((MAIN, STORE))
lots = st.lists(st.builds(Lying, places, st.integers(1, 9), st.integers(1, 9)), max_size=4)
deliveries = st.lists(st.builds(Coming, places, st.integers(1, 9), st.integers(1, 9)), max_size=4)


@given(
    lots,
    deliveries,
    st.dictionaries(places, st.integers(1, 9)),
    st.integers(0, 12),
    st.integers(0, 2),
    st.integers(0, 3),
)
def test_what_is_promised_for_a_day_can_leave_on_that_day(
    lying: Sequence[Lying],
    coming: Sequence[Coming],
    released: dict[LocationId, int],
    wanted: int,
    buffer: int,
    today: int,
) -> None:
    kit = a_shop_with_two_places()
    known = {MAIN, *released, *(lot.place for lot in lying)}  # of the store nothing may be known as yet
    for place in sorted(known):
        beyond: Beyond | None = PreOrders(50, NOON + released[place] * DAY) if place in released else BackOrders(12)
        rule = SetStockRules(TEA, place, buffer=buffer, beyond=beyond, tracking=Tracking.LOTS)
        kit.staff.handle(rule)
    for number, lot in enumerate(lying):
        line = ReceivedLine(TEA, lot.units, f"L{number}", NOON + lot.until * DAY)
        kit.staff.handle(ReceiveStock(lot.place, (line,)))
    for each in coming:
        expect(kit, each.units, each.day, place=each.place)
    reserved = {MAIN: wanted, STORE: 0}
    if wanted:
        kit.system.handle(ReserveStock("order", (StockLine(TEA, wanted),), MAIN))
    kit.clock.tick(today * DAY)

    answered = kit.staff.ask(GetPromise((TEA,)))

    def can_leave(day: int, place: LocationId) -> int:
        if day < released.get(place, 0):
            return 0
        good = sum(lot.units for lot in lying if lot.place == place and lot.until > day)
        come = sum(each.units for each in coming if each.place == place and today < each.day <= day)
        return max(0, good + come - reserved[place] - (buffer if place in known else 0))

    for day in range(today, 11):
        at: datetime = NOON + day * DAY
        (*_, last) = [each for each in answered if each.at is None or each.at <= at]
        assert last.available == can_leave(day, MAIN) + can_leave(day, STORE), day
