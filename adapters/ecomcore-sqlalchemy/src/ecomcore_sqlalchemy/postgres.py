"""PostgreSQL: many processes at once. All writes of a unit of work go in one round trip, a statement for each table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, ClassVar

import psycopg
from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Double, Engine, Integer, Text, any_, bindparam, event
from sqlalchemy import create_engine as _create_engine
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.sql import Executable

from ecomcore.kernel.errors import Duplicate, InvariantViolated, Trouble, TryAgain
from ecomcore.kernel.work import Codec
from ecomcore_sqlalchemy.dialect import Compiled, Dialect, Stale
from ecomcore_sqlalchemy.libpq import OUTDATED, Asked, Channel, Failed
from ecomcore_sqlalchemy.tables import INSTANT
from ecomcore_sqlalchemy.writes import Delete, Insert, Row, Shift, Update, Write, shape_of

__all__ = ["Postgres"]

# Every statement here finds its rows by their keys. On a young table, without statistics, the planner would rather
# read all of it, and would go on doing so while the table grows, for prepared statements keep their plans.
_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        "timezone=UTC",
        "enable_seqscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
        "jit=off",
        "plan_cache_mode=force_generic_plan",
    )
)

# SQLSTATEs, and classes of them, from the appendix of PostgreSQL's manual.
_UNIQUE = "23505"
_STALE = "22012"  # a division by zero: see _all_of
_TRY_AGAIN = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock not available
        "25P03",  # idle in transaction for too long
        "25P04",  # in one transaction for too long
    }
)
_CONNECTION_LOST = frozenset({"", "08", "57"})  # no answer at all, connection exception, operator intervention
_REFUSED = frozenset({"22", "23"})  # data exception, integrity constraint violation

_FEW = 8
"""Up to so many rows have a prepared statement of their own, which is quicker than one that takes any number."""

_COMMIT: Asked = ("COMMIT", ())

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class Postgres(Dialect):
    """PostgreSQL through psycopg 3, at READ COMMITTED; units of work that only read, at REPEATABLE READ."""

    documents: Codec
    stripes: ClassVar[bool] = True

    def __init__(self) -> None:
        self._dialect = psycopg_dialect.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        self._statements: dict[tuple[Any, ...], str] = {}

    def engine(self, url: str) -> Engine:
        engine = _create_engine(
            url,
            pool_size=8,
            max_overflow=56,
            connect_args={"options": _OPTIONS, "prepare_threshold": None},
        )
        event.listen(engine, "connect", _set_up)
        return engine

    def channel(self, pooled: Any) -> Any:
        return pooled.info.get("channel") or pooled.info.setdefault("channel", Channel(pooled.driver_connection))

    def compiled(self, statement: Executable) -> Compiled:
        return Compiled.of(statement, self._dialect)

    def any_of(self, column: Column[Any], name: str) -> ColumnElement[bool]:
        return column == any_(bindparam(name, type_=ARRAY(Text)))

    def list_of(self, values: Sequence[str]) -> Any:
        return _array(values)

    def instant(self, at: datetime) -> str:
        return at.isoformat()

    def moment(self, value: Any) -> datetime:
        at: datetime = value
        return at.astimezone(UTC)

    def begin(self, channel: Any, *, write: bool) -> None:
        channel.begin("BEGIN" if write else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def fetch(self, channel: Any, statement: Compiled, parameters: Mapping[str, Any]) -> Sequence[Row]:
        given = {**statement.values, **parameters}
        rows: Sequence[Row] = channel.execute(statement.text, [given[name] for name in statement.names])
        return rows

    def flush(self, channel: Any, writes: Sequence[Write]) -> int:
        return self._write(channel, writes)

    def commit(self, channel: Any, writes: Sequence[Write]) -> int:
        return self._write(channel, writes, _COMMIT)

    def _write(self, channel: Any, writes: Sequence[Write], *last: Asked) -> int:
        statements = [*((self._statement(write), _parameters(write)) for write in writes), *last]
        try:
            channel.execute_all(statements)
        except Failed as failed:
            if failed.state == _STALE:
                raise Stale(writes[failed.number]) from None
            raise
        return len(statements)

    def error(self, error: Exception) -> Exception:
        if isinstance(error, psycopg.OperationalError):
            return TryAgain("the connection to PostgreSQL was lost", error)
        if not isinstance(error, Failed):
            return Trouble(f"{type(error).__name__}: {error}", error)
        if error.state == _UNIQUE:
            return Duplicate(error.table or "row", error.constraint)
        if error.state in _TRY_AGAIN | OUTDATED or error.state[:2] in _CONNECTION_LOST:
            return TryAgain(str(error) if error.state else "the connection to PostgreSQL was lost", error)
        if error.state[:2] in _REFUSED:
            return InvariantViolated(f"{error.constraint or error}", error)
        return Trouble(str(error), error)

    def is_unknown(self, channel: Any, error: Exception) -> bool:
        refused = isinstance(error, Failed) and error.state
        return self.is_broken(channel) and not refused

    def is_broken(self, channel: Any) -> bool:
        return bool(channel.is_broken)

    def _statement(self, write: Write) -> str:
        """The statement of this shape: made once, and prepared once by each connection."""
        few = _rows(write) if _rows(write) <= _FEW else None
        key = (few, *shape_of(write))
        known = self._statements.get(key)
        if known is None:
            known = self._statements[key] = _statement(write, few)
        return known


def _set_up(connection: Any, _: object) -> None:
    connection.autocommit = True  # transactions are begun and ended by us, in words


def _array(values: Sequence[str]) -> str:
    """An array as PostgreSQL reads it: quicker than having the driver find out that it is one."""
    return "{" + ",".join(_quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _rows(write: Write) -> int:
    return len(write.ids) if isinstance(write, Delete) else len(write.rows)


def _parameters(write: Write) -> Sequence[Any]:
    """A few rows as a parameter for each value; many rows as one parameter, in JSON."""
    if isinstance(write, Delete):
        return [_array(write.ids), len(write.ids)]
    if len(write.rows) <= _FEW:
        return [value for row in write.rows for value in row]
    names = _names(write)
    many = _ENCODE([dict(zip(names, row, strict=True)) for row in write.rows])
    return [many] if isinstance(write, Insert) else [many, len(write.rows)]


def _names(write: Insert | Update | Shift) -> Sequence[str]:
    """What the values of a row are called; a key's old value has a name of its own."""
    match write:
        case Insert(columns=columns):
            return columns
        case Update(keys=keys, columns=columns):
            return [*(f"_{key}" for key in keys), *columns]
        case Shift():
            return ("_id", "_by", "_least")


