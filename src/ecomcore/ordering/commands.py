"""What ordering can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import DeliveryMethodId, LocationId, MemberId, OrderId, PaymentId, PromotionId
from ecomcore.kernel.messages import Command, Errand, Permission, Who
from ecomcore.kernel.money import Money, a_positive_amount, an_amount
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
from ecomcore.ordering.values import PaymentStep
from ecomcore.quoting import MOST_LINES, CartLine, Destination, coupon_codes

__all__ = [
    "LONGEST_REASON",
    "AuthorisePayment",
    "CallOrderOff",
    "CancelOrder",
    "CapturePayment",
    "CompleteOrder",
    "ExpireOrder",
    "LetOrderGo",
    "MarkOrderShipped",
    "PlaceOrder",
    "RecordActionRequired",
    "RecordAuthorisation",
    "RecordCapture",
    "RecordDecline",
    "RecordRefund",
    "RecordRefusal",
    "RecordVoid",
    "RefundPayment",
    "RetryPayment",
    "SettleGroupOrder",
    "VoidPayment",
]

LONGEST_REASON = 500
"""The most characters of a reason."""

RECORD = Permission("ordering.record_payment", Who.SYSTEM)
MOVE_MONEY = Permission("ordering.move_money", Who.SYSTEM)


@frozen
class PlaceOrder(Command[OrderId]):
    """Buy what is in the cart at the total the buyer accepted. Answers with the order's id.

    Stock is set aside with the order or not at all. ``token`` names the means of payment as the provider knows
    it, ``payment`` its kind. ``location`` takes the goods from one place only. Staff name the ``member`` they buy for.
    With the ``digest`` of the quote that was accepted, another quote of the same total is refused too. Guests who give
    their ``email`` are known by it when orders are counted.
    Raises ``TotalChanged``, ``QuoteChanged``, ``NotForSale``, ``PriceMissing``, ``NotDelivered``, ``OutOfStock``.
    """

    permission = Permission("ordering.place_order", Who.OWNER)
    lines: tuple[CartLine, ...] = field(converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES))
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


@frozen
class RetryPayment(Command[PaymentId]):
    """Pay what is due now: again after a decline, or the balance of a pre-sale. Answers with the payment's id."""

    permission = Permission("ordering.retry_payment", Who.OWNER)
    order: OrderId = field(validator=an_id)
    token: str = field(repr=False, validator=hidden(a_text(500, empty=True)))


@frozen
class CancelOrder(Command[None]):
    """Call an order off whose goods have not left: stock is released and money goes back. Twice is once."""

    permission = Permission("ordering.cancel_order", Who.OWNER)
    order: OrderId = field(validator=an_id)
    reason: str = field(default="", validator=a_text(LONGEST_REASON, empty=True))


@frozen
class ExpireOrder(Command[None]):
    """The time to pay has run out: call the order off if nothing covers it yet. Does nothing where there is none."""

    permission = Permission("ordering.expire_order", Who.SYSTEM)
    order: OrderId = field(validator=an_id)


@frozen
class MarkOrderShipped(Command[None]):
    """The goods of the order have left."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)


@frozen
class CompleteOrder(Command[None]):
    """The goods of the order have arrived."""

    permission = Permission("ordering.fulfil", Who.SYSTEM)
    order: OrderId = field(validator=an_id)


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


@frozen
class AuthorisePayment(Errand):
    """Ask the gateway for a promise of the amount."""

    permission = MOVE_MONEY
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    token: str = field(repr=False, validator=hidden(a_text(500, empty=True)))


@frozen
class _OfPayment:
    """An amount of one payment; ``reference`` is the provider's name for the fact or the promise it is about."""

    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(validator=a_text())


@frozen
class CapturePayment(_OfPayment, Errand):
    """Ask the gateway to take what was promised."""

    permission = MOVE_MONEY


@frozen
class VoidPayment(_OfPayment, Errand):
    """Ask the gateway to let go what was promised."""

    permission = MOVE_MONEY


@frozen
class RefundPayment(_OfPayment, Errand):
    """Ask the gateway to give back what was taken."""

    permission = MOVE_MONEY


@frozen
class RecordAuthorisation(_OfPayment, Command[None]):
    """The provider has promised the amount. The answer of the gateway and a webhook enter here alike."""

    permission = RECORD


@frozen
class RecordActionRequired(Command[None]):
    """The buyer must do something before the payment goes on."""

    permission = RECORD
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    url: str = field(validator=a_text(2_000))


@frozen
class RecordDecline(Command[None]):
    """The provider has said no."""

    permission = RECORD
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    reason: str = field(validator=a_text(LONGEST_REASON, empty=True))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class RecordCapture(_OfPayment, Command[None]):
    """The provider has taken the amount."""

    permission = RECORD


@frozen
class RecordRefusal(Command[None]):
    """The provider would not capture, void or refund; ``reference`` names the attempt."""

    permission = RECORD
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    step: PaymentStep = field(validator=instance_of(PaymentStep))
    amount: Money = field(validator=a_positive_amount)
    reason: str = field(validator=a_text(LONGEST_REASON, empty=True))
    reference: str = field(validator=a_text())


@frozen
class RecordVoid(_OfPayment, Command[None]):
    """The provider has let go what it promised."""

    permission = RECORD


@frozen
class RecordRefund(_OfPayment, Command[None]):
    """The provider has given the amount back."""

    permission = RECORD
