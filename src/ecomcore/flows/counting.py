"""From a stock count to the books: what the books say is asked of the inventory, and what was found is booked there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ecomcore.counting import AbcGrade, Books, CountBooked, LastCount, Stocks
from ecomcore.inventory import (
    BookCount,
    Bundles,
    CountedDifference,
    Locations,
    StockItem,
    StockItems,
    Tracking,
    refuse_stock_of_bundles,
    stock_item_id,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.quantity import LONGEST_PAGE

__all__ = ["ShopStocks", "book_the_count"]


class ShopStocks(Stocks):
    """The books are those of the inventory: usable units, and their lots where they are told apart."""

    def __init__(self, stock_items: StockItems, locations: Locations, bundles: Bundles) -> None:
        self._stock_items = stock_items
        self._locations = locations
        self._bundles = bundles

    def knows(self, location: LocationId) -> bool:
        return self._locations.find(location) is not None

    def expected(self, location: LocationId, variants: Collection[VariantId]) -> Mapping[VariantId, Books]:
        found = self._stock_items.many(sorted(stock_item_id(variant, location) for variant in set(variants)))
        return {item.variant: _books(item) for item in found.values()}

    def check(self, variants: Collection[VariantId]) -> None:
        if variants:
            refuse_stock_of_bundles(variants, self._bundles)

    def elsewhere(self, location: LocationId, variants: Collection[VariantId]) -> Mapping[VariantId, Collection[str]]:
        away: dict[VariantId, set[str]] = {}
        for item in self._stock_items.of_variants(variants):
            if item.location != location and item.tracking is Tracking.SERIALS:
                away.setdefault(item.variant, set()).update(lot.code for lot in item.lots if lot.quantity)
        return away

    def on_the_books(self, location: LocationId) -> Sequence[Books]:
        return [_books(item) for item in self._all(location, on_hand=True)]

    def due(self, location: LocationId, since: Mapping[AbcGrade | None, Instant]) -> Sequence[LastCount]:
        counts = (LastCount(item.variant, _grade(item), item.counted_at) for item in self._all(location))
        return [
            each
            for each in counts
            if each.grade in since and (each.counted_at is None or each.counted_at <= since[each.grade])
        ]

    def _all(self, location: LocationId, *, on_hand: bool = False) -> Iterator[StockItem]:
        after: VariantId | None = None
        while page := self._stock_items.at_location(location, after, LONGEST_PAGE, on_hand=on_hand):
            yield from page
            after = page[-1].variant


def _books(item: StockItem) -> Books:
    told_apart = item.tracking is not Tracking.NONE
    lots = {lot.code: lot.quantity for lot in item.lots} if told_apart else None
    return Books(item.variant, item.on_hand, item.entries, lots, item.tracking is Tracking.SERIALS)


def _grade(item: StockItem) -> AbcGrade | None:
    return None if item.grade is None else AbcGrade(item.grade.value)


def book_the_count(event: CountBooked) -> Iterable[BookCount]:
    """The books follow what was counted; also what fitted was counted."""
    found = tuple(
        CountedDifference(line.variant, line.expected, line.difference, line.lot)
        for line in event.lines
        if line.difference
    )
    counted = tuple(dict.fromkeys(line.variant for line in event.lines))
    if counted:
        yield BookCount(event.location, event.count, found, counted)
