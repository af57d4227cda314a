"""What a database would refuse of the wallet, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import AccountId
from ecomcore.kernel.work import Changed
from ecomcore.wallet import (
    Account,
    AccountKind,
    AccountState,
    CreditEntry,
    CreditEntryKind,
    CreditHold,
    SavedMethod,
)

__all__ = ["check_wallet"]

Rows = Mapping[type, Mapping[str, Any]]
Changes = Mapping[type, Sequence[Changed[Any]]]


def check_wallet(changed: Changes, rows: Rows, ledgers: Mapping[AccountId, Sequence[CreditEntry]]) -> None:
    """Raises ``Duplicate`` and ``InvariantViolated``."""
    accounts = [change.now for change in changed.get(Account, ())]
    for account in accounts:
        _check_account(account)
        _check_entries(account, ledgers.get(account.id, ()))
    for name in ("code", "owner"):
        _check_once("Account", accounts, rows[Account].values(), name)
    known = rows[Account].keys() | {account.id for account in accounts}
    for change in changed.get(CreditHold, ()):
        if change.now.account not in known:
            raise InvariantViolated(f"credit hold {change.now.id} names an account that there is not")
        if sum(each.units for each in change.now.slices) < 1 or change.now.amount.minor < 1:
            raise InvariantViolated(f"credit hold {change.now.id} holds nothing")
    methods = [change.now for change in changed.get(SavedMethod, ())]
    _check_once("SavedMethod", methods, rows[SavedMethod].values(), "choice")


def _check_account(account: Account) -> None:
    if not 0 <= account.held <= account.balance or account.expired < 0:
        raise InvariantViolated(f"account {account.id}: {account.held} held of {account.balance}")
    if account.state is AccountState.CLOSED and account.balance:
        raise InvariantViolated(f"account {account.id} is closed with {account.balance} in it")
    if any(not 0 <= lot.held <= lot.left <= lot.units for lot in account.lots):
        raise InvariantViolated(f"account {account.id}: more is held of a lot than is left")


def _check_entries(account: Account, ledger: Sequence[CreditEntry]) -> None:
    """A fact is written once."""
    if not account.fresh:
        return
    seen = {name for entry in ledger if (name := _fact(entry)) is not None}
    for entry in account.fresh:
        name = _fact(entry)
        if name is not None and name in seen:
            raise Duplicate("credit_entries", f"{account.id} {entry.kind} {entry.reference}")
        if name is not None:
            seen.add(name)


def _fact(entry: CreditEntry) -> tuple[str, ...] | None:
    """What makes an entry one that is written once."""
    if entry.payment is not None:
        return entry.payment, entry.kind, entry.reference
    return (entry.kind, entry.reference) if entry.kind is CreditEntryKind.ISSUED and entry.reference else None


def _check_once(kind: str, saved: Sequence[Any], stored: Iterable[Any], what: str) -> None:
    """A name of this kind belongs to one of them."""
    if not saved:
        return
    fresh = {each.id for each in saved}
    owners = {name: each.id for each in stored if each.id not in fresh and (name := _name(each, what)) is not None}
    for each in saved:
        name = _name(each, what)
        if name is not None and owners.setdefault(name, each.id) != each.id:
            raise Duplicate(kind, each.id)


def _name(row: Any, what: str) -> tuple[Any, ...] | None:
    match what:
        case "code":
            return None if row.code is None else (row.code,)
        case "owner":
            return None if row.kind is AccountKind.GIFT_CARD else (row.kind, row.owner, row.currency)
        case _:
            return (row.owner, row.chosen) if row.chosen else None
