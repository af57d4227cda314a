"""Of plenty, units are set aside on PostgreSQL without a lock: nobody waits, and the row has the last word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ecomcore import assemble
from ecomcore.inventory import (
    BackOrders,
    ChannelLocation,
    OutOfStock,
    Purpose,
    ReserveStock,
    ServeChannel,
    SetStockRules,
    StockItem,
    StockItems,
    StockLine,
    StockLow,
    StockOut,
    stock_item_id,
)
from ecomcore.kernel.errors import Conflict
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import System
from ecomcore.testing import NOON, a_location, a_shop, a_stock_item, fetch, keep, writing
from ecomcore.testing.builders import units
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything

TEA, MILK = (stock_item_id(VariantId(name), LocationId("main")) for name in ("tea", "milk"))
PLENTY = 100


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = use_wire(SqlPersistence(postgres_url))
    erase_everything(persistence)
    yield persistence
    persistence.close()


def filled(store: SqlPersistence) -> SqlPersistence:
    erase_everything(store)
    keep(store, a_location(), a_stock_item("tea", on_hand=PLENTY), a_stock_item("milk", on_hand=PLENTY))
    return store


def looked_at(work: Any) -> StockItems:
    """The stock as somebody has it who looks before taking."""
    items: StockItems = work.repository(StockItems)
    items.many([MILK, TEA])
    return items


def take(store: SqlPersistence, number: int) -> None:
    with writing(store) as work:
        items = looked_at(work)
        items.save(items.shares({TEA: number})[TEA].reserve(number, NOON))


def change(store: SqlPersistence, changed: Callable[[StockItem], StockItem]) -> None:
    with writing(store) as work:
        items: StockItems = work.repository(StockItems)
        items.save(changed(items.get(TEA, lock=True)))


def test_nobody_waits_for_who_takes_of_plenty(store: SqlPersistence) -> None:
    with writing(filled(store)) as work:
        items = looked_at(work)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        take(store, 3)
        take(store, 4)

    assert fetch(store, StockItem, TEA).reserved == 9


@pytest.mark.parametrize(
    "changed",
    [
        lambda item: item.reserve(99, NOON),
        lambda item: item.reserve(97, NOON).having(low=2).looked_at(NOON),
        lambda item: item.having(queued=True),
        lambda item: item.having(buffer=99),
        lambda item: item.having(low=99),
        lambda item: item.having(beyond=BackOrders(5)),
        lambda item: item.stripe(2),
        lambda item: item.correct(-99, "lost", NOON),
    ],
)
def test_what_is_not_plenty_any_more_is_refused_by_the_row(
    store: SqlPersistence, changed: Callable[[StockItem], StockItem]
) -> None:
    slow = filled(store).begin()
    items = looked_at(slow)
    items.save(items.shares({TEA: 2, MILK: 2})[TEA].reserve(2, NOON))
    change(store, changed)
    before = fetch(store, StockItem, TEA)

    with pytest.raises(Conflict):
        slow.commit()
    slow.rollback()

    assert fetch(store, StockItem, TEA) == before
    assert fetch(store, StockItem, MILK).reserved == 0


def test_what_comes_and_goes_meanwhile_disturbs_nobody(store: SqlPersistence) -> None:
    with writing(filled(store)) as work:
        items = looked_at(work)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        change(store, lambda item: item.receive(units(7), "note", NOON))
        change(store, lambda item: item.correct(-3, "lost", NOON))

    tea = fetch(store, StockItem, TEA)
    assert (tea.on_hand, tea.reserved) == (PLENTY + 4, 2)


def test_who_has_not_seen_what_was_taken_does_not_write_over_it(store: SqlPersistence) -> None:
    slow = filled(store).begin()
    seen = slow.repository(StockItems).get(TEA)
    take(store, 2)

    slow.repository(StockItems).save(seen.having(low=3))
    with pytest.raises(Conflict):
        slow.commit()
    slow.rollback()

    assert fetch(store, StockItem, TEA).reserved == 2


def test_who_takes_of_plenty_reads_it_as_it_will_be(store: SqlPersistence) -> None:
    with writing(filled(store)) as work:
        items = looked_at(work)
        items.save(items.shares({TEA: 5})[TEA].reserve(5, NOON))
        items.save(items.shares({TEA: 0})[TEA].release(3, NOON))
        seen = [items.get(TEA), *items.of_variants([VariantId("tea")]), items.page()[-1]]

    assert [item.reserved for item in seen] == [2] * 3
    assert fetch(store, StockItem, TEA).reserved == 2


def test_what_was_taken_of_plenty_is_taken_of_the_whole_once_that_is_locked(store: SqlPersistence) -> None:
    with writing(filled(store)) as work:
        items = looked_at(work)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        whole = items.get(TEA, lock=True)
        items.save(whole.receive(units(1), "note", NOON).reserve(4, NOON))

    tea = fetch(store, StockItem, TEA)
    assert (whole.reserved, tea.reserved, tea.on_hand) == (2, 6, PLENTY + 1)


def test_what_was_taken_of_plenty_is_locked_before_anything_else(store: SqlPersistence) -> None:
    with writing(filled(store)) as work:
        items = looked_at(work)
        items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
        assert not _is_locked(store)
        items.get(MILK, lock=True)
        assert _is_locked(store)
        items.save(items.shares({TEA: 1})[TEA].reserve(1, NOON))
        assert items.of_variants([VariantId("tea")])[0].reserved == 3

    assert fetch(store, StockItem, TEA).reserved == 3


def _is_locked(store: SqlPersistence) -> bool:
    with store.engine.connect() as connection:
        try:
            connection.execute(text("SELECT id FROM stock_items WHERE id = :id FOR UPDATE NOWAIT"), {"id": TEA})
        except OperationalError:
            return True
        finally:
            connection.rollback()
    return False


def test_as_many_are_left_as_are_to_be_kept(store: SqlPersistence) -> None:
    for others, room in ((69, False), (68, True)):
        slow = filled(store).begin()
        items = looked_at(slow)
        items.save(items.shares({TEA: 1}, {TEA: 30})[TEA].reserve(1, NOON))
        change(store, lambda item, others=others: item.reserve(others, NOON))
        if room:
            slow.commit()
        else:
            with pytest.raises(Conflict):
                slow.commit()
        slow.rollback()
        assert fetch(store, StockItem, TEA).reserved == others + room


def test_what_is_to_be_kept_of_one_taking_is_kept_of_the_next(store: SqlPersistence) -> None:
    keep(store, a_location(), a_stock_item("tea", on_hand=4 * PLENTY))

    with writing(store) as work:
        items: StockItems = work.repository(StockItems)
        items.many([TEA])
        items.save(items.shares({TEA: 1}, {TEA: PLENTY})[TEA].reserve(1, NOON))
        items.save(items.shares({TEA: 3 * PLENTY})[TEA].reserve(3 * PLENTY, NOON))

    assert fetch(store, StockItem, TEA).reserved == 3 * PLENTY + 1


def test_a_rush_does_not_take_what_an_earlier_taking_was_to_leave(store: SqlPersistence) -> None:
    slow = filled(store).begin()
    items = looked_at(slow)
    items.save(items.shares({TEA: 1}, {TEA: 20})[TEA].reserve(1, NOON))
    items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
    change(store, lambda item: item.reserve(PLENTY - 23, NOON))

    with pytest.raises(Conflict):
        slow.commit()
    slow.rollback()

    assert fetch(store, StockItem, TEA).reserved == PLENTY - 23


def test_nobody_commits_what_was_refused_while_it_was_done(store: SqlPersistence) -> None:
    slow = filled(store).begin()
    items = looked_at(slow)
    items.save(items.shares({TEA: 2})[TEA].reserve(2, NOON))
    change(store, lambda item: item.reserve(99, NOON))
    with pytest.raises(Conflict):
        items.get(MILK, lock=True)

    with pytest.raises(RuntimeError, match="begin another"):
        slow.commit()
    slow.rollback()

    assert fetch(store, StockItem, TEA).reserved == 99


def test_all_that_is_plenty_is_taken_in_one_statement(store: SqlPersistence) -> None:
    cups = [a_stock_item(f"cup-{number}", on_hand=PLENTY) for number in range(20)]
    keep(filled(store), *cups)

    def statements(wanted: Sequence[StockItem]) -> int:
        with writing(store) as work:
            items: StockItems = work.repository(StockItems)
            items.many([cup.id for cup in cups])
            before = store.statements
            shares = items.shares({cup.id: 1 for cup in wanted})
            items.save(*(share.reserve(1, NOON) for share in shares.values()))
            work.commit()
            return store.statements - before

    assert statements(cups) == statements(cups[:1]) == 2, "the change and the commit"
    assert [item.reserved for item in fetch_all(store, cups)] == [2, *[1] * 19]


def fetch_all(store: SqlPersistence, items: Sequence[StockItem]) -> Sequence[StockItem]:
    return [fetch(store, StockItem, item.id) for item in items]


# In a shop -----------------------------------------------------------------------------------------------------------


def test_staff_are_told_once_that_little_is_left_and_once_that_nothing_is(store: SqlPersistence) -> None:
    kit = a_shop(store, products=1, stock=PLENTY)
    (variant,) = kit.variants
    kit.staff.handle(SetStockRules(variant, kit.location, low=3))

    for number in range(PLENTY):
        kit.system.handle(ReserveStock(f"buyer-{number}", (StockLine(variant, 1),), purpose=Purpose.OTHER))
    with pytest.raises(OutOfStock):
        kit.system.handle(ReserveStock("late", (StockLine(variant, 1),), purpose=Purpose.OTHER))

    with store.begin(write=False) as work:
        told = [kept.event for kept in work.outbox.events(limit=1_000)]
    assert [event.available for event in told if isinstance(event, StockLow)] == [3]
    assert len([event for event in told if isinstance(event, StockOut)]) == 1
    assert kit.shop.audit() == []


def test_a_rush_does_not_bite_into_the_buffer_of_a_channel(store: SqlPersistence) -> None:
    kit, other = a_shop(store, products=1, stock=200), assemble(store)
    (variant,) = kit.variants
    kit.staff.handle(ServeChannel("web", (ChannelLocation(kit.location, buffer=40),)))
    commit, rushed = store.dialect.commit, list[bool]()

    def rush_first(channel: Any, writes: Any) -> int:
        if not rushed:
            rushed.append(True)
            rush = ReserveStock("till", (StockLine(variant, 160),), kit.location, purpose=Purpose.OTHER)
            other.handle(rush, by=System())
        return commit(channel, writes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.dialect, "commit", rush_first)
        with pytest.raises(OutOfStock):
            kit.system.handle(ReserveStock("web", (StockLine(variant, 1),), purpose=Purpose.OTHER, channel="web"))

    assert fetch(store, StockItem, stock_item_id(variant, kit.location)).reserved == 160
