"""Notifications: what is believed, what is forged, and what says nothing to the shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import FactKind, Forged, Notice, PaymentRequest, Webhook
from ecomcore.testing import NOON, FixedClock
from ecomcore_alipay import Alipay
from ecomcore_alipay.names import trade_name
from ecomcore_alipay.sandbox import AlipaySandbox, Keys

REQUEST = PaymentRequest("key", PaymentId("payment-1"), OrderId("o-1"), Money(6_800, Currency("CNY")))
TRADE = trade_name(REQUEST.payment)


@pytest.fixture(autouse=True)
def _paid(gateway: Alipay, alipay: AlipaySandbox) -> None:
    gateway.authorise(REQUEST)
    alipay.pay(TRADE)


def told(gateway: Alipay, webhook: Webhook) -> tuple[Notice, ...]:
    answer = gateway.read(webhook, NOON)
    assert not isinstance(answer, Forged), answer.reason
    return answer


def why(gateway: Alipay, webhook: Webhook) -> str:
    answer = gateway.read(webhook, NOON)
    assert isinstance(answer, Forged), f"believed: {answer}"
    return answer.reason


def test_a_payment_is_told_with_its_promise_its_payment_and_its_moment(gateway: Alipay, alipay: AlipaySandbox) -> None:
    promised, taken = told(gateway, alipay.notification(TRADE))

    assert [promised.fact.kind, taken.fact.kind] == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert {notice.fact.amount for notice in (promised, taken)} == {REQUEST.amount}
    assert {notice.payment for notice in (promised, taken)} == {REQUEST.payment}
    assert promised.taken
    assert promised.at == NOON
    assert promised.id != taken.id


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("app_id", "2021000000000009", "another app"),
        ("total_amount", "0.68", "another amount"),
        ("total_amount", "68", "cannot be read|another"),
        ("total_amount", "lots", "cannot be read"),
        ("total_amount", "-68.00", "cannot be read"),
        ("passback_params", "6800_payment-2", "another amount or payment"),
        ("out_trade_no", "payment_2", "another amount or payment"),
        ("notify_time", "yesterday", "too old"),
        ("charset", "gbk", "UTF-8"),
    ],
)
def test_what_does_not_fit_is_forged_even_with_a_signature_of_alipay(
    gateway: Alipay, alipay: AlipaySandbox, name: str, value: str, reason: str
) -> None:
    webhook = alipay.notification(TRADE, **{name: value})

    if (name, value) == ("total_amount", "68"):  # the same amount, written shorter
        assert told(gateway, webhook)
    else:
        assert reason in why(gateway, webhook)


def test_a_notification_of_another_seller_is_forged_where_one_is_named(
    alipay: AlipaySandbox, clock: FixedClock
) -> None:
    settings = {**alipay.settings, "notify_url": "https://shop.example/alipay"}
    mine = Alipay(**settings, seller_id=alipay.seller_id)
    theirs = Alipay(**settings, seller_id="2088000000000003")

    assert told(mine, alipay.notification(TRADE))
    assert "another seller" in why(theirs, alipay.notification(TRADE))


def test_what_somebody_else_has_signed_is_forged(gateway: Alipay, keys: Keys, other_keys: Keys) -> None:
    with AlipaySandbox(evolve(keys, alipay=other_keys.alipay)) as forger:
        Alipay(**forger.settings, notify_url="x")
        body = forger.sign_form({"app_id": forger.app_id, "notify_time": "2030-06-12 20:00:00", "out_trade_no": TRADE})

    assert why(gateway, Webhook({}, body)) == "the signature is wrong"


def test_a_notification_older_than_its_last_repetition_is_forged(gateway: Alipay, alipay: AlipaySandbox) -> None:
    fresh = alipay.notification(TRADE, NOON - timedelta(hours=25))
    stale = alipay.notification(TRADE, NOON - timedelta(hours=27))
    future = alipay.notification(TRADE, NOON + timedelta(minutes=6))

    assert told(gateway, fresh)
    assert "too old" in why(gateway, stale)
    assert "too old" in why(gateway, future)


def test_a_name_that_comes_twice_is_forged(gateway: Alipay, alipay: AlipaySandbox) -> None:
    """Whoever takes the last of two, and proves the first, believes anybody."""
    webhook = alipay.notification(TRADE)

    assert "once" in why(gateway, evolve(webhook, body=webhook.body + b"&total_amount=0.01"))
    assert "once" in why(gateway, evolve(webhook, body=b"total_amount=0.01&" + webhook.body))


def test_fields_that_nobody_knows_are_signed_like_all_others(gateway: Alipay, alipay: AlipaySandbox) -> None:
    new = alipay.notification(TRADE, something_new="新", empty="")

    assert told(gateway, new) == told(gateway, alipay.notification(TRADE))
    assert why(gateway, evolve(new, body=new.body.replace(b"something_new", b"something_old")))


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_status": "WAIT_BUYER_PAY"},
        {"trade_status": "TRADE_PENDING"},
        {"notify_type": "dut_user_sign"},
        {"gmt_refund": "2030-06-12 20:00:00.123", "refund_fee": "10.00"},
    ],
    ids=str,
)
def test_what_is_genuine_and_no_news_of_a_payment_tells_nothing(
    gateway: Alipay, alipay: AlipaySandbox, changes: dict[str, str]
) -> None:
    assert told(gateway, alipay.notification(TRADE, **changes)) == ()


def test_a_trade_that_was_closed_unpaid_is_a_decline(gateway: Alipay, alipay: AlipaySandbox) -> None:
    other = evolve(REQUEST, payment=PaymentId("payment-2"))
    gateway.authorise(other)
    alipay.leave(trade_name(other.payment))

    (notice,) = told(gateway, alipay.notification(trade_name(other.payment)))

    assert (notice.fact.kind, notice.payment) == (FactKind.DECLINED, other.payment)


def test_without_what_was_handed_over_the_name_of_the_trade_tells_the_payment(
    gateway: Alipay, alipay: AlipaySandbox
) -> None:
    notices = told(gateway, alipay.notification(TRADE, passback_params=""))

    assert {notice.payment for notice in notices} == {REQUEST.payment}


def test_the_same_notification_sent_again_is_the_same_news(gateway: Alipay, alipay: AlipaySandbox) -> None:
    first = told(gateway, alipay.notification(TRADE))
    again = told(gateway, alipay.notification(TRADE, NOON - timedelta(hours=2)))

    assert first == again
