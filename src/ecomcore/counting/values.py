"""The values of counting: what was counted, what the books said at that moment, and what a shop decides about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.counting.errors import WrongLot
from ecomcore.counting.items import CountedItem, a_lot
from ecomcore.kernel.clock import Instant, a_duration
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Rounding
from ecomcore.kernel.percent import Percent, percent
from ecomcore.kernel.quantity import MAX_QUANTITY, a_count
from ecomcore.kernel.text import an_id, instance_of

__all__ = [
    "AbcGrade",
    "BookedLine",
    "Books",
    "CountEntry",
    "CountEntryKind",
    "CountKind",
    "CountLine",
    "CountingPolicy",
    "DueItem",
    "LastCount",
    "latest_of",
]


class CountKind(StrEnum):
    """Full: everything at a location. Cycle: some of it, in turn."""

    FULL = "full"
    CYCLE = "cycle"


class AbcGrade(StrEnum):
    """How much an item matters, by the share of what is sold (ABC analysis): A most, C least."""

    A = "a"
    B = "b"
    C = "c"


@frozen
class CountLine:
    """So many usable units of a variant were counted; where it is told apart by lots, so many of this one."""

    variant: VariantId = field(validator=an_id)
    counted: int = field(validator=a_count)
    lot: str = field(default="", validator=a_lot)

    @property
    def item(self) -> CountedItem:
        return trusted(CountedItem, self.variant, self.lot)


@frozen
class Books:
    """What the books say of a variant at one moment: usable units, entries of its ledger up to then, and units by lot.

    ``lots`` is nothing where units are not told apart; ``single`` where a lot is one unit with a serial number, and
    ``elsewhere`` are those of which the books say that they are at another location.
    """

    variant: VariantId
    on_hand: int = 0
    entries: int = 0
    lots: Mapping[str, int] | None = None
    single: bool = False
    elsewhere: Collection[str] = ()

    def has(self, line: CountLine) -> bool:
        """Whether the books have units of the line's lot."""
        return bool(self.on_hand if self.lots is None else self.lots.get(line.lot))

    def expects(self, line: CountLine) -> int:
        """The units of the line's lot, or all where there are no lots. Raises ``WrongLot`` for any other line."""
        if self.lots is None:
            if line.lot:
                raise WrongLot(self.variant, line.lot, "no lot; its units are not told apart")
            return self.on_hand
        if line.lot not in self.lots:
            raise WrongLot(self.variant, line.lot, "a lot or serial number that the books know; receive others first")
        if self.single and line.counted > 1:
            raise WrongLot(self.variant, line.lot, "one unit at most under a serial number")
        if line.counted and line.lot in self.elsewhere:
            raise WrongLot(
                self.variant, line.lot, "a unit that is not at another location; correct the books there first"
            )
        return self.lots[line.lot]

    def items(self) -> Iterator[tuple[CountedItem, int]]:
        """What there is to be counted, and how many units of it the books have."""
        if self.lots is None:
            yield CountedItem(self.variant), self.on_hand
            return
        for lot, units in sorted(self.lots.items()):
            if units:
                yield CountedItem(self.variant, lot), units


class CountEntryKind(StrEnum):
    """What an entry says of its line, until another follows.

    Counted: the number is good. Doubted: too far from the books, somebody else has to count again. Recounted: somebody
    else has, and that stands. Assumed: nobody has counted it, so there is none.
    """

    COUNTED = "counted"
    DOUBTED = "doubted"
    RECOUNTED = "recounted"
    ASSUMED = "assumed"


@frozen
class CountEntry:
    """One entry of a count's ledger, never changed: who counted how many, and what the books said at that moment.

    ``number`` counts the entries of the count from 1 without gaps; the last one of an item is what it is booked by.
    ``seen`` is how many entries the ledger of the stock had then: what moved later has a greater number.
    """

    number: int
    kind: CountEntryKind
    variant: VariantId
    lot: str
    counted: int
    expected: int
    seen: int
    by: str
    at: Instant

    @property
    def item(self) -> CountedItem:
        return trusted(CountedItem, self.variant, self.lot)

    @property
    def difference(self) -> int:
        """Units that were found beyond the books, or are missing (below zero)."""
        return self.counted - self.expected


def latest_of(entries: Iterable[CountEntry]) -> dict[CountedItem, CountEntry]:
    """The entry that counts of each item, in the order in which the items were counted first."""
    return {entry.item: entry for entry in entries}


@frozen
class BookedLine:
    """What a count found: so many more (above zero) or fewer units than the ``expected`` ones, or as many (zero)."""

    variant: VariantId
    expected: int
    difference: int
    lot: str = ""


@frozen
class LastCount:
    """When an item was counted last: nothing if it never was."""

    variant: VariantId
    grade: AbcGrade | None
    counted_at: Instant | None


@frozen
class DueItem:
    """An item that is to be counted since ``due_at``, or as soon as can be if it never was (nothing)."""

    variant: VariantId
    grade: AbcGrade | None
    counted_at: Instant | None
    due_at: Instant | None


def _units(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        a_count(_, attribute, value)


def _an_interval(_: object, attribute: Attribute[Any], value: object) -> None:
    a_duration(_, attribute, value)
    if not value:
        raise Invalid(attribute.name, value, "a timedelta above zero")


@frozen
class CountingPolicy:
    """What a shop decides about its counts.

    A difference is within the tolerance as long as it is no more than ``tolerance_units``, or than this share of what
    the books expect. With ``recount`` whatever is beyond has to be counted again by somebody else. A count whose
    differences come to more than ``approval_above`` units, whichever way, is booked when somebody who has not counted
    approves of it (nothing: never asks). ``every_a``, ``every_b`` and ``every_c`` say how often an item of that grade
    is counted; one without a grade is counted like C.
    """

    tolerance_units: int = field(default=2, validator=a_count)
    tolerance_percent: Percent = field(default=percent(2), validator=instance_of(Percent))
    recount: bool = field(default=True, validator=instance_of(bool))
    approval_above: int | None = field(default=50, validator=_units)
    every_a: timedelta = field(default=timedelta(days=30), validator=_an_interval)
    every_b: timedelta = field(default=timedelta(days=90), validator=_an_interval)
    every_c: timedelta = field(default=timedelta(days=365), validator=_an_interval)

    def is_beyond(self, expected: int, difference: int) -> bool:
        """Whether somebody else has to count again."""
        share = self.tolerance_percent.of(min(expected, MAX_QUANTITY), Rounding.DOWN)
        return self.recount and abs(difference) > max(self.tolerance_units, share)

    def needs_approval(self, off: int) -> bool:
        """Whether differences of so many units in all are booked only when somebody approves."""
        return self.approval_above is not None and off > self.approval_above

    def interval(self, grade: AbcGrade | None) -> timedelta:
        """How long after a count the next one of an item of this grade is due."""
        return {AbcGrade.A: self.every_a, AbcGrade.B: self.every_b}.get(grade or AbcGrade.C, self.every_c)
