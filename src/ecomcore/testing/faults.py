"""Faults on demand: a store, or any port, whose n-th call fails, before or after it has had its effect.

    plan = FaultPlan.crash(after=7)                   # the process dies once the seventh call is done
    shop = assemble(FaultyPersistence(store, plan))

Run once with a plan that never fails, ask it how many ``calls`` there were, and try a crash after each of them: between
any two calls of a store nothing else can happen to it. ``FaultPlan.noise`` strikes at random, from a seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from attrs import field, frozen

from ecomcore.kernel.errors import Conflict, OutcomeUnknown, TryAgain
from ecomcore.kernel.work import Codec, Persistence, Told, UnitOfWork

__all__ = ["Crash", "Fault", "FaultPlan", "FaultyPersistence", "When", "faulty"]

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: nothing of it runs any more, and no ``except Exception`` survives it."""


class When(StrEnum):
    """When a fault strikes."""

    BEFORE = "before"
    """In place of the call: nothing happens."""
    AFTER = "after"
    """What was called has happened; its answer is lost."""


@frozen
class Fault:
    """What happens to a call: ``error`` is raised, before it or after it."""

    error: BaseException
    when: When = When.BEFORE


@frozen(eq=False)
class FaultPlan:
    """Numbers the calls from 1 and says which of them fail. ``names`` lists those that were made."""

    choose: Callable[[int, str], Fault | None] = field(default=lambda number, name: None)  # noqa: ARG005
    names: list[str] = field(factory=list, init=False)
    _lock: Any = field(factory=Lock, init=False, repr=False)
    _dead: list[bool] = field(factory=list, init=False, repr=False)

    @classmethod
    def crash(cls, *, after: int) -> FaultPlan:
        """The process dies when so many calls are done; with 0, before the first."""
        crash = Fault(Crash(f"after call {after}"), When.AFTER if after else When.BEFORE)
        return cls(lambda number, name: crash if number == max(after, 1) else None)  # noqa: ARG005

    @classmethod
    def once(cls, number: int, fault: Fault) -> FaultPlan:
        """One call fails."""
        return cls(lambda called, name: fault if called == number else None)  # noqa: ARG005

    @classmethod
    def noise(cls, seed: int, chance: float = 0.05) -> FaultPlan:
        """What a database does on a bad day: now and then a call asks for a retry, a commit is stale or its answer
        gets lost. The same for the same seed."""
        dice = random.Random(seed)

        def choose(number: int, name: str) -> Fault | None:
            if dice.random() >= chance:
                return None
            if name != "commit":
                return Fault(TryAgain(f"noise at call {number}"))
            error = dice.choice([TryAgain("noise"), Conflict("Noise", "noise"), OutcomeUnknown("noise")])
            return Fault(error, dice.choice(list(When)) if isinstance(error, OutcomeUnknown) else When.BEFORE)

        return cls(choose)

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return len(self.names)

    def call(self, name: str, function: Callable[[], T]) -> T:
        """Make this call, unless the plan says otherwise."""
        with self._lock:
            if self._dead:
                raise Crash("the process is gone")
            self.names.append(name)
            fault = self.choose(len(self.names), name)
        answer = None if fault and fault.when is When.BEFORE else function()
        if fault is not None:
            if isinstance(fault.error, Crash):
                self._dead.append(True)
            raise fault.error
        return answer  # type: ignore[return-value]  # there was no fault, so it was called


class FaultyPersistence(Persistence):
    """A store whose calls follow a plan: beginnings, loads, saves, finders, outbox, replies, commits.

    A rollback is never touched: a store ends the unit of work of a process that is gone.
    """

    def __init__(self, inner: Persistence, plan: FaultPlan) -> None:
        self._inner = inner
        self._plan = plan

    def use(self, codec: Codec) -> None:
        self._inner.use(codec)

    def begin(self, *, write: bool = True) -> UnitOfWork:
        begun: list[UnitOfWork] = []
        try:
            self._plan.call("begin", lambda: begun.append(self._inner.begin(write=write)))
        except BaseException:
            for work in begun:
                work.rollback()
            raise
        return _FaultyWork(begun[0], self._plan)

    def close(self) -> None:
        self._inner.close()


class _FaultyWork(UnitOfWork):
    def __init__(self, inner: UnitOfWork, plan: FaultPlan) -> None:
        self._inner = inner
        self._plan = plan
        self.outbox = faulty(inner.outbox, plan)
        self.replies = faulty(inner.replies, plan)

    def repository(self, port: type) -> Any:
        return faulty(self._inner.repository(port), self._plan)

    def take_news(self) -> Sequence[Told]:
        return self._inner.take_news()

    def commit(self) -> None:
        self._plan.call("commit", self._inner.commit)

    def rollback(self) -> None:
        self._inner.rollback()


def faulty(inner: T, plan: FaultPlan) -> T:
    """Anything, such as a gateway, with each of its methods under the plan."""
    return _Faulty(inner, plan)  # type: ignore[return-value]  # it answers to all that the inner one does


class _Faulty:
    def __init__(self, inner: Any, plan: FaultPlan) -> None:
        self._inner = inner
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or isinstance(found, type) or name.startswith("_"):
            return found
        return lambda *args, **named: self._plan.call(name, partial(found, *args, **named))
