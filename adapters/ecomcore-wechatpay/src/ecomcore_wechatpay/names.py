"""How payments and refunds are written at WeChat Pay, and how they are read again."""

from __future__ import annotations

import hashlib
from typing import Final

from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money

__all__ = ["CNY", "attached", "attachment", "description_of", "is_void", "refund_name", "trade_name", "void_name"]

CNY: Final = Currency("CNY")
_MOST_BYTES: Final = 127
"""The longest description of an order."""
_VOID: Final = "void_"


def trade_name(payment: PaymentId) -> str:
    """The ``out_trade_no`` of a payment: 32 characters, which is as much as fits, always the same.

    It is the one reference of a payment: WeChat Pay knows an order by it before it is paid and afterwards.
    """
    return _digest(payment)


def refund_name(payment: PaymentId, key: str) -> str:
    """The ``out_refund_no`` of a refund: one for each key."""
    return f"refund_{_digest(f'{payment} {key}')}"


def void_name(payment: PaymentId) -> str:
    """The ``out_refund_no`` under which a whole payment is given back: one for each payment."""
    return f"{_VOID}{_digest(payment)}"


def is_void(name: str) -> bool:
    """Whether a refund of this name is a payment that was given back whole."""
    return name.startswith(_VOID)


def attachment(payment: PaymentId, amount: Money) -> str:
    """What WeChat Pay hands back: the amount that was asked for, and the payment. At most 128 characters."""
    return f"{amount.minor}_{payment}"


def attached(text: object) -> tuple[int, PaymentId] | None:
    """The amount and the payment of ``attachment``."""
    minor, _, payment = text.partition("_") if isinstance(text, str) else ("", "", "")
    return (int(minor), PaymentId(payment)) if minor.isascii() and minor.isdecimal() and payment else None


def description_of(subject: str, order: str) -> str:
    """What the buyer reads: as much of it as fits, without half a character."""
    return f"{subject} {order}".encode()[:_MOST_BYTES].decode(errors="ignore").strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
