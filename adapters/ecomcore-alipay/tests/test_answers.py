"""What only Alipay can cause: signatures, its own words, codes that nobody scans, wires that break in the middle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

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
from ecomcore.testing import FixedClock
from ecomcore_alipay import Alipay, MemoryNotes
from ecomcore_alipay.names import amount_of, payment_of, trade_name, yuan
from ecomcore_alipay.sandbox import AlipaySandbox, Keys

REQUEST = PaymentRequest("key", PaymentId("payment-1"), OrderId("o-1"), Money(6_800, Currency("CNY")))
TRADE = trade_name(REQUEST.payment)

CALLS: list[Callable[[Alipay, PaymentRequest], object]] = [
    Alipay.authorise,
    Alipay.capture,
    Alipay.void,
    Alipay.refund,
    Alipay.status,
]


def paid(gateway: Alipay, alipay: AlipaySandbox) -> None:
    gateway.authorise(REQUEST)
    alipay.pay(TRADE)


def another(alipay: AlipaySandbox, clock: FixedClock, **changes: object) -> Alipay:
    settings: dict[str, object] = {**alipay.settings, "notify_url": "https://shop.example/alipay", "clock": clock}
    return Alipay(**(settings | changes))  # type: ignore[arg-type]  # tests give wrong ones on purpose


def gateway_query(gateway: Alipay, method: str, content: dict[str, str]) -> str:
    """A request that the app has signed."""
    return str(gateway._client._sdk.client_api(method, content))


def test_alipay_finds_the_signature_of_every_request_right(gateway: Alipay, alipay: AlipaySandbox) -> None:
    paid(gateway, alipay)

    for call in CALLS:
        call(gateway, REQUEST)

    assert alipay.unsigned == 0
    assert alipay.asked.total() > len(CALLS)


def test_an_app_whose_key_alipay_does_not_know_is_an_outage_and_nothing_happens(
    gateway: Alipay, alipay: AlipaySandbox, clock: FixedClock, keys: Keys, other_keys: Keys
) -> None:
    with AlipaySandbox(evolve(keys, app=other_keys.app)) as theirs:
        stranger = theirs.settings["private_key"]

    with pytest.raises(PortUnavailable, match="invalid-signature"):
        another(alipay, clock, private_key=stranger).authorise(REQUEST)

    assert alipay.unsigned == 1
    assert gateway.status(REQUEST) == NotFoundThere()


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_that_somebody_has_changed_is_not_believed(
    gateway: Alipay, alipay: AlipaySandbox, call: Callable[[Alipay, PaymentRequest], object]
) -> None:
    paid(gateway, alipay)

    alipay.tamper_next()

    assert isinstance(call(gateway, REQUEST), Unknown)


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_that_is_not_signed_by_alipay_is_not_believed(
    gateway: Alipay,
    alipay: AlipaySandbox,
    clock: FixedClock,
    keys: Keys,
    other_keys: Keys,
    call: Callable[[Alipay, PaymentRequest], object],
) -> None:
    paid(gateway, alipay)
    with AlipaySandbox(evolve(keys, alipay=other_keys.alipay)) as theirs:
        public_key = theirs.settings["alipay_public_key"]

    answer = call(another(alipay, clock, alipay_public_key=public_key), REQUEST)

    assert isinstance(answer, Unknown)
    assert "signature" in answer.detail


@pytest.mark.parametrize("call", CALLS)
def test_an_internal_error_of_alipay_says_nothing_and_the_same_key_settles_it(
    gateway: Alipay, alipay: AlipaySandbox, call: Callable[[Alipay, PaymentRequest], object]
) -> None:
    paid(gateway, alipay)

    alipay.fail_next()
    first, second = call(gateway, REQUEST), call(gateway, REQUEST)

    assert isinstance(first, Unknown)
    assert isinstance(second, Authorised | Captured | Voided | Refunded | Found)


def test_a_genuine_answer_about_another_trade_is_not_believed(
    keys: Keys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody on the way repeats what Alipay has said before: it is signed, and it is old."""
    with AlipaySandbox(keys, clock=clock) as alipay:
        gateway, other = another(alipay, clock), evolve(REQUEST, payment=PaymentId("payment-2"))
        paid(gateway, alipay)
        kept = {}
        for name in ("precreate", "query", "refund"):
            content = {"out_trade_no": TRADE, "out_request_no": "r", "refund_amount": "68.00", "total_amount": "68.00"}
            kept[name] = alipay.answer(gateway_query(gateway, f"alipay.trade.{name}", content))
        monkeypatch.setattr(alipay, "answer", lambda query: next(kept[name] for name in kept if name in query))

        answers = [call(gateway, other) for call in (Alipay.capture, Alipay.void, Alipay.refund, Alipay.status)]

    assert [type(answer) for answer in answers] == [Unknown] * 4


def test_a_port_where_nobody_listens_is_an_outage(alipay: AlipaySandbox, clock: FixedClock) -> None:
    with AlipaySandbox(alipay.keys) as gone:
        url = gone.url
    gateway = another(alipay, clock, url=url)

    for call in CALLS:
        with pytest.raises(PortUnavailable):
            call(gateway, REQUEST)


def test_a_refund_whose_answer_got_lost_is_given_once(gateway: Alipay, alipay: AlipaySandbox) -> None:
    paid(gateway, alipay)
    part = evolve(REQUEST, amount=Money(3_000, Currency("CNY")))

    alipay.lose_next_answer("alipay.trade.refund")
    first, second = gateway.refund(part), gateway.refund(part)

    assert isinstance(first, Unknown)
    assert isinstance(second, Refunded)
    found = gateway.status(REQUEST)
    assert isinstance(found, Found)
    assert [fact.amount for fact in found.facts if fact.kind is FactKind.REFUNDED] == [part.amount]


