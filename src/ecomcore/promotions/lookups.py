"""What a quote wants to know of coupons and limits. Each function asks a constant number of questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CampaignId, CouponId, PromotionId
from ecomcore.kernel.money import Money
from ecomcore.promotions.allowance import Counter, budget, counters, of_coupon, of_promotion
from ecomcore.promotions.codes import BODY, canonical, coupon_id, numbered
from ecomcore.promotions.coupon import Code
from ecomcore.promotions.ports import Allowances, Campaigns, CouponBatches, Coupons
from ecomcore.quoting import CouponFact, CouponProblem, DatedRule, Remaining

__all__ = ["coupon_facts", "remaining"]


def coupon_facts(
    codes: Sequence[str],
    buyer_id: str | None,
    at: Instant,
    coupons: Coupons,
    batches: CouponBatches,
    allowances: Allowances,
) -> tuple[CouponFact, ...]:
    """What is known of each code as it was typed, in their order.

    ``buyer_id`` is the name under which the buyer owns things (``Actor.owner``). The promotion's own limits are not
    looked at.
    """
    worth = known_codes(codes, coupons, batches)
    problems = {code.id: problem for code in worth.values() if (problem := code.problem(buyer_id, at))}
    asked = {
        code.id: tuple(counters(code.limits, of_coupon(code.id), buyer_id, at))
        for code in worth.values()
        if code.id not in problems
    }
    left = _Left((counter for each in asked.values() for counter in each), allowances)
    problems |= {id_: CouponProblem.USED_UP for id_, each in asked.items() if left.least(each) == 0}
    return tuple(_fact(typed, worth.get(typed), problems) for typed in codes)


def remaining(
    rules: Iterable[DatedRule],
    buyer_id: str | None,
    at: Instant,
    allowances: Allowances,
    campaigns: Campaigns,
) -> tuple[dict[PromotionId, Remaining], dict[CampaignId, Money]]:
    """What is left of the limits of the promotions in force, and of their campaigns' budgets.

    Promotions without counted limits and campaigns without a budget are left out. Buyers without an id are one buyer.
    """
    terms = {
        rule.promotion: rule.terms for rule in rules if rule.since <= at and (rule.until is None or at < rule.until)
    }
    asked = {
        id_: tuple(counters(each.limits, of_promotion(id_), buyer_id, at))
        for id_, each in terms.items()
        if each.limits.count
    }
    named = sorted({each.campaign for each in terms.values() if each.campaign is not None})
    budgets = {
        campaign.id: campaign.budget
        for campaign in (campaigns.many(named).values() if named else ())
        if campaign.budget is not None
    }
    spent = {id_: budget(id_, money.currency, money) for id_, money in budgets.items()}

    left = _Left((*(counter for each in asked.values() for counter in each), *spent.values()), allowances)
    return (
        {
            id_: Remaining(
                uses=left.least(each for each in wanted if not each.kind.counts_units),
                units=left.least(each for each in wanted if each.kind.counts_units),
            )
            for id_, wanted in asked.items()
        },
        {id_: Money(left.of(spent[id_]), money.currency) for id_, money in budgets.items()},
    )


def known_codes(codes: Collection[str], coupons: Coupons, batches: CouponBatches) -> Mapping[str, Code]:
    """What is known of codes as they were typed, whoever asks; nothing for those that nobody has made."""
    ids = {code: coupon_id(code) for code in codes}
    chosen = coupons.many(sorted(set(ids.values()))) if ids else {}
    found = {code: chosen[id_].as_code() for code, id_ in ids.items() if id_ in chosen}

    roots = {code: canonical(code)[:-BODY] for code in codes if code not in found}
    by_root = batches.by_prefixes(sorted({root for root in roots.values() if root})) if any(roots.values()) else {}
    derived = {}
    for code, root in roots.items():
        batch = by_root.get(root)
        if batch is not None and (number := batch.number_of(code)) is not None:
            derived[code] = (batch, number)
    marks = batches.marks(sorted({batch.coupon(number) for batch, number in derived.values()})) if derived else {}
    for code, (batch, number) in derived.items():
        found[code] = batch.as_code(number, marks.get(batch.coupon(number), ()))
    return found


def codes_of(ids: Collection[CouponId], coupons: Coupons, batches: CouponBatches) -> Mapping[CouponId, Code]:
    """What is known of coupons by their ids; nothing for those that there are not."""
    in_batches = {id_: place for id_ in ids if (place := numbered(id_))}
    plain = sorted(set(ids) - in_batches.keys())
    found = {id_: coupon.as_code() for id_, coupon in (coupons.many(plain) if plain else {}).items()}
    if in_batches:
        by_root = batches.by_prefixes(sorted({root for root, _ in in_batches.values()}))
        marks = batches.marks(sorted(in_batches))
        for id_, (root, number) in in_batches.items():
            batch = by_root.get(root)
            if batch is not None and 1 <= number <= batch.size:
                found[id_] = batch.as_code(number, marks.get(id_, ()))
    return found


class _Left:
    """What is left of counters; all are looked up at once."""

    def __init__(self, counters: Iterable[Counter], allowances: Allowances) -> None:
        ids = sorted({counter.id for counter in counters})
        self._known = allowances.many(ids) if ids else {}

    def of(self, counter: Counter) -> int:
        """What is left of a counter that has a cap."""
        known = self._known.get(counter.id)
        return max(0, (counter.cap or 0) - (known.taken if known else 0))

    def least(self, counters: Iterable[Counter]) -> int | None:
        """What is left of all of them together; ``None`` where nothing is counted."""
        return min((self.of(counter) for counter in counters), default=None)


def _fact(typed: str, code: Code | None, problems: Mapping[CouponId, CouponProblem]) -> CouponFact:
    problem = CouponProblem.UNKNOWN if code is None else problems.get(code.id)
    if code is None or problem is CouponProblem.UNKNOWN:
        return CouponFact(typed, problem=CouponProblem.UNKNOWN)
    expired_at = code.period.end if code.period and problem is CouponProblem.EXPIRED else None
    return CouponFact(typed, code.id, code.promotion, problem, expired_at)
