"""The ledger of an order's payments, and what it says. Every question about money is answered from the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering.values import EntryKind, LedgerEntry, Reversal

__all__ = ["Ledger", "PaymentBalance", "accepted", "promises", "reversals"]

_OUTCOMES = {EntryKind.DECLINED, EntryKind.AUTHORISED, EntryKind.CAPTURED}


@frozen
class PaymentBalance:
    """What became of one payment, in minor units of the order's currency.

    ``settled``: the provider has said yes or no. ``open`` of what was authorised is neither taken nor let go.
    """

    payment: PaymentId
    reference: str
    intended: int
    authorised: int
    captured: int
    voided: int
    refunded: int
    settled: bool

    @property
    def open(self) -> int:
        """Promised, and neither taken nor let go."""
        return max(0, self.authorised - self.captured - self.voided)

    @property
    def kept(self) -> int:
        """Taken and not given back."""
        return self.captured - self.refunded


@frozen
class Ledger:
    """An append-only list of facts about payments in one currency."""

    currency: Currency
    entries: tuple[LedgerEntry, ...] = ()

    def has(self, kind: EntryKind, payment: PaymentId, reference: str) -> bool:
        """Whether this fact is written already."""
        return any(
            entry.kind is kind and entry.payment == payment and entry.reference == reference for entry in self.entries
        )

    def with_entry(self, kind: EntryKind, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Ledger:
        """The ledger with one more fact, numbered on."""
        entry = LedgerEntry(len(self.entries) + 1, kind, payment, amount, reference, at)
        return Ledger(self.currency, (*self.entries, entry))

    def balances(self) -> Iterator[PaymentBalance]:
        """What became of each payment, in the order in which they were intended."""
        for payment in dict.fromkeys(entry.payment for entry in self.entries):
            yield self._balance(payment, [entry for entry in self.entries if entry.payment == payment])

    def balance(self, payment: PaymentId) -> PaymentBalance | None:
        """What became of one payment; nothing if it is unknown."""
        own = [entry for entry in self.entries if entry.payment == payment]
        return self._balance(payment, own) if own else None

    def sum(self, *kinds: EntryKind) -> Money:
        """The sum of the amounts of these kinds of entries."""
        return Money(_sum(self.entries, *kinds), self.currency)

    @property
    def covered(self) -> Money:
        """What is promised or taken, and neither let go nor given back. (What is taken was promised before.)"""
        covered = 0
        for entry in self.entries:
            if entry.kind is EntryKind.AUTHORISED:
                covered += entry.amount.minor
            elif entry.kind is EntryKind.VOIDED or entry.kind is EntryKind.REFUNDED:
                covered -= entry.amount.minor
        return Money(covered, self.currency)

    def _balance(self, payment: PaymentId, entries: list[LedgerEntry]) -> PaymentBalance:
        reference = next((e.reference for e in entries if e.kind is EntryKind.AUTHORISED), "")
        return PaymentBalance(
            payment,
            reference,
            _sum(entries, EntryKind.INTENDED),
            _sum(entries, EntryKind.AUTHORISED),
            _sum(entries, EntryKind.CAPTURED),
            _sum(entries, EntryKind.VOIDED),
            _sum(entries, EntryKind.REFUNDED),
            settled=any(entry.kind in _OUTCOMES for entry in entries),
        )


def _sum(entries: Iterable[LedgerEntry], *kinds: EntryKind) -> int:
    return sum(entry.amount.minor for entry in entries if entry.kind in kinds)


def accepted(ledger: Ledger, due_by: Callable[[Instant], Money]) -> Money:
    """What is promised or taken of payments that did not exceed what was due by the time of their promise."""
    held: dict[PaymentId, int] = {}
    for entry in ledger.entries:
        amount = entry.amount.minor
        if entry.kind is EntryKind.AUTHORISED:
            if amount <= due_by(entry.at).minor - sum(held.values()):
                held[entry.payment] = held.get(entry.payment, 0) + amount
        elif entry.payment in held and entry.kind in (EntryKind.VOIDED, EntryKind.REFUNDED):
            held[entry.payment] -= amount
    return Money(sum(held.values()), ledger.currency)


def promises(ledger: Ledger, total: Money) -> Iterable[Reversal]:
    """What is promised, the first promise first, up to the total: a promise beyond it is on its way back."""
    rest = total.minor - sum(balance.kept for balance in ledger.balances())
    for entry in ledger.entries:
        balance = ledger.balance(entry.payment) if entry.kind is EntryKind.AUTHORISED else None
        part = min(balance.open, rest) if balance else 0
        if part > 0:
            yield Reversal(entry.payment, entry.reference, Money(part, ledger.currency), refund=False)
            rest -= part


def reversals(ledger: Ledger) -> Iterable[Reversal]:
    """What is to be let go and what is to be given back so that nothing is promised or taken any more."""
    for balance in ledger.balances():
        if balance.open:
            yield Reversal(balance.payment, balance.reference, Money(balance.open, ledger.currency), refund=False)
        if balance.kept:
            yield Reversal(balance.payment, balance.reference, Money(balance.kept, ledger.currency), refund=True)
