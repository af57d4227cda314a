"""A hot item spread over stripes, on PostgreSQL: nothing is sold twice, and what is wanted is found in any stripe."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore import assemble
from ecomcore.inventory import (
    BackOrders,
    ConsumeStock,
    CorrectStock,
    ListStock,
    OutOfStock,
    PreOrders,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    SetStockRules,
    StockItem,
    StockItems,
    StockLine,
    StockView,
    StripeStock,
    Tracking,
    stock_item_id,
)
from ecomcore.kernel.errors import Conflict, InvariantViolated
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import System
from ecomcore.testing import NOON, ShopKit, a_location, a_shop, a_stock_item, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import fetch, writing
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.racing import Crowd

TEA = stock_item_id(VariantId("tea"), LocationId("main"))
MILK = stock_item_id(VariantId("milk"), LocationId("main"))


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = use_wire(SqlPersistence(postgres_url))
    erase_everything(persistence)
    yield persistence
    persistence.close()


@pytest.fixture
def kit(store: SqlPersistence) -> ShopKit:
    """A shop with one product of which there are 20 units, in 4 stripes."""
    return a_striped_shop(store, units=20, stripes=4)


def a_striped_shop(store: SqlPersistence, units: int, stripes: int) -> ShopKit:
    kit = a_shop(store, products=1, stock=units)
    stripe(kit, stripes)
    return kit


def stripe(kit: ShopKit, stripes: int) -> None:
    kit.staff.handle(StripeStock(kit.variants[0], kit.location, stripes))


def reserve(kit: ShopKit, source: str, units: int = 1) -> None:
    kit.system.handle(ReserveStock(source, (StockLine(kit.variants[0], units),)))


def stock(kit: ShopKit) -> StockView:
    (view,) = kit.staff.ask(ListStock(kit.variants))
    return view


def free(store: SqlPersistence) -> list[int]:
    """What lies in each stripe."""
    with store.engine.connect() as connection:
        return list(connection.execute(text("SELECT free FROM stock_stripes ORDER BY item, number")).scalars())


def pour(store: SqlPersistence, *units: int) -> None:
    """Put the free units into the stripes like this; their sum stays what it is."""
    assert sum(units) == sum(free(store))
    with store.engine.begin() as connection:
        for number, each in enumerate(units):
            connection.execute(
                text("UPDATE stock_stripes SET free = :free WHERE number = :number"), {"free": each, "number": number}
            )


@contextmanager
def locked(store: SqlPersistence, statement: str) -> Iterator[None]:
    """Somebody else holds these rows."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.execute(text(f"{statement} FOR UPDATE"))
        try:
            yield
        finally:
            connection.exec_driver_sql("ROLLBACK")


# One after the other -------------------------------------------------------------------------------------------------


def test_what_can_be_had_is_spread_evenly_and_still_told_whole(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 3)
    stripe(kit, 5)

    assert free(store) == [4, 4, 3, 3, 3]
    assert (stock(kit).on_hand, stock(kit).reserved, stock(kit).available, stock(kit).stripes) == (20, 3, 17, 5)


def test_who_sets_units_aside_changes_a_stripe_and_not_the_item(kit: ShopKit, store: SqlPersistence) -> None:
    before = fetch(store, StockItem, stock_item_id(kit.variants[0], kit.location))

    reserve(kit, "first", 3)

    after = fetch(store, StockItem, before.id)
    assert sorted(free(store)) == [2, 5, 5, 5]
    assert (after.version, after.told, after.reserved) == (before.version, before.told, 3)
    assert kit.shop.audit() == []


def test_what_is_given_back_lies_in_a_stripe_again(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 3)

    kit.system.handle(ReleaseStock("first"))

    assert sum(free(store)) == 20
    assert stock(kit).reserved == 0
    assert kit.shop.audit() == []


