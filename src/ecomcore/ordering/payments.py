"""The ledger of an order's payments, and what it says. Every question about money is answered from the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering.values import CREDIT, GATEWAY, EntryKind, LedgerEntry, Reversal

__all__ = ["REQUESTS", "Ledger", "PaymentBalance", "accepted", "back_to", "promises", "returnable", "reversals"]

REQUESTS = (EntryKind.CAPTURE_REQUESTED, EntryKind.VOID_REQUESTED, EntryKind.REFUND_REQUESTED)
"""What is written before a provider is asked."""
_OUTCOMES = {EntryKind.DECLINED, EntryKind.AUTHORISED, EntryKind.CAPTURED}


@frozen
class PaymentBalance:
    """What became of one payment, in minor units of the order's currency. ``reference`` names its promise.

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

    def is_about(self, payment: PaymentId | None, promise: str) -> bool:
        """Whether it knows this payment, or a promise by this reference."""
        return any(
            (payment and entry.payment == payment)
            or (promise and entry.kind is EntryKind.AUTHORISED and entry.reference == promise)
            for entry in self.entries
        )

    def unanswered(self, payment: PaymentId) -> Iterator[LedgerEntry]:
        """The requests about a payment that have no answer, the oldest first."""
        own = [entry for entry in self.entries if entry.payment == payment]
        answered = {entry.request for entry in own if entry.request}
        return (entry for entry in own if entry.kind in REQUESTS and entry.reference not in answered)

    def with_entry(
        self,
        kind: EntryKind,
        payment: PaymentId,
        amount: Money,
        reference: str,
        at: Instant,
        method: str | None = None,
        request: str = "",
    ) -> Ledger:
        """The ledger with one more fact, numbered on; by the method of its payment unless another is named."""
        if method is None:
            method = next((entry.method for entry in self.entries if entry.payment == payment), GATEWAY)
        entry = LedgerEntry(len(self.entries) + 1, kind, payment, amount, reference, at, method, request)
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
        reference = ""
        sums, asked = dict.fromkeys(EntryKind, 0), dict.fromkeys(REQUESTS, 0)
        answered = {entry.request for entry in entries if entry.request}
        for entry in entries:
            sums[entry.kind] += entry.amount.minor
            if entry.kind is EntryKind.AUTHORISED:
                reference = entry.reference
            elif entry.kind in asked and entry.reference not in answered:
                asked[entry.kind] += entry.amount.minor
        captured, voided, refunded = (
            sums[EntryKind.CAPTURED],
            sums[EntryKind.VOIDED],
            sums[EntryKind.REFUNDED],
        )
        authorised, charged_back = (
            sums[EntryKind.AUTHORISED],
            sums[EntryKind.CHARGED_BACK] - sums[EntryKind.CHARGEBACK_WON],
        )
        open_ = authorised - captured - voided
        return PaymentBalance(
            payment,
            reference,
            sums[EntryKind.INTENDED],
            authorised,
            captured,
            voided,
            refunded,
            any(entry.kind in _OUTCOMES for entry in entries),
            entries[0].method,
            charged_back,
            max(0, min(asked[EntryKind.CAPTURE_REQUESTED], open_)),
            max(0, min(asked[EntryKind.VOID_REQUESTED], open_)),
            max(0, min(asked[EntryKind.REFUND_REQUESTED], captured - refunded)),
        )


def _sum(entries: Iterable[LedgerEntry], *kinds: EntryKind) -> int:
    return sum(entry.amount.minor for entry in entries if entry.kind in kinds)


def accepted(ledger: Ledger, due_by: Callable[[Instant], Money]) -> Money:
    """What is promised or taken, and not on its way back, of payments that did not exceed what was due by the time of
    their promise.
    """
    held: dict[PaymentId, int] = {}
    for entry in ledger.entries:
        amount = entry.amount.minor
        if entry.kind is EntryKind.AUTHORISED:
            if amount <= due_by(entry.at).minor - sum(held.values()):
                held[entry.payment] = held.get(entry.payment, 0) + amount
        elif entry.payment in held and entry.kind in (EntryKind.VOIDED, EntryKind.REFUNDED):
            held[entry.payment] -= amount
    for balance in ledger.balances():
        if balance.payment in held:
            held[balance.payment] -= balance.voiding + balance.refunding
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


def back_to(ledger: Ledger, total: Money) -> Iterator[Reversal]:
    """How what is held comes down to a total: what is only promised is let go first, then what was taken is given back,
    of the payment made last first.

    A gateway lets a promise go whole or not at all; a part of it is simply not taken.
    """
    balances = list(ledger.balances())[::-1]
    taken = sum(balance.returnable + balance.capturing for balance in balances)
    over = max(0, taken - total.minor)
    rest = taken + sum(balance.free for balance in balances) - over - total.minor
    for balance in balances:
        part = min(balance.free, rest)
        if part > 0:
            rest -= part
            if part == balance.open or balance.method == CREDIT:
                yield _reversal(balance, part, ledger.currency, refund=False)
    for balance in balances:
        part = min(balance.returnable, over)
        if part > 0:
            over -= part
            yield _reversal(balance, part, ledger.currency, refund=True)


def returnable(ledger: Ledger) -> Money:
    """What is taken, and nobody has been asked yet to give it back."""
    return Money(sum(balance.returnable for balance in ledger.balances()), ledger.currency)


def _reversal(balance: PaymentBalance, part: int, currency: Currency, *, refund: bool) -> Reversal:
    return Reversal(balance.payment, balance.reference, Money(part, currency), refund, balance.method)
