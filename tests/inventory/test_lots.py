"""Lots and serial numbers: what expires first leaves first, what has expired stays, and each unit is somewhere once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    Condition,
    ConsumeStock,
    CorrectBeyondLimit,
    CorrectStock,
    DamageStock,
    GetReservation,
    ListStock,
    Lot,
    LotExpires,
    LotPick,
    LotUnknown,
    MendStock,
    NotOnHand,
    OpenLocation,
    OutOfStock,
    Purpose,
    ReceivedLine,
    ReceiveStock,
    ReserveStock,
    SerialKnown,
    SetStockRules,
    StockItem,
    StockLine,
    StockOut,
    TraceLot,
    Tracking,
    WrongTracking,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Command
from ecomcore.testing import NOON, ShopKit, a_shop
from tests.support.refusals import refused

MILK, PHONE, MAIN, FAR = VariantId("milk"), VariantId("phone"), LocationId("main"), LocationId("far")
SOON, LATER = NOON + timedelta(days=1), NOON + timedelta(days=9)


def milk(*lots: tuple[str, int, Instant | None]) -> StockItem:
    item = StockItem.empty(MILK, MAIN).having(tracking=Tracking.LOTS)
    for code, quantity, end in lots:
        item = item.receive(ReceivedLine(MILK, quantity, code, end), "note", NOON)
    return item


def phones(*serials: str) -> StockItem:
    item = StockItem.empty(PHONE, MAIN).having(tracking=Tracking.SERIALS)
    return item.receive(ReceivedLine(PHONE, len(serials), serials=serials), "note", NOON)


def pick(code: str, quantity: int, end: Instant | None = None) -> LotPick:
    return LotPick(MILK, MAIN, code, quantity, end)


# What leaves ---------------------------------------------------------------------------------------------------------


def test_what_expires_first_leaves_first_and_what_never_expires_last() -> None:
    item = milk(("never", 2, None), ("late", 2, LATER), ("soon", 2, SOON)).reserve(5, NOON)

    left, lots = item.consume(5, "parcel", NOON)

    assert lots == (pick("soon", 2, SOON), pick("late", 2, LATER), pick("never", 1))
    assert (left.on_hand, left.reserved) == (1, 0)
    assert [(each.lot, each.quantity) for each in left.fresh[3:]] == [("soon", -2), ("late", -2), ("never", -1)]


def test_of_lots_that_expire_together_the_one_that_came_first_leaves_first() -> None:
    item = milk(("b", 1, SOON)).receive(ReceivedLine(MILK, 1, "a", SOON), "", NOON + timedelta(hours=1))

    _, lots = item.reserve(1, NOON).consume(1, "parcel", NOON)

    assert lots == (pick("b", 1, SOON),)


def test_what_has_expired_is_on_hand_and_neither_available_nor_to_be_sent() -> None:
    item = milk(("soon", 2, SOON), ("late", 1, LATER)).reserve(3, NOON)

    assert (item.on_hand, item.usable(SOON), item.available(SOON)) == (3, 1, -2)
    with refused(NotOnHand(MILK, MAIN, 2, 1)):
        item.consume(2, "parcel", SOON)
    assert item.consume(1, "parcel", SOON)[1] == (pick("late", 1, LATER),)


def test_a_lot_is_good_until_before_its_end() -> None:
    item = milk(("soon", 2, SOON))

    assert item.available(SOON - timedelta(microseconds=1)) == 2
    assert item.available(SOON) == 0
    with refused(OutOfStock(MILK, 1, 0)):
        item.reserve(1, SOON)


def test_the_lots_that_are_named_leave_and_the_rest_is_what_expires_first() -> None:
    item = milk(("soon", 2, SOON), ("late", 2, LATER)).reserve(3, NOON)

    _, lots = item.consume(3, "parcel", NOON, wanted={"late": 2})

    assert lots == (pick("late", 2, LATER), pick("soon", 1, SOON))


@pytest.mark.parametrize(("code", "units", "there"), [("late", 3, 2), ("nobody's", 1, 0), ("soon", 1, 0)])
def test_a_lot_that_is_not_there_or_has_expired_cannot_be_named(code: str, units: int, there: int) -> None:
    item = milk(("soon", 2, SOON), ("late", 2, LATER)).reserve(2, NOON)

    with refused(LotUnknown(code, units, there)):
        item.consume(2, "parcel", SOON, wanted={code: units})


def test_no_more_is_named_than_leaves() -> None:
    item = milk(("soon", 5, SOON)).reserve(2, NOON)

    with refused(Invalid("picks", 3, "at most the 2 that leave")):
        item.consume(2, "parcel", NOON, wanted={"soon": 3})


# What comes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "tracking", "accepted"),
    [
        (ReceivedLine(MILK, 2), Tracking.LOTS, "a lot"),
        (ReceivedLine(MILK, 1, serials=("1",)), Tracking.LOTS, "a lot"),
        (ReceivedLine(MILK, 2, "lot"), Tracking.SERIALS, "a serial number for each unit"),
        (ReceivedLine(MILK, 2, "lot"), Tracking.NONE, "a line without lot, end, owner or serial numbers"),
        (ReceivedLine(MILK, 2, owner="ann"), Tracking.NONE, "a line without lot, end, owner or serial numbers"),
    ],
)
def test_units_are_told_apart_as_the_item_wants_it(line: ReceivedLine, tracking: Tracking, accepted: str) -> None:
    item = StockItem.empty(MILK, MAIN).having(tracking=tracking)

    with refused(WrongTracking(MILK, tracking, accepted)):
        item.receive(line, "", NOON)


def test_consigned_goods_without_a_lot_lie_in_one_that_is_called_like_their_owner() -> None:
    item = StockItem.empty(MILK, MAIN).having(tracking=Tracking.LOTS)

    assert item.receive(ReceivedLine(MILK, 2, owner="ann"), "", NOON).lots == (Lot("ann", 2, None, "ann", NOON),)


def test_a_lot_that_is_there_ends_when_it_ends_and_is_whose_it_is() -> None:
    item = milk(("lot", 2, SOON))

    with refused(Invalid("expires_at", LATER, f"{SOON}, as for what is there of lot")):
        item.receive(ReceivedLine(MILK, 1, "lot", LATER), "", NOON)
    with refused(Invalid("owner", "ann", "None, as for what is there of lot")):
        item.receive(ReceivedLine(MILK, 1, "lot", SOON, "ann"), "", NOON)


def test_an_empty_lot_may_come_again_and_end_otherwise() -> None:
    empty, _ = milk(("lot", 1, SOON)).reserve(1, NOON).consume(1, "parcel", NOON)

    assert empty.receive(ReceivedLine(MILK, 2, "lot", LATER), "", NOON).lots == (Lot("lot", 2, LATER, None, NOON),)


def test_a_lot_is_as_old_as_its_first_units_whatever_is_added_to_it() -> None:
    item = milk(("old", 2, None)).receive(ReceivedLine(MILK, 2, "new"), "note", SOON)

    for more in (
        item.receive(ReceivedLine(MILK, 1, "old"), "note", LATER),
        item.correct(1, "found", LATER, lot="old"),
        item.damage(2, "wet", LATER, lot="old").damage(-2, "dried", LATER, lot="old"),
    ):
        assert more.lots[0].received_at == NOON
        assert more.reserve(1, LATER).consume(1, "parcel", LATER)[1] == (pick("old", 1),)


def test_damaged_units_of_a_lot_are_not_in_the_lot_until_they_are_mended() -> None:
    item = milk(("lot", 2, SOON)).damage(1, "leaks", NOON, lot="lot")

    assert (item.lots[0].quantity, item.on_hand, item.damaged) == (1, 1, 1)
    assert item.damage(-1, "sealed", NOON, lot="lot").lots[0].quantity == 2


@pytest.mark.parametrize(("lot", "refusal"), [("", WrongTracking), ("other", LotUnknown)])
def test_of_what_is_told_apart_it_is_said_which(lot: str, refusal: type[Exception]) -> None:
    item = milk(("lot", 2, SOON))

    with pytest.raises(refusal):
        item.correct(-1, "lost", NOON, lot=lot)
    with pytest.raises(refusal):
        item.count(-1, "count", NOON, lot=lot)
    with pytest.raises(refusal):
        item.write_off(1, Condition.GOOD, "lost", NOON, lot=lot)
    with pytest.raises(refusal):
        item.damage(1, "wet", NOON, lot=lot)


def test_a_serial_number_is_one_unit() -> None:
    item = phones("1", "2")

    assert item.lots == (Lot("1", 1, None, None, NOON), Lot("2", 1, None, None, NOON))
    with refused(SerialKnown(PHONE, "2")):
        item.receive(ReceivedLine(PHONE, 1, serials=("2",)), "", NOON)
    with refused(SerialKnown(PHONE, "2")):
        item.correct(1, "found", NOON, lot="2")


def test_a_unit_that_was_sold_may_come_back_under_its_serial_number() -> None:
    sold, _ = phones("1").reserve(1, NOON).consume(1, "parcel", NOON)

    assert sold.receive(ReceivedLine(PHONE, 1, serials=("1",)), "", NOON).on_hand == 1


@pytest.mark.parametrize(
    "said",
    [
        {"quantity": 2, "serials": ("1",)},
        {"quantity": 2, "serials": ("1", "1")},
        {"quantity": 1, "serials": ("1",), "lot": "lot"},
        {"quantity": 1, "serials": (" ",)},
        {"quantity": 1, "serials": ("",)},
    ],
)
def test_a_line_with_serial_numbers_that_cannot_be_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        ReceivedLine(PHONE, **said)


# Alerts --------------------------------------------------------------------------------------------------------------


def test_staff_are_warned_once_of_a_lot_that_expires() -> None:
    item = milk(("soon", 2, SOON), ("late", 1, LATER)).having(news=())

    warned = item.warn("soon")

    assert warned.news == (LotExpires(MILK, MAIN, "soon", 2, SOON),)
    assert [lot.warned for lot in warned.lots] == [True, False]


def test_units_that_come_back_into_a_lot_are_not_told_of_again() -> None:
    warned = milk(("soon", 2, SOON)).warn("soon")

    mended = warned.damage(2, "wet", NOON, lot="soon").damage(-2, "dried", NOON, lot="soon")

    assert [lot.warned for lot in mended.lots] == [True]
    assert [lot.warned for lot in mended.receive(ReceivedLine(MILK, 1, "soon", SOON), "note", NOON).lots] == [True]


def test_when_the_last_lot_has_expired_nothing_is_left_to_be_sold() -> None:
    item = milk(("soon", 2, SOON)).having(news=())

    assert item.looked_at(SOON).news == (StockOut(MILK, MAIN),)


# Laws ----------------------------------------------------------------------------------------------------------------

LOTS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(1, 5), st.sampled_from([None, 1, 2, 3])),
    min_size=1,
    max_size=5,
    unique_by=lambda lot: lot[0],
)


@given(LOTS, st.integers(0, 4), st.data())
def test_nothing_that_expires_later_leaves_while_there_is_something_sooner(
    lots: list[tuple[str, int, int | None]], day: int, data: st.DataObject
) -> None:
    item = milk(*((code, many, None if end is None else NOON + timedelta(days=end)) for code, many, end in lots))
    at = NOON + timedelta(days=day)
    many = data.draw(st.integers(0, item.usable(at)))

    left, picks = item.having(reserved=many).consume(many, "parcel", at)

    assert sum(each.quantity for each in picks) == many
    assert sum(lot.quantity for lot in left.lots) == left.on_hand == item.on_hand - many
    ends = [each.expires_at or NOON + timedelta(days=99) for each in picks]
    assert all(end > at for end in ends)
    still = [lot for lot in left.lots if lot.quantity and not lot.is_expired(at)]
    assert all((lot.expires_at or NOON + timedelta(days=99)) >= max(ends, default=at) for lot in still)


# In a shop -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def kit() -> ShopKit:
    kit = a_shop(products=0)
    for place in (MAIN, FAR):
        kit.staff.handle(OpenLocation(place, id=place))
        kit.staff.handle(SetStockRules(MILK, place, tracking=Tracking.LOTS))
        kit.staff.handle(SetStockRules(PHONE, place, tracking=Tracking.SERIALS))
    return kit


def test_a_unit_with_a_serial_number_is_at_one_place(kit: ShopKit) -> None:
    line = ReceivedLine(PHONE, 1, serials=("1",))
    kit.staff.handle(ReceiveStock(MAIN, (line,)))

    with pytest.raises(SerialKnown):
        kit.staff.handle(ReceiveStock(FAR, (line,)))

    assert [view.on_hand for view in kit.staff.ask(ListStock((PHONE,)))] == [0, 1]


@pytest.mark.parametrize(
    "command",
    [
        CorrectStock(PHONE, FAR, 1, "found", lot="1"),
        CorrectBeyondLimit(PHONE, FAR, 1, "found", lot="1"),
        MendStock(PHONE, FAR, 1, "only the box", lot="1"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_unit_that_is_elsewhere_is_not_found_here_either(kit: ShopKit, command: Command[None]) -> None:
    line = ReceivedLine(PHONE, 1, serials=("1",))
    kit.staff.handle(ReceiveStock(FAR, (line,)))
    kit.staff.handle(DamageStock(PHONE, FAR, 1, "fell", lot="1"))
    kit.staff.handle(ReceiveStock(MAIN, (line,)))

    with refused(SerialKnown(PHONE, "1")):
        kit.staff.handle(command)


def test_a_lot_is_traced_to_everybody_who_had_of_it(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(MILK, 3, "lot", SOON),), "note 7"))
    kit.staff.handle(ReceiveStock(FAR, (ReceivedLine(MILK, 1, "lot", SOON),), "note 8"))
    kit.system.handle(ReserveStock("order", (StockLine(MILK, 2),), MAIN, purpose=Purpose.OTHER))
    kit.system.handle(ConsumeStock("order", "parcel", picks=(LotPick(MILK, MAIN, "lot", 2),)))
    kit.staff.handle(CorrectStock(MILK, MAIN, -1, "spilt", "lot", reference="slip 9"))

    traced = kit.staff.ask(TraceLot(MILK, "lot"))

    assert sorted((each.item, each.movement.quantity, each.movement.reference) for each in traced) == [
        ("milk@far", 1, "note 8"),
        ("milk@main", -2, "parcel"),
        ("milk@main", -1, "slip 9"),
        ("milk@main", 3, "note 7"),
    ]


def test_picks_that_are_more_than_leaves_leave_everything_as_it_is(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(MILK, 3, "lot", SOON),)))
    kit.system.handle(ReserveStock("order", (StockLine(MILK, 2),), MAIN, purpose=Purpose.OTHER))

    with pytest.raises(Invalid):
        kit.system.handle(ConsumeStock("order", "parcel", picks=(LotPick(MILK, MAIN, "lot", 3),)))

    assert kit.system.ask(GetReservation("order")).lines[0].quantity == 2
    assert kit.shop.audit() == []
