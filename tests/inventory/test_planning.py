"""From where units are taken: what lies there before what is promised, bundles before what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ecomcore import assemble
from ecomcore.inventory import (
    BackOrders,
    ByPriority,
    Cheapest,
    Component,
    ConsumeStock,
    DefineBundle,
    ExplainSourcing,
    FewestParcels,
    GetReservation,
    JoinQueue,
    KeepStock,
    Nearest,
    NotReleased,
    OpenLocation,
    OutOfStock,
    Pick,
    PlanDoesNotAddUp,
    PreOrders,
    Purpose,
    ReceiveStock,
    ReserveMore,
    ReserveStock,
    SetStockRules,
    SourcingPlan,
    SourcingQuestion,
    SourcingRule,
    StockLine,
    StockReserved,
)
from ecomcore.kernel.ids import LocationId, MemberId, VariantId
from ecomcore.kernel.messages import Member
from ecomcore.supply import ExpectInbound, InboundLine
from ecomcore.testing import ShopKit, a_shop, reading
from tests.support.refusals import refused

LAMP, CUP, POT, LID = (VariantId(name) for name in ("lamp", "cup", "pot", "lid"))
SET, BOX = VariantId("set"), VariantId("box")
NEAR, FAR = LocationId("near"), LocationId("far")
RULES: tuple[SourcingRule, ...] = (ByPriority(), FewestParcels(), Nearest(), Cheapest())


def two_places(rule: SourcingRule | None = None) -> ShopKit:
    """A shop whose near location is asked first."""
    kit = a_shop(products=0)
    shop = assemble(kit.persistence, clock=kit.clock, ids=kit.ids, sourcing=rule or ByPriority())
    kit = evolve(kit, shop=shop)
    kit.staff.handle(OpenLocation("Near", 1, NEAR))
    kit.staff.handle(OpenLocation("Far", 2, FAR))
    return kit


def receive(kit: ShopKit, location: LocationId, **units: int) -> None:
    kit.staff.handle(ReceiveStock(location, stock_lines(*units.items())))


def stock_lines(*lines: tuple[str, int]) -> tuple[StockLine, ...]:
    return tuple(StockLine(VariantId(variant), units) for variant, units in lines)


def reserve(kit: ShopKit, *lines: tuple[str, int], source: str = "order") -> list[tuple[str, str, int]]:
    """What is set aside, from where."""
    kit.system.handle(ReserveStock(source, stock_lines(*lines), purpose=Purpose.OTHER))
    return [(line.variant, line.location, line.quantity) for line in kit.staff.ask(GetReservation(source)).lines]


def explained(kit: ShopKit, *lines: tuple[str, int]) -> tuple[str, ...]:
    return kit.staff.ask(ExplainSourcing(stock_lines(*lines))).explained


def beyond(kit: ShopKit, location: LocationId, promised: BackOrders | PreOrders) -> None:
    kit.staff.handle(SetStockRules(LAMP, location, beyond=promised))


# What lies there -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_lies_far_away_is_sent_before_anything_is_promised_that_is_not_there(rule: SourcingRule) -> None:
    kit = two_places(rule)
    beyond(kit, NEAR, BackOrders(5, 14))
    receive(kit, FAR, lamp=10)

    assert reserve(kit, ("lamp", 1)) == [("lamp", FAR, 1)]

    kit.system.handle(ConsumeStock("order", "parcel"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_only_what_lies_nowhere_is_promised_and_the_explanation_says_so(rule: SourcingRule) -> None:
    kit = two_places(rule)
    beyond(kit, NEAR, BackOrders(5, 14))
    receive(kit, NEAR, lamp=1)
    receive(kit, FAR, lamp=2)

    first, *places = explained(kit, ("lamp", 5))

    assert reserve(kit, ("lamp", 5)) == [("lamp", NEAR, 3), ("lamp", FAR, 2)]
    assert first == f"rule: {rule.name}"
    assert sorted(line.partition(":")[0] for line in places) == ["far ships 2 of lamp", "near ships 3 of lamp"]
    assert [line.endswith("2 promised for later") for line in sorted(places)] == [False, True]


def test_a_location_that_could_only_promise_has_none_where_others_have_some() -> None:
    kit = two_places()
    beyond(kit, NEAR, BackOrders(5, 14))
    receive(kit, FAR, lamp=2)

    assert explained(kit, ("lamp", 1)) == (
        "rule: by priority",
        "near ships nothing: has none of it; priority 1",
        "far ships 1 of lamp: priority 2",
    )


def test_what_is_sold_ahead_waits_for_its_release_and_what_can_leave_now_goes_first() -> None:
    kit = two_places()
    release = kit.clock.now() + timedelta(days=30)
    beyond(kit, NEAR, PreOrders(8, release))
    receive(kit, NEAR, lamp=9)
    receive(kit, FAR, lamp=2)

    assert reserve(kit, ("lamp", 2)) == [("lamp", FAR, 2)]
    assert reserve(kit, ("lamp", 8), source="ahead") == [("lamp", NEAR, 8)], "the quota counts, and nothing else"
    with refused(OutOfStock(LAMP, 1, 0)):
        reserve(kit, ("lamp", 1), source="more")
    with refused(NotReleased(LAMP, release)):
        kit.system.handle(ConsumeStock("ahead", "parcel"))


def test_of_what_is_sold_ahead_that_which_lies_there_already_is_promised_first() -> None:
    kit = two_places()
    for place in (NEAR, FAR):
        beyond(kit, place, PreOrders(8, kit.clock.now() + timedelta(days=30)))
    receive(kit, FAR, lamp=3)

    assert reserve(kit, ("lamp", 4)) == [("lamp", FAR, 3), ("lamp", NEAR, 1)]


def test_who_waits_in_line_is_offered_what_lies_there_first() -> None:
    kit = two_places()
    for place in (NEAR, FAR):
        kit.staff.handle(SetStockRules(LAMP, place, beyond=BackOrders(5, 14) if place == NEAR else None, queued=True))
    receive(kit, FAR, lamp=1)

    ticket = kit.shop.handle(JoinQueue("cart", LAMP, 1), by=Member(MemberId("ada")))

    assert [line.location for line in kit.staff.ask(GetReservation(ticket)).lines] == [FAR]


@given(
    rule=st.sampled_from(RULES),
    there=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    caps=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    wanted=st.integers(1, 16),
)
def test_nothing_is_promised_while_units_lie_somewhere_and_nothing_refused_that_can_be_promised(
    rule: SourcingRule, there: tuple[int, int], caps: tuple[int, int], wanted: int
) -> None:
    kit = two_places(rule)
    for place, units, cap in zip((NEAR, FAR), there, caps, strict=True):
        kit.staff.handle(SetStockRules(LAMP, place, beyond=BackOrders(cap, 14) if cap else None))
        if units:
            receive(kit, place, lamp=units)
    most = sum(there) + sum(caps)

    if wanted > most:
        with refused(OutOfStock(LAMP, wanted, most)):
            reserve(kit, ("lamp", wanted))
        return
    taken = {location: units for _, location, units in reserve(kit, ("lamp", wanted))}

    assert sum(taken.values()) == wanted
    lying = sum(min(taken.get(place, 0), units) for place, units in zip((NEAR, FAR), there, strict=True))
    assert lying == min(wanted, sum(there))


# Bundles and what they are made of -----------------------------------------------------------------------------------


def test_a_bundle_and_its_component_are_had_in_whatever_order_they_are_asked_for() -> None:
    for lines in permutations([("set", 1), ("cup", 2)]):
        kit = two_places()
        kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP, 4))))
        receive(kit, NEAR, cup=4, pot=1)
        receive(kit, FAR, cup=2)

        assert sorted(reserve(kit, *lines)) == [("cup", FAR, 2), ("cup", NEAR, 4), ("pot", NEAR, 1)]


def test_two_bundles_with_a_common_component_are_had_in_whatever_order_they_are_asked_for() -> None:
    for lines in permutations([("set", 1), ("box", 1), ("cup", 1)]):
        kit = two_places()
        kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP))))
        kit.staff.handle(DefineBundle(BOX, (Component(LID), Component(CUP))))
        receive(kit, NEAR, cup=1, pot=1, lid=1)
        receive(kit, FAR, cup=2, lid=1)

        held = reserve(kit, *lines)

        assert sorted(held) == [("cup", FAR, 1), ("cup", FAR, 1), ("cup", NEAR, 1), ("lid", FAR, 1), ("pot", NEAR, 1)]


def test_two_bundles_with_a_common_component_are_had_whichever_of_them_has_to_be_asked_first() -> None:
    for scarce in (POT, LID):
        kit = two_places()
        kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP))))
        kit.staff.handle(DefineBundle(BOX, (Component(LID), Component(CUP))))
        receive(kit, NEAR, cup=1, pot=1, lid=1)
        receive(kit, FAR, cup=1, **{({POT, LID} - {scarce}).pop(): 1})

        held = reserve(kit, ("set", 1), ("box", 1))

        assert {place for variant, place, _ in held if variant == scarce} == {NEAR}


def test_what_a_bundle_needs_is_not_promised_to_somebody_who_wants_a_single_cup() -> None:
    kit = two_places()
    kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP))))
    kit.staff.handle(SetStockRules(POT, NEAR, beyond=BackOrders(1)))
    kit.staff.handle(SetStockRules(CUP, FAR, beyond=BackOrders(1)))
    receive(kit, NEAR, cup=1)

    assert sorted(reserve(kit, ("cup", 1), ("set", 1))) == [("cup", FAR, 1), ("cup", NEAR, 1), ("pot", NEAR, 1)]


def test_an_explanation_names_each_location_once_and_agrees_with_itself() -> None:
    kit = two_places()
    kit.staff.handle(OpenLocation("Third", 3, LocationId("third")))
    kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP))))
    receive(kit, NEAR, cup=1, pot=1)
    receive(kit, FAR, cup=9)
    receive(kit, LocationId("third"), cup=9)

    asked = explained(kit, ("set", 1), ("cup", 1))
    reserve(kit, ("set", 1), ("cup", 1))

    assert asked == (
        "rule: by priority",
        "near ships 1 of set: priority 1",
        "far ships 1 of cup: priority 2",
        "third ships nothing: not needed; priority 3",
    )
    with reading(kit.persistence) as work:
        told = [each.event for each in work.outbox.events(limit=1_000)]
    (kept,) = [event for event in told if isinstance(event, StockReserved)]
    assert kept.sourcing == (*asked[:3], "1 other ships nothing")


# A rule that is wrong ------------------------------------------------------------------------------------------------


class Says(SourcingRule):
    """A rule of the host that answers whatever it was told to."""

    def __init__(self, picks: Sequence[Pick], missing: dict[VariantId, int]) -> None:
        self.picks, self.missing = tuple(picks), missing

    def plan(self, question: SourcingQuestion) -> SourcingPlan:
        return SourcingPlan("mine", self.picks, self.missing, ())


def of_lamps(quantity: int, location: str = "near", variant: str = "lamp") -> Pick:
    return Pick(VariantId(variant), LocationId(location), quantity)


@pytest.mark.parametrize(
    ("picks", "missing", "why"),
    [
        ([], {}, "0 of lamp planned, 2 wanted"),
        ([of_lamps(1)], {}, "1 of lamp planned, 2 wanted"),
        ([of_lamps(3)], {}, "3 of lamp planned, 2 wanted"),
        ([of_lamps(2)], {LAMP: 1}, "3 of lamp planned, 2 wanted"),
        ([of_lamps(2), of_lamps(1, variant="cup")], {}, "1 of cup from near, which has 0"),
        ([of_lamps(2)], {CUP: 1}, "1 of cup planned, 0 wanted"),
        ([of_lamps(2)], {LAMP: 0}, "0 of lamp missing"),
        ([of_lamps(3), of_lamps(-1)], {}, "-1 of lamp from near"),
        ([of_lamps(2, "far")], {}, "2 of lamp from far, which has 1"),
        ([of_lamps(1, "far"), of_lamps(1, "far")], {}, "2 of lamp from far, which has 1"),
        ([of_lamps(2, "nowhere")], {}, "2 of lamp from nowhere, which may not be asked"),
        ([of_lamps(2, "shut")], {}, "2 of lamp from shut, which may not be asked"),
    ],
)
def test_a_plan_that_does_not_add_up_is_the_mistake_of_the_rule_and_sets_nothing_aside(
    picks: list[Pick], missing: dict[VariantId, int], why: str
) -> None:
    kit = two_places(Says(picks, missing))
    kit.staff.handle(OpenLocation("Shut", 3, LocationId("shut"), ships=False))
    for place, units in ((NEAR, 5), (FAR, 1), (LocationId("shut"), 5)):
        receive(kit, place, lamp=units)

    with pytest.raises(PlanDoesNotAddUp) as told:
        reserve(kit, ("lamp", 2))

    assert told.value.what == f"mine: {why}"
    assert str(told.value).startswith("The sourcing rule of the shop is wrong")
    assert kit.shop.audit() == []


# When it should be there ---------------------------------------------------------------------------------------------


def promised(kit: ShopKit) -> timedelta | None:
    at = kit.staff.ask(GetReservation("order")).promised_at
    return None if at is None else at - kit.clock.now()


def test_a_reservation_says_when_the_last_of_what_it_was_promised_should_be_there() -> None:
    kit = two_places()
    beyond(kit, NEAR, BackOrders(5, 14))
    kit.staff.handle(SetStockRules(CUP, NEAR, beyond=BackOrders(5, 20)))
    receive(kit, NEAR, lamp=1)

    reserve(kit, ("lamp", 1))
    assert promised(kit) is None, "it lies there"

    kit.system.handle(ReserveMore("order", stock_lines(("cup", 1))))
    assert promised(kit) == timedelta(days=20)

    kit.system.handle(ReserveMore("order", stock_lines(("lamp", 1))))
    assert promised(kit) == timedelta(days=20), "the latest day counts"


def test_a_delivery_that_is_expected_is_the_day_that_is_promised() -> None:
    kit = two_places()
    beyond(kit, NEAR, BackOrders(5, 14))
    kit.staff.handle(ExpectInbound("PO-1", NEAR, (InboundLine(LAMP, 4),), kit.clock.now() + timedelta(days=3)))

    reserve(kit, ("lamp", 2))

    assert promised(kit) == timedelta(days=3)


# Late, and nobody else wanted it -------------------------------------------------------------------------------------


def late_reservation() -> ShopKit:
    """A shop whose only lamp is set aside, for as long as was asked for."""
    kit = two_places()
    receive(kit, NEAR, lamp=1)
    until = kit.clock.now() + timedelta(minutes=5)
    kit.system.handle(ReserveStock("order", stock_lines(("lamp", 1)), expires_at=until, purpose=Purpose.OTHER))
    kit.clock.tick(timedelta(hours=1))
    return kit


def test_what_nobody_took_is_kept_and_nobody_else_has_it_from_then_on() -> None:
    kit = late_reservation()

    kit.system.handle(KeepStock("order"))

    with refused(OutOfStock(LAMP, 1, 0)):
        reserve(kit, ("lamp", 1), source="other")


def test_who_asks_again_for_what_nobody_took_has_it_for_as_long_as_they_ask_for_now() -> None:
    kit = late_reservation()
    until = kit.clock.now() + timedelta(minutes=5)

    kit.system.handle(ReserveStock("order", stock_lines(("lamp", 1)), expires_at=until))

    assert kit.staff.ask(GetReservation("order")).expires_at == until
    with refused(OutOfStock(LAMP, 1, 0)):
        reserve(kit, ("lamp", 1), source="other")


def test_who_asks_again_in_time_changes_nothing() -> None:
    kit = two_places()
    receive(kit, NEAR, lamp=1)
    until = kit.clock.now() + timedelta(minutes=5)
    for minutes in (0, 60):
        later = until + timedelta(minutes=minutes)
        kit.system.handle(ReserveStock("order", stock_lines(("lamp", 1)), expires_at=later))

    assert kit.staff.ask(GetReservation("order")).expires_at == until
