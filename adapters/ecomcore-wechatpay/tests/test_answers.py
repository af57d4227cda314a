"""What only WeChat Pay can cause: signatures, its own words, refunds that take days, wires that break in the middle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid, PortUnavailable
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
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
from ecomcore_wechatpay import MemoryNotes, WeChatPay
from ecomcore_wechatpay.names import description_of, trade_name
from ecomcore_wechatpay.sandbox import Keys, WeChatPaySandbox

REQUEST = PaymentRequest("key", PaymentId("payment-1"), OrderId("o-1"), Money(6_800, Currency("CNY")))
TRADE = trade_name(REQUEST.payment)

CALLS: list[Callable[[WeChatPay, PaymentRequest], object]] = [
    WeChatPay.authorise,
    WeChatPay.capture,
    WeChatPay.void,
    WeChatPay.refund,
    WeChatPay.status,
]


def paid(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    gateway.authorise(REQUEST)
    wechat.pay(TRADE)


def another(wechat: WeChatPaySandbox, **changes: object) -> WeChatPay:
    settings: dict[str, object] = {**wechat.settings, "notify_url": "https://shop.example/wechat"}
    return WeChatPay(**(settings | changes))  # type: ignore[arg-type]  # tests give wrong ones on purpose


def test_wechat_pay_finds_the_signature_of_every_request_right(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    paid(gateway, wechat)

    for call in CALLS:
        call(gateway, REQUEST)

    assert wechat.unsigned == 0
    assert wechat.asked.total() > len(CALLS)


def test_a_merchant_whose_key_is_not_known_is_an_outage_and_nothing_happens(
    gateway: WeChatPay, wechat: WeChatPaySandbox, keys: Keys, other_keys: Keys
) -> None:
    with WeChatPaySandbox(evolve(keys, merchant=other_keys.merchant)) as theirs:
        stranger = theirs.settings["private_key"]

    with pytest.raises(PortUnavailable, match="SIGN_ERROR"):
        another(wechat, private_key=stranger).authorise(REQUEST)

    assert wechat.unsigned == 1
    assert gateway.status(REQUEST) == NotFoundThere()


@pytest.mark.parametrize("call", [WeChatPay.capture, WeChatPay.void, WeChatPay.refund, WeChatPay.status])
def test_an_answer_that_somebody_has_changed_is_not_believed(
    gateway: WeChatPay, wechat: WeChatPaySandbox, call: Callable[[WeChatPay, PaymentRequest], object]
) -> None:
    paid(gateway, wechat)

    wechat.tamper_next()

    assert isinstance(call(gateway, REQUEST), Unknown)


def test_a_code_that_somebody_has_changed_is_not_shown(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    wechat.tamper_next()

    assert isinstance(gateway.authorise(REQUEST), Unknown)
    assert isinstance(gateway.authorise(REQUEST), ActionRequired)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("changes", [{"public_key_id": "PUB_KEY_ID_0"}, {"public_key_id": "7D2A"}], ids=str)
def test_an_answer_signed_with_a_key_that_nobody_told_is_not_believed(
    gateway: WeChatPay,
    wechat: WeChatPaySandbox,
    changes: dict[str, str],
    call: Callable[[WeChatPay, PaymentRequest], object],
) -> None:
    """Nor does the client library go and fetch a certificate for it."""
    paid(gateway, wechat)

    answer = call(another(wechat, **changes), REQUEST)

    assert isinstance(answer, Unknown)
    assert "NOT_FOUND" not in wechat.asked


def test_an_answer_signed_by_somebody_else_is_not_believed(
    wechat: WeChatPaySandbox, keys: Keys, other_keys: Keys
) -> None:
    with WeChatPaySandbox(evolve(keys, wechat=other_keys.wechat)) as theirs:
        public_key = theirs.settings["public_key"]

    answer = another(wechat, public_key=public_key).authorise(REQUEST)

    assert isinstance(answer, Unknown)
    assert "signature" in answer.detail


@pytest.mark.parametrize("call", CALLS)
def test_an_internal_error_says_nothing_and_the_same_key_settles_it(
    gateway: WeChatPay, wechat: WeChatPaySandbox, call: Callable[[WeChatPay, PaymentRequest], object]
) -> None:
    paid(gateway, wechat)

    wechat.fail_next()
    first, second = call(gateway, REQUEST), call(gateway, REQUEST)

    assert isinstance(first, Unknown)
    assert isinstance(second, Authorised | Captured | Voided | Refunded | Found)


def test_a_genuine_answer_about_another_order_is_not_believed(
    gateway: WeChatPay, wechat: WeChatPaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody on the way repeats what WeChat Pay has said before: it is signed, and it is old."""
    paid(gateway, wechat)
    other = evolve(REQUEST, payment=PaymentId("payment-2"))
    kept = wechat._query(TRADE)
    monkeypatch.setattr(wechat, "answer", lambda *_: kept)

    answers = [call(gateway, other) for call in CALLS]

    assert [type(answer) for answer in answers] == [Unknown] * len(CALLS)


