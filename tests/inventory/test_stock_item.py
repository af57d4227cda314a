"""The laws of a stock item: nothing is set aside that is not there, and the ledger says what is on hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    Location,
    LocationOpened,
    Movement,
    MovementKind,
    OutOfStock,
    StockCorrected,
    StockIsReserved,
    StockItem,
    StockReceived,
    TooMuchStock,
)
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.testing import NOON, a_stock_item
from tests.support.refusals import refused

TEA, MAIN = VariantId("tea"), LocationId("main")

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), st.integers(1, 20)),
        st.tuples(st.just("correct"), st.integers(-20, 20).filter(bool)),
        st.tuples(st.just("reserve"), st.integers(1, 20)),
        st.tuples(st.just("release"), st.integers(0, 9)),
        st.tuples(st.just("consume"), st.integers(0, 9)),
    ),
    max_size=40,
)
"""What happens to an item. Release and consume name one of the open reservations, as a reservation does."""


def lived(acts: list[tuple[str, int]]) -> tuple[StockItem, list[int]]:
    """The item after these acts, whatever was refused left out, and the reservations that are open in the end."""
    item, held = StockItem.empty(TEA, MAIN), list[int]()
    for act, number in acts:
        try:
            match act:
                case "receive":
                    item = item.receive(number, "note", NOON)
                case "correct":
                    item = item.correct(number, "count", NOON)
                case "reserve":
                    item = item.reserve(number)
                    held.append(number)
                case "release" if held:
                    item = item.release(held.pop(number % len(held)))
                case "consume" if held:
                    item = item.consume(held.pop(number % len(held)), "parcel", NOON)
        except (OutOfStock, StockIsReserved):
            continue
    return item, held


@given(ACTS)
def test_never_more_is_reserved_than_is_on_hand(acts: list[tuple[str, int]]) -> None:
    item, held = lived(acts)

    assert item.reserved == sum(held)
    assert 0 <= item.reserved <= item.on_hand
    assert item.available == item.on_hand - item.reserved >= 0


@given(ACTS)
def test_what_is_on_hand_is_the_sum_of_the_movements(acts: list[tuple[str, int]]) -> None:
    item, _ = lived(acts)

    running = 0
    for number, movement in enumerate(item.fresh, 1):
        running += movement.quantity
        assert (movement.number, movement.balance) == (number, running)
        assert movement.quantity != 0
    assert (item.on_hand, item.entries) == (running, len(item.fresh))


@given(ACTS, st.integers(1, 50))
def test_as_many_can_be_reserved_as_are_available_and_not_one_more(acts: list[tuple[str, int]], wanted: int) -> None:
    item, _ = lived(acts)

    if wanted <= item.available:
        assert item.reserve(wanted).available == item.available - wanted
    else:
        with refused(OutOfStock(TEA, wanted, item.available)):
            item.reserve(wanted)


@given(ACTS, st.integers(1, 20))
def test_releasing_undoes_reserving(acts: list[tuple[str, int]], quantity: int) -> None:
    item = lived(acts)[0].receive(quantity, "note", NOON)

    assert item.reserve(quantity).release(quantity) == item


def test_units_arrive() -> None:
    item = StockItem.empty(TEA, MAIN).receive(5, "note 7", NOON)

    assert (item.id, item.on_hand, item.available) == ("tea@main", 5, 5)
    assert item.fresh == (Movement(1, MovementKind.RECEIPT, 5, 5, "note 7", NOON),)
    assert item.news == (StockReceived(TEA, MAIN, 5, 5, "note 7"),)


def test_reserving_moves_nothing() -> None:
    before = a_stock_item(on_hand=5)

    after = before.reserve(3)

    assert (after.on_hand, after.reserved, after.available) == (5, 3, 2)
    assert after.fresh == before.fresh


def test_consuming_takes_the_units_from_hand_and_from_what_is_reserved() -> None:
    item = a_stock_item(on_hand=5, reserved=3).consume(2, "parcel", NOON)

    assert (item.on_hand, item.reserved, item.available) == (3, 1, 2)
    assert item.fresh[-1] == Movement(2, MovementKind.SALE, -2, 3, "parcel", NOON)


@pytest.mark.parametrize("quantity", [-2, 4])
def test_the_books_are_set_right_up_and_down(quantity: int) -> None:
    item = a_stock_item(on_hand=5, reserved=3).correct(quantity, "counted", NOON)

    assert (item.on_hand, item.reserved) == (5 + quantity, 3)
    assert item.fresh[-1] == Movement(2, MovementKind.CORRECTION, quantity, 5 + quantity, "counted", NOON)
    assert item.news == (StockCorrected(TEA, MAIN, quantity, 5 + quantity, "counted"),)


def test_a_correction_does_not_take_what_is_reserved() -> None:
    with refused(StockIsReserved(TEA, 5, 3)):
        a_stock_item(on_hand=5, reserved=3).correct(-3, "counted", NOON)


def test_a_correction_does_not_go_below_nothing() -> None:
    with refused(StockIsReserved(TEA, 5, 0)):
        a_stock_item(on_hand=5).correct(-6, "counted", NOON)


def test_an_item_has_a_most() -> None:
    full = a_stock_item(on_hand=MAX_QUANTITY)

    with refused(TooMuchStock(TEA, MAX_QUANTITY)):
        full.receive(1, "", NOON)
    with refused(TooMuchStock(TEA, MAX_QUANTITY)):
        full.correct(1, "counted", NOON)


def test_the_refusals_say_what_is_there() -> None:
    assert str(OutOfStock(TEA, 3, 2)) == "3 of tea wanted, 2 available"
    assert str(StockIsReserved(TEA, 5, 3)) == (
        "tea has 5 on hand of which 3 are reserved; a correction cannot go below what is reserved"
    )
    assert str(TooMuchStock(TEA, 9)) == "tea cannot have more than 9 units at one location"


def test_a_location_opens() -> None:
    assert Location.open(MAIN, "Main store", 3).news == (LocationOpened(MAIN, "Main store"),)
