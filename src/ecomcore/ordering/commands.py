"""What ordering can be asked to do with orders. What it can be asked about their money: ``payment_commands``."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import (
    CartId,
    DeliveryMethodId,
    LocationId,
    MemberId,
    OrderId,
    PaymentId,
    PromotionId,
    QueueTicketId,
    SavedMethodId,
    ShipmentId,
)
from ecomcore.kernel.messages import Command, Errand, Permission, Who, a_secret
from ecomcore.kernel.money import Money, a_positive_amount, an_amount
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import (
    Personal,
    a_list_of,
    a_text,
    an_id,
    an_optional_id,
    as_tuple,
    hidden,
    instance_of,
    optional,
)
from ecomcore.ordering.fulfilment import HoldKind, Source
from ecomcore.ordering.values import LineChange, LineUnits, Tender
from ecomcore.quoting import MOST_LINES, CartLine, Destination, coupon_codes

__all__ = [
    "LONGEST_REASON",
    "AssignFulfilment",
    "CallOrderOff",
    "CancelOrder",
    "CancelUnits",
    "CompleteOrder",
    "EditOrder",
    "ExpireOrder",
    "ExpireUnpaid",
    "HoldOrder",
    "LetOrderGo",
    "MarkOrderShipped",
    "NoteOnOrder",
    "OpenPaymentLink",
    "PayByLink",
    "PlaceOrder",
    "ReaddressOrder",
    "ReleaseHold",
    "RetryPayment",
    "SettleGroupOrder",
]

LONGEST_REASON = 500
"""The most characters of a reason."""
MOST_TENDERS = 20
"""The most gift cards and other credit that one order is paid with."""
MOST_SOURCES = 10_000
"""The most places times variants that the goods of one order come from."""


@frozen
class PlaceOrder(Command[OrderId]):
    """Buy what is in the cart at the total the buyer accepted. Answers with the order's id.

    Either ``lines`` are named, or a ``cart`` in the ``cart_version`` that the buyer saw; a cart that has become an
    order already answers with that order. Stock is set aside with the order or not at all. ``tenders`` are drawn first,
    in their order; for the rest ``token`` names the means of payment as the provider knows it, or ``saved_method`` one
    that the member keeps, and ``payment`` its kind. With ``pay_later`` nobody is asked for the rest yet. ``location``
    takes the goods from one place only. Staff name the ``member`` they buy for. With the ``digest`` of the quote that
    was accepted, another quote of the same total is refused too. Guests who give their ``email`` are known by it when
    orders are counted. ``terms`` is the version of the terms that the buyer accepts. ``ticket`` is the buyer's own of a
    queue: the units that it was offered are taken.

    Raises ``TotalChanged``, ``QuoteChanged``, ``CartChangedSince``, ``TermsNotAccepted``, ``NotForSale``,
    ``PriceMissing``, ``NotDelivered``, ``OutOfStock``, ``UnknownMethod``.
    """

    permission = Permission("ordering.place_order", Who.OWNER)
    lines: tuple[CartLine, ...] = field(converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES, 0))
    accepted: Money = field(validator=an_amount)
    token: str = field(default="", repr=False, validator=hidden(a_text(500, empty=True)))
    location: LocationId | None = field(default=None, validator=an_optional_id)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    digest: str = field(default="", validator=a_text(64, empty=True))
    coupons: tuple[str, ...] = field(default=(), converter=as_tuple, repr=False, validator=hidden(coupon_codes))
    delivery: DeliveryMethodId | None = field(default=None, validator=an_optional_id)
    destination: Destination | None = field(default=None, validator=optional(instance_of(Destination)))
    payment: str | None = field(default=None, validator=an_optional_id)
    email: Personal | None = field(default=None, validator=optional(instance_of(Personal)))
    vat_id: str | None = field(default=None, repr=False, validator=optional(a_text(30)))
    cart: CartId | None = field(default=None, validator=an_optional_id)
    cart_version: int | None = field(default=None, validator=optional(a_count))
    tenders: tuple[Tender, ...] = field(default=(), converter=as_tuple, validator=a_list_of(Tender, MOST_TENDERS, 0))
    saved_method: SavedMethodId | None = field(default=None, validator=an_optional_id)
    pay_later: bool = field(default=False, validator=instance_of(bool))
    ship_to: Address | None = field(default=None, validator=optional(instance_of(Address)))
    bill_to: Address | None = field(default=None, validator=optional(instance_of(Address)))
    terms: str | None = field(default=None, validator=optional(a_text(50)))
    ticket: QueueTicketId | None = field(default=None, validator=an_optional_id)

    def __attrs_post_init__(self) -> None:
        if self.lines and self.cart is not None:
            raise Invalid("cart", self.cart, "lines or a cart, not both")
        if not self.lines and self.cart is None:
            raise Invalid("lines", len(self.lines), "lines or a cart, one of the two")
        if (self.cart is None) != (self.cart_version is None):
            raise Invalid("cart_version", self.cart_version, "the version of the cart that the buyer saw, with a cart")
        if self.token and self.saved_method is not None:
            raise Invalid("saved_method", self.saved_method, "a token or a saved method, not both")


@frozen
class RetryPayment(Command[PaymentId]):
    """Pay what is due now, or an ``amount`` of it: again after a decline, the balance of a pre-sale, or what was
    left to be paid later. Answers with the payment's id. ``payment`` is the kind of means, as at placing.
    """

    permission = Permission("ordering.retry_payment", Who.OWNER)
    order: OrderId = field(validator=an_id)
    token: str = field(default="", repr=False, validator=hidden(a_text(500, empty=True)))
    amount: Money | None = field(default=None, validator=optional(a_positive_amount))
    payment: str | None = field(default=None, validator=an_optional_id)
    saved_method: SavedMethodId | None = field(default=None, validator=an_optional_id)


@frozen
class OpenPaymentLink(Command[None]):
    """Let whoever knows the ``secret`` pay the order until then: the host makes it, with at least 128 random bits, and
    puts it into a link. Only its hash is kept; a new link ends the one before.
    """

    permission = Permission("ordering.open_payment_link", Who.OWNER)
    order: OrderId = field(validator=an_id)
    secret: str = field(repr=False, validator=hidden(a_secret))
    until: Instant = field(validator=an_instant)


@frozen
class PayByLink(Command[PaymentId]):
    """Pay what is due by a link. A wrong secret, an old link and an order that does not exist are answered alike."""

    permission = Permission("ordering.pay_by_link", Who.ANYONE)
    order: OrderId = field(validator=an_id)
    secret: str = field(repr=False, validator=hidden(a_text(200, empty=True)))
    token: str = field(default="", repr=False, validator=hidden(a_text(500, empty=True)))
    payment: str | None = field(default=None, validator=an_optional_id)


@frozen
class CancelOrder(Command[None]):
    """Call an order off whose goods have not left: stock is released and money goes back. Twice is once."""

    permission = Permission("ordering.cancel_order", Who.OWNER)
    order: OrderId = field(validator=an_id)
    reason: str = field(default="", validator=a_text(LONGEST_REASON, empty=True))


@frozen
class CancelUnits(Command[None]):
    """Take units out of an order that have not left: their stock is released, and what was charged for them goes
    back.
    """

    permission = Permission("ordering.cancel_order", Who.OWNER)
    order: OrderId = field(validator=an_id)
    lines: tuple[LineUnits, ...] = field(converter=as_tuple, validator=a_list_of(LineUnits, MOST_LINES))
    reason: str = field(default="", validator=a_text(LONGEST_REASON, empty=True))


@frozen
class EditOrder(Command[None]):
    """Change an order after it was placed, at the new total that was previewed (see ``PreviewEdit``).

    ``add`` is bought at the prices of today; ``changes`` say how many units of a line are still wanted, and at what
    price staff give it. What is missing is due, what is too much goes back; with a ``token`` the difference is asked
    for now. Raises ``TotalChanged``, ``NotThatMany``, ``NothingLeft``, ``PaidInParts``, ``OutOfStock``.
    """

    permission = Permission("ordering.edit_order", Who.STAFF)
    order: OrderId = field(validator=an_id)
    accepted: Money = field(validator=an_amount)
    reason: str = field(validator=a_text(LONGEST_REASON))
    changes: tuple[LineChange, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(LineChange, MOST_LINES, 0)
    )
    add: tuple[CartLine, ...] = field(default=(), converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES, 0))
    token: str = field(default="", repr=False, validator=hidden(a_text(500, empty=True)))
    payment: str | None = field(default=None, validator=an_optional_id)


@frozen
class HoldOrder(Command[None]):
    """Keep the goods of an order here until the hold is released."""

    permission = Permission("ordering.hold_order", Who.STAFF)
    order: OrderId = field(validator=an_id)
    kind: HoldKind = field(validator=instance_of(HoldKind))
    reason: str = field(validator=a_text(LONGEST_REASON))


@frozen
class ReleaseHold(Command[None]):
    """What held the order is settled."""

    permission = Permission("ordering.hold_order", Who.STAFF)
    order: OrderId = field(validator=an_id)
    kind: HoldKind = field(validator=instance_of(HoldKind))
    reason: str = field(default="", validator=a_text(LONGEST_REASON, empty=True))


@frozen
class NoteOnOrder(Command[None]):
    """Write something down about an order, for other staff to read in its timeline."""

    permission = Permission("ordering.note", Who.STAFF)
    order: OrderId = field(validator=an_id)
    text: str = field(validator=a_text(5_000, lines=True))


@frozen
class ReaddressOrder(Command[None]):
    """Send an order elsewhere in the same country and region, before its goods leave. Releases a hold of its
    address.
    """

    permission = Permission("ordering.readdress", Who.STAFF)
    order: OrderId = field(validator=an_id)
    ship_to: Address = field(validator=instance_of(Address))


@frozen
class AssignFulfilment(Command[None]):
    """Units of an order are set aside there, or (``gone``) no longer are."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    sources: tuple[Source, ...] = field(converter=as_tuple, validator=a_list_of(Source, MOST_SOURCES))
    gone: bool = field(default=False, validator=instance_of(bool))


