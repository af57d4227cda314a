"""What must hold of stock: the running totals are those of the ledger and of what is set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.inventory import LedgerSum, Reservation, Reservations, StockItem, StockItems, Tracking
from ecomcore.kernel.ids import StockItemId
from ecomcore.kernel.work import Persistence

__all__ = ["reservations", "stock"]


def stock(persistence: Persistence) -> Iterator[Breach]:
    """On hand, reserved and the number of movements of every stock item."""
    for work, items in pages(persistence, StockItems):
        stock_items: StockItems = work.repository(StockItems)
        ids = [item.id for item in items]
        ledgers, reserved = stock_items.ledger_sums(ids), stock_items.reserved_sums(ids)
        for item in items:
            yield from _stock_item(item, ledgers.get(item.id, LedgerSum(0, 0, 0)), reserved.get(item.id, 0))
        yield from told(work, items)


def _stock_item(item: StockItem, ledger: LedgerSum, reserved: int) -> Iterator[Breach]:
    row = (f"stock item {item.id}",)
    if item.id.rpartition("@") != (item.variant, "@", item.location):
        yield Breach("an item is one variant at one location", row, f"it is of {item.variant} at {item.location}")
    if item.on_hand != ledger.good:
        yield Breach("on hand = sum of movements", row, f"{item.on_hand} on hand, movements sum to {ledger.good}")
    if item.damaged != ledger.damaged:
        detail = f"{item.damaged} damaged, movements sum to {ledger.damaged}"
        yield Breach("damaged = sum of movements", row, detail)
    if item.entries != ledger.entries:
        yield Breach("no movement is lost", row, f"{item.entries} entries made, {ledger.entries} kept")
    if item.reserved != reserved:
        yield Breach(
            "reserved = sum of open reservations", row, f"{item.reserved} reserved, open reservations sum to {reserved}"
        )
    if not 0 <= item.reserved <= item.on_hand + item.cap + item.short:
        detail = f"{item.reserved} reserved of {item.on_hand} on hand, {item.cap} more allowed, {item.short} short"
        yield Breach("0 <= reserved <= on hand + cap", row, detail)
    if item.tracking is not Tracking.NONE and sum(lot.quantity for lot in item.lots) != item.on_hand:
        lots = sum(lot.quantity for lot in item.lots)
        yield Breach("lots add up to the item", row, f"{item.on_hand} on hand, lots sum to {lots}")
    if item.tracking is Tracking.SERIALS and any(lot.quantity > 1 for lot in item.lots):
        yield Breach("a serial number is one unit", row, "a serial number has several units")


def reservations(persistence: Persistence) -> Iterator[Breach]:
    """The ledgers and events of reservations; how they go together with orders is looked at there."""
    for work, page in pages(persistence, Reservations):
        for reservation in page:
            yield from _reservation(reservation)
        yield from told(work, page)


def _reservation(reservation: Reservation) -> Iterator[Breach]:
    row = (f"reservation {reservation.id}",)
    if [entry.number for entry in reservation.entries] != list(range(1, len(reservation.entries) + 1)):
        yield Breach("no entry of a reservation is lost", row, "the numbers of its entries have gaps")
    balances: dict[tuple[StockItemId, str | None], int] = defaultdict(int)
    for entry in reservation.entries:
        place = entry.item, entry.bundle
        balances[place] += entry.quantity
        if entry.balance != balances[place]:
            yield Breach(
                "set aside = sum of the reservation's entries",
                (*row, f"stock item {entry.item}"),
                f"{entry.balance} set aside after entry {entry.number}, the entries sum to {balances[place]}",
            )
    units = sum(balances.values())
    if reservation.is_open != (units > 0):
        yield Breach(
            "a reservation is open as long as units are set aside",
            row,
            f"it is {reservation.state}, and {units} units are set aside",
        )
