"""The values of ordering: what is wanted, what it costs, and the ledger of an order's payments."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant, a_duration
from ecomcore.kernel.ids import PaymentId, VariantId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_text, an_id, instance_of

__all__ = [
    "Capture",
    "CartLine",
    "EntryKind",
    "LedgerEntry",
    "Offer",
    "OrderLine",
    "OrderingPolicy",
    "PaymentStep",
    "Quote",
    "Reversal",
]


@frozen
class CartLine:
    """So many units of a variant, wanted. It names no price: prices come from the shop."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class Offer:
    """What the shop asks for a variant now."""

    variant: VariantId = field(validator=an_id)
    sku: str = field(validator=a_text())
    name: str = field(validator=a_text(500))
    price: Price = field(validator=instance_of(Price))


@frozen
class OrderLine:
    """A line of a quote or an order: what was bought as it was called and priced then. ``number`` starts at 1."""

    number: int
    variant: VariantId
    sku: str
    name: str
    quantity: int
    price: Price
    total: Money


@frozen
class Quote:
    """What a cart costs now; ``total`` is the sum of the lines."""

    currency: Currency
    lines: tuple[OrderLine, ...]
    total: Money


class Capture(StrEnum):
    """When the money is taken."""

    AT_ONCE = "at_once"
    """As soon as it is authorised."""
    AT_SHIPPING = "at_shipping"
    """When the goods leave."""


class EntryKind(StrEnum):
    """What happened to a payment."""

    INTENDED = "intended"
    """The shop means to ask for this amount; written before anybody is asked."""
    ACTION_REQUIRED = "action_required"
    """The buyer must do something first (``reference`` says where)."""
    DECLINED = "declined"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    REFUSED = "refused"
    """The provider would not capture, void or refund this amount; nothing has changed."""
    VOIDED = "voided"
    REFUNDED = "refunded"


class PaymentStep(StrEnum):
    """What a provider can be asked to do with money it has promised."""

    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


@frozen
class LedgerEntry:
    """One fact about a payment, never changed. ``number`` counts the order's entries from 1 without gaps.

    ``reference`` is the provider's name for the fact: the same fact is written once.
    """

    number: int
    kind: EntryKind
    payment: PaymentId
    amount: Money
    reference: str
    at: Instant


@frozen
class Reversal:
    """Money to be let go (``refund=False``) or given back (``refund=True``)."""

    payment: PaymentId
    reference: str
    amount: Money
    refund: bool


@frozen
class OrderingPolicy:
    """The shop's choices about orders.

    ``capture``: when the money is taken. ``payment_window``: how long stock is set aside for an order that is not
    paid yet; then the order is cancelled.
    """

    capture: Capture = field(default=Capture.AT_SHIPPING, validator=instance_of(Capture))
    payment_window: timedelta = field(default=timedelta(minutes=30), validator=a_duration)
