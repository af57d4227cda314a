"""The adapter keeps every promise of its port. Yours keeps this class; its fixture, test cards and hooks change."""

import pytest

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import ActionRequired, FactKind, PaymentGateway, PaymentRequest, Webhook
from ecomcore.testing import PaymentGatewayConformance
from ecomcore_template import Provider, TemplatePay, Wire
from ecomcore_template.provider import DECLINED, NEEDS_THE_BUYER, SIGNATURE

SECRET = b"whsec"
WORDS = {kind: kind.value for kind in FactKind} | {FactKind.VOIDED: "cancelled"}


class TestTemplatePay(PaymentGatewayConformance):
    declined_token = DECLINED
    action_token = NEEDS_THE_BUYER
    signature_header = SIGNATURE

    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        self.wire = Wire()
        self.provider = Provider(SECRET, self.wire)
        return TemplatePay(self.provider, SECRET)

    def buyer_acts(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self.provider.confirm(asked.reference)

    def buyer_refuses(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self.provider.confirm(asked.reference, agreed=False)

    def lose_next_request(self, gateway: PaymentGateway) -> None:
        self.wire.lose_next_request()

    def lose_next_answer(self, gateway: PaymentGateway) -> None:
        self.wire.lose_next_answer()

    def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
        return self.signed(gateway, self.provider.event(request.payment, WORDS[kind]), at)

    def signed(self, gateway: PaymentGateway, body: bytes, at: Instant) -> Webhook:
        return Webhook(self.provider.signed(body, int(at.timestamp())), body)