def test_a_port_where_nobody_listens_is_an_outage(wechat: WeChatPaySandbox) -> None:
    with WeChatPaySandbox(wechat.keys) as gone:
        url = gone.url
    gateway = another(wechat, url=url)

    for call in CALLS:
        with pytest.raises(PortUnavailable):
            call(gateway, REQUEST)


def test_a_refund_whose_answer_got_lost_is_given_once(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    paid(gateway, wechat)
    part = evolve(REQUEST, amount=Money(3_000, Currency("CNY")))

    wechat.lose_next_answer("/refunds")
    first, second = gateway.refund(part), gateway.refund(part)

    assert isinstance(first, Unknown)
    assert isinstance(second, Refunded)
    assert wechat.given_back(TRADE) == 3_000


@pytest.mark.parametrize(
    ("state", "answer"), [("SUCCESS", Refunded), ("PROCESSING", Refunded), ("CLOSED", Refusal), ("ABNORMAL", Unknown)]
)
def test_a_refund_that_wechat_pay_has_accepted_is_given(
    gateway: WeChatPay, wechat: WeChatPaySandbox, state: str, answer: type
) -> None:
    """To a card it takes days. One that went wrong is settled by hand at the console, and says so until then."""
    paid(gateway, wechat)
    wechat.refunds_are = state

    assert isinstance(gateway.refund(REQUEST), answer)


def test_an_order_that_is_let_go_can_no_longer_be_paid(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    gateway.authorise(REQUEST)
    waiting = gateway.status(REQUEST)

    answer = gateway.void(REQUEST)
    wechat.pay(TRADE)

    assert waiting == Pending()
    assert answer == Voided(TRADE)
    assert isinstance(gateway.status(REQUEST), Declined)
    assert isinstance(gateway.authorise(REQUEST), Declined)


def test_a_buyer_who_asks_for_the_code_after_paying_is_told_that_it_is_paid(
    gateway: WeChatPay, wechat: WeChatPaySandbox
) -> None:
    paid(gateway, wechat)

    assert gateway.authorise(REQUEST) == Authorised(TRADE, taken=True)


def test_another_process_knows_of_refunds_by_shared_notes(wechat: WeChatPaySandbox) -> None:
    notes = MemoryNotes()
    here, there, stranger = another(wechat, notes=notes), another(wechat, notes=notes), another(wechat)
    paid(here, wechat)
    here.refund(REQUEST)

    kinds = []
    for gateway in (there, stranger):
        found = gateway.status(REQUEST)
        assert isinstance(found, Found)
        kinds.append([fact.kind for fact in found.facts])

    known = [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert kinds == [[*known, FactKind.REFUNDED], known]


def test_the_buyer_reads_as_much_of_the_description_as_fits(wechat: WeChatPaySandbox) -> None:
    gateway = another(wechat, subject="茶叶店龙井" * 10 + "\U0001f375")

    answer = gateway.authorise(REQUEST)

    assert isinstance(answer, ActionRequired)
    assert wechat.description(TRADE).startswith("茶叶店龙井")
    assert len(wechat.description(TRADE).encode()) <= 127


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_description_is_too_long_or_ends_in_half_a_character(subject: str, order: str) -> None:
    description = description_of(subject, order)

    assert len(description.encode()) <= 127
    assert f"{subject} {order}".strip().startswith(description)


def test_keys_are_shown_by_nobody(gateway: WeChatPay, wechat: WeChatPaySandbox) -> None:
    secret = wechat.settings["private_key"].splitlines()[1]
    shown = repr(gateway) + repr(vars(gateway)) + repr(wechat.keys)

    assert secret not in shown
    assert wechat.keys.api_v3 not in shown
    assert repr(gateway) == f"WeChatPay(mch_id={wechat.mch_id!r}, app_id={wechat.app_id!r})"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("private_key", "MIIEnotakey"),
        ("public_key", "MIIEnotakey"),
        ("public_key", ""),
        ("api_v3_key", "too-short"),
        ("mch_id", " "),
        ("serial_no", None),
        ("public_key_id", ""),
    ],
)
def test_what_cannot_work_is_refused_when_the_shop_is_assembled(
    wechat: WeChatPaySandbox, name: str, value: object
) -> None:
    with pytest.raises(Invalid) as refusal:
        another(wechat, **{name: value})

    assert name in refusal.value.field
    assert "MIIEnotakey" not in str(refusal.value)
    assert "too-short" not in str(refusal.value)


@given(st.text("aB0-_.:@/+", min_size=1, max_size=64))
def test_an_order_has_a_name_that_wechat_pay_takes(payment: str) -> None:
    name = trade_name(PaymentId(payment))

    assert len(name) == 32
    assert name.isalnum()
    assert name != trade_name(PaymentId(payment + "a"))
