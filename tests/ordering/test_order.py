"""The life of an order, and of the money that is promised, taken and given back for it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import LocationId, OrderId, PaymentId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    AmountDiffers,
    Capture,
    CartLine,
    EntryKind,
    FulfilmentGroup,
    Ledger,
    LedgerEntry,
    NotCovered,
    NothingToPay,
    Order,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderingPolicy,
    OrderPlaced,
    OrderShipped,
    OrderState,
    PaymentActionRequired,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentPending,
    PaymentRefunded,
    PaymentRefused,
    PaymentRequested,
    PaymentStep,
    PaymentVoided,
    Quote,
    Reversal,
    Shopper,
    Source,
    TotalChanged,
    UnknownPayment,
)
from ecomcore.ordering.order import LIFECYCLE
from ecomcore.testing import NOON, a_line, a_price, an_order, euros
from tests.support.refusals import refused

ID, PAYMENT = OrderId("order"), PaymentId("p1")
TEN = euros(10_00)
WANTED = (CartLine(VariantId("tea"), 1),)


def entries(*facts: tuple[EntryKind, int, str], payment: str = "p1") -> tuple[LedgerEntry, ...]:
    """A ledger's entries: kind, cents, reference."""
    return tuple(
        LedgerEntry(number, kind, PaymentId(payment), euros(minor), reference, NOON)
        for number, (kind, minor, reference) in enumerate(facts, 1)
    )


INTENDED = (EntryKind.INTENDED, 10_00, "p1")
DECLINED = (EntryKind.DECLINED, 0, "no")
AUTHORISED = (EntryKind.AUTHORISED, 10_00, "auth")
CAPTURED = (EntryKind.CAPTURED, 10_00, "capture")
VOIDED = (EntryKind.VOIDED, 10_00, "void")
REFUNDED = (EntryKind.REFUNDED, 10_00, "refund")


def order(
    *facts: tuple[EntryKind, int, str], state: OrderState = OrderState.PLACED, capture: Capture = Capture.AT_SHIPPING
) -> Order:
    """An order of 10.00 EUR as it comes from the store, with these facts in its ledger."""
    return an_order(state=state, capture=capture, payments=entries(*facts))


def named(order: Order) -> str:
    """The name of the intent that was written last."""
    return order.ledger.entries[-1].reference


def quote(*lines: int) -> Quote:
    """A quote with lines at these totals."""
    made = tuple(a_line(number, price=a_price(minor)) for number, minor in enumerate(lines, 1))
    return Quote(Currency("EUR"), made, euros(sum(lines)))


def placed(offered: Quote, accepted: Money) -> Order:
    return Order.place(
        ID,
        offered,
        accepted=accepted,
        buyer="member:ada",
        shopper=Shopper(owner="member:ada", channel="web"),
        policy=OrderingPolicy(),
        location=None,
        at=NOON,
        pay_by=NOON + timedelta(minutes=30),
    )


# The lifecycle -----------------------------------------------------------------------------------------------------

VERBS: dict[str, Callable[[Order], Order]] = {
    "confirm": lambda order: order.authorise(PAYMENT, TEN, "auth", NOON),
    "ship": lambda order: order.ship(NOON),
    "complete": Order.complete,
    "cancel": lambda order: order.cancel("changed my mind", NOON),
}


@pytest.mark.parametrize(("verb", "state", "to"), list(LIFECYCLE.cells()))
def test_every_verb_in_every_state_does_what_the_table_says(
    verb: str, state: OrderState, to: OrderState | None
) -> None:
    before = order(INTENDED, *([AUTHORISED] if verb == "ship" else []), state=state)

    match verb, state, to:
        case "confirm", _, None:  # money is written down in every state; it moves the order from the one state only
            assert VERBS[verb](before).state is state
        case "cancel", OrderState.CANCELLED, None:
            assert VERBS[verb](before) is before
        case _, _, None:
            with refused(IllegalTransition("order", verb, state, LIFECYCLE.moves[verb].sources)):
                VERBS[verb](before)
        case _:
            assert VERBS[verb](before).state is to


