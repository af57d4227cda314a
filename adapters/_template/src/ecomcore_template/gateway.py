"""The provider's words on one side, the port's on the other, and nothing decided in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.ordering import (
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
from ecomcore_template.provider import Answer, Provider

__all__ = ["TemplatePay"]

Done = TypeVar("Done", Captured, Voided, Refunded)


class TemplatePay(PaymentGateway):
    """Payments through the made-up provider.

    The request's key becomes the provider's idempotency key, so asking again repeats nothing; the provider keeps one
    list of keys for all it does, so the operation is a part of the key. No connection means that nothing happened:
    ``PortUnavailable``. No answer means that nobody knows: ``Unknown``, and the shop asks again.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        key, amount = f"authorise-{request.key}", request.amount
        match _asked(lambda: self._provider.authorise(key, amount.minor, amount.currency, request.token)):
            case {"status": "authorised", "id": reference}:
                return Authorised(reference)
            case {"status": "requires_action", "url": url}:
                return ActionRequired(url)
            case {"status": "declined" | "refused", "reason": reason}:
                return Declined(reason)
            case answer:
                return Unknown(f"the provider answered {answer}")

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        return _moved(self._provider.capture, request, "captured", Captured)

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        return _moved(self._provider.cancel, request, "cancelled", Voided)

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        return _moved(self._provider.refund, request, "refunded", Refunded)


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


def _asked(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except TimeoutError as error:
        return {"status": "timeout", "detail": str(error)}
    except ConnectionError as error:
        raise PortUnavailable("the payment provider", error) from error
