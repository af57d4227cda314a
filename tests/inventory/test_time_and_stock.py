"""What time does to stock: lots expire, releases come, and both are told once, whether anybody does anything or not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecomcore.choices import Subscriber
from ecomcore.inventory import (
    BackordersPromised,
    CorrectStock,
    DamageStock,
    Level,
    ListStock,
    OpenLocation,
    OutOfStock,
    PreOrders,
    Purpose,
    ReceivedLine,
    ReceiveStock,
    ReserveStock,
    SetStockRules,
    StockBack,
    StockIsReserved,
    StockItem,
    StockLine,
    StockOut,
    StockShort,
    StockView,
    StripeStock,
    Tracking,
    WatchStock,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.messages import Event
from ecomcore.testing import NOON, ShopKit, a_shop, a_stock_item
from ecomcore.testing.builders import units
from tests.inventory.stock_items import LATER, MAIN, TEA, ruled
from tests.support.refusals import refused

BEFORE = LATER - timedelta(microseconds=1)


def sold_ahead(on_hand: int, reserved: int) -> StockItem:
    """Released later; nothing of what was told so far is of interest."""
    item = ruled(a_stock_item(on_hand=on_hand), beyond=PreOrders(100, LATER)).reserve(reserved, NOON)
    return item.having(news=())


def perishable(quantity: int, end: Instant = LATER) -> StockItem:
    item = StockItem.empty(TEA, MAIN).having(tracking=Tracking.LOTS)
    return item.receive(ReceivedLine(TEA, quantity, "lot", end), "note", NOON).having(news=())


# The release ---------------------------------------------------------------------------------------------------------


def test_a_quota_covers_promises_until_the_release_and_not_after_it() -> None:
    item = sold_ahead(on_hand=60, reserved=100)

    assert (item.short_at(BEFORE), item.short_at(LATER)) == (0, 40)
    assert item.correct(-1, "typo", BEFORE).short == 0
    with refused(StockIsReserved(TEA, 60, 100)):
        item.correct(-1, "typo", LATER)


def test_what_is_missing_at_the_release_is_short_and_told_once_by_whoever_comes_first() -> None:
    item = sold_ahead(on_hand=60, reserved=100)

    told = item.looked_at(LATER)
    received = item.receive(units(10), "note", LATER)

    assert (told.short, told.news) == (40, (StockShort(TEA, MAIN, 40),))
    assert told.looked_at(LATER) is told
    assert (received.short, StockShort(TEA, MAIN, 30) in received.news) == (30, True)
    assert told.receive(units(100), "note", LATER).short == 0


def test_units_that_come_in_time_leave_nothing_to_tell() -> None:
    item = sold_ahead(on_hand=60, reserved=100).receive(units(41), "note", BEFORE)

    assert (item.looked_at(LATER).short, item.looked_at(LATER).level) == (0, Level.PLENTY)


def test_broken_promises_are_told_as_a_fact_after_the_release_as_well() -> None:
    item = sold_ahead(on_hand=100, reserved=100).damage(20, "fell", LATER)

    assert (item.short, item.available(LATER)) == (20, -20)
    assert StockShort(TEA, MAIN, 20) in item.news


def test_rules_cannot_bring_the_release_forward_to_a_day_on_which_too_little_is_there() -> None:
    item = sold_ahead(on_hand=60, reserved=100)

    with refused(BackordersPromised(TEA, 40, 0)):
        ruled(item, beyond=PreOrders(100, NOON))


def test_what_is_left_over_at_the_release_is_told_to_be_back() -> None:
    item = ruled(a_stock_item(on_hand=10), beyond=PreOrders(1, LATER)).reserve(1, NOON).having(news=())

    assert item.level is Level.OUT
    assert item.looked_at(LATER).news == (StockBack(TEA, MAIN, 9),)


# What expires --------------------------------------------------------------------------------------------------------


def test_promises_of_what_has_expired_are_short_and_told_once() -> None:
    item = perishable(10).reserve(10, NOON).having(news=())

    told = item.looked_at(LATER)

    assert (told.short, told.available(LATER), told.news) == (10, -10, (StockShort(TEA, MAIN, 10),))
    assert told.looked_at(LATER + timedelta(days=9)) is told
    assert told.receive(ReceivedLine(TEA, 4, "fresh"), "note", LATER).short == 6


def test_of_what_has_expired_the_books_are_set_right_whatever_is_promised() -> None:
    item = perishable(10).reserve(10, NOON)

    assert item.correct(-10, "thrown away", LATER, lot="lot").short == 10
    with refused(StockIsReserved(TEA, 10, 10)):
        item.correct(-1, "lost", BEFORE, lot="lot")


def test_an_item_knows_when_time_will_change_it_next() -> None:
    soon = NOON + timedelta(hours=1)
    item = perishable(10).receive(ReceivedLine(TEA, 1, "soon", soon), "note", NOON)

    assert (item.due_at, item.looked_at(soon).due_at, item.looked_at(LATER).due_at) == (soon, LATER, None)
    assert sold_ahead(5, 5).due_at == LATER
    assert item.write_off(1, item.fresh[0].condition, "broken", NOON, lot="soon").due_at == LATER
    assert a_stock_item().looked_at(NOON).due_at is None


# In a shop -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def kit(told: list[Event]) -> ShopKit:
    kinds = (StockShort, StockOut, StockBack)
    kit = a_shop(products=0, subscribers=[Subscriber("post", kinds, lambda event, *_: told.append(event))])
    kit.staff.handle(OpenLocation("Main", id=MAIN))
    return kit


def watch(kit: ShopKit, told: list[Event], limit: int = 1_000) -> list[Event]:
    """What is told when the job has looked."""
    kit.shop.drain()
    told.clear()
    kit.system.handle(WatchStock(limit))
    kit.shop.drain()
    return list(told)


def reserve(kit: ShopKit, variant: VariantId, quantity: int, source: str = "order") -> None:
    kit.system.handle(ReserveStock(source, (StockLine(variant, quantity),), purpose=Purpose.OTHER))


def stock(kit: ShopKit, *variants: VariantId) -> list[StockView]:
    return list(kit.staff.ask(ListStock(variants or (TEA,))))


def test_after_the_release_no_correction_hides_behind_the_quota(kit: ShopKit) -> None:
    kit.staff.handle(SetStockRules(TEA, MAIN, beyond=PreOrders(100, LATER)))
    reserve(kit, TEA, 100)
    kit.staff.handle(ReceiveStock(MAIN, (StockLine(TEA, 100),)))
    kit.clock.tick(LATER - NOON)

    with refused(StockIsReserved(TEA, 100, 100)):
        kit.staff.handle(CorrectStock(TEA, MAIN, -50, "typo"))
    kit.staff.handle(DamageStock(TEA, MAIN, 20, "fell"))

    assert [(view.short, view.available) for view in stock(kit)] == [(20, -20)]
    assert kit.shop.audit() == []


def test_the_job_tells_that_a_release_has_come(kit: ShopKit, told: list[Event]) -> None:
    book = VariantId("book")
    kit.staff.handle(ReceiveStock(MAIN, (StockLine(TEA, 10),)))
    kit.staff.handle(SetStockRules(TEA, MAIN, beyond=PreOrders(1, LATER)))
    kit.staff.handle(SetStockRules(book, MAIN, beyond=PreOrders(100, LATER)))
    reserve(kit, TEA, 1)
    reserve(kit, book, 3, "another")
    assert [(view.level, view.available) for view in stock(kit, TEA, book)] == [("plenty", 97), ("out", 0)]
    kit.clock.tick(LATER - NOON)

    found = watch(kit, told)

    assert {*found} == {StockShort(book, MAIN, 3), StockOut(book, MAIN), StockBack(TEA, MAIN, 9)}
    assert len(found) == 3
    assert [(view.level, view.short) for view in stock(kit, TEA, book)] == [("out", 3), ("plenty", 0)]
    assert watch(kit, told) == []


def test_what_is_short_is_seen_before_any_job_has_run(kit: ShopKit) -> None:
    kit.staff.handle(SetStockRules(TEA, MAIN, tracking=Tracking.LOTS))
    kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(TEA, 5, "lot", LATER),)))
    reserve(kit, TEA, 5)

    kit.clock.tick(LATER - NOON)

    assert [(view.short, view.available) for view in stock(kit)] == [(5, -5)]
    with refused(OutOfStock(TEA, 1, 0)):
        reserve(kit, TEA, 1, "late")


def test_what_was_told_does_not_keep_the_job_from_the_rest(kit: ShopKit, told: list[Event]) -> None:
    milks = tuple(VariantId(f"milk-{number}") for number in range(3))
    for milk in milks:
        kit.staff.handle(SetStockRules(milk, MAIN, tracking=Tracking.LOTS))
        kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(milk, 5, "lot", LATER),)))
    kit.clock.tick(LATER - NOON)

    found = [watch(kit, told, limit=1) for _ in range(4)]

    assert found == [*([StockOut(milk, MAIN)] for milk in milks), []]


def test_striped_items_do_not_keep_the_job_from_each_other(kit: ShopKit, told: list[Event]) -> None:
    hot = tuple(VariantId(f"hot-{number}") for number in range(3))
    for each in hot:
        kit.staff.handle(ReceiveStock(MAIN, (StockLine(each, 5),)))
        kit.staff.handle(StripeStock(each, MAIN, 2))
    reserve(kit, hot[1], 5, "one")
    reserve(kit, hot[2], 5, "two")

    found = [watch(kit, told, limit=1) for _ in range(3)]

    assert found == [[StockOut(hot[1], MAIN)], [StockOut(hot[2], MAIN)], []]
