"""The frozen base of every aggregate.

A method of an aggregate returns the next aggregate; what happened is told in ``news``. Nothing is ever changed in
place, so before and after are both in hand and no store can be mutated behind its back.
"""

from __future__ import annotations

from typing import Any, Final, Self

from attrs import field, fields, frozen

from ecomcore.kernel.messages import Event

__all__ = ["Aggregate"]


_FIELDS: Final[dict[type, tuple[str, ...]]] = {}
"""The names of each class's fields: computed once, the same in every thread."""


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
        """The next aggregate: this one with these changes. Three times as fast as ``attrs.evolve``."""
        kind = type(self)
        names = _FIELDS.get(kind) or _FIELDS.setdefault(kind, tuple(field.name for field in fields(kind)))
        made = object.__new__(kind)
        for name in names:
            object.__setattr__(made, name, changes.pop(name) if name in changes else getattr(self, name))
        if changes:
            raise TypeError(f"{kind.__name__} has no {', '.join(changes)}")
        return made

    def telling(self, *events: Event, **changes: Any) -> Self:
        """The next aggregate: with these changes, and with these events in its news."""
        return self.having(news=self.news + events, **changes)
