"""The repository of reservations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import String, bindparam, func, literal_column, select

from ecomcore.inventory import Reservation, Reservations
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import ReservationId, StockItemId
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.stock_tables import reservation_lines, reservations
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["SqlReservations"]

# A constant, not a parameter: only so may the index of the open ones be used.
_IS_OPEN = reservations.c.state == literal_column("'open'")
_IS_LATE = reservations.c.expires_at <= bindparam("now", type_=INSTANT)


class SqlReservations(SqlRepository[Reservation, ReservationId], Reservations):
    kind: ClassVar[type[Reservation]] = Reservation  # type: ignore[misc]

    def expired(self, now: Instant, limit: int) -> Sequence[Reservation]:
        columns = reservations.c
        stored = self._load(
            "expired",
            lambda roots: roots.where(_IS_OPEN, _IS_LATE).order_by(columns.expires_at, columns.id).limit(LIMIT),
            now=self._session.dialect.instant(now),
            limit=self._room_for(limit),
        )
        return self._late(stored, now)[:limit]

    def overdue(self, items: Collection[StockItemId], now: Instant, limit: int) -> Sequence[Reservation]:
        dialect, columns, lines = self._session.dialect, reservations.c, reservation_lines.c
        held = (
            select(func.sum(lines.quantity))
            .where(lines.reservation == columns.id, dialect.any_of(lines.item, "ids"))
            .scalar_subquery()
        )
        stored = self._load(
            "overdue",
            lambda roots: (
                roots.where(_IS_OPEN, _IS_LATE, held > literal_column("0"))
                .order_by(columns.expires_at, columns.id)
                .limit(LIMIT)
                .with_for_update(skip_locked=True, key_share=True)
            ),
            lock=True,
            ids=dialect.list_of(sorted(items)),
            now=dialect.instant(now),
            limit=self._room_for(limit),
        )
        self._locked.update(reservation.id for reservation in stored)
        wanted = frozenset(items)
        return [each for each in self._late(stored, now) if any(line.item in wanted for line in each.lines)][:limit]

    def overdue_sums(self, items: Collection[StockItemId], now: Instant) -> Mapping[StockItemId, int]:
        dialect, columns, lines = self._session.dialect, reservations.c, reservation_lines.c
        saved = {reservation.id: reservation for reservation in self._changes.changed_now(Reservation)}
        # Written so that it can only be answered from the late ones on, which are few, however long the history is.
        nothing = literal_column("''", String)
        item_of: Any = lines.item.concat(nothing)
        rows = self._session.fetch(
            "reservations.overdue_sums",
            lambda: (
                select(lines.item, func.sum(lines.quantity))
                .select_from(reservations)
                .join(reservation_lines, lines.reservation == columns.id.concat(nothing))
                .where(_IS_OPEN, _IS_LATE)
                .where(dialect.any_of(item_of, "ids"), ~dialect.any_of(columns.id, "saved"))
                .group_by(lines.item)
            ),
            ids=dialect.list_of(sorted(items)),
            saved=dialect.list_of(sorted(saved)),
            now=dialect.instant(now),
        )
        sums: dict[StockItemId, int] = defaultdict(
            int, {StockItemId(item): int(units) for item, units in rows if units}
        )
        for reservation in self._late((), now):
            for line in reservation.lines:
                if line.item in items:
                    sums[line.item] += line.quantity
        return sums

    def of_item(self, item: StockItemId, after: ReservationId | None, limit: int) -> Sequence[Reservation]:
        columns, lines = reservations.c, reservation_lines.c
        held = (
            select(func.sum(lines.quantity))
            .where(lines.reservation == columns.id, lines.item == bindparam("item"))
            .scalar_subquery()
        )
        holding = select(lines.reservation).where(
            lines.item == bindparam("item"), lines.reservation > bindparam("after")
        )
        stored = self._load(
            "of_item",
            lambda roots: (
                roots.where(_IS_OPEN, columns.id.in_(holding), held > literal_column("0"))
                .order_by(columns.id)
                .limit(LIMIT)
            ),
            item=item,
            after=after or "",
            limit=self._room_for(limit),
        )

        def holds(each: Reservation) -> bool:
            return each.is_open and each.id > (after or "") and any(line.item == item for line in each.lines)

        return self._merged(stored, holds)[:limit]

    def _late(self, stored: Sequence[Reservation], now: Instant) -> list[Reservation]:
        """Those of the stored ones, and of those saved here, that are open and whose time has run out."""
        late: list[Any] = [
            (reservation.expires_at, reservation.id, reservation)
            for reservation in self._merged(stored, lambda _: True)
            if reservation.is_open and reservation.expires_at is not None and reservation.expires_at <= now
        ]
        return [reservation for _, _, reservation in sorted(late, key=lambda each: each[:2])]
