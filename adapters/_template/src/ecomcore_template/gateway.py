"""The provider's words on one side, the port's on the other, and nothing decided in between."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid, PortUnavailable
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capabilities,
    Captured,
    Declined,
    Fact,
    FactKind,
    Forged,
    Found,
    NotFoundThere,
    Notice,
    PaymentGateway,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
    WebhookAnswer,
)
from ecomcore_template.provider import SIGNATURE, Answer, Provider, signature_of

__all__ = ["TemplatePay"]

Done = TypeVar("Done", Captured, Voided, Refunded)

TOLERANCE: Final = timedelta(minutes=5)
"""How far from now a webhook may have been sent, either way."""
KINDS: Final = {
    "authorised": FactKind.AUTHORISED,
    "captured": FactKind.CAPTURED,
    "cancelled": FactKind.VOIDED,
    "refunded": FactKind.REFUNDED,
}
"""The provider's words for what happens; what has another word is of no interest."""


class TemplatePay(PaymentGateway):
    """Payments through the made-up provider; ``secret`` is what it signs its webhooks with.

    The request's key becomes the provider's idempotency key, so asking again repeats nothing; the provider keeps one
    list of keys for all it does, so the operation is a part of the key. No connection means that nothing happened:
    ``PortUnavailable``. No answer means that nobody knows: ``Unknown``, and the shop asks again. The shop's payment id
    goes with every authorisation: by it the payment is found again, and by it a webhook says what it is about.
    """

    def __init__(self, provider: Provider, secret: bytes) -> None:
        self._provider = provider
        self._secret = secret

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(partial_capture=True, several_captures=True, partial_refund=True)

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        key, amount = f"authorise-{request.key}", request.amount
        match _asked(
            lambda: self._provider.authorise(key, request.payment, amount.minor, amount.currency, request.token)
        ):
            case {"status": "authorised", "id": reference}:
                return Authorised(reference)
            case {"status": "requires_action", "url": url, "id": reference}:
                return ActionRequired(url, reference)
            case {"status": "declined", "reason": reason, "id": reference}:
                return Declined(reason, reference)
            case {"status": "refused", "reason": reason}:
                return Declined(reason)
            case answer:
                return Unknown(f"the provider answered {answer}")

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        return _moved(self._provider.capture, request, "captured", Captured)

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        return _moved(self._provider.cancel, request, "cancelled", Voided)

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        return _moved(self._provider.refund, request, "refunded", Refunded)

    def status(self, request: PaymentRequest) -> StatusAnswer:
        match _asked(lambda: self._provider.find(request.payment)):
            case {"status": "authorised", "id": reference, "events": events}:
                return Found(reference, tuple(_fact(event) for event in events if event["what"] in KINDS))
            case {"status": "requires_action", "url": url}:
                return Pending(url)
            case {"status": "declined", "reason": reason, "id": reference}:
                return Declined(reason, reference)
            case {"status": "none"}:
                return NotFoundThere()
            case answer:
                return Unknown(f"the provider answered {answer}")

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        if doubt := self._doubt(webhook, at):
            return Forged(doubt)
        try:
            event = json.loads(webhook.body)
            if event["what"] not in KINDS:
                return ()
            return (Notice(event["event"], _fact(event), str(event["charge"]), PaymentId(str(event["payment"]))),)
        except (ValueError, KeyError, TypeError, Invalid, RecursionError):
            return ()  # it is theirs, and says nothing that this adapter knows

    def _doubt(self, webhook: Webhook, at: Instant) -> str:
        """Why it is not believed; empty if it is. The bytes are proved as they came, before anybody looks inside."""
        moment, _, proof = webhook.header(SIGNATURE).partition(",v1=")
        sent = moment.removeprefix("t=")
        if not sent.isascii() or not sent.isdecimal() or len(sent) > 12:
            return "it does not say when it was sent"
        # As bytes: text that is not ASCII cannot be compared in constant time.
        expected = signature_of(self._secret, sent, webhook.body).encode()
        if not hmac.compare_digest(proof.encode("utf-8", "surrogatepass"), expected):
            return "the signature is wrong"
        if abs(at.timestamp() - int(sent)) > TOLERANCE.total_seconds():
            return "it is too old, or from the future"
        return ""


def _fact(event: Answer) -> Fact:
    return Fact(KINDS[event["what"]], Money(event["amount"], Currency(event["currency"])), event["id"])


def _moved(
    move: Callable[[str, str, int, str], Answer], request: PaymentRequest, status: str, done: type[Done]
) -> Done | Refusal | Unknown:
    key, amount = f"{status}-{request.key}", request.amount
    match _asked(lambda: move(key, request.reference, amount.minor, amount.currency)):
        case {"status": said, "id": reference} if said == status:
            return done(reference)
        case {"status": "refused", "reason": reason}:
            return Refusal(reason)
        case answer:
            return Unknown(f"the provider answered {answer}")


def _asked(ask: Callable[[], Answer]) -> Answer | dict[str, Any]:
    try:
        return ask()
    except TimeoutError as error:
        return {"status": "timeout", "detail": str(error)}
    except ConnectionError as error:
        raise PortUnavailable("the payment provider", error) from error
