"""How the conformance suite has the gateway in memory do what a provider would do."""

from __future__ import annotations

from contextlib import suppress

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.ordering import ActionRequired, FactKind, PaymentGateway, PaymentRequest, Webhook
from ecomcore.testing import PaymentGatewayConformance

__all__ = ["MemoryGatewaySuite"]


class MemoryGatewaySuite(PaymentGatewayConformance):
    """All promises, asked of a ``MemoryGateway`` or of one made from it."""

    signature_header = "Memory-Signature"

    def decline_next(self, gateway: PaymentGateway) -> None:
        _memory(gateway).script(Fault.DECLINE)

    def token_that_asks(self, gateway: PaymentGateway) -> str:
        _memory(gateway).script(Fault.ACTION)
        return self.accepted_token

    def buyer_acts(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        with suppress(Invalid):  # it waits no longer
            _memory(gateway).act(request.payment)

    def buyer_refuses(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        _memory(gateway).walk_away(request.payment)

    def lose_next_request(self, gateway: PaymentGateway) -> None:
        _memory(gateway).script(Fault.DOWN)

    def lose_next_answer(self, gateway: PaymentGateway) -> None:
        _memory(gateway).script(Fault.TIMEOUT_AFTER)

    def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
        memory = _memory(gateway)
        notices = [notice for notice in memory.notices_of(request.payment) if notice.fact.kind is kind]
        return memory.webhook(notices[-1], at)

    def signed(self, gateway: PaymentGateway, body: bytes, at: Instant) -> Webhook:
        return _memory(gateway).signed(body, at)


def _memory(gateway: PaymentGateway) -> MemoryGateway:
    assert isinstance(gateway, MemoryGateway)
    return gateway
