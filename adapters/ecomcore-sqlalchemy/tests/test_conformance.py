"""SQLite and PostgreSQL keep every promise of a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from ecomcore.kernel.work import Persistence
from ecomcore.testing import PersistenceConformance
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything


class SqlConformance(PersistenceConformance):
    """Another handle is another store on the same database, with connections of its own."""

    def reopen(self, persistence: Persistence) -> Persistence:
        store = cast("SqlPersistence", persistence)
        again = SqlPersistence(store.engine.url.render_as_string(hide_password=False), migrate=False)
        self._opened.append(again)
        return again

    def fresh(self, persistence: Persistence) -> Persistence:
        erase_everything(cast("SqlPersistence", persistence))
        if self._life is None:  # one handle for all lives: a server has only so many connections
            self._life = self.reopen(persistence)
        return self._life

    @pytest.fixture(autouse=True)
    def _close_the_handles(self) -> Iterator[None]:
        self._opened: list[SqlPersistence] = []
        self._life: Persistence | None = None
        yield
        for handle in self._opened:
            handle.close()


class TestSqlite(SqlConformance):
    @pytest.fixture
    def persistence(self, tmp_path: Path) -> Iterator[Persistence]:
        store = SqlPersistence(f"sqlite:///{tmp_path / 'shop.db'}")
        yield store
        store.close()


class TestPostgres(SqlConformance):
    concurrent_writers = True

    @pytest.fixture
    def persistence(self, postgres_url: str) -> Iterator[Persistence]:
        store = SqlPersistence(postgres_url)
        erase_everything(store)
        yield store
        store.close()
