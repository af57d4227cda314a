"""The values of ordering: who buys, and the ledger of an order's payments."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant, a_duration
from ecomcore.kernel.ids import PaymentId, VariantId
from ecomcore.kernel.money import Money, Price
from ecomcore.kernel.text import instance_of

__all__ = [
    "Capture",
    "EntryKind",
    "LedgerEntry",
    "OrderingPolicy",
    "PaymentStep",
    "Reversal",
    "Shopper",
    "ShownPrice",
]


@frozen(kw_only=True)
class Shopper:
    """For whom a quote is made. ``owner`` is the name under which they own things; ``contact`` stands for a guest's
    e-mail address, which it does not show; ``vat_id`` is what they say it is.
    """

    owner: str | None = None
    contact: str | None = None
    channel: str = "default"
    vat_id: str | None = None

    @property
    def buyer(self) -> str | None:
        """The one name under which what they buy is counted: guests are known by their address."""
        if self.owner is not None and self.owner.startswith("member:"):
            return self.owner
        return self.contact or self.owner


@frozen
class ShownPrice:
    """What a unit of a variant costs now, before it is in any cart.

    ``original`` is what the catalogue itself asks, ``shown`` what catalogue promotions make of the ``price`` in force.
    ``lowest`` is the lowest price shown in the 30 days before the price shown now began (directive 98/6/EC, article
    6a), where it is a reduced one.
    """

    variant: VariantId
    price: Price
    original: Price
    shown: Price
    lowest: Price | None = None


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
