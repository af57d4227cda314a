"""What only Stripe has: tokens, one capture, 3-D Secure, disputes, its own amounts; and how things are found again."""

from __future__ import annotations

import secrets

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    Fact,
    FactKind,
    Found,
    NotFoundThere,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    Unknown,
    Voided,
)
from ecomcore_stripe import Stripe, finding
from ecomcore_stripe.amounts import EXACT, to_money, to_units
from ecomcore_stripe.testing import ASKS_THE_BUYER, DECLINED, INSUFFICIENT_FUNDS, PAYS, FakeStripe


def euros(minor: int) -> Money:
    return Money(minor, Currency("EUR"))


def a_request(amount: Money | None = None, *, token: str = PAYS, reference: str = "", key: str = "") -> PaymentRequest:
    return PaymentRequest(
        key or secrets.token_hex(8),
        PaymentId("payment-1"),
        OrderId("order-1"),
        amount or euros(1_000),
        token=token,
        reference=reference,
    )


def promised(gateway: Stripe, amount: Money | None = None) -> str:
    answer = gateway.authorise(a_request(amount))
    assert isinstance(answer, Authorised), answer
    return answer.reference


# What is sent ---------------------------------------------------------------------------------------------------------


def test_the_payment_and_the_order_travel_with_the_money(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)
    gateway.capture(a_request(reference=reference))
    gateway.refund(a_request(reference=reference))

    (intent,), (refund,) = fake.books.intents.values(), fake.books.refunds.values()
    for metadata in (intent["metadata"], refund["metadata"]):
        assert metadata["ecomcore_payment"] == "payment-1"
        assert metadata["ecomcore_order"] == "order-1"


@pytest.mark.parametrize("token", ["", "4242424242424242", "tok_visa", "pm_", "pm_card visa", "pm_card/../x", "pm_é"])
def test_what_is_no_payment_method_is_declined_and_never_sent(gateway: Stripe, fake: FakeStripe, token: str) -> None:
    answer = gateway.authorise(a_request(token=token))

    assert isinstance(answer, Declined)
    assert fake.calls == []
    assert token not in answer.reason or not token


def test_a_payment_method_that_stripe_does_not_know_is_declined(gateway: Stripe) -> None:
    answer = gateway.authorise(a_request(token="pm_of_somebody_else"))

    assert answer == Declined("No such PaymentMethod: 'pm_of_somebody_else'")


@pytest.mark.parametrize("reference", ["", "ch_1", "pi_", "pi_1/capture", "../refunds", "pi_1?x"])
def test_what_is_no_reference_is_refused_and_never_sent(gateway: Stripe, fake: FakeStripe, reference: str) -> None:
    request = a_request(reference=reference)

    answers = [gateway.capture(request), gateway.void(request), gateway.refund(request)]

    assert [type(answer) for answer in answers] == [Refusal] * 3
    assert fake.calls == []


def test_the_bank_sends_the_buyer_back_to_their_order(gateway: Stripe, fake: FakeStripe) -> None:
    answer = gateway.authorise(a_request(token=ASKS_THE_BUYER))

    assert isinstance(answer, ActionRequired)
    (intent,) = fake.books.intents.values()
    assert answer == ActionRequired(intent["next_action"]["redirect_to_url"]["url"], intent["id"])
    assert intent["next_action"]["redirect_to_url"]["return_url"] == "https://shop.example/order-1/payment-1"


