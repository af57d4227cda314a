"""The ledger of an order's payments, and what it says. Every question about money is answered from the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering.values import CREDIT, GATEWAY, EntryKind, LedgerEntry, Reversal

__all__ = ["Ledger", "PaymentBalance", "accepted", "give_back", "promises", "returnable", "reversals"]

_OUTCOMES = {EntryKind.DECLINED, EntryKind.AUTHORISED, EntryKind.CAPTURED}


@frozen
class PaymentBalance:
    """What became of one payment, in minor units of the order's currency.

    ``settled``: the provider has said yes or no. ``capturing``, ``voiding`` and ``refunding`` were asked for and have
    no answer yet. ``charged_back`` is what a bank has taken and not given back.
    """

    payment: PaymentId
    reference: str
    intended: int
    authorised: int
    captured: int
    voided: int
    refunded: int
    settled: bool
    method: str = GATEWAY
    charged_back: int = 0
    capturing: int = 0
    voiding: int = 0
    refunding: int = 0

    @property
    def open(self) -> int:
        """Promised, and neither taken nor let go."""
        return max(0, self.authorised - self.captured - self.voided)

    @property
    def kept(self) -> int:
        """Taken and neither given back nor charged back."""
        return self.captured - self.refunded - self.charged_back

    @property
    def free(self) -> int:
        """Promised, and nobody has been asked yet to take it or to let it go."""
        return max(0, self.open - self.capturing - self.voiding)

    @property
    def returnable(self) -> int:
        """Taken, and nobody has been asked yet to give it back."""
        return max(0, self.kept - self.refunding)


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

    def has_kind(self, kind: EntryKind, payment: PaymentId) -> bool:
        """Whether anything of this kind is written about a payment."""
        return any(entry.kind is kind and entry.payment == payment for entry in self.entries)

    def with_entry(
        self, kind: EntryKind, payment: PaymentId, amount: Money, reference: str, at: Instant, method: str | None = None
    ) -> Ledger:
        """The ledger with one more fact, numbered on; by the method of its payment unless another is named."""
        if method is None:
            method = next((entry.method for entry in self.entries if entry.payment == payment), GATEWAY)
        entry = LedgerEntry(len(self.entries) + 1, kind, payment, amount, reference, at, method)
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
        sums = dict.fromkeys(EntryKind, 0)
        for entry in entries:
            sums[entry.kind] += entry.amount.minor
        captured, voided, refunded = (
            sums[EntryKind.CAPTURED],
            sums[EntryKind.VOIDED],
            sums[EntryKind.REFUNDED],
        )
        return PaymentBalance(
            payment,
            reference,
            sums[EntryKind.INTENDED],
            sums[EntryKind.AUTHORISED],
            captured,
            voided,
            refunded,
            any(entry.kind in _OUTCOMES for entry in entries),
            entries[0].method,
            sums[EntryKind.CHARGED_BACK] - sums[EntryKind.CHARGEBACK_WON],
            max(0, sums[EntryKind.CAPTURE_REQUESTED] - captured - sums[EntryKind.REFUSED]),
            max(0, sums[EntryKind.VOID_REQUESTED] - voided - sums[EntryKind.VOID_REFUSED]),
            max(0, sums[EntryKind.REFUND_REQUESTED] - refunded - sums[EntryKind.REFUND_REFUSED]),
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


def promises(ledger: Ledger, most: Money) -> Iterator[Reversal]:
    """What is promised and can be taken, the first promise first, up to an amount in all."""
    rest = most.minor
    for balance in ledger.balances():
        part = min(balance.free, rest)
        if part > 0:
            rest -= part
            yield _reversal(balance, part, ledger.currency, refund=False)


def reversals(ledger: Ledger) -> Iterator[Reversal]:
    """What is to be let go and what is to be given back so that nothing is promised or taken any more."""
    for balance in ledger.balances():
        if balance.free:
            yield _reversal(balance, balance.free, ledger.currency, refund=False)
        if balance.returnable:
            yield _reversal(balance, balance.returnable, ledger.currency, refund=True)


def give_back(ledger: Ledger, amount: Money) -> Iterator[Reversal]:
    """How an amount goes back: of the payment made last first, and of each first what is only promised.

    A gateway lets a promise go whole or not at all; a part of it is simply not taken.
    """
    rest = amount.minor
    for balance in reversed(list(ledger.balances())):
        part = min(balance.free, rest)
        if part > 0:
            rest -= part
            if part == balance.open or balance.method == CREDIT:
                yield _reversal(balance, part, ledger.currency, refund=False)
        part = min(balance.returnable, rest)
        if part > 0:
            rest -= part
            yield _reversal(balance, part, ledger.currency, refund=True)


def returnable(ledger: Ledger) -> Money:
    """What is taken, and nobody has been asked yet to give it back."""
    return Money(sum(balance.returnable for balance in ledger.balances()), ledger.currency)


def _reversal(balance: PaymentBalance, part: int, currency: Currency, *, refund: bool) -> Reversal:
    return Reversal(balance.payment, balance.reference, Money(part, currency), refund, balance.method)
