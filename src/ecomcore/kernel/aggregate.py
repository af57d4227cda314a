"""The frozen base of every aggregate.

A method of an aggregate returns the next aggregate; what happened is told in ``news``. Nothing is ever changed in
place, so before and after are both in hand and no store can be mutated behind its back.
"""

from __future__ import annotations

from typing import Any, Self

from attrs import field, frozen

from ecomcore.kernel.frozen import having
from ecomcore.kernel.messages import Event

__all__ = ["Aggregate"]


@frozen(kw_only=True)
class Aggregate:
    """What every aggregate carries besides its own state.

    ``id`` never changes; each aggregate narrows it to its own id type.

    ``version`` counts saves: a save of a stale version is refused with ``Conflict``.
    ``told`` counts the events it has told: the n-th event of an aggregate has sequence n, without gaps.
    ``news`` holds the events told since it was loaded; saving hands them to the outbox.
    """

    id: str
    version: int = 0
    told: int = 0
    news: tuple[Event, ...] = field(default=(), repr=False)

    def having(self, **changes: Any) -> Self:
        """The next aggregate: this one with these changes."""
        return having(self, **changes)

    def telling(self, *events: Event, **changes: Any) -> Self:
        """The next aggregate: with these changes, and with these events in its news."""
        return self.having(news=self.news + events, **changes)