def test_a_code_that_nobody_has_scanned_waits_until_its_time_is_over(
    gateway: Alipay, alipay: AlipaySandbox, clock: FixedClock
) -> None:
    gateway.authorise(REQUEST)

    at_once = gateway.status(REQUEST)
    clock.tick(timedelta(minutes=36))
    later = gateway.status(REQUEST)

    assert at_once == Pending()
    assert isinstance(later, Declined)


def test_a_code_that_nobody_has_scanned_cannot_be_closed(gateway: Alipay, alipay: AlipaySandbox) -> None:
    gateway.authorise(REQUEST)

    unscanned = gateway.void(REQUEST)
    alipay.scan(TRADE)
    scanned = gateway.void(REQUEST)
    alipay.pay(TRADE)

    assert isinstance(unscanned, Refusal)
    assert scanned == Voided(TRADE)
    assert isinstance(gateway.status(REQUEST), Declined)


def test_another_process_knows_of_codes_and_refunds_by_shared_notes(alipay: AlipaySandbox, clock: FixedClock) -> None:
    notes = MemoryNotes()
    here, there = (another(alipay, clock, notes=notes) for _ in range(2))
    stranger = another(alipay, clock)
    here.authorise(REQUEST)

    assert there.status(REQUEST) == Pending()
    assert stranger.status(REQUEST) == NotFoundThere()

    alipay.pay(TRADE)
    here.refund(REQUEST)
    facts = there.status(REQUEST)
    assert isinstance(facts, Found)
    assert [fact.kind for fact in facts.facts] == [FactKind.AUTHORISED, FactKind.CAPTURED, FactKind.REFUNDED]


def test_a_buyer_who_asks_for_the_code_after_paying_is_told_that_it_is_paid(
    gateway: Alipay, alipay: AlipaySandbox
) -> None:
    paid(gateway, alipay)

    assert gateway.authorise(REQUEST) == Authorised(TRADE, taken=True)


def test_the_buyer_reads_the_subject_in_chinese_without_what_alipay_refuses(
    alipay: AlipaySandbox, clock: FixedClock
) -> None:
    gateway = another(alipay, clock, subject="茶叶店 {龙井} 50% = 1/2 & \U0001f375 订单")

    answer = gateway.authorise(REQUEST)
    alipay.pay(TRADE)

    assert isinstance(answer, ActionRequired)
    assert isinstance(gateway.status(REQUEST), Found)
    body = alipay.notification(TRADE).body
    assert "龙井" in AlipaySandbox.read_form(body)["subject"]
    assert not set("{}=&/") & set(AlipaySandbox.read_form(body)["subject"])


def test_keys_are_shown_by_nobody(gateway: Alipay, alipay: AlipaySandbox) -> None:
    secret = alipay.settings["private_key"].splitlines()[1]

    assert secret not in repr(gateway) + repr(vars(gateway)) + repr(alipay.keys)
    assert repr(gateway) == f"Alipay(app_id={alipay.app_id!r})"


def test_keys_are_taken_as_the_console_gives_them(alipay: AlipaySandbox, clock: FixedClock) -> None:
    bare = {
        name: "".join(line for line in alipay.settings[name].splitlines() if "---" not in line)
        for name in ("private_key", "alipay_public_key")
    }

    assert isinstance(another(alipay, clock, **bare).authorise(REQUEST), ActionRequired)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("private_key", "MIIEnotakey"),
        ("private_key", ""),
        ("private_key", None),
        ("alipay_public_key", "-----BEGIN PUBLIC KEY-----\nnothing\n-----END PUBLIC KEY-----"),
        ("app_id", " "),
        ("notify_url", None),
        ("pay_within", timedelta(seconds=10)),
    ],
)
def test_what_cannot_work_is_refused_when_the_shop_is_assembled(
    alipay: AlipaySandbox, clock: FixedClock, name: str, value: object
) -> None:
    with pytest.raises(Invalid) as refusal:
        another(alipay, clock, **{name: value})

    assert refusal.value.field == name
    assert "MIIEnotakey" not in str(refusal.value)


def test_importing_the_adapter_leaves_the_log_handlers_of_the_host_alone() -> None:
    code = (
        "import io, logging, logging.handlers\n"
        "kept = io.StringIO()\n"
        "handler = logging.handlers.MemoryHandler(100, target=logging.StreamHandler(kept))\n"
        "import ecomcore_alipay\n"
        "handler.handle(logging.makeLogRecord({'msg': 'still here', 'levelno': 30}))\n"
        "handler.flush()\n"
        "assert 'still here' in kept.getvalue(), 'the handler was closed'\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stderr


@given(st.text("aB0-_.:@/+", min_size=1, max_size=64), st.text("aB0-_.:@/+", min_size=1, max_size=64))
def test_a_trade_has_a_name_that_alipay_takes_and_that_is_no_other_payments(one: str, other: str) -> None:
    name = trade_name(PaymentId(one))

    assert len(name) <= 64
    assert name.replace("_", "a").isalnum()
    assert name.isascii()
    assert (name == trade_name(PaymentId(other))) == (one == other)
    assert payment_of(name) in (None, one)


def test_a_time_ordered_id_can_be_read_in_the_name_of_its_trade() -> None:
    payment = PaymentId("01941f29-7c00-7000-8000-0123456789ab")

    assert payment_of(trade_name(payment)) == payment


@given(st.integers(1, 10_000_000_000))
def test_an_amount_is_written_in_yuan_and_read_again_to_the_last_fen(fen: int) -> None:
    amount = Money(fen, Currency("CNY"))

    assert amount_of(yuan(amount)) == amount
    assert len(yuan(amount).partition(".")[2]) == 2
