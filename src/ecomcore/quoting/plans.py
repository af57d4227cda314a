"""Which of the promotions that match are applied together. See "How a price is made", 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final, TypeAlias, TypeVar

from ecomcore.quoting.ready import ReadyRule
from ecomcore.quoting.terms import Choice

__all__ = ["Plan", "best_of"]

T = TypeVar("T")

Plan: TypeAlias = Sequence[ReadyRule]
"""Promotions that are applied together, by priority and id."""

MOST_PLANS: Final = 512
"""Plans that are computed side by side; where there would be more, groups are settled one after the other."""


def best_of(
    rules: Sequence[ReadyRule], exclusive: Choice, carry_out: Callable[[Plan], T], cost: Callable[[T], int]
) -> T:
    """The outcome of the plan that costs least; of equal ones the first. ``rules`` match and are in order."""
    if not any(rule.terms.group or rule.terms.exclusive for rule in rules):
        return carry_out(rules)
    best: tuple[int, T] | None = None
    for plan in _plans(rules, exclusive, carry_out, cost):
        outcome = carry_out(plan)
        price = cost(outcome)
        if best is None or price < best[0]:
            best = price, outcome
    return best[1] if best else carry_out(())


def _plans(
    rules: Sequence[ReadyRule], exclusive: Choice, carry_out: Callable[[Plan], T], cost: Callable[[T], int]
) -> Iterator[Plan]:
    """Every choice of promotions that may be applied together, each in order."""
    alone = [rule for rule in rules if rule.terms.exclusive]
    if alone and exclusive is Choice.FIRST:
        yield alone[:1]
        return
    free = [rule for rule in rules if not rule.terms.exclusive]
    groups = _best_groups(free)
    certain = [rule for rule in free if not _waits(rule, free)]
    options = [[*group, None] for group in groups]
    if _count(groups) > MOST_PLANS:
        yield _settled(certain, groups, carry_out, cost)
    else:
        for choice in product(*options):
            yield _in_order(certain, choice)
    for rule in alone:
        yield [rule]


def _settled(certain: Plan, groups: Sequence[Plan], carry_out: Callable[[Plan], T], cost: Callable[[T], int]) -> Plan:
    """Settle one group after the other, the others at their first promotion or as they were settled."""
    choice: list[ReadyRule | None] = [group[0] for group in groups]
    for index, group in enumerate(groups):
        best: tuple[int, ReadyRule | None] | None = None
        for option in (*group, None):
            choice[index] = option
            price = cost(carry_out(_in_order(certain, choice)))
            if best is None or price < best[0]:
                best = price, option
        choice[index] = best[1] if best else None
    return _in_order(certain, choice)


def _best_groups(free: Plan) -> list[list[ReadyRule]]:
    """The groups in which the best is chosen, in order of name; each in order."""
    groups: dict[str, list[ReadyRule]] = {}
    for rule in free:
        group = rule.terms.group
        if group is not None and group.choice is Choice.BEST:
            groups.setdefault(group.name, []).append(rule)
    return [groups[name] for name in sorted(groups)]


def _count(groups: Sequence[Plan]) -> int:
    """How many plans the groups make."""
    total = 1
    for group in groups:
        total *= len(group) + 1
    return total


def _in_order(certain: Plan, choice: Sequence[ReadyRule | None]) -> Plan:
    """Those that are applied anyway and those that are chosen, by priority and id."""
    chosen = [rule for rule in choice if rule is not None]
    return sorted((*certain, *chosen), key=lambda rule: rule.key) if chosen else certain


def _waits(rule: ReadyRule, free: Sequence[ReadyRule]) -> bool:
    """Whether a rule is applied only if it is chosen, or never because another of its group comes first."""
    group = rule.terms.group
    if group is None:
        return False
    if group.choice is Choice.BEST:
        return True
    return next(other for other in free if other.terms.group == group) is not rule