def test_every_verb_of_the_table_is_a_method() -> None:
    assert set(VERBS) == set(LIFECYCLE.verbs)


@pytest.mark.parametrize("state", [OrderState.SHIPPED, OrderState.COMPLETED, OrderState.CANCELLED])
def test_an_order_asks_for_payment_until_its_goods_leave(state: OrderState) -> None:
    with refused(IllegalTransition("order", "pay", state, (OrderState.PLACED, OrderState.CONFIRMED))):
        order(state=state).request_payment(PAYMENT, "", NOON)


def test_an_order_is_placed_at_the_total_the_buyer_accepted() -> None:
    new = placed(quote(7_00, 3_00), TEN)

    assert (new.state, new.total, new.due) == (OrderState.PLACED, TEN, TEN)
    assert (new.buyer, new.channel) == ("member:ada", "web")
    wanted = (CartLine(VariantId("tea"), 1), CartLine(VariantId("tea"), 1))
    until = NOON + timedelta(minutes=30)
    assert new.news == (OrderPlaced(ID, "member:ada", wanted, TEN, None, until, "member:ada", channel="web"),)


@pytest.mark.parametrize("accepted", [euros(9_99), euros(10_01), Money(10_00, Currency("USD"))])
def test_no_order_is_placed_at_another_total(accepted: Money) -> None:
    with refused(TotalChanged(accepted, TEN)):
        placed(quote(10_00), accepted)


def test_what_costs_nothing_is_confirmed_once_its_stock_is_set_aside() -> None:
    free = placed(quote(0), euros(0))
    assert (free.state, free.due) == (OrderState.PLACED, euros(0))

    confirmed = free.set_aside((Source(VariantId("tea"), LocationId("main"), 1),), NOON)

    assert confirmed.state is OrderState.CONFIRMED
    assert [type(told) for told in confirmed.news] == [OrderPlaced, OrderConfirmed]
    assert confirmed.ledger == Ledger(Currency("EUR"))


def test_goods_that_nothing_covers_any_more_stay_here() -> None:
    let_go = order(INTENDED, AUTHORISED, VOIDED, state=OrderState.CONFIRMED)

    with refused(NotCovered(ID, TEN)):
        let_go.ship(NOON)


def test_an_order_whose_promise_was_let_go_can_be_paid_again() -> None:
    let_go = order(INTENDED, AUTHORISED, VOIDED, state=OrderState.CONFIRMED)

    again = let_go.request_payment(PaymentId("p2"), "card", NOON).authorise(PaymentId("p2"), TEN, "auth 2", NOON)

    assert again.due == euros(0)
    assert again.ship(NOON).state is OrderState.SHIPPED


def test_what_the_provider_refused_to_take_at_once_is_asked_for_again_at_shipping() -> None:
    refused_once = order(
        INTENDED,
        AUTHORISED,
        (EntryKind.REFUSED, 10_00, "try"),
        state=OrderState.CONFIRMED,
        capture=Capture.AT_ONCE,
    )

    shipped = refused_once.ship(NOON)

    taken_again = Reversal(PAYMENT, "auth", TEN, refund=False, request="capture_requested-4")
    assert shipped.news[-1] == OrderShipped(ID, (taken_again,))


def test_what_is_taken_beyond_the_total_goes_back() -> None:
    second = PaymentId("p2")
    paid = order(INTENDED, AUTHORISED, CAPTURED, state=OrderState.CONFIRMED)
    twice = paid.having(
        ledger=paid.ledger.with_entry(EntryKind.INTENDED, second, TEN, "p2", NOON).with_entry(
            EntryKind.AUTHORISED, second, TEN, "auth 2", NOON
        )
    )

    captured = twice.record_capture(second, TEN, "capture 2", NOON)

    back = Reversal(second, "auth 2", TEN, refund=True, request="refund_requested-7")
    assert captured.news[-1] == PaymentArrivedLate(ID, (back,))


