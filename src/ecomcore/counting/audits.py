"""The invariants of counting, as pure functions over what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from ecomcore.counting.board import CountBoard
from ecomcore.counting.items import CountedItem
from ecomcore.counting.stock_count import CountState, StockCount
from ecomcore.counting.values import CountEntryKind
from ecomcore.kernel.ids import LocationId, StockCountId

__all__ = ["Finding", "board_breaches", "count_breaches"]

Finding: TypeAlias = tuple[str, tuple[str, ...], str]
"""A rule that does not hold, the rows it does not hold for, and what they say."""


def count_breaches(counts: Iterable[StockCount], boards: Mapping[LocationId, CountBoard]) -> Iterator[Finding]:
    """What does not hold of these counts on their own and with the boards of their locations."""
    for count in counts:
        yield from _count(count)
        board = boards.get(count.location)
        held = board is not None and any(each.count == count.id for each in board.counts)
        if held != count.is_under_way:
            where = "on" if held else "not on"
            yield (
                "a count is on the board of its location as long as it is under way",
                (f"stock count {count.id}", f"location {count.location}"),
                f"it is {count.state}, and {where} the board",
            )


def board_breaches(boards: Iterable[CountBoard], counts: Mapping[StockCountId, StockCount]) -> Iterator[Finding]:
    """What does not hold of these boards and of the counts on them."""
    for board in boards:
        for held in board.counts:
            count = counts.get(held.count)
            if count is None or count.location != board.id or count.variants != held.variants:
                yield (
                    "a board names counts of its location and what they are about",
                    (f"location {board.id}", f"stock count {held.count}"),
                    "there is none" if count is None else "the count says otherwise",
                )


def _count(count: StockCount) -> Iterator[Finding]:
    row = (f"stock count {count.id}",)
    if [entry.number for entry in count.entries] != list(range(1, len(count.entries) + 1)):
        yield "no entry of a count is lost", row, "the numbers of its entries have gaps"
    doubted = len(count.doubted)
    if count.state is not CountState.CANCELLED and (count.state is CountState.RECOUNTING) != (doubted > 0):
        yield "a count is being recounted as long as items wait for it", row, f"it is {count.state}, {doubted} wait"
    counters: dict[CountedItem, set[str]] = defaultdict(set)
    for entry in count.entries:
        if entry.kind is CountEntryKind.RECOUNTED and not counters[entry.item] - {entry.by}:
            yield "somebody else counts again", (*row, f"entry {entry.number}"), f"only {entry.by} has counted it"
        counters[entry.item].add(entry.by)
    if (count.ended_at is None) != count.is_under_way:
        yield "a count that has ended says when", row, f"it is {count.state}, ended {count.ended_at}"
