"""Reservations in parts as they are asked from outside: more is set aside, some leaves, some is given back."""

from datetime import timedelta

import pytest

from ecomcore.inventory import (
    Availability,
    ConsumeStock,
    ExpireReservations,
    GetAvailability,
    KeepStock,
    ListMovements,
    ListStock,
    MovementKind,
    NotSetAside,
    OpenLocation,
    OutOfStock,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    Reservation,
    ReservationClosed,
    ReservationState,
    ReservedLine,
    ReserveMore,
    ReserveStock,
    StockLine,
)
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Command
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import NOON, ShopKit, a_shop, fetch
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.persistence_case import for_all
from ecomcore.testing.stock_lives import LivesOfReservations
from tests.support.refusals import refused

TEA, COFFEE = VariantId("tea"), VariantId("coffee")
NEAR, FAR = LocationId("near"), LocationId("far")
SOON = NOON + timedelta(minutes=30)


@pytest.fixture
def kit() -> ShopKit:
    """Two locations, the near one asked first, with four units of tea each; two of six are set aside far away."""
    kit = a_shop(products=0)
    kit.staff.handle(OpenLocation("Near", priority=1, id=NEAR))
    kit.staff.handle(OpenLocation("Far", priority=2, id=FAR))
    for location in (NEAR, FAR):
        kit.staff.handle(ReceiveStock(location, (StockLine(TEA, 4),), "opening"))
    kit.system.handle(ReserveStock("order", (StockLine(TEA, 6),), None, SOON))
    return kit


def tea(quantity: int) -> tuple[StockLine, ...]:
    return (StockLine(TEA, quantity),)


def near(quantity: int) -> tuple[ReservedLine, ...]:
    return (ReservedLine(TEA, NEAR, quantity),)


def far(quantity: int) -> tuple[ReservedLine, ...]:
    return (ReservedLine(TEA, FAR, quantity),)


def stock(kit: ShopKit) -> dict[str, tuple[int, int]]:
    """What is on hand and reserved at each location."""
    return {view.location: (view.on_hand, view.reserved) for view in kit.staff.ask(ListStock((TEA,)))}


def reservation(kit: ShopKit) -> Reservation:
    return fetch(kit.persistence, Reservation, "order")


def sales(kit: ShopKit, location: LocationId) -> list[tuple[int, str]]:
    return [
        (movement.quantity, movement.reference)
        for movement in kit.staff.ask(ListMovements(TEA, location))
        if movement.kind is MovementKind.SALE
    ]


# More --------------------------------------------------------------------------------------------------------------


def test_more_is_taken_from_the_location_of_the_first_priority_that_has_some(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(NEAR, tea(1), "another"))

    kit.system.handle(ReserveMore("order", tea(2)))

    assert stock(kit) == {"near": (5, 5), "far": (4, 3)}
    assert reservation(kit).lines == (*near(5), *far(3))


def test_more_is_taken_from_the_named_location_only(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(NEAR, tea(1), "another"))

    kit.system.handle(ReserveMore("order", tea(2), FAR))

    assert stock(kit) == {"near": (5, 4), "far": (4, 4)}


def test_more_of_another_variant_is_set_aside_beside_the_first(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(FAR, (StockLine(COFFEE, 1),)))

    kit.system.handle(ReserveMore("order", (StockLine(COFFEE, 1),)))

    assert reservation(kit).lines == (*near(4), *far(2), ReservedLine(COFFEE, FAR, 1))


def test_more_than_there_is_is_refused_and_nothing_changes(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(NEAR, (StockLine(COFFEE, 1),)))

    with refused(OutOfStock(TEA, 3, 2)):
        kit.system.handle(ReserveMore("order", (StockLine(COFFEE, 1), *tea(3))))

    assert stock(kit) == {"near": (4, 4), "far": (4, 2)}
    assert kit.shop.ask(GetAvailability((COFFEE,))) == (Availability(COFFEE, 1),)


