"""Who serves the baskets of a day: the grocer alone, or workers, each a process with its own shop on the same database.

A household's baskets are all served by one worker, one after the other.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Protocol

from grocery.grocer import Grocer, open_store
from grocery.source import CompleteJourney

PIECES: Final = 4
"""Into how many pieces each worker's part of a day is cut, so that none waits long for the last."""


class Crew(AbstractContextManager["Crew"], Protocol):
    """Serves all baskets of a day before it says that it is done."""

    def serve(self, day: date) -> Iterator[int]:
        """Tells how many more have been served, again and again."""


class Alone(Crew):
    """No processes but this one."""

    def __init__(self, grocer: Grocer, data: CompleteJourney) -> None:
        self._grocer, self._data = grocer, data

    def serve(self, day: date) -> Iterator[int]:
        for basket in self._data.baskets(day):
            self._grocer.serve(basket)
            yield 1

    def __exit__(self, *_: object) -> None:
        """There is nobody to send home."""


class Workers(Crew):
    """So many processes. Leaving early, they finish the pieces they have begun."""

    def __init__(self, n: int, database: str, days: tuple[date, ...], folder: Path | None = None) -> None:
        self._shop = database, days, folder
        self._parts = n * PIECES
        self._pool = ProcessPoolExecutor(n, get_context("spawn"), initializer=_leave_interrupts_to_the_parent)

    def serve(self, day: date) -> Iterator[int]:
        pieces = [self._pool.submit(_serve, *self._shop, day, (part, self._parts)) for part in range(self._parts)]
        for piece in as_completed(pieces):
            yield piece.result()

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def _serve(database: str, days: tuple[date, ...], folder: Path | None, day: date, share: tuple[int, int]) -> int:
    data, grocer = _come_to_work(database, days, folder)
    baskets = data.baskets(day, share)
    for basket in baskets:
        grocer.serve(basket)
    return len(baskets)


@cache
def _come_to_work(database: str, days: tuple[date, ...], folder: Path | None) -> tuple[CompleteJourney, Grocer]:
    """Once in each process."""
    data = CompleteJourney(folder)
    return data, Grocer(open_store(database, new=False), data, days)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
