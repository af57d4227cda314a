"""Accounts with their lots and their ledger, what payments hold of them, and saved methods as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.ids import AccountId, OrderId, PaymentId, SavedMethodId
from ecomcore.kernel.money import Currency, Money
from ecomcore.wallet import (
    Account,
    AccountKind,
    AccountState,
    CreditEntry,
    CreditEntryKind,
    CreditHold,
    HoldId,
    Lot,
    SavedMethod,
    SavedMethodState,
    Slice,
    hold_id,
)
from ecomcore_sqlalchemy import wallet_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["ENTRY", "LOT", "MAPPED", "entry_of"]

Parts = Sequence[Sequence[Row]]

ENTRY = ("number", "kind", "units", "held", "balance", "at", "payment", "order", "amount", "reference", "reason")
"""The columns of an entry, as ``entry_of`` reads them."""

LOT = ("account", "number", "units", "remaining", "held", "expires_at")
"""The columns of a lot, as it is loaded."""

_STEPS = (CreditEntryKind.SPENT, CreditEntryKind.RELEASED, CreditEntryKind.REFUNDED)


def entry_of(row: Sequence[Any], currency: Currency, dialect: Dialect) -> CreditEntry:
    """An entry of the ledger, from its columns."""
    number, kind, units, held, balance, at, payment, order, amount, reference, reason = row
    return CreditEntry(
        number,
        CreditEntryKind(kind),
        units,
        held,
        balance,
        dialect.moment(at),
        None if payment is None else PaymentId(payment),
        None if order is None else OrderId(order),
        None if amount is None else Money(amount, currency),
        reference,
        reason,
    )


def _account_values(account: Account, _: Dialect) -> Row:
    return (
        account.state.value,
        account.balance,
        account.held,
        account.expired,
        account.opened,
        account.entries,
        account.edition,
        account.code,
        account.kind.value,
        account.owner,
        account.currency,
    )


def _account(row: Row, parts: Parts, dialect: Dialect) -> Account:
    id_, version, told, state, balance, held, expired, opened, entries, edition, code, kind, owner, currency = row
    return Account(
        id=AccountId(id_),
        version=version,
        told=told,
        state=AccountState(state),
        balance=balance,
        held=held,
        expired=expired,
        opened=opened,
        entries=entries,
        edition=edition,
        code=code,
        kind=AccountKind(kind),
        owner=owner,
        currency=Currency(currency),
        lots=tuple(
            Lot(number, units, left, kept, None if until is None else dialect.moment(until))
            for _, number, units, left, kept, until in parts[0]
        ),
    )


def _lot_id(account: str, number: int) -> str:
    return f"{account}:{number}"


def _fresh_lots(before: Account | None, now: Account, dialect: Dialect) -> Iterable[Row]:
    known = before.opened if before else 0
    for lot in now.lots:
        if lot.number > known:
            until = None if lot.expires_at is None else dialect.instant(lot.expires_at)
            yield now.id, lot.number, lot.units, lot.left, lot.held, until, _lot_id(now.id, lot.number)


def _changed_lots(before: Account, now: Account, _: Dialect) -> Iterable[Row]:
    """What is left and held of the lots that were there; one that is gone from the account has nothing left."""
    lots = {lot.number: lot for lot in now.lots}
    for old in before.lots:
        new = lots.get(old.number)
        left, held = (new.left, new.held) if new else (0, 0)
        if (left, held) != (old.left, old.held):
            yield _lot_id(now.id, old.number), left, held


def _fresh_entries(_: Account | None, now: Account, dialect: Dialect) -> Iterable[Row]:
    for entry in now.fresh:
        payment, amount = entry.payment, entry.amount
        yield (
            now.id,
            None if payment is None else hold_id(now.id, payment),
            entry.number,
            entry.kind.value,
            entry.units,
            entry.held,
            entry.balance,
            dialect.instant(entry.at),
            payment,
            entry.order,
            None if amount is None else amount.minor,
            entry.reference,
            entry.reason,
        )


def _hold_values(hold: CreditHold, _: Dialect) -> Row:
    return hold.account, hold.payment, hold.order, hold.amount.minor, hold.amount.currency, hold.units


def _hold(row: Row, parts: Parts, dialect: Dialect) -> CreditHold:
    id_, version, told, account, payment, order, amount, code, units = row
    currency = Currency(code)
    entries = (entry_of(columns, currency, dialect) for _, *columns in parts[1])
    return CreditHold(
        id=HoldId(id_),
        version=version,
        told=told,
        account=AccountId(account),
        payment=PaymentId(payment),
        order=OrderId(order),
        amount=Money(amount, currency),
        units=units,
        slices=tuple(
            Slice(lot, count, None if until is None else dialect.moment(until))
            for _, _, _, lot, count, until in parts[0]
        ),
        steps=tuple(entry for entry in entries if entry.kind in _STEPS),
    )


def _fresh_slices(before: CreditHold | None, now: CreditHold, dialect: Dialect) -> Iterable[Row]:
    for number, each in enumerate(() if before else now.slices, 1):
        until = None if each.expires_at is None else dialect.instant(each.expires_at)
        yield now.id, number, _lot_id(now.account, each.lot), each.lot, each.units, until


def _nothing_fresh(_: object, __: object, ___: Dialect) -> Iterable[Row]:
    """These rows are written by another part: lots when they are opened, the steps of a hold with its account."""
    return ()


def _method_values(saved: SavedMethod, _: Dialect) -> Row:
    year, month = saved.expires or (None, None)
    return saved.state.value, saved.chosen, saved.token, saved.label, year, month, saved.owner, saved.method


def _method(row: Row, _: Parts, __: Dialect) -> SavedMethod:
    id_, version, told, state, chosen, token, label, year, month, owner, method = row
    return SavedMethod(
        id=SavedMethodId(id_),
        version=version,
        told=told,
        state=SavedMethodState(state),
        chosen=chosen,
        token=token,
        label=label,
        expires=None if year is None else (year, month),
        owner=owner,
        method=method,
    )


MAPPED: Mapping[type, Mapped[Any]] = {
    Account: Mapped(
        Account,
        tables.accounts,
        ("state", "balance", "held", "expired", "opened", "entries", "edition", "code"),
        ("kind", "owner", "currency"),
        _account_values,
        _account,
        (
            Part(tables.credit_lots, (*LOT, "id"), "number", _fresh_lots, loaded=False),
            Part(tables.credit_lots, ("id", "remaining", "held"), "id", _nothing_fresh, _changed_lots, loaded=False),
            Part(tables.credit_entries, ("account", "hold", *ENTRY), "number", _fresh_entries, loaded=False),
        ),
    ),
    CreditHold: Mapped(
        CreditHold,
        tables.credit_holds,
        (),
        ("account", "payment", "order", "amount", "currency", "units"),
        _hold_values,
        _hold,
        (
            Part(
                tables.credit_slices,
                ("hold", "number", "lot", "lot_number", "units", "expires_at"),
                "number",
                _fresh_slices,
            ),
            Part(tables.credit_entries, ("hold", *ENTRY), "number", _nothing_fresh),
        ),
    ),
    SavedMethod: Mapped(
        SavedMethod,
        tables.saved_methods,
        ("state", "chosen", "token", "label", "expires_year", "expires_month"),
        ("owner", "method"),
        _method_values,
        _method,
    ),
}
