"""A lifecycle is a table keyed by verb, at the top of the aggregate's file.

    LIFECYCLE = Lifecycle("order", OrderState.PLACED, {
        "confirm": move(OrderState.PLACED, to=OrderState.CONFIRMED),
        "cancel": move(OrderState.PLACED, OrderState.CONFIRMED, to=OrderState.CANCELLED),
    })

    state = LIFECYCLE.after("cancel", self.state)

Guards that need more than the state are plain ``if …: raise`` lines in the aggregate's method. A table is
checked when it is made, every cell of it is tested, and the diagrams of the documentation are drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from ecomcore.kernel.errors import IllegalTransition

__all__ = ["Lifecycle", "Move", "move"]

S = TypeVar("S", bound=StrEnum)


@frozen
class Move(Generic[S]):
    """One row of a lifecycle: from any of these states to that one."""

    sources: tuple[S, ...]
    to: S


def move(*sources: S, to: S) -> Move[S]:
    """A row of a lifecycle: allowed in each of ``sources``, ending in ``to``."""
    return Move(sources, to)


def _read_only(moves: Mapping[str, Move[Any]]) -> Mapping[str, Move[Any]]:
    return MappingProxyType(dict(moves))


@frozen(eq=False)
class Lifecycle(Generic[S]):
    """The states of one kind of thing, and the verbs that move it between them.

    ``kind`` is the word for the thing in errors; ``initial`` is the state it is created in. Raises
    ``ValueError`` for a verb allowed in no state, for a state of another enumeration, and for states that no
    verb can reach.
    """

    kind: str
    initial: S
    moves: Mapping[str, Move[S]] = field(converter=_read_only, repr=False)

    def __attrs_post_init__(self) -> None:
        states = type(self.initial)
        for verb, row in self.moves.items():
            if not row.sources:
                raise ValueError(f"{self.kind}: {verb!r} is allowed in no state")
            for state in (*row.sources, row.to):
                if type(state) is not states:
                    raise ValueError(f"{self.kind}: {verb!r} names {state!r}, no {states.__name__}")
        if lost := self.unreachable():
            raise ValueError(f"{self.kind}: no verb leads to {', '.join(sorted(lost))}")

    def after(self, verb: str, state: S) -> S:
        """The state after ``verb``. Raises ``IllegalTransition`` where the table has no such move."""
        row = self._row(verb)
        if state not in row.sources:
            allowed: Any = [str(source) for source in row.sources]  # mypy finds no type for the converter
            raise IllegalTransition(self.kind, verb, str(state), allowed)
        return row.to

    def allows(self, verb: str, state: S) -> bool:
        """Whether the table has a move of ``verb`` from ``state``."""
        return state in self._row(verb).sources

    def _row(self, verb: str) -> Move[S]:
        row = self.moves.get(verb)
        if row is None:  # a slip of the programmer, not a refusal
            raise LookupError(f"{self.kind} has no verb {verb!r}; it has {', '.join(self.verbs)}")
        return row

    @property
    def verbs(self) -> tuple[str, ...]:
        """Every verb, in the order of the table."""
        return tuple(self.moves)

    def cells(self) -> Iterator[tuple[str, S, S | None]]:
        """Every verb in every state, with the state it leads to, or ``None`` where it is refused."""
        for verb, row in self.moves.items():
            for state in type(self.initial):
                yield verb, state, row.to if state in row.sources else None

    def terminal(self) -> frozenset[S]:
        """The states that nothing leads out of (a move to the same state does not count)."""
        left = {source for row in self.moves.values() for source in row.sources if source is not row.to}
        return frozenset(type(self.initial)) - left

    def unreachable(self) -> frozenset[S]:
        """The states that no chain of verbs reaches from the initial one; a table that was made has none."""
        reached, size = {self.initial}, 0
        while size < len(reached):
            size = len(reached)
            reached |= {row.to for row in self.moves.values() if not reached.isdisjoint(row.sources)}
        return frozenset(type(self.initial)) - reached

    def mermaid(self) -> str:
        """The lifecycle as a Mermaid ``stateDiagram-v2``."""
        arrows = [f"{source} --> {row.to}: {verb}" for verb, row in self.moves.items() for source in row.sources]
        ends = [f"{state} --> [*]" for state in type(self.initial) if state in self.terminal()]
        return "\n    ".join(["stateDiagram-v2", f"[*] --> {self.initial}", *arrows, *ends]) + "\n"
