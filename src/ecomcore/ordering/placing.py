"""The use case of placing an order, and of paying for one: what is prepared in the one unit of work."""

from __future__ import annotations

import hashlib
import unicodedata
from hmac import compare_digest

from attrs import frozen

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import CartId, DeliveryMethodId, Ids, LocationId, OrderId, PaymentId
from ecomcore.kernel.messages import Envelope, Guest, Member
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.text import Personal
from ecomcore.ordering.commands import OpenPaymentLink, PayByLink, PlaceOrder, RetryPayment
from ecomcore.ordering.errors import CartChangedSince, OnHold, TermsNotAccepted
from ecomcore.ordering.gateways import Gateways
from ecomcore.ordering.order import Order
from ecomcore.ordering.ports import Basket, Baskets, Credits, OrderFilter, OrderNumbers, Orders, Pricing, SavedMethods
from ecomcore.ordering.queries import GetLinkedOrder, ListOrders, QuoteCart
from ecomcore.ordering.risk import MOST_WATCHED, WATCHED, RiskCheck, RiskQuestion
from ecomcore.ordering.values import GATEWAY, EntryKind, OrderingPolicy, PaymentLink, Shopper
from ecomcore.quoting import Cart, CartLine, Destination


@frozen
class Wanted:
    """What is to be ordered, from the command itself or from the cart it names."""

    lines: tuple[CartLine, ...]
    coupons: tuple[str, ...]
    delivery: DeliveryMethodId | None
    destination: Destination | None
    payment: str | None
    email: Personal | None
    vat_id: str | None
    location: LocationId | None


def place_order(
    command: PlaceOrder,
    orders: Orders,
    pricing: Pricing,
    baskets: Baskets,
    credits: Credits,
    saved_methods: SavedMethods,
    numbers: OrderNumbers,
    gateways: Gateways,
    check: RiskCheck,
    policy: OrderingPolicy,
    clock: Clock,
    ids: Ids,
    envelope: Envelope,
) -> OrderId:
    now = clock.now()
    buyer = buyer_of(command, envelope)
    if buyer is None:
        raise Invalid("member", None, "the member for whom staff place the order")
    if policy.terms is not None and command.terms != policy.terms:
        raise TermsNotAccepted(policy.terms, command.terms)
    basket = None
    if command.cart is not None:
        basket = baskets.of(command.cart, buyer, by_staff=not isinstance(envelope.actor, Member | Guest))
        if basket.order is not None:
            return basket.order
    wanted = _wanted(command, basket)
    shopper = shopper_of(wanted, buyer, envelope.channel)
    id_ = OrderId(ids.new())
    order = Order.place(
        id_,
        pricing.quote(cart_of(wanted, command.accepted.currency), shopper, now, placing=True),
        accepted=command.accepted,
        digest=command.digest,
        buyer=buyer,
        shopper=shopper,
        policy=policy,
        location=command.location,
        at=now,
        pay_by=now + (policy.pay_later_window if command.pay_later else policy.payment_window),
        number=numbers.next(id_, envelope.channel, now),
        screening=check.screens,
        destination=wanted.destination,
        ship_to=command.ship_to,
        bill_to=command.bill_to,
        terms=command.terms,
        cart=command.cart,
        cart_version=command.cart_version,
        ticket=command.ticket,
    )
    rest = order.due_at(now)
    if command.tenders and rest.minor > 0:
        for draw in credits.draws(command.tenders, buyer, rest, now):
            order = order.draw(PaymentId(ids.new()), draw, now)
            rest -= draw.amount
    pays = rest.minor > 0 and not command.pay_later
    token, method = "", GATEWAY
    if pays:
        token, method = means_of(command, wanted.payment, buyer, rest.currency, saved_methods, gateways)
    if order.screening:
        order = order.ask_about(_question(order, orders, now), token, method, pays=pays)
    elif pays:
        order = order.request_payment(PaymentId(ids.new()), token, now, amount=rest, method=method)
    orders.save(order)
    return order.id


def retry_payment(
    command: RetryPayment,
    orders: Orders,
    saved_methods: SavedMethods,
    gateways: Gateways,
    clock: Clock,
    ids: Ids,
) -> PaymentId:
    order, payment = _trusted(orders.get(command.order)), PaymentId(ids.new())
    token, method = means_of(command, command.payment, order.buyer, order.total.currency, saved_methods, gateways)
    orders.save(order.request_payment(payment, token, clock.now(), amount=command.amount, method=method))
    return payment


def open_payment_link(command: OpenPaymentLink, orders: Orders) -> None:
    orders.save(orders.get(command.order).link_to_pay(PaymentLink(_digest(command.secret), command.until)))


