"""A series counts: 1, 2, 3, without a gap and never twice. It is loaded locked, late, in the unit of work of what it
numbers. If that is rolled back, the number is free again; two at once wait for each other.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import SeriesId
from ecomcore.kernel.quantity import quantity

__all__ = ["Series"]


@frozen(kw_only=True)
class Series(Aggregate):
    """``next`` is the number that nobody has yet."""

    id: SeriesId
    next: int = 1

    def take(self, count: int = 1) -> tuple[Self, range]:
        """The series after so many numbers, and these numbers."""
        after = self.next + quantity(count, "count")
        return self.having(next=after), range(self.next, after)
