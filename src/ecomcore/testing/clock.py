"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ecomcore.kernel.clock import Clock, Instant, utc

__all__ = ["NOON", "FixedClock"]

NOON: Final = datetime(2030, 6, 12, 12, 0, tzinfo=UTC)
"""Where a ``FixedClock`` stands unless it is told otherwise: a Wednesday."""


class FixedClock(Clock):
    """Shows the same moment until it is moved, forwards or back."""

    def __init__(self, at: datetime = NOON) -> None:
        self._now = utc(at)

    def now(self) -> Instant:
        return self._now

    def set(self, at: datetime) -> None:
        """Show this moment from now on."""
        self._now = utc(at)

    def tick(self, by: timedelta = timedelta(seconds=1)) -> None:
        """Move on by so much, one second unless told otherwise; a negative ``by`` moves back."""
        self._now += by
