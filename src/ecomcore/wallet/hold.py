"""A hold is what one payment takes of one account. It is placed with the order; then, in parts or at once, it is spent
(the money is taken) or released (it is not needed), until nothing is held any more. What was spent may come back, in
parts or at once, never more than was spent.

It remembers which lots its units are of. They are spent from the front, those that expire first; they are released from
the back; what comes back comes in the order in which it was spent. An amount of money takes its share of the units by a
cumulative rule, so that all parts together take, and give back, exactly the units of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import AccountId, OrderId, PaymentId
from ecomcore.kernel.money import Money
from ecomcore.wallet.errors import AnotherAmount, MoreThanHeld, MoreThanSpent
from ecomcore.wallet.values import CreditEntry, CreditEntryKind, HoldId, Slice, hold_id

__all__ = ["CreditHold", "merged"]


@frozen(kw_only=True)
class CreditHold(Aggregate):
    """``amount`` for a payment of an order, for which the account gives ``units``, cut from its lots.

    ``steps`` are the entries of the account's ledger that spend, release and refund: what is held and what is spent are
    their sums.
    """

    id: HoldId
    account: AccountId
    payment: PaymentId
    order: OrderId
    amount: Money
    units: int
    slices: tuple[Slice, ...]
    steps: tuple[CreditEntry, ...] = ()

    @classmethod
    def place(
        cls, account: AccountId, payment: PaymentId, order: OrderId, amount: Money, slices: tuple[Slice, ...]
    ) -> Self:
        """The payment holds these slices of the account."""
        return cls(
            id=hold_id(account, payment),
            account=account,
            payment=payment,
            order=order,
            amount=amount,
            units=sum(each.units for each in slices),
            slices=slices,
        )

    @property
    def spent(self) -> Money:
        """What was taken, also what has come back since."""
        return self._money(CreditEntryKind.SPENT)

    @property
    def refunded(self) -> Money:
        """What has come back."""
        return self._money(CreditEntryKind.REFUNDED)

    @property
    def held(self) -> Money:
        """What is neither spent nor released."""
        return self.amount - self.spent - self._money(CreditEntryKind.RELEASED)

    @property
    def held_units(self) -> int:
        """The units that are neither spent nor released."""
        return self.units - self.spent_units - self._units(CreditEntryKind.RELEASED)

    @property
    def spent_units(self) -> int:
        """The units that were taken."""
        return self._units(CreditEntryKind.SPENT)

    def knows(self, kind: CreditEntryKind, amount: Money, reference: str) -> bool:
        """Whether this fact is written already. Raises ``AnotherAmount`` if it is, with another amount."""
        known = next((step.amount for step in self.steps if step.kind is kind and step.reference == reference), None)
        if known is not None and known != amount:
            raise AnotherAmount(self.account, reference, known.minor, amount.minor)
        return known is not None

    def to_spend(self, amount: Money) -> tuple[Slice, ...]:
        """The units that an amount takes. Raises ``MoreThanHeld``."""
        start = self.spent_units
        return self._cut(start, start + self._closing(amount))

    def to_release(self, amount: Money) -> tuple[Slice, ...]:
        """The units that an amount lets go. Raises ``MoreThanHeld``."""
        stop = self.spent_units + self.held_units
        return self._cut(stop - self._closing(amount), stop)

    def to_refund(self, amount: Money) -> tuple[Slice, ...]:
        """The units that come back for an amount. Raises ``MoreThanSpent``."""
        spent, refunded, back = self.spent, self.refunded + amount, self._units(CreditEntryKind.REFUNDED)
        if refunded > spent:
            raise MoreThanSpent(self.account, self.payment, amount, spent - self.refunded)
        due = self.spent_units * refunded.minor // spent.minor
        return self._cut(back, max(back, due))

    def open_slices(self) -> tuple[Slice, ...]:
        """The units that are still held."""
        return self._cut(self.spent_units, self.spent_units + self.held_units)

    def with_step(self, step: CreditEntry) -> Self:
        """One more fact."""
        return self.having(steps=(*self.steps, step))

    def _closing(self, amount: Money) -> int:
        """The share of the units that spending or releasing an amount closes."""
        held = self.held
        if amount > held:
            raise MoreThanHeld(self.account, self.payment, amount, held)
        before = self.amount.minor - held.minor
        return self._share(before + amount.minor) - self._share(before)

    def _share(self, minor: int) -> int:
        return self.units * minor // self.amount.minor

    def _cut(self, start: int, stop: int) -> tuple[Slice, ...]:
        """The units from one position to another, in the order of the slices."""
        return tuple(_cut(self.slices, start, stop))

    def _money(self, kind: CreditEntryKind) -> Money:
        minor = sum(step.amount.minor for step in self.steps if step.kind is kind and step.amount is not None)
        return Money(minor, self.amount.currency)

    def _units(self, kind: CreditEntryKind) -> int:
        return sum(abs(step.units or step.held) for step in self.steps if step.kind is kind)


def _cut(slices: Iterable[Slice], start: int, stop: int) -> Iterator[Slice]:
    at = 0
    for each in slices:
        first, last = max(start, at), min(stop, at + each.units)
        if first < last:
            yield Slice(each.lot, last - first, each.expires_at)
        at += each.units


def merged(slices: Iterable[Slice]) -> dict[int, int]:
    """How many units of each lot."""
    units: dict[int, int] = {}
    for each in slices:
        units[each.lot] = units.get(each.lot, 0) + each.units
    return units
