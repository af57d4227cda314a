"""The table of carts refuses what the domain refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ecomcore.carts import CartState
from ecomcore.testing import keep
from ecomcore.testing.carts import a_cart
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with an open cart that waits for its owner, and one that became an order."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    keep(persistence, a_cart("open"), a_cart("done", state=CartState.COMPLETED, order="order"))
    yield persistence
    persistence.close()


REFUSED = [
    ("state = 'lost'", "open", "a state that does not exist"),
    ("state = 'completed'", "open", "a completed cart without an order"),
    ("state = 'expired'", "open", "a cart that waits for its owner, and has ended"),
    ("\"order\" = 'another'", "open", "an open cart with an order"),
    ("state = 'open'", "done", "an order of an open cart"),
    ("waiting_since = touched_at", "done", "a completed cart that waits for its owner"),
    ("last_item = -1", "open", "fewer than no items"),
    ("currency = 'EU'", "open", "a currency of two letters"),
    ("version = 0", "open", "a version before the first"),
    ("told = -1", "open", "fewer than no events"),
    ("owner = NULL", "open", "a cart of nobody"),
    ("state = 'completed', waiting_since = NULL, \"order\" = 'order'", "open", "two carts of one order"),
]


@pytest.mark.parametrize(("change", "cart", "what"), REFUSED, ids=[what for _, _, what in REFUSED])
def test_the_database_refuses(change: str, cart: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE carts SET {change} WHERE id = '{cart}'"))

    assert type(refused.value).__name__ == "IntegrityError", what


def test_carts_are_found_without_looking_at_all_of_them(store: SqlPersistence) -> None:
    columns = {tuple(index["column_names"]) for index in inspect(store.engine).get_indexes("carts")}

    assert columns >= {("owner", "id"), ("touched_at",), ("waiting_since",)}