def test_more_than_any_stripe_has_is_served_from_the_whole(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 18)

    assert sum(free(store)) == 2
    assert stock(kit).available == 2
    assert kit.shop.audit() == []


def test_the_last_unit_is_sold_wherever_it_lies(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 19)
    for number in range(4):
        units = [0, 0, 0, 0]
        units[number] = 1
        pour(store, *units)

        reserve(kit, f"last-{number}")

        assert free(store) == [0, 0, 0, 0]
        with pytest.raises(OutOfStock):
            reserve(kit, "too-late")
        kit.system.handle(ReleaseStock(f"last-{number}"))


def test_units_that_leave_leave_the_whole(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 3)

    kit.system.handle(ConsumeStock("first", "parcel"))

    assert (stock(kit).on_hand, stock(kit).reserved, free(store)) == (17, 0, [5, 4, 4, 4])
    assert kit.shop.audit() == []


def test_units_that_arrive_are_spread(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 3)

    kit.staff.handle(ReceiveStock(kit.location, (StockLine(kit.variants[0], 10),)))

    assert free(store) == [7, 7, 7, 6]
    assert (stock(kit).on_hand, stock(kit).reserved) == (30, 3)


def test_an_item_that_is_striped_no_more_has_no_stripes(kit: ShopKit, store: SqlPersistence) -> None:
    reserve(kit, "first", 3)

    stripe(kit, 0)

    assert free(store) == []
    assert (stock(kit).reserved, stock(kit).available) == (3, 17)
    reserve(kit, "second", 17)
    assert stock(kit).available == 0
    assert kit.shop.audit() == []


@pytest.mark.parametrize(("before", "after"), [(4, 2), (4, 7), (4, 64), (64, 3)])
def test_there_are_as_many_stripes_as_were_asked_for(store: SqlPersistence, before: int, after: int) -> None:
    kit = a_striped_shop(store, units=20, stripes=before)

    stripe(kit, after)

    assert len(free(store)) == after
    assert max(free(store)) - min(free(store)) <= 1
    assert sum(free(store)) == 20


def test_the_buffer_is_kept_out_of_the_stripes(kit: ShopKit, store: SqlPersistence) -> None:
    rules(kit, buffer=6)

    assert sum(free(store)) == 14
    with pytest.raises(OutOfStock):
        reserve(kit, "too-many", 15)
    reserve(kit, "all", 14)
    assert stock(kit).available == 6


def test_a_till_sells_the_buffer_too(kit: ShopKit, store: SqlPersistence) -> None:
    rules(kit, buffer=6)

    kit.system.handle(ReserveStock("till", (StockLine(kit.variants[0], 17),), kit.location))

    assert free(store) == []
    assert stock(kit).available == 3
    with pytest.raises(OutOfStock):
        reserve(kit, "online")
    kit.system.handle(ReleaseStock("till"))
    assert sum(free(store)) == 14
    assert kit.shop.audit() == []


def test_what_may_be_promised_beyond_is_spread_as_well(kit: ShopKit, store: SqlPersistence) -> None:
    rules(kit, beyond=BackOrders(5))

    assert sum(free(store)) == 25
    reserve(kit, "all", 25)
    with pytest.raises(OutOfStock):
        reserve(kit, "too-late")
    assert stock(kit).available == 0
    assert kit.shop.audit() == []


def test_of_pre_orders_only_what_can_always_be_had_is_spread(kit: ShopKit, store: SqlPersistence) -> None:
    released = kit.clock.now().replace(year=2031)
    rules(kit, beyond=PreOrders(30, released))

    assert sum(free(store)) == 20
    reserve(kit, "all", 30)
    with pytest.raises(OutOfStock):
        reserve(kit, "too-late")


