"""What only this provider can cause: the suite of the port cannot, so each adapter tells its own."""

import json

import pytest
from attrs import evolve

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import ActionRequired, Authorised, Forged, PaymentRequest, Unknown, Webhook
from ecomcore.testing import NOON
from ecomcore_template import Provider, TemplatePay, Wire
from ecomcore_template.provider import NEEDS_THE_BUYER, Answer

SECRET = b"whsec"
SENT = int(NOON.timestamp())
REQUEST = PaymentRequest("key-1", PaymentId("payment-1"), OrderId("order-1"), Money(1_999, Currency("EUR")), "card")


class SpeaksInRiddles(Provider):
    def find(self, payment: str) -> Answer:
        return {"status": "settling"}


def test_a_provider_that_cannot_be_reached_is_an_outage() -> None:
    wire = Wire()
    gateway = TemplatePay(Provider(SECRET, wire), SECRET)
    wire.lose_next_request()

    with pytest.raises(PortUnavailable):
        gateway.authorise(REQUEST)


def test_an_answer_that_got_lost_is_unknown_and_asking_again_settles_it() -> None:
    wire = Wire()
    gateway = TemplatePay(Provider(SECRET, wire), SECRET)
    wire.lose_next_answer()

    first = gateway.authorise(REQUEST)
    second = gateway.authorise(REQUEST)
    another = gateway.authorise(PaymentRequest("key-2", PaymentId("payment-2"), OrderId("order-1"), REQUEST.amount))

    assert isinstance(first, Unknown)
    assert second == Authorised("charge_1")
    assert another == Authorised("charge_2")


def test_a_word_that_nobody_understands_is_unknown() -> None:
    assert TemplatePay(SpeaksInRiddles(), SECRET).status(REQUEST) == Unknown(
        "the provider answered {'status': 'settling'}"
    )


def test_a_buyer_who_must_confirm_is_sent_to_their_bank() -> None:
    gateway = TemplatePay(Provider(), SECRET)

    answer = gateway.authorise(evolve(REQUEST, token=NEEDS_THE_BUYER))

    assert answer == ActionRequired("https://bank.example/charge_1", "charge_1")


def test_what_happens_to_other_things_at_the_provider_is_of_no_interest() -> None:
    provider = Provider(SECRET)
    body = json.dumps({"event": "event_1", "what": "customer_renamed"}).encode()

    answer = TemplatePay(provider, SECRET).read(Webhook(provider.signed(body, SENT), body), NOON)

    assert answer == ()


def test_another_account_of_the_provider_has_another_secret() -> None:
    stranger = Provider(b"the secret of somebody else")

    answer = TemplatePay(Provider(SECRET), SECRET).read(Webhook(stranger.signed(b"{}", SENT), b"{}"), NOON)

    assert answer == Forged("the signature is wrong")


def test_the_secret_is_not_shown() -> None:
    assert SECRET.decode() not in repr(TemplatePay(Provider(SECRET), SECRET))
