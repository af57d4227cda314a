"""The instalments of an order: what is due when, and before when."""

from __future__ import annotations

from collections.abc import Iterable

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.money import Currency, Money, money_sum
from ecomcore.quoting import Instalment

__all__ = ["next_until", "not_yet_due"]


def not_yet_due(instalments: Iterable[Instalment], at: Instant, currency: Currency) -> Money:
    """The sum of those that are due later than a moment."""
    return money_sum((each.amount for each in instalments if each.since is not None and each.since > at), currency)


def next_until(instalments: Iterable[Instalment], covered: Money) -> Instant | None:
    """Before when the next instalment must be paid; nothing as long as what was due at placing is not covered."""
    left = covered.minor
    for each in sorted(instalments, key=lambda each: (each.until is not None, each.until)):
        left -= each.amount.minor
        if left < 0:
            return each.until
    return None