def test_what_is_given_back_fills_the_gap_before_it_is_sold_again(kit: ShopKit, store: SqlPersistence) -> None:
    for number in range(4):
        reserve(kit, f"order-{number}", 5)
    kit.staff.handle(CorrectStock(kit.variants[0], kit.location, -8, "burnt", even_if_reserved=True))

    kit.system.handle(ReleaseStock("order-0"))

    assert (stock(kit).short, stock(kit).available, free(store)) == (3, -3, [])
    kit.system.handle(ReleaseStock("order-1"))
    assert (stock(kit).short, stock(kit).available, sum(free(store))) == (0, 2, 2)
    assert kit.shop.audit() == []


def rules(kit: ShopKit, **changes: object) -> None:
    settings = {"buffer": 0, "low": 0, "beyond": None, "tracking": Tracking.NONE} | changes
    kit.staff.handle(SetStockRules(kit.variants[0], kit.location, **settings))  # type: ignore[arg-type]


# Within one unit of work ---------------------------------------------------------------------------------------------


@pytest.fixture
def tea(store: SqlPersistence) -> SqlPersistence:
    """20 units of tea in 4 stripes, and plain milk."""
    keep(store, a_location(), a_stock_item("tea", on_hand=20).having(stripes=4), a_stock_item("milk", on_hand=9))
    return store


