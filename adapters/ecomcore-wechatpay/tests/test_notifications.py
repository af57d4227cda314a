"""Notifications: what is believed, what is forged, and what says nothing to the shop."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import FactKind, Forged, Notice, PaymentRequest, Refunded, Voided, Webhook
from ecomcore.testing import NOON
from ecomcore_wechatpay import WeChatPay
from ecomcore_wechatpay.names import trade_name
from ecomcore_wechatpay.sandbox import Keys, WeChatPaySandbox

REQUEST = PaymentRequest("key", PaymentId("payment-1"), OrderId("o-1"), Money(6_800, Currency("CNY")))
TRADE = trade_name(REQUEST.payment)


@pytest.fixture(autouse=True)
def _paid(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    gateway.authorise(REQUEST)
    wechat.pay(TRADE)


def told(gateway: WeChatPay, webhook: Webhook) -> tuple[Notice, ...]:
    answer = gateway.read(webhook, NOON)
    assert not isinstance(answer, Forged), answer.reason
    return answer


def why(gateway: WeChatPay, webhook: Webhook) -> str:
    answer = gateway.read(webhook, NOON)
    assert isinstance(answer, Forged), f"believed: {answer}"
    return answer.reason


def test_a_payment_is_told_with_its_promise_its_payment_and_its_moment(
    gateway: WeChatPay, wechat: WeChatPaySandbox
) -> None:
    promised, taken = told(gateway, wechat.notification(TRADE))

    assert [promised.fact.kind, taken.fact.kind] == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert {notice.fact.amount for notice in (promised, taken)} == {REQUEST.amount}
    assert {notice.payment for notice in (promised, taken)} == {REQUEST.payment}
    assert promised.taken
    assert promised.at == NOON
    assert promised.id != taken.id


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mchid": "1900000009"}, "another merchant"),
        ({"appid": "wx00000000000000bb"}, "another app"),
        ({"amount": {"total": 68, "currency": "CNY"}}, "another amount"),
        ({"amount": {"total": 6_800, "currency": "USD"}}, "cannot be read"),
        ({"amount": {"total": "6800", "currency": "CNY"}}, "cannot be read"),
        ({"amount": {"total": True, "currency": "CNY"}}, "cannot be read"),
        ({"amount": {"total": -6_800, "currency": "CNY"}}, "cannot be read"),
        ({"attach": "6800_payment-2"}, "another amount or payment"),
        ({"out_trade_no": trade_name(PaymentId("payment-2"))}, "another amount or payment"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_forged_even_with_a_signature_of_wechat_pay(
    gateway: WeChatPay, wechat: WeChatPaySandbox, changes: dict[str, Any], reason: str
) -> None:
    assert reason in why(gateway, wechat.notification(TRADE, **changes))


def test_what_somebody_else_has_signed_is_forged(gateway: WeChatPay, keys: Keys, other_keys: Keys) -> None:
    with WeChatPaySandbox(evolve(keys, wechat=other_keys.wechat)) as forger:
        webhook = forger.envelope("EV-1", "TRANSACTION.SUCCESS", "transaction", {"mchid": forger.mch_id}, NOON)

    assert why(gateway, webhook) == "the signature is wrong"


def test_what_is_sealed_for_another_merchant_is_forged(gateway: WeChatPay, keys: Keys) -> None:
    with WeChatPaySandbox(evolve(keys, api_v3="0" * 32)) as other:
        webhook = other.envelope("EV-1", "TRANSACTION.SUCCESS", "transaction", {"mchid": other.mch_id}, NOON)

    assert why(gateway, webhook) == "it is not sealed with the merchant's key"


def test_an_old_notification_is_forged_and_so_is_one_of_the_future(
    gateway: WeChatPay, wechat: WeChatPaySandbox
) -> None:
    assert told(gateway, wechat.notification(TRADE, NOON - timedelta(minutes=4)))
    for away in (timedelta(minutes=6), -timedelta(minutes=6)):
        assert "too old" in why(gateway, wechat.notification(TRADE, NOON + away))


@pytest.mark.parametrize("sent", ["", "now", "-1", "1e9", "\u0661\u0662", "9" * 40])
def test_a_moment_that_is_none_is_forged(gateway: WeChatPay, wechat: WeChatPaySandbox, sent: str) -> None:
    webhook = wechat.notification(TRADE)

    assert why(gateway, evolve(webhook, headers={**webhook.headers, "Wechatpay-Timestamp": sent}))


def test_the_probe_of_wechat_pay_with_a_wrong_signature_is_forged(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    """It sends such ones to see whether merchants look."""
    webhook = wechat.notification(TRADE)
    probe = "WECHATPAY/SIGNTEST/" + webhook.header("Wechatpay-Signature")[19:]

    assert why(gateway, evolve(webhook, headers={**webhook.headers, "Wechatpay-Signature": probe}))


def test_fields_and_headers_that_nobody_knows_change_nothing(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    new = wechat.notification(TRADE, something_new={"新": [1, 2]})
    new = evolve(new, headers={**new.headers, "Request-ID": "08F78BB5AF0610D302189F8EA0"})

    assert told(gateway, new) == told(gateway, wechat.notification(TRADE))


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("TRANSACTION.SUCCESS", {"trade_state": "NOTPAY"}),
        ("TRANSACTION.LATER", {}),
        ("COUPON.USE", {}),
        ("REFUND.ABNORMAL", {"refund_status": "ABNORMAL", "amount": {"refund": 1}}),
    ],
)
def test_what_is_genuine_and_no_news_of_a_payment_tells_nothing(
    gateway: WeChatPay, wechat: WeChatPaySandbox, event: str, changes: dict[str, Any]
) -> None:
    resource = {"mchid": wechat.mch_id, "appid": wechat.app_id, "out_trade_no": TRADE, **changes}

    assert told(gateway, wechat.envelope("EV-1", event, "transaction", resource, NOON)) == ()


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"id": 1, "event_type": "X", "resource": {"algorithm": "AEAD_AES_256_GCM"}}', b"\xff"]
)
def test_a_signed_body_of_a_form_that_nobody_knows_tells_nothing(
    gateway: WeChatPay, wechat: WeChatPaySandbox, body: bytes
) -> None:
    assert told(gateway, wechat.signed(body, NOON)) == ()


def test_a_refund_is_told_as_a_refund_and_a_void_as_a_void(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    """The same names as in the direct answers, so that neither is counted twice."""
    other = evolve(REQUEST, payment=PaymentId("payment-2"))
    gateway.authorise(other)
    wechat.pay(trade_name(other.payment))

    refunded, voided = gateway.refund(REQUEST), gateway.void(other)

    assert isinstance(refunded, Refunded)
    assert isinstance(voided, Voided)
    (one,) = told(gateway, wechat.refund_notification(TRADE, refunded.reference))
    (two,) = told(gateway, wechat.refund_notification(trade_name(other.payment), voided.reference))
    assert (one.fact.kind, one.fact.reference) == (FactKind.REFUNDED, refunded.reference)
    assert (two.fact.kind, two.fact.reference) == (FactKind.VOIDED, voided.reference)
    assert (one.reference, two.reference) == (TRADE, trade_name(other.payment))


def test_an_order_that_was_not_made_here_is_told_without_a_payment(
    gateway: WeChatPay, wechat: WeChatPaySandbox
) -> None:
    notices = told(gateway, wechat.notification(TRADE, attach="", out_trade_no="made-by-hand"))

    assert {(notice.payment, notice.reference) for notice in notices} == {(None, "made-by-hand")}


def test_the_body_may_be_written_in_any_way_that_is_signed(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    """Escaped or in UTF-8, with spaces or without: the proof is over the bytes as they came."""
    plain = wechat.notification(TRADE)
    escaped = json.dumps(json.loads(plain.body), indent=2).encode()

    assert told(gateway, wechat.signed(escaped, NOON)) == told(gateway, plain)
    assert why(gateway, evolve(plain, body=escaped)) == "the signature is wrong"
