"""A made-up payment provider that keeps its books in memory. The client library of a real one takes its place.

Its manners are those of real ones: amounts in minor units, one effect per idempotency key, answers as plain
dictionaries, ``ConnectionError`` when it cannot be reached and ``TimeoutError`` when it did not answer in time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from attrs import evolve, frozen

__all__ = ["DECLINED", "NEEDS_THE_BUYER", "Answer", "Provider"]

Answer = Mapping[str, str]

DECLINED = "card_declined"
"""The card that is always declined."""
NEEDS_THE_BUYER = "card_needs_the_buyer"
"""The card whose owner must confirm on a page of the bank."""


@frozen
class _Charge:
    """What is authorised, and how much of it has gone where; all in minor units of one currency."""

    authorised: int
    currency: str
    captured: int = 0
    cancelled: int = 0
    refunded: int = 0


class Provider:
    """The provider's side: charges by id, and what was answered under each key."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._charges: dict[str, _Charge] = {}
        self._answers: dict[str, tuple[object, Answer]] = {}

    def authorise(self, key: str, amount: int, currency: str, card: str) -> Answer:
        """Promise the amount: ``authorised``, ``declined`` or ``requires_action``."""

        def decide() -> Answer:
            if card == DECLINED:
                return {"status": "declined", "reason": "the card was declined"}
            if card == NEEDS_THE_BUYER:
                return {"status": "requires_action", "url": "https://bank.example/confirm"}
            charge = f"charge_{len(self._charges) + 1}"
            self._charges[charge] = _Charge(amount, currency)
            return {"status": "authorised", "id": charge}

        return self._once(key, ("authorise", amount, currency, card), decide)

    def capture(self, key: str, charge: str, amount: int, currency: str) -> Answer:
        """Take the amount, or a part of it, of what is promised."""
        return self._move(key, "captured", charge, amount, currency, lambda c: c.authorised - c.captured - c.cancelled)

    def cancel(self, key: str, charge: str, amount: int, currency: str) -> Answer:
        """Let go the amount, or a part of it, of what is promised and not taken."""
        return self._move(key, "cancelled", charge, amount, currency, lambda c: c.authorised - c.captured - c.cancelled)

    def refund(self, key: str, charge: str, amount: int, currency: str) -> Answer:
        """Give back the amount, or a part of it, of what was taken."""
        return self._move(key, "refunded", charge, amount, currency, lambda c: c.captured - c.refunded)

    def _move(
        self, key: str, what: str, charge: str, amount: int, currency: str, left: Callable[[_Charge], int]
    ) -> Answer:
        def decide() -> Answer:
            known = self._charges.get(charge)
            if known is None or known.currency != currency:
                return {"status": "refused", "reason": "there is no such charge"}
            if not 0 < amount <= left(known):
                return {"status": "refused", "reason": f"{left(known)} is left, {amount} was asked"}
            self._charges[charge] = evolve(known, **{what: getattr(known, what) + amount})
            return {"status": what, "id": f"{charge}_{what}_{len(self._answers) + 1}"}

        return self._once(key, (what, charge, amount, currency), decide)

    def _once(self, key: str, request: object, decide: Callable[[], Answer]) -> Answer:
        with self._lock:
            if key not in self._answers:
                self._answers[key] = (request, decide())
            asked, answer = self._answers[key]
        return answer if asked == request else {"status": "refused", "reason": "the key served another request"}
