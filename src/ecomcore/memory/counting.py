"""The stock counts in memory, the boards of locations, and what a database would refuse of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ecomcore.counting import (
    CountBoard,
    CountBoards,
    CountFilter,
    CountSummary,
    StockCount,
    StockCounts,
    summary_of,
)
from ecomcore.kernel.ids import LocationId, StockCountId
from ecomcore.memory.repositories import MemoryRepository

__all__ = ["MemoryCountBoards", "MemoryStockCounts"]


class MemoryStockCounts(MemoryRepository[StockCount, StockCountId], StockCounts):
    kind: ClassVar[type[StockCount]] = StockCount  # type: ignore[misc]

    def listed(self, wanted: CountFilter, before: StockCountId | None, limit: int) -> Sequence[CountSummary]:
        found = (count for count in self._all() if _fits(count, wanted) and (before is None or count.id < before))
        latest = sorted(found, key=lambda count: count.id, reverse=True)[:limit]
        return [summary_of(count) for count in latest]


class MemoryCountBoards(MemoryRepository[CountBoard, LocationId], CountBoards):
    kind: ClassVar[type[CountBoard]] = CountBoard  # type: ignore[misc]


def _fits(count: StockCount, wanted: CountFilter) -> bool:
    return wanted.location in (None, count.location) and wanted.state in (None, count.state)
