"""Webhooks of Stripe: first the proof, over the bytes as they came, then what they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import stripe
from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import DomainError, Invalid
from ecomcore.kernel.ids import PaymentId
from ecomcore.ordering import Fact, Forged, Notice, Webhook
from ecomcore_stripe import facts
from ecomcore_stripe.asking import Data

__all__ = ["Secrets", "notices", "proved"]


def _secrets(_: object, __: object, value: tuple[object, ...]) -> None:
    if not all(isinstance(secret, str) and secret.strip() for secret in value):
        raise Invalid("webhook_secrets", f"{len(value)} of them", "secrets such as whsec_..., none blank")


@frozen
class Secrets:
    """What webhooks of this endpoint are signed with, and how old they may be."""

    known: tuple[str, ...] = field(repr=False, validator=_secrets)
    tolerance: timedelta


def proved(webhook: Webhook, secrets: Secrets, at: Instant) -> Forged | None:
    """Nothing, if the webhook was signed by Stripe at about this time; otherwise why it is not believed."""
    signature = webhook.header("Stripe-Signature")
    if not any(_signed(webhook.body, signature, secret) for secret in secrets.known):
        return Forged("the signature is wrong" if signature else "there is no signature")
    # Stripe's own check of the age reads the clock of the machine; here the moment is an argument.
    sent = next(part[2:] for part in signature.split(",") if part.startswith("t="))
    if not sent.isdecimal() or abs(at.timestamp() - int(sent)) > secrets.tolerance.total_seconds():
        return Forged("it is too old, or from the future")
    return None


def _signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None))
    except (stripe.SignatureVerificationError, UnicodeError, TypeError, ValueError):
        return False  # bytes that are no text, or a signature that is not ASCII, are not Stripe's


def notices(body: bytes) -> tuple[Notice, ...]:
    """What a proved webhook tells.

    What is not of interest, not ours or not whole tells nothing: no amount is guessed.
    """
    try:
        event = json.loads(body)
        tell = _TOLD.get(event["type"])
        return () if tell is None else tell(event, event["data"]["object"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError, DomainError):
        return ()


def _authorised(event: Data, intent: Data) -> tuple[Notice, ...]:
    return _ours(event, intent, intent["id"], facts.promised(intent))


def _captured(event: Data, intent: Data) -> tuple[Notice, ...]:
    return _ours(event, intent, intent["id"], facts.taken(intent) + facts.let_go(intent))


def _declined(event: Data, intent: Data) -> tuple[Notice, ...]:
    return _ours(event, intent, intent["id"], facts.declined(intent))


def _cancelled(event: Data, intent: Data) -> tuple[Notice, ...]:
    """A promise that is let go, by us, by hand or after a week by itself; or the end of what never became one."""
    return _ours(event, intent, intent["id"], facts.let_go(intent) or facts.declined(intent))


def _charge_captured(event: Data, charge: Data) -> tuple[Notice, ...]:
    """The same as that the PaymentIntent has succeeded, told by its charge."""
    reference = charge["payment_intent"]
    intent = {
        "id": reference,
        "status": "succeeded",
        "amount": charge["amount"],
        "amount_received": charge["amount_captured"],
        "currency": charge["currency"],
        "latest_charge": charge["id"],
    }
    return _ours(event, charge, reference, facts.taken(intent) + facts.let_go(intent))


def _charge_refunded(event: Data, charge: Data) -> tuple[Notice, ...]:
    """Endpoints of old versions list the refunds; to the newer ones ``refund.created`` tells each of them."""
    refunds = (charge.get("refunds") or {}).get("data") or ()
    told = tuple(fact for refund in refunds for fact in facts.refunded(refund))
    return _ours(event, charge, charge["payment_intent"], told)


def _refund(event: Data, refund: Data) -> tuple[Notice, ...]:
    return _told(event, refund["payment_intent"], _payment(refund), facts.refunded(refund))


def _charged_back(event: Data, dispute: Data) -> tuple[Notice, ...]:
    return _told(event, dispute["payment_intent"], None, facts.charged_back(dispute))


def _won_back(event: Data, dispute: Data) -> tuple[Notice, ...]:
    return _told(event, dispute["payment_intent"], None, facts.won_back(dispute))


def _ours(event: Data, thing: Data, reference: str, told: tuple[Fact, ...]) -> tuple[Notice, ...]:
    """Nothing about payments of others: one account of Stripe's may serve many systems."""
    payment = _payment(thing)
    return () if payment is None else _told(event, reference, payment, told)


def _told(event: Data, reference: object, payment: PaymentId | None, told: tuple[Fact, ...]) -> tuple[Notice, ...]:
    if not isinstance(reference, str):
        reference = ""
    if not reference and payment is None:
        return ()
    at = datetime.fromtimestamp(event["created"], UTC)
    first = event["id"]
    names = [first, *(f"{first}:{number}" for number in range(2, len(told) + 1))]
    return tuple(Notice(name, fact, reference, payment, at=at) for name, fact in zip(names, told, strict=False))


def _payment(thing: Data) -> PaymentId | None:
    payment = (thing.get("metadata") or {}).get(facts.PAYMENT)
    return PaymentId(payment) if isinstance(payment, str) and payment else None


_TOLD: Final[Mapping[str, Callable[[Data, Any], tuple[Notice, ...]]]] = {
    "payment_intent.amount_capturable_updated": _authorised,
    "payment_intent.succeeded": _captured,
    "payment_intent.payment_failed": _declined,
    "payment_intent.canceled": _cancelled,
    "charge.captured": _charge_captured,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "charge.dispute.created": _charged_back,
    "charge.dispute.funds_withdrawn": _charged_back,
    "charge.dispute.funds_reinstated": _won_back,
    "charge.dispute.closed": _won_back,
}
