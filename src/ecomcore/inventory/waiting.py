"""People wait in line for a variant that is sold in the order of a queue.

Whoever joins gets a ticket with the next number of the line. When units are available they are set aside for the
tickets at the head, each for as long as it asked for: then the ticket is offered units, and no longer in the line. An
order takes the units over (taken), or nobody comes for them in time (lapsed); and whoever does not want to wait any
more leaves. A ticket ends once. Who was late for an offer and still wants units joins again, at the end.

Nobody is overtaken at the place they wait for: a head that wants more than is there holds up whoever is behind it,
unless the shop's policy allows overtaking; a ticket that waits for one location holds up only those units.

The number of a ticket comes from its line, one row for each variant, which everybody who joins locks until the commit.
Ids and clocks are made before the commit, and commits overtake each other; numbers that are given under this lock are
given in the order of the commits, without gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from datetime import timedelta
from hmac import compare_digest
from typing import Self, TypeVar

from attrs import field, frozen

from ecomcore.inventory.queue_errors import TooManyWanted
from ecomcore.inventory.queue_events import OfferLapsed, OfferTaken, QueueJoined, QueueLeft, UnitsOffered
from ecomcore.inventory.queue_values import QueuePolicy, TicketState
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, QueueTicketId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move

__all__ = ["TICKET_LIFECYCLE", "QueueLine", "QueueTicket", "served"]

T = TypeVar("T")

TICKET_LIFECYCLE = Lifecycle(
    "queue ticket",
    TicketState.WAITING,
    {
        "offer": move(TicketState.WAITING, to=TicketState.OFFERED),
        "take": move(TicketState.OFFERED, to=TicketState.TAKEN),
        "lapse": move(TicketState.OFFERED, to=TicketState.LAPSED),
        "leave": move(TicketState.WAITING, TicketState.OFFERED, to=TicketState.LEFT),
    },
)


@frozen(kw_only=True)
class QueueLine(Aggregate):
    """The line of a variant, under the variant's own id.

    ``last`` is the number given last; ``waiting`` a checked running total: how many tickets are in the line.
    """

    id: VariantId
    last: int = 0
    waiting: int = 0

    def lengthened(self) -> Self:
        """One more waits, under the next number."""
        return self.having(last=self.last + 1, waiting=self.waiting + 1)

    def shortened(self, tickets: int = 1) -> Self:
        """So many do not wait any more."""
        return self.having(waiting=self.waiting - tickets)


@frozen(kw_only=True)
class QueueTicket(Aggregate):
    """A place in the line of a variant. ``owner`` is empty for those whom only the shop knows.

    ``source`` is what it is for, such as a cart; while units are offered they are set aside under the ticket's own id,
    until ``offered_until``.
    """

    id: QueueTicketId
    owner: str = field(repr=False)
    source: str
    variant: VariantId
    quantity: int
    channel: str
    location: LocationId | None
    hold_for: timedelta
    number: int
    joined_at: Instant
    state: TicketState
    offered_until: Instant | None = None

    @classmethod
    def join(
        cls,
        id: QueueTicketId,
        line: QueueLine,
        owner: str,
        source: str,
        quantity: int,
        channel: str,
        location: LocationId | None,
        hold_for: timedelta,
        at: Instant,
        policy: QueuePolicy,
    ) -> Self:
        """A ticket under the last number of the line. Raises ``TooManyWanted``, and ``Invalid`` for a long hold."""
        if quantity > policy.most_units:
            raise TooManyWanted(line.id, quantity, policy.most_units)
        if hold_for > policy.longest_hold:
            raise Invalid("hold_for", hold_for, f"{policy.longest_hold} at most")
        ticket = cls(
            id=id,
            owner=owner,
            source=source,
            variant=line.id,
            quantity=quantity,
            channel=channel,
            location=location,
            hold_for=hold_for,
            number=line.last,
            joined_at=at,
            state=TICKET_LIFECYCLE.initial,
        )
        return ticket.telling(QueueJoined(id, owner, line.id, quantity, line.last))

    @property
    def waits(self) -> bool:
        """Whether it is in the line."""
        return self.state is TicketState.WAITING

    @property
    def is_live(self) -> bool:
        """Whether it is in the line, or units are set aside for it."""
        return self.state in (TicketState.WAITING, TicketState.OFFERED)

    def is_of(self, owner: str) -> bool:
        """Whether it is this owner's; what is nobody's whom the shop knows has an empty one."""
        return compare_digest(self.owner, owner)

    def offer(self, at: Instant) -> Self:
        """Units are set aside for it, for as long as it asked for. Raises ``IllegalTransition``."""
        until = at + self.hold_for
        return self.telling(
            UnitsOffered(self.id, self.owner, self.variant, self.quantity, until),
            state=TICKET_LIFECYCLE.after("offer", self.state),
            offered_until=until,
        )

    def take(self) -> Self:
        """An order has the units. Raises ``IllegalTransition``."""
        return self.telling(OfferTaken(self.id, self.variant), state=TICKET_LIFECYCLE.after("take", self.state))

    def lapse(self) -> Self:
        """Nobody came in time. Raises ``IllegalTransition``."""
        return self.telling(
            OfferLapsed(self.id, self.owner, self.variant), state=TICKET_LIFECYCLE.after("lapse", self.state)
        )

    def leave(self) -> Self:
        """Its owner does not want to wait any more. Twice is once. Raises ``IllegalTransition`` when it has ended."""
        if self.state is TicketState.LEFT:
            return self
        state = TICKET_LIFECYCLE.after("leave", self.state)
        return self.telling(QueueLeft(self.id, self.variant, not self.waits), state=state)


def served(
    tickets: Iterable[QueueTicket], take: Callable[[QueueTicket, Set[LocationId]], T | None], *, overtaking: bool
) -> Iterator[tuple[QueueTicket, T]]:
    """Which tickets of one line are served, in their order, each with what was taken for it.

    ``take`` answers with the units for a ticket, of other locations than those it is told, or with nothing when there
    are too few. Whoever comes after a ticket that has to wait takes nothing that this one could have: nothing of its
    location, and nothing at all when it takes from all of them.
    """
    held_up: set[LocationId] = set()
    for ticket in tickets:
        taken = None if ticket.location in held_up else take(ticket, held_up)
        if taken is not None:
            yield ticket, taken
        elif overtaking:
            continue
        elif ticket.location is None:
            return
        else:
            held_up.add(ticket.location)
