"""Wires, errors and time: what is certain not to have happened is an outage, and everything else nobody knows."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from attrs import evolve

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import Authorised, Captured, Declined, PaymentRequest, Refunded, Refusal, Unknown
from ecomcore_stripe import Stripe
from ecomcore_stripe.testing import PAYS, Cut, FakeStripe, Wrong

REQUEST = PaymentRequest("key-1", PaymentId("payment-1"), OrderId("order-1"), Money(1_999, Currency("EUR")), token=PAYS)
RETURN_URL = "https://shop.example"


def test_a_stripe_that_cannot_be_reached_is_an_outage() -> None:
    with FakeStripe() as fake:
        gateway = Stripe(fake.client(), return_url=RETURN_URL)

    with pytest.raises(PortUnavailable):
        gateway.authorise(REQUEST)


def test_a_stripe_without_an_address_is_an_outage(gateway: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    with pytest.raises(PortUnavailable):
        gateway.authorise(REQUEST)


def test_an_answer_that_took_too_long_is_unknown_and_asking_again_settles_it(fake: FakeStripe) -> None:
    impatient = Stripe(fake.client(timeout=0.2), return_url=RETURN_URL)
    fake.slow = 0.5

    first = impatient.authorise(REQUEST)
    time.sleep(0.5)
    second = impatient.authorise(REQUEST)

    assert isinstance(first, Unknown)
    (intent,) = fake.books.intents
    assert second == Authorised(intent)


def test_a_broken_connection_is_unknown_whatever_the_host_was_handling(gateway: Stripe, fake: FakeStripe) -> None:
    """That an earlier connection was refused says nothing about this one."""
    fake.cut(Cut.ANSWER)

    try:
        raise ConnectionRefusedError
    except ConnectionRefusedError:
        answer = gateway.authorise(REQUEST)

    assert isinstance(answer, Unknown)
    assert len(fake.books.intents) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_of_stripes_own_is_unknown(gateway: Stripe, fake: FakeStripe, status: int) -> None:
    fake.fail(Wrong("Something went wrong", status, type="api_error"))

    assert isinstance(gateway.authorise(REQUEST), Unknown)


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limit"), (429, "lock_timeout"), (401, ""), (403, "")])
def test_a_request_that_was_not_let_in_is_an_outage(gateway: Stripe, fake: FakeStripe, status: int, code: str) -> None:
    fake.fail(Wrong("Invalid API Key provided: sk_test_****fake", status, code))

    with pytest.raises(PortUnavailable) as outage:
        gateway.authorise(REQUEST)

    assert "sk_test" not in str(outage.value)
    assert isinstance(gateway.authorise(REQUEST), Authorised)


def test_a_twin_that_is_still_under_way_is_waited_for(gateway: Stripe, fake: FakeStripe) -> None:
    fake.fail(Wrong("There is another request in progress.", 409, "idempotency_key_in_use"))

    assert isinstance(gateway.authorise(REQUEST), Authorised)


def test_a_twin_that_takes_for_ever_is_unknown(
    gateway: Stripe, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecomcore_stripe.asking._WAITS", (0.0, 0.0))
    fake.fail(*[Wrong("There is another request in progress.", 409, "idempotency_key_in_use")] * 3)

    assert isinstance(gateway.authorise(REQUEST), Unknown)


def test_a_key_that_served_another_request_serves_no_second_one(gateway: Stripe, fake: FakeStripe) -> None:
    gateway.authorise(REQUEST)

    answer = gateway.authorise(evolve(REQUEST, amount=Money(5, Currency("EUR"))))

    assert answer == Declined("the key served another request")
    assert len(fake.books.intents) == 1


def test_a_capture_that_the_bank_no_longer_honours_is_refused(gateway: Stripe, fake: FakeStripe) -> None:
    reference = gateway.authorise(REQUEST).reference  # type: ignore[union-attr]  # it is authorised
    fake.fail(Wrong("Your card was declined.", 402, "card_declined", "card_error"))

    answer = gateway.capture(evolve(REQUEST, reference=reference))

    assert answer == Refusal("Your card was declined.")


def test_an_error_after_the_effect_is_settled_by_looking_and_not_by_the_key(gateway: Stripe, fake: FakeStripe) -> None:
    """Stripe would repeat its error under this key for a day. What happened is seen at the payment itself."""
    reference = gateway.authorise(REQUEST).reference  # type: ignore[union-attr]  # it is authorised
    capture = evolve(REQUEST, key="capture", reference=reference)
    refund = evolve(REQUEST, key="refund", reference=reference)
    fake.cut(Cut.ANSWER, Cut.ANSWER)

    lost = [gateway.capture(capture), gateway.refund(refund)]
    fake.fail(*[Wrong("Something went wrong", 500, type="api_error")] * 2)
    settled = [gateway.capture(capture), gateway.refund(refund)]

    assert [type(answer) for answer in lost] == [Unknown, Unknown]
    assert settled == [Captured(fake.books.intents[reference]["latest_charge"]), Refunded(*fake.books.refunds)]
