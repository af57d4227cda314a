"""Conditions, made ready: each becomes a function of the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ecomcore.quoting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    DeliveredBy,
    InChannel,
    InCurrency,
    InGroup,
    InSegment,
    InTier,
    ItemQuantity,
    ItemTotal,
    Not,
    OfCompany,
    OpenHours,
    OrderNumber,
    PaysBy,
    Registered,
    ShipsTo,
)
from ecomcore.quoting.places import Area, most_specific
from ecomcore.quoting.selecting import Facts, Selector

__all__ = ["Holds", "made_ready"]

Holds: TypeAlias = Callable[[Facts], bool]


def made_ready(condition: Condition) -> Holds:
    """Whether the condition holds, as a function."""
    match condition:
        case AllOf(inner):
            every = [made_ready(each) for each in inner]
            return lambda facts: all(holds(facts) for holds in every)
        case AnyOf(inner):
            some = [made_ready(each) for each in inner]
            return lambda facts: any(holds(facts) for holds in some)
        case Not(one):
            holds = made_ready(one)
            return lambda facts: not holds(facts)
        case ItemQuantity():
            return _quantity(condition)
        case ItemTotal():
            return _total(condition)
        case OrderNumber():
            return _order_number(condition)
        case Registered():
            return lambda facts: facts.buyer.registered
        case ShipsTo(areas):
            return _ships_to(areas)
        case OpenHours(hours):
            weekdays = frozenset(weekday for weekday, _, _ in hours.weekly)
            return lambda facts: facts.weekday(hours.zone) in weekdays and hours.is_open(facts.at)
        case _:
            return _named(condition)


def _ships_to(areas: Sequence[Area]) -> Holds:
    countries = frozenset(area.country for area in areas)
    everywhere = None in countries

    def holds(facts: Facts) -> bool:
        destination = facts.cart.destination
        if destination is None or not (everywhere or destination.country in countries):
            return False
        return most_specific(areas, destination) > 0

    return holds


def _named(condition: Condition) -> Holds:
    """Conditions that list names."""
    match condition:
        case InTier(names):
            tiers = frozenset(names)
            return lambda facts: facts.buyer.tier in tiers
        case InSegment(names):
            segments = frozenset(names)
            return lambda facts: not segments.isdisjoint(facts.buyer.segments)
        case InGroup(names):
            groups = frozenset(names)
            return lambda facts: not groups.isdisjoint(facts.buyer.groups)
        case OfCompany(names):
            companies = frozenset(names)
            return lambda facts: facts.buyer.company in companies
        case InChannel(names):
            channels = frozenset(names)
            return lambda facts: facts.channel in channels
        case InCurrency(names):
            currencies = frozenset(names)
            return lambda facts: facts.currency in currencies
        case PaysBy(names):
            means = frozenset(names)
            return lambda facts: facts.cart.payment in means
        case DeliveredBy(names):
            methods = frozenset(names)
            return lambda facts: facts.cart.delivery in methods
        case _:
            raise LookupError(f"no such condition: {condition!r}")  # conditions are checked when they are made


def _quantity(condition: ItemQuantity) -> Holds:
    selector, low, high = Selector.of(condition.items), condition.at_least, condition.at_most

    def holds(facts: Facts) -> bool:
        quantity = facts.totals(selector)[1]
        return low <= quantity and (high is None or quantity <= high)

    return holds


def _total(condition: ItemTotal) -> Holds:
    selector, low = Selector.of(condition.items), condition.at_least.minor
    high = condition.at_most.minor if condition.at_most else None

    def holds(facts: Facts) -> bool:
        worth = facts.totals(selector)[2]
        return low <= worth and (high is None or worth <= high)

    return holds


def _order_number(condition: OrderNumber) -> Holds:
    first, last, every = condition.first, condition.last, condition.every

    def holds(facts: Facts) -> bool:
        number = facts.buyer.orders + 1
        return number >= first and (last is None or number <= last) and (number - first) % every == 0

    return holds
