"""Compares what a provider says it has paid out with what the shop's ledgers say was moved through it.

What moved at the very end of a period may be told here a little later than there: a row is also known
by entries some days around the period, but only those within it are missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Final

from attrs import define, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money
from ecomcore.ordering.gateway import FactKind
from ecomcore.ordering.payout_file import PayoutColumns, PayoutRow, payout_rows
from ecomcore.ordering.ports import Entered
from ecomcore.ordering.values import EntryKind

__all__ = [
    "AROUND",
    "DifferenceKind",
    "Moved",
    "PayoutDifference",
    "PayoutReport",
    "PayoutSums",
    "compare",
]

AROUND: Final = timedelta(days=3)
"""How far outside its period an entry may be and still be what a row is about."""
_MOST_DIFFERENCES: Final = 1_000
_FORMULAS: Final = ("=", "+", "-", "@", "\t")
"""How cells begin that a spreadsheet would carry out: such a name, if nobody here knows it, is not told again."""

_OURS: Final = {
    EntryKind.CAPTURED: FactKind.CAPTURED,
    EntryKind.REFUNDED: FactKind.REFUNDED,
    EntryKind.VOIDED: FactKind.REFUNDED,  # what a provider takes at once it can only give back
    EntryKind.CHARGED_BACK: FactKind.CHARGED_BACK,
    EntryKind.CHARGEBACK_WON: FactKind.CHARGEBACK_WON,
    EntryKind.FEE: FactKind.FEE,
}


class DifferenceKind(StrEnum):
    """How the provider and the shop disagree."""

    MISSING_HERE = "missing_here"
    """The provider has moved money that no ledger knows."""
    MISSING_THERE = "missing_there"
    """The ledger says it was moved, the file does not."""
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    KIND_DIFFERS = "kind_differs"
    """What the shop has as one thing, such as a capture, the provider has as another."""
    TWICE = "twice"
    """The file has it a second time."""
    UNREADABLE = "unreadable"
    """Nobody can tell what the row says: ``reason`` names the column."""


@frozen
class PayoutDifference:
    """One disagreement. ``row`` is the line of the file, its header is line 1. No amount is negative because of its
    kind. Where the fees of a payment differ in all, its first row with a fee is named.
    """

    kind: DifferenceKind
    reference: str = ""
    what: FactKind | None = None
    ours: Money | None = None
    theirs: Money | None = None
    order: OrderId | None = None
    row: int | None = None
    reason: str = ""


@frozen
class Moved:
    """What was moved in all, in minor units."""

    captured: int = 0
    refunded: int = 0
    charged_back: int = 0
    chargebacks_won: int = 0
    fees: int = 0

    @property
    def net(self) -> int:
        """What is to be paid out."""
        return self.captured + self.chargebacks_won - self.refunded - self.charged_back - self.fees


@frozen
class PayoutSums:
    """What was moved in a currency: ``ours`` by the entries that were compared, ``theirs`` by all readable rows."""

    currency: Currency
    ours: Moved
    theirs: Moved


@frozen
class PayoutReport:
    """``matched`` of so many ``rows`` are what the ledgers say. ``more`` differences than these are only counted."""

    rows: int
    matched: int
    sums: tuple[PayoutSums, ...]
    differences: tuple[PayoutDifference, ...]
    more: int = 0


def compare(
    text: str, columns: PayoutColumns, entered: Iterable[Entered], since: Instant, until: Instant, *, fees: bool
) -> PayoutReport:
    """The differences between a file and the entries of its provider, in the order of the rows, then what is missing
    there. Raises ``Invalid`` for a file without the columns.
    """
    books = _Books(entered, since, until)
    for row in payout_rows(text, columns):
        books.read(row, fees=fees)
    books.miss()
    if fees:
        books.compare_fees()
    return books.report()


# -- against the entries -----------------------------------------------------------------------------------------


@define
class _Tally:
    ours: dict[FactKind, int] = field(factory=dict)
    theirs: dict[FactKind, int] = field(factory=dict)


class _Books:
    """The entries of a provider, and what the rows of its file say about them."""

    def __init__(self, entered: Iterable[Entered], since: Instant, until: Instant) -> None:
        self._period = (since, until)
        self._known: dict[str, dict[FactKind, Entered]] = {}
        self._again: list[tuple[str, FactKind, Entered]] = []
        for each in entered:
            what, reference = _OURS.get(each.entry.kind), each.entry.reference.strip()
            if what is not None and self._known.setdefault(reference, {}).setdefault(what, each) is not each:
                self._again.append((reference, what, each))
        self._seen: set[tuple[str, FactKind]] = set()
        self._rows_of: dict[PaymentId, list[PayoutRow]] = {}
        self._unclear: set[PaymentId] = set()
        self._tallies: dict[Currency, _Tally] = {}
        self._told: set[tuple[str, FactKind]] = set()
        self._rows = self._matched = self._more = 0
        self._differences: list[PayoutDifference] = []

    def read(self, row: PayoutRow, *, fees: bool) -> None:
        """Find what a row is about."""
        self._rows += 1
        about = self._known.get(row.reference, {})
        self._count(row)
        match = about.get(row.what) if row.what is not None else None
        found = match or next((each for what, each in about.items() if (row.reference, what) not in self._seen), None)
        if row.code is not None and found is not None and found.entry.amount.currency != row.code:
            self._name(DifferenceKind.CURRENCY_DIFFERS, row, found)
        elif row.problem or row.what is None or row.amount is None:
            self._name(DifferenceKind.UNREADABLE, row, found, f"the column {row.problem} cannot be read")
        elif (row.reference, row.what) in self._told:
            self._name(DifferenceKind.TWICE, row, match)
            return
        elif found is None:
            if fees or row.what is not FactKind.FEE:
                self._missing_here(row)
        elif match is None:
            self._name(DifferenceKind.KIND_DIFFERS, row, found)
        elif match.entry.amount != row.amount:
            self._name(DifferenceKind.AMOUNT_DIFFERS, row, match)
            self._with_fee(row, match)
        else:
            self._matched += 1
            self._with_fee(row, match)
        if row.what is not None and not row.problem:
            self._told.add((row.reference, row.what))
        if found is not None:
            self._seen.add((row.reference, _OURS[found.entry.kind]))

    def miss(self) -> None:
        """Find what no row is about. Fees stand in the rows of what they were taken from."""
        for reference, about in self._known.items():
            for what, each in about.items():
                if (reference, what) in self._seen:
                    self._count_ours(what, each)
                else:
                    self._miss(reference, what, each)
        for reference, what, each in self._again:
            self._miss(reference, what, each)

    def compare_fees(self) -> None:
        """Compare the fees of each payment in all, where nothing else differs."""
        kept: dict[PaymentId, list[Entered]] = {}
        for reference, about in self._known.items():
            if FactKind.FEE in about and (reference, FactKind.FEE) not in self._seen:
                kept.setdefault(about[FactKind.FEE].entry.payment, []).append(about[FactKind.FEE])
        for payment, rows in self._rows_of.items():
            entries = kept.get(payment, [])
            theirs = sum(row.fee.minor for row in rows if row.fee is not None)
            ours = sum(each.entry.amount.minor for each in entries if self._is_within(each))
            all_ours = sum(each.entry.amount.minor for each in entries)
            if payment not in self._unclear and theirs not in (ours, all_ours):
                first = next((row for row in rows if row.fee is not None and row.fee.minor), rows[0])
                code = first.code or Currency("")
                self._tell(
                    PayoutDifference(
                        DifferenceKind.AMOUNT_DIFFERS,
                        first.reference,
                        FactKind.FEE,
                        Money(ours, code),
                        Money(min(theirs, MAX_MINOR), code),
                        next(iter(self._known[first.reference].values())).order,
                        first.line,
                    )
                )

    def report(self) -> PayoutReport:
        """All that was found."""
        sums = (
            PayoutSums(code, _moved(tally.ours), _moved(tally.theirs)) for code, tally in sorted(self._tallies.items())
        )
        return PayoutReport(self._rows, self._matched, tuple(sums), tuple(self._differences), self._more)

    def _miss(self, reference: str, what: FactKind, each: Entered) -> None:
        if each.entry.kind is EntryKind.VOIDED or not self._is_within(each):
            return
        self._count_ours(what, each)
        if what is not FactKind.FEE:
            self._unclear.add(each.entry.payment)
            ours = each.entry.amount
            self._tell(PayoutDifference(DifferenceKind.MISSING_THERE, reference, what, ours, None, each.order))

    def _missing_here(self, row: PayoutRow) -> None:
        if _is_told_again(row.reference):
            self._name(DifferenceKind.MISSING_HERE, row, None)
        else:
            self._name(DifferenceKind.UNREADABLE, row, None, "the reference is no name, but a formula or worse")

    def _with_fee(self, row: PayoutRow, match: Entered) -> None:
        self._rows_of.setdefault(match.entry.payment, []).append(row)

    def _name(self, kind: DifferenceKind, row: PayoutRow, found: Entered | None, reason: str = "") -> None:
        if found is not None and kind not in (DifferenceKind.AMOUNT_DIFFERS, DifferenceKind.TWICE):
            self._unclear.add(found.entry.payment)
        known = row.reference if found is not None or _is_told_again(row.reference) else ""
        ours, order = (None, None) if found is None else (found.entry.amount, found.order)
        self._tell(PayoutDifference(kind, known, row.what, ours, row.amount, order, row.line, reason))

    def _tell(self, difference: PayoutDifference) -> None:
        if len(self._differences) < _MOST_DIFFERENCES:
            self._differences.append(difference)
        else:
            self._more += 1

    def _count(self, row: PayoutRow) -> None:
        if row.code is not None and row.what is not None and row.amount is not None:
            theirs = self._tally(row.code).theirs
            theirs[row.what] = theirs.get(row.what, 0) + row.amount.minor
            theirs[FactKind.FEE] = theirs.get(FactKind.FEE, 0) + (row.fee.minor if row.fee is not None else 0)

    def _count_ours(self, what: FactKind, each: Entered) -> None:
        ours = self._tally(each.entry.amount.currency).ours
        ours[what] = ours.get(what, 0) + each.entry.amount.minor

    def _tally(self, code: Currency) -> _Tally:
        return self._tallies.setdefault(code, _Tally())

    def _is_within(self, each: Entered) -> bool:
        since, until = self._period
        return since <= each.entry.at < until


def _is_told_again(reference: str) -> bool:
    return reference.isprintable() and not reference.startswith(_FORMULAS)


def _moved(sums: dict[FactKind, int]) -> Moved:
    return Moved(
        sums.get(FactKind.CAPTURED, 0),
        sums.get(FactKind.REFUNDED, 0),
        sums.get(FactKind.CHARGED_BACK, 0),
        sums.get(FactKind.CHARGEBACK_WON, 0),
        sums.get(FactKind.FEE, 0),
    )
