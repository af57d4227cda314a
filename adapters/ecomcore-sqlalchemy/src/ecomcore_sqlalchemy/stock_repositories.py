"""The repositories of the stock: locations, stock items with their ledgers and lots, and closed months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)

from ecomcore.inventory import (
    Condition,
    ItemLot,
    LedgerSum,
    MonthLine,
    Movement,
    MovementKind,
    Reservation,
    Reservations,
    StockItem,
    StockItems,
    StockMonths,
    TracedMovement,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore_sqlalchemy.mappings.inventory import lot_of
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository, locked
from ecomcore_sqlalchemy.reservation_repositories import SqlReservations
from ecomcore_sqlalchemy.stock_month_repositories import SqlStockMonths
from ecomcore_sqlalchemy.stock_tables import (
    reservation_lines,
    reservations,
    stock_items,
    stock_lots,
    stock_movements,
)
from ecomcore_sqlalchemy.stock_watched import WatchedRepository
from ecomcore_sqlalchemy.tables import INSTANT
from ecomcore_sqlalchemy.writes import Row

__all__ = ["STOCK_REPOSITORIES"]

_MOVEMENT = ("number", "kind", "quantity", "balance", "reference", "at", "condition", "lot", "reason", "actor")
_NOTHING: Final[ColumnElement[str]] = literal_column("''", String)
_IN_CONDITION: Final[dict[Condition, Any]] = {
    Condition.GOOD: literal_column("'good'"),
    Condition.DAMAGED: literal_column("'damaged'"),
}
_AFTER: Final[BindParameter[str]] = bindparam("after")


class SqlStockItems(WatchedRepository, StockItems):
    kind: ClassVar[type[StockItem]] = StockItem  # type: ignore[misc]

    def many(self, ids: Sequence[StockItemId], *, lock: bool = False) -> Mapping[StockItemId, StockItem]:
        if lock and self._session.dialect.stripes:
            self._lock_plain(self._unlocked(ids))  # in the order of ``shares``: plain items first, then striped ones
        return super().many(ids, lock=lock)

    # Items -----------------------------------------------------------------------------------------------------------

    def of_variants(self, variants: Collection[VariantId], *, lock: bool = False) -> Sequence[StockItem]:
        dialect, columns = self._session.dialect, stock_items.c
        stored = self._load(
            "of_variants_locked" if lock else "of_variants",
            lambda roots: locked(roots.where(dialect.any_of(columns.variant, "ids")).order_by(columns.id), lock=lock),
            lock=lock,
            ids=dialect.list_of(sorted(variants)),
        )
        if lock:
            self._locked.update(item.id for item in stored)
        wanted = frozenset(variants)
        return self._merged(stored, lambda item: item.variant in wanted)

    def at_location(
        self, location: LocationId, after: VariantId | None, limit: int, *, on_hand: bool = False
    ) -> Sequence[StockItem]:
        columns = stock_items.c
        stored = self._load(
            "on_hand_at_location" if on_hand else "at_location",
            lambda roots: (
                roots.where(columns.location == bindparam("location"), columns.variant > _AFTER)
                .where(*((columns.on_hand > literal_column("0"),) if on_hand else ()))
                .order_by(columns.variant)
                .limit(LIMIT)
            ),
            location=location,
            after=after or "",
            limit=self._room_for(limit),
        )

        def is_there(item: StockItem) -> bool:
            return item.location == location and item.variant > (after or "") and bool(item.on_hand or not on_hand)

        return sorted(self._merged(stored, is_there), key=lambda item: item.variant)[:limit]

    # The ledger ------------------------------------------------------------------------------------------------------

    def movements(self, item: StockItemId, after: int = 0, limit: int = 100) -> Sequence[Movement]:
        columns = stock_movements.c
        rows = self._session.fetch(
            "stock_movements.page",
            lambda: (
                select(*(columns[name] for name in _MOVEMENT))
                .where(columns.item == bindparam("item"), columns.number > bindparam("after", type_=Integer))
                .order_by(columns.number)
                .limit(LIMIT)
            ),
            item=item,
            after=after,
            limit=limit,
        )
        fresh = [entry for entry in self._fresh(item) if entry.number > after]
        return [*map(self._movement, rows), *fresh][:limit]

    def movements_of_lot(self, variant: VariantId, lot: str, limit: int) -> Sequence[TracedMovement]:
        columns = stock_movements.c
        rows = self._session.fetch(
            "stock_movements.of_lot",
            lambda: (
                select(columns.item, *(columns[name] for name in _MOVEMENT))
                .join(stock_items, stock_items.c.id == columns.item)
                .where(columns.lot == bindparam("lot"), columns.lot != literal_column("''"))
                .where(stock_items.c.variant == bindparam("variant"))
                .order_by(columns["at"], columns.item, columns.number)
                .limit(LIMIT)
            ),
            lot=lot,
            variant=variant,
            limit=limit,
        )
        found = [TracedMovement(StockItemId(item), self._movement(row)) for item, *row in rows]
        for item in self._changes.changed_now(StockItem):
            if item.variant == variant:
                found.extend(TracedMovement(item.id, entry) for entry in item.fresh if entry.lot == lot)
        return sorted(found, key=lambda each: (each.movement.at, each.item, each.movement.number))[:limit]

    def ledger_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, LedgerSum]:
        dialect, columns = self._session.dialect, stock_movements.c
        damaged = case((columns.condition == literal_column("'damaged'"), columns.quantity), else_=literal_column("0"))
        rows = self._session.fetch(
            "stock_movements.sums",
            lambda: (
                select(columns.item, func.count(), func.sum(columns.quantity), func.sum(damaged))
                .where(dialect.any_of(columns.item, "ids"))
                .group_by(columns.item)
            ),
            ids=dialect.list_of(sorted(items)),
        )
        sums = {
            StockItemId(item): LedgerSum(entries, int(units) - int(bad), int(bad)) for item, entries, units, bad in rows
        }
        for item in self._changes.changed_now(StockItem):
            if item.id in items and item.fresh:
                known, fresh = sums.get(item.id, LedgerSum(0, 0, 0)), item.fresh
                good, bad = (
                    sum(entry.quantity for entry in fresh if entry.condition is condition)
                    for condition in (Condition.GOOD, Condition.DAMAGED)
                )
                sums[item.id] = LedgerSum(known.entries + len(fresh), known.good + good, known.damaged + bad)
        return sums

    def sold(self, location: LocationId, since: Instant) -> Mapping[VariantId, int]:
        items, columns = stock_items.c, stock_movements.c
        rows = self._session.fetch(
            "stock_movements.sold",
            lambda: (
                select(items.variant, func.sum(columns.quantity))
                .join(stock_movements, columns.item == items.id)
                .where(items.location == bindparam("location"), columns.kind == literal_column("'sale'"))
                .where(columns["at"] >= bindparam("since", type_=INSTANT))
                .group_by(items.variant)
            ),
            location=location,
            since=self._session.dialect.instant(since),
        )
        sold: dict[VariantId, int] = defaultdict(int, {VariantId(variant): -int(units) for variant, units in rows})
        for item in self._changes.changed_now(StockItem):
            if item.location == location:
                for entry in item.fresh:
                    if entry.kind is MovementKind.SALE and entry.at >= since:
                        sold[item.variant] -= entry.quantity
        return {variant: units for variant, units in sold.items() if units}

    def balances(self, until: Instant, after: StockItemId | None, limit: int) -> Sequence[MonthLine]:
        items, columns = stock_items.c, stock_movements.c
        before = and_(columns.item == items.id, columns["at"] < bindparam("until", type_=INSTANT))

        def last(condition: Condition) -> Any:
            """What was there after the last entry of units in this condition."""
            of_it = columns.condition == _IN_CONDITION[condition]
            return (
                select(columns.balance).where(before, of_it).order_by(columns.number.desc()).limit(1).scalar_subquery()
            )

        rows = self._session.fetch(
            "stock_movements.balances",
            lambda: (
                select(items.id, last(Condition.GOOD), last(Condition.DAMAGED))
                .where(items.id > _AFTER, exists(select(columns.number).where(before)))
                .order_by(items.id)
                .limit(LIMIT)
            ),
            until=self._session.dialect.instant(until),
            after=after or "",
            limit=limit,
        )
        return [MonthLine(StockItemId(item), good or 0, bad or 0) for item, good, bad in rows]

    # Lots and reservations -------------------------------------------------------------------------------------------

    def expiring(
        self, before: Instant, after: tuple[StockItemId, str] | None, limit: int, *, untold: bool = False
    ) -> Sequence[ItemLot]:
        dialect, columns = self._session.dialect, stock_lots.c
        names = ("code", "quantity", "expires_at", "owner", "received_at", "warned")
        item_of = columns.item.concat(_NOTHING)  # not by the index of the item: few lots expire, and many are kept
        changed = {item.id: item for item in self._changes.changed_now(StockItem)}
        rows = self._session.fetch(
            "stock_lots.expiring_untold" if untold else "stock_lots.expiring",
            lambda: (
                select(stock_items.c.id, stock_items.c.variant, stock_items.c.location, *(columns[n] for n in names))
                .join(stock_items, stock_items.c.id == columns.item)
                .where(columns.expires_at <= bindparam("before", type_=INSTANT), columns.quantity > literal_column("0"))
                .where(tuple_(item_of, columns.code) > tuple_(bindparam("item"), bindparam("code")))
                .where(~dialect.any_of(columns.item, "changed"), *((~columns.warned,) if untold else ()))
                .order_by(item_of, columns.code)
                .limit(LIMIT)
            ),
            before=dialect.instant(before),
            item=after[0] if after else "",
            code=after[1] if after else "",
            changed=dialect.list_of(sorted(changed)),
            limit=limit,
        )
        found = [
            ItemLot(StockItemId(item), VariantId(variant), LocationId(location), lot_of(tuple(lot), dialect))
            for item, variant, location, *lot in rows
        ]
        for item in changed.values():
            for lot in item.lots:
                untold_or_wanted = not (untold and lot.warned) and (after is None or (item.id, lot.code) > after)
                if lot.quantity and lot.is_expired(before) and untold_or_wanted:
                    found.append(ItemLot(item.id, item.variant, item.location, lot))
        return sorted(found, key=lambda each: (each.item, each.lot.code))[:limit]

    def reserved_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
        dialect, lines = self._session.dialect, reservation_lines.c
        saved = {reservation.id: reservation for reservation in self._changes.changed_now(Reservation)}
        rows = self._session.fetch(
            "reservation_lines.sums",
            lambda: (
                select(lines.item, func.sum(lines.quantity))
                .join(reservations, reservations.c.id == lines.reservation)
                .where(reservations.c.state == literal_column("'open'"))
                .where(dialect.any_of(lines.item, "ids"), ~dialect.any_of(reservations.c.id, "saved"))
                .group_by(lines.item)
            ),
            ids=dialect.list_of(sorted(items)),
            saved=dialect.list_of(sorted(saved)),
        )
        sums: dict[StockItemId, int] = defaultdict(int, {StockItemId(item): int(units) for item, units in rows})
        for reservation in saved.values():
            for line in reservation.lines if reservation.is_open else ():
                if line.item in items:
                    sums[line.item] += line.quantity
        return sums

    def _fresh(self, item: StockItemId) -> Iterable[Movement]:
        current = self._current(item)
        return current.fresh if current else ()

    def _movement(self, row: Row | Sequence[Any]) -> Movement:
        number, kind, quantity, balance, reference, at, condition, lot, reason, actor = row
        return Movement(
            number,
            MovementKind(kind),
            quantity,
            balance,
            reference,
            self._session.dialect.moment(at),
            Condition(condition),
            lot,
            reason,
            actor,
        )


STOCK_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    StockItems: SqlStockItems,
    Reservations: SqlReservations,
    StockMonths: SqlStockMonths,
}
