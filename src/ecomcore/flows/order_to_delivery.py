"""From an order placed to goods delivered, and back when it is called off. Pure functions: event in, commands out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecomcore.inventory import (
    ConsumeStock,
    KeepStock,
    ReleaseStock,
    ReservationExpired,
    ReserveStock,
    StockLine,
)
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Command
from ecomcore.ordering import (
    AuthorisePayment,
    CapturePayment,
    CompleteOrder,
    ExpireOrder,
    MarkOrderShipped,
    OrderCancelled,
    OrderConfirmed,
    OrderCovered,
    OrderPlaced,
    OrderShipped,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentRequested,
    RefundPayment,
    VoidPayment,
)
from ecomcore.shipping import (
    CancelShipments,
    PrepareShipment,
    ShipmentDelivered,
    ShipmentLine,
    ShipmentShipped,
)

__all__ = [
    "cancel_the_shipments",
    "cancel_what_nobody_paid_in_time",
    "capture_at_once",
    "capture_what_was_promised",
    "complete_the_order",
    "consume_the_stock",
    "give_the_money_back",
    "keep_the_stock",
    "keep_the_stock_for_now",
    "mark_the_order_shipped",
    "prepare_a_shipment",
    "release_the_stock",
    "request_the_payment",
    "reserve_the_stock",
]

Commands = Iterator[Command[Any]]


def reserve_the_stock(event: OrderPlaced) -> Commands:
    """What was ordered is set aside until the order has to be paid."""
    lines = tuple(trusted(StockLine, line.variant, line.quantity) for line in event.lines)
    yield ReserveStock(event.order, lines, event.location, event.hold_until)


def request_the_payment(event: PaymentRequested) -> Commands:
    """The gateway is asked to promise the amount."""
    yield AuthorisePayment(event.order, event.payment, event.amount, event.token)


def capture_at_once(event: PaymentAuthorised) -> Commands:
    """Where the shop takes its money at once, it is taken."""
    if event.capture:
        yield CapturePayment(event.order, event.payment, event.amount, event.reference)


def keep_the_stock(event: OrderConfirmed) -> Commands:
    """What is paid for is set aside without an end."""
    yield KeepStock(event.order)


def keep_the_stock_for_now(event: OrderCovered) -> Commands:
    """What waits for its balance is set aside until that must be paid; what waits for others, without an end."""
    yield KeepStock(event.order, event.until)


def prepare_a_shipment(event: OrderConfirmed) -> Commands:
    """The goods are to be packed."""
    yield PrepareShipment(
        event.order, tuple(trusted(ShipmentLine, line.variant, line.quantity) for line in event.lines)
    )


def consume_the_stock(event: ShipmentShipped) -> Commands:
    """What has left the house is taken off the books."""
    yield ConsumeStock(event.order, event.shipment)


def mark_the_order_shipped(event: ShipmentShipped) -> Commands:
    """The order learns that its goods have left."""
    yield MarkOrderShipped(event.order)


def capture_what_was_promised(event: OrderShipped) -> Commands:
    """What was promised is taken now that the goods have left."""
    for promise in event.captures:
        yield CapturePayment(event.order, promise.payment, promise.amount, promise.reference)


def complete_the_order(event: ShipmentDelivered) -> Commands:
    """The order learns that its goods have arrived."""
    yield CompleteOrder(event.order)


def cancel_what_nobody_paid_in_time(event: ReservationExpired) -> Commands:
    """An order that nothing covers when its stock is let go is off."""
    yield ExpireOrder(OrderId(event.source))


def release_the_stock(event: OrderCancelled) -> Commands:
    """What was set aside for it can be bought by others."""
    yield ReleaseStock(event.order)


def cancel_the_shipments(event: OrderCancelled) -> Commands:
    """Its goods stay here."""
    yield CancelShipments(event.order)


def give_the_money_back(event: OrderCancelled | PaymentArrivedLate) -> Commands:
    """What was promised is let go, what was taken is given back."""
    for reversal in event.reversals:
        errand = RefundPayment if reversal.refund else VoidPayment
        yield errand(event.order, reversal.payment, reversal.amount, reversal.reference)
