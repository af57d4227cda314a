"""How counting refuses."""

from __future__ import annotations

from attrs import define, field

from ecomcore.counting.items import CountedItem, named
from ecomcore.kernel.errors import Refused, shown
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId

__all__ = [
    "AlreadyCounting",
    "CounterCannotApprove",
    "NotCounted",
    "NotInCount",
    "NothingCounted",
    "NothingToCount",
    "RecountMissing",
    "SameCounter",
    "WrongLot",
]


@define(eq=False, str=False)
class AlreadyCounting(Refused):
    """An item is counted by one count at a time: two would book the same difference twice.

    No ``variants`` are named where one of the counts is of the whole location.
    """

    location: LocationId
    count: StockCountId
    variants: tuple[VariantId, ...] = field(default=(), repr=shown)

    def sentence(self) -> str:
        what = named(self.variants) if self.variants else "the location"
        return f"{what} is being counted by {self.count} already; finish or cancel it first"


@define(eq=False, str=False)
class NothingToCount(Refused):
    """Nothing of this grade is due at the location."""

    location: LocationId
    grade: str

    def sentence(self) -> str:
        return f"nothing of grade {self.grade} is due at {self.location}; name variants to count them anyway"


@define(eq=False, str=False)
class NotInCount(Refused):
    """The count is not about these variants."""

    count: StockCountId
    variants: tuple[VariantId, ...] = field(repr=shown)

    def sentence(self) -> str:
        return f"{named(self.variants)} is no part of count {self.count}; start another for it"


@define(eq=False, str=False)
class WrongLot(Refused):
    """Lots are counted where units are told apart by them, and nowhere else."""

    variant: VariantId
    lot: str
    accepted: str

    def sentence(self) -> str:
        return f"{self.variant} cannot be counted under lot {shown(self.lot)}; expected {self.accepted}"


@define(eq=False, str=False)
class SameCounter(Refused):
    """What is counted again is counted by somebody who has not counted it yet."""

    count: StockCountId
    by: str
    items: tuple[CountedItem, ...] = field(repr=shown)

    def sentence(self) -> str:
        return f"{self.by} has counted {named(self.items)} already; somebody else has to count again"


@define(eq=False, str=False)
class RecountMissing(Refused):
    """Some items are too far from the books and were not counted again yet."""

    count: StockCountId
    items: tuple[CountedItem, ...] = field(repr=shown)

    def sentence(self) -> str:
        return f"count {self.count} waits for a recount of {named(self.items)} by somebody else"


@define(eq=False, str=False)
class NotCounted(Refused):
    """The books have units of these items, and nobody has counted them."""

    count: StockCountId
    items: tuple[CountedItem, ...] = field(repr=shown)

    def sentence(self) -> str:
        return f"nobody has counted {named(self.items)}; count it, or finish with rest_is_zero if there is none"


@define(eq=False, str=False)
class NothingCounted(Refused):
    """A count of some items ends with at least one of them counted."""

    count: StockCountId

    def sentence(self) -> str:
        return f"nothing was counted for {self.count} yet; record something, or cancel it"


@define(eq=False, str=False)
class CounterCannotApprove(Refused):
    """Whoever has counted does not decide about the count."""

    count: StockCountId
    by: str

    def sentence(self) -> str:
        return f"{self.by} has counted for {self.count}; somebody else has to decide whether it is booked"
