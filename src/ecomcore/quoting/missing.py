"""Near misses: what a little more would bring, and what was left out for another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from ecomcore.kernel.ids import PromotionId
from ecomcore.kernel.money import Money
from ecomcore.kernel.percent import Percent
from ecomcore.quoting.conditions import ItemQuantity, ItemTotal
from ecomcore.quoting.effects import AmountOff, Gift, PercentOff, SpendAndSave
from ecomcore.quoting.quote import Miss, NearMiss
from ecomcore.quoting.ready import ReadyRule
from ecomcore.quoting.selecting import Facts, Selector

__all__ = ["near_misses"]


def near_misses(
    facts: Facts,
    possible: Iterable[ReadyRule],
    out_of_reach: Sequence[ReadyRule],
    matching: Collection[PromotionId],
    planned: Collection[PromotionId],
    used_up: Collection[PromotionId],
) -> tuple[NearMiss, ...]:
    """The promotions that are not applied, or not further, each once, in order."""
    found: list[NearMiss] = []
    for rule in possible:
        if rule.promotion in planned:
            if rule.may_be_missed:
                found += _next_step(rule, facts)
        elif rule.promotion in used_up:
            if rule.holds(facts):
                found.append(_missed(rule, Miss.USED_UP))
        elif rule.promotion in matching:
            found.append(_missed(rule, Miss.OUTDONE))
        elif rule.may_be_missed:
            found += _shortfall(rule, facts)
    for rule in out_of_reach:
        found += _shortfall(rule, facts)
    return tuple(found)


def _shortfall(rule: ReadyRule, facts: Facts) -> Iterator[NearMiss]:
    """What is missing if exactly one thing is, and more of something would help."""
    if rule.currency and rule.currency != facts.currency:
        return
    failing = [
        condition for condition, holds in zip(rule.terms.conditions, rule.conditions, strict=True) if not holds(facts)
    ]
    if not failing:
        yield from _next_step(rule, facts)
        if any(isinstance(each.effect, Gift) for each in rule.effects) and len(rule.effects) == 1:
            yield _missed(rule, Miss.NOT_OFFERED)
        return
    if len(failing) > 1:
        return
    condition = failing[0]
    saves, percent = _saves(rule)
    if isinstance(condition, ItemTotal):
        missing = condition.at_least.minor - facts.totals(Selector.of(condition.items))[2]
        if missing > 0:
            amount = Money(missing, facts.currency)
            yield _missed(rule, Miss.SPEND_MORE, amount=amount, saves=saves, percent=percent)
    elif isinstance(condition, ItemQuantity):
        units = condition.at_least - facts.totals(Selector.of(condition.items))[1]
        if units > 0:
            yield _missed(rule, Miss.BUY_MORE, units=units, saves=saves, percent=percent)


def _next_step(rule: ReadyRule, facts: Facts) -> Iterator[NearMiss]:
    """The next step of a saving that is not reached yet."""
    for ready in rule.effects:
        effect = ready.effect
        if not isinstance(effect, SpendAndSave):
            continue
        worth = facts.totals(ready.selector)[2]
        if effect.repeating:
            step = effect.steps[0]
            done = worth // step.spend.minor
            if effect.times is None or done < effect.times:
                missing = Money((done + 1) * step.spend.minor - worth, facts.currency)
                yield _missed(rule, Miss.SPEND_MORE, amount=missing, saves=step.save)
            continue
        above = next((step for step in effect.steps if step.spend.minor > worth), None)
        if above is not None:
            missing = Money(above.spend.minor - worth, facts.currency)
            yield _missed(
                rule,
                Miss.SPEND_MORE,
                amount=missing,
                saves=above.save,
                percent=above.percent,
            )


def _missed(
    rule: ReadyRule,
    miss: Miss,
    *,
    amount: Money | None = None,
    units: int | None = None,
    saves: Money | None = None,
    percent: Percent | None = None,
) -> NearMiss:
    return NearMiss(rule.promotion, rule.terms.name, miss, amount, units, saves, percent)


def _saves(rule: ReadyRule) -> tuple[Money | None, Percent | None]:
    """What a promotion saves, where it is simple to say."""
    effect = rule.effects[0].effect
    if isinstance(effect, AmountOff) and not effect.each:
        return effect.amount, None
    if isinstance(effect, PercentOff):
        return None, effect.percent
    if isinstance(effect, SpendAndSave):
        return effect.steps[0].save, effect.steps[0].percent
    return None, None
