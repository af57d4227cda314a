"""The stores a test may ask for: by ``persistence`` it runs on each of them, by ``database`` on those with a URL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(params=("memory", *DATABASES))
def persistence(request: pytest.FixtureRequest) -> Iterator[Persistence]:
    """An empty store, of each kind in turn."""
    store = MemoryPersistence() if request.param == "memory" else _empty_database(request)
    yield store
    store.close()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with its tables, of each kind in turn; for tests with processes of their own."""
    _empty_database(request).close()
    url: str = request.getfixturevalue(_URL[request.param])
    return url


_URL = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}


def _empty_database(request: pytest.FixtureRequest) -> SqlPersistence:
    store = SqlPersistence(request.getfixturevalue(_URL[request.param]))
    erase_everything(store)
    return store
