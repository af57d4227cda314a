"""Ids that a test can foresee."""

from __future__ import annotations

from threading import Lock

from ecomcore.kernel.ids import Ids

__all__ = ["SequentialIds"]


class SequentialIds(Ids):
    """``id-00000001``, ``id-00000002`` …: the same at every run, in the order of their text. Safe between threads."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._last = 0
        self._lock = Lock()

    def new(self) -> str:
        with self._lock:
            self._last += 1
            return f"{self._prefix}-{self._last:08}"
