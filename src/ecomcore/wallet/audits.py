"""The invariants of the wallet, as pure functions over what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from ecomcore.kernel.ids import AccountId
from ecomcore.wallet.account import Account, AccountState
from ecomcore.wallet.hold import CreditHold
from ecomcore.wallet.ports import LedgerSums

__all__ = ["Finding", "account_breaches", "hold_breaches"]

Finding: TypeAlias = tuple[str, tuple[str, ...], str]
"""A rule that does not hold, the rows it does not hold for, and what they say."""


def account_breaches(
    accounts: Iterable[Account], sums: Mapping[AccountId, LedgerSums], held: Mapping[AccountId, int]
) -> Iterator[Finding]:
    """What does not hold of accounts. ``sums`` is ``Accounts.ledger_sums``, ``held`` is ``CreditHolds.held_sums``."""
    for account in accounts:
        yield from _account(account, sums.get(account.id, LedgerSums()), held.get(account.id, 0))


def _account(account: Account, sums: LedgerSums, held: int) -> Iterator[Finding]:
    row = (f"account {account.id}",)
    if account.balance != sums.units:
        yield "balance = sum of entries", row, f"{account.balance} in the balance, entries sum to {sums.units}"
    if account.entries != sums.entries:
        yield "no entry is lost", row, f"{account.entries} entries made, {sums.entries} kept"
    if account.expired != sums.expired:
        yield "expired = sum of what expired", row, f"{account.expired} expired, entries sum to {sums.expired}"
    if not account.held == sums.held == held:
        yield (
            "held = sum of open holds",
            row,
            f"{account.held} held, entries sum to {sums.held}, payments hold {held}",
        )
    if not 0 <= account.held <= account.balance:
        yield "0 <= held <= balance", row, f"{account.held} held of {account.balance}"
    left, kept = sum(lot.left for lot in account.lots), sum(lot.held for lot in account.lots)
    if (left, kept) != (account.balance, account.held):
        detail = f"lots have {left} and hold {kept}, the account has {account.balance} and holds {account.held}"
        yield "lots sum up to the account", row, detail
    for lot in account.lots:
        if not 0 <= lot.held <= lot.left <= lot.units:
            detail = f"{lot.held} held of {lot.left} left of {lot.units}"
            yield "0 <= held <= left <= units of a lot", (*row, f"lot {lot.number}"), detail
    if account.state is AccountState.CLOSED and account.balance:
        yield "a closed account is empty", row, f"{account.balance} in the balance"


def hold_breaches(holds: Iterable[CreditHold]) -> Iterator[Finding]:
    """What does not hold of what payments hold."""
    for hold in holds:
        row = (f"credit hold {hold.id}",)
        cut = sum(each.units for each in hold.slices)
        if cut != hold.units:
            yield "slices sum up to the hold", row, f"{cut} in slices of {hold.units}"
        if hold.held.is_negative or hold.held_units < 0 or hold.refunded > hold.spent:
            detail = f"of {hold.amount} {hold.held} held, {hold.spent} spent, {hold.refunded} came back"
            yield "a payment ends what it holds once", row, detail
