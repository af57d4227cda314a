"""Gift cards and store credit: nothing is spent twice, nothing is lost between orders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest

from ecomcore.kernel.ids import AccountId, MemberId, OrderId, PaymentId
from ecomcore.kernel.messages import Command
from ecomcore.kernel.money import Money
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import NOON, SequentialIds, euros, fetch, reading, writing
from ecomcore.testing.wallet import WalletKit, a_wallet
from ecomcore.wallet import (
    Account,
    AccountKind,
    Accounts,
    CheckGiftCard,
    Draw,
    GetBalances,
    HoldCredit,
    IssueCredit,
    IssueGiftCard,
    NotEnoughCredit,
    RefundCredit,
    ReleaseCredit,
    ShowGiftCard,
    SpendCredit,
    Tender,
    WalletPolicy,
    drawable,
)
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.racing import in_processes, in_threads

Outcome: TypeAlias = Any
Rush = Callable[[Sequence[Command[Any]]], list[Outcome]]


@pytest.fixture(
    params=["memory-threads", "sqlite-threads", "sqlite-processes", "postgresql-threads", "postgresql-processes"]
)
def door(request: pytest.FixtureRequest) -> Iterator[tuple[WalletKit, Rush]]:
    """A wallet on each store, and what sends it many commands at once: by threads, or by processes of their own."""
    kind, by = request.param.split("-")
    url = "" if kind == "memory" else request.getfixturevalue(_URL[kind])
    store = SqlPersistence(url) if url else MemoryPersistence()
    if isinstance(store, SqlPersistence):
        erase_everything(store)
    kit = a_wallet(store)

    def rush(commands: Sequence[Command[Any]]) -> list[Outcome]:
        if by == "processes":
            return in_processes(_send, [(url, command) for command in commands])
        answers = in_threads([partial(kit.system.handle, command) for command in commands])
        return [type(answer) if isinstance(answer, Exception) else answer for answer in answers]

    yield kit, rush
    store.close()


_URL = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}


def _send(start: Any, url: str, command: Command[Any]) -> Outcome:
    kit = a_wallet(SqlPersistence(url, migrate=False), ids=SequentialIds(_prefix_of(command)))
    kit.system.ask(GetBalances(MemberId("ada")))
    start.wait(120)
    try:
        return kit.system.handle(command)
    except Exception as error:
        return type(error)
    finally:
        kit.shop.close()


def _prefix_of(command: Any) -> str:
    """Ids that no other process makes: each makes ids of its own for the events it tells."""
    return f"{command.payment}-{os.getpid()}"


def holds_of(card: AccountId, *amounts: int) -> list[Command[Any]]:
    return [
        HoldCredit(card, PaymentId(f"p{number}"), OrderId(f"o{number}"), euros(minor))
        for number, minor in enumerate(amounts)
    ]


@pytest.mark.failure("F071")
def test_of_two_orders_that_want_all_of_a_gift_card_one_gets_it(door: tuple[WalletKit, Rush]) -> None:
    kit, rush = door
    card = kit.staff.handle(IssueGiftCard(euros(50_00)))

    outcomes = rush(holds_of(card, 50_00, 50_00))

    assert sorted(map(str, outcomes)) == sorted(map(str, [None, NotEnoughCredit]))
    account = fetch(kit.persistence, Account, card)
    assert (account.balance, account.held) == (50_00, 50_00)
    assert kit.shop.audit() == []


@pytest.mark.failure("F071")
def test_a_crowd_never_holds_more_than_is_on_a_gift_card(door: tuple[WalletKit, Rush]) -> None:
    kit, rush = door
    card = kit.staff.handle(IssueGiftCard(euros(50_00)))

    outcomes = rush(holds_of(card, *[15_00] * 6))

    assert outcomes.count(None) == 3
    assert outcomes.count(NotEnoughCredit) == 3
    account = fetch(kit.persistence, Account, card)
    assert (account.balance, account.held) == (50_00, 45_00)
    assert kit.shop.audit() == []


@pytest.mark.failure("F071")
def test_a_payment_that_two_capture_at_once_is_captured_once(door: tuple[WalletKit, Rush]) -> None:
    kit, rush = door
    card = kit.staff.handle(IssueGiftCard(euros(50_00)))
    payment, order = PaymentId("payment"), OrderId("order")
    kit.system.handle(HoldCredit(card, payment, order, euros(30_00)))

    outcomes = rush([SpendCredit(card, payment, order, euros(30_00), "capture")] * 2)

    assert outcomes == [None, None]
    account = fetch(kit.persistence, Account, card)
    assert (account.balance, account.held) == (20_00, 0)
    assert kit.shop.audit() == []


def draw(kit: WalletKit, wanted: Money, *tenders: Tender, owner: str | None = None) -> tuple[Draw, ...]:
    """What an order would take now."""
    with writing(kit.persistence) as work:
        accounts: Accounts = work.repository(Accounts)
        return drawable(accounts, tenders, owner, wanted, NOON, WalletPolicy())


def hold(kit: WalletKit, draws: tuple[Draw, ...], order: OrderId) -> None:
    for number, each in enumerate(draws):
        kit.system.handle(HoldCredit(each.account, PaymentId(f"{order}-{number}"), order, each.amount))


def a_card(kit: WalletKit, minor: int) -> Tender:
    id_ = kit.staff.handle(IssueGiftCard(euros(minor)))
    return Tender(AccountKind.GIFT_CARD, kit.staff.ask(ShowGiftCard(id_)).code)


@pytest.mark.failure("F072")
def test_several_gift_cards_give_together_what_the_order_costs_and_keep_the_rest(persistence: Persistence) -> None:
    kit = a_wallet(persistence)
    cards = [a_card(kit, 20_00), a_card(kit, 30_00)]

    draws = draw(kit, euros(30_00), *cards)
    hold(kit, draws, OrderId("order"))

    assert [each.amount for each in draws] == [euros(20_00), euros(10_00)]
    left = [kit.shop.ask(CheckGiftCard(card.code)).available for card in cards]
    assert left == [euros(0), euros(20_00)]
    assert kit.shop.audit() == []


@pytest.mark.failure("F073")
def test_all_credits_pay_together_and_what_is_left_stays_to_be_spent(persistence: Persistence) -> None:
    kit = a_wallet(persistence)
    for number, minor in enumerate((20_00, 3_00, 2_00, 2_00)):
        kit.staff.handle(IssueCredit(euros(minor), "sorry", MemberId("ada"), reference=f"case-{number}"))

    draws = draw(kit, euros(25_69), Tender(AccountKind.STORE_CREDIT), owner="member:ada")
    hold(kit, draws, OrderId("order"))
    (each,) = draws
    kit.system.handle(SpendCredit(each.account, PaymentId("order-0"), OrderId("order"), each.amount, "capture"))

    assert each.amount == euros(25_69)
    assert balances(kit) == [(1_31, 0)]
    rest = draw(kit, euros(9_99), Tender(AccountKind.STORE_CREDIT), owner="member:ada")
    assert [left.amount for left in rest] == [euros(1_31)]
    assert kit.shop.audit() == []


@pytest.mark.failure("F073")
def test_a_cancelled_order_gives_back_all_that_it_held_and_a_returned_one_all_that_it_took(
    persistence: Persistence,
) -> None:
    kit = a_wallet(persistence)
    account: AccountId = kit.staff.handle(IssueCredit(euros(27_00), "sorry", MemberId("ada")))
    payment, order = PaymentId("payment"), OrderId("order")
    kit.system.handle(HoldCredit(account, payment, order, euros(25_69)))
    kit.system.handle(ReleaseCredit(account, payment, order, euros(5_69), "void"))
    kit.system.handle(SpendCredit(account, payment, order, euros(20_00), "capture"))

    kit.system.handle(RefundCredit(account, payment, order, euros(7_77), "refund-1"))
    kit.system.handle(RefundCredit(account, payment, order, euros(12_23), "refund-2"))

    assert balances(kit) == [(27_00, 0)]
    with reading(persistence) as work:
        ledger = work.repository(Accounts).ledger(account)
    assert sum(entry.units for entry in ledger) == 27_00
    assert kit.shop.audit() == []


def balances(kit: WalletKit) -> list[tuple[int, int]]:
    return [(view.available, view.held) for view in kit.staff.ask(GetBalances(MemberId("ada")))]
