"""What a Stripe does with PaymentIntents, refunds and disputes; kept in memory, told as events.

It behaves as Stripe's documentation says: one capture for each authorisation, the rest of which is let go; no more
refunded than was captured; a parameter that is not known is refused, and so is one that no longer is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from copy import deepcopy
from typing import Any, Final, TypeAlias

from attrs import define

from ecomcore.kernel.clock import Clock, SystemClock

__all__ = ["ASKS_THE_BUYER", "DECLINED", "INSUFFICIENT_FUNDS", "PAYS", "Books", "Thing", "Wrong"]

Thing: TypeAlias = dict[str, Any]
"""An object as Stripe sends it."""

PAYS: Final = "pm_card_visa"
"""The test card that always pays; the names of all of them are Stripe's own."""
DECLINED: Final = "pm_card_visa_chargeDeclined"
INSUFFICIENT_FUNDS: Final = "pm_card_visa_chargeDeclinedInsufficientFunds"
ASKS_THE_BUYER: Final = "pm_card_authenticationRequired"
"""Its owner must confirm on a page of the bank."""

_DECLINES: Final[Mapping[str, tuple[str, str]]] = {
    DECLINED: ("generic_decline", "Your card was declined."),
    INSUFFICIENT_FUNDS: ("insufficient_funds", "Your card has insufficient funds."),
}
_CREATE: Final = frozenset(
    {
        "amount",
        "currency",
        "payment_method",
        "allowed_payment_method_types",
        "capture_method",
        "confirm",
        "return_url",
        "metadata",
    }
)
_STEPS_OF_TEN: Final = ("bhd", "jod", "kwd", "omr", "tnd")
_WHOLE: Final = ("isk", "ugx")


@define(eq=False)
class Wrong(Exception):
    """A request that is refused, with the status and the error object of the answer."""

    message: str
    status: int = 400
    code: str = ""
    type: str = "invalid_request_error"
    param: str = ""
    intent: Thing | None = None
    decline_code: str = ""

    def body(self) -> Thing:
        """The error as it is sent."""
        told = {"code": self.code, "param": self.param, "decline_code": self.decline_code}
        error = {"type": self.type, "message": self.message} | {key: value for key, value in told.items() if value}
        return {"error": error | ({"payment_intent": self.intent} if self.intent else {})}


