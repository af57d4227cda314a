"""A command, and another one that comes in between two calls of its store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TypeAlias

import psycopg

from ecomcore.kernel.work import Persistence
from ecomcore.testing.faults import Fault, FaultPlan, FaultyPersistence
from tests.support.postgres import libpq_dsn

__all__ = ["Act", "Blocked", "calls_of", "meddle", "waits_for_a_lock", "waits_long"]

Act: TypeAlias = Callable[[Persistence], str]
"""Carries a command out on this handle of the store, and says what became of it."""
Blocked: TypeAlias = Callable[[float], bool]
"""Whether the one who came in between, so many seconds ago, waits for the one who was there first."""

_PATIENCE = 60.0
_A_MOMENT = 0.001


def calls_of(store: Persistence, act: Act) -> tuple[str, list[str]]:
    """What became of it with nobody in between, and the names of the calls it made."""
    plan = FaultPlan()
    return act(FaultyPersistence(store, plan)), plan.names


def meddle(store: Persistence, first: Act, other: Persistence, second: Act, *, before: int, blocked: Blocked) -> Both:
    """Before this call of the first (they count from 1) the second is carried out, on a handle of its own.

    It is waited for until it is done or blocked; then the first goes on.
    """
    both = Both()

    def in_between(number: int, name: str) -> Fault | None:
        if number == before and both.thread is None:
            both.start(lambda: second(other), blocked)
        return None

    both.first = first(FaultyPersistence(store, FaultPlan(in_between)))
    both.join()
    return both


class Both:
    """What became of either. ``waited``: the second was held up by the first."""

    def __init__(self) -> None:
        self.first = self.second = ""
        self.waited = False
        self.thread: Thread | None = None
        self._error: BaseException | None = None

    def start(self, second: Callable[[], str], blocked: Blocked) -> None:
        self.thread = Thread(target=self._run, args=(second,), daemon=True)
        self.thread.start()
        began = time.monotonic()
        while self.thread.is_alive():
            self.thread.join(_A_MOMENT)
            if self.thread.is_alive() and blocked(time.monotonic() - began):
                self.waited = True
                return

    def join(self) -> None:
        if self.thread is None:
            raise AssertionError("the first has fewer calls than that")
        self.thread.join(_PATIENCE)
        assert not self.thread.is_alive(), "they wait for each other"
        if self._error is not None:
            raise self._error

    def _run(self, second: Callable[[], str]) -> None:
        try:
            self.second = second()
        except BaseException as error:  # it belongs to the test, not to the thread
            self._error = error


@contextmanager
def waits_for_a_lock(url: str) -> Iterator[Blocked]:
    """PostgreSQL tells who waits."""
    with psycopg.connect(libpq_dsn(url), autocommit=True) as monitor:

        def blocked(_: float) -> bool:
            row = monitor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database()"
            ).fetchone()
            return row is not None and row[0] > 0

        yield blocked


def waits_long(seconds: float) -> bool:
    """SQLite has one writer at a time: whoever is not done by now waits for it."""
    return seconds > 0.02
