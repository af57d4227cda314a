"""Stock counts with their ledger, and the boards of locations, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.counting import (
    AbcGrade,
    CountBoard,
    CountEntry,
    CountEntryKind,
    CountKind,
    CountState,
    StockCount,
    UnderCount,
)
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore_sqlalchemy import counting_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _count_values(count: StockCount, dialect: Dialect) -> Row:
    dump = dialect.documents.dump_value
    return (
        count.state.value,
        len(count.lines),
        len(count.doubted),
        None if count.ended_at is None else dialect.instant(count.ended_at),
        count.ended_by,
        count.reason,
        count.location,
        count.kind.value,
        count.blind,
        None if count.grade is None else count.grade.value,
        dump(count.variants, tuple[VariantId, ...]) if count.variants else "",
        dialect.instant(count.started_at),
        count.started_by,
    )


def _count(row: Row, parts: Parts, dialect: Dialect) -> StockCount:
    id_, version, told, state, _lines, _doubted, ended_at, ended_by, reason, *fixed = row
    location, kind, blind, grade, variants, started_at, started_by = fixed
    return StockCount(
        id=StockCountId(id_),
        version=version,
        told=told,
        state=CountState(state),
        ended_at=None if ended_at is None else dialect.moment(ended_at),
        ended_by=ended_by,
        reason=reason,
        location=LocationId(location),
        kind=CountKind(kind),
        blind=bool(blind),
        grade=None if grade is None else AbcGrade(grade),
        variants=dialect.documents.load_value(tuple[VariantId, ...], variants) if variants else (),
        started_at=dialect.moment(started_at),
        started_by=started_by,
        entries=tuple(
            CountEntry(
                number,
                CountEntryKind(entry_kind),
                VariantId(variant),
                lot,
                counted,
                expected,
                seen,
                by,
                dialect.moment(at),
            )
            for _, number, entry_kind, variant, lot, counted, expected, seen, by, at in parts[0]
        ),
    )


def _fresh_entries(before: StockCount | None, now: StockCount, dialect: Dialect) -> Iterable[Row]:
    known = len(before.entries) if before else 0
    for entry in now.entries[known:]:
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.variant,
            entry.lot,
            entry.counted,
            entry.expected,
            entry.seen,
            entry.by,
            dialect.instant(entry.at),
        )


def _board_values(board: CountBoard, dialect: Dialect) -> Row:
    return (dialect.documents.dump_value(board.counts, tuple[UnderCount, ...]) if board.counts else "",)


def _board(row: Row, _: Parts, dialect: Dialect) -> CountBoard:
    id_, version, told, counts = row
    return CountBoard(
        id=LocationId(id_),
        version=version,
        told=told,
        counts=dialect.documents.load_value(tuple[UnderCount, ...], counts) if counts else (),
    )


MAPPED: Mapping[type, Mapped[Any]] = {
    StockCount: Mapped(
        StockCount,
        tables.stock_counts,
        ("state", "lines", "doubted", "ended_at", "ended_by", "reason"),
        ("location", "kind", "blind", "grade", "variants", "started_at", "started_by"),
        _count_values,
        _count,
        (
            Part(
                tables.count_entries,
                ("count", "number", "kind", "variant", "lot", "counted", "expected", "seen", "by", "at"),
                "number",
                _fresh_entries,
            ),
        ),
    ),
    CountBoard: Mapped(CountBoard, tables.count_boards, ("counts",), (), _board_values, _board),
}
