"""The tables of inbound deliveries and of transfers refuse what the domain refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Table, inspect, text
from sqlalchemy.exc import DBAPIError

from ecomcore.supply import SupplyPolicy
from ecomcore.testing import NOON, a_location, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.supply import a_shipped_transfer, a_transfer, an_arrival, an_inbound, arrived
from ecomcore.transfers import TransferLot
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.supply_tables import (
    SUPPLY_APPEND_ONLY,
    inbound_entries,
    inbound_totals,
    transfer_entries,
    transfer_lots,
    transfer_totals,
)
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> Iterator[SqlPersistence]:
    """A database with a delivery of which a part has come, and a transfer of which a part has arrived."""
    file = tmp_path_factory.mktemp("supply") / "shop.db"
    persistence = use_wire(SqlPersistence(f"sqlite:///{file}" if request.param == "sqlite" else postgres_url))
    erase_everything(persistence)
    keep(persistence, a_location(), a_location("store"))
    keep(persistence, an_inbound().receive((arrived(4, lot="L1"),), "slip 1", NOON, SupplyPolicy()))
    lot = TransferLot(arrived().variant, 10, "L1")
    keep(persistence, a_shipped_transfer("transfer", lot).receive((an_arrival(3, damaged=1),), "slip 1", NOON))
    keep(persistence, a_transfer("requested"))
    yield persistence
    persistence.close()


REFUSED = [
    ("inbound_deliveries", "state = 'lost'", "a state that does not exist"),
    ("inbound_deliveries", "location = 'nowhere'", "a location that does not exist"),
    ("inbound_deliveries", "expected_at = NULL", "a delivery that is expected at no time"),
    ("inbound_deliveries", "version = 0", "a version before the first"),
    ("inbound_totals", "ordered = -1", "less than nothing ordered"),
    ("inbound_totals", "received = -1, outstanding = 0", "less than nothing received"),
    ("inbound_totals", "damaged = -1, outstanding = 0", "less than nothing damaged"),
    ("inbound_totals", "outstanding = -1", "less than nothing outstanding"),
    ("inbound_totals", "outstanding = 7", "more outstanding than has not come"),
    ("inbound_totals", "received = 11, outstanding = -1", "less outstanding than nothing, as more has come"),
    ("inbound_totals", "number = 0", "a line before the first"),
    ("inbound_totals", "inbound = 'none'", "a line of no delivery"),
    ("transfers", "state = 'lost'", "a state that does not exist"),
    ("transfers", "origin = 'nowhere'", "an origin that does not exist"),
    ("transfers", "destination = 'nowhere'", "a destination that does not exist"),
    ("transfers", "destination = origin", "a transfer to where it starts"),
    ("transfer_totals", "requested = 0, shipped = 0, received = 0, damaged = 0, in_transit = 0", "nothing requested"),
    ("transfer_totals", "shipped = 11, in_transit = 7", "more shipped than was requested"),
    ("transfer_totals", "received = received + 1", "a unit that was made on the way"),
    ("transfer_totals", "in_transit = in_transit - 1", "a unit that was lost on the way"),
    ("transfer_totals", "received = received + 7, in_transit = in_transit - 7", "more received than was shipped"),
    ("transfer_totals", "damaged = damaged - 2, in_transit = in_transit + 2", "less than nothing damaged"),
    ("transfer_totals", "missing = missing - 1, in_transit = in_transit + 1", "less than nothing missing"),
    ("transfer_totals", "transfer = 'none'", "a line of no transfer"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what


INSERTED = [
    (inbound_entries, {"number": 1}, "the same entry twice"),
    (inbound_entries, {"number": 0, "reference": ""}, "an entry before the first"),
    (inbound_entries, {"number": 2, "line": 0}, "a line before the first"),
    (inbound_entries, {"number": 2}, "the same receipt twice"),
    (inbound_entries, {"number": 2, "reference": "", "quantity": 0}, "a receipt of nothing"),
    (inbound_entries, {"number": 2, "reference": "", "quantity": -1, "damaged": 2}, "less than nothing"),
    (inbound_entries, {"number": 2, "reference": "", "damaged": -1}, "less than nothing damaged"),
    (inbound_totals, {"id": "another", "number": 2}, "a variant twice"),
    (transfer_entries, {"number": 1}, "the same entry twice"),
    (transfer_entries, {"number": 9, "kind": "lost"}, "a kind that does not exist"),
    (transfer_entries, {"number": 9, "quantity": 0}, "an entry of nothing"),
    (transfer_entries, {"number": 9, "quantity": -1}, "units that leave by being shipped"),
    (transfer_entries, {"number": 9, "kind": "received"}, "units that come by being received"),
    (transfer_entries, {"number": 9, "balance": -1}, "less than nothing in transit"),
    (transfer_entries, {"number": 9, "balance": 9}, "less in transit than was shipped just now"),
    (transfer_lots, {"number": 2}, "a lot twice"),
    (transfer_lots, {"number": 2, "lot": "L2", "quantity": 0}, "a lot of nothing"),
    (transfer_totals, {"id": "another", "number": 2}, "a variant twice"),
]


@pytest.mark.parametrize(("table", "change", "what"), INSERTED, ids=[f"{t}: {w}" for t, _, w in INSERTED])
def test_the_database_refuses_a_row(table: Table, change: dict[str, object], what: str, store: SqlPersistence) -> None:
    with store.engine.connect() as connection:
        row = dict(connection.execute(table.select().order_by(table.c.number).limit(1)).mappings().one())

    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(table.insert(), {**row, **change})

    assert type(refused.value).__name__ == "IntegrityError", what


def test_the_same_transfer_is_received_once_under_a_reference(store: SqlPersistence) -> None:
    with store.engine.connect() as connection:
        found = connection.execute(transfer_entries.select().where(transfer_entries.c.kind == "received"))
        row = dict(found.mappings().one())

    with pytest.raises(DBAPIError, match=r"(?i)unique"), store.engine.begin() as connection:
        connection.execute(transfer_entries.insert(), {**row, "number": 9})


@pytest.mark.parametrize("table", SUPPLY_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_receipts_lots_and_entries_are_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    column = f'"{next(iter(METADATA.tables[table].c)).name}"'
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))

    with store.engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("inbound_deliveries", ("id",)),
        ("inbound_totals", ("variant",)),
        ("transfer_totals", ("variant",)),
        ("transfers", ("origin", "id")),
        ("transfers", ("destination", "id")),
    ],
    ids=str,
)
def test_what_is_on_its_way_is_found_without_looking_at_all_that_ever_was(
    table: str, columns: tuple[str, ...], store: SqlPersistence
) -> None:
    assert columns in {tuple(index["column_names"]) for index in inspect(store.engine).get_indexes(table)}


def test_the_finders_use_their_indexes(store: SqlPersistence) -> None:
    explain = "EXPLAIN QUERY PLAN " if store.engine.dialect.name == "sqlite" else "EXPLAIN "
    with store.engine.connect() as connection:
        for statement, index in (
            (
                "SELECT id FROM inbound_totals WHERE outstanding > 0 AND variant = 'tea'",
                "ix_inbound_totals_outstanding",
            ),
            (
                "SELECT id FROM transfer_totals WHERE in_transit > 0 AND variant = 'tea'",
                "ix_transfer_totals_in_transit",
            ),
            (
                "SELECT id FROM inbound_deliveries WHERE state IN ('expected', 'partly_received') AND id > 'a' "
                "ORDER BY id LIMIT 5",
                "ix_inbound_deliveries_open",
            ),
        ):
            plan = "\n".join(str(row) for row in connection.execute(text(explain + statement)))
            assert index in plan, plan
