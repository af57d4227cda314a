"""The use cases of queues: load, decide, save.

Stock items are locked before the line of their variant, and the line before its tickets are read: whoever joins, leaves
or is served waits for the others, and units that arrive are there for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set

from attrs import Factory, define

from ecomcore.inventory.channel import ChannelSupplies, ChannelSupply
from ecomcore.inventory.errors import NotServed
from ecomcore.inventory.location import Location
from ecomcore.inventory.planning import Sources, spare
from ecomcore.inventory.ports import Locations, Reservations, StockItems
from ecomcore.inventory.queue_commands import JoinQueue, LapseOffer, LeaveQueue, ServeQueue, TakeOffer
from ecomcore.inventory.queue_errors import NotQueued, OthersAreWaiting
from ecomcore.inventory.queue_ports import QueueLines, QueueTickets
from ecomcore.inventory.queue_queries import GetTicket, ListQueue, QueueEntry, TicketView
from ecomcore.inventory.queue_values import QueuePolicy, TicketState
from ecomcore.inventory.reservation import Reservation
from ecomcore.inventory.sourcing import SourcingRule
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import Purpose, ReservedLine
from ecomcore.inventory.waiting import QueueLine, QueueTicket, served
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import NotFound, PermissionDenied
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import Ids, LocationId, QueueTicketId, StockItemId, VariantId
from ecomcore.kernel.messages import Envelope, Member

__all__ = [
    "check_queue",
    "get_ticket",
    "join_queue",
    "lapse_offer",
    "leave_queue",
    "list_queue",
    "only_for_oneself",
    "only_the_owner_of_the_ticket",
    "serve_queue",
    "take_offer",
]


def check_queue(wanted: Collection[VariantId], source: str, tickets: QueueTickets) -> None:
    """Refuse units of queued variants to whoever has not waited for them. Raises ``OthersAreWaiting``.

    ``wanted`` are the queued variants of which units are taken that were not offered to a ticket of this source. To
    be asked once the stock items are locked: whoever joins locks them as well.
    """
    ahead = tickets.ahead(wanted, source) if wanted else {}
    for variant in sorted(wanted):
        if ahead.get(variant, 0):
            raise OthersAreWaiting(variant, ahead[variant])


def join_queue(
    command: JoinQueue,
    stock_items: StockItems,
    lines: QueueLines,
    tickets: QueueTickets,
    channels: ChannelSupplies,
    policy: QueuePolicy,
    clock: Clock,
    ids: Ids,
    envelope: Envelope,
) -> QueueTicketId:
    variant, owner = command.variant, _owner(command, envelope) or ""
    channel = command.channel or envelope.channel
    items = stock_items.of_variants((variant,), lock=True)
    if not any(item.queued and command.location in (None, item.location) for item in items):
        raise NotQueued(variant, command.location)
    supply = channels.find(channel) if command.location is not None else None
    if command.location is not None and supply is not None and supply.of(command.location) is None:
        raise NotServed(command.location, channel)
    line = lines.find(variant, lock=True) or QueueLine(id=variant)
    known = tickets.live(variant, owner, command.source)
    if known is not None:
        return known.id
    line = line.lengthened()
    ticket = QueueTicket.join(
        QueueTicketId(ids.new()),
        line,
        owner,
        command.source,
        command.quantity,
        channel,
        command.location,
        command.hold_for,
        clock.now(),
        policy,
    )
    lines.save(line)
    tickets.save(ticket)
    return ticket.id


def leave_queue(command: LeaveQueue, stock_items: StockItems, lines: QueueLines, tickets: QueueTickets) -> None:
    variant = tickets.get(command.ticket).variant
    stock_items.of_variants((variant,), lock=True)
    line = lines.get(variant, lock=True)
    ticket = tickets.get(command.ticket, lock=True)
    left = ticket.leave()
    if left is not ticket:
        tickets.save(left)
        if ticket.waits:
            lines.save(line.shortened())


def serve_queue(
    command: ServeQueue,
    lines: QueueLines,
    tickets: QueueTickets,
    stock_items: StockItems,
    locations: Locations,
    channels: ChannelSupplies,
    reservations: Reservations,
    rule: SourcingRule,
    policy: QueuePolicy,
    clock: Clock,
) -> int:
    waited_for, now = lines.waiting(), clock.now()
    wanted = sorted(waited_for.intersection(command.variants) if command.variants else waited_for)
    if wanted:  # nobody is locked out of what is sold out: most lines wait for nothing that is there
        wanted = sorted({item.variant for item in stock_items.of_variants(wanted) if item.available(now) > 0})
    if not wanted:
        return 0
    items = stock_items.of_variants(wanted, lock=True)
    known = lines.many(wanted, lock=True)
    heads: dict[VariantId, list[QueueTicket]] = defaultdict(list)
    for ticket in tickets.heads(wanted, command.limit):
        heads[ticket.variant].append(ticket)

    shelf = _Shelf(
        {item.id: item for item in items},
        locations.many(sorted({item.location for item in items})),
        channels.many(sorted({ticket.channel for waiting in heads.values() for ticket in waiting})),
        rule,
        now,
    )
    offers = [
        (ticket.offer(now), taken)
        for waiting in heads.values()
        for ticket, taken in served(waiting, shelf.take, overtaking=policy.overtaking)
    ]
    stock_items.save(*shelf.changed())
    reservations.save(*(_reservation(ticket, taken) for ticket, taken in offers))
    tickets.save(*(ticket for ticket, _ in offers))
    gone: dict[VariantId, int] = defaultdict(int)
    for ticket, _ in offers:
        gone[ticket.variant] += 1
    lines.save(*(known[variant].shortened(count) for variant, count in gone.items()))
    return len(offers)


def take_offer(command: TakeOffer, tickets: QueueTickets) -> None:
    ticket = tickets.get(command.ticket)
    if ticket.state is TicketState.OFFERED:
        tickets.save(ticket.take())


def lapse_offer(command: LapseOffer, tickets: QueueTickets) -> None:
    ticket = tickets.get(command.ticket)
    if ticket.state is TicketState.OFFERED:
        tickets.save(ticket.lapse())


def get_ticket(query: GetTicket, tickets: QueueTickets) -> TicketView:
    ticket = tickets.get(query.ticket)
    return TicketView(
        id=ticket.id,
        source=ticket.source,
        variant=ticket.variant,
        quantity=ticket.quantity,
        channel=ticket.channel,
        location=ticket.location,
        state=ticket.state,
        position=tickets.before(ticket.variant, ticket.number) + 1 if ticket.waits else None,
        joined_at=ticket.joined_at,
        offered_until=ticket.offered_until,
    )


def list_queue(query: ListQueue, tickets: QueueTickets) -> tuple[QueueEntry, ...]:
    return tuple(
        QueueEntry(
            number=ticket.number,
            id=ticket.id,
            owner=ticket.owner,
            source=ticket.source,
            quantity=ticket.quantity,
            channel=ticket.channel,
            location=ticket.location,
            state=ticket.state,
            joined_at=ticket.joined_at,
            offered_until=ticket.offered_until,
        )
        for ticket in tickets.line(query.variant, query.after, query.limit)
    )


def only_for_oneself(message: JoinQueue, envelope: Envelope) -> None:
    """Nobody but staff joins for another."""
    owner = _owner(message, envelope)
    if owner is None or owner != envelope.actor.owner:
        raise PermissionDenied(message.permission.name, type(envelope.actor).__name__.lower())


def only_the_owner_of_the_ticket(message: LeaveQueue | GetTicket, tickets: QueueTickets, envelope: Envelope) -> None:
    """Somebody else's ticket is not found, and neither is one that does not exist."""
    ticket, owner = tickets.find(message.ticket), envelope.actor.owner
    if ticket is None or owner is None or not ticket.is_of(owner):
        raise NotFound("QueueTicket", message.ticket)


