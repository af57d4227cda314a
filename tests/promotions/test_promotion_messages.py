"""Promotions, campaigns and coupons as staff ask for them."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given

from ecomcore.bootstrap import ROOMS
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound
from ecomcore.kernel.ids import CampaignId, CouponBatchId, MemberId, OrderId, PromotionId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.text import HIDDEN
from ecomcore.promotions import (
    AddCoupon,
    ApprovePromotion,
    ArchivePromotion,
    AssignCoupon,
    BudgetAlreadySpent,
    ChangeBudget,
    ChangePromotion,
    CreatePromotion,
    GenerateCoupons,
    GetCampaign,
    GetCoupon,
    GetPromotion,
    HoldBenefits,
    ListCodes,
    ListPromotions,
    NoCodesLeft,
    PausePromotion,
    PlanCampaign,
    PromotionState,
    ResumePromotion,
    SchedulePromotion,
    WithdrawCode,
    WithdrawCoupon,
    coupon_id,
)
from ecomcore.quoting import RULES, Editions, Limits, Take, Terms
from ecomcore.testing import NOON, ShopKit, a_shop, euros
from ecomcore.testing.promotion_strategies import terms
from ecomcore.testing.promotions import terms_of
from ecomcore.testing.work import reading
from ecomcore.wire import Wire
from tests.support.refusals import refused

PROMO, SUMMER = PromotionId("promo"), CampaignId("summer")
ADA = MemberId("ada")


@pytest.fixture
def kit() -> ShopKit:
    """A shop with one promotion in force."""
    kit = a_shop(products=0)
    kit.staff.handle(CreatePromotion(terms_of(), PROMO))
    kit.staff.handle(ApprovePromotion(PROMO, 1))
    return kit


def edition(kit: ShopKit) -> int:
    with reading(kit.persistence) as work:
        found = work.repository(Editions).find(RULES)
        return found.version if found else 0


def test_a_promotion_is_shown_with_its_versions_and_when_they_were_in_force(kit: ShopKit) -> None:
    kit.clock.tick(timedelta(hours=1))
    kit.staff.handle(ChangePromotion(PROMO, terms_of(name="Other")))
    kit.staff.handle(ApprovePromotion(PROMO, 2))

    view = kit.staff.ask(GetPromotion(PROMO))

    assert (view.state, view.approved) == (PromotionState.APPROVED, 2)
    assert [version.terms.name for version in view.versions] == ["Ten off", "Other"]
    assert [(span.since, span.until) for span in view.spans] == [(NOON, kit.clock.now()), (kit.clock.now(), None)]
    assert kit.staff.ask(ListPromotions()) == (view,)
    assert kit.staff.ask(ListPromotions(PROMO)) == ()


def test_what_changes_the_rules_turns_the_edition_and_nothing_else_does(kit: ShopKit) -> None:
    told = [edition(kit)]
    for command in (
        ChangePromotion(PROMO, terms_of(name="Other")),
        SchedulePromotion(PROMO, Period(NOON)),
        ApprovePromotion(PROMO, 3),
        ApprovePromotion(PROMO, 3),
        PausePromotion(PROMO),
        ResumePromotion(PROMO),
        ArchivePromotion(PROMO),
        CreatePromotion(terms_of()),
        AddCoupon("HELLO", PROMO),
        PlanCampaign("Summer"),
    ):
        kit.staff.handle(command)
        told.append(edition(kit))

    assert [later - earlier for earlier, later in itertools.pairwise(told)] == [0, 0, 1, 0, 1, 1, 1, 0, 0, 0]


def test_a_promotion_has_an_id_of_its_own_and_a_campaign_that_there_is(kit: ShopKit) -> None:
    with refused(AlreadyExists("promotion", "id", PROMO)):
        kit.staff.handle(CreatePromotion(terms_of(), PROMO))
    with refused(NotFound("Campaign", SUMMER)):
        kit.staff.handle(CreatePromotion(terms_of(campaign=SUMMER)))
    with refused(NotFound("Campaign", SUMMER)):
        kit.staff.handle(ChangePromotion(PROMO, terms_of(campaign=SUMMER)))
    with refused(NotFound("Promotion", "none")):
        kit.staff.handle(ApprovePromotion(PromotionId("none"), 1))


def spend(kit: ShopKit, minor: int, order: str = "order", currency: str = "EUR") -> None:
    amount = Money(minor, Currency(currency))
    kit.system.handle(HoldBenefits(OrderId(order), None, (Take(PROMO, 1, amount, campaign=SUMMER),)))


def test_a_campaign_shows_what_is_spent_and_what_remains_of_its_budget(kit: ShopKit) -> None:
    kit.staff.handle(PlanCampaign("Summer", euros(10_00), SUMMER))
    spend(kit, 4_00)
    spend(kit, 5_00, "in-dollars", "USD")

    view = kit.staff.ask(GetCampaign(SUMMER))

    assert (view.budget, view.spent, view.remaining) == (euros(10_00), euros(4_00), euros(6_00))
    with refused(AlreadyExists("campaign", "id", SUMMER)):
        kit.staff.handle(PlanCampaign("Again", id=SUMMER))


def test_a_budget_is_never_less_than_what_is_spent_also_where_there_was_none(kit: ShopKit) -> None:
    kit.staff.handle(PlanCampaign("Summer", id=SUMMER))
    spend(kit, 4_00)
    assert kit.staff.ask(GetCampaign(SUMMER)).spent is None

    with refused(BudgetAlreadySpent(SUMMER, euros(3_99), euros(4_00))):
        kit.staff.handle(ChangeBudget(SUMMER, euros(3_99)))
    kit.staff.handle(ChangeBudget(SUMMER, euros(4_00)))

    assert kit.staff.ask(GetCampaign(SUMMER)).remaining == euros(0)


def test_a_budget_may_change_its_currency_and_go_away(kit: ShopKit) -> None:
    kit.staff.handle(PlanCampaign("Summer", euros(5_00), SUMMER))
    spend(kit, 5_00)

    kit.staff.handle(ChangeBudget(SUMMER, Money(1_00, Currency("USD"))))
    spend(kit, 50_00, "unlimited-euros")
    assert kit.staff.ask(GetCampaign(SUMMER)).spent == Money(0, Currency("USD"))
    kit.staff.handle(ChangeBudget(SUMMER, None))
    spend(kit, 50_00, "unlimited-dollars", "USD")

    assert kit.staff.ask(GetCampaign(SUMMER)).budget is None


def test_a_coupon_is_known_by_its_code_however_it_is_typed(kit: ShopKit) -> None:
    kit.staff.handle(AddCoupon("Dankefür-100", PROMO, Limits(uses=5), Period(NOON), ADA))

    view = kit.staff.ask(GetCoupon("DANKEFÜR 1OO"))

    assert (view.id, view.promotion, view.limits.uses, view.member) == (coupon_id("dankefür100"), PROMO, 5, ADA)
    assert (view.void, view.uses, view.batch, view.number) == (False, 0, None, None)


def test_a_code_that_looks_like_another_is_taken_and_the_refusal_does_not_show_it(kit: ShopKit) -> None:
    kit.staff.handle(AddCoupon("OIL-10", PROMO))

    with refused(AlreadyExists("coupon", "code", HIDDEN)):
        kit.staff.handle(AddCoupon("0i1 lo", PROMO))


@pytest.mark.parametrize("code", ["", "- -", "\u200b", "x" * 65, "a\nb"])
def test_what_is_no_code_is_refused_without_showing_it(code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        AddCoupon(code, PROMO)

    assert (refusal.value.field, refusal.value.value) == ("code", HIDDEN)


def test_no_message_and_no_event_shows_a_code(kit: ShopKit) -> None:
    command = AddCoupon("SECRETCODE", PROMO)

    kit.staff.handle(command)

    assert "SECRETCODE" not in repr(command)
    assert "SECRETCODE" not in repr(kit.staff.ask(GetCoupon("SECRETCODE")))
    with reading(kit.persistence) as work:
        assert "SECRETCODE" not in repr(work.outbox.events())


def test_a_withdrawn_coupon_is_void_and_withdrawing_it_again_changes_nothing(kit: ShopKit) -> None:
    kit.staff.handle(AddCoupon("HELLO", PROMO))

    kit.staff.handle(WithdrawCoupon("hello"))
    kit.staff.handle(WithdrawCoupon("hello"))

    assert kit.staff.ask(GetCoupon("HELLO")).void
    with refused(NotFound("Coupon", HIDDEN)):
        kit.staff.handle(WithdrawCoupon("unknown"))
    with refused(NotFound("Coupon", HIDDEN)):
        kit.staff.ask(GetCoupon("unknown"))


def a_batch(kit: ShopKit, size: int = 5, prefix: str = "TEA", **more: bool) -> CouponBatchId:
    return kit.staff.handle(GenerateCoupons(PROMO, size, prefix, **more))  # type: ignore[arg-type]  # personal only


def test_the_codes_of_a_batch_are_listed_page_by_page(kit: ShopKit) -> None:
    batch = a_batch(kit)

    codes = kit.staff.ask(ListCodes(batch))

    assert [each.number for each in codes] == [1, 2, 3, 4, 5]
    assert len({each.code for each in codes}) == 5
    assert all(each.code.startswith("TEA-") for each in codes)
    assert kit.staff.ask(ListCodes(batch, 3)) == codes[3:]
    assert kit.staff.ask(ListCodes(batch, 1, 2)) == codes[1:3]
    assert kit.staff.ask(ListCodes(batch, 5)) == ()


def test_a_code_of_a_batch_is_known_by_its_letters(kit: ShopKit) -> None:
    batch = a_batch(kit)
    third = kit.staff.ask(ListCodes(batch))[2]

    view = kit.staff.ask(GetCoupon(third.code.lower().replace("-", "")))

    assert (view.id, view.batch, view.number, view.limits) == (third.coupon, batch, 3, Limits(uses=1))


def test_two_batches_never_have_prefixes_that_look_alike(kit: ShopKit) -> None:
    a_batch(kit, prefix="OIL")

    with refused(AlreadyExists("coupon batch", "prefix", "o1l")):
        a_batch(kit, prefix="o1l")


@pytest.mark.parametrize("prefix", ["", "A", "A" * 13, "TE-A", "TE A", "TÉA", None, 7])
def test_a_prefix_is_2_to_12_letters_or_digits(prefix: str) -> None:
    with pytest.raises(Invalid, match="prefix"):
        GenerateCoupons(PROMO, 1, prefix)


@pytest.mark.parametrize("size", [0, 1_000_001, True, 1.0])
def test_a_batch_has_one_code_to_a_million(size: int) -> None:
    with pytest.raises(Invalid, match="size"):
        GenerateCoupons(PROMO, size, "TEA")


def test_codes_are_assigned_one_after_the_other_until_none_is_left(kit: ShopKit) -> None:
    batch = a_batch(kit, 2, personal=True)
    codes = [each.code for each in kit.staff.ask(ListCodes(batch))]
    assert kit.staff.ask(GetCoupon(codes[0])).void

    assigned = [kit.staff.handle(AssignCoupon(batch, MemberId(name))) for name in ("ada", "bob")]

    assert assigned == codes
    assert [each.member for each in kit.staff.ask(ListCodes(batch))] == ["ada", "bob"]
    assert not kit.staff.ask(GetCoupon(codes[0])).void
    with refused(NoCodesLeft(batch, 2)):
        kit.staff.handle(AssignCoupon(batch, ADA))


def test_a_withdrawn_code_is_assigned_to_nobody(kit: ShopKit) -> None:
    batch = a_batch(kit, 300)
    codes = [each.code for each in kit.staff.ask(ListCodes(batch, limit=300))]
    for code in codes[:250]:
        kit.staff.handle(WithdrawCode(batch, code))
    kit.staff.handle(WithdrawCode(batch, codes[0]))

    assert kit.staff.handle(AssignCoupon(batch, ADA)) == codes[250]
    assert [each.withdrawn for each in kit.staff.ask(ListCodes(batch, 249, 2))] == [True, False]


def test_a_code_that_the_batch_does_not_have_cannot_be_withdrawn(kit: ShopKit) -> None:
    batch, other = a_batch(kit), a_batch(kit, prefix="MILK")
    foreign = kit.staff.ask(ListCodes(other))[0].code

    for code in (foreign, "TEA", "nothing at all"):
        with refused(NotFound("code", HIDDEN)):
            kit.staff.handle(WithdrawCode(batch, code))


def test_a_command_under_one_key_makes_one_batch_and_assigns_one_code(kit: ShopKit) -> None:
    batches = {kit.staff.handle(GenerateCoupons(PROMO, 5, "TEA"), key="batch") for _ in range(2)}
    (batch,) = batches

    codes = {kit.staff.handle(AssignCoupon(batch, ADA), key="code") for _ in range(2)}

    assert len(codes) == 1


@given(terms())
def test_terms_come_back_from_the_wire_as_they_went(drawn: Terms) -> None:
    wire = Wire(ROOMS)

    assert wire.load(*wire.dump(CreatePromotion(drawn))) == CreatePromotion(drawn)
