"""The catalogue lane: the price of every item as it is shown. See "How a price is made", 2."""

from __future__ import annotations

from collections.abc import Sequence

from ecomcore.kernel.ids import CampaignId, PromotionId
from ecomcore.kernel.money import MAX_MINOR, Rounding, divide
from ecomcore.kernel.percent import Percent
from ecomcore.quoting.applying import Off, reduced
from ecomcore.quoting.effects import AmountOff, FixedPrice, Lane, PercentOff
from ecomcore.quoting.plans import Plan, best_of
from ecomcore.quoting.policy import PricingPolicy, Stacking
from ecomcore.quoting.ready import ReadyRule
from ecomcore.quoting.selecting import Facts, Item

__all__ = ["show"]


def show(
    facts: Facts,
    rules: Sequence[ReadyRule],
    policy: PricingPolicy,
    units: dict[PromotionId, int],
    budgets: dict[CampaignId, int],
) -> None:
    """Set the price as shown of every item. ``rules`` hold and are in order; limits are used up."""
    for index, item in enumerate(facts.items):
        chosen = [rule for rule in rules if units.get(rule.promotion, 1) > 0 and _lowers(rule, item, policy.rounding)]
        if chosen:
            shown = best_of(
                chosen,
                policy.exclusive,
                lambda plan, index=index, item=item: _shown(index, item, plan, policy, units, budgets),  # type: ignore[misc]
                _left,
            )
            item.shown, item.worth = shown.amount, shown.left
            item.taken, item.counted = shown.offs, shown.units
            for promotion, count in shown.units.items():
                if promotion in units:
                    units[promotion] -= count
            for off in shown.offs:
                campaign = off.rule.terms.campaign
                if campaign in budgets:
                    budgets[campaign] -= off.amount
    facts.shown()


def _left(shown: _Shown) -> int:
    return shown.left


class _Shown:
    """The price of an item while the lane is gone through."""

    __slots__ = ("amount", "left", "lowered_by", "offs", "units")

    def __init__(self, item: Item) -> None:
        self.amount = item.amount
        self.left = item.listed
        self.offs: list[Off] = []
        self.units: dict[PromotionId, int] = {}
        self.lowered_by: ReadyRule | None = None


def _shown(
    index: int,
    item: Item,
    plan: Plan,
    policy: PricingPolicy,
    units: dict[PromotionId, int],
    budgets: dict[CampaignId, int],
) -> _Shown:
    shown, rest = _Shown(item), dict(budgets)
    for rule in plan:
        if policy.stacking is Stacking.ONE and shown.lowered_by not in (None, rule):
            continue
        if rule.terms.only_undiscounted and any(off.rule is not rule for off in shown.offs):
            continue
        for ready in rule.effects:
            if ready.selector.has(item, item.amount):
                _apply(index, item, shown, rule, ready.effect, policy, units, rest)
    return shown


def _apply(
    index: int,
    item: Item,
    shown: _Shown,
    rule: ReadyRule,
    effect: PercentOff | AmountOff | FixedPrice,
    policy: PricingPolicy,
    units: dict[PromotionId, int],
    budgets: dict[CampaignId, int],
) -> None:
    before, per, rounding, promotion = shown.amount, item.per, policy.rounding, rule.promotion
    base = item.amount if policy.stacking is Stacking.ORIGINAL else before
    after = max(0, _after(effect, before, base, per, rounding))
    count = min(item.quantity, units.get(promotion, MAX_MINOR) - shown.units.get(promotion, 0))
    if count <= 0 or after >= before:
        return
    wanted = _worth(before, count, per, rounding) - _worth(after, count, per, rounding)
    amount = min(wanted, shown.left - item.floor)
    cut = min(amount, budgets.get(rule.terms.campaign, MAX_MINOR)) if rule.terms.campaign else amount
    if cut > 0:
        percent: Percent | None = effect.percent if isinstance(effect, PercentOff) else None
        worth = _worth(base if percent else before, count, per, rounding)
        shown.offs.append(Off(index, rule, Lane.CATALOGUE, worth, percent, cut, None, None))
        shown.left -= cut
        shown.units[promotion] = shown.units.get(promotion, 0) + count
        shown.lowered_by = rule
        if rule.terms.campaign in budgets:
            budgets[rule.terms.campaign] -= cut
    if count == item.quantity and cut == amount:
        amount_shown = after if cut == wanted else divide(shown.left * per, item.quantity, Rounding.UP)
        if amount_shown < before:
            shown.amount, shown.lowered_by = amount_shown, rule


def _after(effect: PercentOff | AmountOff | FixedPrice, before: int, base: int, per: int, rounding: Rounding) -> int:
    match effect:
        case PercentOff():
            return before - reduced(base, effect.percent, rounding)
        case AmountOff():
            return before - effect.amount.minor * per
        case FixedPrice():
            return min(before, effect.amount.minor * per)


def _worth(amount: int, units: int, per: int, rounding: Rounding) -> int:
    return amount * units if per == 1 else divide(amount * units, per, rounding)


def _lowers(rule: ReadyRule, item: Item, rounding: Rounding) -> bool:
    """Whether an effect is about the item and lowers its price in force."""
    amount = item.amount
    for ready in rule.effects:
        if ready.selector.has(item, amount):
            after = _after(ready.effect, amount, amount, item.per, rounding)
            if max(0, after) < amount:
                return True
    return False
