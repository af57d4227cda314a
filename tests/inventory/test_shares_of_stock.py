"""Who sets units aside on PostgreSQL holds what is taken, in one order, and finds the last unit in whatever stripe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest

from ecomcore.inventory import (
    ListStock,
    Purpose,
    ReleaseStock,
    ReserveStock,
    StockItem,
    StockItems,
    StockLine,
    StripeStock,
    stock_item_id,
)
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.testing import NOON, ShopKit, a_location, a_shop, a_stock_item, fetch, keep, writing
from ecomcore.testing.builders import units
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything

COFFEE, TEA = (stock_item_id(VariantId(name), LocationId("main")) for name in ("coffee", "tea"))
A_MOMENT, PATIENCE = 0.15, 30.0


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = use_wire(SqlPersistence(postgres_url))
    erase_everything(persistence)
    yield persistence
    persistence.close()


def taking(store: SqlPersistence, *ids: StockItemId) -> tuple[Thread, Event, list[Any]]:
    """Somebody else sets one unit of each aside."""
    done, went_wrong = Event(), list[Any]()

    def take() -> None:
        try:
            with writing(store) as work:
                items: StockItems = work.repository(StockItems)
                shares = items.shares(dict.fromkeys(ids, 1))
                items.save(*(shares[id_].reserve(1, NOON) for id_ in ids))
        except Exception as error:
            went_wrong.append(error)
        done.set()

    thread = Thread(target=take)
    thread.start()
    return thread, done, went_wrong


def test_units_that_somebody_sets_aside_are_not_looked_at_by_others(store: SqlPersistence) -> None:
    keep(store, a_location(), a_stock_item("tea", on_hand=2))

    with writing(store) as work:
        items: StockItems = work.repository(StockItems)
        share = items.shares({TEA: 1})[TEA]
        thread, done, went_wrong = taking(store, TEA)
        assert not done.wait(A_MOMENT), "somebody else has taken of a row that is ours"
        items.save(share.reserve(1, NOON))
    thread.join(PATIENCE)

    assert went_wrong == []
    assert fetch(store, StockItem, TEA).reserved == 2


def test_items_are_locked_in_the_order_of_their_ids_whoever_asks_in_whatever_order(store: SqlPersistence) -> None:
    keep(store, a_location(), a_stock_item("tea", on_hand=2), a_stock_item("coffee", on_hand=2))

    with writing(store) as work:
        items: StockItems = work.repository(StockItems)
        first = items.shares({COFFEE: 1})[COFFEE]
        thread, done, went_wrong = taking(store, TEA, COFFEE)
        assert not done.wait(A_MOMENT)
        second = items.shares({TEA: 1})[TEA]
        items.save(first.reserve(1, NOON), second.reserve(1, NOON))
    thread.join(PATIENCE)

    assert went_wrong == []
    assert [fetch(store, StockItem, id_).reserved for id_ in (COFFEE, TEA)] == [2, 2]


def test_what_was_taken_of_a_stripe_is_taken_of_the_whole(store: SqlPersistence) -> None:
    keep(store, a_location(), a_stock_item("tea", on_hand=8).having(stripes=4))

    with writing(store) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        whole = items.get(TEA, lock=True)
        assert whole.reserved == 2
        items.save(whole.receive(units(3), "note", NOON))

    kept = fetch(store, StockItem, TEA)
    assert (kept.on_hand, kept.reserved) == (11, 2)


def a_striped_shop(store: SqlPersistence, stock: int, stripes: int) -> tuple[ShopKit, Callable[[str, int], None]]:
    kit = a_shop(store, products=1, stock=stock)
    kit.staff.handle(StripeStock(kit.variants[0], kit.location, stripes))

    def reserve(source: str, quantity: int) -> None:
        kit.system.handle(ReserveStock(source, (StockLine(kit.variants[0], quantity),), purpose=Purpose.OTHER))

    return kit, reserve


def test_whoever_wants_more_than_lies_in_any_stripe_gets_it(store: SqlPersistence) -> None:
    kit, reserve = a_striped_shop(store, 8, 4)

    reserve("much", 5)
    reserve("rest", 3)
    kit.system.handle(ReleaseStock("much"))
    reserve("again", 5)

    (view,) = kit.staff.ask(ListStock(kit.variants))
    assert (view.reserved, view.available) == (8, 0)
    assert kit.shop.audit() == []


def test_an_item_that_is_striped_no_more_has_all_of_its_units(store: SqlPersistence) -> None:
    kit, reserve = a_striped_shop(store, 8, 4)
    reserve("some", 3)

    kit.staff.handle(StripeStock(kit.variants[0], kit.location, 0))
    reserve("rest", 5)
    kit.staff.handle(StripeStock(kit.variants[0], kit.location, 2))

    (view,) = kit.staff.ask(ListStock(kit.variants))
    assert (view.reserved, view.available) == (8, 0)
    assert kit.shop.audit() == []
