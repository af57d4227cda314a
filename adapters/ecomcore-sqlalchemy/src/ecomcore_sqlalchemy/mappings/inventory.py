"""Locations, stock items with their ledger and lots, and closed months as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ecomcore.inventory import (
    BackOrders,
    Beyond,
    Grade,
    Level,
    Location,
    LocationKind,
    Lot,
    PreOrders,
    StockItem,
    StockMonth,
    Tracking,
)
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, StockItemId, StockMonthId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.place import Place
from ecomcore_sqlalchemy import stock_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.mappings import reservations
from ecomcore_sqlalchemy.mappings.reservations import instant_of, moment_of, names
from ecomcore_sqlalchemy.writes import Row

__all__ = ["LOT", "MAPPED", "lot_of"]

Parts = Sequence[Sequence[Row]]

_BACK_ORDERS: Final = "back_orders"
_PRE_ORDERS: Final = "pre_orders"

LOT = ("item", "id", "position", "code", "quantity", "expires_at", "owner", "received_at", "warned")
"""The columns of a lot that make one."""


def _location_values(location: Location, _: Dialect) -> Row:
    place, cost = location.place, location.parcel_cost
    return (
        location.name,
        location.priority,
        location.kind.value,
        *((place.country, place.region, place.postcode, place.latitude, place.longitude) if place else (None,) * 5),
        location.ships,
        location.collects,
        *((cost.minor, cost.currency) if cost else (None, None)),
    )


def _location(row: Row, _: Parts, __: Dialect) -> Location:
    id_, version, told, name, priority, kind, country, *where, ships, collects, cost, currency = row
    return Location(
        id=LocationId(id_),
        version=version,
        told=told,
        name=name,
        priority=priority,
        kind=LocationKind(kind),
        place=None if country is None else trusted(Place, country, *where),
        ships=bool(ships),
        collects=bool(collects),
        parcel_cost=None if cost is None else Money(cost, Currency(currency)),
    )


# Stock items -------------------------------------------------------------------------------------------------------


def _stock_item_values(item: StockItem, dialect: Dialect) -> Row:
    return (
        item.on_hand,
        item.reserved,
        item.entries,
        item.damaged,
        item.short,
        item.buffer,
        *_beyond_values(item.beyond, dialect),
        item.low,
        item.tracking.value,
        item.queued,
        None if item.grade is None else item.grade.value,
        item.stripes,
        item.level.value,
        instant_of(item.counted_at, dialect),
        instant_of(item.active_at, dialect),
        item.dead,
        instant_of(item.due_at, dialect),
        item.variant,
        item.location,
    )


def _beyond_values(beyond: Beyond | None, dialect: Dialect) -> Row:
    match beyond:
        case None:
            return "", 0, None, None
        case BackOrders(cap, days):
            return _BACK_ORDERS, cap, days, None
        case PreOrders(quota, release_at):
            return _PRE_ORDERS, quota, None, dialect.instant(release_at)


def _beyond(kind: str, cap: int, days: int | None, release_at: Any, dialect: Dialect) -> Beyond | None:
    if kind == _BACK_ORDERS:
        return BackOrders(cap, days)
    return PreOrders(cap, dialect.moment(release_at)) if kind == _PRE_ORDERS else None


def _stock_item(row: Row, parts: Parts, dialect: Dialect) -> StockItem:
    id_, version, told, on_hand, reserved, entries, damaged, short, buffer, beyond, cap, days, release_at = row[:13]
    low, tracking, queued, grade, stripes, level, counted_at, active_at, dead, due_at, variant, location = row[13:]
    return StockItem(
        id=StockItemId(id_),
        version=version,
        told=told,
        variant=VariantId(variant),
        location=LocationId(location),
        on_hand=on_hand,
        damaged=damaged,
        reserved=reserved,
        short=short,
        buffer=buffer,
        beyond=_beyond(beyond, cap, days, release_at, dialect) if beyond else None,
        low=low,
        tracking=Tracking(tracking),
        lots=tuple(lot_of(lot[3:9], dialect) for lot in parts[0]),
        queued=bool(queued),
        grade=None if grade is None else Grade(grade),
        stripes=stripes,
        level=Level(level),
        counted_at=moment_of(counted_at, dialect),
        active_at=moment_of(active_at, dialect),
        dead=bool(dead),
        due_at=moment_of(due_at, dialect),
        entries=entries,
    )


_TRACKING: Final = 14


def _keeps_lots(root: Row) -> bool:
    return bool(root[_TRACKING] != Tracking.NONE.value)


def lot_of(row: Row, dialect: Dialect) -> Lot:
    """A lot from the columns after its position."""
    code, quantity, expires_at, owner, received_at, warned = row
    return Lot(code, quantity, moment_of(expires_at, dialect), owner, dialect.moment(received_at), warned=bool(warned))


def _lot_row(item: StockItem, position: int, lot: Lot, dialect: Dialect) -> Row:
    return (
        item.id,
        f"{item.id} {lot.code}",  # no id has a blank: other parts never join alike
        position,
        lot.code,
        lot.quantity,
        instant_of(lot.expires_at, dialect),
        lot.owner,
        dialect.instant(lot.received_at),
        lot.warned,
        item.variant,
        item.tracking is Tracking.SERIALS,
    )


def _fresh_lots(before: StockItem | None, now: StockItem, dialect: Dialect) -> Iterable[Row]:
    known = len(before.lots) if before else 0
    for position, lot in enumerate(now.lots[known:], known):
        yield _lot_row(now, position, lot, dialect)


def _changed_lots(before: StockItem, now: StockItem, dialect: Dialect) -> Iterable[Row]:
    for position, (old, new) in enumerate(zip(before.lots, now.lots, strict=False)):
        if old is not new and old != new:
            item, id_, *rest = _lot_row(now, position, new, dialect)
            yield id_, item, *rest


def _fresh_movements(_: StockItem | None, now: StockItem, dialect: Dialect) -> Iterable[Row]:
    for entry in now.fresh:
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.quantity,
            entry.balance,
            entry.reference,
            dialect.instant(entry.at),
            entry.condition.value,
            entry.lot,
            entry.reason,
            entry.actor,
        )


# Months ------------------------------------------------------------------------------------------------------------


def _month_values(month: StockMonth, dialect: Dialect) -> Row:
    return dialect.instant(month.until), month.items, month.units


def _month(row: Row, _: Parts, dialect: Dialect) -> StockMonth:
    id_, version, told, until, items, units = row
    return StockMonth(
        id=StockMonthId(id_), version=version, told=told, until=dialect.moment(until), items=items, units=units
    )


def _fresh_month_lines(_: StockMonth | None, now: StockMonth, __: Dialect) -> Iterable[Row]:
    for line in now.fresh:
        yield now.id, line.item, line.on_hand, line.damaged


MAPPED: Mapping[type, Mapped[Any]] = {
    Location: Mapped(
        Location,
        tables.locations,
        names(
            "name priority kind country region postcode latitude longitude ships collects parcel_cost parcel_currency"
        ),
        (),
        _location_values,
        _location,
    ),
    StockItem: Mapped(
        StockItem,
        tables.stock_items,
        names(
            "on_hand reserved entries damaged short buffer beyond cap days release_at low tracking queued grade "
            "stripes level counted_at active_at dead due_at"
        ),
        ("variant", "location"),
        _stock_item_values,
        _stock_item,
        (
            Part(
                tables.stock_lots,
                (*LOT, "variant", "serial"),
                "position",
                _fresh_lots,
                _changed_lots,
                needed=_keeps_lots,
            ),
            Part(
                tables.stock_movements,
                names("item number kind quantity balance reference at condition lot reason actor"),
                "number",
                _fresh_movements,
                loaded=False,
            ),
        ),
        shifted=("reserved",),
    ),
    **reservations.MAPPED,
    StockMonth: Mapped(
        StockMonth,
        tables.stock_months,
        ("until", "items", "units"),
        (),
        _month_values,
        _month,
        (
            Part(
                tables.stock_month_lines,
                ("month", "item", "on_hand", "damaged"),
                "item",
                _fresh_month_lines,
                loaded=False,
            ),
        ),
    ),
}
