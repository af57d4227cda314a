"""The webhooks of the gateway in memory: a body of JSON, and a header with the moment and the proof of both."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any, Final

from ecomcore.kernel.clock import Instant, utc
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import Fact, FactKind, Notice, Webhook

__all__ = ["SIGNATURE", "TOLERANCE", "doubt", "sign", "tell", "written"]

SIGNATURE: Final = "Memory-Signature"
"""The header that holds ``<seconds since 1970>.<signature>``."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far from now a webhook may have been signed, either way."""


def sign(secret: bytes, body: bytes, at: Instant) -> Webhook:
    """This body as the provider would send it at that moment."""
    sent = str(int(at.timestamp()))
    return Webhook({SIGNATURE: f"{sent}.{_signature(secret, sent, body)}"}, body)


def doubt(secret: bytes, webhook: Webhook, at: Instant) -> str | None:
    """Why a webhook is not believed; ``None`` for one that is genuine and of now."""
    sent, _, signature = webhook.header(SIGNATURE).partition(".")
    if not hmac.compare_digest(_bytes(signature), _bytes(_signature(secret, sent, webhook.body))):
        return "the signature is wrong"
    if abs(at.timestamp() - int(sent)) > TOLERANCE.total_seconds():
        return "it is too old, or from the future"
    return None


def written(notice: Notice) -> bytes:
    """The body that tells this."""
    fact = notice.fact
    told = {
        "id": notice.id,
        "kind": fact.kind,
        "minor": fact.amount.minor,
        "currency": fact.amount.currency,
        "fact": fact.reference,
        "reason": fact.reason,
        "reference": notice.reference,
        "payment": notice.payment,
        "taken": notice.taken,
        "at": notice.at and notice.at.isoformat(),
    }
    return json.dumps(told).encode()


def tell(body: bytes) -> tuple[Notice, ...]:
    """What a body says; nothing if this is no body of ours."""
    try:
        told = json.loads(body)
        return (_notice(told),) if isinstance(told, dict) else ()
    except (ValueError, KeyError, TypeError, Invalid, RecursionError):
        return ()


def _notice(told: dict[str, Any]) -> Notice:
    payment, at = told["payment"], told["at"]
    return Notice(
        told["id"],
        Fact(
            FactKind(told["kind"]),
            Money(told["minor"], Currency(told["currency"])),
            told["fact"],
            str(told["reason"]),
        ),
        str(told["reference"]),
        None if payment is None else PaymentId(str(payment)),
        told["taken"] is True,
        None if at is None else utc(Instant.fromisoformat(at)),
    )


def _signature(secret: bytes, sent: str, body: bytes) -> str:
    return hmac.new(secret, _bytes(sent) + b"." + body, hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    """A header as bytes, whatever a stranger has put into it."""
    return text.encode("utf-8", "surrogatepass")
