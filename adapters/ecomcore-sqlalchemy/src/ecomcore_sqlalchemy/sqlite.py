"""SQLite: one file, one writer at a time, no server. Writers queue up; readers are never in the way."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Column, ColumnElement, Engine, create_engine, event, literal_column, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import Executable

from ecomcore.kernel.errors import Duplicate, InvariantViolated, Trouble, TryAgain
from ecomcore.kernel.work import Codec
from ecomcore_sqlalchemy.dialect import Compiled, Dialect, Stale
from ecomcore_sqlalchemy.writes import Delete, Insert, Row, Shift, Update, Write, shape_of

__all__ = ["Sqlite"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PATIENCE_MS = 60_000


class Sqlite(Dialect):
    """SQLite in WAL mode, with foreign keys on; writers begin ``IMMEDIATE``."""

    documents: Codec
    stripes: ClassVar[bool] = False

    def __init__(self) -> None:
        self._dialect = sqlite.dialect(paramstyle="named")
        self._statements: dict[tuple[Any, ...], str] = {}

    def engine(self, url: str) -> Engine:
        if make_url(url).database in (None, "", ":memory:"):
            raise ValueError("SQLite needs a file; for a shop in memory use MemoryPersistence, which is faster")
        engine = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=56)
        event.listen(engine, "connect", _set_up)
        return engine

    def channel(self, pooled: Any) -> Any:
        return pooled.driver_connection

    def compiled(self, statement: Executable) -> Compiled:
        return Compiled.of(statement, self._dialect)

    def any_of(self, column: Column[Any], name: str) -> ColumnElement[bool]:
        return column.in_(select(literal_column("value")).select_from(text(f"json_each(:{name})")))

    def list_of(self, values: Sequence[str]) -> Any:
        return json.dumps(list(values))

    def instant(self, at: datetime) -> int:
        return (at - _EPOCH) // _MICROSECOND

    def moment(self, value: Any) -> datetime:
        return _EPOCH + timedelta(microseconds=value)

    def begin(self, channel: Any, *, write: bool) -> None:
        channel.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    def fetch(self, channel: Any, statement: Compiled, parameters: Mapping[str, Any]) -> Sequence[Row]:
        rows: Sequence[Row] = channel.execute(statement.text, {**statement.values, **parameters}).fetchall()
        return rows

    def flush(self, channel: Any, writes: Sequence[Write]) -> int:
        for write in writes:
            done = channel.executemany(self._statement(write), _parameters(write)).rowcount
            if not isinstance(write, Insert) and done != len(_parameters(write)):
                raise Stale(write)
        return len(writes)

    def commit(self, channel: Any, writes: Sequence[Write]) -> int:
        statements = self.flush(channel, writes)
        channel.execute("COMMIT")
        return statements + 1

    def error(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.IntegrityError):
            message = str(error)
            found = re.match(r"UNIQUE constraint failed: (\w+)\.(.*)|UNIQUE constraint failed: (.*)", message)
            return Duplicate(found[1] or "row", found[2] or found[3] or "") if found else InvariantViolated(message)
        if isinstance(error, sqlite3.OperationalError) and re.search("locked|busy", str(error)):
            return TryAgain(str(error), error)
        if isinstance(error, OverflowError | sqlite3.DataError):
            return InvariantViolated(str(error), error)
        return Trouble(f"{type(error).__name__}: {error}", error)

    def is_unknown(self, channel: Any, error: Exception) -> bool:  # noqa: ARG002 - a file answers at once
        return False

    def is_broken(self, channel: Any) -> bool:  # noqa: ARG002 - a file does not hang up
        return False

    def _statement(self, write: Write) -> str:
        key = shape_of(write)
        known = self._statements.get(key)
        if known is None:
            known = self._statements[key] = _statement(write)
        return known


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_PATIENCE_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "cache_size = -65536",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _parameters(write: Write) -> Sequence[Row]:
    match write:
        case Insert(rows=rows):
            return rows
        case Update(keys=keys, rows=rows):
            return [(*row[len(keys) :], *row[: len(keys)]) for row in rows]
        case Delete(ids=ids):
            return [(id_,) for id_ in ids]
        case Shift(rows=rows):
            return [(by, id_, least) for id_, by, least in rows]


def _statement(write: Write) -> str:
    """The statement for one row; every name in it is one of our own tables' and columns'."""
    match write:
        case Insert(table, columns):
            names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
            return f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608
        case Update(_, table, keys, columns):
            changes = ", ".join(f'"{name}" = ?' for name in columns)
            found = " AND ".join(f'"{name}" = ?' for name in keys)
            return f"UPDATE {table.name} SET {changes} WHERE {found}"  # noqa: S608
        case Delete(_, table):
            return f"DELETE FROM {table.name} WHERE id = ?"  # noqa: S608
        case Shift(_, table, column, condition):
            shift = f'UPDATE {table.name} AS t SET "{column}" = t."{column}" + ?'  # noqa: S608
            return f"{shift} WHERE t.id = ? AND {condition.format(least='?')}"
