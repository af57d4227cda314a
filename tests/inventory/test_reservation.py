"""The life of a reservation: it ends once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ecomcore.inventory import (
    Reservation,
    ReservationClosed,
    ReservationExpired,
    ReservationState,
    ReservedLine,
    StockConsumed,
    StockKept,
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
SOON = NOON + timedelta(minutes=30)
VERBS: dict[str, Callable[[Reservation], Reservation]] = {
    "consume": Reservation.consume,
    "release": Reservation.release,
    "expire": Reservation.expire,
}
ENDED = [state for state in ReservationState if state is not ReservationState.OPEN]


@pytest.mark.parametrize(("verb", "state", "to"), list(LIFECYCLE.cells()))
def test_every_verb_in_every_state_does_what_the_table_says(
    verb: str, state: ReservationState, to: ReservationState | None
) -> None:
    reservation = a_reservation(state=state)

    match verb, to:
        case "consume", None:
            with refused(ReservationClosed(ID, state)):
                reservation.consume()
        case _, None:
            with refused(IllegalTransition("reservation", verb, state, (ReservationState.OPEN,))):
                VERBS[verb](reservation)
        case _:
            assert VERBS[verb](reservation).state is to


def test_every_verb_of_the_table_is_a_method() -> None:
    assert set(VERBS) == set(LIFECYCLE.verbs)


def test_a_reservation_goes_by_the_id_of_its_source() -> None:
    lines = (ReservedLine(VariantId("tea"), LocationId("main"), 2),)

    reservation = Reservation.open("order", lines, SOON)

    assert (reservation.id, reservation.state) == ("order", ReservationState.OPEN)
    assert reservation.news == (StockReserved(ID, "order", lines, SOON),)


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


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("consume", StockConsumed(ID, "order")),
        ("release", StockReleased(ID, "order")),
        ("expire", ReservationExpired(ID, "order")),
    ],
)
def test_every_end_is_told(verb: str, told: object) -> None:
    ended = VERBS[verb](a_reservation())

    assert ended.news == (told,)
    assert not ended.is_open


def test_a_closed_reservation_says_how_it_ended() -> None:
    refusal = ReservationClosed("order", "released")

    assert str(refusal) == "the reservation of order is released; its units are no longer set aside"
