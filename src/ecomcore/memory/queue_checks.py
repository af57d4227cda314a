"""What a database would refuse of queues and wishes, in the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ecomcore.inventory import QueueLine, QueueTicket, TicketState, Wish, WishState
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.work import Changed

__all__ = ["check_queues"]

A = TypeVar("A", bound=Aggregate)


def check_queues(changed: Mapping[type, Sequence[Changed[Any]]], rows: Mapping[type, Mapping[str, Any]]) -> None:
    """Raises ``Duplicate`` and ``InvariantViolated``."""
    now = {kind: [change.now for change in changed.get(kind, ())] for kind in (QueueLine, QueueTicket, Wish)}
    for line in now[QueueLine]:
        if not 0 <= line.waiting <= line.last:
            raise InvariantViolated(f"queue of {line.id}: {line.waiting} wait of {line.last} that came")
    lines = {line.id for line in now[QueueLine]}
    for ticket in now[QueueTicket]:
        if (ticket.variant not in lines and ticket.variant not in rows[QueueLine]) or ticket.number < 1:
            raise InvariantViolated(f"queue ticket {ticket.id}: number {ticket.number} of {ticket.variant}")
        if ticket.waits == (ticket.offered_until is not None) and ticket.state is not TicketState.LEFT:
            raise InvariantViolated(f"queue ticket {ticket.id}: {ticket.state}, offered until {ticket.offered_until}")
    for wish in now[Wish]:
        if wish.is_open and not wish.person:
            raise InvariantViolated(f"wish {wish.id} is open and nobody's")
        if (wish.told_at is not None) != (wish.state is WishState.TOLD):
            raise InvariantViolated(f"wish {wish.id}: {wish.state}, told at {wish.told_at}")
    _check_once(now[QueueTicket], rows[QueueTicket], lambda ticket: (ticket.variant, ticket.number))
    _check_once(now[QueueTicket], rows[QueueTicket], _live_key)
    _check_once(now[Wish], rows[Wish], lambda wish: (wish.variant, wish.person) if wish.is_open else None)


def _check_once(now: Sequence[A], rows: Mapping[str, A], key: Callable[[A], object]) -> None:
    """No two of a kind have the same key; those without one do not matter."""
    if not now:
        return
    saved = {each.id: each for each in now}
    taken: dict[object, str] = {}
    for each in {**rows, **saved}.values():
        held = key(each)
        if held is not None and taken.setdefault(held, each.id) != each.id:
            raise Duplicate(type(each).__name__, each.id)


def _live_key(ticket: QueueTicket) -> object:
    return (ticket.variant, ticket.owner, ticket.source) if ticket.is_live else None
