"""Databases of earlier releases: made with the migrations of then, and filled with the rows that were written then.

The rows are kept as JSON, by table: ``columns`` and ``rows``, moments as microseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from alembic import command
from sqlalchemy import Boolean, Connection, DateTime, MetaData, Table, select

from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.migrations import config, revision
from tests.support.postgres import postgres_database

__all__ = ["Rows", "database_of", "kept_rows", "rows_of"]

Rows: TypeAlias = Mapping[str, Mapping[str, Sequence[Any]]]


def database_of(
    release: str, rows: Rows, request: pytest.FixtureRequest, folders: pytest.TempPathFactory
) -> Iterator[SqlPersistence]:
    """A store that was opened on a database of that release, of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{folders.mktemp('before') / 'shop.db'}", release, rows)
    else:
        with postgres_database(request.getfixturevalue("postgres_server_url")) as url:
            yield from _opened(url, release, rows)


def rows_of(table: Table, rows: Rows) -> list[dict[str, Any]]:
    """The rows of a table as they were written."""
    columns = rows[table.name]["columns"]
    return [
        {name: _value(table, name, value) for name, value in zip(columns, row, strict=True)}
        for row in rows[table.name]["rows"]
    ]


def kept_rows(store: SqlPersistence, name: str, rows: Rows) -> tuple[Table, list[dict[str, Any]]]:
    """The table as it is now, and what is in the columns that it had then."""
    with store.engine.connect() as connection:
        table = Table(name, MetaData(), autoload_with=connection)
        columns = [table.c[column] for column in rows[name]["columns"]]
        kept = [dict(row) for row in connection.execute(select(*columns)).mappings()]
    for row in kept:
        for column, value in row.items():
            row[column] = value.astimezone(UTC) if isinstance(value, datetime) else value
    return table, kept


def _opened(url: str, release: str, rows: Rows) -> Iterator[SqlPersistence]:
    before = SqlPersistence(url, migrate=False)
    with before.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, release)
        for table in _tables(connection, rows):
            connection.execute(table.insert(), rows_of(table, rows))
        connection.exec_driver_sql("COMMIT")
    assert revision(before.engine) == release
    before.close()

    store = SqlPersistence(url)
    yield store
    store.close()


def _tables(connection: Connection, rows: Rows) -> Iterator[Table]:
    """The tables as they were then, what others refer to first."""
    then = MetaData()
    then.reflect(connection)
    yield from (table for table in then.sorted_tables if table.name in rows)


def _value(table: Table, column: str, value: Any) -> Any:
    kind = table.c[column].type
    if value is not None and isinstance(kind, DateTime):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    return bool(value) if value is not None and isinstance(kind, Boolean) else value
