"""What counting tells. Until a count is finished, no event says what the books expect."""

from __future__ import annotations

from attrs import frozen

from ecomcore.counting.items import CountedItem
from ecomcore.counting.values import AbcGrade, BookedLine, CountKind, CountLine
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.messages import Event

__all__ = ["CountBooked", "CountCancelled", "CountFinished", "CountRecorded", "CountStarted", "RecountWanted"]


@frozen
class CountStarted(Event):
    """These variants are to be counted at the location; none are named where it is everything there."""

    count: StockCountId
    location: LocationId
    kind: CountKind
    variants: tuple[VariantId, ...]
    grade: AbcGrade | None
    blind: bool
    by: str


@frozen
class CountRecorded(Event):
    """Somebody has counted these."""

    count: StockCountId
    location: LocationId
    lines: tuple[CountLine, ...]
    by: str


@frozen
class RecountWanted(Event):
    """These are too far from the books: somebody other than ``by`` has to count them again."""

    count: StockCountId
    location: LocationId
    items: tuple[CountedItem, ...]
    by: str


@frozen
class CountFinished(Event):
    """All has been counted: ``off`` units differ, whichever way. With ``needs_approval`` nothing is booked yet."""

    count: StockCountId
    location: LocationId
    lines: int
    off: int
    needs_approval: bool
    by: str


@frozen
class CountBooked(Event):
    """The books follow the count. Of a long count it is told in parts, the first of which is 1."""

    count: StockCountId
    location: LocationId
    lines: tuple[BookedLine, ...]
    part: int
    parts: int
    by: str


@frozen
class CountCancelled(Event):
    """Nothing of the count is booked: it was given up, or ``rejected`` when it was finished."""

    count: StockCountId
    location: LocationId
    reason: str
    rejected: bool
    by: str
