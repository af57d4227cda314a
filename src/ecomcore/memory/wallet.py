"""The repositories of the wallet in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, SavedMethodId
from ecomcore.memory.repositories import MemoryRepository
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
)

__all__ = ["MemoryAccounts", "MemoryCreditHolds", "MemorySavedMethods"]


class MemoryAccounts(MemoryRepository[Account, AccountId], Accounts):
    kind: ClassVar[type[Account]] = Account  # type: ignore[misc]

    def with_codes(self, hashes: Collection[str]) -> Mapping[str, Account]:
        wanted = frozenset(hashes)
        ids = sorted(account.id for account in self._all() if account.code in wanted)
        return {account.code: account for account in self.many(ids).values() if account.code is not None}

    def of_owner(self, owner: str) -> Sequence[Account]:
        return list(self.many(sorted(account.id for account in self._all() if account.owner == owner)).values())

    def lapsed(self, now: Instant, limit: int) -> Sequence[Account]:
        due = sorted(account.id for account in self._all() if account.lapsed(now))
        return list(self.many(due[:limit]).values())

    def ledger(self, account: AccountId, after: int = 0, limit: int = 100) -> Sequence[CreditEntry]:
        return self._ledger(account)[after : after + limit]

    def issued(self, account: AccountId, reference: str) -> CreditEntry | None:
        entries = (entry for entry in self._ledger(account) if entry.kind is CreditEntryKind.ISSUED)
        return next((entry for entry in entries if entry.reference == reference), None)

    def ledger_sums(self, accounts: Collection[AccountId]) -> Mapping[AccountId, LedgerSums]:
        return {account: _sums(self._ledger(account)) for account in accounts}

    def _ledger(self, account: AccountId) -> list[CreditEntry]:
        current = self._changes.current(Account, account)
        return [*self._tables.credit_entries.get(account, ()), *(current.fresh if current else ())]


class MemoryCreditHolds(MemoryRepository[CreditHold, HoldId], CreditHolds):
    kind: ClassVar[type[CreditHold]] = CreditHold  # type: ignore[misc]

    def held_sums(self, accounts: Collection[AccountId]) -> Mapping[AccountId, int]:
        wanted = frozenset(accounts)
        sums: Counter[AccountId] = Counter()
        for hold in self._all():
            if hold.account in wanted:
                sums[hold.account] += hold.held_units
        return sums


class MemorySavedMethods(MemoryRepository[SavedMethod, SavedMethodId], SavedMethods):
    kind: ClassVar[type[SavedMethod]] = SavedMethod  # type: ignore[misc]

    def of_owner(self, owner: str) -> Sequence[SavedMethod]:
        ids = sorted(method.id for method in self._all() if method.owner == owner and method.is_saved)
        return list(self.many(ids).values())


def _sums(entries: Sequence[CreditEntry]) -> LedgerSums:
    expired = -sum(entry.units for entry in entries if entry.kind is CreditEntryKind.EXPIRED)
    units, held = sum(entry.units for entry in entries), sum(entry.held for entry in entries)
    return LedgerSums(len(entries), units, held, expired)
