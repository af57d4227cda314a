"""Orders take of limits and budgets, keep it, or give it back; and join the group buys they have paid for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from ecomcore.bootstrap import assemble
from ecomcore.choices import Retries
from ecomcore.kernel.calendar import Period, TimeZone
from ecomcore.kernel.errors import Conflict, NotFound
from ecomcore.kernel.ids import CampaignId, CouponId, MemberId, OrderId, PromotionId
from ecomcore.memory.promotions import MemoryAllowances
from ecomcore.promotions import (
    AddCoupon,
    Allowance,
    Allowances,
    ApprovePromotion,
    ChangeBudget,
    ChangePromotion,
    CloseGroupBuys,
    ConfirmBenefits,
    CreatePromotion,
    GenerateCoupons,
    GetCoupon,
    GetGroupBuy,
    GiveBack,
    GroupBuyBegun,
    GroupBuyFailed,
    GroupBuyState,
    GroupBuySucceeded,
    HoldBenefits,
    ListCodes,
    PausePromotion,
    PlanCampaign,
    PromotionsPolicy,
    RedemptionClosed,
    Redemptions,
    RedemptionState,
    ReleaseBenefits,
    WithdrawCoupon,
    breaches,
    coupon_id,
)
from ecomcore.quoting import GroupBuy, Limits, PerPeriod, Recurrence, Take
from ecomcore.testing import NOON, ShopKit, a_shop, euros
from ecomcore.testing.promotions import terms_of
from ecomcore.testing.work import reading
from tests.support.refusals import refused

PROMO, SUMMER = PromotionId("promo"), CampaignId("summer")
DAY = timedelta(days=1)
UTC = TimeZone("UTC")


def a_kit(policy: PromotionsPolicy | None = None, **terms: Any) -> ShopKit:
    """A shop with one promotion in force, which does not wait before it tries again."""
    kit = a_shop(products=0)
    shop = assemble(
        kit.persistence,
        clock=kit.clock,
        ids=kit.ids,
        promotions_policy=policy,
        policies={},  # what follows in other rooms is told elsewhere
        retries=Retries(tries=2, first=0, most=0),
    )
    kit = evolve(kit, shop=shop)
    kit.staff.handle(PlanCampaign("Summer", euros(10_00), SUMMER))
    kit.staff.handle(CreatePromotion(terms_of(**terms), PROMO))
    kit.staff.handle(ApprovePromotion(PROMO, 1))
    return kit


def take(units: int = 1, amount: int = 1_00, coupon: CouponId | None = None) -> Take:
    return Take(PROMO, units, euros(amount), coupon)


def hold(kit: ShopKit, order: str, *takes: Take, buyer: str | None = "member:ada") -> None:
    kit.system.handle(HoldBenefits(OrderId(order), buyer, takes or (take(),)))


def confirm(kit: ShopKit, *orders: str) -> None:
    for order in orders:
        kit.system.handle(ConfirmBenefits(OrderId(order)))


def release(kit: ShopKit, order: str) -> None:
    kit.system.handle(ReleaseBenefits(OrderId(order)))


def allowances(kit: ShopKit) -> list[Allowance]:
    with reading(kit.persistence) as work:
        return [each for each in work.repository(Allowances).page() if not each.subject.startswith("campaign")]


def taken(kit: ShopKit) -> dict[str, int]:
    """What is taken, by kind; and no invariant is broken."""
    with reading(kit.persistence) as work:
        all_ = work.repository(Allowances).page()
        redemptions: Redemptions = work.repository(Redemptions)
        sums = redemptions.taken_sums([each.id for each in all_])
        assert not list(breaches(allowances=all_, taken=sums, redemptions=redemptions.page()))
    return {each.kind.value: each.taken for each in allowances(kit)}


def told(kit: ShopKit, kind: type[Any]) -> list[Any]:
    with reading(kit.persistence) as work:
        return [each.event for each in work.outbox.events(limit=1_000) if isinstance(each.event, kind)]


def test_an_order_takes_one_use_and_its_units_of_each_limit() -> None:
    per_day = PerPeriod(9, Recurrence.DAY, UTC)
    kit = a_kit(limits=Limits(uses=9, uses_per_buyer=9, uses_per_period=per_day, units=9, units_per_buyer=9))

    hold(kit, "order", take(3), take(2, coupon=None))

    assert taken(kit) == {"uses": 1, "uses_per_buyer": 1, "uses_per_period": 1, "units": 5, "units_per_buyer": 5}


def test_what_has_no_limit_is_not_counted() -> None:
    kit = a_kit()

    hold(kit, "order")
    confirm(kit, "order")

    assert taken(kit) == {}


@pytest.mark.parametrize(
    "limits", [Limits(uses=2), Limits(uses_per_buyer=2), Limits(units=2), Limits(units_per_buyer=2)]
)
def test_the_last_one_is_taken_once(limits: Limits) -> None:
    kit = a_kit(limits=limits)
    hold(kit, "first")
    hold(kit, "second")
    (full,) = allowances(kit)

    with refused(Conflict("Allowance", full.id)):
        hold(kit, "third")

    assert set(taken(kit).values()) == {2}


def test_a_limit_per_buyer_is_each_buyers_own_and_all_without_a_name_are_one() -> None:
    kit = a_kit(limits=Limits(uses_per_buyer=1))
    for number, buyer in enumerate(("member:ada", "member:bob", None)):
        hold(kit, f"order-{number}", buyer=buyer)

    with pytest.raises(Conflict):
        hold(kit, "another-guest", buyer=None)


@pytest.mark.parametrize(
    ("recurrence", "next_"), [(Recurrence.DAY, NOON + DAY), (Recurrence.MONTH, NOON.replace(month=7, day=1))]
)
def test_with_the_next_day_or_month_the_count_begins_anew(recurrence: Recurrence, next_: datetime) -> None:
    kit = a_kit(limits=Limits(uses_per_period=PerPeriod(1, recurrence, UTC)))
    hold(kit, "first")
    with pytest.raises(Conflict):
        hold(kit, "too-many")

    kit.clock.set(next_)
    hold(kit, "second")

    assert [each.taken for each in allowances(kit)] == [1, 1]


def test_raised_and_lowered_limits_count_from_the_next_order_on() -> None:
    kit = a_kit(limits=Limits(uses=1))
    hold(kit, "first")

    kit.staff.handle(ChangePromotion(PROMO, terms_of(limits=Limits(uses=3))))
    with pytest.raises(Conflict):
        hold(kit, "not-approved-yet")
    kit.staff.handle(ApprovePromotion(PROMO, 2))
    hold(kit, "second")
    kit.staff.handle(ChangePromotion(PROMO, terms_of(limits=Limits(uses=1))))
    kit.staff.handle(ApprovePromotion(PROMO, 3))
    with pytest.raises(Conflict):
        hold(kit, "third")

    assert taken(kit) == {"uses": 2}


def test_an_order_takes_all_or_nothing() -> None:
    kit = a_kit(limits=Limits(uses=5, units=2))

    with pytest.raises(Conflict):
        hold(kit, "order", take(3))

    assert taken(kit) == {}


def test_a_budget_is_spent_to_its_last_cent_and_no_further() -> None:
    kit = a_kit(campaign=SUMMER)
    spend = Take(PROMO, 1, euros(6_00), campaign=SUMMER)
    hold(kit, "first", spend)

    with pytest.raises(Conflict):
        hold(kit, "second", spend)
    hold(kit, "third", Take(PROMO, 1, euros(4_00), campaign=SUMMER))
    kit.staff.handle(ChangeBudget(SUMMER, euros(16_00)))
    hold(kit, "second", spend)

    taken(kit)


def test_a_coupon_counts_for_itself_besides_its_promotion() -> None:
    kit = a_kit(limits=Limits(uses=9))
    kit.staff.handle(AddCoupon("ONCE", PROMO, Limits(uses=1)))
    hold(kit, "first", take(coupon=coupon_id("ONCE")))

    with pytest.raises(Conflict):
        hold(kit, "second", take(coupon=coupon_id("ONCE")))

    assert kit.staff.ask(GetCoupon("once")).uses == 1
    assert [each.taken for each in allowances(kit)] == [1, 1]


def test_two_coupons_of_one_promotion_in_one_order_are_one_use_of_it_and_one_of_each() -> None:
    kit = a_kit(limits=Limits(uses=9))
    for code in ("ONE", "TWO"):
        kit.staff.handle(AddCoupon(code, PROMO, Limits(uses=9)))

    hold(kit, "order", take(coupon=coupon_id("ONE")), take(coupon=coupon_id("TWO")))

    assert [each.taken for each in allowances(kit)] == [1, 1, 1]
    taken(kit)


def test_each_code_of_a_batch_serves_once() -> None:
    kit = a_kit()
    batch = kit.staff.handle(GenerateCoupons(PROMO, 5, "TEA"))
    first, second, *_ = kit.staff.ask(ListCodes(batch))

    hold(kit, "first", take(coupon=first.coupon))
    hold(kit, "second", take(coupon=second.coupon))
    with pytest.raises(Conflict):
        hold(kit, "again", take(coupon=first.coupon))

    assert [each.uses for each in kit.staff.ask(ListCodes(batch))] == [1, 1, 0, 0, 0]


def test_what_is_gone_since_the_quote_is_a_conflict() -> None:
    kit = a_kit()
    kit.staff.handle(AddCoupon("GONE", PROMO))
    kit.staff.handle(WithdrawCoupon("GONE"))
    kit.staff.handle(AddCoupon("OVER", PROMO, period=Period(NOON - DAY, NOON)))
    kit.staff.handle(AddCoupon("BOBS", PROMO, member=MemberId("bob")))

    for code in ("GONE", "OVER", "BOBS"):
        with refused(Conflict("Coupon", coupon_id(code))):
            hold(kit, "order", take(coupon=coupon_id(code)))
    kit.staff.handle(PausePromotion(PROMO))
    with refused(Conflict("Promotion", PROMO)):
        hold(kit, "order")


def test_what_was_never_there_is_not_found() -> None:
    kit = a_kit()

    with refused(NotFound("Promotion", "none")):
        hold(kit, "order", Take(PromotionId("none"), 1, euros(1)))
    for coupon in ("c123", "b.tea.1", "b.tea"):
        with refused(NotFound("Coupon", coupon)):
            hold(kit, "order", take(coupon=CouponId(coupon)))
    with refused(NotFound("Campaign", "none")):
        hold(kit, "order", Take(PROMO, 1, euros(1), campaign=CampaignId("none")))


def test_an_order_that_asks_again_takes_nothing_more_and_one_that_takes_nothing_leaves_no_trace() -> None:
    kit = a_kit(limits=Limits(uses=5))
    hold(kit, "order")
    hold(kit, "order")
    kit.system.handle(HoldBenefits(OrderId("nothing"), None, ()))

    for message in (ConfirmBenefits, ReleaseBenefits):
        kit.system.handle(message(OrderId("nothing")))

    assert taken(kit) == {"uses": 1}


def test_what_an_unpaid_order_gives_back_can_be_taken_again_but_not_by_the_same_order() -> None:
    kit = a_kit(limits=Limits(uses=1, units=5))
    hold(kit, "first", take(5))

    release(kit, "first")
    release(kit, "first")
    with refused(RedemptionClosed(OrderId("first"), RedemptionState.RELEASED)):
        hold(kit, "first")
    hold(kit, "second", take(5))

    assert taken(kit) == {"uses": 1, "units": 5}


@pytest.mark.parametrize(
    ("policy", "unpaid", "paid"), [(GiveBack.ALWAYS, 0, 0), (GiveBack.UNPAID, 0, 1), (GiveBack.NEVER, 1, 1)]
)
def test_a_cancelled_order_gives_back_as_the_policy_says(policy: GiveBack, unpaid: int, paid: int) -> None:
    for steps, expected in (((release,), unpaid), ((confirm, release), paid), ((confirm, confirm, release), paid)):
        kit = a_kit(PromotionsPolicy(policy), limits=Limits(uses=5))
        hold(kit, "order")

        for step in steps:
            step(kit, "order")

        assert taken(kit) == {"uses": expected}


# -- group buys --------------------------------------------------------------------------------------------------------


@pytest.fixture
def team() -> ShopKit:
    """A price for two who buy together within a day."""
    kit = a_kit(group_buy=GroupBuy(2, NOON + DAY))
    for order, buyer in (("ada", "member:ada"), ("bob", "member:bob"), ("eve", "member:eve")):
        hold(kit, order, buyer=buyer)
    return kit


def standing(kit: ShopKit) -> tuple[int, GroupBuyState]:
    view = kit.shop.ask(GetGroupBuy(PROMO))
    return view.buyers, view.state


def test_before_anybody_has_paid_the_group_is_empty_and_open(team: ShopKit) -> None:
    assert standing(team) == (0, GroupBuyState.OPEN)
    with refused(NotFound("GroupBuy", "none")):
        team.shop.ask(GetGroupBuy(PromotionId("none")))


def test_when_enough_have_paid_the_price_holds_for_them_and_for_whoever_comes_later(team: ShopKit) -> None:
    confirm(team, "ada", "bob", "eve")

    assert standing(team) == (3, GroupBuyState.SUCCEEDED)
    assert told(team, GroupBuySucceeded) == [
        GroupBuySucceeded(PROMO, (OrderId("ada"), OrderId("bob"))),
        GroupBuySucceeded(PROMO, (OrderId("eve"),)),
    ]


def test_whoever_cancels_leaves_the_open_group_even_if_nothing_is_given_back(team: ShopKit) -> None:
    confirm(team, "ada")

    release(team, "ada")
    release(team, "ada")
    confirm(team, "bob")

    assert standing(team) == (1, GroupBuyState.OPEN)


def test_when_its_time_is_over_the_group_fails_once(team: ShopKit) -> None:
    confirm(team, "ada")
    assert team.system.handle(CloseGroupBuys()) == 0
    team.clock.tick(DAY)

    closed = [team.system.handle(CloseGroupBuys()), team.system.handle(CloseGroupBuys())]

    assert closed == [1, 0]
    assert told(team, GroupBuyFailed) == [GroupBuyFailed(PROMO, (OrderId("ada"),))]


def test_whoever_pays_too_late_is_told_so_before_and_after_the_job_has_run(team: ShopKit) -> None:
    team.clock.tick(DAY)

    confirm(team, "ada", "bob")

    assert told(team, GroupBuyFailed) == [
        GroupBuyFailed(PROMO, (OrderId("ada"),)),
        GroupBuyFailed(PROMO, (OrderId("bob"),)),
    ]


def test_an_order_joins_by_the_terms_it_was_placed_under(team: ShopKit) -> None:
    team.clock.tick(timedelta(hours=1))
    team.staff.handle(ChangePromotion(PROMO, terms_of()))
    team.staff.handle(ApprovePromotion(PROMO, 2))
    hold(team, "late")

    confirm(team, "late", "ada")

    assert standing(team) == (1, GroupBuyState.OPEN)


def test_only_so_many_groups_are_closed_at_a_time() -> None:
    kit = a_kit(group_buy=GroupBuy(2, NOON + DAY))
    for number in range(3):
        id_ = PromotionId(f"p-{number}")
        kit.staff.handle(CreatePromotion(terms_of(group_buy=GroupBuy(2, NOON + DAY)), id_))
        kit.staff.handle(ApprovePromotion(id_, 1))
        hold(kit, f"o-{number}", Take(id_, 1, euros(1)))
        confirm(kit, f"o-{number}")
    kit.clock.tick(DAY)

    assert [kit.system.handle(CloseGroupBuys(2)) for _ in range(3)] == [2, 1, 0]


def test_a_group_buy_that_was_approved_goes_on_as_it_is() -> None:
    kit = a_kit(group_buy=GroupBuy(2, NOON + DAY))

    with refused(GroupBuyBegun(PROMO, NOON + DAY)):
        kit.staff.handle(ChangePromotion(PROMO, terms_of(group_buy=GroupBuy(2, NOON + 2 * DAY))))


def test_an_order_that_the_shop_calls_off_gives_back_what_it_has_confirmed(team: ShopKit) -> None:
    hold(team, "called-off")
    confirm(team, "called-off", "ada")

    team.system.handle(ReleaseBenefits(OrderId("called-off"), all=True))

    assert team.shop.audit() == []


def test_all_limits_of_an_order_are_locked_at_once_in_the_order_of_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock a stale save would still be refused, but everybody would have to try again and again."""
    kit = a_kit(limits=Limits(uses=5, uses_per_buyer=2, units=9))
    asked: list[tuple[list[str], bool]] = []
    many = MemoryAllowances.many

    def noted(self: MemoryAllowances, ids: Sequence[Any], *, lock: bool = False) -> Any:
        asked.append((list(ids), lock))
        return many(self, ids, lock=lock)

    monkeypatch.setattr(MemoryAllowances, "many", noted)
    hold(kit, "first")

    ((ids, locked),) = [each for each in asked if len(each[0]) > 1]
    assert locked
    assert ids == sorted(ids)
    assert len(ids) >= 3
