"""Tea in the main store, with rules."""

from __future__ import annotations

from datetime import timedelta

from ecomcore.inventory import Beyond, Grade, StockItem, Tracking
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.testing import NOON

__all__ = ["LATER", "MAIN", "TEA", "ruled"]

TEA, MAIN = VariantId("tea"), LocationId("main")
LATER = NOON + timedelta(days=2)


def ruled(
    item: StockItem,
    *,
    buffer: int = 0,
    low: int = 0,
    beyond: Beyond | None = None,
    tracking: Tracking = Tracking.NONE,
    grade: Grade | None = None,
) -> StockItem:
    """The item under these rules only."""
    return item.with_rules(NOON, buffer=buffer, low=low, beyond=beyond, tracking=tracking, queued=False, grade=grade)
