"""What must hold of queues and wishes: numbers without gaps, totals that are those of the tickets, offers that are set
aside.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.inventory import (
    LineSums,
    Purpose,
    QueueLine,
    QueueLines,
    QueueTicket,
    QueueTickets,
    Reservation,
    Reservations,
    TicketState,
    Wishes,
)
from ecomcore.kernel.ids import ReservationId
from ecomcore.kernel.work import Persistence

__all__ = ["queues"]


def queues(persistence: Persistence) -> Iterator[Breach]:
    """Lines, tickets and wishes, and their events."""
    for work, lines in pages(persistence, QueueLines):
        sums = work.repository(QueueTickets).sums([line.id for line in lines])
        for line in lines:
            yield from _line(line, sums.get(line.id, LineSums()))
        yield from told(work, lines)
    for work, tickets in pages(persistence, QueueTickets):
        offers = work.repository(Reservations).many([ReservationId(ticket.id) for ticket in tickets])
        for ticket in tickets:
            yield from _ticket(ticket, offers.get(ReservationId(ticket.id)))
        yield from told(work, tickets)
    for work, wishes in pages(persistence, Wishes):
        yield from told(work, wishes)


def _line(line: QueueLine, sums: LineSums) -> Iterator[Breach]:
    row = (f"queue of {line.id}",)
    if line.waiting != sums.waiting:
        yield Breach("waiting = number of tickets that wait", row, f"{line.waiting}, {sums.waiting} tickets wait")
    if not line.last == sums.tickets == sums.last:
        detail = f"{line.last} was given last, {sums.tickets} tickets have numbers up to {sums.last}"
        yield Breach("a line numbers its tickets without gaps", row, detail)


def _ticket(ticket: QueueTicket, offer: Reservation | None) -> Iterator[Breach]:
    row = (f"queue ticket {ticket.id}",)
    offered = offer is not None and offer.is_open
    if offered != (ticket.state is TicketState.OFFERED):
        detail = f"it is {ticket.state}, and {'something' if offered else 'nothing'} is set aside for it"
        yield Breach("units are set aside for the tickets that they are offered to", row, detail)
    if offer is None:
        return
    if offer.purpose is not Purpose.QUEUE:
        yield Breach("what is offered to a ticket is set aside for a queue", row, f"it is for: {offer.purpose}")
    units = sum(line.quantity for line in offer.reserved)
    if units != ticket.quantity or {line.variant for line in offer.reserved} != {ticket.variant}:
        yield Breach("a ticket is offered what it wants", row, f"{ticket.quantity} wanted, {units} set aside")
