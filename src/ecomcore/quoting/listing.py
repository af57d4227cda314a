"""The price in force of every item of a cart: from a price list, from the catalogue, or converted."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price, Rounding, divide
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.quoting.cart import Buyer, Cart, Offer
from ecomcore.quoting.context import Context
from ecomcore.quoting.errors import NotForSale, OrderTooLarge, PriceMissing, TooManyUnits
from ecomcore.quoting.prices import BASE, FLOOR, Audience, ListTerms
from ecomcore.quoting.rulebook import InForce
from ecomcore.quoting.selecting import Item

__all__ = ["Listed", "items_of", "listed_price"]

_COMPANY, _GROUP, _TIER, _CHANNEL, _EVERYBODY, _NOT_FOR_THEM = range(6)
_Rank: TypeAlias = tuple[int, int, int | Fraction, str]
CONVERTED: Final = "converted"


class Listed(NamedTuple):
    """The price in force of a variant, where it comes from, what the catalogue asks, and what tax is in it."""

    price: Price
    source: str
    original: Price
    included: bool


def items_of(cart: Cart, context: Context, rules: InForce) -> list[Item]:
    """The cart's items in order of their variants, at the price in force. Raises ``NotForSale``, ``PriceMissing`` …"""
    merged: dict[VariantId, list[tuple[int, int]]] = {}
    for number, line in enumerate(cart.lines, 1):
        merged.setdefault(line.variant, []).append((number, line.quantity))
    items, worth = [], 0
    for variant in sorted(merged):
        item = _item(variant, merged[variant], cart.currency, context, rules)
        items.append(item)
        worth += item.listed
        if worth > MAX_MINOR:
            raise OrderTooLarge(variant)
    return items


def _item(
    variant: VariantId, lines: list[tuple[int, int]], currency: Currency, context: Context, rules: InForce
) -> Item:
    offer = context.offers.get(variant)
    if offer is None:
        raise NotForSale(variant)
    if len(lines) > 1:
        lines.sort(key=lambda line: (line[1], line[0]))
        quantity = sum(line[1] for line in lines)
    else:
        quantity = lines[0][1]
    if quantity > MAX_QUANTITY:
        raise OrderTooLarge(variant)
    if offer.most is not None and quantity > offer.most:
        raise TooManyUnits(variant, offer.most, quantity)
    price, source, original, included = listed_price(offer, quantity, currency, context, rules)
    amount, per = price.amount.minor, price.per
    listed = amount * quantity if per == 1 else divide(amount * quantity, per, context.policy.rounding)
    if listed > MAX_MINOR:
        raise OrderTooLarge(variant)
    floor = _floor(variant, quantity, currency, context)
    return Item(
        variant,
        offer,
        quantity,
        lines,
        price,
        original,
        source,
        included,
        amount,
        per,
        listed,
        min(listed, floor),
        amount,
        listed,
    )


def listed_price(offer: Offer, quantity: int, currency: Currency, context: Context, rules: InForce) -> Listed:
    """What a unit costs before any promotion. Raises ``PriceMissing``."""
    base = offer.price
    series = context.series.get(offer.variant, ())
    best: tuple[_Rank, Price, ListTerms] | None = None
    for each in series:
        if each.list == FLOOR:
            continue
        if each.list == BASE:
            base = each.price(context.at, quantity) or base
            continue
        terms = rules.lists.get(each.list)
        if terms is None or terms.currency != currency or each.currency != currency:
            continue
        rank = _rank(terms.audience, context.buyer, context.channel)
        price = each.price(context.at, quantity) if rank != _NOT_FOR_THEM else None
        if price is not None:
            amount = price.amount.minor
            unit = amount if price.per == 1 else Fraction(amount, price.per)
            key = (rank, terms.priority, unit, each.list)
            if best is None or key < best[0]:
                best = key, price, terms
    policy = context.policy
    if best is not None:
        (*_, name), price, terms = best
        included = policy.tax_included if terms.tax_included is None else terms.tax_included
        return Listed(price, name, base if base.amount.currency == currency else price, included)
    if base.amount.currency == currency:
        return Listed(base, BASE, base, policy.tax_included)
    converted = _converted(offer.variant, base, currency, context)
    if converted is None:
        raise PriceMissing(offer.variant, currency, base.amount.currency)
    return Listed(converted, CONVERTED, converted, policy.tax_included)


def _rank(audience: Audience, buyer: Buyer, channel: str) -> int:
    """How special the audience is, the most special first, if the buyer belongs to it."""
    if audience.companies and buyer.company not in audience.companies:
        return _NOT_FOR_THEM
    if audience.groups and buyer.groups.isdisjoint(audience.groups):
        return _NOT_FOR_THEM
    if audience.tiers and buyer.tier not in audience.tiers:
        return _NOT_FOR_THEM
    if audience.channels and channel not in audience.channels:
        return _NOT_FOR_THEM
    named = (audience.companies, audience.groups, audience.tiers, audience.channels)
    return next((rank for rank, names in enumerate(named) if names), _EVERYBODY)


def _converted(variant: VariantId, base: Price, currency: Currency, context: Context) -> Price | None:
    conversion = next((each for each in context.policy.conversions if each.currency == currency), None)
    if conversion is None:
        return None
    for rate in context.rulebook.exchange:
        if rate.base == base.amount.currency and rate.quote == currency and rate.since <= context.at:
            try:
                amount = rate.convert(base.amount, context.policy.rounding)
                if conversion.ending:
                    amount = Money(conversion.ending.nearest(amount.minor), currency)
            except Invalid:
                raise OrderTooLarge(variant) from None
            return Price(amount, base.per)
    return None


def _floor(variant: VariantId, quantity: int, currency: Currency, context: Context) -> int:
    for each in context.series.get(variant, ()):
        if each.list == FLOOR and each.currency == currency:
            price = each.price(context.at, quantity)
            return divide(price.amount.minor * quantity, price.per, Rounding.UP) if price else 0
    return 0
