"""The use cases of an order's life after it is placed: load, decide, save. Placing: ``placing``; money:
``recording``.
"""

from __future__ import annotations

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import Ids, PaymentId
from ecomcore.kernel.messages import Envelope, Staff
from ecomcore.ordering.commands import (
    AssignFulfilment,
    CallOrderOff,
    CancelOrder,
    CancelUnits,
    CompleteOrder,
    EditOrder,
    ExpireOrder,
    ExpireUnpaid,
    HoldOrder,
    LetOrderGo,
    MarkOrderShipped,
    NoteOnOrder,
    OpenPaymentLink,
    PlaceOrder,
    ReaddressOrder,
    ReleaseHold,
    RetryPayment,
)
from ecomcore.ordering.errors import NotThatMany, TotalChanged
from ecomcore.ordering.fulfilment import HoldKind
from ecomcore.ordering.gateways import Gateways
from ecomcore.ordering.order import LIFECYCLE, Order, OrderState
from ecomcore.ordering.placing import buyer_of
from ecomcore.ordering.ports import Orders, Pricing
from ecomcore.ordering.queries import GetOrder, LinesToReorder, ListOrders, PreviewEdit
from ecomcore.ordering.values import LineChange, Shopper
from ecomcore.quoting import Cart, CartLine, QuoteLine

NOT_PAID = "not paid in time"


def cancel_order(command: CancelOrder, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.cancel(command.reason, clock.now()))


def cancel_units(command: CancelUnits, orders: Orders, clock: Clock, envelope: Envelope) -> None:
    order = orders.get(command.order)
    wanted: dict[int, int] = {}
    for each in command.lines:
        wanted[each.line] = wanted.get(each.line, 0) + each.units
    changes = []
    for line, units in wanted.items():
        left = order.line(line).units
        if units > left:
            raise NotThatMany(order.id, line, units, left)
        changes.append(LineChange(line, left - units))
    orders.save(order.edit(changes, (), command.reason, who(envelope), clock.now()))


def edit_order(
    command: EditOrder,
    orders: Orders,
    pricing: Pricing,
    gateways: Gateways,
    clock: Clock,
    ids: Ids,
    envelope: Envelope,
) -> None:
    now, order = clock.now(), orders.get(command.order)
    added = added_lines(order, command, pricing, now)
    edited = order.edit(changes_of(order, command), added, command.reason, who(envelope), now)
    if edited.total != command.accepted:
        raise TotalChanged(command.accepted, edited.total)
    if command.token and edited.due_at(now).minor > 0:
        method = gateways.choose(command.payment, order.total.currency)
        edited = edited.request_payment(PaymentId(ids.new()), command.token, now, method=method)
    save_changed(orders, order, edited)


def changes_of(order: Order, message: EditOrder | PreviewEdit) -> list[LineChange]:
    """The changes that the aggregate makes: units beyond what a line has are bought as new ones."""
    changes = []
    for change in message.changes:
        units = order.line(change.line).units
        more = change.quantity is not None and change.quantity > units
        if more and change.price is not None:
            raise Invalid("price", change.price, "no other price for a line that grows; add a line and price that")
        if not more:
            changes.append(change)
    return changes


def added_lines(
    order: Order, message: EditOrder | PreviewEdit, pricing: Pricing, now: Instant
) -> tuple[QuoteLine, ...]:
    """What is bought in addition, at the prices of today and without the order's coupons."""
    lines = list(message.add)
    for change in message.changes:
        units = order.line(change.line).units
        if change.quantity is not None and change.quantity > units:
            variant = next(line.variant for line in order.lines if line.number == change.line)
            lines.append(CartLine(variant, change.quantity - units))
    if not lines:
        return ()
    cart = Cart(order.total.currency, tuple(lines), destination=order.destination, location=order.location)
    shopper = Shopper(owner=order.buyer, contact=order.contact, channel=order.channel)
    return tuple(line for line in pricing.quote(cart, shopper, now).lines if line.gift is None)


def hold_order(command: HoldOrder, orders: Orders, clock: Clock, envelope: Envelope) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.hold(command.kind, command.reason, who(envelope), clock.now()))


def release_hold(command: ReleaseHold, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.release(command.kind, command.reason, clock.now()))


def note_on_order(command: NoteOnOrder, orders: Orders) -> None:
    orders.save(orders.get(command.order).note(command.text))


def readdress_order(command: ReaddressOrder, orders: Orders, clock: Clock) -> None:
    order, to = orders.get(command.order), command.ship_to
    known = order.ship_to or order.destination
    if known is not None and (known.country, known.region) not in ((to.country, to.region), (to.country, None)):
        raise Invalid("ship_to", to.country, f"an address in {known.country}, for which the tax was computed")
    orders.save(order.readdress(to).release(HoldKind.ADDRESS, "another address", clock.now()))


def assign_fulfilment(command: AssignFulfilment, orders: Orders, clock: Clock) -> None:
    order = orders.find(command.order)
    if order is not None:  # stock may be set aside for other sources than orders
        gone, sources = command.gone, command.sources
        orders.save(order.given_back(sources) if gone else order.set_aside(sources, clock.now()))


def let_order_go(command: LetOrderGo, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.let_go(command.promotion, clock.now()))


def call_order_off(command: CallOrderOff, orders: Orders, clock: Clock) -> None:
    order = orders.find(command.order)
    if order is not None and LIFECYCLE.allows("cancel", order.state):
        orders.save(order.cancel(command.reason, clock.now(), by_shop=True))


def expire_order(command: ExpireOrder, orders: Orders, clock: Clock) -> None:
    order = orders.find(command.order)
    if order is not None and order.state is OrderState.PLACED:
        orders.save(order.cancel(NOT_PAID, clock.now()))


def expire_unpaid(command: ExpireUnpaid, orders: Orders, clock: Clock) -> int:
    now = clock.now()
    late = [order for order in orders.unpaid(now, command.limit) if order.state is OrderState.PLACED]
    orders.save(*(order.cancel(NOT_PAID, now) for order in late))
    return len(late)


def mark_order_shipped(command: MarkOrderShipped, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.ship(clock.now(), command.shipment, command.lines, command.location))


def complete_order(command: CompleteOrder, orders: Orders) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.complete(command.shipment))


def only_the_buyer(
    message: CancelOrder | CancelUnits | RetryPayment | OpenPaymentLink | GetOrder | LinesToReorder,
    orders: Orders,
    envelope: Envelope,
) -> None:
    """Somebody else's order is not found, and neither is one that does not exist."""
    if orders.get(message.order).buyer != envelope.actor.owner:
        raise NotFound("Order", message.order)


def only_for_oneself(message: PlaceOrder | ListOrders, envelope: Envelope) -> None:
    """Nobody but staff orders for, or looks at the orders of, another."""
    buyer = buyer_of(message, envelope)
    if buyer is None or buyer != envelope.actor.owner:
        raise PermissionDenied(message.permission.name, type(envelope.actor).__name__.lower())


def who(envelope: Envelope) -> str:
    """The name of whoever asks, as it is written down."""
    actor = envelope.actor
    return actor.scope if isinstance(actor, Staff) else actor.owner or envelope.origin or actor.scope


def save_changed(orders: Orders, before: Order, after: Order) -> None:
    if after is not before:
        orders.save(after)