@frozen
class ExpireUnpaid(Command[int]):
    """Call off orders whose time to pay is over and which nothing covers. Answers with how many."""

    permission = Permission("ordering.expire_order", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)


@frozen
class ExpireOrder(Command[None]):
    """The time to pay has run out: call the order off if nothing covers it yet. Does nothing where there is none."""

    permission = Permission("ordering.expire_order", Who.SYSTEM)
    order: OrderId = field(validator=an_id)


@frozen
class MarkOrderShipped(Command[None]):
    """Goods of the order have left with a shipment: these, or all of them."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    shipment: ShipmentId | None = field(default=None, validator=an_optional_id)
    lines: tuple[CartLine, ...] = field(default=(), converter=as_tuple, validator=a_list_of(CartLine, MOST_SOURCES, 0))
    location: LocationId | None = field(default=None, validator=an_optional_id)


@frozen
class CompleteOrder(Command[None]):
    """Goods of the order have arrived: those of a shipment, or all of them."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    shipment: ShipmentId | None = field(default=None, validator=an_optional_id)


@frozen
class LetOrderGo(Command[None]):
    """A group buy that the order waited for has succeeded: once it is covered, and waits no more, it is confirmed."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    promotion: PromotionId = field(validator=an_id)


@frozen
class CallOrderOff(Command[None]):
    """What the order waited for will not come: cancel it, unless it is cancelled already or its goods have left."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    reason: str = field(default="", validator=a_text(LONGEST_REASON, empty=True))


@frozen
class SettleGroupOrder(Errand):
    """The group buy of an order has ended: let the order go or call it off, in a unit of work of its own."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    promotion: PromotionId = field(validator=an_id)
    succeeded: bool = field(validator=instance_of(bool))