def test_shipping_completing_and_cancelling_are_told() -> None:
    shipped = order(INTENDED, AUTHORISED, state=OrderState.CONFIRMED).ship(NOON)

    assert shipped.news == (
        OrderShipped(ID, (Reversal(PAYMENT, "auth", TEN, refund=False, request="capture_requested-3"),)),
    )
    assert shipped.complete().news[-1] == OrderCompleted(ID, shipped.buyer, TEN, 1)
    assert order().cancel("no", NOON).news == (OrderCancelled(ID, "no", ()),)


# Asking for payment ------------------------------------------------------------------------------------------------


def test_the_intent_is_written_before_anybody_is_asked() -> None:
    asked = order().request_payment(PAYMENT, "card", NOON)

    assert asked.ledger.entries == entries(INTENDED)
    assert asked.news == (PaymentRequested(ID, PAYMENT, TEN, "card"),)


def test_a_payment_without_outcome_is_waited_for() -> None:
    with refused(PaymentPending(ID, PAYMENT)):
        order(INTENDED).request_payment(PaymentId("p2"), "", NOON)


def test_while_the_buyer_has_to_do_something_about_one_payment_they_may_try_another_and_one_counts() -> None:
    waiting = order(INTENDED, (EntryKind.ACTION_REQUIRED, 0, "url"))

    another = waiting.request_payment(PaymentId("p2"), "card", NOON)
    both = another.authorise(PaymentId("p2"), TEN, "auth-2", NOON).authorise(PAYMENT, TEN, "auth-1", NOON)

    assert another.news == (PaymentRequested(ID, PaymentId("p2"), TEN, "card"),)
    assert both.due == euros(0)
    let_go = Reversal(PAYMENT, "auth-1", TEN, refund=False, request="void_requested-6")
    assert both.news[-1] == PaymentArrivedLate(ID, (let_go,))


def test_after_a_decline_the_whole_is_asked_for_again() -> None:
    again = order(INTENDED, DECLINED).request_payment(PaymentId("p2"), "card", NOON)

    assert again.news == (PaymentRequested(ID, PaymentId("p2"), TEN, "card"),)


def test_a_covered_order_has_nothing_left_to_pay() -> None:
    with refused(NothingToPay(ID)):
        order(INTENDED, AUTHORISED).request_payment(PaymentId("p2"), "", NOON)


# The provider's answers --------------------------------------------------------------------------------------------


def test_a_promise_that_covers_the_order_confirms_it() -> None:
    confirmed = order(INTENDED).authorise(PAYMENT, TEN, "auth", NOON)

    assert (confirmed.state, confirmed.due) == (OrderState.CONFIRMED, euros(0))
    groups = (FulfilmentGroup(None, None, WANTED),)
    assert confirmed.news == (
        PaymentAuthorised(ID, PAYMENT, TEN, "auth", capture=None),
        OrderConfirmed(ID, WANTED, groups=groups, channel="default"),
    )


def test_where_the_shop_takes_money_at_once_a_promise_is_to_be_taken() -> None:
    confirmed = order(INTENDED, capture=Capture.AT_ONCE).authorise(PAYMENT, TEN, "auth", NOON)

    assert confirmed.news[0] == PaymentAuthorised(ID, PAYMENT, TEN, "auth", capture=TEN, request="capture_requested-3")
    assert confirmed.ship(NOON).news[-1] == OrderShipped(ID, ())


@pytest.mark.parametrize("amount", [euros(9_99), euros(10_01), Money(10_00, Currency("USD"))])
def test_a_promise_of_another_amount_is_refused(amount: Money) -> None:
    with refused(AmountDiffers(PAYMENT, TEN, amount)):
        order(INTENDED).authorise(PAYMENT, amount, "auth", NOON)


