"""The laws of the ledger: whatever providers tell, in any order, twice, or late, the books never say what cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    CREDIT,
    MANUAL,
    AmountDiffers,
    Capture,
    EntryKind,
    Fact,
    FactKind,
    LineChange,
    Means,
    Order,
    OrderState,
    PaymentBalance,
    PaymentStep,
    UnknownPayment,
)
from ecomcore.testing import NOON, a_line, an_order, euros
from tests.support.refusals import refused

ID = OrderId("order")
P1, P2 = PaymentId("p1"), PaymentId("p2")
REFUSALS = (AmountDiffers, UnknownPayment)

FACTS = st.builds(
    lambda kind, payment, minor, name: (PaymentId(payment), Fact(kind, euros(minor), f"{kind}-{payment}-{name}")),
    st.sampled_from(FactKind),
    st.sampled_from([P1, P2]),
    st.one_of(st.just(10_00), st.integers(1, 15_00)),
    st.integers(1, 2),
)


def an_asked_order(capture: Capture = Capture.AT_SHIPPING) -> Order:
    """20.00 EUR, of which half is asked for with one payment, and half with another."""
    order = an_order(lines=[a_line(quantity=2)], capture=capture)
    order = order.request_payment(P1, "", NOON, amount=euros(10_00)).require_action(P1, "url", NOON)
    return order.request_payment(P2, "", NOON, amount=euros(10_00)).having(news=())


def heard(order: Order, payment: PaymentId, fact: Fact, at: Instant = NOON) -> Order:
    """The order once it has heard this; what cannot be is refused, and changes nothing."""
    try:
        return order.hear(payment, fact, "", at)
    except REFUSALS:
        return order


def impossible(order: Order) -> Iterator[str]:
    """What of the books cannot be."""
    for each in order.ledger.balances():
        if (
            min(each.open, each.free, each.returnable, each.charged_back, each.capturing, each.voiding, each.refunding)
            < 0
        ):
            yield f"{each.payment}: less than nothing"
        if each.authorised > each.intended:
            yield f"{each.payment}: more is promised than was meant"
        if each.captured + each.voided > each.authorised:
            yield f"{each.payment}: more is taken and let go than was promised"
        if max(each.refunded, each.charged_back) > each.captured:  # a bank may take back what was refunded already
            yield f"{each.payment}: more is given back than was taken"
        if each.returnable > max(0, each.kept) or each.free > each.open:
            yield f"{each.payment}: more is free than there is"
    if [entry.number for entry in order.ledger.entries] != list(range(1, len(order.ledger.entries) + 1)):
        yield "entries are missing"
    if (order.ask_at is not None) != any(unanswered(each) for each in order.ledger.balances()):
        yield "somebody is asked although nothing is missing, or nobody although something is"


def unanswered(balance: PaymentBalance) -> bool:
    if balance.method in (CREDIT, MANUAL):
        return False
    return not balance.settled or balance.capturing > 0 or balance.voiding > 0 or balance.refunding > 0


# Whatever is told --------------------------------------------------------------------------------------------------


@given(st.sampled_from(Capture), st.lists(FACTS, max_size=15))
def test_whatever_a_provider_tells_the_books_stay_possible(
    capture: Capture, facts: list[tuple[PaymentId, Fact]]
) -> None:
    order = an_asked_order(capture)

    for payment, fact in facts:
        order = heard(order, payment, fact)
        assert list(impossible(order)) == []


@given(st.sampled_from(Capture), st.lists(FACTS, max_size=12))
def test_what_is_told_twice_at_once_is_written_once(capture: Capture, facts: list[tuple[PaymentId, Fact]]) -> None:
    order = an_asked_order(capture)

    for payment, fact in facts:
        before, order = order, heard(order, payment, fact)
        if order is not before:
            assert heard(order, payment, fact) is order


@given(st.sampled_from(Capture), st.lists(FACTS, max_size=10))
def test_what_was_written_is_not_written_again_however_late_it_is_repeated(
    capture: Capture, facts: list[tuple[PaymentId, Fact]]
) -> None:
    order, written = an_asked_order(capture), []
    for payment, fact in facts:
        kind = EntryKind(fact.kind)
        before, order = order, heard(order, payment, fact)
        if order is not before and order.ledger.has(kind, payment, fact.reference):
            written.append((payment, fact))

    for payment, fact in written:
        assert heard(order, payment, fact) is order


STEPS = st.one_of(
    FACTS,
    st.tuples(st.just("refuse"), st.sampled_from([P1, P2]), st.sampled_from(PaymentStep), st.integers(1, 10_00)),
    st.tuples(st.just("ship")),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("edit"), st.integers(1, 2)),
    st.tuples(st.just("refund"), st.sampled_from(Means), st.integers(1, 20_00)),
    st.tuples(st.just("capture"), st.none() | st.integers(1, 20_00)),
    st.tuples(st.just("manual"), st.integers(1, 20_00)),
    st.tuples(st.just("ask")),
)


def gone_on(order: Order, step: tuple[object, ...], number: int) -> Order:
    """The order after one more step of anybody; what is refused changes nothing."""
    at = NOON + timedelta(minutes=number)
    try:
        match step:
            case str(payment), Fact() as fact:
                return order.hear(PaymentId(payment), fact, "", at)
            case "refuse", str(payment), PaymentStep() as what, int(minor):
                asked = next((each.reference for each in order.ledger.unanswered(PaymentId(payment))), "")
                refusal = (PaymentId(payment), what, euros(minor), "no", f"try-{number}", at)
                return order.record_refusal(*refusal, request=asked)
            case ("ship",):
                return order.ship(at)
            case ("cancel",):
                return order.cancel("no more", at)
            case "edit", int(units):
                return order.edit([LineChange(1, units)], (), "less", "sam", at)
            case "refund", Means() as means, int(minor):
                return refunded(order, means, minor, at)
            case "capture", minor:
                return order.capture_now(None if minor is None else euros(int(str(minor))), at)
            case "manual", int(minor):
                return order.record_manual_payment(PaymentId(f"m{number}"), euros(minor), f"till-{number}", at)
            case _:
                return order.ask_again(at)
    except DomainError:
        return order


def refunded(order: Order, means: Means, minor: int, at: Instant) -> Order:
    return order.refund(
        lines=(),
        delivery=None,
        amount=euros(minor),
        means=means,
        reason="late",
        reference="",
        by="sam",
        at=at,
    )


@given(st.sampled_from(Capture), st.lists(STEPS, max_size=15))
def test_whatever_is_done_and_told_the_books_stay_possible(capture: Capture, steps: list[tuple[object, ...]]) -> None:
    order = an_asked_order(capture)

    for number, step in enumerate(steps, 1):
        order = gone_on(order, step, number)
        assert list(impossible(order)) == []


@given(st.sampled_from(Capture), st.lists(STEPS, max_size=15))
def test_no_fact_is_ever_lost_or_changed(capture: Capture, steps: list[tuple[object, ...]]) -> None:
    order = an_asked_order(capture)

    for number, step in enumerate(steps, 1):
        before, order = order, gone_on(order, step, number)
        assert order.ledger.entries[: len(before.ledger.entries)] == before.ledger.entries


@given(st.permutations([FactKind.AUTHORISED, FactKind.CAPTURED]))
def test_whichever_is_heard_first_the_promise_or_the_taking_the_order_is_paid(kinds: list[FactKind]) -> None:
    order = an_order().request_payment(P1, "", NOON)

    for kind in kinds:
        order = order.hear(P1, Fact(kind, euros(10_00), f"{kind}"), "authorised", NOON)

    assert (order.state, order.due, order.ask_at) == (OrderState.CONFIRMED, euros(0), None)
    assert order.ledger.sum(EntryKind.AUTHORISED) == order.ledger.sum(EntryKind.CAPTURED) == euros(10_00)


# What is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind is not FactKind.DECLINED])
def test_a_fact_in_another_currency_is_refused(kind: FactKind) -> None:
    yen = Money(10_00, Currency("JPY"))
    order = an_asked_order().authorise(P1, euros(10_00), "a", NOON).record_capture(P1, euros(10_00), "c", NOON)

    with pytest.raises(AmountDiffers):
        order.hear(P1, Fact(kind, yen, "another"), "another", NOON)


@pytest.mark.parametrize("kind", FactKind)
def test_a_fact_about_a_payment_nobody_meant_is_refused(kind: FactKind) -> None:
    with refused(UnknownPayment(ID, PaymentId("stray"))):
        an_asked_order().hear(PaymentId("stray"), Fact(kind, euros(10_00), "r"), "", NOON)


# Asking again ------------------------------------------------------------------------------------------------------


def test_as_long_as_an_answer_is_missing_it_is_known_since_when() -> None:
    order = an_order()
    assert order.ask_at is None

    asked = order.request_payment(P1, "", NOON)
    promised = asked.authorise(P1, euros(10_00), "a", NOON + timedelta(minutes=1))
    leaving = promised.ship(NOON + timedelta(days=1))
    asked_for = leaving.ledger.entries[-1].reference
    taken = leaving.record_capture(P1, euros(10_00), "c", NOON + timedelta(days=2), request=asked_for)

    assert asked.ask_at == NOON
    assert promised.ask_at is None
    assert leaving.ask_at == NOON + timedelta(days=1)
    assert taken.ask_at is None


@pytest.mark.parametrize("step", PaymentStep)
def test_a_refusal_is_an_answer(step: PaymentStep) -> None:
    order = an_order().request_payment(P1, "", NOON).authorise(P1, euros(10_00), "a", NOON)
    match step:
        case PaymentStep.CAPTURE:
            order = order.ship(NOON)
        case PaymentStep.VOID:
            order = order.cancel("no", NOON)
        case PaymentStep.REFUND:
            order = order.record_capture(P1, euros(10_00), "c", NOON).cancel("no", NOON)
    assert order.ask_at == NOON

    asked = order.ledger.entries[-1].reference
    answered = order.record_refusal(P1, step, euros(10_00), "no", "try-1", NOON, request=asked)

    assert answered.ask_at is None
    assert answered.ledger.covered == order.ledger.covered


def test_each_time_nobody_answers_it_is_asked_again_after_twice_as_long() -> None:
    order, waits = an_order().request_payment(P1, "", NOON), []
    at = NOON + timedelta(minutes=2)

    for _ in range(4):
        order = order.ask_again(at)
        assert order.ask_at is not None
        waits.append(order.ask_at - at)
        at = order.ask_at

    assert waits == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8), timedelta(minutes=16)]
    assert len(order.ledger.entries) == 1, "asking writes nothing"
