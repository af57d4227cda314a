"""The use cases of the inventory: load, decide, save.

Stock items are loaded locked, in the order of their ids; so is a reservation that ends, before its stock items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

from ecomcore.inventory.commands import (
    ConsumeStock,
    CorrectStock,
    ExpireReservations,
    KeepStock,
    OpenLocation,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    ReserveMore,
    ReserveStock,
)
from ecomcore.inventory.errors import OutOfStock, ReservationClosed
from ecomcore.inventory.ports import Locations, Reservations, StockItems
from ecomcore.inventory.queries import Availability, GetAvailability, ListMovements, ListStock, StockView
from ecomcore.inventory.reservation import Reservation, ReservationState
from ecomcore.inventory.stock_item import Location, StockItem
from ecomcore.inventory.values import Movement, ReservedLine, StockLine, stock_item_id
from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import AlreadyExists, Conflict, NotFound
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import Ids, LocationId, ReservationId, StockItemId, VariantId

_Change: TypeAlias = tuple[Reservation, Reservation]
"""A reservation as it was, and as it is now."""


def open_location(command: OpenLocation, locations: Locations, ids: Ids) -> LocationId:
    id_ = command.id or LocationId(ids.new())
    if locations.find(id_):
        raise AlreadyExists("location", "id", id_)
    locations.save(Location.open(id_, command.name, command.priority))
    return id_


def receive_stock(command: ReceiveStock, locations: Locations, stock_items: StockItems, clock: Clock) -> None:
    location = locations.get(command.location).id
    wanted = _per_variant(command.lines)
    ids = sorted(stock_item_id(variant, location) for variant in wanted)
    known = stock_items.many(ids, lock=True)

    at = clock.now()
    stock_items.save(
        *(
            (known.get(stock_item_id(variant, location)) or StockItem.empty(variant, location)).receive(
                quantity, command.reference, at
            )
            for variant, quantity in sorted(wanted.items())
        )
    )


def correct_stock(command: CorrectStock, stock_items: StockItems, clock: Clock) -> None:
    item = stock_items.find(stock_item_id(command.variant, command.location), lock=True)
    if item is None:
        raise NotFound("stock", f"{command.variant} at {command.location}")
    stock_items.save(item.correct(command.quantity, command.reason, clock.now()))


def reserve_stock(
    command: ReserveStock, reservations: Reservations, locations: Locations, stock_items: StockItems
) -> None:
    known = reservations.find(ReservationId(command.source))
    if known is not None:
        if not known.is_open:
            raise ReservationClosed(known.id, known.state)
        return
    lines = _set_aside(command, locations, stock_items)
    reservations.save(Reservation.open(command.source, lines, command.expires_at))


def reserve_more(
    command: ReserveMore, reservations: Reservations, locations: Locations, stock_items: StockItems
) -> None:
    reservation = reservations.get(ReservationId(command.source), lock=True)
    if not reservation.is_open:
        raise ReservationClosed(reservation.id, reservation.state)
    reservations.save(reservation.reserve_more(_set_aside(command, locations, stock_items)))


def _set_aside(
    command: ReserveStock | ReserveMore, locations: Locations, stock_items: StockItems
) -> tuple[ReservedLine, ...]:
    """The units, taken from the locations in their order and saved. Raises ``OutOfStock``."""
    wanted = _per_variant(command.lines)
    by_variant: dict[VariantId, list[StockItem]] = defaultdict(list)
    for item in stock_items.of_variants(wanted, lock=True):
        if command.location in (None, item.location):
            by_variant[item.variant].append(item)
    _in_priority(by_variant, locations)

    lines: list[ReservedLine] = []
    reserved: list[StockItem] = []
    for variant, quantity in wanted.items():
        rest = quantity
        for item in by_variant[variant]:
            part = min(rest, item.available)
            if part:
                reserved.append(item.reserve(part))
                lines.append(trusted(ReservedLine, variant, item.location, part))
                rest -= part
        if rest:
            raise OutOfStock(variant, quantity, quantity - rest)
    stock_items.save(*reserved)
    return tuple(lines)


def keep_stock(command: KeepStock, reservations: Reservations) -> None:
    reservation = reservations.get(ReservationId(command.source))
    if not reservation.is_open:  # it was when the source decided to keep it: let the source look again
        raise Conflict("Reservation", reservation.id)
    kept = reservation.keep(command.until)
    if kept is not reservation:
        reservations.save(kept)


def release_part(command: ReleasePart, reservations: Reservations, stock_items: StockItems) -> None:
    reservation = reservations.get(ReservationId(command.source), lock=True)
    less = reservation.release_part(command.lines)
    reservations.save(less)
    _give_back([(reservation, less)], stock_items)


def release_stock(command: ReleaseStock, reservations: Reservations, stock_items: StockItems) -> None:
    reservation = reservations.find(ReservationId(command.source), lock=True)
    if reservation and reservation.is_open:
        released = reservation.release()
        reservations.save(released)
        _give_back([(reservation, released)], stock_items)


def consume_stock(command: ConsumeStock, reservations: Reservations, stock_items: StockItems, clock: Clock) -> None:
    reservation = reservations.get(ReservationId(command.source), lock=True)
    if reservation.has_consumed(command.reference):
        return
    if reservation.state is ReservationState.CONSUMED and not command.lines:
        return
    consumed = reservation.consume(command.reference, command.lines)
    reservations.save(consumed)

    at = clock.now()
    _follow(
        [(reservation, consumed)],
        stock_items,
        lambda item, quantity: item.consume(quantity, command.reference, at),
    )


def expire_reservations(
    command: ExpireReservations, reservations: Reservations, stock_items: StockItems, clock: Clock
) -> int:
    now = clock.now()
    overdue = reservations.many([r.id for r in reservations.expired(now, command.limit)], lock=True)
    due = [
        (reservation, reservation.expire())
        for reservation in overdue.values()
        if reservation.is_open and reservation.expires_at is not None and reservation.expires_at <= now
    ]
    reservations.save(*(expired for _, expired in due))
    _give_back(due, stock_items)
    return len(due)


def get_availability(query: GetAvailability, stock_items: StockItems) -> tuple[Availability, ...]:
    available = dict.fromkeys(query.variants, 0)
    for item in stock_items.of_variants(available):
        available[item.variant] += item.available
    return tuple(Availability(variant, units) for variant, units in available.items())


def list_stock(query: ListStock, stock_items: StockItems) -> tuple[StockView, ...]:
    return tuple(
        StockView(item.variant, item.location, item.on_hand, item.reserved, item.available)
        for item in stock_items.of_variants(frozenset(query.variants))
    )


def list_movements(query: ListMovements, stock_items: StockItems) -> tuple[Movement, ...]:
    item = stock_item_id(query.variant, query.location)
    return tuple(stock_items.movements(item, query.after, query.limit))


def _per_variant(lines: Iterable[StockLine]) -> dict[VariantId, int]:
    """The units wanted of each variant: limits hold for the variant, however many lines ask for it."""
    wanted: dict[VariantId, int] = defaultdict(int)
    for line in lines:
        wanted[line.variant] += line.quantity
    return wanted


def _in_priority(by_variant: dict[VariantId, list[StockItem]], locations: Locations) -> None:
    """Sort each variant's items by the priority of their locations; one location needs no sorting."""
    several = {item.location for items in by_variant.values() if len(items) > 1 for item in items}
    if not several:
        return
    known = locations.many(sorted(several))
    for items in by_variant.values():
        if len(items) > 1:
            items.sort(key=lambda item: (known[item.location].priority, item.location))


def _give_back(changes: Iterable[_Change], stock_items: StockItems) -> None:
    _follow(changes, stock_items, StockItem.release)


def _follow(changes: Iterable[_Change], stock_items: StockItems, change: Callable[[StockItem, int], StockItem]) -> None:
    """Change each stock item by the units that went from the reservations; all are locked first, in order."""
    gone: dict[StockItemId, int] = defaultdict(int)
    for before, now in changes:
        for entry in now.entries[len(before.entries) :]:
            gone[entry.item] -= entry.quantity
    items = stock_items.many(sorted(gone), lock=True)
    stock_items.save(*(change(items[id_], units) for id_, units in sorted(gone.items())))
