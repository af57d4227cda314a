"""The promises of a payment gateway, as tests. An adapter proves itself by subclassing with one fixture:

    class TestMyGateway(PaymentGatewayConformance):
        declined_token = "card_declined"
        signature_header = "My-Signature"

        @pytest.fixture
        def gateway(self) -> PaymentGateway:
            return MyGateway(a_sandbox())

        def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
            return a_sandbox_sends(...)

``GatewayCase`` says what else can be declared. What the gateway's ``capabilities`` say is tested both ways: what is
claimed is done, and what is denied is refused. What a gateway did is seen by what it still allows, and by its status.
"""

from __future__ import annotations

from ecomcore.testing.gateway_capabilities import SaysWhatItCanDo
from ecomcore.testing.gateway_money import MovesMoneyOnce
from ecomcore.testing.gateway_outages import SurvivesOutages
from ecomcore.testing.gateway_status import KnowsWhatHappened
from ecomcore.testing.gateway_webhooks import ReadsWebhooks

__all__ = ["PaymentGatewayConformance"]


class PaymentGatewayConformance(
    MovesMoneyOnce,
    SaysWhatItCanDo,
    KnowsWhatHappened,
    ReadsWebhooks,
    SurvivesOutages,
):
    """All promises of a payment gateway. Subclasses give the fixture ``gateway``."""
