"""The promises about stock counts: they come back whole, are listed without their lines, and are one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ecomcore.counting import (
    Books,
    CountBoard,
    CountBoards,
    CountEntryKind,
    CountFilter,
    CountingPolicy,
    CountKind,
    CountLine,
    CountState,
    StockCount,
    StockCounts,
    summary_of,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.testing import counting as drawn
from ecomcore.testing.builders import a_location
from ecomcore.testing.clock import NOON
from ecomcore.testing.counting import a_board, a_count, a_count_entry
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsCounts"]

_TEA = VariantId("tea")
_STORE = LocationId("store")
_LATER = NOON + timedelta(hours=1)


class KeepsCounts(PersistenceCase):
    """What counts save comes back and is found."""

    def _is_saved(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_every_count_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        keep(persistence, a_location("store"))

        for_all(drawn.counts, lambda count: self._is_saved(persistence, count))

    def test_every_board_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        def is_saved(board: CountBoard) -> None:
            keep(persistence, a_location(board.id))
            self._is_saved(persistence, board)

        for_all(lambda prefix: drawn.boards(LocationId(f"{prefix}store")), is_saved)

    def test_a_count_that_goes_on_comes_back_with_all_that_was_said(self, persistence: Persistence) -> None:
        keep(persistence, a_location("store"), a_count("count"))
        policy = CountingPolicy()
        books = {_TEA: Books(_TEA, 1_000, 7)}

        steps: tuple[Callable[[StockCount], StockCount], ...] = (
            lambda count: count.record([CountLine(_TEA, 999)], books, "staff:ann", NOON, policy),
            lambda count: count.record([CountLine(_TEA, 9)], books, "staff:ann", _LATER, policy),
            lambda count: count.record([CountLine(_TEA, 990)], books, "staff:bob", _LATER, policy),
            lambda count: count.finish(
                [Books(VariantId("mug"), 60, 3)], "staff:bob", _LATER, policy, rest_is_zero=True
            ),
            lambda count: count.reject("60 mugs do not vanish", "staff:eve", _LATER),
        )
        for step in steps:
            self._is_saved(persistence, step(fetch(persistence, StockCount, "count")))

        kept = fetch(self._again(persistence), StockCount, "count")
        assert [(entry.kind, entry.counted, entry.by) for entry in kept.entries] == [
            (CountEntryKind.COUNTED, 999, "staff:ann"),
            (CountEntryKind.DOUBTED, 9, "staff:ann"),
            (CountEntryKind.RECOUNTED, 990, "staff:bob"),
            (CountEntryKind.ASSUMED, 0, "staff:bob"),
        ]
        assert (kept.state, kept.ended_by) == (CountState.CANCELLED, "staff:eve")

    def test_a_count_of_a_thousand_entries_comes_back_whole_and_in_order(self, persistence: Persistence) -> None:
        keep(persistence, a_location("store"))
        entries = [a_count_entry(n, variant=f"v{2_000 - n}", lot=f"l\u00f6t {n}") for n in range(1, 1_001)]

        self._is_saved(persistence, a_count(entries=entries))

    def test_counts_are_listed_latest_first_and_paged(self, persistence: Persistence) -> None:
        doubted = a_count_entry(kind=CountEntryKind.DOUBTED)
        keep(
            persistence,
            a_location("store"),
            a_location("shop"),
            a_count("c0", state=CountState.BOOKED, entries=[a_count_entry(1), a_count_entry(2, counted=10)]),
            a_count("c1", kind=CountKind.CYCLE),
            a_count("c2", location="shop", state=CountState.RECOUNTING, entries=[doubted]),
            a_count("c3", kind=CountKind.CYCLE),
        )

        with writing(persistence) as work:
            counts: StockCounts = work.repository(StockCounts)
            ended = counts.get(StockCountId("c3")).cancel("enough", "staff:ann", _LATER)
            counts.save(ended, a_count("c4", kind=CountKind.CYCLE))
            within = _listed(counts)
        with reading(self._again(persistence)) as work:
            again = work.repository(StockCounts)
            afterwards = _listed(again)
            assert_same(
                tuple(again.listed(CountFilter(_STORE), None, 9)),
                tuple(summary_of(fetch(persistence, StockCount, id_)) for id_ in ("c4", "c3", "c1", "c0")),
            )

        assert within == afterwards
        assert within == [
            [("c4", 0, 0), ("c3", 0, 0), ("c2", 1, 1), ("c1", 0, 0), ("c0", 1, 0)],
            [("c4", 0, 0), ("c3", 0, 0), ("c1", 0, 0), ("c0", 1, 0)],
            [("c4", 0, 0), ("c1", 0, 0)],
            [("c3", 0, 0)],
            [("c2", 1, 1), ("c1", 0, 0)],
            [("c1", 0, 0)],
        ]

    def test_one_full_count_of_a_location_is_under_way_at_a_time(self, persistence: Persistence) -> None:
        keep(persistence, a_location("store"), a_location("shop"), a_count("c1", state=CountState.COUNTED))

        for refused in (a_count("c2"), a_count("c2", state=CountState.COUNTED)):
            with pytest.raises(Duplicate):
                keep(persistence, refused)
        with pytest.raises(Duplicate):
            keep(persistence, a_count("c3", location="shop"), a_count("c4", location="shop"))
        keep(persistence, a_count("c5", location="shop"), a_count("c6", kind=CountKind.CYCLE))
        keep(persistence, a_count("c7", state=CountState.BOOKED))

    @pytest.mark.parametrize(
        "broken",
        [
            {"state": CountState.RECOUNTING},
            {"state": CountState.OPEN, "entries": (a_count_entry(kind=CountEntryKind.DOUBTED),)},
            {"state": CountState.BOOKED, "ended_at": None, "ended_by": None},
            {"ended_at": NOON, "ended_by": "staff:bob"},
            {"ended_by": "staff:bob"},
            {"kind": CountKind.CYCLE},
            {"variants": (_TEA,)},
            {"entries": (a_count_entry(counted=-1),)},
            {"entries": (a_count_entry(expected=-1),)},
            {"entries": (a_count_entry(seen=-1),)},
            {"entries": (a_count_entry(kind=CountEntryKind.ASSUMED, counted=1),)},
        ],
        ids=str,
    )
    def test_a_count_that_cannot_be_is_refused(self, persistence: Persistence, broken: dict[str, Any]) -> None:
        keep(persistence, a_location("store"))

        with pytest.raises(InvariantViolated):
            keep(persistence, a_count().having(**broken))

    def test_of_two_counts_that_begin_at_once_one_finds_the_other(self, persistence: Persistence) -> None:
        keep(persistence, a_location("store"), a_board("store"))

        def begin(handle: Persistence, name: str) -> bool:
            try:
                with writing(handle) as work:
                    boards: CountBoards = work.repository(CountBoards)
                    board = boards.get(_STORE, lock=True)
                    free = not board.counts
                    if free:
                        boards.save(board.put(StockCountId(name), (_TEA,)))
                    return free
            except Conflict:
                return False

        outcomes = at_once(
            [partial(begin, handle, f"c{n}") for n, handle in enumerate([persistence, self._again(persistence)] * 3)]
        )

        assert sum(outcome.value for outcome in outcomes) == 1
        assert len(fetch(self._again(persistence), CountBoard, "store").counts) == 1


def _listed(counts: StockCounts) -> list[list[tuple[str, int, int]]]:
    wanted = (
        (CountFilter(), None, 9),
        (CountFilter(_STORE), None, 9),
        (CountFilter(_STORE, CountState.OPEN), None, 9),
        (CountFilter(state=CountState.CANCELLED), None, 9),
        (CountFilter(), StockCountId("c3"), 2),
        (CountFilter(_STORE, CountState.OPEN), StockCountId("c4"), 2),
    )
    return [[(each.id, each.lines, each.doubted) for each in counts.listed(*asked)] for asked in wanted]
