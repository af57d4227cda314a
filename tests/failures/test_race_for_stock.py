"""Everything that is done to stock at once, on PostgreSQL: no unit is sold twice or lost, and nobody is locked out.

``ECOMCORE_RUSH=200`` does more of it, and with more processes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from ecomcore.inventory import ListStock, PreOrders, SetStockRules
from ecomcore.testing import ShopKit
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.rushing import a_dice
from tests.failures.stock_rush import ACTS_EACH, HOT, MANY, MIX, NEAR, TEA, WORLD, a_stock, hustle

PROCESSES = (2, 8, 32) if "ECOMCORE_RUSH" in os.environ else (2, 8)
REFUSALS = {
    "OutOfStock",
    "ReservationClosed",
    "NotSetAside",
    "NotOnHand",
    "NotFound",
    "StockIsReserved",
    "AlreadyCounting",
    "Conflict",
}
"""What may be said to somebody who came too late. Anything else fails, and whatever is no typed refusal."""


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(postgres_url)
    erase_everything(persistence)
    yield persistence
    persistence.close()


def check(kit: ShopKit, done: Counter[str], processes: int = 2) -> None:
    refused = Counter(what.partition(": ")[2] for what in done.elements() if ": " in what)
    assert set(refused) <= REFUSALS, done
    crowd = 8 if processes > 8 else 20  # whoever is slower five times is told so: 32 on two cores often are
    assert refused["Conflict"] <= done.total() // crowd, "the dispatcher looks again by itself"
    kit.settle()
    assert kit.shop.audit() == []
    for view in kit.staff.ask(ListStock(WORLD)):
        assert view.on_hand >= 0 <= view.reserved, view


@pytest.mark.parametrize(("stripes", "more"), [(0, 0), (0, 90), (4, 0)], ids=["plain", "plenty", "striped"])
@pytest.mark.parametrize("processes", PROCESSES)
def test_whatever_is_done_at_once_the_books_add_up(
    store: SqlPersistence, postgres_url: str, processes: int, stripes: int, more: int
) -> None:
    kit = a_stock(store, 6 * processes + more, stripes)
    striping = (0, 2, 4, 8) if stripes else ()

    done = hustle(kit, postgres_url, processes, a_dice().randrange(10**6), MIX, striping)

    check(kit, done, processes)
    assert done["ReserveStock"] > 0
    assert len([what for what in done if ":" not in what]) > 5, "little was done at once"


@pytest.mark.parametrize("stripes", [0, 8], ids=["plain", "striped"])
@pytest.mark.parametrize("processes", PROCESSES)
def test_what_is_scarce_is_sold_to_the_last_unit_and_not_once_more(
    store: SqlPersistence, postgres_url: str, processes: int, stripes: int
) -> None:
    kit = a_stock(store, processes * ACTS_EACH // 8, stripes)
    mix = {"wants_a_hot_one": 1}

    done = hustle(kit, postgres_url, processes, a_dice().randrange(10**6), mix)

    there = {view.location: view for view in kit.staff.ask(ListStock((HOT,)))}
    assert sum(view.reserved for view in there.values()) == done["ReserveStock"]
    assert all(view.available == 0 for view in there.values()), "no unit is left over while somebody was sent away"
    assert done["ReserveStock: OutOfStock"] > 0
    check(kit, done)


@pytest.mark.parametrize("processes", PROCESSES)
def test_what_is_plenty_is_sold_until_nothing_is_left(store: SqlPersistence, postgres_url: str, processes: int) -> None:
    units = processes * ACTS_EACH * 2  # at each of two places, and five are wanted at once
    kit = a_stock(store, units)

    done = hustle(kit, postgres_url, processes, a_dice().randrange(10**6), {"wants_many_hot_ones": 1})

    there = kit.staff.ask(ListStock((HOT,)))
    assert sum(view.reserved for view in there) == done["ReserveStock"] * MANY
    assert all(view.available < MANY for view in there), "somebody was sent away while there was enough"
    assert done["ReserveStock: OutOfStock"] > 0
    check(kit, done)


@pytest.mark.parametrize("processes", PROCESSES)
def test_no_more_is_sold_ahead_than_the_quota_while_units_arrive(
    store: SqlPersistence, postgres_url: str, processes: int
) -> None:
    kit = a_stock(store, 5)
    quota = processes * ACTS_EACH // 6
    release_at = kit.clock.now().replace(year=2031)
    kit.staff.handle(SetStockRules(TEA, NEAR, beyond=PreOrders(quota, release_at)))

    done = hustle(kit, postgres_url, processes, a_dice().randrange(10**6), {"orders_ahead": 3, "receives": 1})

    (ahead,) = (view for view in kit.staff.ask(ListStock((TEA,))) if view.location == NEAR)
    assert ahead.reserved == done["ReserveStock"] == quota
    check(kit, done)


@pytest.mark.parametrize("processes", PROCESSES)
def test_what_has_run_out_is_had_by_one_of_those_who_want_it(
    store: SqlPersistence, postgres_url: str, processes: int
) -> None:
    kit = a_stock(store, 2)

    done = hustle(
        kit, postgres_url, processes, a_dice().randrange(10**6), {"reserves": 4, "expires": 2, "releases": 1, "adds": 1}
    )

    check(kit, done)
    assert done["ReserveStock"] > 4, "units that nobody claimed in time are sold again"
