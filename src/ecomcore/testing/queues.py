"""Queues and wishes for tests: builders with defaults, and Hypothesis strategies.

a_ticket("t1", number=1, quantity=2)
a_wish("w1", email="ada@example.org")
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from ecomcore.inventory import QueueLine, QueueTicket, TicketState, Wish, WishState
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, MemberId, QueueTicketId, VariantId, WishId
from ecomcore.kernel.text import Personal
from ecomcore.testing import strategies as drawn
from ecomcore.testing.clock import NOON

__all__ = ["a_queue_line", "a_ticket", "a_wish", "tickets", "wishes"]

_HOLD = timedelta(minutes=15)


def a_queue_line(variant: str = "tea", *, last: int = 1, waiting: int | None = None) -> QueueLine:
    """The line for ``tea``, in which everybody who came still waits."""
    return QueueLine(id=VariantId(variant), last=last, waiting=last if waiting is None else waiting)


def a_ticket(
    id: str = "ticket",
    *,
    number: int = 1,
    variant: str = "tea",
    quantity: int = 1,
    owner: str = "member:ada",
    source: str | None = None,
    location: str | None = None,
    state: TicketState = TicketState.WAITING,
    joined_at: Instant = NOON,
) -> QueueTicket:
    """Ada's ticket for one unit of ``tea``, for a source of its own."""
    waits = state is TicketState.WAITING
    return QueueTicket(
        id=QueueTicketId(id),
        owner=owner,
        source=f"{id}-cart" if source is None else source,
        variant=VariantId(variant),
        quantity=quantity,
        channel="default",
        location=None if location is None else LocationId(location),
        hold_for=_HOLD,
        number=number,
        joined_at=joined_at,
        state=state,
        offered_until=None if waits else joined_at + _HOLD,
    )


def a_wish(
    id: str = "wish",
    *,
    variant: str = "tea",
    member: str | None = None,
    email: str | None = None,
    quantity: int = 1,
    asked_at: Instant = NOON,
    state: WishState = WishState.OPEN,
    channel: str = "default",
) -> Wish:
    """The wish for one unit of ``tea`` of a guest who reads mail at ``<id>@example.org``."""
    who = None if member is None else MemberId(member)
    address = Personal(email or f"{id}@example.org") if member is None else None
    owner = f"guest:{id}" if member is None else f"member:{member}"
    wish = Wish.ask(WishId(id), VariantId(variant), owner, who, address, channel, quantity, asked_at)
    return wish.having(state=state, told_at=asked_at if state is WishState.TOLD else None, news=())


@st.composite
def tickets(draw: st.DrawFn, prefix: str = "", location: LocationId | None = None) -> QueueTicket:
    """Any ticket there can be, in a line of its own."""
    state = draw(st.sampled_from(TicketState))
    offered = st.none() if state is TicketState.WAITING else drawn.instants()
    return QueueTicket(
        id=QueueTicketId(f"{prefix}ticket"),
        owner=draw(st.just("") | drawn.ids()),
        source=draw(drawn.ids()),
        variant=VariantId(draw(drawn.ids(prefix))),
        quantity=draw(drawn.quantities()),
        channel=draw(drawn.ids()),
        location=draw(st.sampled_from([None, location])),
        hold_for=timedelta(seconds=draw(st.integers(1, 3_600 * 24 * 366))),
        number=draw(drawn.quantities()),
        joined_at=draw(drawn.instants()),
        state=state,
        offered_until=draw(offered),
    )


@st.composite
def wishes(draw: st.DrawFn, prefix: str = "") -> Wish:
    """Any wish there can be, those that were erased included."""
    state = draw(st.sampled_from(WishState))
    member = draw(st.none() | drawn.ids().map(MemberId))
    email = None if member is not None else draw(drawn.texts().map(Personal))
    wish = Wish.ask(
        WishId(f"{prefix}wish"),
        VariantId(draw(drawn.ids(prefix))),
        draw(st.just("") | drawn.ids()),
        member,
        email,
        draw(drawn.ids()),
        draw(drawn.quantities()),
        draw(drawn.instants()),
    )
    told_at = draw(drawn.instants()) if state is WishState.TOLD else None
    wish = wish.having(state=state, told_at=told_at)
    return wish.erase() if state is not WishState.OPEN and draw(st.booleans()) else wish
