"""What follows from a delivery and from a transfer: pure functions, event in, commands out."""

from __future__ import annotations

from datetime import timedelta

from ecomcore.flows import POLICIES, supplying
from ecomcore.inventory import (
    Condition,
    ConsumeStock,
    LotPick,
    MovementKind,
    Purpose,
    ReceivedLine,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    ReserveStock,
    StockConsumed,
    StockLine,
)
from ecomcore.kernel.ids import InboundId, LocationId, ReservationId, TransferId, VariantId
from ecomcore.supply import ArrivedLine, InboundReceived
from ecomcore.testing import NOON
from ecomcore.transfers import (
    ArrivedLot,
    NoteTransferLots,
    TransferCancelled,
    TransferLine,
    TransferLot,
    TransferPick,
    TransferReceived,
    TransferRequested,
    TransferShipped,
)

MAIN, STORE = LocationId("main"), LocationId("store")
TEA, CUP = VariantId("tea"), VariantId("cup")
INBOUND, TRANSFER = InboundId("inbound"), TransferId("transfer")
LATER = NOON + timedelta(days=30)


def test_every_policy_of_supplying_is_in_the_index() -> None:
    listed = {policy for policies in POLICIES.values() for policy in policies}

    written = {getattr(supplying, name) for name in supplying.__all__ if name.islower()}

    assert written
    assert written <= listed


def test_good_and_damaged_units_of_a_delivery_are_taken_in_apart() -> None:
    lines = (
        ArrivedLine(TEA, 3, "L1", LATER, "seller", damaged=1),
        ArrivedLine(CUP, 2, serials=("s1", "s2")),
        ArrivedLine(CUP, 0, serials=("s3",), damaged=1),
    )
    event = InboundReceived(INBOUND, MAIN, lines, "slip 1", (), complete=True)

    assert list(supplying.take_in_the_delivery(event)) == [
        ReceiveStock(
            MAIN,
            (
                ReceivedLine(TEA, 3, "L1", LATER, "seller"),
                ReceivedLine(TEA, 1, "L1", LATER, "seller", condition=Condition.DAMAGED),
                ReceivedLine(CUP, 2, serials=("s1", "s2")),
                ReceivedLine(CUP, 1, serials=("s3",), condition=Condition.DAMAGED),
            ),
            "slip 1",
        )
    ]


def test_a_delivery_without_a_note_is_taken_in_under_its_own_name() -> None:
    event = InboundReceived(INBOUND, MAIN, (ArrivedLine(TEA, 1),), "", (), complete=True)

    (command,) = supplying.take_in_the_delivery(event)

    assert command == ReceiveStock(MAIN, (ReceivedLine(TEA, 1),), INBOUND)


def test_more_lines_than_one_receipt_can_have_are_taken_in_by_several() -> None:
    lines = tuple(ArrivedLine(VariantId(f"v{number}"), 1, damaged=1) for number in range(10_000))
    event = InboundReceived(INBOUND, MAIN, lines, "slip 1", (), complete=True)

    commands = list(supplying.take_in_the_delivery(event))

    assert [len(command.lines) for command in commands if isinstance(command, ReceiveStock)] == [10_000, 10_000]


def test_what_is_to_move_is_set_aside_at_the_origin_without_an_end() -> None:
    event = TransferRequested(TRANSFER, MAIN, STORE, (TransferLine(TEA, 3), TransferLine(CUP, 1)))

    assert list(supplying.set_aside_what_is_to_move(event)) == [
        ReserveStock(TRANSFER, (StockLine(TEA, 3), StockLine(CUP, 1)), MAIN, purpose=Purpose.TRANSFER)
    ]


def test_what_stays_is_given_back_before_the_rest_leaves() -> None:
    picks = (TransferPick(TEA, "L1", 2),)
    event = TransferShipped(TRANSFER, MAIN, STORE, (TransferLine(TEA, 3),), (TransferLine(CUP, 1),), picks)

    assert list(supplying.send_what_moves(event)) == [
        ReleasePart(TRANSFER, (StockLine(CUP, 1),)),
        ConsumeStock(TRANSFER, TRANSFER, (), (LotPick(TEA, MAIN, "L1", 2),), MovementKind.TRANSFER_OUT),
    ]


def test_where_all_leaves_nothing_is_given_back() -> None:
    event = TransferShipped(TRANSFER, MAIN, STORE, (TransferLine(TEA, 3),))

    assert list(supplying.send_what_moves(event)) == [ConsumeStock(TRANSFER, TRANSFER, kind=MovementKind.TRANSFER_OUT)]


def test_only_a_transfer_learns_of_which_lots_its_units_were() -> None:
    lots = (LotPick(TEA, MAIN, "L1", 2, LATER, "seller"),)
    reservation = ReservationId(TRANSFER)

    moved = StockConsumed(reservation, TRANSFER, (), TRANSFER, Purpose.TRANSFER, lots)
    not_told_apart = StockConsumed(reservation, TRANSFER, (), TRANSFER, Purpose.TRANSFER)
    sold = StockConsumed(reservation, "order", (), "parcel", Purpose.ORDER, lots)

    assert list(supplying.note_the_lots_that_moved(moved)) == [
        NoteTransferLots(TRANSFER, (TransferLot(TEA, 2, "L1", LATER, "seller"),))
    ]
    assert list(supplying.note_the_lots_that_moved(not_told_apart)) == []
    assert list(supplying.note_the_lots_that_moved(sold)) == []


def test_what_has_arrived_is_taken_in_as_it_left() -> None:
    lines = (
        ArrivedLot(TEA, 4, "L1", LATER, "seller"),
        ArrivedLot(TEA, 1, "L1", LATER, "seller", damaged=True),
        ArrivedLot(CUP, 1, "s1", serial=True),
        ArrivedLot(CUP, 1, "s2", serial=True),
        ArrivedLot(CUP, 1, "s3", damaged=True, serial=True),
    )

    (command,) = supplying.take_in_what_moved(TransferReceived(TRANSFER, STORE, lines, "slip", complete=True))

    assert command == ReceiveStock(
        STORE,
        (
            ReceivedLine(TEA, 4, "L1", LATER, "seller"),
            ReceivedLine(TEA, 1, "L1", LATER, "seller", condition=Condition.DAMAGED),
            ReceivedLine(CUP, 2, serials=("s1", "s2")),
            ReceivedLine(CUP, 1, serials=("s3",), condition=Condition.DAMAGED),
        ),
        TRANSFER,
        MovementKind.TRANSFER_IN,
    )


def test_more_serial_numbers_than_one_line_can_have_are_on_several() -> None:
    lines = tuple(ArrivedLot(CUP, 1, f"s{number}", serial=True) for number in range(10_001))

    (command,) = supplying.take_in_what_moved(TransferReceived(TRANSFER, STORE, lines, "", complete=True))

    assert isinstance(command, ReceiveStock)
    assert [len(line.serials) for line in command.lines] == [10_000, 1]


def test_what_does_not_move_can_be_had_by_others() -> None:
    assert list(supplying.give_back_what_was_to_move(TransferCancelled(TRANSFER, MAIN, "no"))) == [
        ReleaseStock(TRANSFER)
    ]
