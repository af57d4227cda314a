"""The repositories of stock counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import bindparam, select

from ecomcore.counting import (
    AbcGrade,
    CountBoard,
    CountBoards,
    CountFilter,
    CountKind,
    CountState,
    CountSummary,
    StockCount,
    StockCounts,
    summary_of,
)
from ecomcore.kernel.ids import LocationId, StockCountId
from ecomcore_sqlalchemy.counting_tables import stock_counts
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.writes import Row

__all__ = ["COUNTING_REPOSITORIES"]

_SUMMARY = (
    "id",
    "location",
    "kind",
    "grade",
    "blind",
    "state",
    "lines",
    "doubted",
    "started_at",
    "started_by",
    "ended_at",
    "ended_by",
    "reason",
)


class SqlStockCounts(SqlRepository[StockCount, StockCountId], StockCounts):
    kind: ClassVar[type[StockCount]] = StockCount  # type: ignore[misc]

    def listed(self, wanted: CountFilter, before: StockCountId | None, limit: int) -> Sequence[CountSummary]:
        columns = stock_counts.c
        given = {"location": wanted.location, "state": wanted.state and wanted.state.value, "before": before}
        narrowed = {name: value for name, value in given.items() if value is not None}
        conditions = {
            "location": columns.location == bindparam("location"),
            "state": columns.state == bindparam("state"),
            "before": columns.id < bindparam("before"),
        }
        rows = self._session.fetch(
            "_".join(("stock_counts.listed", *narrowed)),
            lambda: (
                select(*(columns[name] for name in _SUMMARY))
                .where(*(conditions[name] for name in narrowed))
                .order_by(columns.id.desc())
                .limit(LIMIT)
            ),
            limit=self._room_for(limit),
            **narrowed,
        )
        found = {summary.id: summary for summary in map(self._summary, rows)}
        for count in self._changes.changed_now(StockCount):
            found.pop(count.id, None)
            if (
                wanted.location in (None, count.location)
                and wanted.state in (None, count.state)
                and (before is None or count.id < before)
            ):
                found[count.id] = summary_of(count)
        return [found[id_] for id_ in sorted(found, reverse=True)[:limit]]

    def _summary(self, row: Row) -> CountSummary:
        moment = self._session.dialect.moment
        values = dict(zip(_SUMMARY, row, strict=True))
        return CountSummary(
            id=StockCountId(values["id"]),
            location=LocationId(values["location"]),
            kind=CountKind(values["kind"]),
            grade=None if values["grade"] is None else AbcGrade(values["grade"]),
            blind=bool(values["blind"]),
            state=CountState(values["state"]),
            lines=values["lines"],
            doubted=values["doubted"],
            started_at=moment(values["started_at"]),
            started_by=values["started_by"],
            ended_at=None if values["ended_at"] is None else moment(values["ended_at"]),
            ended_by=values["ended_by"],
            reason=values["reason"],
        )


class SqlCountBoards(SqlRepository[CountBoard, LocationId], CountBoards):
    kind: ClassVar[type[CountBoard]] = CountBoard  # type: ignore[misc]


COUNTING_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    StockCounts: SqlStockCounts,
    CountBoards: SqlCountBoards,
}
"""Which repository implements which port of counting."""
