"""What must hold of credit: every balance is the sum of its ledger, of its lots, and of what payments hold."""

from __future__ import annotations

from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.kernel.work import Persistence
from ecomcore.wallet import Accounts, CreditHolds, SavedMethods, account_breaches, hold_breaches

__all__ = ["credit"]


def credit(persistence: Persistence) -> Iterator[Breach]:
    """Accounts, what payments hold of them, and the events of saved means of payment."""
    for work, accounts in pages(persistence, Accounts):
        ids = [account.id for account in accounts]
        sums, held = work.repository(Accounts).ledger_sums(ids), work.repository(CreditHolds).held_sums(ids)
        yield from (Breach(*found) for found in account_breaches(accounts, sums, held))
        yield from told(work, accounts)
    for work, holds in pages(persistence, CreditHolds):
        yield from (Breach(*found) for found in hold_breaches(holds))
        yield from told(work, holds)
    for work, methods in pages(persistence, SavedMethods):
        yield from told(work, methods)
