"""What must hold of stock counts: they add up, and the ledger of the stock has what they booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.counting import (
    CountBoards,
    CountEntry,
    CountState,
    StockCount,
    StockCounts,
    board_breaches,
    count_breaches,
)
from ecomcore.inventory import Condition, Movement, MovementKind, StockItems, stock_item_id
from ecomcore.kernel.ids import StockItemId
from ecomcore.kernel.work import Persistence

__all__ = ["stock_counts"]

_PAGE = 500


def stock_counts(persistence: Persistence) -> Iterator[Breach]:
    """Each count on its own, with the board of its location, and with what the stock says it has booked."""
    for work, counts in pages(persistence, StockCounts):
        boards = work.repository(CountBoards).many(sorted({count.location for count in counts}))
        yield from (Breach(*found) for found in count_breaches(counts, boards))
        for count in counts:
            if count.state is CountState.BOOKED:
                yield from _booked(count, work.repository(StockItems))
        yield from told(work, counts)
    for work, boards in pages(persistence, CountBoards):
        named = sorted({held.count for board in boards for held in board.counts})
        known = work.repository(StockCounts).many(named)
        yield from (Breach(*found) for found in board_breaches(boards, known))
        yield from told(work, boards)


def _booked(count: StockCount, stock_items: StockItems) -> Iterator[Breach]:
    """What was found is in the ledger; after it there is what was counted, and what has moved since then."""
    lines: dict[StockItemId, list[CountEntry]] = defaultdict(list)
    for line in count.lines:
        if line.difference:
            lines[stock_item_id(line.variant, count.location)].append(line)
    for item, found in lines.items():
        row = (f"stock count {count.id}", f"stock item {item}")
        moved = _since(count, stock_items, item, min(line.seen for line in found), len(found))
        entries = [entry for entry in moved if _is_of(entry, count)]
        differences = {line.lot: line.difference for line in found}
        booked = {entry.lot: entry.quantity for entry in entries}
        if len(entries) != len(found) or booked != differences:
            detail = f"{_shown(differences)} found, {_shown(booked)} booked"
            yield Breach("booked units = difference of the count", row, detail)
        elif not found[0].lot:
            there = found[0].counted + sum(_good(entry) for entry in moved if not _is_of(entry, count))
            if entries[0].balance != there:
                detail = f"{entries[0].balance} on hand, {there} were counted or have moved since"
                yield Breach("on hand after a count = counted + moved since", row, detail)


def _since(count: StockCount, stock_items: StockItems, item: StockItemId, after: int, most: int) -> list[Movement]:
    """The item's ledger from where it was counted to where the count was booked, ``most`` entries of its own included.

    A ledger without them is read to its end.
    """
    moved: list[Movement] = []
    while page := stock_items.movements(item, after, _PAGE):
        for entry in page:
            moved.append(entry)
            most -= _is_of(entry, count)
            if not most:
                return moved
        after = page[-1].number
    return moved


def _is_of(entry: Movement, count: StockCount) -> bool:
    return entry.kind is MovementKind.COUNT and entry.reference == count.id


def _good(entry: Movement) -> int:
    return entry.quantity if entry.condition is Condition.GOOD else 0


def _shown(units: Mapping[str, int]) -> str:
    return ", ".join(f"{quantity}{f' of {lot}' if lot else ''}" for lot, quantity in sorted(units.items())) or "nothing"
