"""What only this provider can cause: the suite of the port cannot, so each adapter tells its own."""

import pytest
from attrs import evolve

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import ActionRequired, Authorised, PaymentRequest, Unknown
from ecomcore_template import Provider, TemplatePay
from ecomcore_template.provider import NEEDS_THE_BUYER, Answer

REQUEST = PaymentRequest("key-1", PaymentId("payment-1"), OrderId("order-1"), Money(1_999, Currency("EUR")), "card")


class Unreachable(Provider):
    def authorise(self, key: str, amount: int, currency: str, card: str) -> Answer:
        raise ConnectionRefusedError


class LosesItsFirstAnswer(Provider):
    lost = False

    def authorise(self, key: str, amount: int, currency: str, card: str) -> Answer:
        answer = super().authorise(key, amount, currency, card)
        if not self.lost:
            self.lost = True
            raise TimeoutError
        return answer


def test_a_provider_that_cannot_be_reached_is_an_outage() -> None:
    gateway = TemplatePay(Unreachable())

    with pytest.raises(PortUnavailable):
        gateway.authorise(REQUEST)


def test_an_answer_that_got_lost_is_unknown_and_asking_again_settles_it() -> None:
    provider = LosesItsFirstAnswer()
    gateway = TemplatePay(provider)

    first = gateway.authorise(REQUEST)
    second = gateway.authorise(REQUEST)
    another = gateway.authorise(PaymentRequest("key-2", PaymentId("payment-2"), OrderId("order-1"), REQUEST.amount))

    assert isinstance(first, Unknown)
    assert second == Authorised("charge_1")
    assert another == Authorised("charge_2")


def test_a_buyer_who_must_confirm_is_sent_to_their_bank() -> None:
    gateway = TemplatePay(Provider())

    answer = gateway.authorise(evolve(REQUEST, token=NEEDS_THE_BUYER))

    assert answer == ActionRequired("https://bank.example/confirm")
