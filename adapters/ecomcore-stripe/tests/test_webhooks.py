"""Webhooks in the shapes that Stripe documents: each kind of event becomes the right notice, and none is guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import Fact, FactKind, Forged, Notice
from ecomcore_stripe import Stripe
from ecomcore_stripe.testing import FakeStripe

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
FUNDS = "Your card has insufficient funds."
AUTHENTICATION = "The provided PaymentMethod has failed authentication."


def euros(minor: int) -> Money:
    return Money(minor, Currency("EUR"))


WHOLE, PART, REST, BACK, BY_HAND = euros(4_999), euros(3_000), euros(1_999), euros(1_999), euros(500)

TOLD: dict[str, list[Fact]] = {
    "authorised": [Fact(FactKind.AUTHORISED, WHOLE, "pi_3PAYMENT")],
    "declined": [Fact(FactKind.DECLINED, WHOLE, "pi_3PAYMENT:declined", FUNDS)],
    "authentication_failed": [Fact(FactKind.DECLINED, WHOLE, "pi_3PAYMENT:declined", AUTHENTICATION)],
    "captured": [Fact(FactKind.CAPTURED, WHOLE, "ch_3CHARGE")],
    "captured_in_part": [
        Fact(FactKind.CAPTURED, PART, "ch_3CHARGE"),
        Fact(FactKind.VOIDED, REST, "pi_3PAYMENT:void"),
    ],
    "charge_captured": [Fact(FactKind.CAPTURED, WHOLE, "ch_3CHARGE")],
    "charge_captured_in_part": [
        Fact(FactKind.CAPTURED, PART, "ch_3CHARGE"),
        Fact(FactKind.VOIDED, REST, "pi_3PAYMENT:void"),
    ],
    "voided": [Fact(FactKind.VOIDED, WHOLE, "pi_3PAYMENT:void")],
    "expired": [Fact(FactKind.VOIDED, WHOLE, "pi_3PAYMENT:void")],
    "abandoned": [Fact(FactKind.DECLINED, WHOLE, "pi_3PAYMENT:declined", "abandoned")],
    "refund_created": [Fact(FactKind.REFUNDED, BACK, "re_3REFUND")],
    "refund_updated": [Fact(FactKind.REFUNDED, BACK, "re_3REFUND")],
    "refund_by_hand": [Fact(FactKind.REFUNDED, BY_HAND, "re_3HAND", "requested_by_customer")],
    "charge_refunded_of_old": [Fact(FactKind.REFUNDED, BACK, "re_3REFUND")],
    "dispute_created": [Fact(FactKind.CHARGED_BACK, WHOLE, "du_3DISPUTE", "fraudulent")],
    "funds_withdrawn": [Fact(FactKind.CHARGED_BACK, WHOLE, "du_3DISPUTE", "fraudulent")],
    "funds_reinstated": [Fact(FactKind.CHARGEBACK_WON, WHOLE, "du_3DISPUTE:won")],
    "dispute_won": [Fact(FactKind.CHARGEBACK_WON, WHOLE, "du_3DISPUTE:won")],
}
OF_NO_INTEREST = {
    "charge_refunded": "it does not say which refund; refund.created does",
    "dispute_lost": "the money was taken back before",
    "inquiry_created": "the bank only asks, and has taken nothing",
    "not_ours": "it has none of our metadata",
    "refund_failed": "the money never left, and the port has no word for it",
    "release_of_the_rest": "a promise is let go, no money goes back",
    "unknown": "nobody asked for events of this kind",
}
UNNAMED = ("refund_by_hand", "dispute_created", "funds_withdrawn", "funds_reinstated", "dispute_won")
"""What was made at Stripe, or by a bank, does not know the shop's id of the payment."""


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((Path(__file__).parent / "webhooks" / f"{name}.json").read_text())
    return event


def test_every_recorded_shape_is_expected_to_tell_something_or_nothing() -> None:
    names = {path.stem for path in (Path(__file__).parent / "webhooks").glob("*.json")}

    assert names == TOLD.keys() | OF_NO_INTEREST.keys()


@pytest.mark.parametrize("name", TOLD)
def test_an_event_tells_its_facts(gateway: Stripe, fake: FakeStripe, secret: str, name: str) -> None:
    event = recorded(name)

    answer = gateway.read(fake.webhook(event, secret, NOW), NOW)

    payment = None if name in UNNAMED else PaymentId("payment-1")
    ids = [event["id"], f"{event['id']}:2"]
    at = datetime.fromtimestamp(event["created"], UTC)
    assert answer == tuple(
        Notice(number, fact, "pi_3PAYMENT", payment, at=at) for number, fact in zip(ids, TOLD[name], strict=False)
    )


