"""What a quote asks of coupons and limits: the right answers, with a constant number of questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.ids import CampaignId, MemberId, PromotionId
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.promotions import (
    Allowance,
    Allowances,
    Campaigns,
    CouponBatches,
    Coupons,
    breaches,
    coupon_facts,
    coupon_id,
    remaining,
)
from ecomcore.promotions.allowance import budget, counters, of_coupon, of_promotion
from ecomcore.quoting import CouponFact, CouponProblem, DatedRule, Limits, Remaining
from ecomcore.testing import NOON, euros
from ecomcore.testing.promotions import (
    a_campaign,
    a_coupon,
    a_coupon_batch,
    a_group_buy,
    a_promotion,
    a_redemption,
    an_allowance,
    terms_of,
)
from ecomcore.testing.work import keep, reading

PROMO = PromotionId("promo")
ADA, BOB = "member:ada", "member:bob"
DAY = timedelta(days=1)


class Asked:
    """A repository that counts what it is asked."""

    def __init__(self, repository: Any, questions: list[str]) -> None:
        self._repository, self._questions = repository, questions

    def __getattr__(self, name: str) -> Any:
        self._questions.append(f"{type(self._repository).__name__}.{name}")
        return getattr(self._repository, name)


@pytest.fixture
def store() -> Persistence:
    store = MemoryPersistence()
    keep(store, a_promotion())
    return store


@contextmanager
def asking(store: Persistence) -> Iterator[tuple[Any, list[str]]]:
    questions: list[str] = []
    with reading(store) as work:
        yield (lambda port: Asked(work.repository(port), questions)), questions


def facts(store: Persistence, *codes: str, buyer: str | None = ADA) -> tuple[CouponFact, ...]:
    with asking(store) as (ask, _):
        return coupon_facts(codes, buyer, NOON, ask(Coupons), ask(CouponBatches), ask(Allowances))


def used(limits: Limits, coupon: str, taken: int, buyer: str | None = ADA) -> list[Allowance]:
    return [
        Allowance.of(each).having(taken=taken) for each in counters(limits, of_coupon(coupon_id(coupon)), buyer, NOON)
    ]


def test_codes_are_answered_in_their_order_as_they_were_typed(store: Persistence) -> None:
    batch = a_coupon_batch()
    keep(store, a_coupon("HELLO"), batch)

    found = facts(store, batch.code(2), "nothing", "he-LLo", "HELLO")

    assert found == (
        CouponFact(batch.code(2), batch.coupon(2), PROMO),
        CouponFact("nothing", problem=CouponProblem.UNKNOWN),
        CouponFact("he-LLo", coupon_id("hello"), PROMO),
        CouponFact("HELLO", coupon_id("hello"), PROMO),
    )


def test_a_code_of_somebody_else_and_a_withdrawn_one_are_as_unknown_as_one_that_is_not() -> None:
    store = MemoryPersistence()
    keep(store, a_promotion(), a_coupon("ADAS", member="ada"), a_coupon("GONE").withdraw().having(news=()))
    batch = a_coupon_batch(personal=True).assign(1, MemberId("ada"), NOON).withdraw(3, NOON)
    keep(store, batch, a_coupon_batch("open", prefix="OPEN").assign(1, MemberId("ada"), NOON))
    public = a_coupon_batch("open", prefix="OPEN")

    codes = ["ADAS", "GONE", *(batch.code(n) for n in (1, 2, 3)), public.code(1), public.code(2)]

    def unknown(buyer: str | None) -> list[bool]:
        return [
            fact == CouponFact(code, problem=CouponProblem.UNKNOWN)
            for code, fact in zip(codes, facts(store, *codes, buyer=buyer), strict=True)
        ]

    assert unknown(ADA) == [False, True, False, True, True, False, False]
    assert unknown(BOB) == unknown(None) == [True, True, True, True, True, True, False]


def test_a_coupon_has_a_time(store: Persistence) -> None:
    keep(
        store,
        a_coupon("EARLY", period=Period(NOON + DAY)),
        a_coupon("LATE", period=Period(NOON - DAY, NOON)),
        a_coupon("NOW", period=Period(NOON, NOON + DAY)),
    )

    early, late, now = facts(store, "EARLY", "LATE", "NOW")

    assert (early.problem, early.expired_at, early.promotion) == (CouponProblem.NOT_YET, None, PROMO)
    assert (late.problem, late.expired_at, late.promotion) == (CouponProblem.EXPIRED, NOON, PROMO)
    assert now.problem is None


def test_a_coupon_is_used_up_for_all_or_for_one_buyer(store: Persistence) -> None:
    once, each = Limits(uses=1), Limits(uses_per_buyer=2, units=5)
    keep(store, a_coupon("ONCE", limits=once), a_coupon("EACH", limits=each))
    keep(store, *used(once, "ONCE", 1), *used(each, "EACH", 2))

    assert [fact.problem for fact in facts(store, "ONCE", "EACH")] == [CouponProblem.USED_UP] * 2
    assert [fact.problem for fact in facts(store, "ONCE", "EACH", buyer=BOB)] == [CouponProblem.USED_UP, None]


def test_the_limits_of_the_promotion_are_not_the_coupons(store: Persistence) -> None:
    limits = Limits(uses=1)
    keep(store, a_promotion("small", terms_of(limits=limits)), a_coupon("HELLO", "small"))
    keep(store, *(Allowance.of(each).having(taken=1) for each in counters(limits, of_promotion("small"), ADA, NOON)))  # type: ignore[arg-type]  # a literal

    assert facts(store, "HELLO")[0].problem is None


def test_twenty_codes_are_no_more_questions_than_two(store: Persistence) -> None:
    batches = [a_coupon_batch(f"b-{n}", prefix=f"BATCH{n}") for n in range(10)]
    keep(store, *(a_coupon(f"CODE{n}", limits=Limits(uses=1, uses_per_buyer=1)) for n in range(10)), *batches)
    codes = [*(f"CODE{n}" for n in range(10)), *(batch.code(7) for batch in batches)]

    def questions(*typed: str) -> list[str]:
        with asking(store) as (ask, asked):
            coupon_facts(typed, ADA, NOON, ask(Coupons), ask(CouponBatches), ask(Allowances))
            return asked

    assert questions(codes[0], codes[10]) == questions(*codes)
    assert len(questions(*codes)) == 4
    assert questions() == []


def left(store: Persistence, *rules: DatedRule, buyer: str | None = ADA) -> Any:
    with asking(store) as (ask, _):
        return remaining(rules, buyer, NOON, ask(Allowances), ask(Campaigns))


def a_rule(promotion: str = "promo", *, since: int = 0, until: int | None = None, **terms: Any) -> DatedRule:
    ends = None if until is None else NOON + until * DAY
    return DatedRule(PromotionId(promotion), terms_of(**terms), NOON + since * DAY, ends)


def test_what_is_left_is_the_least_of_all_limits(store: Persistence) -> None:
    limits = Limits(uses=10, uses_per_buyer=3, units=100, units_per_buyer=200)
    found = {each.kind: each for each in counters(limits, of_promotion(PROMO), ADA, NOON)}
    keep(store, *(Allowance.of(each).having(taken=2) for each in found.values()))

    assert left(store, a_rule(limits=limits)) == ({PROMO: Remaining(uses=1, units=98)}, {})
    assert left(store, a_rule(limits=limits), buyer=BOB) == ({PROMO: Remaining(uses=3, units=98)}, {})


def test_a_promotion_without_counted_limits_is_left_out(store: Persistence) -> None:
    assert left(store, a_rule(), a_rule("other", limits=Limits(per_order=2))) == ({}, {})
    assert left(store, a_rule(limits=Limits(units=5))) == ({PROMO: Remaining(uses=None, units=5)}, {})


def test_only_the_rule_in_force_counts(store: Persistence) -> None:
    before = a_rule(since=-2, until=0, limits=Limits(uses=1))
    now = a_rule(since=0, until=1, limits=Limits(uses=2))
    after = a_rule(since=1, limits=Limits(uses=3))

    assert left(store, before, now, after) == left(store, after, now, before) == ({PROMO: Remaining(uses=2)}, {})
    assert left(store, before, after) == ({}, {})


def test_a_limit_that_was_lowered_leaves_nothing_and_never_less(store: Persistence) -> None:
    limits = Limits(uses=1)
    (counter,) = counters(limits, of_promotion(PROMO), ADA, NOON)
    keep(store, Allowance.of(counter).having(cap=5, taken=5))

    assert left(store, a_rule(limits=limits)) == ({PROMO: Remaining(uses=0)}, {})


def test_what_is_left_of_a_budget_is_told_for_each_campaign_that_has_one(store: Persistence) -> None:
    summer, winter = CampaignId("summer"), CampaignId("winter")
    keep(store, a_campaign(summer, budget=euros(10_00)), a_campaign(winter), a_campaign("spring", budget=euros(7)))
    keep(store, Allowance.of(budget(summer, euros(0).currency, euros(10_00))).having(taken=3_00))
    rules = [a_rule(name, campaign=CampaignId(name)) for name in ("summer", "winter", "spring")]

    assert left(store, *rules) == ({}, {summer: euros(7_00), CampaignId("spring"): euros(7)})


def test_a_thousand_rules_are_no_more_questions_than_one(store: Persistence) -> None:
    keep(store, *(a_campaign(f"c-{n}", budget=euros(1)) for n in range(100)))
    rules = [a_rule(f"p-{n}", limits=Limits(uses=1), campaign=CampaignId(f"c-{n % 100}")) for n in range(1_000)]

    with asking(store) as (ask, asked):
        uses, budgets = remaining(rules, ADA, NOON, ask(Allowances), ask(Campaigns))

    assert (len(uses), len(budgets)) == (1_000, 100)
    assert len(asked) == 2


def test_the_audit_finds_what_does_not_add_up() -> None:
    allowance = an_allowance(cap=3, taken=2)

    assert not list(breaches(allowances=[allowance], taken={allowance.id: 2}, redemptions=[a_redemption()]))
    assert [rule for rule, _, _ in breaches(allowances=[allowance])] == ["taken = sum of live redemptions"]
    assert [rule for rule, _, _ in breaches(allowances=[an_allowance(cap=1, taken=2)], taken={allowance.id: 2})] == [
        "0 <= taken <= cap"
    ]
    assert [rule for rule, _, _ in breaches(redemptions=[a_redemption(lines=[])])] == ["a redemption takes something"]
    assert [rule for rule, _, _ in breaches(groups=[a_group_buy(state=state) for state in ("open", "succeeded")])] == []  # type: ignore[arg-type]
