"""What a database would refuse of stock counts, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecomcore.counting import CountEntry, CountEntryKind, CountKind, CountState, StockCount
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, StockCountId
from ecomcore.kernel.quantity import MAX_QUANTITY

__all__ = ["check_counts"]


def check_counts(counts: Iterable[StockCount], stored: Mapping[str, StockCount]) -> None:
    """One full count of a location at a time; what ends says when; entries name what can be counted."""
    full: dict[LocationId, StockCountId] = {}
    changed: dict[str, StockCount] = {count.id: count for count in counts}
    for count in changed.values():
        _check(count)
    if any(map(_is_full, changed.values())):
        for count in {**stored, **changed}.values():
            if _is_full(count) and full.setdefault(count.location, count.id) != count.id:
                raise Duplicate("StockCount", count.id)


def _is_full(count: StockCount) -> bool:
    return count.kind is CountKind.FULL and count.is_under_way


def _check(count: StockCount) -> None:
    doubted = len(count.doubted)
    if count.state is not CountState.CANCELLED and (count.state is CountState.RECOUNTING) != (doubted > 0):
        raise InvariantViolated(f"stock count {count.id}: it is {count.state}, {doubted} items wait for a recount")
    if count.is_under_way != (count.ended_at is None) or (count.ended_at is None) != (count.ended_by is None):
        raise InvariantViolated(f"stock count {count.id}: it is {count.state}, ended at {count.ended_at}")
    if (count.kind is CountKind.CYCLE) != bool(count.variants):
        raise InvariantViolated(f"stock count {count.id}: a {count.kind} count of {len(count.variants)} variants")
    for entry in count.entries:
        if not _can_be(entry):
            raise InvariantViolated(
                f"stock count {count.id}: {entry.counted} of {entry.expected} {entry.kind} in entry {entry.number}"
            )


def _can_be(entry: CountEntry) -> bool:
    counted = 0 <= entry.counted <= MAX_QUANTITY and 0 <= entry.expected <= MAX_QUANTITY and entry.seen >= 0
    return counted and (entry.kind is not CountEntryKind.ASSUMED or entry.counted == 0)
