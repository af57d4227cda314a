"""Shops, and crowds at their doors, on every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import ShopKit, a_shop
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.racing import Crowd

OpenShop = Callable[..., ShopKit]
Gather = Callable[..., Crowd]


@pytest.fixture
def open_shop(persistence: Persistence) -> OpenShop:
    """Opens a shop, ``a_shop``, on each store in turn."""
    return partial(a_shop, persistence)


@pytest.fixture(
    params=["memory-threads", "sqlite-threads", "sqlite-processes", "postgresql-threads", "postgresql-processes"]
)
def gather(request: pytest.FixtureRequest) -> Iterator[Gather]:
    """Gathers a crowd at the door of a new shop: as threads of one process, and as processes on one database."""
    kind, by = request.param.split("-")
    url = (
        ""
        if kind == "memory"
        else request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[kind])
    )
    store = SqlPersistence(url) if url else MemoryPersistence()
    if isinstance(store, SqlPersistence):
        erase_everything(store)

    def gather_(*, processes: int = 8, **wishes: Any) -> Crowd:
        return Crowd(a_shop(store, **wishes), url, processes if by == "processes" else 0)

    yield gather_
    store.close()
