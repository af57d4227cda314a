"""The wire between the shop and the made-up provider, which tests cut. A real client library has its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

__all__ = ["Wire"]

T = TypeVar("T")


class Wire:
    """Carries one request at a time, unless it is told to lose one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._losses: deque[str] = deque()

    def lose_next_request(self) -> None:
        """The next request never arrives: ``ConnectionRefusedError``."""
        self._losses.append("request")

    def lose_next_answer(self) -> None:
        """The next request is carried out, and its answer never arrives: ``TimeoutError``."""
        self._losses.append("answer")

    def carry(self, request: Callable[[], T]) -> T:
        """The answer to a request, unless one of the two is lost."""
        with self._lock:
            lost = self._losses.popleft() if self._losses else None
            if lost == "request":
                raise ConnectionRefusedError("nobody listens there")
            answer = request()
            if lost == "answer":
                raise TimeoutError("no answer in time")
            return answer
