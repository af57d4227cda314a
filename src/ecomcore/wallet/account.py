"""An account keeps what somebody can pay with inside the shop: a gift card, store credit or points. Every credit is a
lot, with an end in time or without. What a payment takes is held first, of the lots that expire first, and then spent
or released; what was spent can come back. A lot that is over expires; what is held of it stays held, and expires when
it is released.

Every change is an entry in the account's ledger. The balance is the sum of the entries, what is held is in the balance,
and neither is ever below zero: 0 <= held <= balance, always.

Nothing more can be held of a blocked account; what is held goes on. An empty account can be closed, and is open again
when something comes back to it: there is one store credit and one points account for each owner and currency.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from attrs import evolve, field, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, OrderId, PaymentId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import MAX_MINOR, Currency, CurrencyMismatch, Money
from ecomcore.wallet.errors import AccountNotActive, AccountNotEmpty, NotEnoughCredit, TooMuchCredit
from ecomcore.wallet.events import (
    AccountBlocked,
    AccountClosed,
    AccountReopened,
    AccountUnblocked,
    CreditAdjusted,
    CreditExpired,
    CreditHeld,
    CreditIssued,
    CreditRefunded,
    CreditReleased,
    CreditSpent,
    GiftCardRenewed,
)
from ecomcore.wallet.hold import CreditHold, merged
from ecomcore.wallet.values import AccountKind, CreditEntry, CreditEntryKind, Lot, Slice

__all__ = ["ACCOUNT_LIFECYCLE", "Account", "AccountState", "account_id"]


class AccountState(StrEnum):
    """Active: can be paid with. Blocked: not for now. Closed: empty, and done with."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    CLOSED = "closed"


ACCOUNT_LIFECYCLE = Lifecycle(
    "account",
    AccountState.ACTIVE,
    {
        "block": move(AccountState.ACTIVE, to=AccountState.BLOCKED),
        "unblock": move(AccountState.BLOCKED, to=AccountState.ACTIVE),
        "close": move(AccountState.ACTIVE, to=AccountState.CLOSED),  # a blocked one would be open when it reopens
        "reopen": move(AccountState.CLOSED, to=AccountState.ACTIVE),
    },
)


def account_id(kind: AccountKind, owner: str, currency: Currency) -> AccountId:
    """The one id of an owner's store credit or points in a currency."""
    return AccountId(f"{kind}-" + hashlib.sha256(f"{currency} {owner}".encode()).hexdigest()[:40])


