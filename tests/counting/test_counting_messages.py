"""Counts as they are asked from outside: what a blind count hides, what is due, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ecomcore import assemble
from ecomcore.bootstrap import Desk
from ecomcore.choices import Subscriber
from ecomcore.counting import (
    SEE_EXPECTED,
    AbcGrade,
    CountBooked,
    CountCancelled,
    CountedItem,
    CountEntryKind,
    CountFinished,
    CountingPolicy,
    CountKind,
    CountLine,
    CountRecorded,
    CountStarted,
    CountState,
    CountSummary,
    DueItem,
    FinishCount,
    GetCount,
    ListCountEntries,
    ListCounts,
    ListDueCounts,
    NothingToCount,
    RecordCount,
    RecountWanted,
    StartCount,
)
from ecomcore.inventory import Grade, OpenLocation, SetStockRules
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.messages import Event, Staff, System
from ecomcore.testing import NOON, ShopKit, a_shop
from tests.support.refusals import refused

COUNT = StockCountId("count")
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def kit() -> ShopKit:
    return a_shop(products=3, stock=20)


def staff(kit: ShopKit, name: str, *permissions: str) -> Desk:
    return kit.shop.desk(Staff(name, frozenset(permissions)))


def started(kit: ShopKit, *variants: VariantId, blind: bool = True) -> None:
    kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, variants or kit.variants, blind=blind, id=COUNT))


def recorded(desk: Desk, variant: VariantId, counted: int) -> tuple[CountedItem, ...]:
    return desk.handle(RecordCount(COUNT, (CountLine(variant, counted),)))


# What is hidden ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blind", "permissions", "seen"),
    [(True, (), False), (True, (SEE_EXPECTED.name,), True), (False, (), True), (True, ("*",), True)],
)
def test_a_blind_count_hides_what_the_books_expect_and_what_others_have_counted(
    kit: ShopKit, blind: bool, permissions: tuple[str, ...], seen: bool
) -> None:
    started(kit, blind=blind)
    recorded(kit.staff, kit.variants[0], 19)
    somebody = staff(kit, "ann", "counting.view", *permissions)

    view, entries = somebody.ask(GetCount(COUNT)), somebody.ask(ListCountEntries(COUNT))

    counted = (19, 20, -1) if seen else (None, None, None)
    assert [(line.counted, line.expected, line.difference) for line in view.lines] == [counted]
    assert [(entry.counted, entry.expected, entry.difference) for entry in entries] == [counted]
    assert view.off == (1 if seen else None)


def test_whoever_counts_sees_their_own_numbers(kit: ShopKit) -> None:
    ann = staff(kit, "ann", "counting.view", "counting.record")
    started(kit)

    recorded(ann, kit.variants[0], 19)
    recorded(kit.staff, kit.variants[1], 20)

    assert [line.counted for line in ann.ask(GetCount(COUNT)).lines] == [19, None]


def test_what_was_hidden_is_shown_when_all_is_counted_and_stays_hidden_when_it_is_recounted(kit: ShopKit) -> None:
    ann = staff(kit, "ann", "counting.view", "counting.record", "counting.finish")
    started(kit)

    recorded(ann, kit.variants[0], 0)
    while_recounting = ann.ask(GetCount(COUNT)).lines[0].expected
    recorded(kit.staff, kit.variants[0], 19)
    ann.handle(FinishCount(COUNT))

    assert while_recounting is None
    assert [(line.expected, line.difference) for line in ann.ask(GetCount(COUNT)).lines] == [(20, -1)]


def test_no_event_of_an_open_count_says_what_the_books_expect(kit: ShopKit) -> None:
    heard: list[Event] = []
    listening = (CountStarted, CountRecorded, RecountWanted, CountFinished, CountBooked, CountCancelled)
    shop = assemble(
        kit.persistence,
        clock=kit.clock,
        ids=kit.ids,
        subscribers=[Subscriber("log", listening, lambda event, _: heard.append(event))],
    )
    ann, bob = (shop.desk(Staff(name, {"*"})) for name in ("ann", "bob"))
    tea = kit.variants[0]

    ann.handle(StartCount(kit.location, CountKind.CYCLE, (tea,), id=COUNT))
    recorded(ann, tea, 0)
    recorded(bob, tea, 19)

    assert heard == [
        CountStarted(COUNT, kit.location, CountKind.CYCLE, (tea,), None, True, "staff:ann"),
        CountRecorded(COUNT, kit.location, (CountLine(tea, 0),), "staff:ann"),
        RecountWanted(COUNT, kit.location, (CountedItem(tea),), "staff:ann"),
        CountRecorded(COUNT, kit.location, (CountLine(tea, 19),), "staff:bob"),
    ]


def test_all_that_was_said_can_be_looked_up(kit: ShopKit) -> None:
    tea = kit.variants[0]
    started(kit)
    for counted in (19, 18, 20):
        recorded(kit.staff, tea, counted)

    history = kit.staff.ask(ListCountEntries(COUNT, after=1, limit=5))
    view = kit.staff.ask(GetCount(COUNT))

    assert [(entry.number, entry.counted, entry.kind) for entry in history] == [
        (2, 18, CountEntryKind.COUNTED),
        (3, 20, CountEntryKind.COUNTED),
    ]
    assert [(line.number, line.counted, line.by) for line in view.lines] == [(3, 20, "staff:sam")]


def test_a_long_count_is_looked_at_page_by_page(kit: ShopKit) -> None:
    started(kit)
    kit.staff.handle(RecordCount(COUNT, tuple(CountLine(variant, 20) for variant in kit.variants)))

    pages = [kit.staff.ask(GetCount(COUNT, skip, 2)).lines for skip in (0, 2, 4)]

    assert [[line.variant for line in page] for page in pages] == [[*kit.variants[:2]], [kit.variants[2]], []]


def test_counts_are_listed_with_what_is_open_of_them(kit: ShopKit) -> None:
    started(kit)
    recorded(kit.staff, kit.variants[0], 0)

    (listed,) = kit.staff.ask(ListCounts(kit.location, CountState.RECOUNTING))

    assert listed == CountSummary(
        id=COUNT,
        location=kit.location,
        kind=CountKind.CYCLE,
        grade=None,
        blind=True,
        state=CountState.RECOUNTING,
        lines=1,
        doubted=1,
        started_at=NOON,
        started_by="staff:sam",
        ended_at=None,
        ended_by=None,
        reason="",
    )
    assert kit.staff.ask(ListCounts(state=CountState.OPEN)) == ()
    assert kit.staff.ask(ListCounts(before=COUNT)) == ()


def test_the_shop_itself_may_count_and_is_one_person(kit: ShopKit) -> None:
    kit.system.handle(StartCount(kit.location, CountKind.CYCLE, kit.variants, id=COUNT))

    recorded(kit.shop.desk(System()), kit.variants[0], 19)

    assert kit.staff.ask(GetCount(COUNT)).lines[0].by == "system"


# What is due ---------------------------------------------------------------------------------------------------------


def graded(kit: ShopKit, variant: VariantId, grade: Grade) -> None:
    kit.staff.handle(SetStockRules(variant, kit.location, grade=grade))


def counted(kit: ShopKit, *variants: VariantId) -> None:
    count = kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, variants))
    kit.staff.handle(RecordCount(count, tuple(CountLine(variant, 20) for variant in variants)))
    kit.staff.handle(FinishCount(count))


def test_what_was_never_counted_is_due_and_what_was_counted_is_due_when_its_interval_is_over(kit: ShopKit) -> None:
    tea, mug, cup = kit.variants
    graded(kit, tea, Grade.A)
    graded(kit, mug, Grade.B)
    due = ListDueCounts(kit.location)
    before = kit.staff.ask(due)

    counted(kit, tea, mug)
    at_once = [item.variant for item in kit.staff.ask(due)]
    kit.clock.tick(30 * DAY - TICK)
    a_moment_before = [item.variant for item in kit.staff.ask(due)]
    kit.clock.tick(TICK)
    after_30_days = kit.staff.ask(due)
    kit.clock.tick(60 * DAY)
    after_90_days = [item.variant for item in kit.staff.ask(due)]

    assert [(item.variant, item.grade, item.due_at) for item in before] == [
        (tea, AbcGrade.A, None),
        (mug, AbcGrade.B, None),
        (cup, None, None),
    ]
    assert at_once == a_moment_before == [cup]
    assert after_30_days == (
        DueItem(cup, None, None, None),
        DueItem(tea, AbcGrade.A, NOON, NOON + 30 * DAY),
    )
    assert after_90_days == [cup, tea, mug]
    assert kit.staff.ask(ListDueCounts(kit.location, 2)) == kit.staff.ask(due)[:2]


def test_what_fitted_was_counted_too_and_what_was_not_counted_stays_due(kit: ShopKit) -> None:
    tea, mug, cup = kit.variants
    started(kit, tea, mug)
    recorded(kit.staff, tea, 20)

    while_counting = [item.variant for item in kit.staff.ask(ListDueCounts(kit.location))]
    kit.staff.handle(FinishCount(COUNT))

    assert while_counting == [cup]
    assert [item.variant for item in kit.staff.ask(ListDueCounts(kit.location))] == [mug, cup]


def test_a_cycle_count_of_a_grade_is_of_what_is_due_of_it(kit: ShopKit) -> None:
    tea, mug, cup = kit.variants
    for variant in kit.variants:
        graded(kit, variant, Grade.A)
    counted(kit, tea)
    started(kit, mug)

    count = kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, grade=AbcGrade.A))

    view = kit.staff.ask(GetCount(count))
    assert (view.variants, view.summary.grade) == ((cup,), AbcGrade.A)
    with refused(NothingToCount(kit.location, "a")):
        kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, grade=AbcGrade.A))


def test_a_cycle_count_of_grade_c_is_of_what_has_no_grade_as_well(kit: ShopKit) -> None:
    tea, mug, cup = kit.variants
    graded(kit, tea, Grade.A)
    graded(kit, mug, Grade.C)

    count = kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, grade=AbcGrade.C))

    assert kit.staff.ask(GetCount(count)).variants == (mug, cup)
    with refused(NothingToCount(kit.location, "b")):
        kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, grade=AbcGrade.B))


def test_a_shop_says_how_often_it_counts(kit: ShopKit) -> None:
    often = CountingPolicy(every_c=timedelta(hours=1))
    shop = assemble(kit.persistence, clock=kit.clock, ids=kit.ids, counting_policy=often)
    counted(kit, *kit.variants)
    kit.clock.tick(timedelta(hours=1))

    due = shop.desk(Staff("ann", {"*"})).ask(ListDueCounts(kit.location))

    assert [item.variant for item in due] == list(kit.variants)


def test_a_count_that_takes_all_of_a_location_leaves_nothing_to_be_due(kit: ShopKit) -> None:
    kit.staff.handle(StartCount(kit.location, CountKind.FULL))

    assert kit.staff.ask(ListDueCounts(kit.location)) == ()


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("variants", {"kind": CountKind.FULL, "variants": ("tea",)}),
        ("grade", {"kind": CountKind.FULL, "grade": AbcGrade.A}),
        ("variants", {"kind": CountKind.CYCLE}),
        ("grade", {"kind": CountKind.CYCLE, "variants": ("tea",), "grade": AbcGrade.A}),
        ("variants", {"kind": CountKind.CYCLE, "variants": ("tea", "mug", "tea")}),
        ("variants[1]", {"kind": CountKind.CYCLE, "variants": ("tea", "m g")}),
    ],
)
def test_a_count_that_is_of_nothing_or_of_two_things_is_refused(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        StartCount(LocationId("store"), **given)

    assert refusal.value.field == field


def test_a_line_names_each_item_once() -> None:
    tea = VariantId("tea")
    lines = (CountLine(tea, 1, "L1"), CountLine(tea, 1, "L2"), CountLine(tea, 2, "L1"))

    with pytest.raises(Invalid) as refusal:
        RecordCount(COUNT, lines)

    assert refusal.value.field == "lines[2]"


def test_a_place_that_does_not_exist_cannot_be_counted(kit: ShopKit) -> None:
    nowhere = LocationId("nowhere")

    with refused(NotFound("Location", nowhere)):
        kit.staff.handle(StartCount(nowhere, CountKind.FULL))
    with refused(NotFound("Location", nowhere)):
        kit.staff.ask(ListDueCounts(nowhere))


def test_an_id_names_one_count(kit: ShopKit) -> None:
    started(kit, kit.variants[0])
    kit.staff.handle(OpenLocation("Elsewhere", id=LocationId("elsewhere")))

    with refused(AlreadyExists("stock count", "id", COUNT)):
        kit.staff.handle(StartCount(LocationId("elsewhere"), CountKind.FULL, id=COUNT))


def test_a_count_that_does_not_exist_is_not_found(kit: ShopKit) -> None:
    with refused(NotFound("StockCount", COUNT)):
        recorded(kit.staff, kit.variants[0], 1)