def test_a_payment_is_promised_once_whatever_the_reference() -> None:
    promised = order(INTENDED, AUTHORISED, state=OrderState.CONFIRMED)

    again = promised.authorise(PAYMENT, TEN, "another", NOON)

    assert (again.news, again.ledger.covered, again.ledger.sum(EntryKind.AUTHORISED)) == ((), TEN, TEN)
    with refused(AmountDiffers(PAYMENT, euros(0), euros(9_99))):
        promised.authorise(PAYMENT, euros(9_99), "another", NOON)


def test_a_declined_payment_that_is_promised_after_all_confirms_the_order() -> None:
    confirmed = order(INTENDED, DECLINED).authorise(PAYMENT, TEN, "auth", NOON)

    assert confirmed.state is OrderState.CONFIRMED


@pytest.mark.parametrize("capture", Capture)
def test_of_two_promises_for_one_order_the_second_goes_back(capture: Capture) -> None:
    retried = order(INTENDED, DECLINED, capture=capture).request_payment(PaymentId("p2"), "", NOON)

    both = retried.authorise(PaymentId("p2"), TEN, "auth-2", NOON).authorise(PAYMENT, TEN, "auth-1", NOON)

    assert both.state is OrderState.CONFIRMED
    assert both.news[-2:] == (
        PaymentAuthorised(ID, PAYMENT, TEN, "auth-1", capture=None),
        PaymentArrivedLate(ID, (Reversal(PAYMENT, "auth-1", TEN, refund=False, request=named(both)),)),
    )


def test_a_second_promise_is_not_taken_when_the_goods_leave() -> None:
    retried = order(INTENDED, DECLINED).request_payment(PaymentId("p2"), "", NOON)
    both = retried.authorise(PaymentId("p2"), TEN, "auth-2", NOON).authorise(PAYMENT, TEN, "auth-1", NOON)

    shipped = both.ship(NOON)

    taken = Reversal(PaymentId("p2"), "auth-2", TEN, refund=False, request=named(shipped))
    assert shipped.news[-1] == OrderShipped(ID, (taken,))


def test_a_decline_is_written_and_told() -> None:
    declined = order(INTENDED).decline(PAYMENT, "no funds", "no", NOON)

    assert (declined.state, declined.due) == (OrderState.PLACED, TEN)
    assert declined.news == (PaymentDeclined(ID, PAYMENT, "no funds"),)


def test_a_decline_that_comes_after_the_outcome_changes_nothing() -> None:
    for before in (order(INTENDED, AUTHORISED, state=OrderState.CONFIRMED), order(INTENDED, DECLINED)):
        assert before.decline(PAYMENT, "no funds", "another", NOON) is before


def test_what_the_buyer_must_do_is_written_and_told() -> None:
    waiting = order(INTENDED).require_action(PAYMENT, "https://bank.example", NOON)

    assert waiting.news == (PaymentActionRequired(ID, PAYMENT, "https://bank.example"),)
    assert waiting.ledger.entries[-1].kind is EntryKind.ACTION_REQUIRED


def test_what_the_buyer_must_do_is_of_no_interest_after_the_outcome() -> None:
    for before in (order(INTENDED, AUTHORISED, state=OrderState.CONFIRMED), order(INTENDED, DECLINED)):
        assert before.require_action(PAYMENT, "https://bank.example", NOON) is before


def test_a_capture_is_written_and_told() -> None:
    taken = order(INTENDED, AUTHORISED, state=OrderState.SHIPPED).record_capture(PAYMENT, TEN, "capture", NOON)

    assert taken.ledger.sum(EntryKind.CAPTURED) == TEN
    assert taken.news == (PaymentCaptured(ID, PAYMENT, TEN, "capture"),)


def test_a_part_may_be_captured_and_the_rest_let_go() -> None:
    confirmed = order(INTENDED, AUTHORISED, state=OrderState.CONFIRMED)

    settled = confirmed.record_capture(PAYMENT, euros(6_00), "c", NOON).record_void(PAYMENT, euros(4_00), "v", NOON)

    balance = settled.ledger.balance(PAYMENT)
    assert balance is not None
    assert (balance.open, balance.kept) == (0, 6_00)


