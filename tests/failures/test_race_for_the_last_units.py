"""The big one: 1,600 orders of eight processes for a hundred units, on PostgreSQL."""

from collections import Counter
from collections.abc import Iterator

import pytest

from ecomcore.inventory import Level, ListStock, StockView
from ecomcore.ordering import Orders
from ecomcore.testing import a_shop
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.racing import Crowd

PROCESSES, ORDERS_EACH, UNITS = 8, 200, 100


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(postgres_url)
    erase_everything(persistence)
    yield persistence
    persistence.close()


@pytest.mark.failure("F002")
@pytest.mark.failure("F003")
def test_a_hundred_units_make_exactly_a_hundred_orders(store: SqlPersistence, postgres_url: str) -> None:
    kit = a_shop(store, products=1, stock=UNITS)
    crowd = Crowd(kit, postgres_url, PROCESSES)

    outcomes = crowd.place([kit.order_for(kit.cart())] * PROCESSES * ORDERS_EACH)

    placed = [outcome for outcome in outcomes if isinstance(outcome, str)]
    refusals = Counter(outcome.__name__ for outcome in outcomes if not isinstance(outcome, str))
    assert len(placed) == len(set(placed)) == UNITS
    assert refusals == {"OutOfStock": PROCESSES * ORDERS_EACH - UNITS}

    (variant,) = kit.variants
    assert kit.staff.ask(ListStock((variant,))) == (StockView(variant, kit.location, UNITS, UNITS, 0, level=Level.OUT),)
    assert kept(store) == set(placed)
    assert kit.shop.audit() == []


def kept(store: SqlPersistence) -> set[str]:
    """The orders that are in the store, a refused one's shadow included."""
    work = store.begin(write=False)
    try:
        return {order.id for order in work.repository(Orders).page(limit=1_000)}
    finally:
        work.rollback()
