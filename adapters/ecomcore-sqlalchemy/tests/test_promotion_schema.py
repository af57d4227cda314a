"""The tables of the promotions refuse what the domain refuses, and keep what was said once, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.promotions import GroupEntry, Taken
from ecomcore.testing import NOON, euros, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.promotions import (
    a_campaign,
    a_coupon,
    a_coupon_batch,
    a_group_buy,
    a_line_of,
    a_promotion,
    a_redemption,
    an_allowance,
)
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.promotion_tables import PROMOTIONS_APPEND_ONLY
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with rows in every table of the promotions."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    allowance = an_allowance(cap=5, taken=2)
    keep(persistence, a_promotion(), a_campaign(budget=euros(1)), allowance)
    keep(persistence, a_coupon(), a_coupon_batch().assign(1, MemberId("ada"), NOON), a_coupon_batch("b", prefix="OIL"))
    keep(persistence, a_redemption(lines=[a_line_of("promo", Taken(allowance.id, 2))]))
    keep(persistence, a_group_buy(entries=[GroupEntry(OrderId("order"), "member:ada", joined=True)]))
    yield persistence
    persistence.close()


REFUSED = [
    ("promotions", "state = 'lost'", "a state that does not exist"),
    ("promotions", "approved = NULL", "one in force that nobody approved"),
    ("promotions", "state = 'draft'", "a draft that somebody approved"),
    ("campaigns", "budget = -1", "a budget below zero"),
    ("campaigns", "currency = NULL", "a budget of no currency"),
    ("coupons", "promotion = 'nowhere'", "a coupon of no promotion"),
    ("coupon_batches", "root = 'same'", "two batches with one prefix"),
    ("coupon_batches", "size = 1000001", "more codes than there are numbers"),
    ("coupon_batches", "assigned = size + 1", "more assigned than there are"),
    ("coupon_batches", "secret = 'short'", "a secret that can be guessed"),
    ("allowances", "taken = 6", "more taken than there is"),
    ("allowances", "taken = -1", "less than nothing taken"),
    ("allowances", "cap = 1", "a cap below what is taken"),
    ("allowances", "kind = 'luck'", "a kind that does not exist"),
    ("redemptions", "state = 'lost'", "a state that does not exist"),
    ("group_buys", "state = 'lost'", "a state that does not exist"),
    ("group_buys", "buyers_needed = 0", "a group of nobody"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what


@pytest.mark.parametrize("table", PROMOTIONS_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_what_was_said_once_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    column = f'"{next(iter(METADATA.tables[table].c)).name}"'
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))

    with store.engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0


@pytest.mark.parametrize(
    ("table", "change"),
    [("redemptions", {}), ("redemption_takes", {"number": 99}), ("coupon_marks", {"coupon": "b.other.1"})],
)
def test_an_order_redeems_once_and_a_code_is_assigned_once(
    table: str, change: dict[str, object], store: SqlPersistence
) -> None:
    own = METADATA.tables[table]
    with store.engine.connect() as connection:
        row = dict(connection.execute(own.select().limit(1)).mappings().one())
    with pytest.raises(DBAPIError, match=r"(?i)unique"), store.engine.begin() as connection:
        connection.execute(own.insert(), {**row, **change})
