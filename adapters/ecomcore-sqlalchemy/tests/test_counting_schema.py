"""The tables of stock counts refuse what the domain refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ecomcore.counting import CountEntryKind, CountKind, CountState
from ecomcore.testing import a_location, keep
from ecomcore.testing.counting import a_board, a_count, a_count_entry
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.counting_tables import COUNTING_APPEND_ONLY
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with an open full count, a cycle count that is recounted, and one that is booked."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    doubted = a_count_entry(kind=CountEntryKind.DOUBTED)
    keep(
        persistence,
        a_location("store"),
        a_count("full", entries=[a_count_entry()]),
        a_count("recounting", kind=CountKind.CYCLE, state=CountState.RECOUNTING, entries=[doubted]),
        a_count("booked", state=CountState.BOOKED),
        a_board("store", full=[]),
    )
    yield persistence
    persistence.close()


REFUSED = [
    ("state = 'lost'", "full", "a state that does not exist"),
    ("kind = 'some'", "full", "a kind that does not exist"),
    ("grade = 'd'", "full", "a grade that does not exist"),
    ("location = 'nowhere'", "full", "a location that does not exist"),
    ("variants = '[\"tea\"]'", "full", "a full count of some variants"),
    ("variants = ''", "recounting", "a cycle count of nothing"),
    ("state = 'recounting'", "full", "a recount of nothing"),
    ("state = 'open'", "recounting", "an open count with items in doubt"),
    ("doubted = 2", "recounting", "more in doubt than counted"),
    ("lines = -1", "full", "fewer than no lines"),
    ("state = 'booked'", "full", "a booked count that has not ended"),
    ("ended_at = NULL, ended_by = NULL", "booked", "a booked count that never ended"),
    ("ended_by = NULL", "booked", "a count that nobody ended"),
    ("state = 'open', ended_at = NULL, ended_by = NULL", "booked", "two full counts at once"),
    ("version = 0", "full", "a version before the first"),
    ("told = -1", "full", "fewer than no events"),
    ("started_by = NULL", "full", "a count that nobody started"),
]


@pytest.mark.parametrize(("change", "count", "what"), REFUSED, ids=[what for _, _, what in REFUSED])
def test_the_database_refuses(change: str, count: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE stock_counts SET {change} WHERE id = '{count}'"))

    assert type(refused.value).__name__ == "IntegrityError", what


ENTRIES = [
    ("'full', 2, 'guessed', 'tea', '', 1, 1, 0", "a kind that does not exist"),
    ("'full', 0, 'counted', 'tea', '', 1, 1, 0", "an entry before the first"),
    ("'full', 1, 'counted', 'tea', '', 1, 1, 0", "two entries of one number"),
    ("'full', 2, 'counted', 'tea', '', -1, 1, 0", "less than nothing counted"),
    ("'full', 2, 'counted', 'tea', '', 1, -1, 0", "less than nothing expected"),
    ("'full', 2, 'counted', 'tea', '', 1, 1, -1", "a ledger of fewer than no entries"),
    ("'full', 2, 'assumed', 'tea', '', 1, 1, 0", "units that nobody has counted"),
    ("'none', 1, 'counted', 'tea', '', 1, 1, 0", "an entry of no count"),
]


@pytest.mark.parametrize(("values", "what"), ENTRIES, ids=[what for _, what in ENTRIES])
def test_the_database_refuses_the_entry(values: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(
            text(
                'INSERT INTO count_entries ("count", number, kind, variant, lot, counted, expected, seen, "by", "at") '
                f"SELECT {values}, 'staff:ann', started_at FROM stock_counts WHERE id = 'full'"
            )
        )

    assert type(refused.value).__name__ == "IntegrityError", what


def test_a_board_is_of_a_location_that_exists(store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(text("UPDATE count_boards SET id = 'nowhere'"))


@pytest.mark.parametrize("table", COUNTING_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET number = number"])
def test_what_was_said_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table)))


def test_counts_are_found_without_looking_at_all_of_them(store: SqlPersistence) -> None:
    columns = {tuple(index["column_names"]) for index in inspect(store.engine).get_indexes("stock_counts")}

    assert columns >= {("location", "id"), ("state", "id")}