@pytest.mark.parametrize("url", ["", "shop.example", "ftp://shop.example"])
def test_an_address_to_return_to_that_is_none_is_refused_at_once(fake: FakeStripe, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        Stripe(fake.client(), return_url=url)

    assert refused.value.field == "return_url"


# Yes and no -----------------------------------------------------------------------------------------------------------


def test_a_decline_has_the_reason_that_stripe_gives_the_buyer(gateway: Stripe, fake: FakeStripe) -> None:
    answer = gateway.authorise(a_request(token=INSUFFICIENT_FUNDS))

    (intent,) = fake.books.intents
    assert answer == Declined("Your card has insufficient funds.", f"{intent}:declined")


def test_a_decline_is_found_as_the_same_decline(gateway: Stripe) -> None:
    request = a_request(token=DECLINED)

    direct = gateway.authorise(request)

    assert gateway.status(evolve(request, token="")) == direct


def test_a_buyer_who_fails_to_confirm_is_declined(gateway: Stripe, fake: FakeStripe) -> None:
    request = a_request(token=ASKS_THE_BUYER)
    asked = gateway.authorise(request)
    assert isinstance(asked, ActionRequired)
    before = gateway.status(request)

    fake.buyer_acts(asked.reference, confirms=False)

    reason = "The provided PaymentMethod has failed authentication."
    assert before == Pending(asked.url)
    assert gateway.status(request) == Declined(reason, f"{asked.reference}:declined")


def test_a_bank_that_names_no_page_cannot_be_satisfied(
    gateway: Stripe, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, no_page = fake.books.create, {"next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}}
    monkeypatch.setattr(fake.books, "create", lambda asked: create(asked) | no_page)

    answer = gateway.authorise(a_request(token=ASKS_THE_BUYER))

    (intent,) = fake.books.intents
    assert answer == Declined("the bank wants the buyer to act, and names no page", f"{intent}:declined")


def test_an_authorisation_that_takes_a_moment_is_asked_for_by_its_id(
    gateway: Stripe, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = fake.books.create
    monkeypatch.setattr(fake.books, "create", lambda asked: create(asked) | {"status": "processing"})

    answer = gateway.authorise(a_request())

    (intent,) = fake.books.intents
    assert answer == Authorised(intent)


def test_a_capture_that_is_not_done_yet_is_unknown(
    gateway: Stripe, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = promised(gateway)
    monkeypatch.setattr(fake.books, "capture", lambda name, _: fake.books.intents[name] | {"status": "processing"})

    assert isinstance(gateway.capture(a_request(reference=reference)), Unknown)


def test_a_payment_that_is_still_under_way_is_pending(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)
    fake.books.intents[reference]["status"] = "processing"

    assert gateway.status(a_request(reference=reference)) == Pending()


def test_a_payment_that_nobody_completed_is_declined(gateway: Stripe, fake: FakeStripe) -> None:
    request = a_request(token=ASKS_THE_BUYER)
    asked = gateway.authorise(request)
    assert isinstance(asked, ActionRequired)

    answer = gateway.void(a_request(reference=asked.reference))

    assert answer == Voided(f"{asked.reference}:void")
    assert gateway.status(request) == Declined("no reason was given", f"{asked.reference}:declined")


# One capture ----------------------------------------------------------------------------------------------------------


def test_what_a_smaller_capture_leaves_is_let_go_by_itself(gateway: Stripe) -> None:
    reference = promised(gateway)
    captured = gateway.capture(a_request(euros(400), reference=reference))
    assert isinstance(captured, Captured)

    found = gateway.status(a_request(reference=reference))
    answer = gateway.void(a_request(euros(600), reference=reference))

    assert found == Found(
        reference,
        (
            Fact(FactKind.AUTHORISED, euros(1_000), reference),
            Fact(FactKind.CAPTURED, euros(400), captured.reference),
            Fact(FactKind.VOIDED, euros(600), f"{reference}:void"),
        ),
    )
    assert answer == Voided(f"{reference}:void")


def test_a_part_of_a_promise_is_not_let_go_alone(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)

    answer = gateway.void(a_request(euros(300), reference=reference))

    assert isinstance(answer, Refusal)
    assert fake.books.intents[reference]["status"] == "requires_capture"


def test_a_promise_that_ran_out_is_let_go(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)
    fake.books.cancel(reference, {"cancellation_reason": "automatic"})

    assert gateway.void(a_request(reference=reference)) == Voided(f"{reference}:void")
    assert isinstance(gateway.capture(a_request(reference=reference)), Refusal)


# What others did ------------------------------------------------------------------------------------------------------


def test_a_refund_made_by_hand_is_found(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)
    gateway.capture(a_request(reference=reference))
    by_hand = fake.books.refund({"payment_intent": reference, "amount": "300"})

    found = gateway.status(a_request(reference=reference))

    assert isinstance(found, Found)
    assert found.facts[-1] == Fact(FactKind.REFUNDED, euros(300), by_hand["id"])


def test_a_refund_that_failed_is_refused_and_not_told(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)
    gateway.capture(a_request(reference=reference))
    refund = a_request(reference=reference)
    gateway.refund(refund)
    (made,) = fake.books.refunds.values()
    made |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}

    again, found = gateway.refund(refund), gateway.status(a_request(reference=reference))

    assert again == Refusal("lost_or_stolen_card")
    assert isinstance(found, Found)
    assert FactKind.REFUNDED not in {fact.kind for fact in found.facts}


def test_a_dispute_is_found_with_its_end(gateway: Stripe, fake: FakeStripe) -> None:
    reference = promised(gateway)
    gateway.capture(a_request(reference=reference))
    dispute = fake.dispute(reference)
    lost = gateway.status(a_request(reference=reference))

    fake.close_dispute(dispute, won=True)
    won = gateway.status(a_request(reference=reference))

    back = Fact(FactKind.CHARGED_BACK, euros(1_000), dispute, "fraudulent")
    assert isinstance(lost, Found)
    assert isinstance(won, Found)
    assert lost.facts[2:] == (back,)
    assert won.facts[2:] == (back, Fact(FactKind.CHARGEBACK_WON, euros(1_000), f"{dispute}:won"))


# After a day ----------------------------------------------------------------------------------------------------------


def test_long_after_stripe_forgot_the_keys_nothing_happens_twice(gateway: Stripe, fake: FakeStripe) -> None:
    reference, other = promised(gateway), promised(gateway)
    capture = a_request(euros(700), reference=reference)
    refund = a_request(euros(100), reference=reference)
    void = a_request(reference=other)
    first = [gateway.capture(capture), gateway.refund(refund), gateway.void(void)]
    events = len(fake.events())

    fake.forget_keys()
    again = [gateway.capture(capture), gateway.refund(refund), gateway.void(void)]

    assert [type(answer) for answer in first] == [Captured, Refunded, Voided]
    assert again == first
    assert len(fake.events()) == events


def test_a_refund_is_found_among_many(gateway: Stripe, fake: FakeStripe) -> None:
    """On the second page of a hundred each."""
    reference = promised(gateway)
    gateway.capture(a_request(reference=reference))
    refund = a_request(euros(1), reference=reference)
    first = gateway.refund(refund)
    for _ in range(120):
        fake.books.refund({"payment_intent": reference, "amount": "1"})

    fake.forget_keys()

    assert gateway.refund(refund) == first
    assert len(fake.books.refunds) == 121


# To find again --------------------------------------------------------------------------------------------------------


def lookups(fake: FakeStripe) -> list[str]:
    return [call for call in fake.calls if call.startswith("GET")]


def test_a_payment_is_found_by_its_key(gateway: Stripe, fake: FakeStripe) -> None:
    request = a_request()
    reference = gateway.authorise(request).reference  # type: ignore[union-attr]  # it is authorised

    found = gateway.status(evolve(request, token=""))

    assert isinstance(found, Found)
    assert found.reference == reference
    assert lookups(fake)[0] == "GET /v1/payment_intents/search"
    assert "GET /v1/payment_intents" not in lookups(fake)


@pytest.mark.parametrize("search", ["late", "absent"])
def test_what_the_search_does_not_know_is_found_in_the_list(gateway: Stripe, fake: FakeStripe, search: str) -> None:
    request = a_request()
    reference = gateway.authorise(request).reference  # type: ignore[union-attr]  # it is authorised
    for _ in range(120):
        fake.books.create({"amount": "50", "currency": "eur", "payment_method": PAYS})
    fake.search = search  # type: ignore[assignment]  # one of its values

    found = gateway.status(request)

    assert isinstance(found, Found)
    assert found.reference == reference


def test_where_there_is_no_search_nobody_knows_what_is_older_than_the_list(gateway: Stripe, fake: FakeStripe) -> None:
    fake.search = "absent"

    assert isinstance(gateway.status(a_request()), Unknown)


def test_more_payments_than_can_be_looked_through_are_no_proof(
    gateway: Stripe, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_MOST_PAGES", 1)
    for _ in range(101):
        fake.books.create({"amount": "50", "currency": "eur", "payment_method": PAYS})

    assert isinstance(gateway.status(a_request()), Unknown)


@pytest.mark.parametrize("reference", ["pi_of_nobody", "ch_1"])
def test_a_reference_that_stripe_does_not_know_is_not_found(gateway: Stripe, reference: str) -> None:
    assert gateway.status(a_request(reference=reference)) == NotFoundThere()


# Amounts --------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(0, 10**9))
def test_an_amount_that_can_be_said_comes_back_as_it_was(code: str, minor: int) -> None:
    amount = Money(minor, Currency(code))

    units = to_units(amount)

    assert units is not None or code not in EXACT
    if units is not None:
        assert to_money(units, code.lower()) == amount


@pytest.mark.parametrize(
    ("minor", "code", "units"),
    [
        (1_099, "EUR", 1_099),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500, "MGA", 5),
        (501, "MGA", None),
        (5_120, "KWD", 5_120),
        (5_124, "KWD", None),
    ],
)
def test_amounts_are_said_as_stripe_counts_and_never_rounded(minor: int, code: str, units: int | None) -> None:
    assert to_units(Money(minor, Currency(code))) == units


@pytest.mark.parametrize(
    ("units", "code"), [("5", "eur"), (None, "eur"), (True, "eur"), (1.5, "eur"), (1, "xxx"), (1, None), (550, "isk")]
)
def test_what_is_no_amount_is_refused(units: object, code: object) -> None:
    with pytest.raises(Invalid):
        to_money(units, code)


def test_three_decimals_are_served_only_to_a_host_who_asks_for_them(gateway: Stripe, fake: FakeStripe) -> None:
    kuwait = Stripe(fake.client(), return_url="https://shop.example", currencies=["KWD"])
    dinar = Money(5_120, Currency("KWD"))

    unasked, tens, ones = (
        gateway.authorise(a_request(dinar)),
        kuwait.authorise(a_request(dinar)),
        kuwait.authorise(a_request(Money(5_124, Currency("KWD")))),
    )

    assert isinstance(unasked, Declined)
    assert isinstance(tens, Authorised)
    assert ones == Declined("Stripe takes KWD in steps of 10 minor units only, and 5124 is none")
    assert [intent["amount"] for intent in fake.books.intents.values()] == [5_120]


def test_only_the_currencies_of_the_account_are_served(fake: FakeStripe) -> None:
    gateway = Stripe(fake.client(), return_url="https://shop.example", currencies=["EUR"])

    assert gateway.capabilities.currencies == frozenset((Currency("EUR"),))
    assert isinstance(gateway.authorise(a_request(Money(100, Currency("USD")))), Declined)
    assert fake.calls == []
