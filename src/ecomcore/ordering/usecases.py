"""The use cases of ordering: load, decide, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import Ids, OrderId, PaymentId, VariantId
from ecomcore.kernel.messages import Envelope, Member
from ecomcore.kernel.money import Currency, money_sum
from ecomcore.ordering.commands import (
    CancelOrder,
    CompleteOrder,
    ExpireOrder,
    MarkOrderShipped,
    PlaceOrder,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordRefund,
    RecordRefusal,
    RecordVoid,
    RetryPayment,
)
from ecomcore.ordering.errors import NotForSale, OrderTooLarge, PriceMissing
from ecomcore.ordering.order import Order, OrderState
from ecomcore.ordering.ports import Offers, Orders
from ecomcore.ordering.queries import GetOrder, ListOrders, OrderView, QuoteCart
from ecomcore.ordering.values import CartLine, EntryKind, Offer, OrderingPolicy, OrderLine, Quote


def place_order(
    command: PlaceOrder,
    orders: Orders,
    offers: Offers,
    policy: OrderingPolicy,
    clock: Clock,
    ids: Ids,
    envelope: Envelope,
) -> OrderId:
    now = clock.now()
    buyer = _buyer(command, envelope)
    if buyer is None:
        raise Invalid("member", None, "the member for whom staff place the order")
    order = Order.place(
        OrderId(ids.new()),
        _quote(command.lines, command.accepted.currency, offers, envelope.channel, now),
        accepted=command.accepted,
        buyer=buyer,
        channel=envelope.channel,
        capture=policy.capture,
        location=command.location,
        at=now,
        hold_until=now + policy.payment_window,
    )
    if order.due.minor > 0:
        order = order.request_payment(PaymentId(ids.new()), command.token, now)
    orders.save(order)
    return order.id


def retry_payment(command: RetryPayment, orders: Orders, clock: Clock, ids: Ids) -> PaymentId:
    payment = PaymentId(ids.new())
    orders.save(orders.get(command.order).request_payment(payment, command.token, clock.now()))
    return payment


def cancel_order(command: CancelOrder, orders: Orders) -> None:
    order = orders.get(command.order)
    _save_changed(orders, order, order.cancel(command.reason))


def expire_order(command: ExpireOrder, orders: Orders) -> None:
    order = orders.find(command.order)
    if order is not None and order.state is OrderState.PLACED:
        orders.save(order.cancel("not paid in time"))


def mark_order_shipped(command: MarkOrderShipped, orders: Orders) -> None:
    orders.save(orders.get(command.order).ship())


def complete_order(command: CompleteOrder, orders: Orders) -> None:
    orders.save(orders.get(command.order).complete())


def record_authorisation(command: RecordAuthorisation, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    _save_changed(orders, order, order.authorise(command.payment, command.amount, command.reference, clock.now()))


def record_action_required(command: RecordActionRequired, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    _save_changed(orders, order, order.require_action(command.payment, command.url, clock.now()))


def record_decline(command: RecordDecline, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    declined = order.decline(command.payment, command.reason, command.reference or command.payment, clock.now())
    _save_changed(orders, order, declined)


def record_capture(command: RecordCapture, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    captured = order.record_capture(command.payment, command.amount, command.reference, clock.now())
    _save_changed(orders, order, captured)


def record_refusal(command: RecordRefusal, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    refused = order.record_refusal(
        command.payment, command.step, command.amount, command.reason, command.reference, clock.now()
    )
    _save_changed(orders, order, refused)


def record_void(command: RecordVoid, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    voided = order.record_void(command.payment, command.amount, command.reference, clock.now())
    _save_changed(orders, order, voided)


def record_refund(command: RecordRefund, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    refunded = order.record_refund(command.payment, command.amount, command.reference, clock.now())
    _save_changed(orders, order, refunded)


def quote_cart(query: QuoteCart, offers: Offers, clock: Clock, envelope: Envelope) -> Quote:
    return _quote(query.lines, query.currency, offers, envelope.channel, clock.now())


def get_order(query: GetOrder, orders: Orders) -> OrderView:
    return _view(orders.get(query.order))


def list_orders(query: ListOrders, orders: Orders, envelope: Envelope) -> tuple[OrderView, ...]:
    buyer = _buyer(query, envelope)
    if buyer is None:
        raise Invalid("member", None, "the member whose orders staff want to see")
    return tuple(_view(order) for order in orders.of_buyer(buyer, query.before, query.limit))


def only_the_buyer(message: CancelOrder | RetryPayment | GetOrder, orders: Orders, envelope: Envelope) -> None:
    """Somebody else's order is not found, and neither is one that does not exist."""
    if orders.get(message.order).buyer != envelope.actor.owner:
        raise NotFound("Order", message.order)


def only_for_oneself(message: PlaceOrder | ListOrders, envelope: Envelope) -> None:
    """Nobody but staff orders for, or looks at the orders of, another."""
    buyer = _buyer(message, envelope)
    if buyer is None or buyer != envelope.actor.owner:
        raise PermissionDenied(message.permission.name, type(envelope.actor).__name__.lower())


def _buyer(message: PlaceOrder | ListOrders, envelope: Envelope) -> str | None:
    return Member(message.member).owner if message.member is not None else envelope.actor.owner


def _save_changed(orders: Orders, before: Order, after: Order) -> None:
    if after is not before:
        orders.save(after)


def _quote(wanted: Sequence[CartLine], currency: Currency, offers: Offers, channel: str, at: Instant) -> Quote:
    offered = offers.of({line.variant for line in wanted}, channel, at)
    lines = tuple(_line(number, line, offered, currency) for number, line in enumerate(wanted, 1))
    try:
        return Quote(currency, lines, money_sum((line.total for line in lines), currency))
    except Invalid:
        raise OrderTooLarge(max(lines, key=lambda line: line.total.minor).variant) from None


def _line(number: int, wanted: CartLine, offered: Mapping[VariantId, Offer], currency: Currency) -> OrderLine:
    offer = offered.get(wanted.variant)
    if offer is None:
        raise NotForSale(wanted.variant)
    if offer.price.amount.currency != currency:
        raise PriceMissing(wanted.variant, currency, offer.price.amount.currency)
    try:
        total = offer.price.total(wanted.quantity)
    except Invalid:
        raise OrderTooLarge(wanted.variant) from None
    return OrderLine(number, wanted.variant, offer.sku, offer.name, wanted.quantity, offer.price, total)


def _view(order: Order) -> OrderView:
    ledger = order.ledger
    return OrderView(
        order.id,
        order.buyer,
        order.channel,
        order.state,
        order.lines,
        order.total,
        order.due,
        ledger.sum(EntryKind.AUTHORISED),
        ledger.sum(EntryKind.CAPTURED),
        ledger.sum(EntryKind.REFUNDED),
        order.placed_at,
        ledger.entries,
    )
