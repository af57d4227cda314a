"""Several threads let go at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Generic, TypeVar

from attrs import frozen

__all__ = ["Outcome", "at_once"]

T = TypeVar("T")

_PATIENCE = 120.0
"""Seconds after which a thread is taken to hang: nobody waits that long who is not stuck."""


@frozen
class Outcome(Generic[T]):
    """What became of one call: it answered, or it raised."""

    answer: T | None = None
    error: BaseException | None = None

    @property
    def value(self) -> T:
        """The answer. Raises what the call raised."""
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]  # answered: no error


def at_once(calls: Sequence[Callable[[], T]]) -> Sequence[Outcome[T]]:
    """Make these calls at the same moment, each on its own thread; what became of each, in the same order."""
    start = Barrier(len(calls))
    outcomes: list[Outcome[T]] = [Outcome(error=TimeoutError("the thread hangs"))] * len(calls)

    def run(index: int, call: Callable[[], T]) -> None:
        try:
            start.wait(_PATIENCE)
            outcomes[index] = Outcome(answer=call())
        except BaseException as error:  # whatever it is, it belongs to the test, not to the thread
            outcomes[index] = Outcome(error=error)

    threads = [Thread(target=run, args=(index, call), daemon=True) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    return outcomes
