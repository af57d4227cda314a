"""Price lists, prices with their history, exchange rates, and which price wins."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PriceListId, VariantId
from ecomcore.kernel.money import Currency, Money, Price, Rounding, currency, divide, exponent
from ecomcore.kernel.quantity import a_quantity, a_rank
from ecomcore.kernel.text import a_list_of, a_text, an_id_list, as_tuple, instance_of, optional

__all__ = [
    "BASE",
    "FLOOR",
    "MOST_BREAKS",
    "Audience",
    "Break",
    "ExchangeRate",
    "ListTerms",
    "PriceEnding",
    "PricePoint",
    "Series",
]

BASE = PriceListId("base")
"""The list of what the catalogue itself asks."""

FLOOR = PriceListId("floor")
"""The list of prices that no discount goes under."""

MOST_BREAKS = 50
"""Quantity breaks of one price."""


def _ids(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value != ():
        an_id_list(instance, attribute, value)


def _names() -> Any:
    return field(default=(), converter=as_tuple, validator=_ids)


@frozen(kw_only=True)
class Audience:
    """For whom a price list is: whoever fits all that is named. Nothing named is for everybody."""

    channels: tuple[str, ...] = _names()
    groups: tuple[str, ...] = _names()
    tiers: tuple[str, ...] = _names()
    companies: tuple[str, ...] = _names()


@frozen(kw_only=True)
class ListTerms:
    """What a price list says: in which currency, for whom, when, and whether its prices include tax (``None``: as the
    shop's policy says). Of lists for equally special audiences the lowest ``priority`` number wins.
    """

    name: str = field(validator=a_text())
    currency: Currency = field(converter=currency)
    audience: Audience = field(default=Audience(), validator=instance_of(Audience))
    period: Period | None = field(default=None, validator=optional(instance_of(Period)))
    priority: int = field(default=100, validator=a_rank)
    tax_included: bool | None = field(default=None, validator=optional(instance_of(bool)))


@frozen
class Break:
    """From so many units on, this is the price."""

    quantity: int = field(validator=a_quantity)
    price: Price = field(validator=instance_of(Price))


def _breaks(instance: object, attribute: Attribute[Any], value: Any) -> None:
    a_list_of(Break, MOST_BREAKS, 0)(instance, attribute, value)
    for index, (low, high) in enumerate(pairwise(value), 1):
        if high.quantity <= low.quantity:
            accepted = f"more units than the break before it, {low.quantity}"
            raise Invalid(f"{attribute.name}[{index}].quantity", high.quantity, accepted)
        if high.price.amount.currency != low.price.amount.currency:
            raise Invalid(f"{attribute.name}[{index}].price", high.price, f"a price in {low.price.amount.currency}")


@frozen
class PricePoint:
    """From ``since`` on, these are the prices by quantity; without any there is none. Written once, never changed."""

    since: Instant = field(validator=an_instant)
    breaks: tuple[Break, ...] = field(converter=as_tuple, validator=_breaks)


@frozen
class Series:
    """The prices of one variant in one list, the oldest first."""

    list: PriceListId
    variant: VariantId
    currency: Currency
    points: tuple[PricePoint, ...]

    def at(self, moment: Instant) -> tuple[Break, ...]:
        """The prices in force at a moment."""
        for point in reversed(self.points):
            if point.since <= moment:
                return point.breaks
        return ()

    def price(self, moment: Instant, quantity: int) -> Price | None:
        """What a unit costs at a moment if so many are bought, or nothing."""
        for each in reversed(self.at(moment)):
            if each.quantity <= quantity:
                return each.price
        return None


@frozen
class PriceEnding:
    """How a converted price ends: the nearest ``ending`` of each ``step``, both in minor units; 100 and 99 make x.99.

    Never zero or less: the smallest price is ``ending`` itself, or a whole step where the ending is 0.
    """

    step: int = field(validator=a_quantity)
    ending: int = field(default=0)

    def __attrs_post_init__(self) -> None:
        if type(self.ending) is not int or not 0 <= self.ending < self.step:
            raise Invalid("ending", self.ending, f"a whole number from 0 to {self.step - 1}")

    def nearest(self, minor: int) -> int:
        """The nearest such amount; of two equally near, the higher."""
        steps = divide(minor - self.ending, self.step, Rounding.HALF_UP)
        return max(steps * self.step + self.ending, self.ending or self.step)


def _base(code: object) -> Currency:
    return currency(code, "base")


def _quote(code: object) -> Currency:
    return currency(code, "quote")


@frozen
class ExchangeRate:
    """``per`` major units of ``base`` are worth ``units`` major units of ``quote`` from ``since`` on."""

    base: Currency = field(converter=_base)
    quote: Currency = field(converter=_quote)
    units: int = field(validator=a_quantity)
    per: int = field(validator=a_quantity)
    since: Instant = field(validator=an_instant)

    def convert(self, amount: Money, rounding: Rounding) -> Money:
        """The amount of ``base`` in ``quote``, rounded once."""
        up, down = 10 ** exponent(self.quote), 10 ** exponent(self.base)
        return Money(divide(amount.minor * self.units * up, self.per * down, rounding), self.quote)
