"""The codes of a cart: which promotions they unlock, and what becomes of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CouponId, PromotionId
from ecomcore.quoting.context import Context, CouponFact
from ecomcore.quoting.quote import CouponAnswer, CouponProblem
from ecomcore.quoting.ready import ReadyRule
from ecomcore.quoting.rulebook import InForce

__all__ = ["Unlocked", "coupon_answers"]

_NO_COUPON: Sequence[CouponId | None] = (None,)


class Unlocked:
    """The coupons that count, by promotion: each once, in order, and no more of a promotion than its limit allows."""

    def __init__(self, facts: Sequence[CouponFact], rules: InForce) -> None:
        self.by_promotion: dict[PromotionId, list[CouponId]] = {}
        if not facts:
            return
        found: dict[PromotionId, set[CouponId]] = {}
        for fact in facts:
            if fact.problem is None and fact.promotion is not None and fact.coupon is not None:
                found.setdefault(fact.promotion, set()).add(fact.coupon)
        for promotion, coupons in found.items():
            rule = rules.by_promotion.get(promotion)
            if rule is not None:
                self.by_promotion[promotion] = sorted(coupons)[: rule.terms.limits.per_order]

    def of(self, rule: ReadyRule) -> Sequence[CouponId | None]:
        """The coupons with which a promotion is applied; one that needs none is applied once."""
        return self.by_promotion.get(rule.promotion, _NO_COUPON) if rule.terms.needs_coupon else _NO_COUPON


def coupon_answers(
    context: Context,
    unlocked: Unlocked,
    matching: Collection[PromotionId],
    planned: Collection[PromotionId],
    used_up: Collection[PromotionId],
    given: Collection[tuple[PromotionId, CouponId | None]],
) -> tuple[CouponAnswer, ...]:
    """What became of each code, in the order in which they were entered."""
    answers, seen = [], set()
    for fact in context.coupons:
        problem, expired_at = fact.problem, fact.expired_at
        if problem is None and fact.promotion is not None and fact.coupon is not None:
            ended = _not_in_force(fact.promotion, context)
            if ended is not None:
                problem, expired_at = ended
            elif fact.coupon in seen:
                problem = CouponProblem.REPEATED
            elif fact.promotion in used_up:
                problem = CouponProblem.USED_UP
            elif fact.promotion not in matching:
                problem = CouponProblem.CONDITIONS
            elif fact.coupon not in unlocked.by_promotion.get(fact.promotion, ()):
                problem = CouponProblem.REPEATED
            elif fact.promotion not in planned or (fact.promotion, fact.coupon) not in given:
                problem = CouponProblem.OUTDONE
            seen.add(fact.coupon)
        known = problem is not CouponProblem.UNKNOWN
        answers.append(
            CouponAnswer(
                fact.code,
                fact.coupon if known else None,
                fact.promotion if known else None,
                problem,
                expired_at,
            )
        )
    return tuple(answers)


def _not_in_force(promotion: PromotionId, context: Context) -> tuple[CouponProblem, Instant | None] | None:
    """Why a promotion is not in force now, if it is not."""
    if promotion in context.rulebook.at(context.at).by_promotion:
        return None
    for rule in context.rulebook.promotions:
        current = rule.since <= context.at and (rule.until is None or context.at < rule.until)
        period = rule.terms.period
        if rule.promotion == promotion and current and period is not None:
            if context.at < period.start:
                return CouponProblem.NOT_YET, None
            return CouponProblem.EXPIRED, period.end
    return CouponProblem.UNKNOWN, None
