"""The prices of one variant in one list and currency, for ever: points in time from which on a price holds. A point is
added, never changed. It may lie ahead, and then nothing is put in front of it; another from the same moment on stands
in its place. A point without prices ends them.

Two lists are the shop's own: ``base`` has what the catalogue asked and asks, ``floor`` what no discount goes below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PriceListId, PriceSeriesId, VariantId
from ecomcore.kernel.money import Currency, CurrencyMismatch
from ecomcore.pricing.errors import PriceScheduled
from ecomcore.pricing.events import PriceSet
from ecomcore.pricing.values import series_id
from ecomcore.quoting import Break, PricePoint, Series

__all__ = ["PriceSeries", "by_variant"]


@frozen(kw_only=True)
class PriceSeries(Aggregate):
    """The prices of a variant in a list and currency, the oldest first. The id follows from these: ``series_id``."""

    id: PriceSeriesId
    list: PriceListId
    variant: VariantId
    currency: Currency
    points: tuple[PricePoint, ...] = ()

    @classmethod
    def of(cls, list: PriceListId, variant: VariantId, currency: Currency, points: tuple[PricePoint, ...] = ()) -> Self:
        """The series before any price was set; ``points`` are what is known of the time before."""
        id_ = series_id(list, variant, currency)
        return cls(id=id_, list=list, variant=variant, currency=currency, points=points)

    def set(self, point: PricePoint, now: Instant) -> Self:
        """These are the prices from the point on. What is in force then already changes nothing.

        Raises ``Invalid`` for the past, ``PriceScheduled`` for a point before the last, ``CurrencyMismatch``.
        """
        for each in point.breaks:
            if each.price.amount.currency != self.currency:
                raise CurrencyMismatch(self.currency, each.price.amount.currency)
        if point.since < now:
            raise Invalid("since", point.since, f"now or later; it is {now.isoformat()}")
        if self.points and point.since < self.points[-1].since:
            raise PriceScheduled(self.list, self.variant, self.points[-1].since)
        if point.breaks == self.as_series().at(point.since):
            return self
        told = PriceSet(self.list, self.variant, self.currency, point.since, point.breaks)
        return self.telling(told, points=(*self.points, point))

    def note(self, breaks: tuple[Break, ...], now: Instant) -> Self:
        """These are the prices from now on; should another machine's clock be ahead, from its last point on."""
        since = max(now, self.points[-1].since) if self.points else now
        return self.set(PricePoint(since, breaks), now)

    def as_series(self) -> Series:
        """As a quote reads it."""
        return Series(self.list, self.variant, self.currency, self.points)

    def history(self, before: Instant | None, limit: int) -> tuple[PricePoint, ...]:
        """The points that began before a moment, the newest first; what was replaced at once never was."""
        following = zip(self.points, (*self.points[1:], None), strict=False)
        real = [point for point, after in following if after is None or point.since < after.since]
        earlier = [point for point in reversed(real) if before is None or point.since < before]
        return tuple(earlier[:limit])


def by_variant(series: Iterable[PriceSeries]) -> Mapping[VariantId, tuple[PriceSeries, ...]]:
    """The series of each variant, by list and currency."""
    found: dict[VariantId, list[PriceSeries]] = {}
    for each in sorted(series, key=lambda each: (each.variant, each.list, each.currency)):
        found.setdefault(each.variant, []).append(each)
    return {variant: tuple(own) for variant, own in found.items()}
