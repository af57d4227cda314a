"""Locations, stock items with their ledger, and reservations as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.inventory import (
    Location,
    Reservation,
    ReservationEntry,
    ReservationEntryKind,
    ReservationState,
    StockItem,
)
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, VariantId
from ecomcore_sqlalchemy import tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _location_values(location: Location, _: Dialect) -> Row:
    return location.name, location.priority


def _location(row: Row, _: Parts, __: Dialect) -> Location:
    id_, version, told, name, priority = row
    return Location(id=LocationId(id_), version=version, told=told, name=name, priority=priority)


def _stock_item_values(item: StockItem, _: Dialect) -> Row:
    return item.on_hand, item.reserved, item.entries, item.variant, item.location


def _stock_item(row: Row, _: Parts, __: Dialect) -> StockItem:
    id_, version, told, on_hand, reserved, entries, variant, location = row
    return StockItem(
        id=StockItemId(id_),
        version=version,
        told=told,
        on_hand=on_hand,
        reserved=reserved,
        entries=entries,
        variant=VariantId(variant),
        location=LocationId(location),
    )


def _fresh_movements(_: StockItem | None, now: StockItem, dialect: Dialect) -> Iterable[Row]:
    for entry in now.fresh:
        at = dialect.instant(entry.at)
        yield now.id, entry.number, entry.kind.value, entry.quantity, entry.balance, entry.reference, at


def _reservation_values(reservation: Reservation, dialect: Dialect) -> Row:
    expires_at = reservation.expires_at
    return reservation.state.value, None if expires_at is None else dialect.instant(expires_at)


def _reservation(row: Row, parts: Parts, dialect: Dialect) -> Reservation:
    id_, version, told, state, expires_at = row
    return Reservation(
        id=ReservationId(id_),
        version=version,
        told=told,
        state=ReservationState(state),
        expires_at=None if expires_at is None else dialect.moment(expires_at),
        entries=tuple(
            ReservationEntry(
                number,
                ReservationEntryKind(kind),
                VariantId(variant),
                LocationId(location),
                quantity,
                balance,
                reference,
            )
            for _, number, kind, _, variant, location, quantity, balance, reference in parts[0]
        ),
    )


def _fresh_reservation_lines(before: Reservation | None, now: Reservation, _: Dialect) -> Iterable[Row]:
    known = len(before.entries) if before else 0
    for entry in now.entries[known:]:
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.item,
            entry.variant,
            entry.location,
            entry.quantity,
            entry.balance,
            entry.reference,
        )


MAPPED: Mapping[type, Mapped[Any]] = {
    Location: Mapped(Location, tables.locations, ("name", "priority"), (), _location_values, _location),
    StockItem: Mapped(
        StockItem,
        tables.stock_items,
        ("on_hand", "reserved", "entries"),
        ("variant", "location"),
        _stock_item_values,
        _stock_item,
        (
            Part(
                tables.stock_movements,
                ("item", "number", "kind", "quantity", "balance", "reference", "at"),
                "number",
                _fresh_movements,
                loaded=False,
            ),
        ),
    ),
    Reservation: Mapped(
        Reservation,
        tables.reservations,
        ("state", "expires_at"),
        (),
        _reservation_values,
        _reservation,
        (
            Part(
                tables.reservation_lines,
                (
                    "reservation",
                    "number",
                    "kind",
                    "item",
                    "variant",
                    "location",
                    "quantity",
                    "balance",
                    "reference",
                ),
                "number",
                _fresh_reservation_lines,
            ),
        ),
    ),
}