def _statement(write: Write, few: int | None) -> str:
    """The statement; every name in it is one of our own tables' and columns'."""
    match write:
        case Insert(table, columns):
            names = ", ".join(f'"{name}"' for name in columns)
            rows = f"SELECT {names} FROM {_many(write)}" if few is None else f"VALUES {_marks(write, few)}"  # noqa: S608
            return f"INSERT INTO {table.name} ({names}) {rows}"
        case Update(_, _, keys, columns):
            changes = ", ".join(f'"{name}" = r."{name}"' for name in columns)
            found = " AND ".join(f't."{key}" = r."_{key}"' for key in keys)
            return _update(write, changes, found, few)
        case Shift(_, _, column, condition):
            found = 't.id = r."_id" AND ' + condition.format(least='r."_least"')
            return _update(write, f'"{column}" = t."{column}" + r."_by"', found, few)
        case Delete(_, table):
            return _all_of(f"DELETE FROM {table.name} WHERE id = ANY($1::text[])", "$2::bigint")  # noqa: S608


def _update(write: Update | Shift, changes: str, found: str, few: int | None) -> str:
    named = ", ".join(f'"{name}"' for name in _names(write))
    rows = _many(write) if few is None else f"(VALUES {_marks(write, few)}) AS r({named})"
    table = write.table
    update = f"UPDATE {table.name} AS t SET {changes} FROM {rows} WHERE {found}"  # noqa: S608
    return _all_of(update, "$2::bigint" if few is None else str(few))


def _all_of(change: str, rows: str) -> str:
    """The change, which fails on the server if there are not so many rows to change: what comes after it in the same
    round trip, the commit before all, is then not run.
    """
    return f"WITH done AS ({change} RETURNING 1) SELECT 1 / (count(*) = {rows})::int FROM done"  # noqa: S608


def _marks(write: Insert | Update | Shift, rows: int) -> str:
    """The parameters of a few rows: ``($1::text, $2::bigint), ($3::text, $4::bigint)``."""
    types, number = [_type(column) for column in _columns(write)], count(1)
    marked = (", ".join(f"${next(number)}::{type_}" for type_ in types) for _ in range(rows))
    return ", ".join(f"({row})" for row in marked)


def _many(write: Insert | Update | Shift) -> str:
    """Any number of rows, out of one parameter."""
    columns = zip(_names(write), _columns(write), strict=True)
    types = ", ".join(f'"{name}" {_type(column)}' for name, column in columns)
    return f"jsonb_to_recordset($1::jsonb) AS r({types})"


def _columns(write: Insert | Update | Shift) -> Sequence[Column[Any]]:
    match write:
        case Insert(columns=names):
            pass
        case Update(keys=keys, columns=columns):
            names = (*keys, *columns)
        case Shift(column=column):
            names = ("id", column, column)
    return [write.table.c[name] for name in names]


def _type(column: Column[Any]) -> str:
    if column.type is INSTANT:
        return "timestamptz"
    for kind, name in (
        (BigInteger, "bigint"),
        (Integer, "integer"),
        (Boolean, "boolean"),
        (Double, "double precision"),
    ):
        if isinstance(column.type, kind):
            return name
    return "text"
