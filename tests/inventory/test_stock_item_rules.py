"""What staff decide about a stock item: what is kept back, what is promised, how units are told apart."""

from __future__ import annotations

from datetime import timedelta

from ecomcore.inventory import (
    BackOrders,
    BackordersPromised,
    Grade,
    Level,
    MovementKind,
    NotOnHand,
    NotReleased,
    OutOfStock,
    PreOrders,
    StockBack,
    StockLow,
    StockOut,
    StockRulesSet,
    StockStriped,
    Tracking,
    WrongTracking,
)
from ecomcore.testing import NOON, a_stock_item
from tests.inventory.stock_items import LATER, MAIN, TEA, ruled
from tests.support.refusals import refused


def test_a_buffer_is_available_and_not_offered() -> None:
    item = ruled(a_stock_item(on_hand=5), buffer=2)

    assert (item.available(NOON), item.offered(NOON)) == (5, 3)
    assert item.news == (StockRulesSet(TEA, MAIN),)
    assert ruled(item, buffer=2) is item


def test_as_many_as_the_cap_may_be_promised_and_do_not_leave_before_they_are_there() -> None:
    item = ruled(a_stock_item(on_hand=2), beyond=BackOrders(3)).reserve(5, NOON)

    assert (item.available(NOON), item.short) == (0, 0)
    with refused(OutOfStock(TEA, 1, 0)):
        item.reserve(1, NOON)
    with refused(NotOnHand(TEA, MAIN, 3, 2)):
        item.consume(3, "parcel", NOON)
    with refused(BackordersPromised(TEA, 3, 2)):
        ruled(item, beyond=BackOrders(2))


def test_what_is_sold_ahead_is_counted_by_its_quota_and_leaves_at_the_release() -> None:
    item = ruled(a_stock_item(on_hand=9), beyond=PreOrders(3, LATER)).reserve(3, NOON)

    assert (item.available(NOON), item.available(LATER)) == (0, 6)
    with refused(NotReleased(TEA, LATER)):
        item.consume(1, "parcel", LATER - timedelta(microseconds=1))
    assert item.consume(1, "parcel", LATER)[0].on_hand == 8


def test_only_what_lies_there_and_nobody_has_is_set_aside_to_be_moved() -> None:
    promised = ruled(a_stock_item(on_hand=2), beyond=BackOrders(3)).reserve(1, NOON)
    ahead = ruled(a_stock_item(on_hand=9), beyond=PreOrders(3, LATER)).reserve(1, NOON)

    for item, free in ((promised, 1), (ahead, 2)):
        assert item.lying(NOON) == free
        assert item.reserve(free, NOON, to_move=True).reserved == item.reserved + free
        with refused(OutOfStock(TEA, free + 1, free)):
            item.reserve(free + 1, NOON, to_move=True)
    assert ruled(a_stock_item(on_hand=9), beyond=PreOrders(20, LATER)).lying(NOON) == 9


def test_what_is_sold_ahead_may_be_moved_before_its_release() -> None:
    item = ruled(a_stock_item(on_hand=9), beyond=PreOrders(3, LATER)).reserve(2, NOON, to_move=True)

    moved, _ = item.consume(2, "van", NOON, MovementKind.TRANSFER_OUT)

    assert (moved.on_hand, moved.reserved) == (7, 0)


def test_how_units_are_told_apart_is_settled_before_they_come() -> None:
    accepted = "no change while units are there, or while it is striped"
    with refused(WrongTracking(TEA, Tracking.NONE, accepted)):
        ruled(a_stock_item(on_hand=1), tracking=Tracking.LOTS)
    with refused(WrongTracking(TEA, Tracking.NONE, accepted)):
        ruled(a_stock_item(on_hand=0).stripe(4), tracking=Tracking.LOTS)
    assert ruled(a_stock_item(on_hand=0), tracking=Tracking.LOTS).tracking is Tracking.LOTS


def test_a_hot_item_is_striped_unless_its_units_are_told_apart() -> None:
    item = a_stock_item(on_hand=5).stripe(4)

    assert item.news == (StockStriped(TEA, MAIN, 4),)
    assert item.stripe(4) is item
    with refused(WrongTracking(TEA, Tracking.SERIALS, "no stripes where units are told apart")):
        ruled(a_stock_item(on_hand=0), tracking=Tracking.SERIALS).stripe(2)


def test_the_level_of_a_striped_item_is_told_by_whoever_sees_all_of_it() -> None:
    item = a_stock_item(on_hand=5).stripe(4).having(news=())

    sold_out = item.reserve(5, NOON)

    assert (sold_out.news, sold_out.level) == ((), Level.PLENTY)
    assert sold_out.looked_at(NOON).news == (StockOut(TEA, MAIN),)


def test_staff_hear_once_that_little_is_left_and_once_that_nothing_is() -> None:
    item = ruled(a_stock_item(on_hand=9), low=4, buffer=1).having(news=())

    less = item.reserve(4, NOON).reserve(1, NOON)
    none = less.reserve(3, NOON).reserve(1, NOON)

    assert less.news == (StockLow(TEA, MAIN, 4, 4),)
    assert none.news[1:] == (StockOut(TEA, MAIN),)
    assert none.release(2, NOON).news[2:] == (StockBack(TEA, MAIN, 1), StockLow(TEA, MAIN, 1, 4))


def test_a_grade_is_what_it_is() -> None:
    item = a_stock_item().graded(Grade.A)

    assert item.grade is Grade.A
    assert item.graded(Grade.A) is item
