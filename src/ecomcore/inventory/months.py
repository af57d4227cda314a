"""A month of the stock: what was on hand at its end, written down once, for good. It follows from the ledgers, and it
stays what it is, whatever is booked later.
"""

from __future__ import annotations

from typing import Self

from attrs import field, frozen

from ecomcore.inventory.events import StockMonthClosed
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import StockItemId, StockMonthId

__all__ = ["MonthLine", "StockMonth"]


@frozen
class MonthLine:
    """What was on hand of an item, good units and damaged ones."""

    item: StockItemId
    on_hand: int
    damaged: int


@frozen(kw_only=True)
class StockMonth(Aggregate):
    """The end of a month, ``until`` when its movements count; ``fresh`` holds its lines until it is saved."""

    id: StockMonthId
    until: Instant
    items: int
    units: int
    fresh: tuple[MonthLine, ...] = field(default=(), repr=False)

    @classmethod
    def close(cls, id: StockMonthId, until: Instant, lines: tuple[MonthLine, ...]) -> Self:
        """The month is over."""
        units = sum(line.on_hand for line in lines)
        closed = cls(id=id, until=until, items=len(lines), units=units, fresh=lines)
        return closed.telling(StockMonthClosed(id, len(lines), units))
