"""The tables of queues and wishes refuse what the domain refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ecomcore.inventory import TicketState, WishState
from ecomcore.testing import keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.queues import a_queue_line, a_ticket, a_wish
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with a line in which one waits, one has an offer and one has left; with an open and a told wish."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    keep(
        persistence,
        a_queue_line(last=3, waiting=1),
        a_ticket("waits", number=2, source="cart"),
        a_ticket("offered", number=1, state=TicketState.OFFERED),
        a_ticket("left", number=3, source="cart", state=TicketState.LEFT),
        a_wish("open", email="ada@example.org"),
        a_wish("told", email="ada@example.org", state=WishState.TOLD),
    )
    yield persistence
    persistence.close()


REFUSED = [
    ("queue_lines", "tea", "waiting = -1", "fewer than nobody waits"),
    ("queue_lines", "tea", "waiting = 4", "more wait than came"),
    ("queue_tickets", "waits", "state = 'lost'", "a state that does not exist"),
    ("queue_tickets", "waits", "state = 'offered'", "an offer without an end"),
    ("queue_tickets", "offered", "state = 'waiting'", "one who waits with an offer"),
    ("queue_tickets", "offered", "offered_until = NULL", "an offer for ever"),
    ("queue_tickets", "waits", "number = 1", "a number given twice"),
    ("queue_tickets", "waits", "number = 0", "a number before the first"),
    ("queue_tickets", "waits", "quantity = 0", "one who waits for nothing"),
    ("queue_tickets", "waits", "hold_for = 0", "an offer for no time"),
    ("queue_tickets", "waits", "variant = 'coffee'", "a ticket of no line"),
    ("queue_tickets", "waits", "location = 'nowhere'", "a location that does not exist"),
    ("queue_tickets", "left", "state = 'offered'", "two live tickets for the same"),
    ("wishes", "open", "state = 'lost'", "a state that does not exist"),
    ("wishes", "open", "person = ''", "an open wish of nobody"),
    ("wishes", "open", "quantity = 0", "a wish for nothing"),
    ("wishes", "open", "state = 'told'", "a told wish that does not say when"),
    ("wishes", "told", "state = 'open', told_at = NULL", "two open wishes of a person"),
]


@pytest.mark.parametrize(("table", "id", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, _, w in REFUSED])
def test_the_database_refuses(table: str, id: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change} WHERE id = '{id}'"))

    assert type(refused.value).__name__ == "IntegrityError", what


def test_who_waits_is_found_without_looking_at_all_who_ever_did(store: SqlPersistence) -> None:
    inspector = inspect(store.engine)
    found = {
        table: {tuple(index["column_names"]) for index in inspector.get_indexes(table)}
        for table in ("queue_tickets", "wishes")
    }

    assert found["queue_tickets"] >= {("variant", "number")}
    assert found["wishes"] >= {("variant", "asked_at", "id"), ("person",)}
