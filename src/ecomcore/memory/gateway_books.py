"""What the gateway in memory knows of a payment: what was promised, and the facts since, each with its moment."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from typing import Final

from attrs import define, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money, format_money
from ecomcore.ordering import Capabilities, Fact, FactKind, Notice

__all__ = ["PAYOUT_COLUMNS", "Account", "Dated", "a_part_of", "payout_csv"]

PAYOUT_COLUMNS: Final = ("reference", "kind", "amount", "currency", "fee", "at")
"""The columns of a payout report."""
_PAID_OUT: Final = (FactKind.CAPTURED, FactKind.REFUNDED, FactKind.CHARGED_BACK, FactKind.CHARGEBACK_WON)


@frozen
class Dated:
    """A fact and its moment; ``twice``: its webhook comes twice."""

    fact: Fact
    at: Instant
    twice: bool = False


@define
class Account:
    """One payment at the provider. What may be done with it is a sum over its facts."""

    payment: PaymentId
    promised: Money
    reference: str
    taken: bool = False
    """Taken at once: nothing is left to be captured."""
    book: list[Dated] = field(factory=list)

    @property
    def currency(self) -> Currency:
        """The currency of the payment."""
        return self.promised.currency

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What happened, in order."""
        return tuple(dated.fact for dated in self.book)

    def sum(self, *kinds: FactKind) -> int:
        """The minor units of all facts of these kinds."""
        return sum(fact.amount.minor for fact in self.facts if fact.kind in kinds)

    @property
    def takable(self) -> int:
        """What is promised, and neither taken nor let go."""
        return self.promised.minor - self.sum(FactKind.CAPTURED, FactKind.VOIDED)

    @property
    def returnable(self) -> int:
        """What is taken and not given back, neither by the shop nor by the buyer's bank."""
        return self.sum(FactKind.CAPTURED) - self.sum(FactKind.REFUNDED) - self.lost

    @property
    def lost(self) -> int:
        """What the buyer's bank has taken back, and not returned."""
        return self.sum(FactKind.CHARGED_BACK) - self.sum(FactKind.CHARGEBACK_WON)

    def refuses_capture(self, minor: int, can: Capabilities) -> str:
        """Why this much is not taken; empty if it is."""
        if not 0 < minor <= self.takable:
            return "more than what is promised"
        if self.sum(FactKind.CAPTURED) and not can.several_captures:
            return "it was captured already, and there is one capture only"
        if minor < self.takable and not can.partial_capture:
            return "only the whole can be captured"
        return ""

    def refuses_void(self, minor: int) -> str:
        """Why this much is not let go; empty if it is. What was taken at once is given back, but whole only."""
        if self.taken:
            whole = minor == self.promised.minor == self.returnable
            return "" if whole else "it is taken, and is given back whole"
        return "" if 0 < minor <= self.takable else "more than what is promised and not taken"

    def refuses_refund(self, minor: int, can: Capabilities) -> str:
        """Why this much is not given back; empty if it is."""
        if not 0 < minor <= self.returnable:
            return "more than what was taken"
        if minor < self.sum(FactKind.CAPTURED) and not can.partial_refund:
            return "only the whole can be refunded"
        return ""

    def write(self, kind: FactKind, amount: Money, reference: str, at: Instant, *, twice: bool = False) -> Fact:
        """Add a fact."""
        fact = Fact(kind, amount, reference)
        self.book.append(Dated(fact, at, twice))
        return fact

    def notices(self) -> tuple[Notice, ...]:
        """What webhooks would tell: a fact each, in order. One that came twice has the same id both times."""
        return tuple(self._notice(dated) for dated in self.book for _ in range(2 if dated.twice else 1))

    def _notice(self, dated: Dated) -> Notice:
        fact = dated.fact
        name = hashlib.sha256(f"{self.payment} {fact.kind} {fact.reference}".encode()).hexdigest()[:24]
        taken = self.taken and fact.kind is FactKind.AUTHORISED
        return Notice(f"evt-{name}", fact, self.reference, self.payment, taken, dated.at)


def a_part_of(whole: Money, amount: Money | None) -> Money:
    """The amount, or all if none is named. Raises ``Invalid`` for more than there is, and for what is no part."""
    part = whole if amount is None else amount
    if part.currency != whole.currency or not 0 < part.minor <= whole.minor:
        raise Invalid("amount", part, f"more than nothing, and at most {whole}")
    return part


def payout_csv(accounts: Iterable[Account], since: Instant | None, until: Instant | None) -> str:
    """What moved money from ``since`` to before ``until``, a row each; a fee stands in the row it came after."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(PAYOUT_COLUMNS)
    for moved in sorted((moved for account in accounts for moved in _movements(account)), key=lambda moved: moved.at):
        if (since is None or since <= moved.at) and (until is None or moved.at < until):
            amount = moved.fact.amount
            fee = _decimal(Money(moved.fee, amount.currency))
            rows.writerow(
                (
                    moved.fact.reference,
                    moved.fact.kind.value,
                    _decimal(amount),
                    amount.currency,
                    fee,
                    moved.at.isoformat(),
                )
            )
    return file.getvalue()


@define
class _Moved:
    fact: Fact
    at: Instant
    fee: int = 0


def _movements(account: Account) -> list[_Moved]:
    found: list[_Moved] = []
    for dated in account.book:
        if dated.fact.kind in _PAID_OUT:
            found.append(_Moved(dated.fact, dated.at))
        elif dated.fact.kind is FactKind.FEE:
            found[-1].fee += dated.fact.amount.minor
    return found


def _decimal(amount: Money) -> str:
    return format_money(amount).partition(" ")[0]
