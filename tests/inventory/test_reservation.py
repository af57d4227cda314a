"""The life of a reservation: in parts, and it ends once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    MoreStockReserved,
    NotSetAside,
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
from ecomcore.inventory.reservation import LIFECYCLE
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore.testing import NOON, a_reservation
from tests.support.refusals import refused

ID = ReservationId("order")
TEA, COFFEE = VariantId("tea"), VariantId("coffee")
NEAR, FAR = LocationId("near"), LocationId("far")
SOON = NOON + timedelta(minutes=30)
ENDED = [state for state in ReservationState if state is not ReservationState.OPEN]
RESERVED, CONSUMED, RELEASED = ReservationEntryKind


def tea(quantity: int, at: LocationId = NEAR) -> ReservedLine:
    return ReservedLine(TEA, at, quantity)


def coffee(quantity: int, at: LocationId = NEAR) -> ReservedLine:
    return ReservedLine(COFFEE, at, quantity)


def three(state: ReservationState = ReservationState.OPEN) -> Reservation:
    """Three units of tea near by."""
    return a_reservation(lines=[tea(3)], state=state)


def partly_consumed(state: ReservationState) -> Reservation:
    """One of three units has left before."""
    left = three().consume("first parcel", [tea(1)]).having(news=())
    return left if state is ReservationState.OPEN else three(state)


VERBS: dict[str, Callable[[ReservationState], Reservation]] = {
    "reserve_more": lambda state: three(state).reserve_more((tea(1),)),
    "consume_part": lambda state: three(state).consume("parcel", [tea(2)]),
    "release_part": lambda state: three(state).release_part([StockLine(TEA, 2)]),
    "consume": lambda state: three(state).consume("parcel"),
    "release": lambda state: three(state).release(),
    "expire": lambda state: three(state).expire(),
    "release_rest": lambda state: partly_consumed(state).release(),
}
"""What is done to a reservation in a state, by the verb of the table."""


@pytest.mark.parametrize(("verb", "state", "to"), list(LIFECYCLE.cells()))
def test_every_verb_in_every_state_does_what_the_table_says(
    verb: str, state: ReservationState, to: ReservationState | None
) -> None:
    match verb, to:
        case "release" | "expire", None:
            with refused(IllegalTransition("reservation", verb, state, (ReservationState.OPEN,))):
                VERBS[verb](state)
        case "release_rest", None:
            with refused(IllegalTransition("reservation", "release", state, (ReservationState.OPEN,))):
                VERBS[verb](state)
        case _, None:
            with refused(ReservationClosed(ID, state)):
                VERBS[verb](state)
        case _:
            assert VERBS[verb](state).state is to


def test_every_verb_of_the_table_is_something_that_happens() -> None:
    assert set(VERBS) == set(LIFECYCLE.verbs)


# It is opened and kept ---------------------------------------------------------------------------------------------


def test_a_reservation_goes_by_the_id_of_its_source() -> None:
    lines = (tea(2),)

    reservation = Reservation.open("order", lines, SOON)

    assert (reservation.id, reservation.state, reservation.lines) == ("order", ReservationState.OPEN, lines)
    assert reservation.news == (StockReserved(ID, "order", lines, SOON),)
    assert reservation.entries == (ReservationEntry(1, RESERVED, TEA, NEAR, 2, 2),)


def test_a_kept_reservation_no_longer_expires() -> None:
    kept = a_reservation(expires_at=SOON).keep()

    assert (kept.expires_at, kept.is_open) == (None, True)
    assert kept.news == (StockKept(ID, "order"),)


def test_a_reservation_may_be_kept_until_a_later_moment() -> None:
    later = SOON + timedelta(days=12)

    kept = a_reservation(expires_at=SOON).keep(later)

    assert (kept.expires_at, kept.is_open) == (later, True)
    assert kept.news == (StockKept(ID, "order", later),)
    assert kept.keep().expires_at is None


@pytest.mark.parametrize("until", [None, SOON])
def test_keeping_what_is_kept_as_long_changes_nothing(until: Instant | None) -> None:
    kept = a_reservation(expires_at=until)

    assert kept.keep(until) is kept


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_cannot_be_kept(state: ReservationState) -> None:
    with refused(ReservationClosed(ID, state)):
        a_reservation(state=state, expires_at=SOON).keep()


# In parts ----------------------------------------------------------------------------------------------------------


def test_more_of_what_is_set_aside_makes_one_line_of_it() -> None:
    more = three().reserve_more((tea(2), coffee(1)))

    assert more.lines == (tea(5), coffee(1))
    assert more.reserved == (tea(5), coffee(1))
    assert more.news == (MoreStockReserved(ID, "order", (tea(2), coffee(1))),)
    assert more.entries[1:] == (
        ReservationEntry(2, RESERVED, TEA, NEAR, 2, 5),
        ReservationEntry(3, RESERVED, COFFEE, NEAR, 1, 1),
    )


def test_a_place_that_was_emptied_can_be_filled_again() -> None:
    reservation = a_reservation(lines=[tea(3), coffee(1)]).consume("parcel", [tea(3)])

    again = reservation.reserve_more((tea(2),))

    assert again.lines == (coffee(1), tea(2))
    assert (again.reserved, again.consumed) == ((tea(5), coffee(1)), (tea(3),))


def test_some_units_leave_and_the_others_wait() -> None:
    part = a_reservation(lines=[tea(3), coffee(1)]).consume("parcel", [tea(2)])

    assert (part.state, part.lines, part.consumed) == (ReservationState.OPEN, (tea(1), coffee(1)), (tea(2),))
    assert part.news == (StockConsumed(ID, "order", (tea(2),), "parcel"),)
    assert part.entries[-1] == ReservationEntry(3, CONSUMED, TEA, NEAR, -2, 1, "parcel")


def test_lines_of_one_place_leave_as_one() -> None:
    part = three().consume("parcel", [tea(1), tea(1)])

    assert part.news == (StockConsumed(ID, "order", (tea(2),), "parcel"),)
    assert part.lines == (tea(1),)


def test_all_that_is_set_aside_leaves_when_nothing_is_named() -> None:
    whole = a_reservation(lines=[tea(3), coffee(1)]).consume("one", [tea(2)]).consume("two")

    assert (whole.state, whole.lines) == (ReservationState.CONSUMED, ())
    assert whole.consumed == (tea(3), coffee(1))
    assert whole.news[-1] == StockConsumed(ID, "order", (tea(1), coffee(1)), "two")


def test_the_last_part_that_leaves_ends_it() -> None:
    last = three().consume("one", [tea(2)]).consume("two", [tea(1)])

    assert last.state is ReservationState.CONSUMED


def test_a_reference_is_known_once_units_have_left_under_it() -> None:
    part = three().consume("one", [tea(2)])

    assert part.has_consumed("one")
    assert not part.has_consumed("two")
    assert not three().has_consumed("")
    assert not three().release().has_consumed("")


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (tea(4), NotSetAside(ID, TEA, 4, 3, NEAR)),
        (tea(1, FAR), NotSetAside(ID, TEA, 1, 0, FAR)),
        (coffee(1), NotSetAside(ID, COFFEE, 1, 0, NEAR)),
    ],
)
def test_what_is_not_set_aside_does_not_leave(line: ReservedLine, missing: NotSetAside) -> None:
    with refused(missing):
        three().consume("parcel", [line])


def test_two_lines_do_not_take_together_what_one_could_not() -> None:
    with refused(NotSetAside(ID, TEA, 4, 3, NEAR)):
        three().consume("parcel", [tea(2), tea(2)])


def test_the_last_units_are_given_back_first() -> None:
    reservation = a_reservation(lines=[tea(2, NEAR), tea(3, FAR), coffee(5)])

    less = reservation.release_part([StockLine(TEA, 4), StockLine(COFFEE, 1)])

    assert less.lines == (tea(1, NEAR), coffee(4))
    assert less.released == (tea(3, FAR), tea(1, NEAR), coffee(1))
    assert less.news == (StockPartReleased(ID, "order", (tea(3, FAR), tea(1, NEAR), coffee(1))),)
    assert less.entries[-2] == ReservationEntry(5, RELEASED, TEA, NEAR, -1, 1)


def test_lines_of_one_variant_are_given_back_together() -> None:
    assert three().release_part([StockLine(TEA, 1), StockLine(TEA, 1)]).lines == (tea(1),)


def test_no_more_is_given_back_than_is_set_aside() -> None:
    with refused(NotSetAside(ID, TEA, 4, 3)):
        three().release_part([StockLine(TEA, 2), StockLine(TEA, 2)])
    with refused(NotSetAside(ID, COFFEE, 1, 0)):
        three().release_part([StockLine(COFFEE, 1)])


def test_giving_the_last_units_back_ends_it() -> None:
    released = three().release_part([StockLine(TEA, 3)])

    assert (released.state, released.lines) == (ReservationState.RELEASED, ())
    assert released.news == (StockPartReleased(ID, "order", (tea(3),)),)


@pytest.mark.parametrize(
    "give_back",
    [lambda part: part.release_part([StockLine(TEA, 2)]), Reservation.release, Reservation.expire],
    ids=["part", "release", "expire"],
)
def test_what_has_left_has_left_when_the_rest_is_given_back(give_back: Callable[[Reservation], Reservation]) -> None:
    ended = give_back(three().consume("parcel", [tea(1)]))

    assert (ended.state, ended.lines) == (ReservationState.CONSUMED, ())
    assert (ended.consumed, ended.released) == ((tea(1),), (tea(2),))


# Its end -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda: three().consume("parcel"), StockConsumed(ID, "order", (tea(3),), "parcel")),
        (lambda: three().release(), StockReleased(ID, "order", (tea(3),))),
        (lambda: three().expire(), ReservationExpired(ID, "order", (tea(3),))),
    ],
)
def test_every_end_is_told(end: Callable[[], Reservation], told: object) -> None:
    ended = end()

    assert ended.news == (told,)
    assert (ended.is_open, ended.lines) == (False, ())


def test_a_closed_reservation_says_how_it_ended() -> None:
    refusal = ReservationClosed("order", "released")

    assert str(refusal) == "the reservation of order is released; its units are no longer set aside"


def test_what_is_not_set_aside_is_named_with_where_it_is_missing() -> None:
    assert str(NotSetAside("order", TEA, 4, 3)) == "4 of tea wanted from order, 3 set aside"
    assert str(NotSetAside("order", TEA, 4, 3, FAR)) == "4 of tea at far wanted from order, 3 set aside"


# Laws --------------------------------------------------------------------------------------------------------------

LINES = st.builds(
    ReservedLine, st.sampled_from([TEA, COFFEE]), st.sampled_from([NEAR, FAR]), st.integers(min_value=1, max_value=5)
)
ACTS = st.lists(st.tuples(st.sampled_from(["more", "consume", "part"]), st.lists(LINES, min_size=1, max_size=3)))


def lived(first: list[ReservedLine], acts: list[tuple[str, list[ReservedLine]]]) -> Reservation:
    """The reservation after these acts, whatever was refused left out."""
    reservation = Reservation.open("order", tuple(first), None)
    for number, (act, lines) in enumerate(acts):
        try:
            match act:
                case "more":
                    reservation = reservation.reserve_more(tuple(lines))
                case "consume":
                    reservation = reservation.consume(f"parcel {number}", lines)
                case _:
                    reservation = reservation.release_part([StockLine(each.variant, each.quantity) for each in lines])
        except (NotSetAside, ReservationClosed):
            continue
    return reservation


def units(lines: tuple[ReservedLine, ...]) -> int:
    return sum(line.quantity for line in lines)


@given(st.lists(LINES, min_size=1, max_size=3), ACTS)
def test_what_was_set_aside_is_set_aside_has_left_or_was_given_back(
    first: list[ReservedLine], acts: list[tuple[str, list[ReservedLine]]]
) -> None:
    reservation = lived(first, acts)

    assert units(reservation.reserved) == sum(
        units(each) for each in (reservation.lines, reservation.consumed, reservation.released)
    )
    assert reservation.is_open == bool(reservation.lines)
    assert all(line.quantity > 0 for line in reservation.lines)


@given(st.lists(LINES, min_size=1, max_size=3), ACTS)
def test_the_ledger_of_a_reservation_adds_up(
    first: list[ReservedLine], acts: list[tuple[str, list[ReservedLine]]]
) -> None:
    sums: dict[str, int] = {}

    for number, entry in enumerate(lived(first, acts).entries, 1):
        sums[entry.item] = sums.get(entry.item, 0) + entry.quantity
        assert (entry.number, entry.balance) == (number, sums[entry.item])
        assert entry.balance >= 0
        assert (entry.quantity > 0) == (entry.kind is RESERVED)
