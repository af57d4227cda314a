"""Bundles that are set aside: their components lie together, leave together, and are given back together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    MoreStockReserved,
    NotSetAside,
    Purpose,
    Reservation,
    ReservationClosed,
    ReservationEntry,
    ReservationEntryKind,
    ReservationExpired,
    ReservationState,
    ReservedLine,
    StockConsumed,
    StockKept,
    StockLine,
    StockPartReleased,
    StockReleased,
    StockReserved,
)
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore.testing import NOON
from tests.support.refusals import refused

ID = ReservationId("order")
SET, POT, CUP = VariantId("set"), VariantId("pot"), VariantId("cup")
NEAR, FAR = LocationId("near"), LocationId("far")


def sets(many: int, at: LocationId = NEAR, cups: int = 4) -> tuple[ReservedLine, ReservedLine]:
    """So many tea sets, each of a pot and some cups."""
    return ReservedLine(POT, at, many, SET, 1), ReservedLine(CUP, at, many * cups, SET, cups)


def a_cup(many: int = 1, at: LocationId = NEAR) -> ReservedLine:
    return ReservedLine(CUP, at, many)


def of(*lines: ReservedLine, purpose: Purpose = Purpose.ORDER) -> Reservation:
    return Reservation.open("order", lines, None, purpose).having(news=())


def test_one_line_for_each_component_says_how_many_a_bundle_takes() -> None:
    reservation = of(*sets(2), a_cup())

    assert reservation.lines == (*sets(2), a_cup())
    assert reservation.composition(SET) == {POT: 1, CUP: 4}
    assert reservation.composition(POT) == {}
    assert reservation.entries[1] == ReservationEntry(2, ReservationEntryKind.RESERVED, CUP, NEAR, 8, 8, "", SET, 4)


def test_a_bundle_leaves_by_its_own_name_with_all_of_its_components() -> None:
    left = of(*sets(2), a_cup()).consume("parcel", [ReservedLine(SET, NEAR, 1)])

    assert left.consumed == sets(1)
    assert left.lines == (*sets(1), a_cup())
    assert left.news == (StockConsumed(ID, "order", sets(1), "parcel"),)


def test_a_component_that_is_sold_by_itself_does_not_leave_from_a_bundle() -> None:
    reservation = of(*sets(2), a_cup())

    assert reservation.consume("parcel", [a_cup()]).lines == sets(2)
    with refused(NotSetAside(ID, CUP, 2, 1, NEAR)):
        reservation.consume("parcel", [a_cup(2)])


def test_no_more_bundles_leave_than_are_set_aside_at_the_location() -> None:
    with refused(NotSetAside(ID, SET, 2, 1, FAR)):
        of(*sets(2), *sets(1, FAR)).consume("parcel", [ReservedLine(SET, FAR, 2)])


def test_bundles_are_given_back_whole_from_the_location_that_was_asked_last() -> None:
    less = of(*sets(2), *sets(2, FAR)).release_part([StockLine(SET, 3)])

    assert less.lines == sets(1)
    assert less.released == (*sets(2, FAR), *sets(1))
    assert less.news == (StockPartReleased(ID, "order", (*sets(2, FAR), *sets(1))),)


def test_no_part_of_a_bundle_is_given_back() -> None:
    with refused(NotSetAside(ID, CUP, 1, 0)):
        of(*sets(2)).release_part([StockLine(CUP, 1)])


def test_more_bundles_are_added_to_those_that_are_set_aside() -> None:
    more = of(*sets(1)).reserve_more(sets(2))

    assert more.lines == sets(3)
    assert more.news == (MoreStockReserved(ID, "order", sets(2)),)


def test_a_bundle_that_was_composed_otherwise_meanwhile_counts_from_then() -> None:
    emptied = of(*sets(1), a_cup()).consume("parcel", [ReservedLine(SET, NEAR, 1)])

    again = emptied.reserve_more(sets(1, cups=2))

    assert again.composition(SET) == {POT: 1, CUP: 2}
    assert again.consume("other parcel", [ReservedLine(SET, NEAR, 1)]).lines == (a_cup(),)


def test_what_it_is_for_is_told_with_everything_that_becomes_of_it() -> None:
    told = Reservation.open("order", sets(2), NOON, Purpose.QUEUE)
    told = told.keep().reserve_more((a_cup(),)).consume("parcel", [a_cup()]).release_part([StockLine(SET, 1)])

    assert told.release().news == (
        StockReserved(ID, "order", sets(2), NOON, Purpose.QUEUE),
        StockKept(ID, "order", None, Purpose.QUEUE),
        MoreStockReserved(ID, "order", (a_cup(),), Purpose.QUEUE),
        StockConsumed(ID, "order", (a_cup(),), "parcel", Purpose.QUEUE),
        StockPartReleased(ID, "order", sets(1), Purpose.QUEUE),
        StockReleased(ID, "order", sets(1), Purpose.QUEUE),
    )
    assert told.expire().news[-1] == ReservationExpired(ID, "order", sets(1), Purpose.QUEUE)
    assert told.expire().state is ReservationState.CONSUMED


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["more", "consume", "give back"]),
        st.sampled_from([SET, CUP]),
        st.sampled_from([NEAR, FAR]),
        st.integers(1, 4),
    ),
    max_size=25,
)


@given(ACTS)
def test_bundles_stay_whole_whatever_becomes_of_them(acts: list[tuple[str, VariantId, LocationId, int]]) -> None:
    reservation = of(*sets(3), *sets(2, FAR), a_cup(2))

    for number, (act, variant, at, many) in enumerate(acts):
        try:
            match act:
                case "more":
                    reservation = reservation.reserve_more(sets(many, at) if variant == SET else (a_cup(many, at),))
                case "consume":
                    reservation = reservation.consume(f"parcel {number}", [ReservedLine(variant, at, many)])
                case _:
                    reservation = reservation.release_part([StockLine(variant, many)])
        except (NotSetAside, ReservationClosed):
            continue

        for lines in (reservation.lines, reservation.consumed, reservation.released):
            for place in (NEAR, FAR):
                pots = sum(line.quantity for line in lines if (line.location, line.variant) == (place, POT))
                cups = sum(line.quantity for line in lines if line.location == place and line.bundle == SET)
                assert cups - pots == 4 * pots