def test_more_can_be_set_aside_for_what_was_kept_and_is_kept_as_well(kit: ShopKit) -> None:
    kit.system.handle(KeepStock("order"))
    kit.system.handle(ReserveMore("order", tea(1)))
    kit.clock.set(SOON + timedelta(days=1))

    assert kit.system.handle(ExpireReservations()) == 0
    assert stock(kit) == {"near": (4, 4), "far": (4, 3)}


def test_asked_twice_for_more_it_sets_twice_as_many_aside(kit: ShopKit) -> None:
    for _ in range(2):
        kit.system.handle(ReserveMore("order", tea(1)))

    assert stock(kit) == {"near": (4, 4), "far": (4, 4)}


def test_all_that_is_set_aside_expires_together(kit: ShopKit) -> None:
    kit.system.handle(ReserveMore("order", tea(2)))
    kit.clock.set(SOON)

    assert kit.system.handle(ExpireReservations()) == 1
    assert stock(kit) == {"near": (4, 0), "far": (4, 0)}


# Some leaves -------------------------------------------------------------------------------------------------------


def test_some_units_leave_one_location_and_the_others_stay_set_aside(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "parcel", near(3)))

    assert stock(kit) == {"near": (1, 1), "far": (4, 2)}
    assert reservation(kit).state is ReservationState.OPEN
    assert (sales(kit, NEAR), sales(kit, FAR)) == ([(-3, "parcel")], [])


def test_parcel_by_parcel_everything_leaves(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "one", near(3)))
    kit.system.handle(ConsumeStock("order", "two", (*near(1), *far(1))))
    kit.system.handle(ConsumeStock("order", "three", far(1)))

    assert stock(kit) == {"near": (0, 0), "far": (2, 0)}
    assert reservation(kit).state is ReservationState.CONSUMED
    assert (sales(kit, NEAR), sales(kit, FAR)) == ([(-3, "one"), (-1, "two")], [(-1, "two"), (-1, "three")])
    assert kit.shop.audit() == []


def test_the_rest_leaves_when_no_lines_are_named(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "one", near(3)))
    kit.system.handle(ConsumeStock("order", "two"))

    assert stock(kit) == {"near": (0, 0), "far": (2, 0)}
    assert reservation(kit).state is ReservationState.CONSUMED


def test_a_parcel_takes_its_units_once_however_often_it_is_told(kit: ShopKit) -> None:
    for lines in (near(1), near(1), near(2), ()):
        kit.system.handle(ConsumeStock("order", "parcel", lines))

    assert stock(kit) == {"near": (3, 3), "far": (4, 2)}


def test_a_parcel_told_again_after_the_end_takes_nothing(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "one", near(1)))
    kit.system.handle(ConsumeStock("order", "two"))

    kit.system.handle(ConsumeStock("order", "one", near(1)))

    assert stock(kit) == {"near": (0, 0), "far": (2, 0)}


def test_units_that_have_all_left_do_not_leave_in_another_parcel(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "one"))

    with refused(ReservationClosed("order", ReservationState.CONSUMED)):
        kit.system.handle(ConsumeStock("order", "two", near(1)))


def test_no_more_leaves_a_location_than_is_set_aside_there_and_nothing_changes(kit: ShopKit) -> None:
    with refused(NotSetAside("order", TEA, 3, 2, FAR)):
        kit.system.handle(ConsumeStock("order", "parcel", (*near(1), *far(3))))

    assert stock(kit) == {"near": (4, 4), "far": (4, 2)}


# Some is given back ------------------------------------------------------------------------------------------------


def test_the_location_that_was_asked_first_keeps_its_units(kit: ShopKit) -> None:
    kit.system.handle(ReleasePart("order", tea(3)))

    assert stock(kit) == {"near": (4, 3), "far": (4, 0)}
    assert reservation(kit).state is ReservationState.OPEN


