"""What answers the questions about the stock. Nothing is changed, and nothing is locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from ecomcore.inventory.lots import expired_units
from ecomcore.inventory.months import MonthLine
from ecomcore.inventory.ports import Arrivals, Reservations, StockItems, StockMonths, TracedMovement
from ecomcore.inventory.promising import promises, with_empty
from ecomcore.inventory.queries import (
    Availability,
    DeadStock,
    ExpiringLot,
    ExplainSourcing,
    GetAvailability,
    GetPromise,
    GetReservation,
    ListDeadStock,
    ListExpiringLots,
    ListLocationStock,
    ListMovements,
    ListReservations,
    ListStock,
    ListStockMonth,
    Promise,
    ReservationView,
    SourcingView,
    StockView,
    TraceLot,
)
from ecomcore.inventory.reservation import Reservation
from ecomcore.inventory.reserving import Shelves, Wanted, per_variant
from ecomcore.inventory.shelf_view import View
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import Movement, StockLine, stock_item_id
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.ids import LocationId, ReservationId, StockMonthId, VariantId
from ecomcore.kernel.messages import Envelope


def get_availability(
    query: GetAvailability,
    shelves: Shelves,
    clock: Clock,
    envelope: Envelope,
) -> tuple[Availability, ...]:
    view = _view(shelves, query.variants, query.channel or envelope.channel, clock.now())
    return tuple(Availability(variant, view.available(variant)) for variant in dict.fromkeys(query.variants))


def get_promise(
    query: GetPromise,
    shelves: Shelves,
    arrivals: Arrivals,
    clock: Clock,
    envelope: Envelope,
) -> tuple[Promise, ...]:
    channel = query.channel or envelope.channel
    view = _view(shelves, query.variants, channel, clock.now())
    wanted = {part for variant in query.variants for part in (view.components.get(variant) or (variant,))}
    coming = arrivals.of(sorted(wanted))
    known = {(item.variant, item.location) for item in view.items}
    new = {(each.variant, each.location) for each in coming} - known
    if new:
        places = shelves.locations.many(sorted({location for _, location in new}))
        view = with_empty(view, new, places, shelves.channels.find(channel))
    return tuple(promises(view, query.variants, coming, query.until))


def explain_sourcing(
    query: ExplainSourcing,
    shelves: Shelves,
    clock: Clock,
    envelope: Envelope,
) -> SourcingView:
    wanted = Wanted(
        units=per_variant(query.lines),
        location=query.location,
        channel=query.channel or envelope.channel,
        destination=query.destination,
    )
    view = shelves.look(wanted, clock.now(), also_overdue=True)
    missing = tuple(StockLine(variant, units) for variant, units in view.plan.missing.items())
    return SourcingView(view.lines(), missing, view.plan.rule, view.plan.explained())


def list_stock(query: ListStock, stock_items: StockItems, arrivals: Arrivals, clock: Clock) -> tuple[StockView, ...]:
    variants = frozenset(query.variants)
    found = _views(stock_items.of_variants(variants), arrivals, clock.now(), variants)
    return tuple(sorted(found, key=lambda each: stock_item_id(each.variant, each.location)))


def list_location_stock(
    query: ListLocationStock, stock_items: StockItems, arrivals: Arrivals, clock: Clock
) -> tuple[StockView, ...]:
    return _views(stock_items.at_location(query.location, query.after, query.limit), arrivals, clock.now())


def list_movements(query: ListMovements, stock_items: StockItems) -> tuple[Movement, ...]:
    item = stock_item_id(query.variant, query.location)
    return tuple(stock_items.movements(item, query.after, query.limit))


def trace_lot(query: TraceLot, stock_items: StockItems) -> tuple[TracedMovement, ...]:
    return tuple(stock_items.movements_of_lot(query.variant, query.lot, query.limit))


def get_reservation(query: GetReservation, reservations: Reservations) -> ReservationView:
    return _reservation(reservations.get(ReservationId(query.source)))


def list_reservations(query: ListReservations, reservations: Reservations) -> tuple[ReservationView, ...]:
    item = stock_item_id(query.variant, query.location)
    return tuple(map(_reservation, reservations.of_item(item, query.after, query.limit)))


def list_expiring_lots(query: ListExpiringLots, stock_items: StockItems, clock: Clock) -> tuple[ExpiringLot, ...]:
    after = (query.after_item, query.after_lot) if query.after_item is not None else None
    found = stock_items.expiring(clock.now() + timedelta(days=query.days), after, query.limit)
    return tuple(ExpiringLot(each.variant, each.location, each.lot) for each in found)


def list_dead_stock(query: ListDeadStock, stock_items: StockItems, clock: Clock) -> tuple[DeadStock, ...]:
    since = clock.now() - timedelta(days=query.days)
    return tuple(
        DeadStock(item.variant, item.location, item.on_hand, item.active_at)
        for item in stock_items.unsold(since, query.after, query.limit)
        if item.active_at is not None
    )


def list_stock_month(query: ListStockMonth, months: StockMonths) -> tuple[MonthLine, ...]:
    month = months.get(StockMonthId(query.month))
    return tuple(months.lines(month.id, query.after, query.limit))


def _view(shelves: Shelves, variants: Iterable[VariantId], channel: str, now: Instant) -> View:
    wanted = Wanted(units=dict.fromkeys(variants, 1), channel=channel)
    return shelves.look(wanted, now, also_overdue=True, choose=False)


def _views(
    items: Sequence[StockItem], arrivals: Arrivals, now: Instant, also: Collection[VariantId] = ()
) -> tuple[StockView, ...]:
    """The items, and where units of these variants are ``also`` to come without anything there as yet."""
    variants = sorted({item.variant for item in items}.union(also))
    incoming: dict[tuple[VariantId, LocationId], int] = defaultdict(int)
    for arrival in arrivals.of(variants) if variants else ():
        incoming[arrival.variant, arrival.location] += arrival.quantity
    transit = arrivals.in_transit(variants) if variants else {}
    known = {(item.variant, item.location) for item in items}
    new = ({*incoming, *transit} if also else set()) - known
    return tuple(
        StockView(
            item.variant,
            item.location,
            item.on_hand,
            item.reserved,
            item.available(now),
            item.damaged,
            incoming.get((item.variant, item.location), 0),
            transit.get((item.variant, item.location), 0),
            item.buffer,
            expired_units(item.lots, now),
            item.short_at(now),
            item.level,
            item.grade,
            item.stripes,
            item.lots,
        )
        for item in (*items, *(StockItem.empty(variant, location) for variant, location in sorted(new)))
    )


def _reservation(reservation: Reservation) -> ReservationView:
    return ReservationView(
        reservation.id,
        reservation.purpose,
        reservation.state,
        reservation.expires_at,
        reservation.lines,
        reservation.entries,
        reservation.promised_at,
    )
