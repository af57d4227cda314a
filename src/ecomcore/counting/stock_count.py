"""A count of stock: people say what they see on the shelf, and the books follow.

It is opened for all that lies at a location, or for some items of it. Whoever counts says how many usable units there
are; in the same moment it is noted what the books expect, so that whatever moves afterwards changes neither: booking a
count adds the difference, not the number. A number too far from the books asks for a recount by somebody else, and the
count is being recounted until all such items have one; the recount stands. Whoever said something may correct it as
long as nobody else has counted the item. Nothing of all that is ever forgotten.

When it is finished it is counted. Small differences are booked at once; of larger ones somebody decides who has not
counted. Until it is booked it can be cancelled, and then it has no effect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.counting.errors import (
    CounterCannotApprove,
    NotCounted,
    NothingCounted,
    NotInCount,
    RecountMissing,
    SameCounter,
)
from ecomcore.counting.events import (
    CountBooked,
    CountCancelled,
    CountFinished,
    CountRecorded,
    CountStarted,
    RecountWanted,
)
from ecomcore.counting.items import CountedItem
from ecomcore.counting.values import (
    AbcGrade,
    BookedLine,
    Books,
    CountEntry,
    CountEntryKind,
    CountingPolicy,
    CountKind,
    CountLine,
    latest_of,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move

__all__ = ["COUNT_LIFECYCLE", "LINES_OF_A_PART", "CountState", "StockCount"]

LINES_OF_A_PART = 1_000
"""The most lines that are told of as booked at once: a message has a longest length."""


class CountState(StrEnum):
    """Open: being counted. Recounting: also waiting for a recount. Counted: waiting for approval. Booked. Cancelled."""

    OPEN = "open"
    RECOUNTING = "recounting"
    COUNTED = "counted"
    BOOKED = "booked"
    CANCELLED = "cancelled"


COUNT_LIFECYCLE = Lifecycle(
    "stock count",
    CountState.OPEN,
    {
        "record": move(CountState.OPEN, CountState.RECOUNTING, to=CountState.OPEN),
        "doubt": move(CountState.OPEN, CountState.RECOUNTING, to=CountState.RECOUNTING),
        "finish": move(CountState.OPEN, to=CountState.COUNTED),
        "book": move(CountState.COUNTED, to=CountState.BOOKED),
        "reject": move(CountState.COUNTED, to=CountState.CANCELLED),
        "cancel": move(CountState.OPEN, CountState.RECOUNTING, CountState.COUNTED, to=CountState.CANCELLED),
    },
)


@frozen(kw_only=True)
class StockCount(Aggregate):
    """One count. ``variants`` are what it is about: none where it is everything at the location.

    ``ended_by`` booked, approved, rejected or cancelled it.
    """

    id: StockCountId
    location: LocationId
    kind: CountKind
    blind: bool
    state: CountState
    started_at: Instant
    started_by: str
    variants: tuple[VariantId, ...] = ()
    grade: AbcGrade | None = None
    ended_at: Instant | None = None
    ended_by: str | None = None
    reason: str = ""
    entries: tuple[CountEntry, ...] = ()

    @classmethod
    def start(
        cls,
        id: StockCountId,
        location: LocationId,
        kind: CountKind,
        by: str,
        at: Instant,
        *,
        variants: tuple[VariantId, ...] = (),
        grade: AbcGrade | None = None,
        blind: bool = True,
    ) -> Self:
        """A new count of which nothing is counted yet."""
        count = cls(
            id=id,
            location=location,
            kind=kind,
            blind=blind,
            state=COUNT_LIFECYCLE.initial,
            started_at=at,
            started_by=by,
            variants=variants,
            grade=grade,
        )
        return count.telling(CountStarted(id, location, kind, variants, grade, blind, by))

    # -- looking at it ---------------------------------------------------------------------------------------------

    @property
    def is_under_way(self) -> bool:
        """Whether it can still become a booking."""
        return self.state not in (CountState.BOOKED, CountState.CANCELLED)

    @property
    def is_sealed(self) -> bool:
        """Whether what the books expect is still kept from those who count."""
        return self.blind and self.state not in (CountState.COUNTED, CountState.BOOKED)

    @property
    def lines(self) -> Sequence[CountEntry]:
        """What counts of each item, in the order in which they were counted first."""
        return tuple(latest_of(self.entries).values())

    @property
    def doubted(self) -> tuple[CountedItem, ...]:
        """What somebody else has to count again."""
        return _doubted(self.lines)

    @property
    def counters(self) -> frozenset[str]:
        """Everybody whose word the count rests on."""
        return frozenset(entry.by for entry in self.entries)

    @property
    def off(self) -> int:
        """How many units differ from the books, whichever way."""
        return sum(abs(line.difference) for line in self.lines)

    # -- counting --------------------------------------------------------------------------------------------------

    def record(
        self,
        lines: Sequence[CountLine],
        books: Mapping[VariantId, Books],
        by: str,
        at: Instant,
        policy: CountingPolicy,
    ) -> Self:
        """Somebody has counted these. Raises ``NotInCount``, ``WrongLot``, ``SameCounter``."""
        COUNT_LIFECYCLE.after("record", self.state)
        self._refuse_what_is_not_counted(line.variant for line in lines)
        counted = {line.item for line in lines}
        before: dict[CountedItem, list[CountEntry]] = {}
        for entry in self.entries:
            if entry.item in counted:
                before.setdefault(entry.item, []).append(entry)
        if again := tuple(item for item, said in before.items() if _must_be_another(said, by)):
            raise SameCounter(self.id, by, again)

        number, fresh = len(self.entries), []
        for line in lines:
            there = books.get(line.variant) or Books(line.variant)
            expected = there.expects(line)
            kind = _kind(before.get(line.item, ()), by, policy.is_beyond(expected, line.counted - expected))
            number += 1
            fresh.append(
                CountEntry(number, kind, line.variant, line.lot, line.counted, expected, there.entries, by, at)
            )
        recorded = self.having(entries=(*self.entries, *fresh))
        verb = "doubt" if recorded.doubted else "record"
        told = recorded.telling(
            CountRecorded(self.id, self.location, tuple(lines), by), state=COUNT_LIFECYCLE.after(verb, self.state)
        )
        if wanted := _doubted(fresh):
            told = told.telling(RecountWanted(self.id, self.location, wanted, by))
        return told

    def _refuse_what_is_not_counted(self, variants: Iterable[VariantId]) -> None:
        if self.kind is CountKind.CYCLE:
            known = frozenset(self.variants)
            if others := tuple(dict.fromkeys(variant for variant in variants if variant not in known)):
                raise NotInCount(self.id, others)

    def finish(
        self, books: Collection[Books], by: str, at: Instant, policy: CountingPolicy, *, rest_is_zero: bool = False
    ) -> Self:
        """Nothing more is to be counted; ``books`` are of all that it is about, as they are now.

        Raises ``RecountMissing``, ``NotCounted``, ``NothingCounted``.
        """
        if self.state is CountState.RECOUNTING:
            raise RecountMissing(self.id, self.doubted)
        state = COUNT_LIFECYCLE.after("finish", self.state)
        known = latest_of(self.entries)
        rest = [(item, there, units) for there in books for item, units in there.items() if item not in known]
        if rest_is_zero:
            numbered = enumerate(rest, len(self.entries) + 1)
            assumed = tuple(
                CountEntry(number, CountEntryKind.ASSUMED, item.variant, item.lot, 0, units, there.entries, by, at)
                for number, (item, there, units) in numbered
            )
        elif rest and self.kind is CountKind.FULL:
            raise NotCounted(self.id, tuple(item for item, _, _ in rest))
        elif not known and self.kind is CountKind.CYCLE:
            raise NothingCounted(self.id)
        else:
            assumed = ()

        finished = self.having(entries=self.entries + assumed, state=state)
        off = finished.off
        waits = policy.needs_approval(off)
        told = finished.telling(CountFinished(self.id, self.location, len(finished.lines), off, waits, by))
        return told if waits else told._booked(by, at)

    # -- deciding about it -----------------------------------------------------------------------------------------

    def approve(self, by: str, at: Instant) -> Self:
        """The books are to follow. Raises ``CounterCannotApprove``."""
        COUNT_LIFECYCLE.after("book", self.state)
        self._refuse_counters(by)
        return self._booked(by, at)

    def reject(self, reason: str, by: str, at: Instant) -> Self:
        """The books are not to follow. Raises ``CounterCannotApprove``."""
        state = COUNT_LIFECYCLE.after("reject", self.state)
        self._refuse_counters(by)
        return self._cancelled(state, reason, by, at, rejected=True)

    def cancel(self, reason: str, by: str, at: Instant) -> Self:
        """It is given up."""
        return self._cancelled(COUNT_LIFECYCLE.after("cancel", self.state), reason, by, at, rejected=False)

    def _refuse_counters(self, by: str) -> None:
        if by in self.counters:
            raise CounterCannotApprove(self.id, by)

    def _booked(self, by: str, at: Instant) -> Self:
        lines = tuple(BookedLine(line.variant, line.expected, line.difference, line.lot) for line in self.lines)
        parts = [lines[start : start + LINES_OF_A_PART] for start in range(0, len(lines), LINES_OF_A_PART)] or [()]
        return self.telling(
            *(
                CountBooked(self.id, self.location, part, number, len(parts), by)
                for number, part in enumerate(parts, 1)
            ),
            state=COUNT_LIFECYCLE.after("book", self.state),
            ended_at=at,
            ended_by=by,
        )

    def _cancelled(self, state: CountState, reason: str, by: str, at: Instant, *, rejected: bool) -> Self:
        told = CountCancelled(self.id, self.location, reason, rejected, by)
        return self.telling(told, state=state, reason=reason, ended_at=at, ended_by=by)


def _doubted(entries: Iterable[CountEntry]) -> tuple[CountedItem, ...]:
    return tuple(entry.item for entry in entries if entry.kind is CountEntryKind.DOUBTED)


def _must_be_another(said: Sequence[CountEntry], by: str) -> bool:
    """Whether this person cannot count the item now: they may correct their own word, unless it is doubted."""
    last = said[-1]
    doubted = last.kind is CountEntryKind.DOUBTED
    return doubted if last.by == by else not doubted and any(entry.by == by for entry in said)


def _kind(said: Sequence[CountEntry], by: str, beyond: bool) -> CountEntryKind:
    """What a number is worth after what was said of its item before: whoever counts again what somebody else was
    doubted for has the last word."""
    others = [entry for entry in said if entry.by != by]
    if beyond and not any(entry.kind is CountEntryKind.DOUBTED for entry in others):
        return CountEntryKind.DOUBTED
    return CountEntryKind.RECOUNTED if others else CountEntryKind.COUNTED
