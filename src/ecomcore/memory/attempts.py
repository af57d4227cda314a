"""A limit on guessing coupon codes, kept by each process for itself."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from threading import Lock
from typing import Final

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import CodeAttempts, Shopper, TooManyAttempts

__all__ = ["AttemptLimit"]

_MOST_SHOPPERS: Final = 10_000


class AttemptLimit(CodeAttempts):
    """At most so many unknown codes for one shopper within so long; then none of theirs is looked at for a while.

    Those who have not said who they are cannot be told apart, and share one limit that is a hundred times as high.
    """

    def __init__(self, most: int = 20, within: timedelta = timedelta(minutes=10)) -> None:
        self._most = most
        self._within = within
        self._tries: dict[str | None, deque[Instant]] = {}
        self._lock = Lock()

    def tried(self, shopper: Shopper, unknown: int, at: Instant) -> None:
        with self._lock:
            counted = [self._counted(name, at) for name in self._names(shopper)]
            if any(len(tries) >= most for tries, most in counted):
                raise TooManyAttempts
            for tries, most in counted:
                tries.extend(at for _ in range(min(unknown, most)))

    def _names(self, shopper: Shopper) -> list[str | None]:
        """All names of a shopper: whoever changes one of them keeps the other."""
        named = [name for name in (shopper.owner, shopper.contact) if name is not None]
        return [*named] or [None]

    def _counted(self, name: str | None, at: Instant) -> tuple[deque[Instant], int]:
        """The tries of a name that still count, and how many there may be."""
        tries = self._tries.get(name)
        if tries is None:
            if len(self._tries) >= _MOST_SHOPPERS:
                del self._tries[next(iter(self._tries))]
            tries = self._tries[name] = deque()
        while tries and tries[0] <= at - self._within:
            tries.popleft()
        return tries, self._most if name is not None else self._most * 100
