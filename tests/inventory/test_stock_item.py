"""The laws of a stock item: nothing is set aside that is not there or promised, and the ledger says what is on hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    BackOrders,
    BackordersPromised,
    Condition,
    Level,
    Location,
    LocationChanged,
    LocationKind,
    LocationOpened,
    Movement,
    MovementKind,
    NotOnHand,
    NotReleased,
    OutOfStock,
    PreOrders,
    ReceivedLine,
    StockBack,
    StockCorrected,
    StockDamaged,
    StockIsDead,
    StockIsReserved,
    StockItem,
    StockLow,
    StockOut,
    StockReceived,
    StockShort,
    StockWrittenOff,
    TooMuchStock,
)
from ecomcore.kernel.errors import Refused
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.testing import NOON, a_stock_item
from ecomcore.testing.builders import units
from tests.inventory.stock_items import LATER, MAIN, TEA, ruled
from tests.support.refusals import refused

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), st.integers(1, 20)),
        st.tuples(st.just("receive damaged"), st.integers(1, 5)),
        st.tuples(st.just("correct"), st.integers(-20, 20).filter(bool)),
        st.tuples(st.just("correct anyway"), st.integers(-20, 20).filter(bool)),
        st.tuples(st.just("count"), st.integers(-9, 9).filter(bool)),
        st.tuples(st.just("damage"), st.integers(-5, 5).filter(bool)),
        st.tuples(st.just("write off"), st.integers(1, 5)),
        st.tuples(st.just("reserve"), st.integers(1, 20)),
        st.tuples(st.just("release"), st.integers(0, 9)),
        st.tuples(st.just("consume"), st.integers(0, 9)),
        st.tuples(st.just("promise beyond"), st.integers(0, 9)),
        st.tuples(st.just("sell ahead"), st.integers(1, 9)),
    ),
    max_size=40,
)
"""What happens to an item. Release and consume name one of the open reservations, as a reservation does."""
FACTS = {"correct anyway", "count", "damage", "write off"}


def after(item: StockItem, act: str, number: int, held: list[int]) -> StockItem:  # noqa: C901 - one case for each act
    """The item after one act; what is set aside is noted in ``held``."""
    match act:
        case "receive":
            return item.receive(units(number), "note", NOON)
        case "receive damaged":
            return item.receive(ReceivedLine(TEA, number, condition=Condition.DAMAGED), "note", NOON)
        case "correct":
            return item.correct(number, "because", NOON)
        case "correct anyway":
            return item.correct(number, "because", NOON, even_if_reserved=True)
        case "count":
            return item.count(number, "count", NOON)
        case "damage":
            return item.damage(number, "wet", NOON)
        case "write off":
            return item.write_off(number, Condition.DAMAGED if number % 2 else Condition.GOOD, "lost", NOON)
        case "promise beyond":
            return ruled(item, beyond=BackOrders(number) if number else None)
        case "sell ahead":
            return ruled(item, beyond=PreOrders(number, LATER))
        case "reserve":
            after_it = item.reserve(number, NOON)
            held.append(number)
            return after_it
        case "release" if held:
            return item.release(held.pop(number % len(held)), NOON)
        case "consume" if held:
            left, _ = item.consume(held[number % len(held)], "parcel", NOON)
            held.pop(number % len(held))
            return left
    return item


def lived(acts: list[tuple[str, int]]) -> tuple[StockItem, list[int]]:
    """The item after these acts, whatever was refused left out, and the reservations that are open in the end."""
    item, held = StockItem.empty(TEA, MAIN), list[int]()
    for act, number in acts:
        short = item.short
        try:
            item = after(item, act, number, held)
        except Refused:
            continue
        assert item.short <= short or act in FACTS, f"{act} has broken a promise"
    return item, held


@given(ACTS)
def test_never_more_is_reserved_than_is_on_hand_or_promised(acts: list[tuple[str, int]]) -> None:
    item, held = lived(acts)

    assert item.reserved == sum(held)
    assert 0 <= item.reserved <= item.on_hand + item.cap + item.short
    assert item.short == max(0, item.reserved - item.on_hand - item.cap)


@given(ACTS)
def test_what_is_there_is_the_sum_of_the_movements(acts: list[tuple[str, int]]) -> None:
    item, _ = lived(acts)

    running = dict.fromkeys(Condition, 0)
    for number, movement in enumerate(item.fresh, 1):
        running[movement.condition] += movement.quantity
        assert (movement.number, movement.balance) == (number, running[movement.condition])
        assert movement.balance >= 0 != movement.quantity
    assert (item.on_hand, item.damaged) == (running[Condition.GOOD], running[Condition.DAMAGED])
    assert item.entries == len(item.fresh)


@given(ACTS, st.integers(1, 50))
def test_as_many_can_be_reserved_as_are_available_and_not_one_more(acts: list[tuple[str, int]], wanted: int) -> None:
    item, _ = lived(acts)
    available = item.available(NOON)

    if wanted <= available:
        assert item.reserve(wanted, NOON).available(NOON) == available - wanted
    else:
        with refused(OutOfStock(TEA, wanted, max(available, 0))):
            item.reserve(wanted, NOON)


@given(ACTS, st.integers(1, 20))
def test_releasing_undoes_reserving(acts: list[tuple[str, int]], quantity: int) -> None:
    item = lived(acts)[0].receive(units(quantity), "note", NOON)
    item = item.having(beyond=None, short=0, reserved=min(item.reserved, item.on_hand - quantity), news=())
    item = item.looked_at(NOON).having(news=())

    given_back = item.reserve(quantity, NOON).release(quantity, NOON)

    assert given_back.having(news=()) == item


@given(ACTS)
def test_the_level_is_told_each_time_it_changes_and_never_twice(acts: list[tuple[str, int]]) -> None:
    item, _ = lived(acts)

    told = [each for each in item.news if isinstance(each, StockBack | StockLow | StockOut)]
    kinds = [type(each) for each in told if not isinstance(each, StockLow)]
    assert all(one is not other for one, other in pairwise(kinds))
    assert item.level is (Level.OUT if item.offered(NOON) <= 0 else Level.PLENTY)


# Units come and go ---------------------------------------------------------------------------------------------------


def test_units_arrive_and_there_is_something_to_be_sold_again() -> None:
    item = StockItem.empty(TEA, MAIN).receive(units(5), "note 7", NOON)

    assert (item.id, item.on_hand, item.available(NOON), item.active_at) == ("tea@main", 5, 5, NOON)
    assert item.fresh == (Movement(1, MovementKind.RECEIPT, 5, 5, "note 7", NOON),)
    assert item.news == (StockReceived(TEA, MAIN, 5, 5, "note 7"), StockBack(TEA, MAIN, 5))


def test_damaged_units_that_arrive_are_there_and_cannot_be_had() -> None:
    line = ReceivedLine(TEA, 2, condition=Condition.DAMAGED)

    item = a_stock_item(on_hand=5).receive(line, "", NOON, MovementKind.RETURN, "torn", "staff:sam")

    assert (item.on_hand, item.damaged, item.available(NOON)) == (5, 2, 5)
    entry = Movement(2, MovementKind.RETURN, 2, 2, "", NOON, Condition.DAMAGED, "", "torn", "staff:sam")
    assert item.fresh[-1] == entry
    assert item.news == (StockReceived(TEA, MAIN, 2, 5, "", MovementKind.RETURN, Condition.DAMAGED),)


def test_reserving_moves_nothing() -> None:
    before = a_stock_item(on_hand=5)

    after_it = before.reserve(3, NOON)

    assert (after_it.on_hand, after_it.reserved, after_it.available(NOON)) == (5, 3, 2)
    assert after_it.fresh == before.fresh


def test_consuming_takes_the_units_from_hand_and_from_what_is_reserved() -> None:
    item, lots = a_stock_item(on_hand=5, reserved=3).consume(2, "parcel", NOON)

    assert (item.on_hand, item.reserved, item.available(NOON), lots) == (3, 1, 2, ())
    assert item.fresh[-1] == Movement(2, MovementKind.SALE, -2, 3, "parcel", NOON)


def test_only_a_sale_wakes_what_lies_dead() -> None:
    dead = a_stock_item(on_hand=5, reserved=3).lie_dead(NOON)

    sold, _ = dead.consume(1, "parcel", LATER)
    moved, _ = dead.consume(1, "transfer", LATER, MovementKind.TRANSFER_OUT)

    assert dead.news == (StockIsDead(TEA, MAIN, 5, NOON),)
    assert (sold.dead, sold.active_at) == (False, LATER)
    assert (moved.dead, moved.active_at) == (True, NOON)


def test_an_item_has_a_most() -> None:
    full = a_stock_item(on_hand=MAX_QUANTITY)

    with refused(TooMuchStock(TEA, MAX_QUANTITY)):
        full.receive(units(1), "", NOON)
    with refused(TooMuchStock(TEA, MAX_QUANTITY)):
        full.correct(1, "counted", NOON)


# The books are set right ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [-2, 4])
def test_the_books_are_set_right_up_and_down(quantity: int) -> None:
    item = a_stock_item(on_hand=5, reserved=2).correct(quantity, "found", NOON, "staff:sam")

    assert (item.on_hand, item.reserved, item.short) == (5 + quantity, 2, 0)
    entry = Movement(2, MovementKind.CORRECTION, quantity, 5 + quantity, "", NOON, reason="found", actor="staff:sam")
    assert item.fresh[-1] == entry
    assert item.news == (StockCorrected(TEA, MAIN, quantity, 5 + quantity, "found"),)


def test_a_correction_does_not_take_what_is_reserved() -> None:
    with refused(StockIsReserved(TEA, 5, 3)):
        a_stock_item(on_hand=5, reserved=3).correct(-3, "counted", NOON)


def test_a_correction_does_not_go_below_nothing() -> None:
    for anyway in (False, True):
        with refused(NotOnHand(TEA, MAIN, 6, 5)):
            a_stock_item(on_hand=5).correct(-6, "counted", NOON, even_if_reserved=anyway)


def test_what_is_a_fact_may_leave_promises_that_cannot_be_kept_and_that_is_told() -> None:
    short = a_stock_item(on_hand=5, reserved=3).correct(-4, "stolen", NOON, even_if_reserved=True)

    assert (short.on_hand, short.reserved, short.short, short.available(NOON)) == (1, 3, 2, -2)
    assert StockShort(TEA, MAIN, 2) in short.news
    assert short.receive(units(1), "", NOON).short == 1
    assert short.release(2, NOON).short == 0


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda item: item.damage(3, "wet", NOON), 3),
        (lambda item: item.write_off(3, Condition.GOOD, "lost", NOON), 0),
        (lambda item: item.count(-3, "count 1", NOON), 0),
    ],
    ids=["damage", "write off", "count"],
)
def test_facts_are_booked_whatever_is_promised(act: object, left: int) -> None:
    item = act(a_stock_item(on_hand=5, reserved=5))  # type: ignore[operator]

    assert (item.on_hand, item.damaged, item.short) == (2, left, 3)


def test_promises_that_are_broken_may_be_corrected_upwards_only() -> None:
    short = a_stock_item(on_hand=5, reserved=5).count(-2, "count 1", NOON)

    with refused(StockIsReserved(TEA, 3, 5)):
        short.correct(-1, "more missing", NOON)
    assert short.correct(1, "one was behind the shelf", NOON).short == 1


def test_damaged_units_are_there_and_can_be_mended() -> None:
    torn = a_stock_item(on_hand=5).damage(2, "torn", NOON)

    assert (torn.on_hand, torn.damaged, torn.available(NOON)) == (3, 2, 3)
    assert torn.news == (StockDamaged(TEA, MAIN, 2, 3, 2, "torn"),)
    assert torn.damage(-2, "sewn", NOON).on_hand == 5
    with refused(NotOnHand(TEA, MAIN, 3, 2)):
        torn.damage(-3, "sewn", NOON)


def test_units_that_are_written_off_are_gone_for_good() -> None:
    torn = a_stock_item(on_hand=5).damage(2, "torn", NOON).having(news=())

    gone = torn.write_off(2, Condition.DAMAGED, "thrown away", NOON)

    assert (gone.on_hand, gone.damaged) == (3, 0)
    assert gone.news == (StockWrittenOff(TEA, MAIN, 2, Condition.DAMAGED, 3, 0, "thrown away"),)
    with refused(NotOnHand(TEA, MAIN, 3, 2)):
        torn.write_off(3, Condition.DAMAGED, "thrown away", NOON)


def test_the_ledger_says_why_and_by_which_document() -> None:
    item = a_stock_item(on_hand=9).having(fresh=())

    item = item.correct(-1, "lost", NOON, reference="list 1").damage(2, "wet", NOON, reference="slip 2")
    item = item.write_off(1, Condition.DAMAGED, "gone", NOON, reference="slip 3")

    said = [(entry.kind, entry.reference, entry.reason) for entry in item.fresh]
    wet = (MovementKind.DAMAGE, "slip 2", "wet")
    lost, gone = (MovementKind.CORRECTION, "list 1", "lost"), (MovementKind.WRITE_OFF, "slip 3", "gone")
    assert said == [lost, wet, wet, gone]


def test_what_a_count_found_is_booked_under_its_name() -> None:
    counted = a_stock_item(on_hand=5).count(2, "count 1", NOON, "staff:sam").counted(LATER)

    assert (counted.on_hand, counted.counted_at) == (7, LATER)
    assert counted.fresh[-1] == Movement(2, MovementKind.COUNT, 2, 7, "count 1", NOON, actor="staff:sam")
    assert counted.news == (StockCorrected(TEA, MAIN, 2, 7, "count 1", MovementKind.COUNT),)


# Words and places ----------------------------------------------------------------------------------------------------


def test_the_refusals_say_what_is_there() -> None:
    assert str(OutOfStock(TEA, 3, 2)) == "3 of tea wanted, 2 available"
    assert str(StockIsReserved(TEA, 5, 3)) == (
        "tea has 5 on hand of which 3 are reserved; a correction cannot go below what is reserved"
    )
    assert str(TooMuchStock(TEA, 9)) == "tea cannot have more than 9 units at one location"
    assert str(NotOnHand(TEA, MAIN, 3, 2)) == "3 of tea wanted at main, 2 usable there"
    assert str(NotReleased(TEA, NOON)) == "tea is not to leave before 2030-06-12T12:00:00+00:00"
    assert str(BackordersPromised(TEA, 3, 2)) == ("3 of tea are promised beyond what is on hand; a cap of 2 is too low")


def test_a_location_opens_and_is_described_anew() -> None:
    opened = Location.open(MAIN, "Main store", 3, LocationKind.STORE)

    moved = opened.change("Old store", 4, None, ships=False, collects=True, parcel_cost=None)

    assert opened.news == (LocationOpened(MAIN, "Main store", LocationKind.STORE),)
    assert (moved.name, moved.priority, moved.ships, moved.collects) == ("Old store", 4, False, True)
    assert moved.news[1:] == (LocationChanged(MAIN, "Old store"),)
    assert moved.change("Old store", 4, None, ships=False, collects=True, parcel_cost=None) is moved
