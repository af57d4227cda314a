"""PostgreSQL: many processes at once. All writes of a unit of work go in one statement, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Engine, Integer, Text, any_, bindparam, event
from sqlalchemy import create_engine as _create_engine
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.sql import Executable

from ecomcore.kernel.errors import Duplicate, InvariantViolated, Trouble, TryAgain
from ecomcore_sqlalchemy.dialect import Compiled, Dialect, Stale
from ecomcore_sqlalchemy.tables import INSTANT
from ecomcore_sqlalchemy.writes import Delete, Insert, Row, Update, Write

__all__ = ["Postgres"]

_TRY_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_REFUSED = (psycopg.IntegrityError, psycopg.DataError)


class Postgres(Dialect):
    """PostgreSQL through psycopg 3, at READ COMMITTED; units of work that only read, at REPEATABLE READ."""

    def __init__(self) -> None:
        self._dialect = psycopg_dialect.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        self._statements: dict[tuple[Any, ...], str] = {}

    def engine(self, url: str) -> Engine:
        engine = _create_engine(
            url,
            pool_size=8,
            max_overflow=56,
            connect_args={"options": "-c timezone=UTC", "prepare_threshold": 0},
        )
        event.listen(engine, "connect", _set_up)
        return engine

    def channel(self, pooled: Any) -> Any:
        return pooled.info.get("cursor") or pooled.info.setdefault(
            "cursor", psycopg.RawCursor(pooled.driver_connection)
        )

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
        return at.replace(tzinfo=UTC)

    def begin(self, channel: Any, *, write: bool) -> None:
        channel.execute("BEGIN" if write else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def fetch(self, channel: Any, statement: Compiled, parameters: Mapping[str, Any]) -> Sequence[Row]:
        given = {**statement.values, **parameters}
        rows: Sequence[Row] = channel.execute(statement.text, [given[name] for name in statement.names]).fetchall()
        return rows

    def flush(self, channel: Any, writes: Sequence[Write]) -> int:
        shape = tuple(
            (type(write), write.table.name, () if isinstance(write, Delete) else write.columns) for write in writes
        )
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = _statement(writes)
        counted = channel.execute(statement, [_parameter(write) for write in writes]).fetchone()
        checked = [write for write in writes if not isinstance(write, Insert)]
        for write, done in zip(checked, counted, strict=False):
            if done != len(write.ids if isinstance(write, Delete) else write.rows):
                raise Stale(write)
        return 1

    def error(self, error: Exception) -> Exception:
        if isinstance(error, errors.UniqueViolation):
            return Duplicate(error.diag.table_name or "row", error.diag.constraint_name or "")
        if isinstance(error, _TRY_AGAIN):
            return TryAgain(type(error).__name__, error)
        if isinstance(error, _REFUSED):
            return InvariantViolated(f"{type(error).__name__}: {error.diag.constraint_name or error.sqlstate}", error)
        if isinstance(error, psycopg.OperationalError):
            return TryAgain(f"the connection failed: {type(error).__name__}", error)
        return Trouble(f"{type(error).__name__}: {error}", error)

    def is_broken(self, channel: Any) -> bool:
        connection = channel.connection
        return bool(connection.closed) or connection.info.transaction_status is TransactionStatus.UNKNOWN


def _set_up(connection: Any, _: object) -> None:
    connection.autocommit = True  # transactions are begun and ended by us, in words


def _array(values: Sequence[str]) -> str:
    """An array as PostgreSQL reads it: quicker than having the driver find out that it is one."""
    return "{" + ",".join(_quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parameter(write: Write) -> Any:
    match write:
        case Insert(_, columns, rows):
            return _ENCODE([dict(zip(columns, row, strict=True)) for row in rows])
        case Update(_, _, keys, columns, rows):
            names = (*(f"_{key}" for key in keys), *columns)
            return _ENCODE([dict(zip(names, row, strict=True)) for row in rows])
        case Delete(_, _, ids):
            return _array(ids)


def _statement(writes: Sequence[Write]) -> str:
    """All writes as one statement; every name in it is one of our own tables' and columns'.

    The parts see the database as it was before, and constraints are checked at the end, so their order is free.
    """
    parts, counts = [], []
    for number, write in enumerate(writes):
        parts.append(f"w{number} AS ({_part(write, f'${number + 1}')} RETURNING 1)")
        if not isinstance(write, Insert):
            counts.append(f"(SELECT count(*) FROM w{number})")  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts) or '1'}"


def _part(write: Write, parameter: str) -> str:
    match write:
        case Insert(table, columns):
            names = ", ".join(f'"{name}"' for name in columns)
            rows = _recordset(parameter, [(name, table.c[name]) for name in columns])
            return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {rows}"  # noqa: S608
        case Update(_, table, keys, columns):
            rows = _recordset(parameter, [*((f"_{k}", table.c[k]) for k in keys), *((c, table.c[c]) for c in columns)])
            changes = ", ".join(f'"{name}" = r."{name}"' for name in columns)
            found = " AND ".join(f't."{key}" = r."_{key}"' for key in keys)
            return f"UPDATE {table.name} AS t SET {changes} FROM {rows} WHERE {found}"  # noqa: S608
        case Delete(_, table):
            return f"DELETE FROM {table.name} WHERE id = ANY({parameter}::text[])"  # noqa: S608


def _recordset(parameter: str, columns: Sequence[tuple[str, Column[Any]]]) -> str:
    types = ", ".join(f'"{name}" {_type(column)}' for name, column in columns)
    return f"json_to_recordset({parameter}::json) AS r({types})"


def _type(column: Column[Any]) -> str:
    if column.type is INSTANT:
        return "timestamptz"
    for kind, name in ((BigInteger, "bigint"), (Integer, "integer"), (Boolean, "boolean")):
        if isinstance(column.type, kind):
            return name
    return "text"
