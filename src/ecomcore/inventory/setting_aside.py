"""The use cases of reservations: load, decide, save.

A reservation that ends is locked, and then its stock items, in the order of their ids.
"""

from __future__ import annotations

from collections import defaultdict

from ecomcore.inventory.errors import OutOfStock, ReservationClosed
from ecomcore.inventory.lots import LotPick
from ecomcore.inventory.ports import Reservations, StockItems
from ecomcore.inventory.queue_errors import OthersAreWaiting
from ecomcore.inventory.queue_ports import QueueTickets
from ecomcore.inventory.reservation import Reservation, ReservationState
from ecomcore.inventory.reservation_commands import (
    ConsumeStock,
    ExpireReservations,
    KeepStock,
    ReleasePart,
    ReleaseStock,
    ReserveMore,
    ReserveStock,
    RestockOrder,
)
from ecomcore.inventory.reserving import SetAside, Shelves, Wanted, give_back, per_variant
from ecomcore.inventory.values import WITHHELD, InventoryPolicy, Purpose, stock_item_id
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Conflict, NotFound
from ecomcore.kernel.ids import QueueTicketId, ReservationId, StockItemId, VariantId
from ecomcore.kernel.messages import Envelope


def reserve_stock(
    command: ReserveStock,
    shelves: Shelves,
    reservations: Reservations,
    stock_items: StockItems,
    tickets: QueueTickets,
    policy: InventoryPolicy,
    clock: Clock,
) -> None:
    known, now = reservations.find(ReservationId(command.source)), clock.now()
    if known is not None:
        if not known.is_open:
            raise ReservationClosed(known.id, known.state)
        asked = command.expires_at
        if known.is_late(now) and (asked is None or asked > now):  # it is only as good as done if it holds as long
            reservations.save(known.keep(asked))
        return
    offered: dict[VariantId, int] = {}
    if command.instead_of is not None:
        ticket = tickets.find(QueueTicketId(command.instead_of))
        if ticket is None or not ticket.is_of(command.owner):
            raise NotFound("QueueTicket", command.instead_of)
        offered = _released(command.instead_of, reservations, stock_items, clock)
    wanted = Wanted(
        units=per_variant(command.lines),
        location=command.location,
        channel=command.channel,
        destination=command.destination,
        source=command.source,
        offered=offered,
        to_move=command.purpose is Purpose.TRANSFER,
    )
    unpaid = command.purpose is Purpose.ORDER and command.expires_at is not None
    if unpaid and not policy.hold_unpaid and command.instead_of is None:  # what a queue has offered is held anyway
        shelves.refuse_missing(shelves.look(wanted, now, also_overdue=True), wanted)
        return
    found = shelves.set_aside(wanted, now)
    reservations.save(_opened(command, found, command.purpose, command.expires_at))


def _opened(
    command: ReserveStock | KeepStock, found: SetAside, purpose: Purpose, expires_at: Instant | None
) -> Reservation:
    why = found.plan.in_short() if len(found.plan.trail) > 1 else ()
    return Reservation.open(
        command.source,
        found.lines,
        expires_at,
        purpose,
        command.channel,
        promised_at=found.promised_at,
        sourcing=why,
        instead_of=command.instead_of if isinstance(command, ReserveStock) else None,
    )


def reserve_more(
    command: ReserveMore,
    shelves: Shelves,
    reservations: Reservations,
    policy: InventoryPolicy,
    clock: Clock,
) -> None:
    reservation = _held(command.source, reservations, policy)
    if reservation is None:
        return
    if not reservation.is_open:
        raise ReservationClosed(reservation.id, reservation.state)
    units = per_variant(command.lines)
    composed = {variant: each for variant in units if (each := reservation.composition(variant))}
    wanted = Wanted(
        units=units,
        location=command.location,
        channel=reservation.channel,
        composed=composed,
        source=command.source,
        to_move=reservation.purpose is Purpose.TRANSFER,
    )
    found = shelves.set_aside(wanted, clock.now())
    reservations.save(reservation.reserve_more(found.lines, found.promised_at))


def keep_stock(
    command: KeepStock,
    shelves: Shelves,
    reservations: Reservations,
    policy: InventoryPolicy,
    clock: Clock,
) -> None:
    reservation = reservations.find(ReservationId(command.source))
    if reservation is not None:
        if not reservation.is_open:  # it was when the source decided to keep it: let the source look again
            raise Conflict("Reservation", reservation.id)
        kept = reservation.keep(command.until)
        if kept is not reservation:
            reservations.save(kept)
        return
    if policy.hold_unpaid:
        raise NotFound("Reservation", command.source)
    if not command.lines:
        return
    units = per_variant(command.lines)
    wanted = Wanted(units=units, location=command.location, channel=command.channel, source=command.source)
    try:
        found = shelves.set_aside(wanted, clock.now())
    except (OutOfStock, OthersAreWaiting) as refused:
        missing = refused if isinstance(refused, OutOfStock) else OutOfStock(refused.variant, units[refused.variant], 0)
        reservations.save(Reservation.missing(command.source, Purpose.ORDER, command.channel, missing))
        return
    reservations.save(_opened(command, found, Purpose.ORDER, command.until))


