"""The life of a transfer: units leave one location and arrive at another, or are told to be lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import LocationId, TransferId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.testing import NOON
from ecomcore.testing.supply import a_shipped_transfer, a_transfer, an_arrival, transfers
from ecomcore.transfers import (
    ArrivedLot,
    LotsAreNoted,
    MoreThanWasRequested,
    MoreThanWasShipped,
    RequestTransfer,
    Transfer,
    TransferArrival,
    TransferCancelled,
    TransferClosed,
    TransferEntryKind,
    TransferLine,
    TransferLot,
    TransferLotsNoted,
    TransferPick,
    TransferReceived,
    TransferReceivedOtherwise,
    TransferRequested,
    TransferShipped,
    TransferState,
    TransferTotal,
    breaches,
)
from ecomcore.transfers.transfer import LIFECYCLE
from tests.support.refusals import refused

ID, MAIN, STORE = TransferId("transfer"), LocationId("main"), LocationId("store")
TEA, CUP = VariantId("tea"), VariantId("cup")
SOON, LATER = NOON + timedelta(days=1), NOON + timedelta(days=9)
OLD, NEW, ANY = (
    TransferLot(TEA, 4, "old", SOON, "seller"),
    TransferLot(TEA, 3, "new", LATER),
    TransferLot(TEA, 3, "any"),
)


def ship(transfer: Transfer, *lines: TransferLine) -> Transfer:
    return transfer.ship(lines, (), "", NOON)


def receive(transfer: Transfer, *lines: TransferArrival, reference: str = "") -> Transfer:
    return transfer.receive(lines, reference, NOON)


IN_STATE: dict[TransferState, Callable[[], Transfer]] = {
    TransferState.REQUESTED: a_transfer,
    TransferState.SHIPPED: a_shipped_transfer,
    TransferState.PARTLY_RECEIVED: lambda: receive(a_shipped_transfer(), an_arrival(1)),
    TransferState.RECEIVED: lambda: receive(a_shipped_transfer(), an_arrival(10)),
    TransferState.CLOSED: lambda: a_shipped_transfer().close("gone", NOON),
    TransferState.CANCELLED: lambda: a_transfer().cancel("no"),
}
VERBS: dict[str, Callable[[Transfer], Transfer]] = {
    "ship": ship,
    "note_lots": lambda transfer: transfer.note_lots((NEW,)),
    "receive_part": lambda transfer: receive(transfer, an_arrival(1)),
    "receive": lambda transfer: receive(transfer, an_arrival(sum(total.in_transit for total in transfer.totals) or 1)),
    "close": lambda transfer: transfer.close("gone", NOON),
    "cancel": lambda transfer: transfer.cancel("no"),
}


def test_what_is_requested_is_told_once_for_each_variant() -> None:
    lines = (TransferLine(TEA, 4), TransferLine(CUP, 1), TransferLine(TEA, 6))

    transfer = Transfer.request(ID, MAIN, STORE, lines)

    assert transfer.news == (TransferRequested(ID, MAIN, STORE, (TransferLine(TEA, 10), TransferLine(CUP, 1))),)


def test_a_transfer_leads_to_another_location() -> None:
    with pytest.raises(Invalid, match="destination"):
        RequestTransfer(MAIN, MAIN, (TransferLine(TEA, 1),))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", TransferState)
def test_every_move_is_in_the_table(verb: str, state: TransferState) -> None:
    transfer = IN_STATE[state]()

    if LIFECYCLE.allows(verb, state):
        assert VERBS[verb](transfer).state is LIFECYCLE.after(verb, state)
    else:
        with pytest.raises(IllegalTransition):
            VERBS[verb](transfer)


def test_all_that_was_requested_leaves_unless_less_is_named() -> None:
    shipped = a_transfer(tea=10, cup=1).ship((), (), "TRACK-1", NOON)

    lines = (TransferLine(TEA, 10), TransferLine(CUP, 1))
    assert shipped.news == (TransferShipped(ID, MAIN, STORE, lines, tracking="TRACK-1"),)
    assert shipped.totals == (TransferTotal(TEA, 10, 10), TransferTotal(CUP, 1, 1))
    assert shipped.tracking == "TRACK-1"


def test_what_is_not_shipped_stays_where_it_is() -> None:
    picks = (TransferPick(TEA, "L1", 2),)

    shipped = a_transfer(tea=10, cup=1).ship((TransferLine(TEA, 3), TransferLine(TEA, 4)), picks, "", NOON)

    kept = (TransferLine(TEA, 3), TransferLine(CUP, 1))
    assert shipped.news == (TransferShipped(ID, MAIN, STORE, (TransferLine(TEA, 7),), kept, picks),)
    assert shipped.totals == (TransferTotal(TEA, 10, 7), TransferTotal(CUP, 1))


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ((TransferLine(TEA, 11),), MoreThanWasRequested(ID, TEA, 10, 11)),
        ((TransferLine(TEA, 5), TransferLine(TEA, 6)), MoreThanWasRequested(ID, TEA, 10, 11)),
        ((TransferLine(CUP, 1),), MoreThanWasRequested(ID, CUP, 0, 1)),
    ],
)
def test_no_more_leaves_than_was_requested(lines: tuple[TransferLine, ...], refusal: MoreThanWasRequested) -> None:
    with refused(refusal):
        ship(a_transfer(), *lines)


def test_no_more_is_picked_than_leaves() -> None:
    picks = (TransferPick(TEA, "L1", 2), TransferPick(TEA, "L2", 2))

    with pytest.raises(Invalid, match="picks"):
        a_transfer().ship((TransferLine(TEA, 3),), picks, "", NOON)
    with pytest.raises(Invalid, match="picks"):
        a_transfer().ship((), (TransferPick(CUP, "L1", 1),), "", NOON)


def test_the_lots_that_left_are_noted_once() -> None:
    noted = a_shipped_transfer().note_lots((NEW, OLD, ANY))

    assert noted.news == (TransferLotsNoted(ID, (NEW, OLD, ANY)),)
    assert noted.in_transit == (OLD, NEW, ANY)
    assert noted.note_lots((ANY, NEW, OLD)) is noted
    with refused(LotsAreNoted(ID)):
        noted.note_lots((NEW,))


def test_units_of_a_lot_that_left_in_two_picks_are_one_lot() -> None:
    noted = a_shipped_transfer().note_lots((TransferLot(TEA, 4, "L1", SOON), TransferLot(TEA, 6, "L1", SOON)))

    assert noted.lots == (TransferLot(TEA, 10, "L1", SOON),)


def test_no_more_units_are_noted_than_have_left() -> None:
    with refused(MoreThanWasShipped(ID, TEA, 10, 11)):
        a_shipped_transfer().note_lots((TransferLot(TEA, 5, "L1"), TransferLot(TEA, 6, "L2")))


def test_what_expires_first_has_arrived_first_and_the_damaged_units_are_of_what_is_left() -> None:
    received = receive(a_shipped_transfer("transfer", NEW, ANY, OLD), an_arrival(5, damaged=3), reference="slip")

    (told,) = received.news
    assert told == TransferReceived(
        ID,
        STORE,
        (
            ArrivedLot(TEA, 4, "old", SOON, "seller"),
            ArrivedLot(TEA, 1, "new", LATER),
            ArrivedLot(TEA, 2, "new", LATER, damaged=True),
            ArrivedLot(TEA, 1, "any", damaged=True),
        ),
        "slip",
        complete=False,
    )
    assert received.in_transit == (TransferLot(TEA, 2, "any"),)


def test_a_lot_that_is_named_is_the_one_that_has_arrived() -> None:
    lots = a_shipped_transfer("transfer", NEW, ANY, OLD)

    received = receive(lots, an_arrival(4), an_arrival(2, lot="old"))

    assert [(each.lot, each.quantity) for each in received.in_transit] == [("new", 1), ("any", 3)]


def test_units_without_a_lot_arrive_after_those_with_one() -> None:
    received = receive(a_shipped_transfer("transfer", ANY), an_arrival(4))

    assert received.in_transit == (TransferLot(TEA, 6),)


def test_the_lots_of_units_with_serial_numbers_are_told_as_such() -> None:
    lots = TransferLot(TEA, 1, "s1"), TransferLot(CUP, 1, "c1")
    transfer = a_shipped_transfer("transfer", *lots, tea=1, cup=1)

    received = transfer.receive((an_arrival(1), an_arrival(1, "cup")), "", NOON, serials={TEA})

    (told,) = received.news
    assert isinstance(told, TransferReceived)
    assert [(line.lot, line.serial) for line in told.lines] == [("s1", True), ("c1", False)]


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ((an_arrival(7),), MoreThanWasShipped(ID, TEA, 6, 7)),
        ((an_arrival(4, damaged=3),), MoreThanWasShipped(ID, TEA, 6, 7)),
        ((an_arrival(4), an_arrival(3)), MoreThanWasShipped(ID, TEA, 6, 7)),
        ((an_arrival(1, "cup"),), MoreThanWasShipped(ID, CUP, 0, 1)),
        ((an_arrival(1, lot="old"),), MoreThanWasShipped(ID, TEA, 0, 1, "old")),
        ((an_arrival(2, damaged=2, lot="new"),), MoreThanWasShipped(ID, TEA, 3, 4, "new")),
        ((an_arrival(2, lot="new"), an_arrival(2, lot="new")), MoreThanWasShipped(ID, TEA, 1, 2, "new")),
        ((an_arrival(1, lot="unknown"),), MoreThanWasShipped(ID, TEA, 0, 1, "unknown")),
    ],
)
def test_no_more_arrives_than_is_in_transit(lines: tuple[TransferArrival, ...], refusal: MoreThanWasShipped) -> None:
    partly = receive(a_shipped_transfer("transfer", NEW, ANY, OLD), an_arrival(4))

    with refused(refusal):
        receive(partly, *lines)


def test_the_same_receipt_again_changes_nothing_even_when_all_has_arrived() -> None:
    lines = (an_arrival(4, damaged=1, lot="old"), an_arrival(5))
    transfer = a_shipped_transfer("transfer", TransferLot(TEA, 10, "old"))

    received = receive(transfer, *lines, reference="slip 1")

    assert received.state is TransferState.RECEIVED
    assert receive(received, *lines, reference="slip 1") is received


@pytest.mark.parametrize("other", [an_arrival(5), an_arrival(3, damaged=1), an_arrival(4, "cup")], ids=str)
def test_other_goods_under_the_same_reference_are_refused(other: TransferArrival) -> None:
    received = receive(a_shipped_transfer(), an_arrival(4), reference="slip 1")

    with refused(TransferReceivedOtherwise(ID, "slip 1")):
        receive(received, other, reference="slip 1")


@pytest.mark.parametrize(
    "other",
    [an_arrival(3, lot="new"), an_arrival(3, lot="any"), an_arrival(2, damaged=1, lot="old"), an_arrival(3, lot="no")],
    ids=str,
)
def test_units_of_another_lot_under_the_same_reference_are_refused(other: TransferArrival) -> None:
    received = receive(a_shipped_transfer("transfer", OLD, NEW, ANY), an_arrival(3, lot="old"), reference="pallet 1")

    with refused(TransferReceivedOtherwise(ID, "pallet 1")):
        receive(received, other, reference="pallet 1")


@pytest.mark.parametrize("again", [an_arrival(3), an_arrival(3, lot="old")], ids=str)
def test_who_named_no_lot_may_name_the_one_that_was_taken(again: TransferArrival) -> None:
    received = receive(a_shipped_transfer("transfer", OLD, NEW, ANY), an_arrival(3), reference="pallet 1")

    assert receive(received, again, reference="pallet 1") is received


def test_without_a_reference_every_receipt_counts() -> None:
    received = receive(receive(a_shipped_transfer(), an_arrival(4)), an_arrival(4))

    assert received.in_transit == (TransferLot(TEA, 2),)


def test_what_does_not_arrive_is_lost_and_stays_visible() -> None:
    partly = receive(a_shipped_transfer("transfer", NEW, ANY, OLD), an_arrival(4, damaged=1)).having(news=())

    closed = partly.close("fell off the van", LATER)

    missing = (TransferLot(TEA, 2, "new", LATER), ANY)
    assert closed.news == (TransferClosed(ID, MAIN, STORE, missing, "fell off the van"),)
    assert (closed.state, closed.in_transit) == (TransferState.CLOSED, ())
    assert closed.totals == (TransferTotal(TEA, 10, 10, 4, 1, 5),)


def test_a_transfer_is_called_off_before_it_leaves() -> None:
    cancelled = a_transfer().cancel("not needed")

    assert cancelled.news == (TransferCancelled(ID, MAIN, "not needed"),)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": MAX_QUANTITY, "damaged": 1}, "damaged"),
        ({"quantity": -1, "damaged": 2}, "quantity"),
    ],
    ids=str,
)
def test_what_cannot_have_arrived_is_refused_by_name(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        TransferArrival(TEA, **wrong)

    assert refusal.value.field == field


def test_more_units_of_a_variant_than_can_be_are_not_requested() -> None:
    with pytest.raises(Invalid, match="lines"):
        Transfer.request(ID, MAIN, STORE, (TransferLine(TEA, MAX_QUANTITY), TransferLine(TEA, 1)))


@given(transfers())
def test_what_has_left_is_there_or_damaged_or_missing_or_in_transit_whatever_happens(transfer: Transfer) -> None:
    moved: Counter[tuple[VariantId, TransferEntryKind]] = Counter()
    for entry in transfer.entries:
        moved[entry.variant, entry.kind] += abs(entry.quantity)
    by_lot = Counter[VariantId]()
    for lot in transfer.in_transit:
        by_lot[lot.variant] += lot.quantity

    for total in transfer.totals:
        shipped, *gone = (moved[total.variant, kind] for kind in TransferEntryKind)
        assert shipped == sum(gone) + by_lot[total.variant]
        assert (total.shipped, total.in_transit) == (shipped, by_lot[total.variant])
        assert 0 <= total.in_transit <= total.shipped <= total.requested
    assert transfer.is_moving == bool(by_lot)
    assert list(breaches([transfer])) == []


@given(transfers())
def test_of_no_lot_more_arrives_or_is_lost_than_has_left(transfer: Transfer) -> None:
    left = Counter({(lot.variant, lot.lot): lot.quantity for lot in transfer.lots})
    for total in transfer.totals:
        named = sum(lot.quantity for lot in transfer.lots if lot.variant == total.variant and lot.lot)
        left[total.variant, ""] = total.shipped - named

    for entry in transfer.entries:
        if entry.kind is not TransferEntryKind.SHIPPED:
            left[entry.variant, entry.lot] += entry.quantity

    assert min(left.values()) >= 0
    assert {place: units for place, units in left.items() if units} == {
        (lot.variant, lot.lot): lot.quantity for lot in transfer.in_transit
    }


@given(transfers())
def test_what_is_told_of_the_arrival_is_what_the_ledger_says(transfer: Transfer) -> None:
    told: Counter[tuple[str, str, bool]] = Counter()
    for event in transfer.news:
        for line in event.lines if isinstance(event, TransferReceived) else ():
            told[line.variant, line.lot, line.damaged] += line.quantity

    kept: Counter[tuple[str, str, bool]] = Counter()
    for entry in transfer.entries:
        if entry.kind in (TransferEntryKind.RECEIVED, TransferEntryKind.DAMAGED):
            kept[entry.variant, entry.lot, entry.kind is TransferEntryKind.DAMAGED] -= entry.quantity

    assert told == kept


@given(st.data())
def test_what_arrives_twice_under_a_reference_arrives_once(data: st.DataObject) -> None:
    transfer = data.draw(transfers())
    for reference in sorted({entry.reference for entry in transfer.entries} - {""}):
        good: Counter[VariantId] = Counter()
        damaged: Counter[VariantId] = Counter()
        for entry in transfer.entries:
            if entry.reference == reference:
                (damaged if entry.kind is TransferEntryKind.DAMAGED else good)[entry.variant] -= entry.quantity
        lines = tuple(
            TransferArrival(variant, good[variant], damaged[variant]) for variant in sorted({*good, *damaged})
        )

        assert transfer.receive(lines, reference, LATER) is transfer