def test_what_is_given_back_can_be_bought_by_others(kit: ShopKit) -> None:
    with refused(OutOfStock(TEA, 3, 2)):
        kit.system.handle(ReserveStock("another", tea(3)))

    kit.system.handle(ReleasePart("order", tea(1)))
    kit.system.handle(ReserveStock("another", tea(3)))

    assert stock(kit) == {"near": (4, 4), "far": (4, 4)}


def test_a_reservation_of_which_all_was_given_back_is_released(kit: ShopKit) -> None:
    kit.system.handle(ReleasePart("order", tea(2)))
    kit.system.handle(ReleasePart("order", tea(4)))

    assert stock(kit) == {"near": (4, 0), "far": (4, 0)}
    assert reservation(kit).state is ReservationState.RELEASED


def test_no_more_is_given_back_than_is_set_aside(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "parcel", near(3)))

    with refused(NotSetAside("order", TEA, 4, 3)):
        kit.system.handle(ReleasePart("order", tea(4)))

    assert stock(kit) == {"near": (1, 1), "far": (4, 2)}


@pytest.mark.parametrize("end", [ReleasePart("order", tea(3)), ReleaseStock("order")], ids=["part", "all"])
def test_what_has_left_is_not_given_back_with_the_rest(kit: ShopKit, end: Command[None]) -> None:
    kit.system.handle(ConsumeStock("order", "parcel", near(3)))

    kit.system.handle(end)

    assert stock(kit) == {"near": (1, 0), "far": (4, 0)}
    assert reservation(kit).state is ReservationState.CONSUMED
    assert kit.shop.audit() == []


def test_what_nobody_claimed_in_time_is_given_back_and_what_has_left_has_left(kit: ShopKit) -> None:
    kit.system.handle(ConsumeStock("order", "parcel", near(3)))
    kit.clock.set(SOON)

    assert kit.system.handle(ExpireReservations()) == 1
    assert stock(kit) == {"near": (1, 0), "far": (4, 0)}
    assert reservation(kit).state is ReservationState.CONSUMED


# What cannot be ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [ReserveMore("nobody", tea(1)), ReleasePart("nobody", tea(1))])
def test_a_part_of_nothing_is_not_found(kit: ShopKit, command: Command[None]) -> None:
    with refused(NotFound("Reservation", "nobody")):
        kit.system.handle(command)


@pytest.mark.parametrize(
    "command", [ReserveMore("order", tea(1)), ReleasePart("order", tea(1)), ConsumeStock("order", "parcel", near(1))]
)
def test_what_has_ended_does_not_go_on_in_parts(kit: ShopKit, command: Command[None]) -> None:
    kit.system.handle(ReleaseStock("order"))

    with refused(ReservationClosed("order", ReservationState.RELEASED)):
        kit.system.handle(command)

    assert stock(kit) == {"near": (4, 0), "far": (4, 0)}


@pytest.mark.parametrize("bad", [{"quantity": 0}, {"quantity": True}, {"variant": ""}, {"location": None}])
def test_a_line_that_leaves_names_units_of_something_somewhere(bad: dict[str, object]) -> None:
    given: dict[str, object] = {"variant": TEA, "location": NEAR, "quantity": 1, **bad}

    with pytest.raises(Invalid) as refusal:
        ReservedLine(**given)  # type: ignore[arg-type]  # the point of it

    assert refusal.value.field == next(iter(bad))


@pytest.mark.parametrize("command", [ReserveMore, ReleasePart])
def test_a_part_has_lines(command: type[ReserveMore | ReleasePart]) -> None:
    with pytest.raises(Invalid, match="lines"):
        command("order", ())


# Laws --------------------------------------------------------------------------------------------------------------


def test_in_whatever_order_units_are_set_aside_consumed_and_given_back_the_books_are_right() -> None:
    lives = LivesOfReservations(use_wire(MemoryPersistence()))

    for_all(lives.drawn, lives.live, examples=120)
