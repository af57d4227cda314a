"""The repositories of the wallet: each port's own finders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Integer, Select, bindparam, case, func, select

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, SavedMethodId
from ecomcore.wallet import (
    Account,
    Accounts,
    CreditEntry,
    CreditEntryKind,
    CreditHold,
    CreditHolds,
    HoldId,
    LedgerSums,
    SavedMethod,
    SavedMethods,
    SavedMethodState,
)
from ecomcore_sqlalchemy.mappings.wallet import ENTRY, LOT, entry_of
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.tables import INSTANT
from ecomcore_sqlalchemy.wallet_tables import accounts, credit_entries, credit_holds, credit_lots, saved_methods
from ecomcore_sqlalchemy.writes import Row

__all__ = ["WALLET_REPOSITORIES"]


class SqlAccounts(SqlRepository[Account, AccountId], Accounts):
    kind: ClassVar[type[Account]] = Account  # type: ignore[misc]

    def with_codes(self, hashes: Collection[str]) -> Mapping[str, Account]:
        dialect, wanted = self._session.dialect, frozenset(hashes)
        stored = self._load(
            "with_codes",
            lambda roots: roots.where(dialect.any_of(accounts.c.code, "codes")).order_by(accounts.c.id),
            codes=dialect.list_of(sorted(wanted)),
        )
        found = self._merged(stored, lambda account: account.code in wanted)
        return {account.code: account for account in found if account.code in wanted}

    def of_owner(self, owner: str) -> Sequence[Account]:
        stored = self._load(
            "of_owner",
            lambda roots: roots.where(accounts.c.owner == bindparam("owner")).order_by(accounts.c.id),
            owner=owner,
        )
        return self._merged(stored, lambda account: account.owner == owner)

    def lapsed(self, now: Instant, limit: int) -> Sequence[Account]:
        lots = credit_lots.c
        stored = self._load(
            "lapsed",
            lambda roots: (
                roots.where(
                    accounts.c.id.in_(
                        select(lots.account).where(
                            lots.expires_at <= bindparam("now", type_=INSTANT), lots.remaining > lots.held
                        )
                    )
                )
                .order_by(accounts.c.id)
                .limit(LIMIT)
            ),
            now=self._session.dialect.instant(now),
            limit=self._room_for(limit),
        )
        return self._merged(stored, lambda account: account.lapsed(now) > 0)[:limit]

    def ledger(self, account: AccountId, after: int = 0, limit: int = 100) -> Sequence[CreditEntry]:
        columns = credit_entries.c
        rows = self._session.fetch(
            "credit_entries.page",
            lambda: (
                _entries()
                .where(columns.account == bindparam("account"), columns.number > bindparam("after", type_=Integer))
                .order_by(columns.number)
                .limit(LIMIT)
            ),
            account=account,
            after=after,
            limit=limit,
        )
        fresh = [entry for entry in self._fresh(account) if entry.number > after]
        return [*self._made(rows), *fresh][:limit]

    def issued(self, account: AccountId, reference: str) -> CreditEntry | None:
        columns, kind = credit_entries.c, CreditEntryKind.ISSUED
        rows = self._session.fetch(
            "credit_entries.issued",
            lambda: _entries().where(
                columns.account == bindparam("account"),
                columns.reference == bindparam("reference"),
                columns.kind == bindparam("kind"),
            ),
            account=account,
            reference=reference,
            kind=kind.value,
        )
        fresh = [entry for entry in self._fresh(account) if entry.kind is kind and entry.reference == reference]
        return next(iter([*self._made(rows), *fresh]), None)

    def ledger_sums(self, accounts: Collection[AccountId]) -> Mapping[AccountId, LedgerSums]:
        dialect, columns = self._session.dialect, credit_entries.c
        rows = self._session.fetch(
            "credit_entries.sums",
            lambda: (
                select(
                    columns.account,
                    func.count(),
                    func.sum(columns.units),
                    func.sum(columns.held),
                    func.sum(case((columns.kind == bindparam("expired"), -columns.units), else_=0)),
                )
                .where(dialect.any_of(columns.account, "ids"))
                .group_by(columns.account)
            ),
            ids=dialect.list_of(sorted(accounts)),
            expired=CreditEntryKind.EXPIRED.value,
        )
        sums = {AccountId(id_): LedgerSums(*map(int, counted)) for id_, *counted in rows}
        for account in accounts:
            for entry in self._fresh(account):
                known = sums.get(account, LedgerSums())
                expired = -entry.units if entry.kind is CreditEntryKind.EXPIRED else 0
                sums[account] = LedgerSums(
                    known.entries + 1, known.units + entry.units, known.held + entry.held, known.expired + expired
                )
        return sums

    def _load(
        self, name: str, narrowed: Callable[[Select[Any]], Select[Any]], *, lock: bool = False, **parameters: Any
    ) -> list[Account]:
        """Of an account's lots only those with something left are read, by a statement after the one that locks."""
        del lock
        mapped, dialect = self._mapped, self._session.dialect
        roots = select(*(self._table.c[column] for column in mapped.columns))
        found = self._session.fetch(f"accounts.{name}", lambda: narrowed(roots), **parameters)
        lots = self._lots([root[0] for root in found]) if found else {}
        return [self._changes.loaded(mapped.made(root, [lots.get(root[0], ())], dialect)) for root in found]

    def _lots(self, ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
        dialect, columns = self._session.dialect, credit_lots.c
        rows = self._session.fetch(
            "credit_lots.with_something_left",
            lambda: (
                select(*(columns[name] for name in LOT))
                .where(dialect.any_of(columns.account, "ids"), columns.remaining > 0)
                .order_by(columns.account, columns.number)
            ),
            ids=dialect.list_of(ids),
        )
        lots: dict[str, list[Row]] = {}
        for row in rows:
            lots.setdefault(row[0], []).append(row)
        return lots

    def _fresh(self, account: AccountId) -> Sequence[CreditEntry]:
        current = self._current(account)
        return current.fresh if current else ()

    def _made(self, rows: Sequence[Row]) -> list[CreditEntry]:
        return [entry_of(columns, currency, self._session.dialect) for *columns, currency in rows]


class SqlCreditHolds(SqlRepository[CreditHold, HoldId], CreditHolds):
    kind: ClassVar[type[CreditHold]] = CreditHold  # type: ignore[misc]

    def held_sums(self, accounts: Collection[AccountId]) -> Mapping[AccountId, int]:
        """What holds were placed with, without what their entries have spent and released of it. What is saved here is
        added from memory, and left out of what the database adds up."""
        dialect, holds, entries, wanted = self._session.dialect, credit_holds.c, credit_entries.c, frozenset(accounts)
        saved = {hold.id: hold for hold in self._changes.changed_now(CreditHold)}
        parameters = {"ids": dialect.list_of(sorted(wanted)), "saved": dialect.list_of(sorted(saved))}
        placed = self._session.fetch(
            "credit_holds.sums",
            lambda: (
                select(holds.account, func.sum(holds.units))
                .where(dialect.any_of(holds.account, "ids"), ~dialect.any_of(holds.id, "saved"))
                .group_by(holds.account)
            ),
            **parameters,
        )
        ended = self._session.fetch(
            "credit_entries.ended",
            lambda: (
                select(entries.account, func.sum(entries.held))
                .join(credit_holds, holds.id == entries.hold)
                .where(dialect.any_of(holds.account, "ids"), ~dialect.any_of(holds.id, "saved"), entries.held < 0)
                .group_by(entries.account)
            ),
            **parameters,
        )
        sums: Counter[AccountId] = Counter()
        for id_, units in (*placed, *ended):
            sums[AccountId(id_)] += int(units)
        for hold in saved.values():
            if hold.account in wanted:
                sums[hold.account] += hold.held_units
        return sums


class SqlSavedMethods(SqlRepository[SavedMethod, SavedMethodId], SavedMethods):
    kind: ClassVar[type[SavedMethod]] = SavedMethod  # type: ignore[misc]

    def of_owner(self, owner: str) -> Sequence[SavedMethod]:
        columns = saved_methods.c
        stored = self._load(
            "of_owner",
            lambda roots: roots.where(
                columns.owner == bindparam("owner"), columns.state == bindparam("state")
            ).order_by(columns.id),
            owner=owner,
            state=SavedMethodState.SAVED.value,
        )
        return self._merged(stored, lambda method: method.owner == owner and method.is_saved)


def _entries() -> Select[Any]:
    """Entries, each with the currency of its account."""
    columns = [credit_entries.c[name] for name in ENTRY]
    return select(*columns, accounts.c.currency).join(accounts, accounts.c.id == credit_entries.c.account)


WALLET_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    Accounts: SqlAccounts,
    CreditHolds: SqlCreditHolds,
    SavedMethods: SqlSavedMethods,
}
"""Which repository implements which port of the wallet."""
