"""One question to Stripe, and the four things that can come of it: an answer, a no, nothing certain, an outage."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import stripe
from attrs import frozen

from ecomcore.kernel.errors import PortUnavailable

__all__ = ["Data", "Lost", "No", "ask"]

Data: TypeAlias = Mapping[str, Any]
"""An object of Stripe's, as plain data."""

_WAITS: Final = (0.05, 0.2, 0.5, 1.0)
"""Seconds between the tries while a twin of the request, under the same key, is still being answered."""
_CONFLICT: Final = 409


@frozen
class No:
    """Stripe will not do it. ``intent`` is the id of the PaymentIntent that was declined, if one was."""

    reason: str
    intent: str = ""


@frozen
class Lost:
    """The request may have been carried out, and may not."""

    detail: str


def ask(question: Callable[[], stripe.StripeObject]) -> Data | No | Lost:
    """The answer as plain data. Raises ``PortUnavailable`` if it is certain that nothing was done.

    Under the key of a request that is still under way Stripe answers with a conflict: it is waited for a little, so
    that twins get one answer.
    """
    for wait in (*_WAITS, None):
        try:
            return question().to_dict()
        except stripe.StripeError as error:
            if error.http_status != _CONFLICT or wait is None:
                return _outcome(error)
            time.sleep(wait)
    raise AssertionError("the last try always returns")


def _outcome(error: stripe.StripeError) -> No | Lost:
    match error:
        case stripe.CardError():
            return No(_said(error), _declined_intent(error))
        case stripe.IdempotencyError():
            return No("the key served another request")
        case stripe.InvalidRequestError():
            return No(_said(error))
        case stripe.AuthenticationError() | stripe.PermissionError():
            raise PortUnavailable(f"Stripe does not let this key do it ({_trace(error)})") from error
        case stripe.RateLimitError():
            raise PortUnavailable(f"Stripe has no time for it now ({_trace(error)})") from error
        case stripe.APIConnectionError() if _never_left(error):
            raise PortUnavailable("Stripe cannot be reached") from error
        case stripe.APIConnectionError():
            return Lost("the connection to Stripe broke")
        case _:
            return Lost(f"Stripe answered with an error ({_trace(error)})")


def _said(error: stripe.StripeError) -> str:
    return error.user_message or error.code or "Stripe gave no reason"


def _trace(error: stripe.StripeError) -> str:
    """What Stripe's support finds the request by. Its message may quote parts of the key, and is left out."""
    return f"status {error.http_status}, request {error.request_id}"


def _declined_intent(error: stripe.CardError) -> str:
    match error.json_body:
        case {"error": {"payment_intent": {"id": str() as intent}}}:
            return intent
        case _:
            return ""


def _never_left(error: stripe.APIConnectionError) -> bool:
    """Whether it is certain that nothing was sent: no address, nobody listening, or not Stripe who listened.

    Everything else, a timeout above all, may have come after the request. The attributes are followed by name, not
    the chain of contexts: that one also holds errors somebody further out is handling just now.
    """
    raised = error.__cause__  # by requests
    reason = getattr(raised.args[0] if raised is not None and raised.args else None, "reason", None)  # by urllib3
    causes = (getattr(reason, "__cause__", None), *getattr(reason, "args", ()))
    return any(isinstance(c, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError) for c in causes)
