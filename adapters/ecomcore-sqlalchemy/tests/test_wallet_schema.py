"""The tables of the wallet refuse what the domain refuses, and keep what was said once, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.testing import NOON, euros, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.wallet import a_gift_card, a_saved_method, an_account
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything
from ecomcore_sqlalchemy.wallet_tables import WALLET_APPEND_ONLY


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with rows in every table of the wallet: a card of 50.00 of which 20.00 are held."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    card, hold = a_gift_card().hold(PaymentId("payment"), OrderId("order"), euros(20_00), 20_00, NOON)
    credit = an_account(reference="case-1").adjust(-1, "oops", NOON)
    keep(persistence, card, hold, credit, a_saved_method("one", chosen=1), a_saved_method("two", chosen=2))
    yield persistence
    persistence.close()


REFUSED = [
    ("accounts", "balance = -1, held = -1", "a balance below zero"),
    ("accounts", "held = -1", "less than nothing held"),
    ("accounts", "held = balance + 1", "more held than there is"),
    ("accounts", "expired = -1", "less than nothing expired"),
    ("accounts", "state = 'lost'", "a state that does not exist"),
    ("accounts", "state = 'closed'", "a closed account with something in it"),
    ("accounts", "kind = 'luck'", "a kind that does not exist"),
    ("accounts", "kind = 'points'", "points with a code"),
    ("accounts", "code = NULL", "a gift card without a code"),
    ("accounts", "owner = NULL", "store credit of nobody"),
    ("accounts", "currency = 'EU'", "a currency of two letters"),
    ("accounts", "entries = -1", "fewer than no entries"),
    ("credit_lots", "remaining = -1, held = -1", "a lot with less than nothing"),
    ("credit_lots", "held = remaining + 1", "more held of a lot than is left"),
    ("credit_lots", "remaining = units + 1", "more left than there was"),
    ("credit_lots", "account = 'nowhere'", "a lot of no account"),
    ("credit_holds", "amount = 0", "a hold of nothing"),
    ("credit_holds", "units = 0", "a hold of no units"),
    ("credit_holds", "account = 'nowhere'", "a hold of no account"),
    ("saved_methods", "state = 'lost'", "a state that does not exist"),
    ("saved_methods", "state = 'forgotten'", "a forgotten method with its token"),
    ("saved_methods", "chosen = 1", "two that were chosen together"),
    ("saved_methods", "expires_month = 13", "a thirteenth month"),
    ("saved_methods", "expires_year = NULL", "a month of no year"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what


WRITTEN_TWICE = [
    ("accounts", "card", {"id": "other", "code": "0" * 64}, None),
    ("accounts", "card", {"id": "other"}, "two cards with one code"),
    ("credit_entries", "held", {"number": 99}, "a payment that holds twice"),
    ("credit_entries", "held", {"number": 99, "reference": "another"}, None),
    ("credit_entries", "issued", {"number": 99}, "credit that is issued twice under a reference"),
    ("credit_entries", "issued", {"number": 99, "reference": ""}, None),
    ("credit_holds", "card", {"id": "other"}, "two holds of one payment"),
]


@pytest.mark.parametrize(
    ("table", "which", "change", "what"), WRITTEN_TWICE, ids=[f"{t}: {w or 'allowed'}" for t, _, _, w in WRITTEN_TWICE]
)
def test_what_is_said_once_is_not_said_twice(
    table: str, which: str, change: dict[str, object], what: str | None, store: SqlPersistence
) -> None:
    own = METADATA.tables[table]
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(own.select()).mappings()]
    row = {
        **next(row for row in reversed(rows) if which in (row.get("kind"), row.get("id"), row.get("account"))),
        **change,
    }

    if what is None:
        with store.engine.begin() as connection:
            connection.execute(own.insert(), row)
    else:
        with pytest.raises(DBAPIError, match=r"(?i)unique"), store.engine.begin() as connection:
            connection.execute(own.insert(), row)


def test_nobody_has_two_store_credits_of_one_currency(store: SqlPersistence) -> None:
    own = METADATA.tables["accounts"]
    with store.engine.connect() as connection:
        row = dict(connection.execute(own.select().where(own.c.kind == "store_credit")).mappings().one())

    with pytest.raises(DBAPIError, match=r"(?i)unique"), store.engine.begin() as connection:
        connection.execute(own.insert(), {**row, "id": "other"})
    with store.engine.begin() as connection:
        connection.execute(own.insert(), {**row, "id": "other", "kind": "points"})


BROKEN_ENTRIES = [
    {"kind": "issued", "units": 0},
    {"kind": "issued", "units": -1},
    {"kind": "issued", "units": 1, "held": 1},
    {"kind": "expired", "units": 1},
    {"kind": "adjusted", "units": 0},
    {"kind": "adjusted", "units": 1, "held": 1},
    {"kind": "adjusted", "units": 1, "balance": -1},
    {"kind": "issued", "units": 1, "payment": "p", "order": "o", "amount": 1, "hold": "h"},
    {"kind": "held", "units": 0, "held": 1},
    {"kind": "held", "units": 0, "held": 0, "payment": "p", "order": "o", "amount": 1, "hold": "h"},
    {"kind": "held", "units": 1, "held": 1, "payment": "p", "order": "o", "amount": 1, "hold": "h"},
    {"kind": "spent", "units": -1, "held": 0, "payment": "p", "order": "o", "amount": 1, "hold": "h"},
    {"kind": "released", "units": 0, "held": 1, "payment": "p", "order": "o", "amount": 1, "hold": "h"},
    {"kind": "refunded", "units": -1, "payment": "p", "order": "o", "amount": 1, "hold": "h"},
    {"kind": "refunded", "units": 1, "payment": "p", "order": "o", "amount": 0, "hold": "h"},
]


@pytest.mark.parametrize("broken", BROKEN_ENTRIES, ids=str)
def test_an_entry_that_does_not_do_what_its_kind_says_is_refused(
    broken: dict[str, object], store: SqlPersistence
) -> None:
    own = METADATA.tables["credit_entries"]
    at = store.dialect.instant(NOON)
    row = {"account": "card", "number": 99, "held": 0, "balance": 1, "at": at, "reference": "r", "reason": "", **broken}

    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(own.insert(), row)

    assert "CHECK" in str(refused.value).upper()


@pytest.mark.parametrize("table", WALLET_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_what_was_said_once_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    column = f'"{next(iter(METADATA.tables[table].c)).name}"'
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))

    with store.engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
