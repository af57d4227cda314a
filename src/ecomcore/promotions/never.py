"""Terms that can never match: a slip that would otherwise be found by nobody but the buyers, who get nothing.

The check is conservative. It looks only at what must hold all together, and says nothing where it cannot be sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ecomcore.kernel.clock import Instant
from ecomcore.quoting import (
    AllOf,
    AnyOf,
    Condition,
    DeliveredBy,
    InChannel,
    InCurrency,
    InTier,
    ItemQuantity,
    ItemTotal,
    Not,
    OfCompany,
    OrderNumber,
    PaysBy,
    Terms,
    amounts,
)

__all__ = ["never_matches"]

_ONE_OF = (
    (InChannel, "channels"),
    (InTier, "tiers"),
    (OfCompany, "companies"),
    (InCurrency, "currencies"),
    (PaysBy, "means"),
    (DeliveredBy, "methods"),
)
"""Conditions on what a cart has one of, and the field that names what it may be."""


def never_matches(terms: Terms, at: Instant) -> str | None:
    """Why terms can never match from this moment on, or ``None`` where they might."""
    required = tuple(_required(terms.conditions))
    return next(_reasons(terms, required, at), None)


def _reasons(terms: Terms, required: Sequence[Condition], at: Instant) -> Iterator[str]:
    yield from _times(terms, at)
    yield from _opposites(required)
    for kind, name in _ONE_OF:
        allowed = _allowed(required, kind, name)
        if allowed is None:
            continue
        if not allowed:
            yield f"no cart has {name} that all of its conditions on them accept"
        elif kind is InCurrency and (named := {money.currency for money in amounts(terms)} - allowed):
            yield f"its amounts are in {named.pop()}, which its conditions exclude"
    yield from _ranges(required)


def _times(terms: Terms, at: Instant) -> Iterator[str]:
    period, group = terms.period, terms.group_buy
    if period and period.end is not None and period.end <= at:
        yield f"its period is over since {period.end}"
    if period and group and group.until <= period.start:
        yield f"its group buy ends {group.until}, before its period begins"


def _opposites(required: Sequence[Condition]) -> Iterator[str]:
    for condition in required:
        if isinstance(condition, Not) and condition.condition in required:
            yield f"{type(condition.condition).__name__} is asked for together with its opposite"


def _allowed(required: Iterable[Condition], kind: type[Any], name: str) -> set[str] | None:
    """What the cart's one value may be; ``None`` where nothing is asked for."""
    allowed: set[str] | None = None
    excluded: set[str] = set()
    for condition in required:
        if isinstance(condition, kind):
            named = set(getattr(condition, name))
            allowed = named if allowed is None else allowed & named
        elif isinstance(condition, Not) and isinstance(condition.condition, kind):
            excluded |= set(getattr(condition.condition, name))
    return None if allowed is None else allowed - excluded


def _ranges(required: Iterable[Condition]) -> Iterator[str]:
    """Ranges of one thing that do not meet: over the same items, or of the buyer's orders."""
    ranges: dict[object, tuple[Any, Any]] = {}
    for condition in required:
        match condition:
            case ItemQuantity(items, low, high):
                about: object = (ItemQuantity, items)
            case ItemTotal(low, items, high):
                about = (ItemTotal, items)
            case OrderNumber(low, high):
                about = OrderNumber
            case _:
                continue
        least, most = ranges.get(about, (low, high))
        most = high if most is None else most if high is None else min(most, high)
        ranges[about] = least, most = max(least, low), most
        if most is not None and most < least:
            yield f"the ranges of its conditions {type(condition).__name__} do not meet"


def _required(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """What must hold, each by itself."""
    for condition in conditions:
        match condition:
            case AllOf(inner):
                yield from _required(inner)
            case AnyOf((only,)):
                yield from _required((only,))
            case Not(Not(inner)):
                yield from _required((inner,))
            case Not(AnyOf(inner)):
                yield from _required(Not(each) for each in inner)
            case _:
                yield condition
