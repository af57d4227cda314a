"""The rules of the audit about credit: a healthy wallet has no breach, and each breach is found and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import euros
from ecomcore.testing.wallet import WalletKit, a_wallet
from ecomcore.wallet import (
    Account,
    AccountState,
    CreditHold,
    HoldCredit,
    IssueGiftCard,
    RefundCredit,
    SavedMethod,
    SavePaymentMethod,
    Slice,
    SpendCredit,
)


class Tampered:
    """A wallet with a card of which 30 of 50 are held and 10 spent, and hands in its tables."""

    def __init__(self) -> None:
        self.kit: WalletKit = a_wallet()
        card = self.kit.staff.handle(IssueGiftCard(euros(50)))
        payment, order = PaymentId("payment"), OrderId("order")
        self.kit.system.handle(HoldCredit(card, payment, order, euros(30)))
        self.kit.system.handle(SpendCredit(card, payment, order, euros(10), "capture"))
        self.kit.system.handle(RefundCredit(card, payment, order, euros(2), "refund"))
        self.kit.staff.handle(SavePaymentMethod("card", "token", "Visa", member="ada"))
        assert isinstance(self.kit.persistence, MemoryPersistence)
        self.tables = self.kit.persistence._tables

    def only(self, kind: type[Any]) -> Any:
        (found,) = self.tables.rows[kind].values()
        return found

    def plant(self, row: Aggregate, **changes: Any) -> None:
        """Change a row behind everybody's back."""
        self.tables.rows[type(row)][row.id] = row.having(**changes)

    def breaches(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(breach.rule, breach.rows) for breach in self.kit.shop.audit()]


def test_a_healthy_wallet_has_no_breach() -> None:
    assert Tampered().breaches() == []


def spoil(**changes: Any) -> Callable[[Tampered], None]:
    return lambda wallet: wallet.plant(wallet.only(Account), **changes)


def drop_the_last_entry(wallet: Tampered) -> None:
    wallet.tables.credit_entries[wallet.only(Account).id].pop()


def spoil_the_first_lot(**changes: Any) -> Callable[[Tampered], None]:
    def spoil_it(wallet: Tampered) -> None:
        account = wallet.only(Account)
        wallet.plant(account, lots=(evolve(account.lots[0], **changes), *account.lots[1:]))

    return spoil_it


def forget_the_steps(wallet: Tampered) -> None:
    wallet.plant(wallet.only(CreditHold), steps=())


def cut_too_much(wallet: Tampered) -> None:
    wallet.plant(wallet.only(CreditHold), slices=(Slice(1, 31, None),))


def refund_too_much(wallet: Tampered) -> None:
    hold = wallet.only(CreditHold)
    wallet.plant(hold, steps=(*hold.steps, evolve(hold.steps[-1], amount=euros(9), units=0)))


BALANCE, NO_ENTRY = "balance = sum of entries", "no entry is lost"
HELD, LOTS = "held = sum of open holds", "lots sum up to the account"
BREACHES: list[tuple[Callable[[Tampered], None], set[str]]] = [
    (spoil(balance=43), {BALANCE, LOTS}),
    (spoil(held=21), {HELD, LOTS}),
    (spoil(held=43), {HELD, LOTS, "0 <= held <= balance"}),
    (spoil(expired=1), {"expired = sum of what expired"}),
    (spoil(entries=9), {NO_ENTRY}),
    (spoil(state=AccountState.CLOSED), {"a closed account is empty"}),
    (spoil(told=9), {"the outbox keeps every event"}),
    (drop_the_last_entry, {BALANCE, NO_ENTRY}),
    (spoil_the_first_lot(left=41), {LOTS}),
    (spoil_the_first_lot(held=41), {LOTS, "0 <= held <= left <= units of a lot"}),
    (forget_the_steps, {HELD}),
    (cut_too_much, {"slices sum up to the hold"}),
    (refund_too_much, {"a payment ends what it holds once"}),
    (lambda wallet: wallet.plant(wallet.only(CreditHold), told=1), {"the outbox keeps every event"}),
    (lambda wallet: wallet.plant(wallet.only(SavedMethod), told=5), {"the outbox keeps every event"}),
]


@pytest.mark.parametrize(("spoiled", "rules"), BREACHES, ids=[" and ".join(sorted(rules)) for _, rules in BREACHES])
def test_each_breach_is_found_and_names_its_row(spoiled: Callable[[Tampered], None], rules: set[str]) -> None:
    wallet = Tampered()

    spoiled(wallet)

    found = wallet.breaches()
    assert {rule for rule, _ in found} == rules
    ids = {wallet.only(kind).id for kind in (Account, CreditHold, SavedMethod)}
    assert all(any(id_ in row for id_ in ids for row in rows) for _, rows in found)
