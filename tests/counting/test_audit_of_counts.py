"""The audit finds a count that cannot be, and one that the books did not follow."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ecomcore.counting import (
    CountBoard,
    CountKind,
    CountLine,
    CountState,
    FinishCount,
    RecordCount,
    StartCount,
    StockCount,
    UnderCount,
)
from ecomcore.inventory import ReceiveStock, StockLine, stock_item_id
from ecomcore.kernel.ids import LocationId, StockCountId
from ecomcore.kernel.messages import Staff
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import NOON, ShopKit, a_shop

BOOKED, OPEN = StockCountId("booked"), StockCountId("open")
Found = list[tuple[str, tuple[str, ...]]]


def a_shop_that_counts() -> tuple[ShopKit, dict[type, dict[str, Any]]]:
    """One count is booked, with a recount and with units that came between; another is open."""
    kit = a_shop(products=3, stock=20)
    bob = kit.shop.desk(Staff("bob", {"*"}))
    tea, mug, cup = kit.variants
    kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, (tea, mug), id=BOOKED))
    kit.staff.handle(RecordCount(BOOKED, (CountLine(tea, 10), CountLine(mug, 20))))
    bob.handle(RecordCount(BOOKED, (CountLine(tea, 18),)))
    kit.staff.handle(ReceiveStock(kit.location, (StockLine(tea, 5),)))
    kit.staff.handle(FinishCount(BOOKED))
    kit.staff.handle(ReceiveStock(kit.location, (StockLine(tea, 5),)))
    kit.staff.handle(StartCount(kit.location, CountKind.CYCLE, (cup,), id=OPEN))
    assert isinstance(kit.persistence, MemoryPersistence)
    return kit, kit.persistence._tables.rows


def breaches(kit: ShopKit) -> Found:
    return [(breach.rule, breach.rows) for breach in kit.shop.audit()]


def breaches_with(count: StockCountId, **changes: Any) -> Found:
    """What the audit says of a shop in which a count was changed behind everybody's back."""
    kit, rows = a_shop_that_counts()
    rows[StockCount][count] = rows[StockCount][count].having(**changes)
    return breaches(kit)


def test_healthy_counts_have_no_breaches() -> None:
    kit, _ = a_shop_that_counts()

    assert breaches(kit) == []


def test_a_difference_that_was_not_booked_is_found() -> None:
    kit, rows = a_shop_that_counts()
    before = rows[StockCount][BOOKED]
    entries = [evolve(entry, counted=entry.counted - 1) for entry in before.entries]
    rows[StockCount][BOOKED] = before.having(entries=tuple(entries))

    items = [stock_item_id(variant, kit.location) for variant in kit.variants]
    assert breaches(kit) == [
        ("booked units = difference of the count", ("stock count booked", f"stock item {item}")) for item in items[:2]
    ]


def test_units_that_are_neither_counted_nor_moved_are_found() -> None:
    kit, rows = a_shop_that_counts()
    before = rows[StockCount][BOOKED]
    entries = [evolve(entry, counted=entry.counted + 1, expected=entry.expected + 1) for entry in before.entries]
    rows[StockCount][BOOKED] = before.having(entries=tuple(entries))

    item = stock_item_id(kit.variants[0], kit.location)
    assert breaches(kit) == [
        ("on hand after a count = counted + moved since", ("stock count booked", f"stock item {item}"))
    ]


def test_a_recount_by_the_same_person_is_found() -> None:
    kit, rows = a_shop_that_counts()
    before = rows[StockCount][BOOKED]
    rows[StockCount][BOOKED] = before.having(entries=tuple(evolve(each, by="staff:ann") for each in before.entries))

    assert breaches(kit) == [("somebody else counts again", ("stock count booked", "entry 3"))]


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("a count is being recounted as long as items wait for it", {"state": CountState.RECOUNTING}),
        ("a count that has ended says when", {"ended_at": NOON}),
    ],
)
def test_what_cannot_be_of_an_open_count_is_found(rule: str, changes: dict[str, Any]) -> None:
    assert breaches_with(OPEN, **changes) == [(rule, ("stock count open",))]


def test_an_entry_that_is_missing_is_found() -> None:
    kit, rows = a_shop_that_counts()
    before = rows[StockCount][BOOKED]
    rows[StockCount][BOOKED] = before.having(entries=before.entries[1:])

    assert ("no entry of a count is lost", ("stock count booked",)) in breaches(kit)


def test_an_event_that_is_missing_is_found() -> None:
    assert breaches_with(OPEN, told=99) == [("the outbox keeps every event", ("StockCount open",))]


def test_a_count_that_is_not_on_the_board_or_should_not_be_is_found() -> None:
    kit, rows = a_shop_that_counts()
    board = rows[CountBoard][kit.location]
    rows[CountBoard][kit.location] = board.having(counts=(UnderCount(BOOKED, kit.variants[:2]),))
    rule = "a count is on the board of its location as long as it is under way"

    assert breaches(kit) == [(rule, (f"stock count {id_}", f"location {kit.location}")) for id_ in (BOOKED, OPEN)]


@pytest.mark.parametrize("held", [UnderCount(StockCountId("lost")), UnderCount(OPEN)])
def test_a_board_that_names_what_is_not_so_is_found(held: UnderCount) -> None:
    kit, rows = a_shop_that_counts()
    rows[CountBoard]["elsewhere"] = CountBoard(id=LocationId("elsewhere"), version=1, counts=(held,))

    assert breaches(kit) == [
        (
            "a board names counts of its location and what they are about",
            ("location elsewhere", f"stock count {held.count}"),
        )
    ]
