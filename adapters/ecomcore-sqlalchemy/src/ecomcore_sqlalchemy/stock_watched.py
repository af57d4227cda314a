"""Which stock items somebody should look at: what nobody buys, what time has changed, what is striped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BindParameter, bindparam, literal_column

from ecomcore.inventory import StockItem
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import StockItemId
from ecomcore_sqlalchemy.repository import LIMIT
from ecomcore_sqlalchemy.stock_stripes import StripedRepository
from ecomcore_sqlalchemy.stock_tables import stock_items
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["WatchedRepository"]

_AFTER: Final[BindParameter[str]] = bindparam("after")


class WatchedRepository(StripedRepository):
    """Stock items, found by what is to be told of them; with what this unit of work has saved."""

    def unsold(
        self, since: Instant, after: StockItemId | None, limit: int, *, untold: bool = False
    ) -> Sequence[StockItem]:
        columns = stock_items.c
        stored = self._load(
            "unsold_untold" if untold else "unsold",
            lambda roots: (
                roots.where(columns.active_at < bindparam("since", type_=INSTANT))
                .where(columns.on_hand > literal_column("0"), columns.id > _AFTER)
                .where(*((~columns.dead,) if untold else ()))
                .order_by(columns.id)
                .limit(LIMIT)
            ),
            since=self._session.dialect.instant(since),
            after=after or "",
            limit=self._room_for(limit),
        )

        def lies(item: StockItem) -> bool:
            unsold = item.on_hand > 0 and item.active_at is not None and item.active_at < since
            return unsold and item.id > (after or "") and not (untold and item.dead)

        return self._merged(stored, lies)[:limit]

    def due(self, now: Instant, limit: int) -> Sequence[StockItem]:
        columns = stock_items.c
        stored = self._load(
            "due",
            lambda roots: (
                roots.where(columns.due_at <= bindparam("now", type_=INSTANT))
                .order_by(columns.due_at, columns.id)
                .limit(LIMIT)
            ),
            now=self._session.dialect.instant(now),
            limit=self._room_for(limit),
        )
        due = self._merged(stored, lambda item: item.due_at is not None and item.due_at <= now)
        return sorted(due, key=lambda item: (item.due_at or now, item.id))[:limit]

    def striped(self, after: StockItemId | None, limit: int) -> Sequence[StockItem]:
        columns = stock_items.c
        stored = self._load(
            "striped",
            lambda roots: (
                roots.where(columns.stripes > literal_column("0"), columns.id > _AFTER)
                .order_by(columns.id)
                .limit(LIMIT)
            ),
            after=after or "",
            limit=self._room_for(limit),
        )
        return self._merged(stored, lambda item: item.stripes > 0 and item.id > (after or ""))[:limit]
