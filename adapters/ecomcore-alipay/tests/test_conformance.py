"""The adapter keeps every promise of its port, over HTTP and with real signatures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import ActionRequired, FactKind, PaymentGateway, PaymentRequest, Webhook
from ecomcore.testing import PaymentGatewayConformance
from ecomcore_alipay.names import trade_name
from ecomcore_alipay.sandbox import AlipaySandbox


class TestAlipay(PaymentGatewayConformance):
    currencies = ("CNY",)
    webhook_tolerance = timedelta(hours=26)
    signs_bytes = False
    tells = frozenset({FactKind.AUTHORISED, FactKind.CAPTURED})
    lives = 5

    @pytest.fixture(autouse=True)
    def _counterpart(self, alipay: AlipaySandbox) -> None:
        self._alipay = alipay

    def buyer_acts(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self._alipay.pay(asked.reference)

    def buyer_refuses(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self._alipay.leave(asked.reference)

    def lose_next_request(self, gateway: PaymentGateway) -> None:
        self._alipay.lose_next_request()

    def lose_next_answer(self, gateway: PaymentGateway) -> None:
        self._alipay.lose_next_answer()

    def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
        return self._alipay.notification(trade_name(request.payment), at)
