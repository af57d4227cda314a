"""What must hold of stock: the running totals are those of the ledger and of what is set aside."""

from __future__ import annotations

from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.inventory import Reservations, StockItem, StockItems
from ecomcore.kernel.work import Persistence

__all__ = ["reservations", "stock"]


def stock(persistence: Persistence) -> Iterator[Breach]:
    """On hand, reserved and the number of movements of every stock item."""
    for work, items in pages(persistence, StockItems):
        stock_items: StockItems = work.repository(StockItems)
        ids = [item.id for item in items]
        ledgers, reserved = stock_items.ledger_sums(ids), stock_items.reserved_sums(ids)
        for item in items:
            entries, units = ledgers.get(item.id, (0, 0))
            yield from _stock_item(item, entries, units, reserved.get(item.id, 0))
        yield from told(work, items)


def _stock_item(item: StockItem, entries: int, units: int, reserved: int) -> Iterator[Breach]:
    row = (f"stock item {item.id}",)
    if item.on_hand != units:
        yield Breach("on hand = sum of movements", row, f"{item.on_hand} on hand, movements sum to {units}")
    if item.entries != entries:
        yield Breach("no movement is lost", row, f"{item.entries} entries made, {entries} kept")
    if item.reserved != reserved:
        yield Breach(
            "reserved = sum of open reservations", row, f"{item.reserved} reserved, open reservations sum to {reserved}"
        )
    if not 0 <= item.reserved <= item.on_hand:
        yield Breach("0 <= reserved <= on hand", row, f"{item.reserved} reserved of {item.on_hand} on hand")


def reservations(persistence: Persistence) -> Iterator[Breach]:
    """The events of reservations; how they go together with orders is looked at there."""
    for work, page in pages(persistence, Reservations):
        yield from told(work, page)