class Books:
    """All objects by id, and every event there was. It is not safe for threads: the server lets in one at a time."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.intents: dict[str, Thing] = {}
        self.charges: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}
        self.events: list[Thing] = []
        self._numbers = itertools.count(1)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def create(self, asked: Thing) -> Thing:
        """A PaymentIntent, confirmed at once: promised, declined, or waiting for the buyer."""
        _only(asked, _CREATE)
        amount, currency = _amount(asked, "amount", str(asked.get("currency"))), asked.get("currency")
        if not isinstance(currency, str) or len(currency) != 3:
            raise Wrong(f"Invalid currency: {currency}.", param="currency")
        method = asked.get("payment_method")
        if method not in (PAYS, ASKS_THE_BUYER, *_DECLINES):
            raise Wrong(f"No such PaymentMethod: '{method}'", code="resource_missing", param="payment_method")
        intent: Thing = {
            "id": self._id("pi"),
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": asked.get("capture_method", "automatic_async"),
            "created": self._now(),
            "currency": currency,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": asked.get("metadata", {}),
            "next_action": None,
            "payment_method": method,
            "payment_method_types": asked.get("allowed_payment_method_types", ["card"]),
            "status": "requires_confirmation",
        }
        self.intents[intent["id"]] = intent
        self._tell("payment_intent.created", intent)
        if method == ASKS_THE_BUYER:
            page = {"url": f"https://hooks.stripe.example/3d_secure/{intent['id']}", "return_url": asked["return_url"]}
            intent |= {"status": "requires_action", "next_action": {"type": "redirect_to_url", "redirect_to_url": page}}
            self._tell("payment_intent.requires_action", intent)
        elif method in _DECLINES:
            self._decline(intent, *_DECLINES[method])
            code, message = _DECLINES[method]
            raise Wrong(message, 402, "card_declined", "card_error", intent=deepcopy(intent), decline_code=code)
        else:
            self._promise(intent)
        return intent

    def buyer_acts(self, intent_id: str, *, confirms: bool = True) -> None:
        """The buyer comes back from the bank's page. A payment that does not wait for them stays as it is."""
        intent = self.intents[intent_id]
        if intent["status"] != "requires_action":
            return
        intent["next_action"] = None
        if confirms:
            self._promise(intent)
        else:
            message = "The provided PaymentMethod has failed authentication."
            self._decline(intent, "authentication_failed", message, "payment_intent_authentication_failure")

    def capture(self, intent_id: str, asked: Thing) -> Thing:
        """Take the amount; the rest is let go."""
        _only(asked, {"amount_to_capture", "metadata"})
        intent = self.intent(intent_id)
        _in_state(intent, "captured", "requires_capture")
        amount = _amount(asked, "amount_to_capture", intent["currency"])
        if amount > intent["amount_capturable"]:
            raise Wrong(
                "The amount to capture is greater than the amount that can be captured.", code="amount_too_large"
            )
        charge = self.charges[intent["latest_charge"]]
        rest = charge["amount"] - amount
        charge |= {"captured": True, "amount_captured": amount, "amount_refunded": rest}
        charge["balance_transaction"] = self._id("txn")
        intent["metadata"] |= asked.get("metadata", {})
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        self._tell("charge.captured", charge)
        self._tell("payment_intent.succeeded", intent)
        return intent

    def cancel(self, intent_id: str, asked: Thing) -> Thing:
        """Let go of the promise, or of the attempt."""
        _only(asked, {"cancellation_reason"})
        intent = self.intent(intent_id)
        waiting = ("requires_payment_method", "requires_confirmation", "requires_action")
        _in_state(intent, "canceled", "requires_capture", *waiting)
        charge = self.charges.get(intent["latest_charge"] or "")
        if charge is not None and intent["status"] == "requires_capture":
            charge |= {"amount_refunded": charge["amount"], "refunded": True}
            self._tell("charge.refunded", charge)
        reason = asked.get("cancellation_reason")
        intent |= {"status": "canceled", "amount_capturable": 0, "next_action": None, "cancellation_reason": reason}
        intent["canceled_at"] = self._now()
        self._tell("payment_intent.canceled", intent)
        return intent

    def refund(self, asked: Thing) -> Thing:
        """Give back what was captured, or a part of it."""
        _only(asked, {"payment_intent", "amount", "metadata", "reason"})
        intent = self.intent(str(asked.get("payment_intent")))
        _in_state(intent, "refunded", "succeeded")
        charge = self.charges[intent["latest_charge"]]
        amount = _amount(asked, "amount", intent["currency"])
        if amount > charge["amount"] - charge["amount_refunded"]:
            raise Wrong("Refund amount is greater than unrefunded amount on charge.", code="charge_already_refunded")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        refund: Thing = {
            "id": self._id("re"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": self._id("txn"),
            "charge": charge["id"],
            "created": self._now(),
            "currency": intent["currency"],
            "metadata": asked.get("metadata", {}),
            "payment_intent": intent["id"],
            "reason": asked.get("reason"),
            "status": "succeeded",
        }
        self.refunds[refund["id"]] = refund
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def dispute(self, intent_id: str, amount: int | None = None, reason: str = "fraudulent") -> str:
        """The buyer's bank takes the money back; the id of the dispute."""
        intent = self.intents[intent_id]
        charge = self.charges[intent["latest_charge"]]
        charge["disputed"] = True
        taken = charge["amount_captured"] if amount is None else amount
        dispute: Thing = {
            "id": self._id("du"),
            "object": "dispute",
            "amount": taken,
            "balance_transactions": [self._transaction(-taken, intent["currency"])],
            "charge": charge["id"],
            "created": self._now(),
            "currency": intent["currency"],
            "metadata": {},
            "payment_intent": intent_id,
            "reason": reason,
            "status": "needs_response",
        }
        self.disputes[dispute["id"]] = dispute
        self._tell("charge.dispute.created", dispute)
        self._tell("charge.dispute.funds_withdrawn", dispute)
        return str(dispute["id"])

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The bank has decided."""
        dispute = self.disputes[dispute_id]
        dispute["status"] = "won" if won else "lost"
        if won:
            dispute["balance_transactions"].append(self._transaction(dispute["amount"], dispute["currency"]))
            self._tell("charge.dispute.funds_reinstated", dispute)
        self._tell("charge.dispute.closed", dispute)

    def intent(self, intent_id: str) -> Thing:
        """The PaymentIntent of this id."""
        if intent_id not in self.intents:
            raise Wrong(f"No such payment_intent: '{intent_id}'", 404, "resource_missing", param="intent")
        return self.intents[intent_id]

    def found(self, query: str) -> Iterator[Thing]:
        """The PaymentIntents that a search for one piece of metadata finds."""
        for intent in self.intents.values():
            if any(query == f"metadata['{key}']:'{value}'" for key, value in intent["metadata"].items()):
                yield intent

    def _promise(self, intent: Thing) -> None:
        charge = self._charge(intent, status="succeeded")
        intent |= {"status": "requires_capture", "latest_charge": charge["id"], "last_payment_error": None}
        intent["amount_capturable"] = intent["amount"]
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.amount_capturable_updated", intent)

    def _decline(self, intent: Thing, decline: str, message: str, code: str = "card_declined") -> None:
        charge = self._charge(intent, status="failed")
        error = {
            "code": code,
            "decline_code": decline,
            "message": message,
            "type": "card_error",
            "charge": charge["id"],
        }
        intent |= {"status": "requires_payment_method", "latest_charge": charge["id"], "payment_method": None}
        intent["last_payment_error"] = error
        self._tell("charge.failed", charge)
        self._tell("payment_intent.payment_failed", intent)

    def _charge(self, intent: Thing, status: str) -> Thing:
        charge: Thing = {
            "id": self._id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "captured": False,
            "created": self._now(),
            "currency": intent["currency"],
            "disputed": False,
            "metadata": dict(intent["metadata"]),
            "payment_intent": intent["id"],
            "refunded": False,
            "status": status,
        }
        self.charges[charge["id"]] = charge
        return charge

    def _transaction(self, amount: int, currency: str) -> Thing:
        return {
            "id": self._id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "currency": currency,
            "fee": 0,
        }

    def _tell(self, kind: str, thing: Thing) -> None:
        self.events.append(
            {
                "id": self._id("evt"),
                "object": "event",
                "created": self._now(),
                "data": {"object": deepcopy(thing)},
                "livemode": False,
                "type": kind,
            }
        )

    def _id(self, prefix: str) -> str:
        return f"{prefix}_fake{next(self._numbers):08}"


def _only(asked: Thing, known: AbstractSet[str]) -> None:
    for name in sorted(asked.keys() - known):
        if name == "payment_method_types":
            raise Wrong(f"{name} is no longer supported.", code="payment_method_types_no_longer_supported", param=name)
        raise Wrong(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def _amount(asked: Thing, name: str, currency: str) -> int:
    text = str(asked.get(name, ""))
    if not text.isdecimal() or int(text) < 1:
        raise Wrong(f"Invalid positive integer: {text}", code="parameter_invalid_integer", param=name)
    step = 10 if currency in _STEPS_OF_TEN else 100 if currency in _WHOLE else 1
    if int(text) % step:
        raise Wrong(f"Amounts in {currency} must be divisible by {step}.", code="invalid_charge_amount", param=name)
    return int(text)


def _in_state(intent: Thing, wanted: str, *states: str) -> None:
    if intent["status"] not in states:
        message = f"This PaymentIntent could not be {wanted} because it has a status of {intent['status']}."
        raise Wrong(message, code="payment_intent_unexpected_state", intent=deepcopy(intent))
