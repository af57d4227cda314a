"""The values of ordering: who buys, and the ledger of an order's payments."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, a_duration
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import AccountId, PaymentId, VariantId
from ecomcore.kernel.money import Money, Price, a_positive_amount, an_amount
from ecomcore.kernel.quantity import a_count, a_quantity
from ecomcore.kernel.text import a_text, hidden, instance_of, optional

__all__ = [
    "CREDIT",
    "GATEWAY",
    "MANUAL",
    "STORE_CREDIT",
    "Capture",
    "Draw",
    "EntryKind",
    "LedgerEntry",
    "LineChange",
    "LineUnits",
    "Means",
    "OrderingPolicy",
    "PaymentLink",
    "PaymentStep",
    "Reversal",
    "RiskVerdict",
    "Shopper",
    "ShownPrice",
    "Tender",
    "TenderKind",
    "WebhookOutcome",
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
    BY_HAND = "by_hand"
    """When staff say so."""


GATEWAY: Final = ""
"""The method of payments that go through the shop's only gateway; several gateways have names."""
CREDIT: Final = "credit"
"""The method of what is paid with gift cards, store credit and points: inside the shop, without a gateway."""
STORE_CREDIT: Final = "store_credit"
"""The method of refunds that were given as new credit instead."""
MANUAL: Final = "manual"
"""The method of money that staff have seen: cash, a bank transfer."""


class EntryKind(StrEnum):
    """What happened to a payment."""

    INTENDED = "intended"
    """The shop means to ask for this amount; written before anybody is asked."""
    ACTION_REQUIRED = "action_required"
    """The buyer must do something first (``reference`` says where)."""
    DECLINED = "declined"
    AUTHORISED = "authorised"
    CAPTURE_REQUESTED = "capture_requested"
    """The shop means to take this amount; written before the provider is asked. The same for the next two."""
    VOID_REQUESTED = "void_requested"
    REFUND_REQUESTED = "refund_requested"
    CAPTURED = "captured"
    REFUSED = "refused"
    """The provider would not capture this amount; nothing has changed."""
    ANSWERED = "answered"
    """A request (``reference``) has its answer, which had been heard before by another way."""
    VOIDED = "voided"
    VOID_REFUSED = "void_refused"
    REFUNDED = "refunded"
    REFUND_REFUSED = "refund_refused"
    CHARGED_BACK = "charged_back"
    """The buyer's bank has taken this back."""
    CHARGEBACK_WON = "chargeback_won"
    """The bank has given it to the shop again."""
    FEE = "fee"
    """What the provider keeps for its service: no part of what the buyer pays."""


class PaymentStep(StrEnum):
    """What a provider can be asked to do with money it has promised."""

    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


@frozen
class LedgerEntry:
    """One fact about a payment, never changed. ``number`` counts the order's entries from 1 without gaps.

    ``reference`` is the provider's name for the fact: the same fact is written once. ``method`` says through whom:
    a gateway by its name, ``credit`` or ``manual``. ``request`` names the request that it answers, if it answers one.
    """

    number: int
    kind: EntryKind
    payment: PaymentId
    amount: Money
    reference: str
    at: Instant
    method: str = GATEWAY
    request: str = ""


@frozen
class Reversal:
    """Money to be taken, let go (``refund=False``) or given back (``refund=True``), by the method it came by.

    ``request`` names the intent in the ledger.
    """

    payment: PaymentId
    reference: str
    amount: Money
    refund: bool
    method: str = GATEWAY
    request: str = ""


class RiskVerdict(StrEnum):
    """What became of a risk check."""

    ACCEPT = "accept"
    REVIEW = "review"
    REFUSE = "refuse"


class WebhookOutcome(StrEnum):
    """What became of a notice of a provider."""

    APPLIED = "applied"
    KNOWN = "known"
    """It had been heard before, or by another way; nothing has changed."""
    UNKNOWN = "unknown"
    """The shop has no such payment; somebody should look."""
    DIFFERS = "differs"
    """It does not fit what the shop knows of the payment, such as another amount; somebody must look."""


class Means(StrEnum):
    """How money goes back."""

    ORIGINAL = "original"
    """To where it came from: what is only promised is let go first, then the payment made last comes first."""
    STORE_CREDIT = "store_credit"
    """As credit in the shop, for a member."""
    MANUAL = "manual"
    """By staff, outside the shop: cash, a bank transfer."""


class TenderKind(StrEnum):
    """What an order can be paid with inside the shop."""

    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    POINTS = "points"


@frozen
class Tender:
    """Something of the buyer's to pay with: the ``code`` of a gift card, their credit, their points.

    At most ``amount``, or so many ``points``, of it is used; with neither as much as there is, and as the order costs.
    """

    kind: TenderKind = field(validator=instance_of(TenderKind))
    code: str = field(default="", repr=False, validator=hidden(a_text(100, empty=True)))
    amount: Money | None = field(default=None, validator=optional(a_positive_amount))
    points: int | None = field(default=None, validator=optional(a_quantity))

    def __attrs_post_init__(self) -> None:
        if (self.kind is TenderKind.GIFT_CARD) != bool(self.code):
            raise Invalid("code", "", "a code for gift cards, and none otherwise")
        if self.points is not None and (self.kind is not TenderKind.POINTS or self.amount is not None):
            raise Invalid("points", self.points, "points of the buyer's points, without an amount")


@frozen
class LineUnits:
    """So many units of a line of an order."""

    line: int = field(validator=a_count)
    units: int = field(validator=a_quantity)


@frozen
class LineChange:
    """What is to become of a line of an order: how many units are still wanted, and the ``price`` of each that staff
    give, before tax where the line's prices are. What is left out stays.
    """

    line: int = field(validator=a_count)
    quantity: int | None = field(default=None, validator=optional(a_count))
    price: Money | None = field(default=None, validator=optional(an_amount))


@frozen
class Draw:
    """What is taken of an account of the buyer's for an order."""

    account: AccountId
    amount: Money


@frozen
class PaymentLink:
    """A secret by which somebody who is not the buyer may pay: its hash, and its end."""

    digest: str
    until: Instant


def _a_prefix(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not _is_prefix(value):
        raise Invalid(attribute.name, value, "up to 10 capital letters and digits, a letter first, such as WEB")


_is_prefix = re.compile("([A-Z][A-Z0-9]{0,9})?").fullmatch


@frozen
class OrderingPolicy:
    """The shop's choices about orders.

    ``capture``: when the money is taken; ``capture_parts``: at each shipment for what it carries, instead of all at the
    first. ``payment_window``: how long stock is set aside for an order that is not paid yet; then the order is
    cancelled. ``pay_later_window``: the same for orders that are to be paid later, by a link or a bill.
    ``settle_after``: how long an intent may go without an outcome before the provider is asked for one.
    ``terms``: the version of the terms that buyers must accept. ``gapless_numbers``: orders are numbered without gaps,
    one after the other, which makes placing wait in line; ``number_prefix`` stands before the number.
    """

    capture: Capture = field(default=Capture.AT_SHIPPING, validator=instance_of(Capture))
    payment_window: timedelta = field(default=timedelta(minutes=30), validator=a_duration)
    pay_later_window: timedelta = field(default=timedelta(days=14), validator=a_duration)
    settle_after: timedelta = field(default=timedelta(minutes=2), validator=a_duration)
    capture_parts: bool = field(default=False, validator=instance_of(bool))
    terms: str | None = field(default=None, validator=optional(a_text(50)))
    gapless_numbers: bool = field(default=False, validator=instance_of(bool))
    number_prefix: str = field(default="", validator=_a_prefix)
