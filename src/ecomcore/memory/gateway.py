"""A payment gateway in memory: it keeps its promises, and breaks down on request.

gateway = MemoryGateway()
gateway.script(Fault.DECLINE, Fault.TIMEOUT_AFTER)   # the next two calls
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import Any, TypeVar

from attrs import define

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.money import Currency
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

__all__ = ["Fault", "MemoryGateway"]

T = TypeVar("T")


class Fault(StrEnum):
    """What may go wrong with one call."""

    DECLINE = "decline"
    """An authorisation is declined; anything else is refused. Nothing happens."""
    ACTION = "action"
    """An authorisation wants the buyer to do something first."""
    DOWN = "down"
    """The gateway does not answer; nothing happens."""
    TIMEOUT_BEFORE = "timeout_before"
    """Nobody knows what happened; nothing did."""
    TIMEOUT_AFTER = "timeout_after"
    """Nobody knows what happened; it did."""


@define
class _Promise:
    amount: int
    currency: Currency
    captured: int = 0
    voided: int = 0
    refunded: int = 0


class MemoryGateway(PaymentGateway):
    """Authorises everything, unless scripted otherwise. ``effects`` lists what really happened, in order."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: deque[Fault | None] = deque()
        self._answers: dict[tuple[str, str], Any] = {}
        self._promises: dict[str, _Promise] = {}
        self.effects: list[tuple[str, PaymentRequest]] = []

    def script(self, *faults: Fault | None) -> None:
        """What goes wrong with the next calls, one each; ``None`` for nothing."""
        self._faults.extend(faults)

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        def promise() -> Authorised | Declined | ActionRequired:
            reference = f"auth-{request.payment}"
            self._promises[reference] = _Promise(request.amount.minor, request.amount.currency)
            return Authorised(reference)

        return self._once(
            "authorise",
            request,
            promise,
            declined=Declined("the card was declined", f"decline-{request.key}"),
            action=ActionRequired(f"https://bank.example/{request.payment}"),
        )

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        def take() -> Captured | Refusal:
            promise = self._promised(request)
            if promise is None or request.amount.minor > promise.amount - promise.captured - promise.voided:
                return Refusal("more than what is promised")
            promise.captured += request.amount.minor
            return Captured(f"capture-{request.key}")

        return self._once("capture", request, take, declined=Refusal("the bank refused"))

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        def let_go() -> Voided | Refusal:
            promise = self._promised(request)
            if promise is None or request.amount.minor > promise.amount - promise.captured - promise.voided:
                return Refusal("more than what is promised and not taken")
            promise.voided += request.amount.minor
            return Voided(f"void-{request.key}")

        return self._once("void", request, let_go, declined=Refusal("the bank refused"))

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        def give_back() -> Refunded | Refusal:
            promise = self._promised(request)
            if promise is None or request.amount.minor > promise.captured - promise.refunded:
                return Refusal("more than what was taken")
            promise.refunded += request.amount.minor
            return Refunded(f"refund-{request.key}")

        return self._once("refund", request, give_back, declined=Refusal("the bank refused"))

    def _promised(self, request: PaymentRequest) -> _Promise | None:
        """What was promised under the request's reference, in its currency."""
        promise = self._promises.get(request.reference)
        return promise if promise and promise.currency == request.amount.currency else None

    def _once(
        self,
        operation: str,
        request: PaymentRequest,
        effect: Callable[[], T],
        *,
        declined: T,
        action: T | None = None,
    ) -> T | Unknown:
        """Have the effect once for each key, with the next scripted fault."""
        with self._lock:
            fault = self._faults.popleft() if self._faults else None
            if fault is Fault.DOWN:
                raise PortUnavailable(f"the gateway is down ({operation})")
            if fault is Fault.TIMEOUT_BEFORE:
                return Unknown(operation)
            answer: T | None = self._answers.get((operation, request.key))
            if answer is None:
                if fault is Fault.DECLINE:
                    answer = declined
                elif fault is Fault.ACTION and action is not None:
                    answer = action
                else:
                    answer = effect()
                    if not isinstance(answer, Refusal):
                        self.effects.append((operation, request))
                self._answers[operation, request.key] = answer
            return Unknown(operation) if fault is Fault.TIMEOUT_AFTER else answer
