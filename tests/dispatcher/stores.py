"""Stores whose commits fail when they are told to, and what stands in a store."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from ecomcore.kernel.work import Delivery, Persistence, Recorded
from ecomcore.memory import MemoryPersistence
from ecomcore.testing.faults import Fault, FaultPlan, FaultyPersistence
from ecomcore.testing.work import reading

__all__ = ["Commits", "deliveries", "events", "told"]


class Commits:
    """Says of the next commits which fail; ``None`` lets one pass. ``plan.names`` lists what a store was asked."""

    def __init__(self, call: str = "commit") -> None:
        self._call = call
        self._next: deque[Fault | None] = deque()
        self.plan = FaultPlan(self._choose)
        self.store = FaultyPersistence(MemoryPersistence(), self.plan)

    def fail(self, *faults: Fault | None) -> None:
        self._next.extend(faults)
        self.plan.names.clear()

    @property
    def tried(self) -> int:
        """How many commits there were since ``fail`` was told."""
        return self.plan.names.count(self._call)

    def _choose(self, number: int, name: str) -> Fault | None:
        return self._next.popleft() if name == self._call and self._next else None


def events(store: Persistence) -> list[Recorded]:
    """All that was ever told."""
    with reading(store) as work:
        return list(work.outbox.events(limit=10_000))


def deliveries(store: Persistence) -> list[Delivery]:
    """All that is not delivered yet."""
    with reading(store) as work:
        return list(work.outbox.deliveries(limit=10_000))


def told(recorded: Iterable[Recorded]) -> list[str]:
    """The names of the events."""
    return [type(each.event).__name__ for each in recorded]
