"""The adapter keeps every promise of its port, over HTTP, with real signatures and seals."""

from __future__ import annotations

import pytest

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import ActionRequired, FactKind, PaymentGateway, PaymentRequest, Webhook
from ecomcore.testing import PaymentGatewayConformance
from ecomcore_wechatpay.names import trade_name, void_name
from ecomcore_wechatpay.sandbox import WeChatPaySandbox


class TestWeChatPay(PaymentGatewayConformance):
    currencies = ("CNY",)
    signature_header = "Wechatpay-Signature"
    lives = 5

    @pytest.fixture(autouse=True)
    def _counterpart(self, wechat: WeChatPaySandbox) -> None:
        self._wechat = wechat

    def buyer_acts(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self._wechat.pay(asked.reference)

    def buyer_refuses(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self._wechat.leave(asked.reference)

    def lose_next_request(self, gateway: PaymentGateway) -> None:
        self._wechat.lose_next_request()

    def lose_next_answer(self, gateway: PaymentGateway) -> None:
        self._wechat.lose_next_answer()

    def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
        trade = trade_name(request.payment)
        match kind:
            case FactKind.VOIDED:
                return self._wechat.refund_notification(trade, void_name(request.payment), at)
            case FactKind.REFUNDED:
                return self._wechat.refund_notification(trade, self._wechat.refunds(trade)[-1], at)
            case _:
                return self._wechat.notification(trade, at)

    def signed(self, gateway: PaymentGateway, body: bytes, at: Instant) -> Webhook:
        return self._wechat.signed(body, at)
