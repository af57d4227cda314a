"""An account: what it has, what payments hold of it, and that nothing is ever taken twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import MAX_MINOR, Currency, CurrencyMismatch, Money
from ecomcore.testing import NOON, euros
from ecomcore.testing.wallet import a_gift_card, an_account
from ecomcore.wallet import (
    ACCOUNT_LIFECYCLE,
    Account,
    AccountBlocked,
    AccountClosed,
    AccountKind,
    AccountNotActive,
    AccountNotEmpty,
    AccountReopened,
    AccountState,
    AnotherAmount,
    CreditAdjusted,
    CreditExpired,
    CreditHeld,
    CreditHold,
    CreditIssued,
    CreditRefunded,
    CreditReleased,
    CreditSpent,
    MoreThanHeld,
    MoreThanSpent,
    NotEnoughCredit,
    TooMuchCredit,
    account_id,
)

PAYMENT, ORDER = PaymentId("payment"), OrderId("order")
DAY = timedelta(days=1)
EUR = Currency("EUR")


def held(account: Account, minor: int, units: int | None = None) -> tuple[Account, CreditHold]:
    return account.hold(PAYMENT, ORDER, euros(minor), minor if units is None else units, NOON)


def lots(account: Account) -> list[tuple[int, int, int]]:
    return [(lot.number, lot.left, lot.held) for lot in account.lots]


def test_a_credit_is_a_lot_and_an_entry_and_is_told() -> None:
    account = an_account(units=0).credit(7, NOON, reason="sorry", expires_at=NOON + DAY, reference="case-1")

    assert (account.balance, account.held, account.available(NOON)) == (7, 0, 7)
    assert lots(account) == [(1, 7, 0)]
    assert [(entry.number, entry.units, entry.balance, entry.reference) for entry in account.fresh] == [
        (1, 7, 7, "case-1")
    ]
    assert account.news == (
        CreditIssued(account.id, AccountKind.STORE_CREDIT, "member:ada", 7, EUR, NOON + DAY, "sorry", "case-1"),
    )


def test_what_is_held_stays_in_the_balance_and_cannot_be_held_again() -> None:
    account, hold = held(a_gift_card(units=50), 30)

    assert (account.balance, account.held, account.available(NOON)) == (50, 30, 20)
    assert account.news[-1] == CreditHeld(account.id, PAYMENT, ORDER, euros(30), 30)
    assert hold.held == euros(30)
    with pytest.raises(NotEnoughCredit) as refusal:
        account.hold(PaymentId("other"), ORDER, euros(21), 21, NOON)
    assert (refusal.value.wanted, refusal.value.available) == (21, 20)


def test_the_lots_that_expire_first_are_used_first_and_those_for_good_last() -> None:
    account = an_account(units=10)
    for days in (3, 1, 2):
        account = account.credit(10, NOON, reason="more", expires_at=NOON + days * DAY)

    account, hold = account.hold(PAYMENT, ORDER, euros(25), 25, NOON)

    assert [(each.lot, each.units) for each in hold.slices] == [(3, 10), (4, 10), (2, 5)]
    assert lots(account) == [(1, 10, 0), (2, 10, 5), (3, 10, 10), (4, 10, 10)]


def test_what_is_held_is_spent_and_leaves_the_balance() -> None:
    account, hold = held(a_gift_card(units=50), 30)

    account, hold = account.spend(hold, euros(30), "capture", NOON)

    assert (account.balance, account.held) == (20, 0)
    assert (hold.held, hold.spent) == (euros(0), euros(30))
    assert account.news[-1] == CreditSpent(account.id, PAYMENT, ORDER, euros(30), 30, "capture")


def test_what_is_released_is_free_again() -> None:
    account, hold = held(a_gift_card(units=50), 30)

    account, hold = account.release(hold, euros(30), "void", NOON)

    assert (account.balance, account.held, account.available(NOON)) == (50, 0, 50)
    assert account.news[-1] == CreditReleased(account.id, PAYMENT, ORDER, euros(30), 30, "void")


def test_what_was_spent_comes_back_and_can_be_spent_again() -> None:
    account, hold = held(a_gift_card(units=30), 30)
    account, hold = account.spend(hold, euros(30), "capture", NOON)

    account, hold = account.refund(hold, euros(10), "refund", NOON, DAY)

    assert (account.balance, account.available(NOON)) == (10, 10)
    assert hold.refunded == euros(10)
    assert account.news[-1] == CreditRefunded(account.id, PAYMENT, ORDER, euros(10), 10, "refund")


@pytest.mark.parametrize("step", ["spend", "release", "refund"])
def test_the_same_fact_again_changes_nothing_and_another_under_its_name_is_refused(step: str) -> None:
    account, hold = held(a_gift_card(units=50), 30)
    account, hold = account.spend(hold, euros(15), "first", NOON)
    more = (DAY,) if step == "refund" else ()
    account, hold = getattr(account, step)(hold, euros(5), "again", NOON, *more)

    twice = getattr(account, step)(hold, euros(5), "again", NOON, *more)

    assert twice == (account, hold)
    with pytest.raises(AnotherAmount) as refusal:
        getattr(account, step)(hold, euros(6), "again", NOON, *more)
    assert (refusal.value.known, refusal.value.wanted) == (5, 6)


def test_no_more_is_spent_released_or_given_back_than_there_is() -> None:
    account, hold = held(a_gift_card(units=50), 30)
    account, hold = account.spend(hold, euros(20), "capture", NOON)

    with pytest.raises(MoreThanHeld) as spending:
        account.spend(hold, euros(11), "more", NOON)
    with pytest.raises(MoreThanHeld):
        account.release(hold, euros(11), "more", NOON)
    with pytest.raises(MoreThanSpent) as refunding:
        account.refund(hold, euros(21), "more", NOON, DAY)

    assert (spending.value.wanted, spending.value.held) == (euros(11), euros(10))
    assert (refunding.value.wanted, refunding.value.spent) == (euros(21), euros(20))


def test_a_lot_that_is_over_is_worth_nothing_even_before_it_is_written_off() -> None:
    account = a_gift_card(units=50, expires_at=NOON + DAY)

    assert account.available(NOON + DAY) == 0
    with pytest.raises(NotEnoughCredit) as refusal:
        account.hold(PAYMENT, ORDER, euros(1), 1, NOON + DAY)
    assert refusal.value.expired == 50
    expired = account.expire(NOON + DAY)
    assert (expired.balance, expired.expired) == (0, 50)
    assert expired.news[-1] == CreditExpired(account.id, AccountKind.GIFT_CARD, None, 50)
    assert account.expire(NOON + DAY - timedelta(microseconds=1)) is account


def test_what_is_held_stays_held_although_its_lot_is_over() -> None:
    account, hold = held(a_gift_card(units=50, expires_at=NOON + DAY), 30)

    account = account.expire(NOON + DAY)
    spent, _ = account.spend(hold, euros(30), "capture", NOON + DAY)

    assert (account.balance, account.held) == (30, 30)
    assert spent.balance == 0


def test_what_is_released_of_a_lot_that_is_over_expires_at_once() -> None:
    account, hold = held(a_gift_card(units=50, expires_at=NOON + DAY), 30)

    account, hold = account.release(hold, euros(10), "void", NOON + DAY)

    assert (account.balance, account.held, account.expired) == (20, 20, 30)
    assert [entry.kind for entry in account.fresh[-2:]] == ["released", "expired"]
    assert hold.steps[-1].kind == "released"


def test_what_comes_back_keeps_its_end_and_is_good_for_a_while_when_that_is_over() -> None:
    account = an_account(units=10).credit(10, NOON, reason="more", expires_at=NOON + DAY)
    account, hold = held(account, 20)
    account, hold = account.spend(hold, euros(20), "capture", NOON)

    early, _ = account.refund(hold, euros(20), "refund", NOON, 5 * DAY)
    late, _ = account.refund(hold, euros(20), "refund", NOON + DAY, 5 * DAY)
    for_good, _ = account.refund(hold, euros(20), "refund", NOON + DAY, None)

    assert [(lot.left, lot.expires_at) for lot in early.lots] == [(10, NOON + DAY), (10, None)]
    assert [(lot.left, lot.expires_at) for lot in late.lots] == [(10, NOON + 6 * DAY), (10, None)]
    assert [(lot.left, lot.expires_at) for lot in for_good.lots] == [(20, None)]


@given(
    amount=st.integers(1, 500),
    worth=st.integers(1, 9),
    per=st.integers(1, 9),
    cuts=st.lists(st.integers(1, 60), max_size=8),
)
def test_all_parts_together_take_and_give_back_exactly_the_units_of_the_whole(
    amount: int, worth: int, per: int, cuts: list[int]
) -> None:
    units = -(-amount * per // worth)
    start = an_account(kind=AccountKind.POINTS, units=units)
    account, hold = held(start, amount, units)
    left = amount
    for number, cut in enumerate([*cuts, amount]):
        part = min(cut, left)
        if part:
            account, hold = account.spend(hold, euros(part), f"capture-{number}", NOON)
            left -= part
    assert (account.balance, account.held) == (0, 0)

    left = amount
    for number, cut in enumerate([*cuts, amount]):
        part = min(cut, left)
        if part:
            account, hold = account.refund(hold, euros(part), f"refund-{number}", NOON, DAY)
            left -= part
        assert 0 <= account.balance <= units

    assert account.balance == units


def test_a_hold_that_is_spent_and_released_in_turns_takes_each_unit_once() -> None:
    account, hold = held(an_account(kind=AccountKind.POINTS, units=10), 3, 10)

    account, hold = account.spend(hold, euros(1), "capture", NOON)
    account, hold = account.release(hold, euros(1), "void", NOON)
    account, hold = account.spend(hold, euros(1), "capture-2", NOON)
    assert (account.held, hold.held_units, hold.open_slices()) == (0, 0, ())

    before = account.balance
    account, hold = account.refund(hold, euros(2), "refund", NOON, DAY)
    assert account.balance == 10
    assert before == 10 - hold.spent_units


def test_staff_set_the_books_right_but_never_below_what_is_held() -> None:
    account, _ = held(a_gift_card(units=50), 30)

    up, down = account.adjust(5, "found", NOON), account.adjust(-20, "mistake", NOON)

    assert (up.balance, down.balance, down.available(NOON)) == (55, 30, 0)
    assert down.news[-1] == CreditAdjusted(account.id, -20, "mistake")
    with pytest.raises(NotEnoughCredit):
        account.adjust(-21, "mistake", NOON)


def test_nothing_more_is_held_of_a_blocked_account_but_what_is_held_goes_on() -> None:
    account, hold = held(a_gift_card(units=50), 30)
    blocked = account.block()

    with pytest.raises(AccountNotActive) as refusal:
        blocked.hold(PaymentId("other"), ORDER, euros(1), 1, NOON)
    spent, hold = blocked.spend(hold, euros(30), "capture", NOON)
    back, _ = spent.refund(hold, euros(30), "refund", NOON, DAY)

    assert refusal.value.state == "blocked"
    assert blocked.news[-1] == AccountBlocked(account.id)
    assert (back.balance, back.state) == (50, AccountState.BLOCKED)
    assert back.unblock().state is AccountState.ACTIVE


def test_only_what_is_empty_is_closed_and_what_comes_back_opens_it_again() -> None:
    account, hold = held(a_gift_card(units=30), 30)
    with pytest.raises(AccountNotEmpty) as refusal:
        account.close()
    account, hold = account.spend(hold, euros(30), "capture", NOON)

    closed = account.close()
    back, _ = closed.refund(hold, euros(30), "refund", NOON, DAY)

    assert refusal.value.balance == 30
    assert closed.news[-1] == AccountClosed(account.id)
    with pytest.raises(AccountNotActive):
        closed.adjust(1, "found", NOON)
    assert (back.state, back.balance) == (AccountState.ACTIVE, 30)
    assert AccountReopened(account.id) in back.news


@pytest.mark.parametrize(("verb", "state", "to"), list(ACCOUNT_LIFECYCLE.cells()))
def test_an_account_moves_as_its_table_says(verb: str, state: AccountState, to: AccountState | None) -> None:
    account = a_gift_card(units=0).having(state=state)
    moves = {"reopen": lambda: account.credit(1, NOON, reason="more")}
    run = moves.get(verb) or getattr(account, verb)

    if to is not None:
        assert run().state is to
    elif verb == "reopen":
        assert run().state is state
    else:
        with pytest.raises(IllegalTransition):
            run()


def test_no_account_keeps_more_than_a_column_holds() -> None:
    account = a_gift_card(units=MAX_MINOR)

    with pytest.raises(TooMuchCredit):
        account.credit(1, NOON, reason="more")


def test_an_account_keeps_to_its_currency() -> None:
    dollars = Money(1, Currency("USD"))
    account, hold = held(a_gift_card(units=30), 30)

    for step in (account.spend, account.release):
        with pytest.raises(CurrencyMismatch):
            step(hold, dollars, "x", NOON)
    with pytest.raises(CurrencyMismatch):
        account.hold(PaymentId("other"), ORDER, dollars, 1, NOON)


def test_store_credit_has_one_id_for_each_owner_and_currency() -> None:
    kinds, owners, currencies = AccountKind, ("member:ada", "member:ad", "guest:a"), (EUR, Currency("USD"))

    ids = {account_id(kind, owner, currency) for kind in kinds for owner in owners for currency in currencies}

    assert len(ids) == 18
    assert all(len(id_) <= 64 for id_ in ids)
    assert account_id(AccountKind.POINTS, "member:ada", EUR) == account_id(AccountKind.POINTS, "member:ada", EUR)


def test_the_hash_of_a_code_is_not_shown() -> None:
    card = a_gift_card()

    assert card.code is not None
    assert card.code not in repr(card)
