"""Where a shop's data lies, put back as it was before each fault: in memory, in a file, in a database of a server."""

from __future__ import annotations

import contextlib
import copy
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.support.postgres import libpq_dsn, postgres_database

__all__ = ["Ground", "MemoryGround", "PostgresGround", "SqliteGround"]


class Ground(ABC):
    """A store that remembers a moment and can be put back to it."""

    name: str
    store: Persistence

    @abstractmethod
    def remember(self) -> None:
        """This is the moment."""

    @abstractmethod
    def restore(self) -> None:
        """As it was then."""

    def close(self) -> None:
        """Let go of it."""
        self.store.close()


class MemoryGround(Ground):
    """What is kept there never changes, so that copying the containers is enough."""

    name = "memory"

    def __init__(self) -> None:
        self.store: MemoryPersistence = MemoryPersistence()

    def remember(self) -> None:
        self._kept = _copied(vars(self.store._tables))

    def restore(self) -> None:
        self.store = MemoryPersistence()
        vars(self.store._tables).update(_copied(self._kept))


def _copied(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: _copy(table) for name, table in tables.items()}


def _copy(table: Any) -> Any:
    if not isinstance(table, dict | list | set):
        return copy.deepcopy(table)
    copied = copy.copy(table)
    if isinstance(copied, dict):
        for key, value in copied.items():
            if isinstance(value, dict | list | set):
                copied[key] = copy.copy(value)
    return copied


class SqlGround(Ground):
    """A database: its schema is made once, for all that is tried on it."""

    store: SqlPersistence

    def empty(self) -> None:
        """Nothing is in it any more."""
        erase_everything(self.store)


class SqliteGround(SqlGround):
    """A file, whose pages are written back."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.store = SqlPersistence(f"sqlite:///{folder / 'shop.db'}")
        self._kept = sqlite3.connect(":memory:")

    def remember(self) -> None:
        with self._raw() as connection:
            connection.backup(self._kept)

    def restore(self) -> None:
        with self._raw() as connection:
            self._kept.backup(connection)

    def close(self) -> None:
        super().close()
        self._kept.close()

    @contextlib.contextmanager
    def _raw(self) -> Iterator[Any]:
        pooled = self.store.engine.raw_connection()
        try:
            yield pooled.driver_connection
        finally:
            pooled.close()


class PostgresGround(SqlGround):
    """A database, made anew from a copy of itself."""

    name = "postgresql"

    def __init__(self, server: str) -> None:
        self._server, self._open = libpq_dsn(server), contextlib.ExitStack()
        self._url = self._open.enter_context(postgres_database(server))
        self._kept: str | None = None
        self.store = SqlPersistence(self._url)

    def remember(self) -> None:
        self.store.engine.dispose()
        self._kept = f"{self._database}_kept"
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._kept)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._kept, self._database)

    def restore(self) -> None:
        assert self._kept is not None, "nothing was remembered"
        self.store.engine.dispose()
        self._run("DROP DATABASE {} WITH (FORCE)", self._database)
        self._run("CREATE DATABASE {} TEMPLATE {}", self._database, self._kept)

    def close(self) -> None:
        super().close()
        if self._kept is not None:
            self._run("DROP DATABASE {} WITH (FORCE)", self._kept)
        self._open.close()

    @property
    def _database(self) -> str:
        return str(make_url(self._url).database)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
