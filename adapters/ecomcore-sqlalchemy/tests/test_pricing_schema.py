"""The tables of pricing refuse what the domain refuses, and keep what was once in force, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.money import Currency
from ecomcore.pricing import Delivery, Rates, SeriesOfPrices, Zone
from ecomcore.quoting import Edition
from ecomcore.testing import keep, reading
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.pricing import a_delivery_method, a_point, a_price_list, a_rate, a_series, a_tax_zone
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.pricing_tables import PRICING_APPEND_ONLY
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with rows in every table of pricing."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    keep(persistence, a_price_list("b2b"), a_series(points=[a_point()]), a_series("tea", list="b2b"))
    keep(persistence, Rates.of(Currency("EUR"), Currency("USD")).set(a_rate(), None), Edition())
    keep(persistence, Zone.define(a_tax_zone()), Delivery.define(a_delivery_method()))
    yield persistence
    persistence.close()


REFUSED = [
    ("price_lists", "currency = 'EU'", "a currency of two letters"),
    ("price_lists", "id = 'base'", "a list in the place of the shop's own"),
    ("price_series", "currency = 'EURO'", "a currency of four letters"),
    ("price_series", "list = 'floor', head = NULL", "two series of one variant in one list"),
    ("price_series", "list = 'nowhere', head = 'nowhere'", "prices in a list that does not exist"),
    ("price_series", "list = 'nowhere', head = NULL", "prices in a list without a head"),
    ("price_series", "list = 'base', head = 'b2b'", "prices in another list than the head's"),
    ("price_series", "version = 0", "a version before the first"),
    ("currency_pairs", "base = quote", "a currency in itself"),
    ("currency_pairs", "quote = 'US'", "a currency of two letters"),
    ("editions", "id = 'other'", "a second edition"),
    ("tax_zones", "told = -1", "fewer than no events"),
    ("delivery_methods", "terms = NULL", "a method that says nothing"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ in ("IntegrityError", "DataError"), what


POINT = {"number": 2, "quantity": 1, "price": 1, "per": 1}
REFUSED_ROWS = [
    ("price_points", {**POINT, "price": -1}, "a price below zero"),
    ("price_points", {**POINT, "per": 0}, "a price for no units"),
    ("price_points", {**POINT, "quantity": -1}, "fewer than no units"),
    ("price_points", {**POINT, "quantity": 1_000_000_001}, "more units than there can be"),
    ("price_points", {**POINT, "price": None, "per": None}, "a break without a price"),
    ("price_points", {**POINT, "per": None}, "a price without its base quantity"),
    ("price_points", {**POINT, "quantity": 0}, "a price for nothing"),
    ("price_points", {**POINT, "number": 0}, "a point before the first"),
    ("price_points", {**POINT, "number": 1}, "a point twice"),
    ("price_points", {**POINT, "series": "nowhere"}, "a point of no series"),
    ("price_list_versions", {"number": 0}, "a version before the first"),
    ("price_list_versions", {"number": 1}, "a version twice"),
    ("price_list_versions", {"number": 2, "list": "nowhere"}, "a version of no list"),
    ("exchange_rates", {"number": 0}, "a rate before the first"),
    ("exchange_rates", {"number": 1}, "a rate twice"),
    ("exchange_rates", {"number": 2, "units": 0}, "a worthless currency"),
    ("exchange_rates", {"number": 2, "per": 0}, "a rate for nothing"),
    ("exchange_rates", {"number": 2, "pair": "nowhere"}, "a rate of no pair"),
]


@pytest.mark.parametrize(("table", "changes", "what"), REFUSED_ROWS, ids=[f"{t}: {w}" for t, _, w in REFUSED_ROWS])
def test_the_database_refuses_a_row(table: str, changes: dict[str, object], what: str, store: SqlPersistence) -> None:
    own = METADATA.tables[table]
    with store.engine.connect() as connection:
        row = dict(connection.execute(own.select().limit(1)).mappings().one())
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(own.insert(), {**row, **changes})

    assert type(refused.value).__name__ == "IntegrityError", what


@pytest.mark.parametrize("table", PRICING_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET number = number"])
def test_what_was_once_in_force_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table)))

    assert _rows_of(store.engine, table) > 0


def test_the_prices_of_a_cart_are_read_by_one_statement(store: SqlPersistence) -> None:
    keep(store, *(a_series(f"v-{n}", currency=code) for n in range(5) for code in list(EXPONENTS)[:5]))
    variants = [each.variant for each in (a_series(f"v-{n}") for n in range(5))]

    before = store.statements
    with reading(store) as work:
        series: SeriesOfPrices = work.repository(SeriesOfPrices)
        found = series.of_variants(variants)
        read = store.statements - before

    assert sum(len(own) for own in found.values()) == 25
    assert read == 2, "the beginning of the transaction, and one question"


def _rows_of(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
