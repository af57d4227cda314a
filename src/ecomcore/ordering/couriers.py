"""The couriers of ordering: each asks the gateway for one thing and yields the command that records the answer.

They run outside any transaction. The key is that of the delivery, the same at every try, so that a gateway does at
most one thing for it. An unknown outcome is tried again: the same key settles it.
"""

from __future__ import annotations

from typing import Any

from ecomcore.kernel.errors import OutcomeUnknown
from ecomcore.kernel.messages import Command, Envelope
from ecomcore.kernel.text import printable
from ecomcore.ordering.commands import (
    LONGEST_REASON,
    AuthorisePayment,
    CallOrderOff,
    CapturePayment,
    LetOrderGo,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordRefund,
    RecordRefusal,
    RecordVoid,
    RefundPayment,
    SettleGroupOrder,
    VoidPayment,
)
from ecomcore.ordering.ports import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    PaymentGateway,
    PaymentRequest,
    Refunded,
    Refusal,
    Unknown,
    Voided,
)
from ecomcore.ordering.values import PaymentStep

__all__ = ["authorise_payment", "capture_payment", "refund_payment", "settle_group_order", "void_payment"]


def authorise_payment(errand: AuthorisePayment, gateway: PaymentGateway, envelope: Envelope) -> Command[Any]:
    """Ask for the promise of an amount."""
    key = envelope.key or errand.payment
    request = PaymentRequest(key, errand.payment, errand.order, errand.amount, token=errand.token)
    match gateway.authorise(request):
        case Authorised(reference):
            return RecordAuthorisation(errand.order, errand.payment, errand.amount, reference)
        case Declined(reason, reference):
            return RecordDecline(errand.order, errand.payment, printable(reason, LONGEST_REASON), reference)
        case ActionRequired(url):
            return RecordActionRequired(errand.order, errand.payment, url)
        case Unknown(detail):
            raise OutcomeUnknown(f"authorisation of payment {errand.payment}: {detail}")


def capture_payment(errand: CapturePayment, gateway: PaymentGateway, envelope: Envelope) -> Command[Any]:
    """Ask to take what was promised."""
    request = _request(errand, envelope)
    match gateway.capture(request):
        case Captured(reference):
            return RecordCapture(errand.order, errand.payment, errand.amount, reference)
        case Refusal(reason):
            return _refused(errand, PaymentStep.CAPTURE, reason, request.key)
        case Unknown(detail):
            raise OutcomeUnknown(f"capture of payment {errand.payment}: {detail}")


def void_payment(errand: VoidPayment, gateway: PaymentGateway, envelope: Envelope) -> Command[Any]:
    """Ask to let go what was promised."""
    request = _request(errand, envelope)
    match gateway.void(request):
        case Voided(reference):
            return RecordVoid(errand.order, errand.payment, errand.amount, reference)
        case Refusal(reason):
            return _refused(errand, PaymentStep.VOID, reason, request.key)
        case Unknown(detail):
            raise OutcomeUnknown(f"void of payment {errand.payment}: {detail}")


def refund_payment(errand: RefundPayment, gateway: PaymentGateway, envelope: Envelope) -> Command[Any]:
    """Ask to give back what was taken."""
    request = _request(errand, envelope)
    match gateway.refund(request):
        case Refunded(reference):
            return RecordRefund(errand.order, errand.payment, errand.amount, reference)
        case Refusal(reason):
            return _refused(errand, PaymentStep.REFUND, reason, request.key)
        case Unknown(detail):
            raise OutcomeUnknown(f"refund of payment {errand.payment}: {detail}")


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
    return RecordRefusal(errand.order, errand.payment, step, errand.amount, printable(reason, LONGEST_REASON), attempt)
