"""Items, and step 1 of the page: the price in force."""

from __future__ import annotations

from fractions import Fraction

from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import MAX_MINOR, Money, Price, exponent
from ecomcore.quoting import Audience, Buyer, ListRule, NotForSale, OrderTooLarge, PriceMissing
from tests.quoting.oracle_case import Case, Item
from tests.quoting.oracle_numbers import divide, round_up

__all__ = ["items_of", "price_in_force"]


def items_of(case: Case) -> list[Item]:
    """Lines of the same variant are one item, and items are ordered by variant id."""
    lines: dict[VariantId, list[tuple[int, int]]] = {}
    for number, line in enumerate(case.cart.lines, 1):
        lines.setdefault(line.variant, []).append((line.quantity, number))
    items: list[Item] = []
    for variant in sorted(lines):
        items.append(_item(case, variant, sorted(lines[variant])))
        if sum(each.listed for each in items) > MAX_MINOR:
            raise OrderTooLarge(variant)
    return items


def _item(case: Case, variant: VariantId, lines: list[tuple[int, int]]) -> Item:
    quantity = sum(each for each, _ in lines)
    if variant not in case.context.offers:
        raise NotForSale(variant)
    found = price_in_force(case, variant, quantity)
    base = base_price(case, variant, quantity)
    if found is None:
        raise PriceMissing(variant, case.cart.currency, base.amount.currency)
    price, source, included = found
    listed = divide(price.amount.minor * quantity, price.per, case.policy.rounding)
    floor_price = series_price(case, variant, "floor", quantity)
    floor = 0
    if floor_price and floor_price.amount.currency == case.cart.currency:
        floor = min(listed, round_up(Fraction(floor_price.amount.minor * quantity, floor_price.per)))
    return Item(
        offer=case.context.offers[variant],
        lines=lines,
        price=price,
        original=base if base.amount.currency == case.cart.currency else price,
        source=source,
        included=included,
        listed=listed,
        floor=floor,
        shown=price,
        left=listed,
    )


def price_in_force(case: Case, variant: VariantId, quantity: int) -> tuple[Price, str, bool] | None:
    """The price of an offered variant, where it is from, and whether it contains tax."""
    candidates = []
    for rule in case.context.rulebook.lists:
        price = series_price(case, variant, rule.list, quantity)
        if price is not None and list_counts(case, rule):
            special = speciality(rule.terms.audience)
            per_unit = Fraction(price.amount.minor, price.per)
            candidates.append(((special, rule.terms.priority, per_unit, rule.list), price, rule))
    if candidates:
        _, price, rule = min(candidates, key=lambda each: each[0])
        says = rule.terms.tax_included
        return price, rule.list, case.policy.tax_included if says is None else says
    base = base_price(case, variant, quantity)
    if base.amount.currency == case.cart.currency:
        return base, "base", case.policy.tax_included
    converted = conversion(case, base)
    return (converted, "converted", case.policy.tax_included) if converted else None


def base_price(case: Case, variant: VariantId, quantity: int) -> Price:
    return series_price(case, variant, "base", quantity) or case.context.offers[variant].price


def series_price(case: Case, variant: VariantId, list_: str, quantity: int) -> Price | None:
    """The last break not above the quantity, of the last point that is not after the moment."""
    for series in case.context.series.get(variant, ()):
        if series.list == list_:
            points = [point for point in series.points if point.since <= case.context.at]
            breaks = points[-1].breaks if points else ()
            reached = [each.price for each in breaks if each.quantity <= quantity]
            return reached[-1] if reached else None
    return None


def list_counts(case: Case, rule: ListRule) -> bool:
    at = case.context.at
    in_force = rule.since <= at and (rule.until is None or at < rule.until)
    in_period = rule.terms.period is None or rule.terms.period.contains(at)
    fits = audience_fits(rule.terms.audience, case.context.channel, case.context.buyer)
    return in_force and in_period and fits and rule.terms.currency == case.cart.currency


def audience_fits(audience: Audience, channel: str, buyer: Buyer) -> bool:
    """Every dimension that is named must fit."""
    if audience.channels and channel not in audience.channels:
        return False
    if audience.tiers and buyer.tier not in audience.tiers:
        return False
    if audience.companies and buyer.company not in audience.companies:
        return False
    return not audience.groups or any(group in buyer.groups for group in audience.groups)


def speciality(audience: Audience) -> int:
    """Company before group before tier before channel before everybody."""
    named = [audience.companies, audience.groups, audience.tiers, audience.channels, ("everybody",)]
    return next(rank for rank, names in enumerate(named) if names)


def conversion(case: Case, base: Price) -> Price | None:
    """The base price in the cart's currency, if the policy converts and there is a rate."""
    wanted = [each for each in case.policy.conversions if each.currency == case.cart.currency]
    rates = [
        rate
        for rate in case.context.rulebook.exchange
        if (rate.base, rate.quote) == (base.amount.currency, case.cart.currency) and rate.since <= case.context.at
    ]
    if not wanted or not rates:
        return None
    rate = max(rates, key=lambda each: each.since)
    major = Fraction(base.amount.minor, 10 ** exponent(rate.base)) * rate.units / rate.per
    minor = divide(major * 10 ** exponent(rate.quote), 1, case.policy.rounding)
    ending = wanted[0].ending
    if ending:
        minor = nearest_ending(minor, ending.step, ending.ending)
    return Price(Money(minor, case.cart.currency), base.per)


def nearest_ending(minor: int, step: int, ending: int) -> int:
    """The nearest amount above zero that so ends; of two equally near the higher."""
    possible = [whole * step + ending for whole in range(minor // step + 3) if whole * step + ending > 0]
    return min(possible, key=lambda each: (abs(each - minor), -each))