@pytest.mark.parametrize("name", OF_NO_INTEREST)
def test_an_event_of_no_interest_tells_nothing(gateway: Stripe, fake: FakeStripe, secret: str, name: str) -> None:
    assert gateway.read(fake.webhook(recorded(name), secret, NOW), NOW) == ()


@pytest.mark.parametrize("missing", ["amount", "amount_received", "currency", "status", "latest_charge", "id"])
def test_an_event_that_is_not_whole_is_not_completed_by_a_guess(
    gateway: Stripe, fake: FakeStripe, secret: str, missing: str
) -> None:
    event = recorded("captured_in_part")
    del event["data"]["object"][missing]

    assert gateway.read(fake.webhook(event, secret, NOW), NOW) == ()


def test_the_end_of_a_payment_that_was_declined_before_lets_nothing_go(
    gateway: Stripe, fake: FakeStripe, secret: str
) -> None:
    event = recorded("declined")
    event["type"] = "payment_intent.canceled"
    event["data"]["object"]["status"] = "canceled"

    (notice,) = gateway.read(fake.webhook(event, secret, NOW), NOW) or ()  # type: ignore[misc]  # Forged fails as well

    assert notice.fact == Fact(FactKind.DECLINED, WHOLE, "pi_3PAYMENT:declined", FUNDS)


def test_a_part_given_back_by_the_bank_is_told_as_that_part(gateway: Stripe, fake: FakeStripe, secret: str) -> None:
    """The bank took the whole, though a part had been refunded: that part comes back, whoever wins."""
    event = recorded("funds_reinstated")
    event["data"]["object"]["balance_transactions"][1]["amount"] = 1_999

    (notice,) = gateway.read(fake.webhook(event, secret, NOW), NOW) or ()  # type: ignore[misc]  # Forged fails as well

    assert notice.fact == Fact(FactKind.CHARGEBACK_WON, REST, "du_3DISPUTE:won")


def test_an_account_in_another_currency_does_not_change_what_the_dispute_is_about(
    gateway: Stripe, fake: FakeStripe, secret: str
) -> None:
    event = recorded("dispute_won")
    for transaction in event["data"]["object"]["balance_transactions"]:
        transaction |= {"currency": "usd", "amount": transaction["amount"] * 2}

    (notice,) = gateway.read(fake.webhook(event, secret, NOW), NOW) or ()  # type: ignore[misc]  # Forged fails as well

    assert notice.fact == Fact(FactKind.CHARGEBACK_WON, WHOLE, "du_3DISPUTE:won")


def test_while_a_secret_is_replaced_both_are_believed(fake: FakeStripe) -> None:
    gateway = Stripe(fake.client(), return_url="https://shop.example", webhook_secrets=["whsec_old", "whsec_new"])
    event = recorded("captured")

    old, new, other = (
        gateway.read(fake.webhook(event, secret, NOW), NOW) for secret in ("whsec_old", "whsec_new", "whsec_other")
    )

    assert old == new
    assert isinstance(old, tuple)
    assert isinstance(other, Forged)


def test_without_a_secret_nothing_is_believed(fake: FakeStripe) -> None:
    gateway = Stripe(fake.client(), return_url="https://shop.example")

    answer = gateway.read(fake.webhook(recorded("captured"), "", NOW), NOW)

    assert isinstance(answer, Forged)
    assert not gateway.capabilities.webhooks


@pytest.mark.parametrize("secret", ["", " "])
def test_a_secret_that_is_blank_is_refused_at_once(fake: FakeStripe, secret: str) -> None:
    with pytest.raises(Invalid) as refused:
        Stripe(fake.client(), return_url="https://shop.example", webhook_secrets=["whsec_1", secret])

    assert refused.value.field == "webhook_secrets"
    assert "whsec_1" not in str(refused.value)


def test_how_old_a_webhook_may_be_is_the_hosts_to_say(fake: FakeStripe, secret: str) -> None:
    gateway = Stripe(
        fake.client(), return_url="https://x.example", webhook_secrets=[secret], tolerance=timedelta(seconds=30)
    )
    webhook = fake.webhook(recorded("captured"), secret, NOW)

    assert gateway.read(webhook, NOW + timedelta(seconds=29))
    assert isinstance(gateway.read(webhook, NOW + timedelta(seconds=31)), Forged)


def test_no_secret_shows_itself(gateway: Stripe, secret: str) -> None:
    shown = f"{gateway!r} {vars(gateway)!r}"

    assert secret not in shown
    assert "sk_test" not in shown
