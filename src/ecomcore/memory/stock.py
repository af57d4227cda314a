"""The repositories of the stock in memory: locations, stock items with their ledgers, reservations, months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from ecomcore.inventory import (
    Condition,
    ItemLot,
    LedgerSum,
    Location,
    Locations,
    MonthLine,
    Movement,
    MovementKind,
    Reservation,
    Reservations,
    StockItem,
    StockItems,
    StockMonth,
    StockMonths,
    TracedMovement,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, StockMonthId, VariantId
from ecomcore.memory.repositories import MemoryRepository

__all__ = ["MemoryLocations", "MemoryReservations", "MemoryStockItems", "MemoryStockMonths"]


class MemoryLocations(MemoryRepository[Location, LocationId], Locations):
    kind: ClassVar[type[Location]] = Location  # type: ignore[misc]


class MemoryStockItems(MemoryRepository[StockItem, StockItemId], StockItems):
    kind: ClassVar[type[StockItem]] = StockItem  # type: ignore[misc]

    def of_variants(
        self,
        variants: Collection[VariantId],
        *,
        lock: bool = False,  # noqa: ARG002 - all is ours anyway
    ) -> Sequence[StockItem]:
        wanted = frozenset(variants)
        stored = [id_ for variant in wanted for id_ in self._tables.items_of.get(variant, ())]
        saved = [item.id for item in self._changes.changed_now(StockItem) if item.variant in wanted]
        return list(self.many(sorted({*stored, *saved})).values())

    def shares(
        self,
        wanted: Mapping[StockItemId, int],
        keep: Mapping[StockItemId, int] | None = None,  # noqa: ARG002 - all of it is locked
    ) -> Mapping[StockItemId, StockItem]:
        return self.many(sorted(wanted))

    def at_location(
        self, location: LocationId, after: VariantId | None, limit: int, *, on_hand: bool = False
    ) -> Sequence[StockItem]:
        there = {id_: self._rows[id_] for id_ in self._tables.items_at.get(location, ())}
        there.update((item.id, item) for item in self._changes.changed_now(StockItem) if item.location == location)
        wanted = (
            item for item in there.values() if (after is None or item.variant > after) and (item.on_hand or not on_hand)
        )
        chosen = sorted(wanted, key=lambda item: item.variant)[:limit]
        return list(self.many([item.id for item in chosen]).values())

    def movements(self, item: StockItemId, after: int = 0, limit: int = 100) -> Sequence[Movement]:
        return self._ledger(item)[after : after + limit]

    def movements_of_lot(self, variant: VariantId, lot: str, limit: int) -> Sequence[TracedMovement]:
        found = [
            TracedMovement(item.id, movement)
            for item in self.of_variants([variant])
            for movement in self._ledger(item.id)
            if movement.lot == lot
        ]
        return sorted(found, key=lambda each: (each.movement.at, each.item, each.movement.number))[:limit]

    def ledger_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, LedgerSum]:
        return {item: _sum(self._ledger(item)) for item in items}

    def reserved_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
        return units_of(self._open(), items)

    def expiring(
        self, before: Instant, after: tuple[StockItemId, str] | None, limit: int, *, untold: bool = False
    ) -> Sequence[ItemLot]:
        found = [
            ItemLot(item.id, item.variant, item.location, lot)
            for item in self._all()
            for lot in item.lots
            if lot.quantity and lot.is_expired(before) and not (untold and lot.warned)
        ]
        ordered = sorted(found, key=lambda each: (each.item, each.lot.code))
        return [each for each in ordered if after is None or (each.item, each.lot.code) > after][:limit]

    def unsold(
        self, since: Instant, after: StockItemId | None, limit: int, *, untold: bool = False
    ) -> Sequence[StockItem]:
        dead = (
            item
            for item in self._all()
            if item.on_hand and item.active_at is not None and item.active_at < since and not (untold and item.dead)
        )
        return self._in_order(dead, after, limit)

    def due(self, now: Instant, limit: int) -> Sequence[StockItem]:
        due = sorted((item.due_at, item.id) for item in self._all() if item.due_at is not None and item.due_at <= now)
        return list(self.many([id_ for _, id_ in due[:limit]]).values())

    def striped(self, after: StockItemId | None, limit: int) -> Sequence[StockItem]:
        return self._in_order((item for item in self._all() if item.stripes), after, limit)

    def sold(self, location: LocationId, since: Instant) -> Mapping[VariantId, int]:
        sold: dict[VariantId, int] = defaultdict(int)
        for item in self._all():
            if item.location == location:
                for movement in self._ledger(item.id):
                    if movement.kind is MovementKind.SALE and movement.at >= since:
                        sold[item.variant] -= movement.quantity
        return {variant: units for variant, units in sold.items() if units}

    def balances(self, until: Instant, after: StockItemId | None, limit: int) -> Sequence[MonthLine]:
        lines = []
        for item in sorted(item.id for item in self._all() if after is None or item.id > after):
            known = [movement for movement in self._ledger(item) if movement.at < until]
            if known:
                summed = _sum(known)
                lines.append(MonthLine(item, summed.good, summed.damaged))
        return lines[:limit]

    def _open(self) -> Iterator[Reservation]:
        """The open reservations, as this unit of work has them."""
        saved = {reservation.id: reservation for reservation in self._changes.changed_now(Reservation)}
        stored = self._tables.rows[Reservation]
        for id_ in self._tables.open_reservations | saved.keys():
            reservation = saved.get(id_) or stored[id_]
            if reservation.is_open:
                yield reservation

    def _ledger(self, item: StockItemId) -> list[Movement]:
        current = self._changes.current(StockItem, item)
        return [*self._tables.movements.get(item, ()), *(current.fresh if current else ())]


class MemoryReservations(MemoryRepository[Reservation, ReservationId], Reservations):
    kind: ClassVar[type[Reservation]] = Reservation  # type: ignore[misc]

    def expired(self, now: Instant, limit: int) -> Sequence[Reservation]:
        return self._late(now)[:limit]

    def overdue(self, items: Collection[StockItemId], now: Instant, limit: int) -> Sequence[Reservation]:
        wanted = frozenset(items)
        return [each for each in self._late(now) if any(line.item in wanted for line in each.lines)][:limit]

    def overdue_sums(self, items: Collection[StockItemId], now: Instant) -> Mapping[StockItemId, int]:
        return units_of(self._late(now), items)

    def of_item(self, item: StockItemId, after: ReservationId | None, limit: int) -> Sequence[Reservation]:
        holding = (each for each in self._open() if any(line.item == item for line in each.lines))
        return self._in_order(holding, after, limit)

    def _late(self, now: Instant) -> list[Reservation]:
        """Open ones whose time has run out, longest ago first."""
        late = sorted(
            (reservation.expires_at, reservation.id)
            for reservation in self._open()
            if reservation.expires_at is not None and reservation.expires_at <= now
        )
        return list(self.many([id_ for _, id_ in late]).values())

    def _open(self) -> Iterator[Reservation]:
        saved = {reservation.id: reservation for reservation in self._changes.changed_now(Reservation)}
        for id_ in self._tables.open_reservations | saved.keys():
            reservation = saved.get(id_) or self._rows[id_]
            if reservation.is_open:
                yield reservation


class MemoryStockMonths(MemoryRepository[StockMonth, StockMonthId], StockMonths):
    kind: ClassVar[type[StockMonth]] = StockMonth  # type: ignore[misc]

    def lines(self, month: StockMonthId, after: StockItemId | None, limit: int) -> Sequence[MonthLine]:
        current = self._changes.current(StockMonth, month)
        known = [*self._tables.month_lines.get(month, ()), *(current.fresh if current else ())]
        return [line for line in known if after is None or line.item > after][:limit]


def units_of(reservations: Iterable[Reservation], items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
    """The units that these reservations hold of each item."""
    wanted = frozenset(items)
    sums: dict[StockItemId, int] = defaultdict(int)
    for reservation in reservations:
        for line in reservation.lines:
            if line.item in wanted:
                sums[line.item] += line.quantity
    return sums


def _sum(ledger: Sequence[Movement]) -> LedgerSum:
    good = sum(entry.quantity for entry in ledger if entry.condition is Condition.GOOD)
    return LedgerSum(len(ledger), good, sum(entry.quantity for entry in ledger) - good)
