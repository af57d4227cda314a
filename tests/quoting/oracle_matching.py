"""What conditions hold, what is selected, and (step 3) which promotions are applied together."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import product

from ecomcore.kernel.money import Price
from ecomcore.quoting import (
    AllOf,
    AnyOf,
    Area,
    Choice,
    Condition,
    DeliveredBy,
    Destination,
    InChannel,
    InCurrency,
    InGroup,
    InSegment,
    InTier,
    ItemQuantity,
    Items,
    ItemTotal,
    Not,
    OfCompany,
    OpenHours,
    OrderNumber,
    PaysBy,
    Registered,
    ShipsTo,
)
from tests.quoting.oracle_case import Case, Item, Promo

__all__ = ["closeness", "holds", "selected", "selects", "settled"]


def selects(items: Items, item: Item, price: Price) -> bool:
    """Whether it selects the item, whose unit counts as ``price``."""
    offer = item.offer
    by_product = offer.product in items.products
    by_variant = offer.variant in items.variants
    by_category = any(each in items.categories for each in offer.categories)
    if (items.products or items.variants or items.categories) and not (by_product or by_variant or by_category):
        return False
    if offer.product in items.without_products or offer.variant in items.without_variants:
        return False
    if any(each in items.without_categories for each in offer.categories):
        return False
    unit = Fraction(price.amount.minor, price.per)
    too_cheap = items.price_from is not None and unit < items.price_from.minor
    too_dear = items.price_to is not None and unit > items.price_to.minor
    return not too_cheap and not too_dear


def selected(items: Items, of: list[Item]) -> list[Item]:
    """Those selected by the price shown."""
    return [item for item in of if selects(items, item, item.shown)]


def holds(condition: Condition, case: Case, shown: list[Item]) -> bool:
    """Whether a condition holds, looking at the items as shown."""
    match condition:
        case AllOf(inner):
            return all(holds(each, case, shown) for each in inner)
        case AnyOf(inner):
            return any(holds(each, case, shown) for each in inner)
        case Not(one):
            return not holds(one, case, shown)
        case ItemQuantity(items, at_least, at_most):
            units = sum(item.n for item in selected(items, shown))
            return at_least <= units and (at_most is None or units <= at_most)
        case ItemTotal(least, items, most):
            worth = sum(item.worth for item in selected(items, shown))
            return least.minor <= worth and (most is None or worth <= most.minor)
        case _:
            return _holds_of_buyer(condition, case) or _holds_of_circumstances(condition, case)


def _holds_of_buyer(condition: Condition, case: Case) -> bool:
    buyer = case.context.buyer
    match condition:
        case InTier(tiers):
            return buyer.tier in tiers
        case InSegment(segments):
            return any(each in segments for each in buyer.segments)
        case InGroup(groups):
            return any(each in groups for each in buyer.groups)
        case OfCompany(companies):
            return buyer.company in companies
        case Registered():
            return buyer.registered
        case OrderNumber(first, last, every):
            number = buyer.orders + 1
            return first <= number and (last is None or number <= last) and (number - first) % every == 0
        case _:
            return False


def _holds_of_circumstances(condition: Condition, case: Case) -> bool:
    cart = case.cart
    match condition:
        case InChannel(channels):
            return case.context.channel in channels
        case InCurrency(currencies):
            return cart.currency in currencies
        case ShipsTo(areas):
            return cart.destination is not None and closeness(areas, cart.destination) > 0
        case OpenHours(hours):
            return hours.is_open(case.context.at)
        case PaysBy(means):
            return cart.payment in means
        case DeliveredBy(methods):
            return cart.delivery in methods
        case _:
            return False


def closeness(areas: tuple[Area, ...], to: Destination | None) -> int:
    """4 by postcode, 3 by region, 2 by country, 1 everywhere else, 0 not at all: the closest of the areas.

    Without a destination nothing is known but that it is everywhere else.
    """
    return max((_one_area(area, to) for area in areas), default=0)


def _one_area(area: Area, to: Destination | None) -> int:
    if area.country is None:
        return 1
    if to is None or area.country != to.country:
        return 0
    if area.regions and (to.region or "").casefold() not in [name.casefold() for name in area.regions]:
        return 0
    if area.postcodes:
        code = re.sub(r"[^A-Z0-9]", "", (to.postcode or "").upper())
        return 4 if code and any(_fits(code, pattern) for pattern in area.postcodes) else 0
    return 3 if area.regions else 2


def _fits(code: str, pattern: str) -> bool:
    if ".." in pattern:
        low, high = pattern.split("..")
        return len(low) == len(code) and low <= code <= high
    if pattern.endswith("*"):
        return code.startswith(pattern.rstrip("*"))
    return code == pattern


MOST_PLANS = 512

Plan = list[Promo]


def settled(matching: list[Promo], exclusive: Choice, cost: Callable[[Plan], int]) -> Plan:
    """Of all plans the one with the lowest cost; of equal ones the first."""
    by_turn = sorted(matching, key=lambda promo: promo.turn)
    alone = [promo for promo in by_turn if promo.terms.exclusive]
    if alone and exclusive is Choice.FIRST:
        return [alone[0]]
    together = [promo for promo in by_turn if not promo.terms.exclusive]
    ungrouped = [promo for promo in together if promo.terms.group is None]
    options = _options(together)
    plans = [
        _plan(ungrouped, choice)
        for choice in (
            product(*options) if _count(options) + len(alone) <= MOST_PLANS else [_one_by_one(options, ungrouped, cost)]
        )
    ]
    plans += [[promo] for promo in alone]
    return _cheapest(plans, cost)


def _count(options: list[list[Promo | None]]) -> int:
    count = 1
    for each in options:
        count *= len(each)
    return count


def _options(together: list[Promo]) -> list[list[Promo | None]]:
    """For each group, in order of name, what it may come to: its promotions in turn and then none, or the first."""
    groups: dict[tuple[str, str], list[Promo | None]] = {}
    for promo in together:
        if promo.terms.group:
            groups.setdefault((promo.terms.group.name, promo.terms.group.choice.value), []).append(promo)
    return [
        [members[0]] if choice == Choice.FIRST.value else [*members, None]
        for (_, choice), members in sorted(groups.items(), key=lambda each: each[0])
    ]


def _plan(ungrouped: Plan, choice: tuple[Promo | None, ...]) -> Plan:
    return sorted([*ungrouped, *(promo for promo in choice if promo)], key=lambda promo: promo.turn)


def _one_by_one(
    options: list[list[Promo | None]], ungrouped: Plan, cost: Callable[[Plan], int]
) -> tuple[Promo | None, ...]:
    """Too many plans: one group after the other, the others at their first promotion or as already settled."""
    now = [each[0] for each in options]
    for index, members in enumerate(options):
        tries = [(*now[:index], member, *now[index + 1 :]) for member in members]
        costs = [cost(_plan(ungrouped, each)) for each in tries]
        now = list(tries[costs.index(min(costs))])
    return tuple(now)


def _cheapest(plans: list[Plan], cost: Callable[[Plan], int]) -> Plan:
    if len(plans) == 1:
        return plans[0]
    costs = [cost(plan) for plan in plans]
    return plans[costs.index(min(costs))]