def test_a_void_and_a_refund_are_written_and_told() -> None:
    void = order(INTENDED, AUTHORISED, state=OrderState.CANCELLED).record_void(PAYMENT, TEN, "void", NOON)
    taken = order(INTENDED, AUTHORISED, CAPTURED, state=OrderState.CANCELLED)
    refund = taken.record_refund(PAYMENT, TEN, "refund", NOON)

    assert void.news == (PaymentVoided(ID, PAYMENT, TEN, "void"),)
    assert refund.news == (PaymentRefunded(ID, PAYMENT, TEN, "refund"),)
    assert void.ledger.covered == refund.ledger.covered == euros(0)


def test_a_refusal_of_the_provider_is_written_and_changes_no_money() -> None:
    before = order(INTENDED, AUTHORISED, state=OrderState.SHIPPED)

    after = before.record_refusal(PAYMENT, PaymentStep.CAPTURE, TEN, "expired", "try-1", NOON)

    assert after.ledger.covered == before.ledger.covered
    assert after.news == (PaymentRefused(ID, PAYMENT, PaymentStep.CAPTURE, TEN, "expired"),)


Answer = Callable[[Order, Money], Order]

capture: Answer = lambda order, amount: order.record_capture(PAYMENT, amount, "r", NOON)  # noqa: E731
void: Answer = lambda order, amount: order.record_void(PAYMENT, amount, "r", NOON)  # noqa: E731
refund: Answer = lambda order, amount: order.record_refund(PAYMENT, amount, "r", NOON)  # noqa: E731


@pytest.mark.parametrize("amount", [euros(0), euros(-1), euros(6_01), Money(1, Currency("USD"))])
@pytest.mark.parametrize(
    ("answer", "before"),
    [
        (capture, order(INTENDED, AUTHORISED, (EntryKind.CAPTURED, 3_00, "c"), (EntryKind.VOIDED, 1_00, "v"))),
        (void, order(INTENDED, AUTHORISED, (EntryKind.CAPTURED, 3_00, "c"), (EntryKind.VOIDED, 1_00, "v"))),
        (refund, order(INTENDED, AUTHORISED, CAPTURED, (EntryKind.REFUNDED, 4_00, "f"))),
    ],
    ids=["capture", "void", "refund"],
)
def test_no_more_moves_than_is_there(answer: Answer, before: Order, amount: Money) -> None:
    with refused(AmountDiffers(PAYMENT, euros(6_00), amount)):
        answer(before, amount)


@pytest.mark.parametrize("answer", [capture, void, refund], ids=["capture", "void", "refund"])
def test_nothing_moves_before_there_is_a_promise(answer: Answer) -> None:
    with refused(AmountDiffers(PAYMENT, euros(0), TEN)):
        answer(order(INTENDED), TEN)


