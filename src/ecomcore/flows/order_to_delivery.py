"""From an order placed to goods delivered, and back when it is called off. Pure functions: event in, commands out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecomcore.carts import CompleteCart
from ecomcore.inventory import (
    ConsumeStock,
    KeepStock,
    LotPick,
    MoreStockReserved,
    Purpose,
    ReleasePart,
    ReleaseStock,
    ReservationExpired,
    ReservedLine,
    ReserveMore,
    ReserveStock,
    StockLine,
    StockNotThere,
    StockPartReleased,
    StockReserved,
    as_sold,
)
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Command
from ecomcore.kernel.place import Place
from ecomcore.ordering import (
    AssignFulfilment,
    CallOrderOff,
    CartLine,
    CompleteOrder,
    ExpireOrder,
    FulfilmentChanged,
    FulfilmentGroup,
    MarkOrderShipped,
    OrderAmended,
    OrderCancelled,
    OrderConfirmed,
    OrderCovered,
    OrderPlaced,
    Source,
)
from ecomcore.quoting import Destination
from ecomcore.shipping import (
    CancelShipments,
    PrepareShipment,
    ShipmentDelivered,
    ShipmentLine,
    ShipmentShipped,
)

__all__ = [
    "assign_the_fulfilment",
    "call_off_what_is_not_there",
    "cancel_the_shipments",
    "cancel_what_nobody_paid_in_time",
    "change_the_stock",
    "complete_the_cart",
    "complete_the_order",
    "consume_the_stock",
    "keep_the_stock",
    "keep_the_stock_for_now",
    "mark_the_order_shipped",
    "prepare_the_shipments",
    "prepare_the_shipments_anew",
    "release_the_stock",
    "reserve_the_stock",
    "take_from_the_fulfilment",
]

Commands = Iterator[Command[Any]]


def reserve_the_stock(event: OrderPlaced) -> Commands:
    """What was ordered is set aside until the order has to be paid."""
    lines = tuple(trusted(StockLine, line.variant, line.quantity) for line in event.lines)
    yield ReserveStock(
        event.order,
        lines,
        event.location,
        event.hold_until if event.total.minor else None,  # what costs nothing is paid for already
        channel=event.channel,
        destination=_place(event.destination),
        instead_of=event.ticket,
        owner=event.buyer,
    )


def _place(destination: Destination | None) -> Place | None:
    if destination is None:
        return None
    return Place(destination.country, destination.region, destination.postcode)


def keep_the_stock(event: OrderConfirmed) -> Commands:
    """What is paid for is set aside without an end; now, where nothing is held for unpaid orders."""
    lines = tuple(trusted(StockLine, line.variant, line.quantity) for line in event.lines)
    yield KeepStock(event.order, None, lines, event.location, event.channel)


def keep_the_stock_for_now(event: OrderCovered) -> Commands:
    """What waits for its balance is set aside until that must be paid; what waits for others, without an end."""
    yield KeepStock(event.order, event.until)


def call_off_what_is_not_there(event: StockNotThere) -> Commands:
    """An order that is paid for and cannot be had is called off, and the money goes back."""
    if event.purpose is Purpose.ORDER:
        yield CallOrderOff(OrderId(event.source), "out of stock")


def assign_the_fulfilment(event: StockReserved | MoreStockReserved) -> Commands:
    """The order learns where its goods are set aside."""
    if event.purpose is Purpose.ORDER and event.lines:
        yield AssignFulfilment(OrderId(event.source), _sources(event.lines))


def take_from_the_fulfilment(event: StockPartReleased) -> Commands:
    """The order learns which of its goods are no longer set aside."""
    if event.purpose is Purpose.ORDER:
        yield AssignFulfilment(OrderId(event.source), _sources(event.lines), gone=True)


def prepare_the_shipments(event: OrderConfirmed) -> Commands:
    """The goods are to be packed, in one shipment for each location and seller."""
    yield from _shipments(event.order, event.groups)


def prepare_the_shipments_anew(event: FulfilmentChanged) -> Commands:
    """What is not shipped yet is packed otherwise."""
    yield CancelShipments(event.order, prepared_only=True)
    yield from _shipments(event.order, event.groups)


def _shipments(order: OrderId, groups: tuple[FulfilmentGroup, ...]) -> Commands:
    for group in groups:
        lines = tuple(trusted(ShipmentLine, line.variant, line.quantity) for line in group.lines)
        yield PrepareShipment(order, lines, group.location, group.seller)


def _sources(lines: tuple[ReservedLine, ...]) -> tuple[Source, ...]:
    return tuple(trusted(Source, line.variant, line.location, line.quantity) for line in as_sold(lines))


def change_the_stock(event: OrderAmended) -> Commands:
    """What is wanted in addition is set aside, and what is no longer wanted given back, or nothing is changed.

    In this order: a reservation ends with the last of its units.
    """
    if event.more:
        more = tuple(StockLine(line.variant, line.quantity) for line in event.more)
        yield ReserveMore(event.order, more, event.location)
    if event.fewer:
        yield ReleasePart(event.order, tuple(StockLine(line.variant, line.quantity) for line in event.fewer))


def consume_the_stock(event: ShipmentShipped) -> Commands:
    """What has left the house is taken off the books."""
    location = event.location
    lines = tuple(ReservedLine(each.variant, location, each.quantity) for each in event.lines) if location else ()
    picks = tuple(LotPick(each.variant, location, each.lot, each.quantity) for each in event.lots) if location else ()
    yield ConsumeStock(event.order, event.shipment, lines, picks)


def mark_the_order_shipped(event: ShipmentShipped) -> Commands:
    """The order learns which of its goods have left."""
    lines = tuple(CartLine(line.variant, line.quantity) for line in event.lines)
    yield MarkOrderShipped(event.order, event.shipment, lines, event.location)


def complete_the_cart(event: OrderPlaced) -> Commands:
    """The cart has become an order."""
    if event.cart is not None:
        yield CompleteCart(event.cart, event.order, event.cart_version)


def complete_the_order(event: ShipmentDelivered) -> Commands:
    """The order learns that its goods have arrived."""
    yield CompleteOrder(event.order, event.shipment)


def cancel_what_nobody_paid_in_time(event: ReservationExpired) -> Commands:
    """An order that nothing covers when its stock is let go is off."""
    if event.purpose is Purpose.ORDER:
        yield ExpireOrder(OrderId(event.source))


def release_the_stock(event: OrderCancelled) -> Commands:
    """What was set aside for it can be bought by others."""
    yield ReleaseStock(event.order)


def cancel_the_shipments(event: OrderCancelled) -> Commands:
    """Its goods stay here."""
    yield CancelShipments(event.order)
