"""How payments, refunds and amounts are written at Alipay, and how they are read again."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money, parse_money

__all__ = [
    "CNY",
    "amount_of",
    "is_refund",
    "passback_of",
    "payment_of",
    "refund_name",
    "subject_of",
    "told_by",
    "trade_name",
    "void_name",
    "yuan",
]

CNY: Final = Currency("CNY")
_LONGEST_SUBJECT: Final = 256
_REFUND: Final = "refund_"

_plain = re.compile("[0-9A-Za-z][0-9A-Za-z-]{0,63}").fullmatch
_refused_in_subjects = re.compile(r"[/=&{}\"\\<>]")


def trade_name(payment: PaymentId) -> str:
    """The ``out_trade_no`` of a payment: at most 64 letters, digits and underscores, always the same.

    It is the one reference of a payment: Alipay knows a trade by it before it is paid and afterwards.
    """
    return payment.replace("-", "_") if _plain(payment) else f"_{_digest(payment)}"


def payment_of(trade: str) -> PaymentId | None:
    """The payment of a trade, if its name tells."""
    payment = PaymentId(trade.replace("_", "-"))
    return payment if _plain(payment) and trade_name(payment) == trade else None


def refund_name(payment: PaymentId, key: str) -> str:
    """The ``out_request_no`` of a refund: one for each key."""
    return f"{_REFUND}{_digest(f'{payment} {key}')}"


def is_refund(name: str) -> bool:
    """Whether this is the name of a refund."""
    return name.startswith(_REFUND)


def void_name(payment: PaymentId) -> str:
    """The ``out_request_no`` under which a whole payment is given back: one for each payment."""
    return f"void_{_digest(payment)}"


def passback_of(payment: PaymentId, amount: Money) -> str:
    """What Alipay hands back with every notification: the amount that was asked for, and the payment."""
    return f"{amount.minor}_{payment}"


def told_by(passback: str) -> tuple[int, PaymentId] | None:
    """The amount and the payment of ``passback_of``."""
    minor, _, payment = passback.partition("_")
    return (int(minor), PaymentId(payment)) if minor.isascii() and minor.isdecimal() and payment else None


def yuan(amount: Money) -> str:
    """The amount in yuan with two decimals."""
    return f"{amount.minor // 100}.{amount.minor % 100:02}"


def amount_of(text: str) -> Money | None:
    """The amount of decimal text in yuan; ``None`` if it is none."""
    try:
        return parse_money(text, CNY)
    except Invalid:
        return None


def subject_of(subject: str, order: str) -> str:
    """What the buyer reads. Alipay refuses some characters, and the client library stumbles over braces in answers."""
    return _refused_in_subjects.sub(" ", f"{subject} {order}")[:_LONGEST_SUBJECT].strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
