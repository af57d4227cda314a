"""What queues and wishes can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.inventory.queue_values import TicketState
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, QueueTicketId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import LONGEST_ID_LIST, a_list_of, an_id, an_optional_id, as_tuple

__all__ = ["GetTicket", "ListQueue", "ListWishes", "QueueEntry", "TicketView", "WishCount"]


@frozen(kw_only=True)
class TicketView:
    """A ticket as its owner sees it.

    ``position`` counts from 1, the head of the line, while it waits; then it is ``None``. ``offered_until`` says until
    when offered units are, or were, set aside.
    """

    id: QueueTicketId
    source: str
    variant: VariantId
    quantity: int
    channel: str
    location: LocationId | None
    state: TicketState
    position: int | None
    joined_at: Instant
    offered_until: Instant | None


@frozen(kw_only=True)
class QueueEntry:
    """A ticket in the list of a line; ``number`` is its place in the order of coming."""

    number: int
    id: QueueTicketId
    owner: str = field(repr=False)
    source: str
    quantity: int
    channel: str
    location: LocationId | None
    state: TicketState
    joined_at: Instant
    offered_until: Instant | None


@frozen
class WishCount:
    """So many people want so many units of a variant, together; the first of them since then."""

    variant: VariantId
    people: int
    units: int
    since: Instant


@frozen
class GetTicket(Query[TicketView]):
    """One ticket: its position, and what is offered to it. Somebody else's is not found."""

    permission = Permission("inventory.view_ticket", Who.OWNER)
    ticket: QueueTicketId = field(validator=an_id)


@frozen
class ListQueue(Query[tuple[QueueEntry, ...]]):
    """The line of a variant: who waits and who has an offer, in the order of coming; page on with the last number."""

    permission = Permission("inventory.list_queue", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListWishes(Query[tuple[WishCount, ...]]):
    """How many open wishes there are for each of these variants, or for all, in the order of the variants.

    Variants that nobody wishes for are left out; page on with the last variant.
    """

    permission = Permission("inventory.list_wishes", Who.STAFF)
    variants: tuple[VariantId, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(str, LONGEST_ID_LIST, 0)
    )
    after: VariantId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