def release_part(
    command: ReleasePart,
    reservations: Reservations,
    stock_items: StockItems,
    policy: InventoryPolicy,
    clock: Clock,
) -> None:
    reservation = _held(command.source, reservations, policy)
    if reservation is None:
        return
    less = reservation.release_part(command.lines)
    reservations.save(less)
    give_back([(reservation, less)], stock_items, clock.now())


def _held(source: str, reservations: Reservations, policy: InventoryPolicy) -> Reservation | None:
    """What is set aside for the source, locked; nothing where nothing is held yet for what is not paid for."""
    id_ = ReservationId(source)
    return reservations.get(id_, lock=True) if policy.hold_unpaid else reservations.find(id_, lock=True)


def release_stock(
    command: ReleaseStock,
    reservations: Reservations,
    stock_items: StockItems,
    policy: InventoryPolicy,
    clock: Clock,
) -> None:
    reservation = reservations.find(ReservationId(command.source), lock=True)
    if reservation is None or not reservation.is_open:
        return
    released = reservation.release()
    reservations.save(released)
    if policy.restock_on_cancel or reservation.purpose is not Purpose.ORDER:
        give_back([(reservation, released)], stock_items, clock.now())
    else:  # what one lets go of the other takes over: the stock items do not change
        source, lines = withheld(command.source), reservation.lines
        reservations.save(Reservation.open(source, lines, None, Purpose.WITHHELD, reservation.channel))


def restock_order(command: RestockOrder, reservations: Reservations, stock_items: StockItems, clock: Clock) -> None:
    reservation = reservations.get(ReservationId(withheld(command.order)), lock=True)
    if reservation.is_open:
        released = reservation.release()
        reservations.save(released)
        give_back([(reservation, released)], stock_items, clock.now())


def withheld(source: str) -> str:
    """The source under which a cancelled order's units wait for somebody to look at them."""
    return f"{WITHHELD}{source}"


def _released(source: str, reservations: Reservations, stock_items: StockItems, clock: Clock) -> dict[VariantId, int]:
    """What was still set aside for the source, given back; what its queue had offered and nobody was late for."""
    reservation, now = reservations.find(ReservationId(source), lock=True), clock.now()
    if reservation is None or not reservation.is_open:
        return {}
    late = reservation.is_late(now)
    ended = reservation.expire() if late else reservation.release()
    reservations.save(ended)
    give_back([(reservation, ended)], stock_items, now)
    units: dict[VariantId, int] = defaultdict(int)
    for line in reservation.lines if reservation.purpose is Purpose.QUEUE and not late else ():
        units[line.variant] += line.quantity
    return units


def consume_stock(
    command: ConsumeStock, reservations: Reservations, stock_items: StockItems, clock: Clock, envelope: Envelope
) -> None:
    reservation = reservations.get(ReservationId(command.source), lock=True)
    if reservation.has_consumed(command.reference):
        return
    if reservation.state is ReservationState.CONSUMED and not command.lines:
        return
    now, actor = clock.now(), envelope.actor.scope
    units: dict[StockItemId, int] = defaultdict(int)
    for line in reservation.leaving(command.lines):
        units[line.item] += line.quantity
    items = stock_items.many(sorted(units), lock=True)
    wanted = _by_item(command.picks)
    picks: list[LotPick] = []
    left = []
    for id_ in sorted(units):
        item, lots = items[id_].consume(units[id_], command.reference, now, command.kind, wanted.get(id_), actor)
        left.append(item)
        picks.extend(lots)
    reservations.save(reservation.consume(command.reference, command.lines, tuple(picks)))
    stock_items.save(*left)


def expire_reservations(
    command: ExpireReservations, reservations: Reservations, stock_items: StockItems, clock: Clock
) -> int:
    now = clock.now()
    overdue = reservations.many([r.id for r in reservations.expired(now, command.limit)], lock=True)
    due = [(reservation, reservation.expire()) for reservation in overdue.values() if reservation.is_late(now)]
    reservations.save(*(expired for _, expired in due))
    give_back(due, stock_items, now)
    return len(due)


def _by_item(picks: tuple[LotPick, ...]) -> dict[StockItemId, dict[str, int]]:
    wanted: dict[StockItemId, dict[str, int]] = defaultdict(dict)
    for pick in picks:
        lots = wanted[stock_item_id(pick.variant, pick.location)]
        lots[pick.lot] = lots.get(pick.lot, 0) + pick.quantity
    return wanted
