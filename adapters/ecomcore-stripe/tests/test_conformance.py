"""The adapter keeps every promise of its port, through the official client and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import ActionRequired, FactKind, PaymentGateway, PaymentRequest, Webhook
from ecomcore.testing import PaymentGatewayConformance
from ecomcore_stripe import Stripe
from ecomcore_stripe.testing import ASKS_THE_BUYER, DECLINED, PAYS, Cut, FakeStripe

SIGNED_WITH = "whsec_of_the_suite"

TOLD_BY = {
    FactKind.AUTHORISED: "payment_intent.amount_capturable_updated",
    FactKind.DECLINED: "payment_intent.payment_failed",
    FactKind.CAPTURED: "payment_intent.succeeded",
    FactKind.VOIDED: "payment_intent.canceled",
    FactKind.REFUNDED: "refund.created",
    FactKind.CHARGED_BACK: "charge.dispute.funds_withdrawn",
    FactKind.CHARGEBACK_WON: "charge.dispute.funds_reinstated",
}


class TestStripe(PaymentGatewayConformance):
    accepted_token = PAYS
    declined_token = DECLINED
    action_token = ASKS_THE_BUYER
    # Three decimals cannot be said to Stripe to the last unit, see test_amounts; one that Stripe counts otherwise can.
    currencies = ("JPY", "EUR", "ISK")
    signature_header = "Stripe-Signature"

    @pytest.fixture
    def gateway(self, request: pytest.FixtureRequest) -> Iterator[PaymentGateway]:
        with FakeStripe() as self.fake:
            self.fake.slow = 0.002  # so that twins meet
            yield Stripe(self.fake.client(), return_url="https://shop.example/{order}", webhook_secrets=[SIGNED_WITH])

    def buyer_acts(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self.fake.buyer_acts(asked.reference)

    def buyer_refuses(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        self.fake.buyer_acts(asked.reference, confirms=False)

    def lose_next_request(self, gateway: PaymentGateway) -> None:
        self.fake.cut(Cut.REQUEST)

    def lose_next_answer(self, gateway: PaymentGateway) -> None:
        self.fake.cut(Cut.ANSWER)

    def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
        def names_the_payment(event: dict[str, object]) -> bool:
            return str(request.payment) in str(event["data"])

        event = [event for event in self.fake.events(TOLD_BY[kind]) if names_the_payment(event)][-1]
        return self.fake.webhook(event, SIGNED_WITH, at)

    def signed(self, gateway: PaymentGateway, body: bytes, at: Instant) -> Webhook:
        # Stripe signs text, and the official client proves nothing else: bytes that are none are made some.
        return self.fake.signed(body.decode("utf-8", "replace").encode(), SIGNED_WITH, at)
