"""What a database would refuse of the stock, refused by the memory in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomcore.inventory import Reservation, ReservationEntryKind, StockItem, Tracking
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.work import Changed

__all__ = ["check_stock"]


def check_stock(changed: Mapping[type, Sequence[Changed[Any]]], rows: Mapping[type, Mapping[str, Any]]) -> None:
    """Raises ``Duplicate``, ``InvariantViolated``."""
    items = [change.now for change in changed.get(StockItem, ())]
    for item in items:
        _check_item(item)
    _check_serials(items, rows)
    for change in changed.get(Reservation, ()):
        _check_reservation(change.now)


def _check_item(item: StockItem) -> None:
    if not 0 <= item.reserved <= item.on_hand + item.cap + item.short:
        raise InvariantViolated(f"stock {item.id}: {item.reserved} reserved of {item.on_hand} on hand")
    if item.on_hand < 0 or item.damaged < 0 or item.short < 0:
        raise InvariantViolated(f"stock {item.id}: {item.on_hand} on hand, {item.damaged} damaged, {item.short} short")
    if any(lot.quantity < 0 for lot in item.lots):
        raise InvariantViolated(f"stock {item.id}: a lot has fewer than no units")


def _check_serials(items: Sequence[StockItem], rows: Mapping[type, Mapping[str, Any]]) -> None:
    """A unit with a serial number is at one place."""
    variants = {item.variant for item in items if item.tracking is Tracking.SERIALS}
    if not variants:
        return
    now: dict[str, StockItem] = {**rows[StockItem], **{item.id: item for item in items}}
    seen: set[tuple[VariantId, str]] = set()
    for item in now.values():
        if item.variant in variants and item.tracking is Tracking.SERIALS:
            for lot in item.lots:
                if lot.quantity:
                    if (item.variant, lot.code) in seen:
                        raise Duplicate("StockItem", lot.code)
                    seen.add((item.variant, lot.code))


def _check_reservation(reservation: Reservation) -> None:
    for entry in reservation.entries:
        adds = entry.kind is ReservationEntryKind.RESERVED
        if not entry.quantity or adds != (entry.quantity > 0) or entry.balance < max(0, entry.quantity):
            moved = f"{entry.quantity} {entry.kind}, {entry.balance} left"
            raise InvariantViolated(f"reservation {reservation.id}: {moved}")
    gone = [
        (entry.item, entry.bundle, entry.reference)
        for entry in reservation.entries
        if entry.kind is ReservationEntryKind.CONSUMED
    ]
    if len(set(gone)) < len(gone):
        raise Duplicate("Reservation", reservation.id)
