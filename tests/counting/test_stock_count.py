"""The rules of a stock count: who may say what, what asks for a recount, what is booked, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ecomcore.counting import (
    COUNT_LIFECYCLE,
    AbcGrade,
    AlreadyCounting,
    BookedLine,
    Books,
    CountBooked,
    CountCancelled,
    CountedItem,
    CounterCannotApprove,
    CountFinished,
    CountingPolicy,
    CountKind,
    CountLine,
    CountRecorded,
    CountStarted,
    CountState,
    NotCounted,
    NothingCounted,
    NotInCount,
    RecountMissing,
    RecountWanted,
    SameCounter,
    StockCount,
    WrongLot,
)
from ecomcore.counting import CountEntryKind as Kind
from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.percent import percent
from ecomcore.testing import NOON
from ecomcore.testing.counting import a_board, a_count, a_count_entry
from tests.support.refusals import refused

TEA, MUG, CUP = VariantId("tea"), VariantId("mug"), VariantId("cup")
STORE, COUNT = LocationId("store"), StockCountId("count")
ANN, BOB, EVE = "staff:ann", "staff:bob", "staff:eve"
LATER = NOON + timedelta(hours=1)
POLICY = CountingPolicy(tolerance_units=2, tolerance_percent=percent(0), approval_above=10)


def said(count: StockCount, by: str, *lines: CountLine, books: int = 10, policy: CountingPolicy = POLICY) -> StockCount:
    """The count after somebody said this, where the books have so many units of everything."""
    there = {line.variant: Books(line.variant, books, 7) for line in lines}
    return count.record(lines, there, by, LATER, policy)


def finished(count: StockCount, *books: Books, by: str = ANN, rest_is_zero: bool = False) -> StockCount:
    return count.finish(books, by, LATER, POLICY, rest_is_zero=rest_is_zero)


def tea(counted: int) -> CountLine:
    return CountLine(TEA, counted)


def kinds(count: StockCount) -> list[tuple[Kind, int, str]]:
    return [(entry.kind, entry.counted, entry.by) for entry in count.entries]


# What a count is of --------------------------------------------------------------------------------------------------


def test_a_count_begins_open_and_tells_what_it_is_about() -> None:
    count = StockCount.start(COUNT, STORE, CountKind.CYCLE, ANN, NOON, variants=(TEA,), grade=AbcGrade.A)

    assert (count.state, count.entries, count.blind) == (CountState.OPEN, (), True)
    assert count.news == (CountStarted(COUNT, STORE, CountKind.CYCLE, (TEA,), AbcGrade.A, True, ANN),)


def test_a_cycle_count_is_of_its_variants_only() -> None:
    count = a_count(kind=CountKind.CYCLE, variants=[TEA, MUG])

    with refused(NotInCount(COUNT, (CUP,))):
        said(count, ANN, tea(10), CountLine(CUP, 1))


def test_a_full_count_takes_what_the_books_do_not_know() -> None:
    count = a_count().record([CountLine(CUP, 2)], {}, ANN, LATER, POLICY)

    assert [(line.expected, line.difference, line.seen) for line in count.lines] == [(0, 2, 0)]


# What is said --------------------------------------------------------------------------------------------------------


def test_a_line_notes_what_the_books_expect_in_that_moment() -> None:
    count = said(a_count(), ANN, tea(9))

    (line,) = count.lines
    assert (line.counted, line.expected, line.difference, line.seen, line.at) == (9, 10, -1, 7, LATER)
    assert count.news == (CountRecorded(COUNT, STORE, (tea(9),), ANN),)


def test_what_the_same_person_says_again_takes_the_place_of_what_they_said_and_both_are_kept() -> None:
    count = said(said(a_count(), ANN, tea(9)), ANN, tea(11), books=12)

    assert [(line.counted, line.expected) for line in count.lines] == [(11, 12)]
    assert kinds(count) == [(Kind.COUNTED, 9, ANN), (Kind.COUNTED, 11, ANN)]


@pytest.mark.parametrize(
    ("books", "counted", "units", "share", "doubted"),
    [
        (10, 8, 2, "0", False),
        (10, 7, 2, "0", True),
        (10, 12, 2, "0", False),
        (10, 13, 2, "0", True),
        (10, 10, 0, "0", False),
        (10, 9, 0, "0", True),
        (1_000, 980, 2, "2", False),
        (1_000, 979, 2, "2", True),
        (99, 98, 0, "1", True),  # one percent of 99 is less than one unit
        (0, 3, 2, "100", True),
        (10, 0, 2, "100", False),
    ],
)
def test_what_is_beyond_both_tolerances_asks_for_a_recount(
    books: int, counted: int, units: int, share: str, doubted: bool
) -> None:
    policy = CountingPolicy(tolerance_units=units, tolerance_percent=percent(share))

    count = said(a_count(), ANN, tea(counted), books=books, policy=policy)

    assert count.doubted == ((CountedItem(TEA),) if doubted else ())
    assert count.state is (CountState.RECOUNTING if doubted else CountState.OPEN)
    assert (RecountWanted(COUNT, STORE, (CountedItem(TEA),), ANN) in count.news) is doubted


def test_a_shop_may_do_without_recounts() -> None:
    count = said(a_count(), ANN, tea(0), policy=CountingPolicy(tolerance_units=0, recount=False))

    assert (count.state, count.doubted) == (CountState.OPEN, ())


def test_what_is_doubted_is_counted_again_by_somebody_else_and_that_stands() -> None:
    doubted = said(a_count(), ANN, tea(3))

    with refused(SameCounter(COUNT, ANN, (CountedItem(TEA),))):
        said(doubted, ANN, tea(10))
    recounted = said(doubted, BOB, tea(2), books=9)

    assert (recounted.state, recounted.doubted) == (CountState.OPEN, ())
    assert [(line.kind, line.counted, line.expected) for line in recounted.lines] == [(Kind.RECOUNTED, 2, 9)]


def test_what_is_refused_of_one_item_is_refused_of_all_that_came_with_it() -> None:
    doubted = said(a_count(), ANN, tea(3))

    with refused(SameCounter(COUNT, ANN, (CountedItem(TEA),))):
        said(doubted, ANN, CountLine(MUG, 10), tea(3))
    count = said(doubted, ANN, CountLine(MUG, 10))

    assert (count.state, count.doubted) == (CountState.RECOUNTING, (CountedItem(TEA),))


def test_whoever_counted_second_has_the_last_word_and_may_correct_it() -> None:
    twice = said(said(a_count(), ANN, tea(1)), BOB, tea(4))

    with refused(SameCounter(COUNT, ANN, (CountedItem(TEA),))):
        said(twice, ANN, tea(9))
    corrected = said(twice, BOB, tea(5))
    third = said(corrected, EVE, tea(6))

    assert kinds(third) == [
        (Kind.DOUBTED, 1, ANN),
        (Kind.RECOUNTED, 4, BOB),
        (Kind.RECOUNTED, 5, BOB),
        (Kind.RECOUNTED, 6, EVE),
    ]
    with refused(SameCounter(COUNT, BOB, (CountedItem(TEA),))):
        said(third, BOB, tea(5))


def test_who_retells_what_nobody_doubted_is_doubted_like_the_first() -> None:
    retold = said(said(a_count(), ANN, tea(10)), BOB, tea(1))

    assert (retold.state, retold.doubted) == (CountState.RECOUNTING, (CountedItem(TEA),))
    with refused(SameCounter(COUNT, BOB, (CountedItem(TEA),))):
        said(retold, BOB, tea(9))
    assert kinds(said(retold, ANN, tea(2)))[1:] == [(Kind.DOUBTED, 1, BOB), (Kind.RECOUNTED, 2, ANN)]


def test_who_retells_within_the_tolerance_is_believed() -> None:
    retold = said(said(a_count(), ANN, tea(10)), BOB, tea(9))

    assert (retold.state, kinds(retold)[-1]) == (CountState.OPEN, (Kind.RECOUNTED, 9, BOB))


def test_a_correction_may_itself_be_doubted() -> None:
    count = said(said(a_count(), ANN, tea(9)), ANN, tea(1))

    assert (count.state, kinds(count)[-1]) == (CountState.RECOUNTING, (Kind.DOUBTED, 1, ANN))


def test_units_that_are_told_apart_are_counted_by_lot() -> None:
    books = {TEA: Books(TEA, 15, 4, {"L1": 10, "L2": 5, "gone": 0})}

    count = a_count().record(
        [CountLine(TEA, 9, "L1"), CountLine(TEA, 5, "L2"), CountLine(TEA, 1, "gone")], books, ANN, NOON, POLICY
    )

    assert [(line.lot, line.difference) for line in count.lines] == [("L1", -1), ("L2", 0), ("gone", 1)]


A_KNOWN_LOT = "a lot or serial number that the books know; receive others first"


@pytest.mark.parametrize(
    ("books", "line", "accepted"),
    [
        (Books(TEA, 10), CountLine(TEA, 10, "L1"), "no lot; its units are not told apart"),
        (Books(TEA, 10, 1, {"L1": 10}), CountLine(TEA, 10), A_KNOWN_LOT),
        (Books(TEA, 10, 1, {"L1": 10}), CountLine(TEA, 10, "L2"), A_KNOWN_LOT),
        (Books(TEA, 1, 1, {"S1": 1}, True), CountLine(TEA, 2, "S1"), "one unit at most under a serial number"),
    ],
)
def test_a_line_that_says_another_lot_than_the_books_know_is_refused(
    books: Books, line: CountLine, accepted: str
) -> None:
    with refused(WrongLot(TEA, line.lot, accepted)):
        a_count().record([line], {TEA: books}, ANN, NOON, POLICY)


# The end -------------------------------------------------------------------------------------------------------------


def test_a_full_count_names_what_nobody_has_counted() -> None:
    count = said(a_count(), ANN, tea(10))
    lots = Books(CUP, 5, 2, {"L1": 5, "gone": 0})

    with refused(NotCounted(COUNT, (CountedItem(MUG), CountedItem(CUP, "L1")))):
        finished(count, Books(TEA, 10), Books(MUG, 3), lots)


def test_the_rest_may_count_as_none() -> None:
    count = finished(said(a_count(), ANN, tea(10)), Books(TEA, 10), Books(MUG, 3, 5), by=BOB, rest_is_zero=True)

    assert [(line.kind, line.variant, line.difference, line.by) for line in count.lines] == [
        (Kind.COUNTED, TEA, 0, ANN),
        (Kind.ASSUMED, MUG, -3, BOB),
    ]
    assert count.lines[-1].seen == 5


def test_what_a_cycle_count_did_not_get_to_stays_as_it_is() -> None:
    count = finished(said(a_count(kind=CountKind.CYCLE), ANN, tea(9)), Books(TEA, 10), Books(MUG, 3))

    assert count.state is CountState.BOOKED
    assert [line.variant for line in count.lines] == [TEA]


def test_a_cycle_count_of_nothing_does_not_end() -> None:
    with refused(NothingCounted(COUNT)):
        finished(a_count(kind=CountKind.CYCLE), Books(TEA, 10))


def test_an_empty_location_is_counted_without_a_line() -> None:
    count = finished(a_count())

    assert count.state is CountState.BOOKED
    assert count.news == (
        CountFinished(COUNT, STORE, 0, 0, False, ANN),
        CountBooked(COUNT, STORE, (), 1, 1, ANN),
    )


def test_a_count_does_not_end_before_its_recounts() -> None:
    count = said(a_count(), ANN, tea(3), CountLine(MUG, 10))

    with refused(RecountMissing(COUNT, (CountedItem(TEA),))):
        finished(count)


def test_small_differences_are_booked_at_once() -> None:
    count = finished(said(a_count(), ANN, tea(9), CountLine(MUG, 10)))

    assert (count.state, count.ended_at, count.ended_by) == (CountState.BOOKED, LATER, ANN)
    assert count.news[-2:] == (
        CountFinished(COUNT, STORE, 2, 1, False, ANN),
        CountBooked(COUNT, STORE, (BookedLine(TEA, 10, -1), BookedLine(MUG, 10, 0)), 1, 1, ANN),
    )


def a_count_that_is_far_off(off: int) -> StockCount:
    """Ann found so many units too many, Bob as many as she."""
    return finished(said(said(a_count(), ANN, tea(10 + off)), BOB, tea(10 + off)))


def test_large_differences_wait_for_somebody_who_has_not_counted() -> None:
    assert a_count_that_is_far_off(10).state is CountState.BOOKED
    waiting = a_count_that_is_far_off(11)

    assert (waiting.state, waiting.off, waiting.ended_at) == (CountState.COUNTED, 11, None)
    assert waiting.news[-1] == CountFinished(COUNT, STORE, 1, 11, True, ANN)
    for counter in (ANN, BOB):
        with refused(CounterCannotApprove(COUNT, counter)):
            waiting.approve(counter, LATER)
        with refused(CounterCannotApprove(COUNT, counter)):
            waiting.reject("no", counter, LATER)
    approved = waiting.approve(EVE, LATER)
    assert (approved.state, approved.ended_by) == (CountState.BOOKED, EVE)
    assert approved.news[-1] == CountBooked(COUNT, STORE, (BookedLine(TEA, 10, 11),), 1, 1, EVE)


def test_too_many_here_and_too_few_there_do_not_cancel_out() -> None:
    count = said(a_count(), ANN, CountLine(TEA, 4), CountLine(MUG, 16))
    count = said(count, BOB, CountLine(TEA, 4), CountLine(MUG, 16))

    assert finished(count).state is CountState.COUNTED


def test_whoever_said_that_the_rest_is_none_has_counted() -> None:
    waiting = finished(a_count(), Books(TEA, 11), by=EVE, rest_is_zero=True)

    assert waiting.state is CountState.COUNTED
    with refused(CounterCannotApprove(COUNT, EVE)):
        waiting.approve(EVE, LATER)
    assert waiting.approve(ANN, LATER).state is CountState.BOOKED


def test_a_shop_may_do_without_approval() -> None:
    count = said(said(a_count(), ANN, tea(999)), BOB, tea(999))

    ended = count.finish((), ANN, LATER, CountingPolicy(approval_above=None))

    assert ended.state is CountState.BOOKED


def test_a_count_that_is_rejected_or_given_up_has_no_effect() -> None:
    rejected = a_count_that_is_far_off(11).reject("count again", EVE, LATER)
    cancelled = said(a_count(), ANN, tea(3)).cancel("it is late", ANN, LATER)

    assert rejected.state is cancelled.state is CountState.CANCELLED
    assert rejected.news[-1] == CountCancelled(COUNT, STORE, "count again", True, EVE)
    assert cancelled.news[-1] == CountCancelled(COUNT, STORE, "it is late", False, ANN)
    assert not any(isinstance(event, CountBooked) for event in (*rejected.news, *cancelled.news))


def test_a_long_count_is_told_of_in_parts_and_nothing_is_lost() -> None:
    entries = [a_count_entry(n, variant=f"v{n}", counted=10) for n in range(1, 2_502)]

    count = finished(a_count(entries=entries))

    booked = [event for event in count.news if isinstance(event, CountBooked)]
    assert [(event.part, event.parts, len(event.lines)) for event in booked] == [
        (1, 3, 1_000),
        (2, 3, 1_000),
        (3, 3, 501),
    ]
    assert [line.variant for event in booked for line in event.lines] == [f"v{n}" for n in range(1, 2_502)]


VERBS: dict[str, Callable[[StockCount], StockCount]] = {
    "record": lambda count: said(count, EVE, CountLine(CUP, 10)),
    "doubt": lambda count: said(count, EVE, CountLine(CUP, 0)),
    "finish": finished,
    "book": lambda count: count.approve(EVE, LATER),
    "reject": lambda count: count.reject("no", EVE, LATER),
    "cancel": lambda count: count.cancel("no", EVE, LATER),
}


@pytest.mark.parametrize(("verb", "state"), [(verb, state) for verb in VERBS for state in CountState])
def test_every_verb_in_every_state_does_what_the_table_says(verb: str, state: CountState) -> None:
    kind = Kind.DOUBTED if state is CountState.RECOUNTING else Kind.COUNTED
    count = a_count(state=state, entries=[a_count_entry(kind=kind)])
    allowed = state in COUNT_LIFECYCLE.moves[verb].sources

    if allowed:
        assert VERBS[verb](count).state is expected_after(verb, state)
    else:
        with pytest.raises((IllegalTransition, RecountMissing)):
            VERBS[verb](count)


def expected_after(verb: str, state: CountState) -> CountState:
    """Where the table leads; a count that still waits for a recount goes on waiting, and a small one is booked."""
    if verb == "record" and state is CountState.RECOUNTING:
        return CountState.RECOUNTING
    return CountState.BOOKED if verb == "finish" else COUNT_LIFECYCLE.after(verb, state)


# The board -----------------------------------------------------------------------------------------------------------


def test_what_is_being_counted_is_not_counted_twice() -> None:
    board = a_board(monday=["tea", "mug"])

    with refused(AlreadyCounting(STORE, StockCountId("monday"), (MUG,))):
        board.put(StockCountId("tuesday"), (CUP, MUG))
    both = board.put(StockCountId("tuesday"), (CUP,))

    assert [each.count for each in both.counts] == ["monday", "tuesday"]
    assert both.without_what_is_counted([VariantId("pot"), TEA, CUP]) == ("pot",)
    assert both.take_off(StockCountId("monday")).put(StockCountId("wednesday"), (TEA,)).counts[-1].variants == (TEA,)


def test_a_full_count_is_alone() -> None:
    for board, variants in ((a_board(monday=["tea"]), ()), (a_board(monday=[]), (TEA,)), (a_board(monday=[]), ())):
        with refused(AlreadyCounting(STORE, StockCountId("monday"))):
            board.put(StockCountId("tuesday"), variants)
    assert a_board(monday=[]).without_what_is_counted([TEA]) == ()


# What a shop decides -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tolerance_units", -1),
        ("tolerance_units", True),
        ("tolerance_percent", 5),
        ("recount", 1),
        ("approval_above", -1),
        ("approval_above", 1.5),
        ("every_a", timedelta(0)),
        ("every_b", 30),
        ("every_c", timedelta(days=-1)),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_its_field(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        CountingPolicy(**{field: value})

    assert refusal.value.field == field


def test_an_item_without_a_grade_is_counted_as_often_as_the_least() -> None:
    policy = CountingPolicy()

    days = [policy.interval(grade).days for grade in (*AbcGrade, None)]

    assert days == [30, 90, 365, 365]
