"""The couriers of ordering: each asks the gateway for one thing and yields the command that records the answer.

They run outside any transaction. The key is that of the delivery, the same at every try, so that a gateway does at
most one thing for it. An unknown outcome is tried again: the same key settles it.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from ecomcore.kernel.errors import OutcomeUnknown
from ecomcore.kernel.messages import Command, Envelope
from ecomcore.kernel.money import Money
from ecomcore.kernel.text import printable
from ecomcore.ordering.commands import LONGEST_REASON, CallOrderOff, LetOrderGo, SettleGroupOrder
from ecomcore.ordering.gateway import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    FactKind,
    Found,
    NotFoundThere,
    PaymentGateway,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    Unknown,
    Voided,
)
from ecomcore.ordering.gateways import Gateways
from ecomcore.ordering.payment_commands import (
    AuthorisePayment,
    CapturePayment,
    CheckPayment,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordRefund,
    RecordRefusal,
    RecordRisk,
    RecordStatus,
    RecordVoid,
    RefundPayment,
    ScreenOrder,
    VoidPayment,
)
from ecomcore.ordering.risk import Accept, Refuse, Review, RiskCheck
from ecomcore.ordering.values import PaymentStep, RiskVerdict

__all__ = [
    "authorise_payment",
    "capture_payment",
    "check_payment",
    "refund_payment",
    "screen_order",
    "settle_group_order",
    "void_payment",
]


def authorise_payment(errand: AuthorisePayment, gateways: Gateways) -> Command[Any]:
    """Ask for the promise of an amount."""
    key = errand.payment  # the payment is the intention: whoever asks for its status later knows it too
    request = PaymentRequest(key, errand.payment, errand.order, errand.amount, token=errand.token)
    match gateways.of(errand.method).authorise(request):
        case Authorised(reference, taken):
            return RecordAuthorisation(errand.order, errand.payment, errand.amount, reference, taken)
        case Declined(reason, reference):
            return RecordDecline(errand.order, errand.payment, printable(reason, LONGEST_REASON), reference)
        case ActionRequired(url):
            return RecordActionRequired(errand.order, errand.payment, url)
        case Unknown(detail):
            raise OutcomeUnknown(f"authorisation of payment {errand.payment}: {detail}")


def capture_payment(errand: CapturePayment, gateways: Gateways, envelope: Envelope) -> Command[Any]:
    """Ask to take what was promised."""
    gateway, request = gateways.of(errand.method), _request(errand, envelope)
    if not gateway.capabilities.partial_capture:
        request = evolve(request, amount=_promised(errand, gateway))  # what is too much of it goes back
    match gateway.capture(request):
        case Captured(reference):
            return RecordCapture(errand.order, errand.payment, request.amount, reference, errand.request)
        case Refusal(reason):
            return _refused(errand, PaymentStep.CAPTURE, reason, request.key)
        case Unknown(detail):
            raise OutcomeUnknown(f"capture of payment {errand.payment}: {detail}")


def _promised(errand: CapturePayment, gateway: PaymentGateway) -> Money:
    """The whole promise, of which this gateway cannot take a part."""
    asked = PaymentRequest(errand.payment, errand.payment, errand.order, errand.amount, reference=errand.reference)
    match gateway.status(asked):
        case Found(_, facts):
            promised = [fact.amount for fact in facts if fact.kind is FactKind.AUTHORISED]
            return promised[-1] if promised else errand.amount
        case _:
            raise OutcomeUnknown(f"capture of payment {errand.payment}: nobody knows what was promised")


def void_payment(errand: VoidPayment, gateways: Gateways, envelope: Envelope) -> Command[Any]:
    """Ask to let go what was promised."""
    request = _request(errand, envelope)
    match gateways.of(errand.method).void(request):
        case Voided(reference):
            return RecordVoid(errand.order, errand.payment, errand.amount, reference, errand.request)
        case Refusal(reason):
            return _refused(errand, PaymentStep.VOID, reason, request.key)
        case Unknown(detail):
            raise OutcomeUnknown(f"void of payment {errand.payment}: {detail}")


def refund_payment(errand: RefundPayment, gateways: Gateways, envelope: Envelope) -> Command[Any]:
    """Ask to give back what was taken."""
    request = _request(errand, envelope)
    match gateways.of(errand.method).refund(request):
        case Refunded(reference):
            return RecordRefund(errand.order, errand.payment, errand.amount, reference, errand.request)
        case Refusal(reason):
            return _refused(errand, PaymentStep.REFUND, reason, request.key)
        case Unknown(detail):
            raise OutcomeUnknown(f"refund of payment {errand.payment}: {detail}")


def check_payment(errand: CheckPayment, gateways: Gateways) -> Command[Any]:
    """Ask what became of a payment, or of what was asked about it. What is not known yet is asked again later."""
    request = PaymentRequest(errand.payment, errand.payment, errand.order, errand.amount, reference=errand.reference)
    match gateways.of(errand.method).status(request):
        case Found(reference, facts, taken):
            return RecordStatus(errand.order, errand.payment, reference, facts, taken)
        case Declined(reason, reference):
            return RecordDecline(errand.order, errand.payment, printable(reason, LONGEST_REASON), reference)
        case NotFoundThere():
            return RecordStatus(errand.order, errand.payment, missing=True)
        case Pending(url):
            return RecordStatus(errand.order, errand.payment, url=url)
        case Unknown():
            return RecordStatus(errand.order, errand.payment)


def screen_order(errand: ScreenOrder, check: RiskCheck) -> Command[Any]:
    """Ask whether the order can be trusted."""
    match check.score(errand.question):
        case Accept():
            verdict, told = RiskVerdict.ACCEPT, tuple[str, ...]()
        case Review(reasons):
            return RecordRisk(
                errand.order, RiskVerdict.REVIEW, _short(reasons), errand.token, errand.method, errand.pays
            )
        case Refuse(reasons):
            return RecordRisk(
                errand.order, RiskVerdict.REFUSE, _short(reasons), errand.token, errand.method, errand.pays
            )

    return RecordRisk(errand.order, verdict, _short(told), errand.token, errand.method, errand.pays)


def _short(reasons: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(printable(reason, LONGEST_REASON) for reason in reasons[:20])


def settle_group_order(errand: SettleGroupOrder) -> Command[Any]:
    """Nobody outside is asked: each order of a group, which may be large, is settled by itself."""
    if errand.succeeded:
        return LetOrderGo(errand.order, errand.promotion)
    return CallOrderOff(errand.order, "too few have joined the group buy")


def _request(errand: CapturePayment | VoidPayment | RefundPayment, envelope: Envelope) -> PaymentRequest:
    key = envelope.key or f"{type(errand).__name__}:{errand.payment}"
    return PaymentRequest(key, errand.payment, errand.order, errand.amount, reference=errand.reference)


def _refused(
    errand: CapturePayment | VoidPayment | RefundPayment, step: PaymentStep, reason: str, attempt: str
) -> RecordRefusal:
    why = printable(reason, LONGEST_REASON)
    return RecordRefusal(errand.order, errand.payment, step, errand.amount, why, attempt, errand.request)
