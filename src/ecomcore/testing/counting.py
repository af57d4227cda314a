"""Stock counts for tests: builders with defaults, and a Hypothesis strategy.

a_count(entries=[a_count_entry(1, counted=9, expected=10)])
"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.counting import (
    AbcGrade,
    CountBoard,
    CountEntry,
    CountEntryKind,
    CountKind,
    CountState,
    StockCount,
    UnderCount,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.testing import strategies as drawn
from ecomcore.testing.clock import NOON

__all__ = ["a_board", "a_count", "a_count_entry", "boards", "counts"]


def a_count_entry(
    number: int = 1,
    *,
    kind: CountEntryKind = CountEntryKind.COUNTED,
    variant: str = "tea",
    lot: str = "",
    counted: int = 9,
    expected: int = 10,
    seen: int = 1,
    by: str = "staff:ann",
    at: Instant = NOON,
) -> CountEntry:
    """Ann has counted 9 units of ``tea``, where the books say 10."""
    return CountEntry(number, kind, VariantId(variant), lot, counted, expected, seen, by, at)


def a_count(
    id: str = "count",
    *,
    location: str = "store",
    kind: CountKind = CountKind.FULL,
    variants: Iterable[str] | None = None,
    grade: AbcGrade | None = None,
    blind: bool = True,
    state: CountState = CountState.OPEN,
    entries: Iterable[CountEntry] = (),
    started_at: Instant = NOON,
) -> StockCount:
    """An open full count that Ann has started; a cycle count is of ``tea`` and ``mug``."""
    about = ("tea", "mug") if variants is None and kind is CountKind.CYCLE else tuple(variants or ())
    ended = state in (CountState.BOOKED, CountState.CANCELLED)
    return StockCount(
        id=StockCountId(id),
        location=LocationId(location),
        kind=kind,
        blind=blind,
        state=state,
        started_at=started_at,
        started_by="staff:ann",
        variants=tuple(VariantId(variant) for variant in about),
        grade=grade,
        ended_at=started_at if ended else None,
        ended_by="staff:bob" if ended else None,
        entries=tuple(entries),
    )


def a_board(location: str = "store", **counts: Iterable[str]) -> CountBoard:
    """The board of the store, with these counts and their variants: ``a_board(monday=["tea"])``."""
    held = (UnderCount(StockCountId(id_), tuple(map(VariantId, variants))) for id_, variants in counts.items())
    return CountBoard(id=LocationId(location), counts=tuple(held))


@st.composite
def _entries(draw: st.DrawFn) -> tuple[CountEntry, ...]:
    """Entries of a few items, in any order, each item counted by several people at times."""
    variants = draw(st.lists(drawn.ids(), min_size=1, max_size=3, unique=True))
    made: list[CountEntry] = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        kind = draw(st.sampled_from(CountEntryKind))
        counted = 0 if kind is CountEntryKind.ASSUMED else draw(st.integers(0, MAX_QUANTITY))
        made.append(
            CountEntry(
                number,
                kind,
                VariantId(draw(st.sampled_from(variants))),
                draw(st.just("") | drawn.texts(100)),
                counted,
                draw(st.integers(0, MAX_QUANTITY)),
                draw(st.integers(0, 2**31 - 1)),
                draw(drawn.ids("staff:")),
                draw(drawn.instants()),
            )
        )
    return tuple(made)


@st.composite
def counts(draw: st.DrawFn, prefix: str = "", location: str = "store") -> StockCount:
    """Any count that can be kept at this location; full ones have ended, for of those only one may be under way."""
    kind, entries = draw(st.sampled_from(CountKind)), draw(_entries())
    count = StockCount(
        id=StockCountId(f"{prefix}count"),
        location=LocationId(location),
        kind=kind,
        blind=draw(st.booleans()),
        state=CountState.CANCELLED,
        started_at=draw(drawn.instants()),
        started_by=draw(drawn.ids("staff:")),
        variants=_variants(draw) if kind is CountKind.CYCLE else (),
        grade=draw(st.none() | st.sampled_from(AbcGrade)),
        ended_at=draw(drawn.instants()),
        ended_by=draw(drawn.ids("staff:")),
        reason=draw(drawn.texts(empty=True)),
        entries=entries,
    )
    if count.doubted:
        possible = [CountState.CANCELLED] if kind is CountKind.FULL else [CountState.CANCELLED, CountState.RECOUNTING]
    else:
        possible = [CountState.CANCELLED, CountState.BOOKED]
        possible += [] if kind is CountKind.FULL else [CountState.OPEN, CountState.COUNTED]
    state = draw(st.sampled_from(possible))
    if state in (CountState.CANCELLED, CountState.BOOKED):
        return count.having(state=state)
    return count.having(state=state, ended_at=None, ended_by=None)


def boards(location: LocationId) -> SearchStrategy[CountBoard]:
    """Boards of this location."""
    held = st.builds(
        UnderCount, drawn.ids().map(StockCountId), st.lists(drawn.ids().map(VariantId), max_size=3).map(tuple)
    )
    return st.builds(CountBoard, id=st.just(location), counts=st.lists(held, max_size=3).map(tuple))


def _variants(draw: st.DrawFn) -> tuple[VariantId, ...]:
    return tuple(draw(st.lists(drawn.ids().map(VariantId), min_size=1, max_size=4, unique=True)))
