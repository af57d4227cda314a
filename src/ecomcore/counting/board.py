"""The board of a location: which counts are under way there.

Two counts of one item would find the same difference and book it twice. So a count is put on the board of its location
before it begins, and taken off when it ends; whoever comes second with the same item is refused. The board is one row
that all counts of a location change, so of two that begin at once one finds the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from attrs import frozen

from ecomcore.counting.errors import AlreadyCounting
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId

__all__ = ["CountBoard", "UnderCount"]


@frozen
class UnderCount:
    """A count that is under way, and its variants: none where it is everything at the location."""

    count: StockCountId
    variants: tuple[VariantId, ...] = ()


@frozen(kw_only=True)
class CountBoard(Aggregate):
    """The counts that are under way at a location, whose id it has, in the order in which they began."""

    id: LocationId
    counts: tuple[UnderCount, ...] = ()

    @classmethod
    def empty(cls, location: LocationId) -> Self:
        """The board before anything was counted."""
        return cls(id=location)

    def put(self, count: StockCountId, variants: tuple[VariantId, ...]) -> Self:
        """A count begins: of these variants, or of everything. Raises ``AlreadyCounting``."""
        wanted = frozenset(variants)
        for known in self.counts:
            both = tuple(variant for variant in known.variants if variant in wanted)
            if both or not known.variants or not variants:
                raise AlreadyCounting(self.id, known.count, both)
        return self.having(counts=(*self.counts, UnderCount(count, variants)))

    def take_off(self, count: StockCountId) -> Self:
        """A count has ended."""
        return self.having(counts=tuple(known for known in self.counts if known.count != count))

    def without_what_is_counted(self, variants: Iterable[VariantId]) -> tuple[VariantId, ...]:
        """Those of the variants that no count under way is about."""
        if any(not known.variants for known in self.counts):
            return ()
        taken = {variant for known in self.counts for variant in known.variants}
        return tuple(variant for variant in variants if variant not in taken)
