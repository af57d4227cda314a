"""What counting needs: a store, and somebody who knows what the books say."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ecomcore.counting.board import CountBoard
from ecomcore.counting.queries import CountFilter, CountSummary
from ecomcore.counting.stock_count import StockCount
from ecomcore.counting.values import AbcGrade, Books, LastCount
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.work import Repository

__all__ = ["CountBoards", "StockCounts", "Stocks"]


class StockCounts(Repository[StockCount, StockCountId], Protocol):
    """All counts."""

    kind: type[StockCount] = StockCount

    @abstractmethod
    def listed(self, wanted: CountFilter, before: StockCountId | None, limit: int) -> Sequence[CountSummary]:
        """The counts that fit, with an id below ``before``, from the greatest id down; without what was counted."""


class CountBoards(Repository[CountBoard, LocationId], Protocol):
    """The boards of all locations at which something was ever counted."""

    kind: type[CountBoard] = CountBoard


class Stocks(Protocol):
    """Knows what the books say. The inventory answers, as of this moment."""

    @abstractmethod
    def knows(self, location: LocationId) -> bool:
        """Whether there is such a location."""

    @abstractmethod
    def expected(self, location: LocationId, variants: Collection[VariantId]) -> Mapping[VariantId, Books]:
        """What the books say of these variants; nothing of those that were never there."""

    @abstractmethod
    def check(self, variants: Collection[VariantId]) -> None:
        """Refuses what has no stock of its own, and so cannot be counted."""

    @abstractmethod
    def elsewhere(self, location: LocationId, variants: Collection[VariantId]) -> Mapping[VariantId, Collection[str]]:
        """The serial numbers of units of these variants that the books have at other locations."""

    @abstractmethod
    def on_the_books(self, location: LocationId) -> Sequence[Books]:
        """What the books say of everything of which there is any."""

    @abstractmethod
    def due(self, location: LocationId, since: Mapping[AbcGrade | None, Instant]) -> Sequence[LastCount]:
        """The items of these grades that were never counted, or last before or at this moment of their grade."""