@frozen(kw_only=True)
class Account(Aggregate):
    """A gift card, store credit or points; all amounts in whole units of its ``kind``.

    ``balance``, ``held`` and ``expired`` are checked running totals of the ledger. ``lots`` are those with something
    left, by number; ``opened`` counts all there ever were, ``entries`` the ledger; ``fresh`` holds the entries made
    since it was loaded. ``code`` is the hash of a gift card's code, which was renewed ``edition`` times.
    """

    id: AccountId
    kind: AccountKind
    owner: str | None
    currency: Currency
    state: AccountState = AccountState.ACTIVE
    balance: int = 0
    held: int = 0
    expired: int = 0
    opened: int = 0
    entries: int = 0
    edition: int = 0
    code: str | None = field(default=None, repr=False)
    lots: tuple[Lot, ...] = ()
    fresh: tuple[CreditEntry, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, kind: AccountKind, owner: str, currency: Currency) -> Self:
        """An owner's store credit or points before anything came."""
        return cls(id=account_id(kind, owner, currency), kind=kind, owner=owner, currency=currency)

    @classmethod
    def gift_card(cls, id: AccountId, owner: str | None, currency: Currency, code: str) -> Self:
        """A gift card with nothing on it; ``code`` is the hash of its code."""
        return cls(id=id, kind=AccountKind.GIFT_CARD, owner=owner, currency=currency, code=code)

    def available(self, at: Instant) -> int:
        """Units that can be held at that moment."""
        return sum(lot.free for lot in self.lots if not lot.is_over(at))

    def lapsed(self, at: Instant) -> int:
        """Units that expire as soon as somebody looks."""
        return sum(lot.free for lot in self.lots if lot.is_over(at))

    def credit(
        self, units: int, at: Instant, *, reason: str, expires_at: Instant | None = None, reference: str = ""
    ) -> Self:
        """More is there. Raises ``TooMuchCredit``."""
        credited = self._woken()._with_lot(units, expires_at)
        issued = credited._entered(CreditEntryKind.ISSUED, at, units=units, reference=reference, reason=reason)
        return issued.telling(
            CreditIssued(self.id, self.kind, self.owner, units, self.currency, expires_at, reason, reference)
        )

    def hold(
        self, payment: PaymentId, order: OrderId, amount: Money, units: int, at: Instant
    ) -> tuple[Self, CreditHold]:
        """Set units aside for a payment. Raises ``AccountNotActive``, ``NotEnoughCredit``, ``CurrencyMismatch``."""
        self._refuse_another(amount)
        if self.state is not AccountState.ACTIVE:
            raise AccountNotActive(self.id, self.kind, self.state)
        slices = self._first_to_expire(units, at)
        hold = CreditHold.place(self.id, payment, order, amount, slices)
        account = self._with_lots(held=merged(slices))
        account = account._entered(
            CreditEntryKind.HELD, at, held=units, payment=payment, order=order, amount=amount
        ).telling(CreditHeld(self.id, payment, order, amount, units))
        return account, hold

    def spend(self, hold: CreditHold, amount: Money, reference: str, at: Instant) -> tuple[Self, CreditHold]:
        """The payment takes what it held. Raises ``MoreThanHeld``, ``AnotherAmount``."""
        self._refuse_another(amount)
        if hold.knows(CreditEntryKind.SPENT, amount, reference):
            return self, hold
        taken = merged(hold.to_spend(amount))
        units = sum(taken.values())
        account = self._with_lots(held=_less(taken), left=_less(taken))
        account = account._entered(CreditEntryKind.SPENT, at, -units, -units, *_of(hold, amount, reference))
        event = CreditSpent(self.id, hold.payment, hold.order, amount, units, reference)
        return account.telling(event), hold.with_step(account.fresh[-1])

    def release(self, hold: CreditHold, amount: Money, reference: str, at: Instant) -> tuple[Self, CreditHold]:
        """The payment lets go what it held; what is of a lot that is over expires at once.

        Raises ``MoreThanHeld``, ``AnotherAmount``.
        """
        self._refuse_another(amount)
        if hold.knows(CreditEntryKind.RELEASED, amount, reference):
            return self, hold
        let_go = merged(hold.to_release(amount))
        units = sum(let_go.values())
        account = self._with_lots(held=_less(let_go))
        account = account._entered(CreditEntryKind.RELEASED, at, 0, -units, *_of(hold, amount, reference))
        event = CreditReleased(self.id, hold.payment, hold.order, amount, units, reference)
        return account.telling(event).expire(at), hold.with_step(account.fresh[-1])

    def refund(
        self, hold: CreditHold, amount: Money, reference: str, at: Instant, validity: timedelta | None
    ) -> tuple[Self, CreditHold]:
        """What was spent comes back, until its lot expires; if that is over, for so long as refunds are good.

        Raises ``MoreThanSpent``, ``AnotherAmount``, ``TooMuchCredit``.
        """
        self._refuse_another(amount)
        if hold.knows(CreditEntryKind.REFUNDED, amount, reference):
            return self, hold
        back: dict[Instant | None, int] = {}
        for each in hold.to_refund(amount):
            until = each.expires_at
            if until is not None and until <= at:
                until = None if validity is None else at + validity
            back[until] = back.get(until, 0) + each.units
        account = self._woken()
        for until, units in back.items():
            account = account._with_lot(units, until)
        units = sum(back.values())
        account = account._entered(CreditEntryKind.REFUNDED, at, units, 0, *_of(hold, amount, reference))
        event = CreditRefunded(self.id, hold.payment, hold.order, amount, units, reference)
        return account.telling(event), hold.with_step(account.fresh[-1])

    def adjust(self, units: int, reason: str, at: Instant) -> Self:
        """Staff set the books right, up or down. Raises ``NotEnoughCredit``, ``AccountNotActive`` when closed."""
        if self.state is AccountState.CLOSED:
            raise AccountNotActive(self.id, self.kind, self.state)
        if units > 0:
            adjusted = self._with_lot(units, None)
        else:
            adjusted = self._with_lots(left=_less(merged(self._first_to_expire(-units, at))))
        adjusted = adjusted._entered(CreditEntryKind.ADJUSTED, at, units, reason=reason)
        return adjusted.telling(CreditAdjusted(self.id, units, reason))

    def expire(self, at: Instant) -> Self:
        """What is over and not held is worth nothing any more. The same account where there is nothing."""
        gone = {lot.number: lot.free for lot in self.lots if lot.is_over(at) and lot.free}
        if not gone:
            return self
        units = sum(gone.values())
        expired = self._with_lots(left=_less(gone)).having(expired=self.expired + units)
        expired = expired._entered(CreditEntryKind.EXPIRED, at, -units)
        return expired.telling(CreditExpired(self.id, self.kind, self.owner, units))

    def block(self) -> Self:
        """Nothing more can be held of it."""
        return self._moved("block", AccountBlocked(self.id))

    def unblock(self) -> Self:
        """It can be paid with again."""
        return self._moved("unblock", AccountUnblocked(self.id))

    def close(self) -> Self:
        """It is done with. Raises ``AccountNotEmpty``."""
        closed = self._moved("close", AccountClosed(self.id))
        if self.balance:
            raise AccountNotEmpty(self.id, self.balance)
        return closed

    def renew(self, code: str) -> Self:
        """The gift card has another code; this is its hash."""
        return self.telling(GiftCardRenewed(self.id), code=code, edition=self.edition + 1)

    def _moved(self, verb: str, event: Event) -> Self:
        return self.telling(event, state=ACCOUNT_LIFECYCLE.after(verb, self.state))

    def _woken(self) -> Self:
        """Open again, if it was closed."""
        return self._moved("reopen", AccountReopened(self.id)) if self.state is AccountState.CLOSED else self

    def _refuse_another(self, amount: Money) -> None:
        if amount.currency != self.currency:
            raise CurrencyMismatch(self.currency, amount.currency)

    def _first_to_expire(self, units: int, at: Instant) -> tuple[Slice, ...]:
        """So many free units, of the lots that expire first. Raises ``NotEnoughCredit``."""
        if units > self.available(at):
            gone = self.expired + self.lapsed(at)
            raise NotEnoughCredit(self.id, self.kind, self.currency, units, self.available(at), gone)
        slices: list[Slice] = []
        for lot in sorted((lot for lot in self.lots if not lot.is_over(at)), key=_by_expiry):
            if taken := min(units, lot.free):
                slices.append(Slice(lot.number, taken, lot.expires_at))
                units -= taken
        return tuple(slices)

    def _with_lot(self, units: int, expires_at: Instant | None) -> Self:
        """One more lot; none for no units."""
        if not units:
            return self
        if units > MAX_MINOR - sum(lot.left for lot in self.lots):
            raise TooMuchCredit(self.id, MAX_MINOR)
        lot = Lot(self.opened + 1, units, units, 0, expires_at)
        return self.having(opened=lot.number, lots=(*self.lots, lot))

    def _with_lots(self, held: Mapping[int, int] | None = None, left: Mapping[int, int] | None = None) -> Self:
        """With these changes of what is held and left of lots; those with nothing left are gone."""
        more_held, more_left = held or {}, left or {}
        changed = (
            evolve(lot, held=lot.held + more_held.get(lot.number, 0), left=lot.left + more_left.get(lot.number, 0))
            for lot in self.lots
        )
        return self.having(lots=tuple(lot for lot in changed if lot.left))

    def _entered(
        self,
        kind: CreditEntryKind,
        at: Instant,
        units: int = 0,
        held: int = 0,
        payment: PaymentId | None = None,
        order: OrderId | None = None,
        amount: Money | None = None,
        reference: str = "",
        reason: str = "",
    ) -> Self:
        """One more entry in the ledger, and the totals after it."""
        number, balance = self.entries + 1, self.balance + units
        entry = CreditEntry(number, kind, units, held, balance, at, payment, order, amount, reference, reason)
        return self.having(entries=number, balance=balance, held=self.held + held, fresh=(*self.fresh, entry))


def _of(hold: CreditHold, amount: Money, reference: str) -> tuple[PaymentId, OrderId, Money, str]:
    return hold.payment, hold.order, amount, reference


def _less(units: Mapping[int, int]) -> dict[int, int]:
    return {number: -count for number, count in units.items()}


def _by_expiry(lot: Lot) -> tuple[bool, Any, int]:
    """Those that never expire come last; of two that expire together, the older first."""
    return lot.expires_at is None, lot.expires_at or 0, lot.number
