"""The arithmetic of the second implementation: exact fractions, rounded where the page says so."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ecomcore.kernel.money import Rounding
from ecomcore.kernel.percent import Percent

__all__ = ["allocate", "divide", "round_up", "share", "spread", "taken_by_percent"]


def divide(a: int | Fraction, b: int | Fraction, rounding: Rounding) -> int:
    """The quotient, rounded. Nothing here is ever negative."""
    exact = Fraction(a) / Fraction(b)
    assert exact >= 0
    below = exact.numerator // exact.denominator
    rest = exact - below
    if rounding is Rounding.DOWN or rest == 0:
        return below
    if rounding is Rounding.UP or rest > Fraction(1, 2):
        return below + 1
    if rest < Fraction(1, 2):
        return below
    if rounding is Rounding.HALF_UP:
        return below + 1
    return below if below % 2 == 0 else below + 1


def round_up(exact: Fraction) -> int:
    return -(-exact.numerator // exact.denominator)


def share(percent: Percent) -> Fraction:
    return Fraction(percent.millionths, 1_000_000)


def taken_by_percent(base: int, percent: Percent, rounding: Rounding) -> int:
    """What a percentage takes off: the base less the rounded rest."""
    return base - divide(base * (1 - share(percent)), 1, rounding)


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder; of equal remainders the earlier part. All weights 0: all count the same."""
    if not any(weights):
        weights = [1] * len(weights)
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [each.numerator // each.denominator for each in exact]
    while sum(parts) < amount:
        remainders = [each - part for each, part in zip(exact, parts, strict=True)]
        parts[remainders.index(max(remainders))] += 1
    return parts


def spread(amount: int, weights: Sequence[int], limits: Sequence[int]) -> list[int]:
    """*Spreading* an amount over items with weights and limits."""
    amount = min(amount, sum(limits))
    parts = [0] * len(weights)
    open_ = [index for index, limit in enumerate(limits) if limit > 0]
    while open_ and any(weights[index] for index in open_):
        would_get = dict(zip(open_, allocate(amount, [weights[index] for index in open_]), strict=True))
        full = [index for index in open_ if would_get[index] >= limits[index]]
        for index in full or open_:
            parts[index] = min(would_get[index], limits[index])
        if not full:
            break
        amount -= sum(limits[index] for index in full)
        open_ = [index for index in open_ if index not in full]
    return parts
