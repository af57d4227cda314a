"""The repository of closed months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import bindparam, select

from ecomcore.inventory import MonthLine, StockMonth, StockMonths
from ecomcore.kernel.ids import StockItemId, StockMonthId
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.stock_tables import stock_month_lines

__all__ = ["SqlStockMonths"]


class SqlStockMonths(SqlRepository[StockMonth, StockMonthId], StockMonths):
    kind: ClassVar[type[StockMonth]] = StockMonth  # type: ignore[misc]

    def lines(self, month: StockMonthId, after: StockItemId | None, limit: int) -> Sequence[MonthLine]:
        columns = stock_month_lines.c
        rows = self._session.fetch(
            "stock_month_lines.page",
            lambda: (
                select(columns.item, columns.on_hand, columns.damaged)
                .where(columns.month == bindparam("month"), columns.item > bindparam("after"))
                .order_by(columns.item)
                .limit(LIMIT)
            ),
            month=month,
            after=after or "",
            limit=limit,
        )
        current = self._current(month)
        fresh = [line for line in (current.fresh if current else ()) if line.item > (after or "")]
        return [*(MonthLine(StockItemId(item), on_hand, damaged) for item, on_hand, damaged in rows), *fresh][:limit]