ANSWERS: dict[str, tuple[Order, Callable[[Order], Order]]] = {
    "authorise": (order(INTENDED), lambda order: order.authorise(PAYMENT, TEN, "auth", NOON)),
    "require action": (order(INTENDED), lambda order: order.require_action(PAYMENT, "url", NOON)),
    "decline": (order(INTENDED), lambda order: order.decline(PAYMENT, "no funds", "no", NOON)),
    "capture": (
        order(INTENDED, AUTHORISED, state=OrderState.SHIPPED),
        lambda order: order.record_capture(PAYMENT, TEN, "capture", NOON),
    ),
    "void": (
        order(INTENDED, AUTHORISED, state=OrderState.CANCELLED),
        lambda order: order.record_void(PAYMENT, TEN, "void", NOON),
    ),
    "refund": (
        order(INTENDED, AUTHORISED, CAPTURED, state=OrderState.CANCELLED),
        lambda order: order.record_refund(PAYMENT, TEN, "refund", NOON),
    ),
    "refusal": (
        order(INTENDED, AUTHORISED, state=OrderState.SHIPPED),
        lambda order: order.record_refusal(PAYMENT, PaymentStep.CAPTURE, TEN, "expired", "try-1", NOON),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_the_provider_says_twice_is_written_once(name: str) -> None:
    before, say = ANSWERS[name]

    once = say(before)

    assert once is not before
    assert say(once) is once


@pytest.mark.parametrize("name", ANSWERS)
def test_a_payment_of_another_order_is_unknown(name: str) -> None:
    _, say = ANSWERS[name]

    with refused(UnknownPayment(ID, PAYMENT)):
        say(order())


# What arrives too late ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", Capture)
def test_a_promise_for_a_cancelled_order_is_written_and_goes_back(when: Capture) -> None:
    late = order(INTENDED, state=OrderState.CANCELLED, capture=when).authorise(PAYMENT, TEN, "auth", NOON)

    assert late.state is OrderState.CANCELLED
    assert late.news == (
        PaymentAuthorised(ID, PAYMENT, TEN, "auth", capture=None),
        PaymentArrivedLate(ID, (Reversal(PAYMENT, "auth", TEN, refund=False, request=named(late)),)),
    )


def test_money_taken_for_a_cancelled_order_is_written_and_goes_back() -> None:
    late = order(INTENDED, AUTHORISED, state=OrderState.CANCELLED).record_capture(PAYMENT, TEN, "capture", NOON)

    assert late.news == (
        PaymentCaptured(ID, PAYMENT, TEN, "capture"),
        PaymentArrivedLate(ID, (Reversal(PAYMENT, "auth", TEN, refund=True, request=named(late)),)),
    )


CANCELLED_WITH = [
    ((INTENDED,), ()),
    ((INTENDED, DECLINED), ()),
    ((INTENDED, AUTHORISED), (Reversal(PAYMENT, "auth", TEN, refund=False, request="void_requested-3"),)),
    (
        (INTENDED, AUTHORISED, CAPTURED),
        (Reversal(PAYMENT, "auth", TEN, refund=True, request="refund_requested-4"),),
    ),
    (
        (INTENDED, AUTHORISED, (EntryKind.CAPTURED, 6_00, "c")),
        (
            Reversal(PAYMENT, "auth", euros(4_00), refund=False, request="void_requested-4"),
            Reversal(PAYMENT, "auth", euros(6_00), refund=True, request="refund_requested-5"),
        ),
    ),
    ((INTENDED, AUTHORISED, VOIDED), ()),
    ((INTENDED, AUTHORISED, CAPTURED, REFUNDED), ()),
]


@pytest.mark.parametrize(("facts", "reversals"), CANCELLED_WITH)
def test_a_cancellation_lets_go_what_is_promised_and_refunds_what_is_taken(
    facts: tuple[tuple[EntryKind, int, str], ...], reversals: tuple[Reversal, ...]
) -> None:
    cancelled = order(*facts).cancel("changed my mind", NOON)

    assert cancelled.news == (OrderCancelled(ID, "changed my mind", reversals),)


# The refusals ------------------------------------------------------------------------------------------------------


def test_the_refusals_say_what_would_be_accepted() -> None:
    assert str(TotalChanged(euros(9_99), TEN)) == (
        "9.99 EUR was accepted, but the cart costs 10.00 EUR now; show it and ask again"
    )
    assert str(PaymentPending(ID, PAYMENT)) == "payment p1 of order order has no outcome yet; wait for it"
    assert str(NothingToPay(ID)) == "order order has nothing left to pay"
    assert str(UnknownPayment(ID, PAYMENT)) == "order order has no payment p1"
    assert (
        str(AmountDiffers(PAYMENT, TEN, euros(1))) == "payment p1: 10.00 EUR was asked for, the provider says 0.01 EUR"
    )
