"""What a process keeps at hand between quotes: the rulebook of the newest edition, and where categories stand."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from ecomcore.kernel.ids import CategoryId
from ecomcore.quoting import Rulebook

__all__ = ["Shelf"]


class Shelf:
    """One for each assembled shop; safe to share between threads. What is on it is never wrong, at most not newest:
    a rulebook is asked for by its edition.
    """

    def __init__(self) -> None:
        self.categories: dict[CategoryId, tuple[CategoryId, ...]] = {}
        self._rulebooks: dict[bool, Rulebook] = {}
        self._lock = Lock()

    def rulebook(self, edition: int, whole: bool, load: Callable[[], Rulebook]) -> Rulebook:
        """The rulebook of an edition, loaded once; ``whole`` with all that ever was in force."""
        known = self._rulebooks.get(whole)
        if known is not None and known.edition == edition:
            return known
        with self._lock:  # one thread loads, the others wait for what it has loaded
            known = self._rulebooks.get(whole)
            if known is not None and known.edition == edition:
                return known
            loaded = self._rulebooks[whole] = load()
            return loaded
