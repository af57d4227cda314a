"""The values of pricing, and the lowest price of the last days."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CurrencyPairId, PriceListId, PriceSeriesId, VariantId
from ecomcore.kernel.money import Currency, Price
from ecomcore.kernel.text import an_id, as_tuple, instance_of, optional
from ecomcore.quoting import Break, ListTerms, PricePoint

__all__ = [
    "BEGINNING",
    "ListVersion",
    "NewFloor",
    "NewPrice",
    "NotedPrice",
    "lowest_before",
    "pair_id",
    "series_id",
    "unit_price",
]

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a base price is taken to have been in force that nobody noted when it was set."""


def series_id(list: PriceListId, variant: VariantId, currency: Currency) -> PriceSeriesId:
    """The one id of the prices of a variant in a list and currency: a digest, for three ids are longer than one."""
    return PriceSeriesId(hashlib.sha256(f"{list}\n{variant}\n{currency}".encode()).hexdigest()[:32])


def pair_id(base: Currency, quote: Currency) -> CurrencyPairId:
    """``EUR/USD``."""
    return CurrencyPairId(f"{base}/{quote}")


def unit_price(breaks: Iterable[Break]) -> Price | None:
    """The price of whoever buys one unit."""
    return next((each.price for each in breaks if each.quantity == 1), None)


def lowest_before(points: Iterable[PricePoint], at: Instant, days: int = 30) -> Price | None:
    """The lowest price of one unit that was in force at any time in the ``days`` before ``at``, or nothing.

    The price in force when these days begin counts, a price that begins at ``at`` does not: this is the "prior price"
    of a reduction announced at ``at`` (Directive 98/6/EC, art. 6a). ``points`` are of one series, the oldest first.
    """
    window, lowest = timedelta(days=days), None
    ordered = tuple(points)
    for point, after in zip(ordered, (*ordered[1:], None), strict=False):
        until = at if after is None else min(at, after.since)
        if point.since < until and (until == at or at - until < window):
            price = unit_price(point.breaks)
            if price is not None and (lowest is None or _is_lower(price, lowest)):
                lowest = price
    return lowest


def _is_lower(price: Price, other: Price) -> bool:
    return price.amount.minor * other.per < other.amount.minor * price.per


def _breaks(_: object, __: Attribute[Any], value: Any) -> None:
    PricePoint(BEGINNING, value)  # it knows what it accepts, and its field has the same name


@frozen
class ListVersion:
    """What a price list said from ``since`` on, until its next version or its end. Versions count from 1."""

    number: int
    since: Instant
    terms: ListTerms


@frozen
class NewPrice:
    """The prices of a variant by quantity; without any the list has no price for it any more."""

    variant: VariantId = field(validator=an_id)
    breaks: tuple[Break, ...] = field(converter=as_tuple, validator=_breaks)


@frozen
class NewFloor:
    """The price that no discount takes the variant below; ``None``: there is none any more."""

    variant: VariantId = field(validator=an_id)
    price: Price | None = field(default=None, validator=optional(instance_of(Price)))

    @property
    def breaks(self) -> tuple[Break, ...]:
        """The same as prices by quantity."""
        return () if self.price is None else (Break(1, self.price),)


@frozen
class NotedPrice:
    """The catalogue asks ``new`` for a variant, where it asked ``old`` before; ``None``: nothing, it is new."""

    variant: VariantId = field(validator=an_id)
    old: Price | None = field(validator=optional(instance_of(Price)))
    new: Price = field(validator=instance_of(Price))
