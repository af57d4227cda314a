"""Numbers that nobody else gets."""

from __future__ import annotations

from attrs import frozen

from ecomcore.documents.policy import NumberFormat
from ecomcore.documents.ports import AllSeries
from ecomcore.documents.series import Series
from ecomcore.kernel.calendar import TimeZone, local
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import SeriesId

__all__ = ["Number", "take_number"]


@frozen
class Number:
    """A number of a series, and how it is written."""

    series: SeriesId
    sequence: int
    text: str


def take_number(series: AllSeries, format: NumberFormat, at: Instant, zone: TimeZone) -> Number:
    """The next number, of the year that it is in the zone.

    Locks the series until the unit of work ends: take it late.
    """
    year = local(at, zone).year
    id_ = format.series(year)
    after, (sequence,) = (series.find(id_, lock=True) or Series(id=id_)).take()
    series.save(after)
    return Number(id_, sequence, format.format(year, sequence))
