"""The use cases of ordering: load, decide, save."""

from __future__ import annotations

import hashlib
import unicodedata

from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import Invalid, NotFound, PermissionDenied
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import Ids, OrderId, PaymentId
from ecomcore.kernel.messages import Envelope, Member
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.ordering.commands import (
    CallOrderOff,
    CancelOrder,
    CompleteOrder,
    ExpireOrder,
    LetOrderGo,
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
from ecomcore.ordering.order import LIFECYCLE, Order, OrderState
from ecomcore.ordering.ports import Orders, Pricing
from ecomcore.ordering.queries import GetOrder, ListOrders, OrderView, QuoteCart, QuoteCartAt, ShowPrices
from ecomcore.ordering.values import EntryKind, OrderingPolicy, Shopper, ShownPrice
from ecomcore.quoting import Cart, Quote


def place_order(
    command: PlaceOrder,
    orders: Orders,
    pricing: Pricing,
    policy: OrderingPolicy,
    clock: Clock,
    ids: Ids,
    envelope: Envelope,
) -> OrderId:
    now = clock.now()
    buyer = _buyer(command, envelope)
    if buyer is None:
        raise Invalid("member", None, "the member for whom staff place the order")
    shopper = shopper_of(command, buyer, envelope.channel)
    order = Order.place(
        OrderId(ids.new()),
        pricing.quote(cart_of(command, command.accepted.currency), shopper, now, placing=True),
        accepted=command.accepted,
        digest=command.digest,
        buyer=buyer,
        shopper=shopper,
        capture=policy.capture,
        location=command.location,
        at=now,
        hold_until=now + policy.payment_window,
    )
    if order.due_at(now).minor > 0:
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


def let_order_go(command: LetOrderGo, orders: Orders) -> None:
    order = orders.get(command.order)
    _save_changed(orders, order, order.let_go(command.promotion))


def call_order_off(command: CallOrderOff, orders: Orders) -> None:
    order = orders.find(command.order)
    if order is not None and LIFECYCLE.allows("cancel", order.state):
        orders.save(order.cancel(command.reason, by_shop=True))


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


def quote_cart(query: QuoteCart, pricing: Pricing, clock: Clock, envelope: Envelope) -> Quote:
    shopper = shopper_of(query, envelope.actor.owner, envelope.channel)
    return pricing.quote(cart_of(query, query.currency), shopper, clock.now())


def quote_cart_at(query: QuoteCartAt, pricing: Pricing, envelope: Envelope) -> Quote:
    owner = Member(query.member).owner if query.member is not None else None
    shopper = shopper_of(query.cart, owner, envelope.channel)
    return pricing.quote(cart_of(query.cart, query.cart.currency), shopper, query.at)


def show_prices(query: ShowPrices, pricing: Pricing, clock: Clock, envelope: Envelope) -> tuple[ShownPrice, ...]:
    shopper = Shopper(owner=envelope.actor.owner, channel=envelope.channel)
    shown = pricing.shown(query.variants, query.currency, shopper, clock.now())
    return tuple(shown[variant] for variant in dict.fromkeys(query.variants) if variant in shown)


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


def cart_of(message: PlaceOrder | QuoteCart, currency: Currency) -> Cart:
    """The cart of a command or question."""
    return trusted(
        Cart,
        currency,
        message.lines,
        message.coupons,
        message.delivery,
        message.destination,
        message.payment,
        message.location,
    )


def shopper_of(message: PlaceOrder | QuoteCart, owner: str | None, channel: str) -> Shopper:
    """For whom a cart is quoted. Members are known by their name, whatever address they give."""
    is_member = owner is not None and owner.startswith("member:")
    contact = None if message.email is None or is_member else contact_of(message.email)
    return Shopper(owner=owner, contact=contact, channel=channel, vat_id=message.vat_id)


def contact_of(email: Personal) -> str:
    """What stands for an e-mail address, however it is written, without showing it."""
    normal = unicodedata.normalize("NFKC", email.value).strip().casefold()
    return "mail:" + hashlib.sha256(normal.encode()).hexdigest()[:48]


def _view(order: Order) -> OrderView:
    ledger = order.ledger
    return OrderView(
        order.id,
        order.buyer,
        order.channel,
        order.state,
        order.lines,
        order.shipping,
        order.total,
        order.due,
        ledger.sum(EntryKind.AUTHORISED),
        ledger.sum(EntryKind.CAPTURED),
        ledger.sum(EntryKind.REFUNDED),
        order.placed_at,
        ledger.entries,
        order.instalments,
        order.earns,
    )
