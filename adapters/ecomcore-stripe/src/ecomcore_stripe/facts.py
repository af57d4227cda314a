"""What Stripe's objects say happened, in the words of the port.

Whether an object came as a direct answer, in a webhook or when its status was asked, it says the same fact under the
same reference:

    authorised      pi_...              the PaymentIntent
    declined        pi_...:declined
    captured        ch_...              the charge; there is one capture of each PaymentIntent
    voided          pi_...:void         the whole, or the rest that a smaller capture let go
    refunded        re_...              the refund
    charged back    dp_... (or du_...)  the dispute
    chargeback won  dp_...:won
"""

from __future__ import annotations

from collections.abc import Iterable

from ecomcore.kernel.money import Money
from ecomcore.ordering import Fact, FactKind
from ecomcore_stripe.amounts import to_money
from ecomcore_stripe.asking import Data

__all__ = [
    "ORDER",
    "PAYMENT",
    "charge_of",
    "charged_back",
    "decline_of",
    "declined",
    "history",
    "let_go",
    "promised",
    "reason_of",
    "refunded",
    "taken",
    "void_of",
    "was_promised",
    "won_back",
]

PAYMENT = "ecomcore_payment"
"""The key of the metadata under which Stripe keeps the shop's id of the payment."""
ORDER = "ecomcore_order"

_FAILED = ("failed", "canceled")


def history(intent: Data, refunds: Iterable[Data], disputes: Iterable[Data]) -> tuple[Fact, ...]:
    """All that happened to an authorised payment, in its order. Raises ``Invalid`` or ``KeyError`` for other data."""
    back = tuple(fact for refund in sorted(refunds, key=_age) for fact in refunded(refund))
    fought = tuple(fact for dispute in sorted(disputes, key=_age) for fact in charged_back(dispute) + won_back(dispute))
    return promised(intent) + taken(intent) + let_go(intent) + back + fought


def was_promised(intent: Data) -> bool:
    """Whether the bank has ever promised the amount. A cancelled PaymentIntent may have been declined before."""
    if intent["status"] == "canceled":
        return intent.get("latest_charge") is not None and intent.get("last_payment_error") is None
    return intent["status"] in ("requires_capture", "succeeded")


def promised(intent: Data) -> tuple[Fact, ...]:
    """The authorisation."""
    if not was_promised(intent):
        return ()
    return (Fact(FactKind.AUTHORISED, _whole(intent), intent["id"]),)


def declined(intent: Data) -> tuple[Fact, ...]:
    """The bank's no, or the buyer's."""
    return (Fact(FactKind.DECLINED, _whole(intent), decline_of(intent["id"]), reason_of(intent)),)


def taken(intent: Data) -> tuple[Fact, ...]:
    """The capture."""
    if intent["status"] != "succeeded":
        return ()
    return (Fact(FactKind.CAPTURED, to_money(intent["amount_received"], intent["currency"]), charge_of(intent)),)


def let_go(intent: Data) -> tuple[Fact, ...]:
    """What was promised and will not be taken: Stripe lets go of the rest when less than the whole is captured."""
    if not was_promised(intent) or intent["status"] == "requires_capture":
        return ()
    rest = _whole(intent) - to_money(intent["amount_received"], intent["currency"])
    return () if rest.is_zero else (Fact(FactKind.VOIDED, rest, void_of(intent["id"])),)


def refunded(refund: Data) -> tuple[Fact, ...]:
    """A refund that moves money.

    To let go of a promise, Stripe makes a refund as well: it has no transaction on the account, and is not one that
    the shop asked for.
    """
    moves = refund.get("balance_transaction") is not None or PAYMENT in (refund.get("metadata") or {})
    if not moves or refund["status"] in _FAILED:
        return ()
    reason = refund.get("reason") or ""
    return (Fact(FactKind.REFUNDED, to_money(refund["amount"], refund["currency"]), refund["id"], reason),)


def charged_back(dispute: Data) -> tuple[Fact, ...]:
    """What the bank has taken back; nothing while it only inquires."""
    if not _moved(dispute, -1):
        return ()
    return (Fact(FactKind.CHARGED_BACK, _disputed(dispute), dispute["id"], dispute.get("reason") or ""),)


def won_back(dispute: Data) -> tuple[Fact, ...]:
    """What the bank has given back: all of it, or the part that had been refunded before."""
    given = _moved(dispute, 1)
    if not given:
        return ()
    # The transactions are in the currency of the account, which may not be that of the payment.
    same = all(each["currency"] == dispute["currency"] for each in given)
    units = sum(each["amount"] for each in given)
    amount = to_money(units, dispute["currency"]) if same else _disputed(dispute)
    return (Fact(FactKind.CHARGEBACK_WON, amount, f"{dispute['id']}:won"),)


def charge_of(intent: Data) -> str:
    """The id of the charge, which comes as an id or as the whole object."""
    charge = intent["latest_charge"]
    return str(charge if isinstance(charge, str) else charge["id"])


def reason_of(intent: Data) -> str:
    """Why there is no promise, as Stripe tells the buyer."""
    error = intent.get("last_payment_error") or {}
    return str(error.get("message") or error.get("code") or intent.get("cancellation_reason") or "no reason was given")


def decline_of(intent: str) -> str:
    """The reference of the decline of this PaymentIntent."""
    return f"{intent}:declined"


def void_of(intent: str) -> str:
    """The reference of the void of this PaymentIntent."""
    return f"{intent}:void"


def _whole(intent: Data) -> Money:
    return to_money(intent["amount"], intent["currency"])


def _disputed(dispute: Data) -> Money:
    return to_money(dispute["amount"], dispute["currency"])


def _moved(dispute: Data, sign: int) -> list[Data]:
    return [each for each in dispute.get("balance_transactions") or () if each["amount"] * sign > 0]


def _age(thing: Data) -> int:
    return int(thing["created"])