def pay_by_link(command: PayByLink, orders: Orders, gateways: Gateways, clock: Clock, ids: Ids) -> PaymentId:
    order, payment, now = (
        _trusted(linked(orders.find(command.order), command, clock.now())),
        PaymentId(ids.new()),
        clock.now(),
    )
    method = gateways.choose(command.payment, order.total.currency)
    orders.save(order.request_payment(payment, command.token, now, method=method))
    return payment


def _trusted(order: Order) -> Order:
    """Nobody is asked for money before the risk check has answered. Raises ``OnHold``."""
    if order.screening:
        raise OnHold(order.id, ())
    return order


def linked(order: Order | None, message: PayByLink | GetLinkedOrder, at: Instant) -> Order:
    """The order of a link. Raises ``NotFound`` whatever is wrong; the secret is compared in constant time."""
    known = order.link.digest if order is not None and order.link is not None else _digest("")
    fits = compare_digest(known.encode(), _digest(message.secret).encode())
    if order is None or order.link is None or not fits or at >= order.link.until or not message.secret:
        raise NotFound("Order", message.order)
    return order


def means_of(
    message: PlaceOrder | RetryPayment,
    payment: str | None,
    buyer: str,
    currency: Currency,
    saved_methods: SavedMethods,
    gateways: Gateways,
) -> tuple[str, str]:
    """The token to pay with, and the method it belongs to."""
    if message.saved_method is None:
        return message.token, gateways.choose(payment, currency)
    method, token = saved_methods.of(message.saved_method, buyer)
    return token, gateways.known(method, currency)


def buyer_of(message: PlaceOrder | ListOrders, envelope: Envelope) -> str | None:
    """Whose order it is: the member's whom staff name, or the actor's own."""
    return Member(message.member).owner if message.member is not None else envelope.actor.owner


def cart_of(message: Wanted | QuoteCart, currency: Currency) -> Cart:
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


def shopper_of(message: Wanted | QuoteCart, owner: str | None, channel: str) -> Shopper:
    """For whom a cart is quoted. Members are known by their name, whatever address they give."""
    is_member = owner is not None and owner.startswith("member:")
    contact = None if message.email is None or is_member else contact_of(message.email)
    return Shopper(owner=owner, contact=contact, channel=channel, vat_id=message.vat_id)


def contact_of(email: Personal) -> str:
    """What stands for an e-mail address, however it is written, without showing it."""
    normal = unicodedata.normalize("NFKC", email.value).strip().casefold()
    return "mail:" + hashlib.sha256(normal.encode()).hexdigest()[:48]


def _wanted(command: PlaceOrder, basket: Basket | None) -> Wanted:
    if basket is None:
        known = Basket(0, command.lines)
    elif basket.version != command.cart_version:
        raise CartChangedSince(command.cart or CartId(""), command.cart_version or 0, basket.version)
    else:
        known = basket
    return Wanted(
        known.lines,
        command.coupons or known.coupons,
        command.delivery or known.delivery,
        _destination(command.destination or known.destination, command.ship_to),
        command.payment or known.payment,
        command.email or known.email,
        command.vat_id,
        command.location,
    )


def _destination(named: Destination | None, ship_to: Address | None) -> Destination | None:
    """Where it goes, for tax and delivery: a full address says it too. Raises ``Invalid`` where the two differ."""
    if ship_to is None:
        return named
    if named is None:
        return Destination(ship_to.country, ship_to.region, ship_to.postcode.value)
    if named.country != ship_to.country or named.region not in (None, ship_to.region):
        raise Invalid("ship_to", ship_to.country, f"an address in {named.country}, for which the cart was quoted")
    return named


def _question(order: Order, orders: Orders, now: Instant) -> RiskQuestion:
    """What is known of the order and its buyer."""
    since = now - WATCHED
    found = {
        other.id: other for other in orders.search(OrderFilter(buyer=order.buyer, since=since), None, MOST_WATCHED)
    }
    if order.contact is not None:
        by_contact = orders.search(OrderFilter(contact=order.contact, since=since), None, MOST_WATCHED)
        found.update((other.id, other) for other in by_contact)
    recent = list(found.values())
    currency = order.total.currency
    spent = sum(other.total.minor for other in recent if other.total.currency == currency)
    declined = sum(1 for other in recent for entry in other.ledger.entries if entry.kind is EntryKind.DECLINED)
    country = order.ship_to.country if order.ship_to else None
    billed = order.bill_to.country if order.bill_to else country
    return RiskQuestion(
        order.id,
        order.buyer,
        order.contact,
        order.channel,
        order.total,
        sum(order.remaining().values()),
        country,
        len(recent),
        Money(spent, currency),
        declined,
        orders.placed_by(order.buyer, order.contact) == 0,
        country != billed,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
