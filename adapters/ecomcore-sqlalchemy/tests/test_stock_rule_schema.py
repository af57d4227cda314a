"""The tables of channels, bundles and units refuse what the domain refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore.inventory import Bundle, ChannelLocation, ChannelSupply, Component, UnitOfMeasure, VariantUnits
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.testing import keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with a row in every one of these tables."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    keep(persistence, ChannelSupply(id="web").serve([ChannelLocation(LocationId("attic"))]))
    keep(persistence, Bundle(id=VariantId("set")).define((Component(VariantId("pot")),)))
    keep(persistence, VariantUnits.define(VariantId("pot"), "piece", (UnitOfMeasure("case", 12),)))
    yield persistence
    persistence.close()


REFUSED = [
    ("bundles", "used_in = 1", "a bundle in a bundle"),
    ("bundles", "used_in = -1", "a part of fewer than no bundles"),
    ("bundles", "components = NULL", "a bundle of nobody knows what"),
    ("channel_supplies", "locations = NULL", "a channel that nobody knows who serves"),
    ("channel_supplies", "version = 0", "a version before the first"),
    ("variant_units", "base = ''", "a base unit without a name"),
    ("variant_units", "told = -1", "fewer than no events"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what
