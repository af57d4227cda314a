"""Booking many rows at once, each for itself; and what a bundle, which has no stock of its own, is never given."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecomcore.inventory import (
    BookCount,
    Booked,
    Booking,
    BookStock,
    BundleHasNoStock,
    Component,
    Condition,
    CorrectionTooLarge,
    CountedDifference,
    DamageStock,
    DefineBundle,
    ExpireReservations,
    GetAvailability,
    GetReservation,
    InventoryPolicy,
    ListMovements,
    ListStock,
    OpenLocation,
    OutOfStock,
    Purpose,
    ReceiveStock,
    ReserveMore,
    ReserveStock,
    SetStockRules,
    StockLine,
    StockRow,
    WriteOffBeyondLimit,
    WriteOffStock,
)
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Command, Staff, System
from ecomcore.testing import NOON, ShopKit, a_shop
from tests.support.refusals import refused

TEA, POT, SET, MAIN = VariantId("tea"), VariantId("pot"), VariantId("set"), LocationId("main")
SOON = NOON + timedelta(hours=1)
SAM = Staff("sam", frozenset(("*",)))


@pytest.fixture
def kit() -> ShopKit:
    """A shop with five units of tea, and a set of a pot and some tea."""
    kit = a_shop(products=0)
    kit.staff.handle(OpenLocation("Main", id=MAIN))
    kit.staff.handle(DefineBundle(SET, (Component(POT), Component(TEA, 2))))
    kit.staff.handle(ReceiveStock(MAIN, (StockLine(TEA, 5),), "opening"))
    return kit


def reserve(kit: ShopKit, source: str, units: int, *, until_soon: bool = False) -> None:
    until = SOON if until_soon else None
    kit.system.handle(ReserveStock(source, (StockLine(TEA, units),), expires_at=until, purpose=Purpose.OTHER))


def stock(kit: ShopKit) -> dict[str, tuple[int, int]]:
    return {view.variant: (view.on_hand, view.reserved) for view in kit.staff.ask(ListStock((TEA, POT, SET)))}


def test_rows_are_booked_each_for_itself_and_those_that_cannot_be_are_told(kit: ShopKit) -> None:
    reserve(kit, "order", 3)

    booked = kit.staff.handle(
        BookStock(
            (
                StockRow(TEA, MAIN, Booking.RECEIVE, 2),
                StockRow(TEA, MAIN, Booking.ADJUST, -5),
                StockRow(TEA, LocationId("nowhere"), Booking.RECEIVE, 1),
                StockRow(SET, MAIN, Booking.SET, 4),
                StockRow(POT, MAIN, Booking.SET, 4),
                StockRow(POT, MAIN, Booking.SET, 9, expected=3),
                StockRow(TEA, MAIN, Booking.SET, 6, expected=7),
            ),
            "list 7",
        )
    )

    assert [(each.row, each.on_hand, each.refused) for each in booked] == [
        (0, 7, ""),
        (1, 7, "StockIsReserved"),
        (2, 0, "NotFound"),
        (3, 0, "BundleHasNoStock"),
        (4, 4, ""),
        (5, 4, "CountedOtherwise"),
        (6, 6, ""),
    ]
    assert booked[5].why == "3 of pot were expected to be there, 4 are"
    assert stock(kit) == {TEA: (6, 3), POT: (4, 0)}
    assert kit.shop.audit() == []


def test_rows_that_change_nothing_leave_no_entry(kit: ShopKit) -> None:
    booked = kit.staff.handle(
        BookStock((StockRow(TEA, MAIN, Booking.SET, 5), StockRow(POT, MAIN, Booking.SET, 0)), "list 7")
    )

    assert booked == (Booked(0, 5), Booked(1, 0))
    assert len(kit.staff.ask(ListMovements(TEA, MAIN))) == 1
    assert stock(kit) == {TEA: (5, 0)}


@pytest.mark.parametrize(("how", "quantity"), [(Booking.ADJUST, 0), (Booking.RECEIVE, 0), (Booking.SET, -1)])
def test_a_row_says_what_can_be(how: Booking, quantity: int) -> None:
    with pytest.raises(Invalid):
        StockRow(TEA, MAIN, how, quantity)


@pytest.mark.parametrize(
    "command",
    [
        ReceiveStock(MAIN, (StockLine(SET, 1),)),
        SetStockRules(SET, MAIN, buffer=1),
        BookCount(MAIN, "count-1", (CountedDifference(SET, 0, 3),), (SET,)),
    ],
    ids=["received", "ruled", "counted"],
)
def test_a_bundle_gets_no_stock_of_its_own(kit: ShopKit, command: Command[None]) -> None:
    kit.staff.handle(ReceiveStock(MAIN, (StockLine(POT, 1),)))

    with refused(BundleHasNoStock(SET, is_bundle=True)):
        kit.shop.handle(command, by=System() if isinstance(command, BookCount) else SAM)

    (sets,) = kit.system.ask(GetAvailability((SET,)))
    assert sets.available == 1


def test_whoever_asks_for_more_keeps_what_is_set_aside_even_when_its_time_has_run_out(kit: ShopKit) -> None:
    reserve(kit, "late", 4, until_soon=True)
    kit.clock.tick(timedelta(hours=2))

    with refused(OutOfStock(TEA, 2, 1)):
        kit.system.handle(ReserveMore("late", (StockLine(TEA, 2),)))

    assert kit.system.ask(GetReservation("late")).lines[0].quantity == 4
    kit.system.handle(ReserveMore("late", (StockLine(TEA, 1),)))
    assert stock(kit) == {TEA: (5, 5)}


def test_whoever_asks_for_more_gets_what_others_did_not_claim_in_time(kit: ShopKit) -> None:
    reserve(kit, "late", 2, until_soon=True)
    reserve(kit, "later", 3, until_soon=True)
    kit.clock.tick(timedelta(hours=2))

    kit.system.handle(ReserveMore("late", (StockLine(TEA, 3),)))

    assert kit.system.ask(GetReservation("later")).state == "expired"
    assert stock(kit) == {TEA: (5, 5)}
    assert kit.system.handle(ExpireReservations()) == 1
    assert kit.shop.audit() == []


def test_a_row_is_booked_with_its_document_and_its_reason(kit: ShopKit) -> None:
    rows = (
        StockRow(TEA, MAIN, Booking.RECEIVE, 5),
        StockRow(TEA, MAIN, Booking.SET, 9),
        StockRow(TEA, MAIN, Booking.ADJUST, -1),
    )

    kit.staff.handle(BookStock(rows, "slip-7", "yearly check"))

    booked = kit.staff.ask(ListMovements(TEA, MAIN))[1:]
    assert [(each.reference, each.reason) for each in booked] == [("slip-7", "yearly check")] * 3


@pytest.mark.parametrize("how", [Booking.ADJUST, Booking.SET])
def test_nothing_is_adjusted_without_saying_why(how: Booking) -> None:
    row = StockRow(TEA, MAIN, how, 5)

    with refused(Invalid("reason", "", "why, or a reference, where rows adjust or set")):
        BookStock((StockRow(TEA, MAIN, Booking.RECEIVE, 1), row))
    assert BookStock((row,), reason="counted").rows == (row,)
    assert BookStock((StockRow(TEA, MAIN, Booking.RECEIVE, 1),)).reason == ""


@pytest.mark.parametrize("condition", Condition)
def test_more_than_the_limit_is_written_off_by_those_who_may(kit: ShopKit, condition: Condition) -> None:
    most = InventoryPolicy().most_corrected
    kit.staff.handle(ReceiveStock(MAIN, (StockLine(POT, 3 * most),)))
    kit.staff.handle(DamageStock(POT, MAIN, most + 1, "a flood"))

    with pytest.raises(CorrectionTooLarge, match=r"with the permission inventory\.write_off_beyond_limit can"):
        kit.staff.handle(WriteOffStock(POT, MAIN, most + 1, "a flood", condition))
    kit.staff.handle(WriteOffBeyondLimit(POT, MAIN, most + 1, "a flood", condition, reference="claim 3"))

    gone = kit.staff.ask(ListMovements(POT, MAIN))[-1]
    assert (gone.quantity, gone.condition, gone.reference) == (-most - 1, condition, "claim 3")


def test_no_row_corrects_more_than_the_shop_allows(kit: ShopKit) -> None:
    most = InventoryPolicy().most_corrected
    rows = [StockRow(TEA, MAIN, Booking.ADJUST, most + 1), StockRow(TEA, MAIN, Booking.RECEIVE, most + 1)]

    too_much, received = kit.staff.handle(BookStock(rows, "list"))

    assert (too_much.refused, received.refused) == ("CorrectionTooLarge", "")
