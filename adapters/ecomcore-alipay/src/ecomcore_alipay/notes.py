"""What Alipay cannot be asked for: the codes that nobody has scanned yet, and the names of the refunds of a trade."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from threading import Lock
from typing import Final, Protocol

__all__ = ["MemoryNotes", "Notes"]

_MOST_TRADES: Final = 100_000


class Notes(Protocol):
    """Short notes on trades. With them ``status`` tells everything: Alipay answers only about what is called by name.

    Processes that share a database should share them too. Without them nothing is paid or given back twice.
    """

    @abstractmethod
    def add(self, trade: str, note: str) -> None:
        """Keep one more note on a trade; one that is there already stays once."""

    @abstractmethod
    def of(self, trade: str) -> tuple[str, ...]:
        """The notes on a trade, in the order in which they were added."""


class MemoryNotes(Notes):
    """Notes of this process, on the 100,000 trades that were noted last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._notes: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def add(self, trade: str, note: str) -> None:
        with self._lock:
            known = self._notes.pop(trade, ())
            self._notes[trade] = known if note in known else (*known, note)
            if len(self._notes) > _MOST_TRADES:
                self._notes.popitem(last=False)

    def of(self, trade: str) -> tuple[str, ...]:
        with self._lock:
            return self._notes.get(trade, ())
