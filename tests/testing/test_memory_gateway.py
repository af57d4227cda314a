"""The gateway in memory breaks down as it is told to, and plays the provider's part, the buyer's and the bank's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid, PortUnavailable
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.memory.gateway_faults import PASSING
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capabilities,
    Captured,
    Declined,
    FactKind,
    Found,
    Notice,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    Unknown,
    Voided,
)
from ecomcore.testing import NOON, FixedClock, euros
from tests.support.refusals import refused

PAYMENT = PaymentId("p1")
HOUR = timedelta(hours=1)
TAKES_AT_ONCE = Capabilities(partial_capture=False, several_captures=False, takes_at_once=True)


def request(key: str, minor: int = 10_00, reference: str = "auth-p1") -> PaymentRequest:
    return PaymentRequest(key, PAYMENT, OrderId("o1"), euros(minor), reference=reference)


ASKED = request("authorise", reference="")


def authorised(gateway: MemoryGateway | None = None) -> MemoryGateway:
    gateway = gateway or MemoryGateway(clock=FixedClock())
    assert isinstance(gateway.authorise(ASKED), Authorised)
    return gateway


def captured(minor: int = 10_00) -> MemoryGateway:
    gateway = authorised()
    assert isinstance(gateway.capture(request("capture", minor)), Captured)
    return gateway


def kinds(gateway: MemoryGateway) -> list[FactKind]:
    answer = gateway.status(ASKED)
    assert isinstance(answer, Found)
    return [fact.kind for fact in answer.facts]


def effects(gateway: MemoryGateway) -> list[str]:
    return [operation for operation, _ in gateway.effects]


# Faults


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.TIMEOUT_BEFORE])
def test_nobody_knows_and_nothing_happened(fault: Fault) -> None:
    gateway = authorised()
    gateway.script(fault)

    first = gateway.capture(request("capture"))
    done = effects(gateway)
    second = gateway.capture(request("capture"))

    assert isinstance(first, Unknown)
    assert done == ["authorise"]
    assert isinstance(second, Captured)


def test_an_outage_is_raised_for_the_status_too() -> None:
    gateway = authorised()
    gateway.script(Fault.DOWN)

    with pytest.raises(PortUnavailable):
        gateway.status(ASKED)

    assert kinds(gateway) == [FactKind.AUTHORISED]


def test_what_is_delayed_has_happened_and_is_told_late() -> None:
    gateway = authorised(MemoryGateway(delay=2))
    gateway.script(Fault.DELAY)

    first = gateway.capture(request("capture"))
    done = effects(gateway)
    then = [type(gateway.capture(request("capture"))) for _ in range(3)]

    assert isinstance(first, Unknown)
    assert done == ["authorise", "capture"]
    assert then == [Unknown, Unknown, Captured]


def test_the_status_does_not_know_yet_what_is_delayed() -> None:
    gateway = MemoryGateway(delay=1)
    gateway.script(Fault.DELAY, None, None, Fault.DELAY)

    gateway.authorise(ASKED)
    waiting = gateway.status(ASKED)
    promised = kinds(gateway)
    gateway.capture(request("capture"))
    not_yet = kinds(gateway)
    at_last = kinds(gateway)

    assert waiting == Pending()
    assert promised == not_yet == [FactKind.AUTHORISED]
    assert at_last == [FactKind.AUTHORISED, FactKind.CAPTURED]


def test_a_duplicate_happens_once_and_is_told_twice_under_one_id() -> None:
    gateway = authorised()
    gateway.script(Fault.DUPLICATE)

    gateway.capture(request("capture"))

    first, second, third = gateway.notices_of(PAYMENT)
    assert (first.fact.kind, second) == (FactKind.AUTHORISED, third)
    assert kinds(gateway) == [FactKind.AUTHORISED, FactKind.CAPTURED]


@given(st.integers(), st.integers(0, 100))
def test_noise_is_the_same_for_the_same_seed_and_asking_again_gets_over_it(seed: int, percent: int) -> None:
    def life() -> list[Any]:
        gateway = MemoryGateway.noisy(seed, percent)
        told: list[Any] = []
        for _ in range(20):
            try:
                told.append(gateway.authorise(ASKED))
            except PortUnavailable as error:
                told.append(str(error))
        return [*told, effects(gateway)]

    first, second = life(), life()

    assert first == second
    assert first[-1] in ([], ["authorise"])
    assert percent or first[:-1] == [Authorised("auth-p1")] * 20


def test_there_is_noise_and_none_of_it_is_a_no() -> None:
    gateway = MemoryGateway.noisy(7, percent=100)

    answers: set[type] = set()
    for _ in range(100):
        try:
            answers.add(type(gateway.authorise(ASKED)))
        except PortUnavailable:
            answers.add(PortUnavailable)

    assert answers == {Unknown, Authorised, PortUnavailable}
    assert not {Fault.DECLINE, Fault.ACTION} & set(PASSING)


# The buyer


def test_the_buyer_acts_and_a_webhook_tells() -> None:
    gateway = MemoryGateway()
    gateway.script(Fault.ACTION)

    asked = gateway.authorise(ASKED)
    before = gateway.status(ASKED)
    gateway.act(PAYMENT)

    assert asked == ActionRequired("https://bank.example/p1")
    assert before == Pending("https://bank.example/p1")
    assert gateway.authorise(ASKED) == Authorised("auth-p1")
    (webhook,) = gateway.webhooks_of(PAYMENT, NOON)
    assert gateway.read(webhook, NOON) == gateway.notices_of(PAYMENT)
    assert effects(gateway) == ["authorise"]


def test_the_buyer_goes_away_and_a_webhook_can_tell() -> None:
    gateway = MemoryGateway(Capabilities(redirects=True))
    gateway.authorise(ASKED)

    notice = gateway.walk_away(PAYMENT)

    assert gateway.status(ASKED) == Declined("the buyer went away", "decline-authorise")
    assert gateway.read(gateway.webhook(notice, NOON), NOON) == (notice,)
    assert (notice.fact.kind, notice.fact.reference, notice.payment) == (FactKind.DECLINED, "decline-authorise", "p1")
    assert effects(gateway) == []


def test_only_a_buyer_who_was_asked_can_act() -> None:
    gateway = authorised()

    with refused(Invalid("payment", PAYMENT, "one that waits for its buyer")):
        gateway.act(PAYMENT)


# Taken at once


def test_what_is_taken_at_once_is_one_effect_and_is_captured_only_as_a_whole() -> None:
    gateway = MemoryGateway(TAKES_AT_ONCE)

    answer = gateway.authorise(ASKED)
    part, whole = gateway.capture(request("part", 4_00)), gateway.capture(request("whole"))

    assert answer == Authorised("auth-p1", taken=True)
    assert isinstance(part, Refusal)
    assert whole == Captured("taken-p1")
    assert effects(gateway) == ["authorise"]


def test_what_was_taken_at_once_is_let_go_by_giving_it_back_unless_a_part_was_already() -> None:
    gateway, other = MemoryGateway(TAKES_AT_ONCE), MemoryGateway(TAKES_AT_ONCE)
    gateway.authorise(ASKED)
    other.authorise(ASKED)
    other.refund(request("refund", 1_00))

    assert gateway.void(request("void")) == Voided("void-void")
    assert kinds(gateway) == [FactKind.AUTHORISED, FactKind.CAPTURED, FactKind.REFUNDED]
    assert isinstance(other.void(request("void")), Refusal)


# What others do at the provider


def test_somebody_captures_and_refunds_a_part_in_the_providers_own_pages() -> None:
    gateway = authorised()

    gateway.capture_outside(PAYMENT, euros(6_00))
    gateway.refund_outside(PAYMENT, euros(1_00))
    gateway.void_outside(PAYMENT)

    told = [(notice.fact.kind, notice.fact.amount) for notice in gateway.notices_of(PAYMENT)[1:]]
    assert told == [
        (FactKind.CAPTURED, euros(6_00)),
        (FactKind.REFUNDED, euros(1_00)),
        (FactKind.VOIDED, euros(4_00)),
    ]
    assert isinstance(gateway.capture(request("capture", 1)), Refusal)
    assert isinstance(gateway.refund(request("refund", 5_00)), Refunded)
    assert effects(gateway) == ["authorise", "refund"]


def test_what_the_bank_took_back_cannot_be_refunded_until_it_is_won() -> None:
    gateway = captured()

    lost = gateway.chargeback(PAYMENT)
    too_late = gateway.refund(request("refund"))
    won = gateway.chargeback_won(PAYMENT)

    assert (lost.kind, lost.amount) == (FactKind.CHARGED_BACK, euros(10_00))
    assert isinstance(too_late, Refusal)
    assert (won.kind, won.amount) == (FactKind.CHARGEBACK_WON, euros(10_00))
    assert isinstance(gateway.refund(request("another refund")), Refunded)


@pytest.mark.parametrize("amount", [euros(10_01), euros(0), euros(-1), Money(1, Currency("USD"))])
def test_no_more_happens_at_the_provider_than_can(amount: Money) -> None:
    gateway = captured()

    with refused(Invalid("amount", amount, f"more than nothing, and at most {euros(10_00)}")):
        gateway.chargeback(PAYMENT, amount)


def test_nothing_happens_to_a_payment_nobody_made() -> None:
    with refused(Invalid("payment", PAYMENT, "one that was authorised")):
        MemoryGateway().chargeback(PAYMENT)


def test_notices_have_ids_of_their_own_that_stay() -> None:
    gateway = captured()
    gateway.refund(request("refund"))

    first, second = gateway.notices_of(PAYMENT), gateway.notices_of(PAYMENT)

    assert first == second
    assert len({notice.id for notice in first}) == 3
    assert {(notice.payment, notice.reference) for notice in first} == {(PAYMENT, "auth-p1")}


def test_a_webhook_is_read_as_it_was_told() -> None:
    gateway = MemoryGateway(TAKES_AT_ONCE, clock=FixedClock())
    gateway.authorise(ASKED)

    read: list[Notice] = []
    for webhook in gateway.webhooks_of(PAYMENT, NOON):
        answer = gateway.read(webhook, NOON)
        assert isinstance(answer, tuple)
        read.extend(answer)

    assert tuple(read) == gateway.notices_of(PAYMENT)
    assert [(notice.taken, notice.at) for notice in read] == [(True, NOON), (False, NOON)]


def test_one_gateway_does_not_believe_the_webhooks_of_another() -> None:
    gateway, other = captured(), MemoryGateway(secret="another secret")  # noqa: S106 - a test

    believed = [other.read(webhook, NOON) for webhook in gateway.webhooks_of(PAYMENT, NOON)]

    assert not [answer for answer in believed if isinstance(answer, tuple)]


# Payouts


def test_a_payout_report_tells_what_moved_money_and_what_it_cost() -> None:
    clock = FixedClock()
    gateway = authorised(MemoryGateway(clock=clock))
    gateway.capture(request("capture"))
    gateway.fee(PAYMENT, euros(35))
    clock.tick(HOUR)
    gateway.refund(request("refund", 2_50))
    gateway.chargeback(PAYMENT)
    gateway.fee(PAYMENT, euros(7_50))

    assert gateway.payout_csv() == (
        "reference,kind,amount,currency,fee,at\n"
        "capture-capture,captured,10.00,EUR,0.35,2030-06-12T12:00:00+00:00\n"
        "refund-refund,refunded,2.50,EUR,0.00,2030-06-12T13:00:00+00:00\n"
        "charged_back-p1-4,charged_back,7.50,EUR,7.50,2030-06-12T13:00:00+00:00\n"
    )


def test_a_payout_report_is_of_a_time_and_in_the_decimals_of_the_currency() -> None:
    clock = FixedClock()
    gateway = MemoryGateway(TAKES_AT_ONCE, clock=clock)
    for payment, amount in ("yen", Money(500, Currency("JPY"))), ("dinar", Money(1_234, Currency("KWD"))):
        gateway.authorise(PaymentRequest(payment, PaymentId(payment), OrderId("o1"), amount))
        clock.tick(HOUR)

    header, both = gateway.payout_csv().splitlines()[:1], gateway.payout_csv().splitlines()[1:]

    assert [row.split(",")[2:4] for row in both] == [["500", "JPY"], ["1.234", "KWD"]]
    assert gateway.payout_csv(until=NOON + HOUR).splitlines() == [*header, both[0]]
    assert gateway.payout_csv(since=NOON + HOUR).splitlines() == [*header, both[1]]