def test_a_share_has_what_lies_in_its_stripe(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        shares = items.shares({TEA: 2, MILK: 2})

    assert shares[TEA].available(NOON) == 5
    assert shares[MILK].available(NOON) == 9
    assert (shares[TEA].id, shares[TEA].version) == (TEA, 1)


def test_who_took_a_share_reads_the_whole_item_as_it_will_be(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        seen = [items.get(TEA), *items.of_variants([VariantId("tea")]), items.page()[-1], items.striped(None, 1)[0]]
        again = items.shares({TEA: 1})[TEA]
        items.save(again.reserve(1, NOON))
        last = items.get(TEA)

    assert [(item.reserved, item.on_hand, item.buffer) for item in seen] == [(2, 20, 0)] * 4
    assert (again.available(NOON), last.reserved) == (3, 3)
    assert fetch(tea, StockItem, TEA).reserved == 3
    assert sorted(free(tea)) == [2, 5, 5, 5]


def test_a_share_is_taken_of_the_whole_once_that_is_locked(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        whole = items.get(TEA, lock=True)
        items.save(whole.reserve(4, NOON))

    assert whole.reserved == 2
    assert fetch(tea, StockItem, TEA).reserved == 6
    assert free(tea) == [4, 4, 3, 3]


def test_a_share_is_not_lost_when_the_whole_is_locked_and_left_alone(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        items.of_variants([VariantId("tea")], lock=True)

    assert fetch(tea, StockItem, TEA).reserved == 2
    assert sum(free(tea)) == 18


def test_a_share_of_before_the_whole_was_locked_is_stale(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        share = items.shares({TEA: 2})[TEA]
        items.get(TEA, lock=True)

        with pytest.raises(Conflict):
            items.save(share.reserve(2, NOON))


def test_a_share_that_is_too_small_by_now_becomes_the_whole(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.shares({TEA: 4})[TEA].reserve(4, NOON))
        more = items.shares({TEA: 4})[TEA]
        items.save(more.reserve(4, NOON))

    assert more.available(NOON) == 16
    assert fetch(tea, StockItem, TEA).reserved == 8
    assert sum(free(tea)) == 12


def test_who_holds_the_whole_gets_no_share(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.get(TEA, lock=True).reserve(1, NOON))
        share = items.shares({TEA: 3})[TEA]
        items.save(share.reserve(3, NOON))

    assert share.available(NOON) == 19
    assert fetch(tea, StockItem, TEA).reserved == 4
    assert free(tea) == [4, 4, 4, 4]


def test_of_a_share_nothing_but_units_is_taken(tea: SqlPersistence) -> None:
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        share = items.shares({TEA: 2})[TEA]

        with pytest.raises(InvariantViolated, match="share"):
            items.save(share.having(on_hand=share.on_hand + 1))
        with pytest.raises(Conflict):
            items.save(share.having(version=9).reserve(1, NOON))


def test_a_whole_that_was_not_locked_is_refused_when_others_took_of_it_since(tea: SqlPersistence) -> None:
    stale = fetch(tea, StockItem, TEA)
    with writing(tea) as work:
        items: StockItems = work.repository(StockItems)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))

    slow = tea.begin()
    slow.repository(StockItems).get(TEA)
    with writing(tea) as work:
        again: StockItems = work.repository(StockItems)
        again.save(again.shares({TEA: 1})[TEA].reserve(1, NOON))
    slow.repository(StockItems).save(stale.having(low=3))
    with pytest.raises(Conflict):
        slow.commit()
    slow.rollback()

    assert fetch(tea, StockItem, TEA).reserved == 3
    assert sum(free(tea)) == 17


def test_a_whole_that_was_not_locked_is_saved_when_nobody_was_there(tea: SqlPersistence) -> None:
    keep(tea, fetch(tea, StockItem, TEA).having(buffer=4))

    assert sum(free(tea)) == 16
    assert fetch(tea, StockItem, TEA).reserved == 0


def test_several_striped_items_are_taken_in_one_statement(tea: SqlPersistence) -> None:
    keep(tea, *(a_stock_item(f"cup-{n}", on_hand=9).having(stripes=3) for n in range(20)))
    ids = [stock_item_id(VariantId(f"cup-{n}"), LocationId("main")) for n in range(20)]

    def statements(wanted: int) -> int:
        with writing(tea) as work:
            items: StockItems = work.repository(StockItems)
            items.many(ids)
            before = tea.statements
            items.save(*(share.reserve(1, NOON) for share in items.shares(dict.fromkeys(ids[:wanted], 1)).values()))
            return tea.statements - before

    assert statements(20) == statements(1) == 1


def test_stripes_with_fewer_than_no_units_cannot_be(tea: SqlPersistence) -> None:
    with pytest.raises(DBAPIError, match="ck_stock_stripes_free"), tea.engine.begin() as connection:
        connection.execute(text("UPDATE stock_stripes SET free = -1 WHERE number = 0"))


# Who waits for whom --------------------------------------------------------------------------------------------------


def test_buyers_take_from_stripes_that_nobody_holds(kit: ShopKit, store: SqlPersistence) -> None:
    buyer = threading.Thread(target=partial(reserve, kit, "first", 2), daemon=True)
    with locked(store, "SELECT * FROM stock_stripes WHERE number <> 2"):
        buyer.start()
        buyer.join(20)
        waiting = buyer.is_alive()
    buyer.join(30)

    assert not waiting
    assert free(store) == [5, 5, 3, 5]


def test_who_finds_every_stripe_held_waits_for_one(kit: ShopKit, store: SqlPersistence) -> None:
    done: list[str] = []

    def buy() -> None:
        reserve(kit, "first")
        done.append("reserved")

    buyer = threading.Thread(target=buy)

    with locked(store, "SELECT * FROM stock_stripes"):
        buyer.start()
        buyer.join(0.5)
        waiting = not done
    buyer.join(30)

    assert waiting
    assert done == ["reserved"]


def test_sold_out_is_said_at_once_whoever_holds_whatever(
    kit: ShopKit, store: SqlPersistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve(kit, "all", 20)
    with (
        locked(store, "SELECT * FROM stock_items"),
        locked(store, "SELECT * FROM stock_stripes"),
        locked(store, "SELECT * FROM reservations"),
    ):
        buyer = threading.Thread(target=partial(reserve, kit, "too-late"), daemon=True)
        told: list[type] = []
        monkeypatch.setattr(threading, "excepthook", lambda failed: told.append(failed.exc_type))
        buyer.start()
        buyer.join(20)

        assert told == [OutOfStock]


def test_who_waits_for_an_item_that_is_striped_meanwhile_gets_it(store: SqlPersistence) -> None:
    kit = a_shop(store, products=1, stock=20)
    item = stock_item_id(kit.variants[0], kit.location)
    for stripes in (4, 0):
        first = store.begin()
        first.repository(StockItems).get(item, lock=True)
        source = f"meanwhile-{stripes}"
        buyer = threading.Thread(target=partial(reserve, kit, source, 3))
        buyer.start()
        buyer.join(0.3)
        items: StockItems = first.repository(StockItems)
        items.save(items.get(item).having(stripes=stripes))
        first.commit()
        buyer.join(30)

    assert stock(kit).reserved == 6
    assert free(store) == []
    assert kit.shop.audit() == []


# All at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.failure("F002")
def test_eight_processes_buy_exactly_what_there_is(store: SqlPersistence, postgres_url: str) -> None:
    kit = a_striped_shop(store, units=60, stripes=7)
    line = (StockLine(kit.variants[0], 1),)

    outcomes = Crowd(kit, postgres_url, 8).send([(System(), ReserveStock(f"o-{n}", line)) for n in range(320)])

    told = Counter(outcome.__name__ if isinstance(outcome, type) else "sold" for outcome in outcomes)
    assert told == {"sold": 60, "OutOfStock": 260}
    assert (stock(kit).reserved, stock(kit).available, sum(free(store))) == (60, 0, 0)
    assert kit.shop.audit() == []


def test_nothing_is_lost_or_sold_twice_while_the_stripes_change(store: SqlPersistence) -> None:
    kit = a_striped_shop(store, units=150, stripes=5)

    def buyer(number: int) -> Counter[str]:
        done: Counter[str] = Counter()
        for turn in range(12):
            source, units = f"{number}-{turn}", 1 + (number + turn) % 4
            try:
                reserve(kit, source, units)
            except OutOfStock:
                done["refused"] += 1
                continue
            if turn % 3 == 0:
                kit.system.handle(ReleaseStock(source))
            elif turn % 3 == 1:
                kit.system.handle(ConsumeStock(source, f"parcel-{source}"))
                done["gone"] += units
            else:
                done["held"] += units
        return done

    def keeper() -> Counter[str]:
        for stripes in (2, 9, 0, 3, 16, 0, 7, 5):
            stripe(kit, stripes)
            kit.staff.handle(ReceiveStock(kit.location, (StockLine(kit.variants[0], 2),)))
            time.sleep(0.02)
        return Counter(came=16)

    calls: list[Callable[[], Counter[str]]] = [*(partial(buyer, number) for number in range(6)), keeper]
    done = sum((outcome.value for outcome in at_once(calls)), Counter())

    view = stock(kit)
    assert (view.on_hand, view.reserved) == (150 + done["came"] - done["gone"], done["held"])
    assert len(free(store)) == 5
    assert sum(free(store)) == view.available == view.on_hand - view.reserved
    assert kit.shop.audit() == []


def test_everything_can_be_bought_by_those_who_want_much(store: SqlPersistence) -> None:
    kit = a_striped_shop(store, units=48, stripes=16)

    outcomes = at_once([partial(reserve, kit, f"order-{number}", 6) for number in range(12)])

    assert Counter(type(outcome.error).__name__ for outcome in outcomes) == {"NoneType": 8, "OutOfStock": 4}
    assert (stock(kit).available, sum(free(store))) == (0, 0)
    assert kit.shop.audit() == []


def test_sqlite_only_keeps_the_number(sqlite_url: str) -> None:
    persistence = SqlPersistence(sqlite_url)
    kit = a_striped_shop(persistence, units=20, stripes=4)

    reserve(kit, "first", 18)

    assert free(persistence) == []
    assert (stock(kit).stripes, stock(kit).reserved) == (4, 18)
    assert assemble(persistence).audit() == []
    persistence.close()
