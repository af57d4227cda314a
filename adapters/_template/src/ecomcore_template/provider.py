"""A made-up payment provider that keeps its books in memory. The client library of a real one takes its place.

Its manners are those of real ones: amounts in minor units, one effect per idempotency key, answers as plain
dictionaries, ``ConnectionError`` when it cannot be reached, ``TimeoutError`` when it did not answer in time, and signed
webhooks for everything that happens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import define, field

from ecomcore_template.wire import Wire

__all__ = ["DECLINED", "NEEDS_THE_BUYER", "SIGNATURE", "Answer", "Provider", "signature_of"]

Answer = Mapping[str, Any]

DECLINED: Final = "card_declined"
"""The card that is always declined."""
NEEDS_THE_BUYER: Final = "card_needs_the_buyer"
"""The card whose owner must confirm on a page of the bank."""
SIGNATURE: Final = "Template-Signature"
"""The header of a webhook that holds ``t=<seconds since 1970>,v1=<signature>``."""


def signature_of(secret: bytes, sent: str, body: bytes) -> str:
    """The proof of a body sent at that second: what the provider documents, and both sides compute."""
    return hmac.new(secret, f"{sent}.".encode() + body, hashlib.sha256).hexdigest()


@define
class _Charge:
    """What is authorised, and what has become of it; all in minor units of one currency."""

    id: str
    payment: str
    amount: int
    currency: str
    status: str
    events: list[Answer] = field(factory=list)

    def sum(self, what: str) -> int:
        return sum(event["amount"] for event in self.events if event["what"] == what)

    @property
    def promised(self) -> int:
        return self.amount - self.sum("captured") - self.sum("cancelled") if self.status == "authorised" else 0

    @property
    def taken(self) -> int:
        return self.sum("captured") - self.sum("refunded")


class Provider:
    """The provider's side: charges by id, and what was answered under each key."""

    def __init__(self, secret: bytes = b"the secret of the webhooks", wire: Wire | None = None) -> None:
        self._secret = secret
        self._wire = wire or Wire()
        self._charges: dict[str, _Charge] = {}
        self._answers: dict[str, tuple[object, Answer]] = {}

    # -- what the shop asks ------------------------------------------------------------------------------------------

    def authorise(self, key: str, payment: str, amount: int, currency: str, card: str) -> Answer:
        """Promise the amount: ``authorised``, ``declined`` or ``requires_action``."""

        def decide() -> Answer:
            charge = _Charge(f"charge_{len(self._charges) + 1}", payment, amount, currency, "authorised")
            self._charges[charge.id] = charge
            if card == DECLINED:
                charge.status = "declined"
            elif card == NEEDS_THE_BUYER:
                charge.status = "requires_action"
            else:
                self._happened(charge, "authorised", charge.id, amount)
            return self._told(charge)

        return self._once(key, ("authorise", payment, amount, currency, card), decide)

    def capture(self, key: str, charge: str, amount: int, currency: str) -> Answer:
        """Take the amount, or a part of it, of what is promised."""
        return self._move(key, "captured", charge, amount, currency, lambda known: known.promised)

    def cancel(self, key: str, charge: str, amount: int, currency: str) -> Answer:
        """Let go the amount, or a part of it, of what is promised and not taken."""
        return self._move(key, "cancelled", charge, amount, currency, lambda known: known.promised)

    def refund(self, key: str, charge: str, amount: int, currency: str) -> Answer:
        """Give back the amount, or a part of it, of what was taken."""
        return self._move(key, "refunded", charge, amount, currency, lambda known: known.taken)

    def find(self, payment: str) -> Answer:
        """What was charged for this payment of the shop's: ``none``, or the charge and its events."""

        def look() -> Answer:
            charge = next((charge for charge in self._charges.values() if charge.payment == payment), None)
            return {"status": "none"} if charge is None else self._told(charge)

        return self._wire.carry(look)

    # -- what others do ------------------------------------------------------------------------------------------

    def confirm(self, charge: str, *, agreed: bool = True) -> None:
        """The buyer confirms on the page of the bank, or says no."""
        known = self._charges[charge]
        if known.status == "requires_action":
            known.status = "authorised" if agreed else "declined"
            if agreed:
                self._happened(known, "authorised", known.id, known.amount)

    def event(self, payment: str, what: str) -> bytes:
        """The body of the webhook that tells the last of these about a payment."""
        events = (event for charge in self._charges.values() for event in charge.events if charge.payment == payment)
        return json.dumps([event for event in events if event["what"] == what][-1]).encode()

    def signed(self, body: bytes, sent: int) -> Mapping[str, str]:
        """The headers of a webhook with this body, sent at that second."""
        return {
            SIGNATURE: f"t={sent},v1={signature_of(self._secret, str(sent), body)}",
            "Content-Type": "application/json",
        }

    # -- the books -----------------------------------------------------------------------------------------------

    def _move(
        self, key: str, what: str, charge: str, amount: int, currency: str, left: Callable[[_Charge], int]
    ) -> Answer:
        def decide() -> Answer:
            known = self._charges.get(charge)
            if known is None or known.currency != currency:
                return {"status": "refused", "reason": "there is no such charge"}
            if what == "cancelled" and known.status == "requires_action":
                known.status = "declined"
                return {"status": what, "id": f"{charge}_closed"}
            if not 0 < amount <= left(known):
                return {"status": "refused", "reason": f"{left(known)} is left, {amount} was asked"}
            movement = f"{charge}_{what}_{len(known.events)}"
            self._happened(known, what, movement, amount)
            return {"status": what, "id": movement}

        return self._once(key, (what, charge, amount, currency), decide)

    def _happened(self, charge: _Charge, what: str, movement: str, amount: int) -> None:
        charge.events.append(
            {
                "event": f"event_{charge.id}_{len(charge.events) + 1}",
                "what": what,
                "id": movement,
                "amount": amount,
                "currency": charge.currency,
                "charge": charge.id,
                "payment": charge.payment,
            }
        )

    def _told(self, charge: _Charge) -> Answer:
        told = {"status": charge.status, "id": charge.id, "events": tuple(charge.events)}
        if charge.status == "declined":
            return {**told, "reason": "the card was declined"}
        if charge.status == "requires_action":
            return {**told, "url": f"https://bank.example/{charge.id}"}
        return told

    def _once(self, key: str, request: object, decide: Callable[[], Answer]) -> Answer:
        def act() -> Answer:
            if key not in self._answers:
                self._answers[key] = (request, decide())
            asked, answer = self._answers[key]
            return answer if asked == request else {"status": "refused", "reason": "the key served another request"}

        return self._wire.carry(act)
