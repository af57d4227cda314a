"""The way to the provider, on which one call goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import PaymentId
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capabilities,
    Captured,
    Declined,
    PaymentGateway,
    PaymentRequest,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
    WebhookAnswer,
)
from ecomcore.testing import FaultPlan, FixedClock

__all__ = ["DAYS", "Mischief", "Provider"]

DAYS = timedelta(days=3)
"""How long a provider can be out of reach."""


class Mischief(Enum):
    """What goes wrong with one call of the provider."""

    TIMEOUT_WITH_EFFECT = Fault.TIMEOUT_AFTER
    TIMEOUT_WITHOUT_EFFECT = Fault.TIMEOUT_BEFORE
    DOWN = Fault.DOWN
    BROKEN_THEN_FINE = Fault.ERROR
    PENDING_FIRST = Fault.DELAY
    WEBHOOK_TWICE = Fault.DUPLICATE
    WEBHOOK_FIRST = "webhook first"
    """The webhook comes before the direct answer."""
    DAYS_LATE = "days late"
    """It happens, nobody hears of it, the provider is out of reach for three days; then a webhook tells."""


class Outside(Protocol):
    """What the provider needs of the world it is in."""

    gateway: MemoryGateway
    clock: FixedClock
    away_until: Instant | None

    def notify(self, payment: PaymentId, shop: Any) -> Iterator[Any]: ...

    @property
    def second(self) -> Any: ...


class Provider(PaymentGateway):
    """The gateway of the world, behind a plan: its calls are numbered with those of the store."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self.plan = FaultPlan()
        self.plot(None, 0)

    def plot(self, mischief: Mischief | None, at: int) -> None:
        """The call of this number goes wrong; numbers start at 1."""
        self._mischief, self._at, self.calls = mischief, at, 0

    @property
    def capabilities(self) -> Capabilities:
        return self._outside.gateway.capabilities

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        return self._asked("authorise", request)  # type: ignore[no-any-return]

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        return self._asked("capture", request)  # type: ignore[no-any-return]

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        return self._asked("void", request)  # type: ignore[no-any-return]

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        return self._asked("refund", request)  # type: ignore[no-any-return]

    def status(self, request: PaymentRequest) -> StatusAnswer:
        return self._asked("status", request)  # type: ignore[no-any-return]

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        return self._outside.gateway.read(webhook, at)

    def _asked(self, operation: str, request: PaymentRequest) -> Any:
        self.calls += 1
        now, gateway = self._outside.clock.now(), self._outside.gateway
        if self._outside.away_until is not None and now < self._outside.away_until:
            raise PortUnavailable("the provider is out of reach")
        ask: Callable[[], Any] = lambda: getattr(gateway, operation)(request)  # noqa: E731
        if self.calls != self._at or self._mischief is None:
            return self.plan.call(operation, ask)
        if isinstance(self._mischief.value, Fault):
            gateway.script(self._mischief.value)
            return self.plan.call(operation, ask)
        answer = self.plan.call(operation, ask)
        if self._mischief is Mischief.WEBHOOK_FIRST:
            list(self._outside.notify(request.payment, self._outside.second.shop))
            return answer
        self._outside.away_until = now + DAYS
        raise PortUnavailable("its answer is lost")
