"""Orders that are paid in parts, and orders that wait for others to join."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import OrderId, PaymentId, PromotionId
from ecomcore.kernel.money import Money
from ecomcore.ordering import (
    EntryKind,
    LedgerEntry,
    NotCovered,
    NothingToPay,
    Order,
    OrderCancelled,
    OrderConfirmed,
    OrderCovered,
    OrderShipped,
    OrderState,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentRequested,
    PaymentStep,
    Reversal,
)
from ecomcore.quoting import Instalment
from ecomcore.testing import NOON, an_order, euros
from tests.support.refusals import refused

ID = OrderId("order")
DEPOSIT, BALANCE = PaymentId("deposit"), PaymentId("balance")
SINCE, UNTIL = NOON + timedelta(days=10), NOON + timedelta(days=12)
GROUP, OTHERS = PromotionId("group"), PromotionId("others")
IN_PARTS = (Instalment(euros(3_00)), Instalment(euros(7_00), SINCE, UNTIL))


def an_entry(number: int, kind: EntryKind, payment: PaymentId, minor: int, reference: str) -> LedgerEntry:
    return LedgerEntry(number, kind, payment, euros(minor), reference, NOON)


def a_presale(*, redeems: bool = False) -> Order:
    """10.00 EUR, of which 3.00 are paid at once and 7.00 between the tenth and the twelfth day."""
    return an_order(instalments=IN_PARTS).having(redeems=redeems)


def promised(order: Order, payment: PaymentId, at: Instant = NOON) -> Order:
    """The order asks for what is due and gets the promise."""
    asked = order.request_payment(payment, "card", at)
    (request,) = (told for told in asked.news if isinstance(told, PaymentRequested) and told.payment == payment)
    return asked.authorise(payment, request.amount, f"auth-{payment}", at)


# The deposit -------------------------------------------------------------------------------------------------------


def test_the_deposit_alone_is_due_at_first_and_the_whole_from_the_day_of_the_balance_on() -> None:
    order = a_presale()

    assert order.due == euros(10_00)
    assert order.due_at(NOON) == euros(3_00)
    assert order.due_at(SINCE - timedelta(microseconds=1)) == euros(3_00)
    assert order.due_at(SINCE) == order.due_at(UNTIL) == euros(10_00)


def test_at_first_the_deposit_alone_is_asked_for() -> None:
    asked = a_presale().request_payment(DEPOSIT, "card", NOON)

    assert asked.news == (PaymentRequested(ID, DEPOSIT, euros(3_00), "card"),)


def test_an_order_whose_deposit_is_promised_waits_for_its_balance() -> None:
    waiting = promised(a_presale(redeems=True), DEPOSIT)

    assert waiting.state is OrderState.PLACED
    assert waiting.due == euros(7_00)
    assert waiting.news[1:] == (
        PaymentAuthorised(ID, DEPOSIT, euros(3_00), "auth-deposit", capture=euros(3_00), request="capture_requested-3"),
        OrderCovered(ID, UNTIL, redeems=True),
    )


def test_between_deposit_and_balance_there_is_nothing_to_pay() -> None:
    waiting = promised(a_presale(), DEPOSIT)

    with refused(NothingToPay(ID)):
        waiting.request_payment(BALANCE, "card", SINCE - timedelta(seconds=1))


def test_goods_of_which_only_the_deposit_is_paid_stay_here() -> None:
    waiting = promised(a_presale(), DEPOSIT)

    with refused(IllegalTransition("order", "ship", OrderState.PLACED, (OrderState.CONFIRMED,))):
        waiting.ship(NOON)


def test_the_balance_confirms_the_order() -> None:
    confirmed = promised(promised(a_presale(), DEPOSIT), BALANCE, SINCE)

    assert (confirmed.state, confirmed.due) == (OrderState.CONFIRMED, euros(0))
    assert PaymentRequested(ID, BALANCE, euros(7_00), "card") in confirmed.news
    assert isinstance(confirmed.news[-1], OrderConfirmed)


def test_whoever_pays_nothing_until_the_balance_is_due_pays_all_at_once() -> None:
    confirmed = promised(a_presale(), BALANCE, SINCE)

    assert confirmed.state is OrderState.CONFIRMED
    assert not [told for told in confirmed.news if isinstance(told, OrderCovered)]


def test_each_part_is_to_be_taken_as_soon_as_it_is_promised_and_not_again_when_the_goods_leave() -> None:
    paid = promised(promised(a_presale(), DEPOSIT), BALANCE, SINCE)

    shipped = paid.ship(SINCE)

    asked = [entry for entry in paid.ledger.entries if entry.kind is EntryKind.CAPTURE_REQUESTED]
    assert [(entry.payment, entry.amount) for entry in asked] == [(DEPOSIT, euros(3_00)), (BALANCE, euros(7_00))]
    assert shipped.news[-1] == OrderShipped(ID, ())
    assert shipped.ledger == paid.ledger


def test_a_presale_that_is_called_off_while_the_deposit_is_being_taken_gives_it_back_once_it_is() -> None:
    off = promised(a_presale(redeems=True), DEPOSIT).cancel("not paid in time", NOON)
    assert off.news[-1] == OrderCancelled(ID, "not paid in time", (), redeems=True)

    taken = off.record_capture(DEPOSIT, euros(3_00), "capture", NOON)

    refund = Reversal(DEPOSIT, "auth-deposit", euros(3_00), refund=True, request="refund_requested-5")
    assert taken.news[-1] == PaymentArrivedLate(ID, (refund,))


def test_a_presale_that_is_called_off_lets_the_deposit_go_once_it_could_not_be_taken() -> None:
    off = promised(a_presale(), DEPOSIT).cancel("not paid in time", NOON)

    refused_ = off.record_refusal(
        DEPOSIT, PaymentStep.CAPTURE, euros(3_00), "expired", "try-1", NOON, request="capture_requested-3"
    )

    let_go = Reversal(DEPOSIT, "auth-deposit", euros(3_00), refund=False, request="void_requested-5")
    assert refused_.news[-1] == PaymentArrivedLate(ID, (let_go,))


def test_a_deposit_that_was_taken_already_is_refunded() -> None:
    taken = promised(a_presale(), DEPOSIT).record_capture(DEPOSIT, euros(3_00), "capture", NOON)

    off = taken.cancel("not paid in time", NOON)

    refund = Reversal(DEPOSIT, "auth-deposit", euros(3_00), refund=True, request="refund_requested-5")
    assert off.news[-1] == OrderCancelled(ID, "not paid in time", (refund,))


def test_a_balance_that_arrives_after_the_end_goes_back() -> None:
    late = promised(a_presale(), DEPOSIT).request_payment(BALANCE, "card", SINCE).cancel("not paid in time", NOON)

    after = late.authorise(BALANCE, euros(7_00), "auth-balance", UNTIL)

    assert after.state is OrderState.CANCELLED
    let_go = Reversal(BALANCE, "auth-balance", euros(7_00), refund=False, request="void_requested-6")
    assert after.news[-1] == PaymentArrivedLate(ID, (let_go,))


def test_of_several_balances_the_next_end_counts_for_the_stock() -> None:
    later = UNTIL + timedelta(days=5)
    parts = (Instalment(euros(2_00)), Instalment(euros(4_00), SINCE, later), Instalment(euros(4_00), SINCE, UNTIL))

    waiting = promised(an_order(instalments=parts), DEPOSIT)

    assert waiting.news[-1] == OrderCovered(ID, UNTIL, redeems=False)


def test_a_balance_that_was_paid_in_time_does_not_keep_the_next_one_from_being_paid() -> None:
    second, third = UNTIL + timedelta(days=1), UNTIL + timedelta(days=9)
    parts = (Instalment(euros(2_00)), Instalment(euros(4_00), SINCE, UNTIL), Instalment(euros(4_00), second, third))
    order = promised(an_order(instalments=parts), DEPOSIT)
    order = order.request_payment(PaymentId("first"), "", SINCE)
    order = order.authorise(PaymentId("first"), euros(4_00), "a-first", SINCE)

    last = order.request_payment(PaymentId("second"), "", second)

    assert order.news[-1] == OrderCovered(ID, third, redeems=False)
    assert last.news[-1] == PaymentRequested(ID, PaymentId("second"), euros(4_00), "")
    assert last.authorise(PaymentId("second"), euros(4_00), "a-second", second).state is OrderState.CONFIRMED


def test_a_deposit_that_is_promised_when_the_balance_is_due_already_holds_the_stock_until_its_end() -> None:
    parts = (Instalment(euros(2_00)), Instalment(euros(8_00), SINCE, UNTIL))

    asked = an_order(instalments=parts).request_payment(DEPOSIT, "card", NOON)
    covered = asked.authorise(DEPOSIT, euros(2_00), "auth", SINCE + timedelta(minutes=1))

    assert covered.news[-1] == OrderCovered(ID, UNTIL, redeems=False)


def test_a_declined_deposit_that_is_promised_after_all_goes_back_when_another_was_promised_meanwhile() -> None:
    parts = (Instalment(euros(2_00)), Instalment(euros(8_00), SINCE, UNTIL))
    order = an_order(instalments=parts).request_payment(PaymentId("first"), "", NOON)
    order = order.decline(PaymentId("first"), "no", "d", NOON).request_payment(PaymentId("again"), "", NOON)
    order = order.authorise(PaymentId("again"), euros(2_00), "a-again", NOON)

    late = order.authorise(PaymentId("first"), euros(2_00), "a-first", NOON)

    assert isinstance(late.news[-1], PaymentArrivedLate)
    assert late.news[-1].reversals[0].payment == "first"


@given(
    st.lists(st.tuples(st.integers(1, 9_99), st.none() | st.integers(0, 20)), min_size=1, max_size=4),
    st.integers(0, 9_99),
    st.integers(-1, 21),
)
def test_what_is_due_is_the_total_less_what_is_held_and_what_comes_later(
    parts: list[tuple[int, int | None]], held: int, day: int
) -> None:
    instalments = tuple(
        Instalment(euros(minor), None if since is None else NOON + timedelta(days=since)) for minor, since in parts
    )
    total = euros(sum(minor for minor, _ in parts))
    facts = (an_entry(1, EntryKind.INTENDED, DEPOSIT, held, "i"), an_entry(2, EntryKind.AUTHORISED, DEPOSIT, held, "a"))
    order = an_order(total=total, instalments=instalments, payments=facts)

    due = order.due_at(NOON + timedelta(days=day))

    now = sum(minor for minor, since in parts if since is None or since <= day)
    at_once = sum(minor for minor, since in parts if since is None or since <= 0)
    counted = held if held <= at_once else 0  # promised at noon: what was more than was due then is on its way back
    assert due == euros(now - counted)
    assert order.due_at(NOON + timedelta(days=99)) == order.due == Money(total.minor - counted, total.currency)


# Waiting for others ------------------------------------------------------------------------------------------------


def a_group_order(*, redeems: bool = True) -> Order:
    """10.00 EUR, of a group buy."""
    return an_order(waits_for=(GROUP,)).having(redeems=redeems)


def test_an_order_that_waits_for_others_is_paid_and_not_confirmed() -> None:
    waiting = promised(a_group_order(), DEPOSIT)

    assert (waiting.state, waiting.due) == (OrderState.PLACED, euros(0))
    assert waiting.news[-1] == OrderCovered(ID, None, redeems=True)


def test_what_it_waited_for_has_come_and_it_is_confirmed() -> None:
    gone = promised(a_group_order(), DEPOSIT).let_go(GROUP, NOON)

    assert (gone.state, gone.waits_for) == (OrderState.CONFIRMED, ())
    assert isinstance(gone.news[-1], OrderConfirmed)
    assert gone.news[-1].redeems


def test_an_order_that_is_let_go_before_it_is_paid_is_confirmed_when_it_is_paid() -> None:
    gone = a_group_order().let_go(GROUP, NOON)

    assert (gone.state, gone.waits_for, gone.news) == (OrderState.PLACED, (), ())
    assert promised(gone, DEPOSIT).state is OrderState.CONFIRMED


def test_letting_go_what_does_not_wait_changes_nothing() -> None:
    once = promised(a_group_order(), DEPOSIT).let_go(GROUP, NOON)

    assert once.let_go(GROUP, NOON) is once
    for order in (an_order(), a_group_order().cancel("no", NOON)):
        assert order.let_go(GROUP, NOON) is order


def test_an_order_of_two_group_buys_waits_for_both() -> None:
    both = promised(an_order(waits_for=(GROUP, OTHERS)), DEPOSIT)

    once = both.let_go(GROUP, NOON)

    assert (once.state, once.waits_for) == (OrderState.PLACED, (OTHERS,))
    assert once.let_go(GROUP, NOON) is once
    assert once.let_go(OTHERS, NOON).state is OrderState.CONFIRMED
    assert both.let_go(OTHERS, NOON).let_go(GROUP, NOON).state is OrderState.CONFIRMED


def test_what_waits_for_others_and_for_its_balance_needs_both() -> None:
    deposit_paid = promised(a_presale().having(waits_for=a_group_order().waits_for), DEPOSIT)

    let_go = deposit_paid.let_go(GROUP, NOON)

    assert deposit_paid.state is let_go.state is OrderState.PLACED
    assert promised(deposit_paid, BALANCE, SINCE).state is OrderState.PLACED
    assert promised(let_go, BALANCE, SINCE).state is OrderState.CONFIRMED


@pytest.mark.parametrize("paid", [True, False])
def test_an_order_that_waits_can_be_called_off(paid: bool) -> None:
    waiting = promised(a_group_order(), DEPOSIT) if paid else a_group_order()

    off = waiting.cancel("too few have joined", NOON)

    let_go = Reversal(DEPOSIT, "auth-deposit", euros(10_00), refund=False, request="void_requested-3")
    reversals = (let_go,) if paid else ()
    assert off.news[-1] == OrderCancelled(ID, "too few have joined", reversals, redeems=True)


def test_what_is_let_go_by_the_provider_while_the_order_waits_has_to_be_paid_again() -> None:
    waiting = promised(a_group_order(), DEPOSIT).record_void(DEPOSIT, euros(10_00), "void", NOON)

    assert waiting.let_go(GROUP, NOON).state is OrderState.PLACED
    with refused(NotCovered(ID, euros(10_00))):
        waiting.having(state=OrderState.CONFIRMED).ship(NOON)
