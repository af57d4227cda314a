"""What ordering can be asked about money: to move it, and to write down what providers and staff say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.messages import Command, Errand, Permission, Who
from ecomcore.kernel.money import Money, a_positive_amount
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import a_list_of, a_text, an_id, as_tuple, hidden, instance_of, optional
from ecomcore.ordering.commands import LONGEST_REASON
from ecomcore.ordering.gateway import MOST_HEADERS, Fact, a_body
from ecomcore.ordering.risk import RiskQuestion
from ecomcore.ordering.values import GATEWAY, LineUnits, Means, PaymentStep, RiskVerdict, WebhookOutcome
from ecomcore.quoting import MOST_LINES

__all__ = [
    "AuthorisePayment",
    "CaptureOrder",
    "CapturePayment",
    "CheckPayment",
    "ReceiveWebhook",
    "ReconcilePayments",
    "RecordActionRequired",
    "RecordAuthorisation",
    "RecordCapture",
    "RecordDecline",
    "RecordManualPayment",
    "RecordRefund",
    "RecordRefusal",
    "RecordRisk",
    "RecordStatus",
    "RecordVoid",
    "RefundOrder",
    "RefundPayment",
    "ScreenOrder",
    "VoidPayment",
]

RECORD = Permission("ordering.record_payment", Who.SYSTEM)
MOVE_MONEY = Permission("ordering.move_money", Who.SYSTEM)


def _pairs(headers: object) -> object:
    """Headers as a mapping, or as pairs."""
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    if isinstance(pairs, list | tuple):
        return tuple(tuple(pair) if isinstance(pair, list) else pair for pair in pairs)
    return headers


def _an_address(instance: object, attribute: Attribute[Any], value: object) -> None:
    a_text(2_000)(instance, attribute, value)
    if isinstance(value, str) and not value.isascii():
        raise Invalid(attribute.name, value, "an address or code in ASCII, as browsers send it")


def _some_headers(_: object, attribute: Attribute[Any], value: object) -> None:
    fits = isinstance(value, tuple) and len(value) <= MOST_HEADERS
    if not fits or not all(
        isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(each, str) for each in pair)
        for pair in value  # type: ignore[attr-defined]  # it is a tuple
    ):
        raise Invalid(attribute.name, type(value).__name__, f"at most {MOST_HEADERS} pairs of texts")


def _some_reasons(instance: object, attribute: Attribute[Any], value: Any) -> None:
    a_list_of(str, 20, 0)(instance, attribute, value)
    for index, reason in enumerate(value):
        if not 0 < len(reason) <= LONGEST_REASON or not reason.isprintable():
            raise Invalid(f"{attribute.name}[{index}]", reason, f"text of 1 to {LONGEST_REASON} characters")


@frozen
class AuthorisePayment(Errand):
    """Ask the gateway for a promise of the amount."""

    permission = MOVE_MONEY
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    token: str = field(repr=False, validator=hidden(a_text(500, empty=True)))
    method: str = field(default=GATEWAY, validator=a_text(empty=True))


@frozen
class _OfPayment:
    """An amount of one payment; ``reference`` is the provider's name for the fact or the promise it is about, and
    ``request``, where there is one, the shop's own for what it asked for.
    """

    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(validator=a_text())


@frozen
class CapturePayment(_OfPayment, Errand):
    """Ask the gateway to take what was promised."""

    permission = MOVE_MONEY
    method: str = field(default=GATEWAY, validator=a_text(empty=True))
    request: str = field(default="", validator=a_text(empty=True))


@frozen
class VoidPayment(_OfPayment, Errand):
    """Ask the gateway to let go what was promised."""

    permission = MOVE_MONEY
    method: str = field(default=GATEWAY, validator=a_text(empty=True))
    request: str = field(default="", validator=a_text(empty=True))


@frozen
class RefundPayment(_OfPayment, Errand):
    """Ask the gateway to give back what was taken."""

    permission = MOVE_MONEY
    method: str = field(default=GATEWAY, validator=a_text(empty=True))
    request: str = field(default="", validator=a_text(empty=True))


@frozen
class RecordAuthorisation(_OfPayment, Command[None]):
    """The provider has promised the amount. The answer of the gateway and a webhook enter here alike."""

    permission = RECORD
    taken: bool = field(default=False, validator=instance_of(bool))


@frozen
class RecordActionRequired(Command[None]):
    """The buyer must do something before the payment goes on."""

    permission = RECORD
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    url: str = field(validator=_an_address)


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
    request: str = field(default="", validator=a_text(empty=True))


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
    request: str = field(default="", validator=a_text(empty=True))


@frozen
class RecordVoid(_OfPayment, Command[None]):
    """The provider has let go what it promised."""

    permission = RECORD
    request: str = field(default="", validator=a_text(empty=True))


@frozen
class RecordRefund(_OfPayment, Command[None]):
    """The provider has given the amount back."""

    permission = RECORD
    request: str = field(default="", validator=a_text(empty=True))


@frozen
class RecordStatus(Command[None]):
    """What a provider says when it is asked: the facts it knows, or that the payment is ``missing`` there, or that the
    buyer still has to act at this ``url``. With none of them nothing is known yet.
    """

    permission = RECORD
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    reference: str = field(default="", validator=a_text(empty=True))
    facts: tuple[Fact, ...] = field(default=(), converter=as_tuple, validator=a_list_of(Fact, 1_000, 0))
    taken: bool = field(default=False, validator=instance_of(bool))
    missing: bool = field(default=False, validator=instance_of(bool))
    url: str = field(default="", validator=a_text(2_000, empty=True))


@frozen
class RecordRisk(Command[None]):
    """What a risk check says of an order."""

    permission = Permission("ordering.record_risk", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    verdict: RiskVerdict = field(validator=instance_of(RiskVerdict))
    reasons: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_some_reasons)
    token: str = field(default="", repr=False, validator=hidden(a_text(500, empty=True)))
    method: str = field(default=GATEWAY, validator=a_text(empty=True))
    pays: bool = field(default=False, validator=instance_of(bool))


@frozen
class ScreenOrder(Errand):
    """Ask the risk check whether the order can be trusted."""

    permission = Permission("ordering.record_risk", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    question: RiskQuestion = field(validator=instance_of(RiskQuestion))
    token: str = field(default="", repr=False, validator=hidden(a_text(500, empty=True)))
    method: str = field(default=GATEWAY, validator=a_text(empty=True))
    pays: bool = field(default=False, validator=instance_of(bool))


@frozen
class CheckPayment(Errand):
    """Ask the gateway what became of a payment; ``amount`` is what was intended."""

    permission = MOVE_MONEY
    order: OrderId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(default="", validator=a_text(empty=True))
    method: str = field(default=GATEWAY, validator=a_text(empty=True))


@frozen
class ReconcilePayments(Command[int]):
    """Have the providers asked about what they have not answered for too long. Answers with how many orders."""

    permission = RECORD
    limit: int = field(default=100, validator=a_page)


@frozen
class ReceiveWebhook(Command[tuple[WebhookOutcome, ...]]):
    """A request that claims to come from the provider of a method: its headers, and the bytes of its body as they came.

    Anybody may send it; only its signature is believed. Answers with what became of each notice in it: whatever it is,
    the provider has done its part and need not send it again. Raises ``ForgedWebhook``, ``UnknownMethod``.
    """

    permission = Permission("ordering.receive_webhook", Who.ANYONE)
    body: bytes = field(repr=False, validator=a_body)
    headers: tuple[tuple[str, str], ...] = field(repr=False, converter=_pairs, validator=_some_headers)
    method: str = field(default=GATEWAY, validator=a_text(empty=True))


@frozen
class CaptureOrder(Command[None]):
    """Take the money that is promised for an order, or an ``amount`` of it. Raises ``NothingToPay``,
    ``AmountDiffers``.
    """

    permission = Permission("ordering.capture", Who.STAFF)
    order: OrderId = field(validator=an_id)
    amount: Money | None = field(default=None, validator=optional(a_positive_amount))


@frozen
class RecordManualPayment(Command[PaymentId]):
    """Staff have received money for an order: cash, a bank transfer. ``reference`` names it, and makes it once.

    Raises ``AmountDiffers`` for more than is due.
    """

    permission = Permission("ordering.record_manual_payment", Who.STAFF)
    order: OrderId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(validator=a_text())


@frozen
class RefundOrder(Command[None]):
    """Give money back: for units at what was charged for them, for ``delivery``, or just an ``amount``.

    Lines and delivery, or an amount, not both. ``means`` says how: to where it came from (what is only promised first,
    then the payment made last), as store credit of the member, or by hand under a ``reference``. Raises
    ``NothingToRefund``, ``NotThatMany``.
    """

    permission = Permission("ordering.refund", Who.STAFF)
    order: OrderId = field(validator=an_id)
    reason: str = field(validator=a_text(LONGEST_REASON))
    lines: tuple[LineUnits, ...] = field(default=(), converter=as_tuple, validator=a_list_of(LineUnits, MOST_LINES, 0))
    delivery: Money | None = field(default=None, validator=optional(a_positive_amount))
    amount: Money | None = field(default=None, validator=optional(a_positive_amount))
    means: Means = field(default=Means.ORIGINAL, validator=instance_of(Means))
    reference: str = field(default="", validator=a_text(100, empty=True))

    def __attrs_post_init__(self) -> None:
        by_parts = bool(self.lines) or self.delivery is not None
        if by_parts == (self.amount is not None):
            raise Invalid("amount", self.amount, "lines and delivery, or an amount, not both")