@define
class _Shelf:
    """What there is, less what was taken for tickets already."""

    before: Mapping[StockItemId, StockItem]
    places: Mapping[LocationId, Location]
    channels: Mapping[str, ChannelSupply]
    rule: SourcingRule
    now: Instant
    items: dict[StockItemId, StockItem] = Factory(lambda self: dict(self.before), takes_self=True)

    def take(self, ticket: QueueTicket, held_up: Set[LocationId]) -> tuple[ReservedLine, ...] | None:
        """All units of a ticket, set aside, or nothing: from its location, buffer and all, or from those that serve its
        channel and hold up nobody who came before.
        """
        supply = self.channels.get(ticket.channel)
        found = {
            item.location: item
            for item in self.items.values()
            if item.variant == ticket.variant
            and ticket.location in (None, item.location)
            and item.location not in held_up
            and (supply is None or supply.of(item.location) is not None)
        }
        sources = Sources(
            rule=self.rule,
            items=list(found.values()),
            spare={item.id: spare(item, ticket.location, supply, self.now) for item in found.values()},
            places=self.places,
            supply=supply,
            now=self.now,
            only=ticket.location,
        )
        plan = sources.plan({ticket.variant: ticket.quantity})
        if plan.missing:
            return None
        for pick in plan.picks:
            item = found[pick.location]
            self.items[item.id] = item.reserve(pick.quantity, self.now)
        return tuple(trusted(ReservedLine, pick.variant, pick.location, pick.quantity, None, 1) for pick in plan.picks)

    def changed(self) -> Sequence[StockItem]:
        """The items of which something was taken."""
        return [item for id_, item in self.items.items() if item is not self.before[id_]]


def _reservation(ticket: QueueTicket, taken: Sequence[ReservedLine]) -> Reservation:
    return Reservation.open(ticket.id, tuple(taken), ticket.offered_until, Purpose.QUEUE, ticket.channel)


def _owner(message: JoinQueue, envelope: Envelope) -> str | None:
    return Member(message.member).owner if message.member is not None else envelope.actor.owner
