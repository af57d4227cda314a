"""The inventory as it is asked from outside: sourcing over locations, limits, ends of reservations."""

from datetime import timedelta

import pytest

from ecomcore.inventory import (
    Availability,
    ConsumeStock,
    CorrectStock,
    ExpireReservations,
    GetAvailability,
    KeepStock,
    ListMovements,
    ListStock,
    MovementKind,
    OpenLocation,
    OutOfStock,
    ReceiveStock,
    ReleaseStock,
    ReservationClosed,
    ReservationState,
    ReserveStock,
    StockIsReserved,
    StockLine,
    StockView,
)
from ecomcore.kernel.errors import AlreadyExists, NotFound, PermissionDenied
from ecomcore.kernel.ids import LocationId, MemberId, VariantId
from ecomcore.kernel.messages import Anonymous, Command, Member, Query, Staff
from ecomcore.testing import NOON, ShopKit, a_shop
from tests.support.refusals import refused

TEA, COFFEE = VariantId("tea"), VariantId("coffee")
NEAR, FAR = LocationId("near"), LocationId("far")
SOON = NOON + timedelta(minutes=30)


@pytest.fixture
def kit() -> ShopKit:
    """A shop with two empty locations; the near one is asked first, though the far one comes first by name."""
    kit = a_shop(products=0)
    kit.staff.handle(OpenLocation("Near", priority=1, id=NEAR))
    kit.staff.handle(OpenLocation("Far", priority=2, id=FAR))
    return kit


def tea(quantity: int) -> StockLine:
    return StockLine(TEA, quantity)


def stock(kit: ShopKit, variant: VariantId = TEA) -> dict[str, tuple[int, int]]:
    """What is on hand and reserved at each location."""
    return {view.location: (view.on_hand, view.reserved) for view in kit.staff.ask(ListStock((variant,)))}


def receive(kit: ShopKit, **by_location: int) -> None:
    for location, quantity in by_location.items():
        kit.staff.handle(ReceiveStock(LocationId(location), (tea(quantity),), "opening"))


def reserve(kit: ShopKit, source: str, *lines: StockLine, at: LocationId | None = None) -> None:
    kit.system.handle(ReserveStock(source, lines, at, SOON))


def test_stock_is_taken_from_the_location_of_the_first_priority(kit: ShopKit) -> None:
    receive(kit, near=5, far=5)

    reserve(kit, "order", tea(3))

    assert stock(kit) == {"near": (5, 3), "far": (5, 0)}


def test_what_the_first_location_lacks_the_next_one_gives(kit: ShopKit) -> None:
    receive(kit, near=2, far=5)

    reserve(kit, "order", tea(6))

    assert stock(kit) == {"near": (2, 2), "far": (5, 4)}


def test_locations_of_equal_priority_are_asked_in_the_order_of_their_ids() -> None:
    kit = a_shop(products=0)
    for location in ("b", "a"):
        kit.staff.handle(OpenLocation(location, id=LocationId(location)))
    receive(kit, b=2, a=2)

    reserve(kit, "order", tea(3))

    assert stock(kit) == {"a": (2, 2), "b": (2, 1)}


def test_a_named_location_gives_all_or_nothing(kit: ShopKit) -> None:
    receive(kit, near=5, far=2)

    reserve(kit, "fits", tea(2), at=FAR)
    with refused(OutOfStock(TEA, 1, 0)):
        reserve(kit, "another", tea(1), at=FAR)

    assert stock(kit) == {"near": (5, 0), "far": (2, 2)}


def test_more_than_all_locations_have_is_refused_with_what_they_have(kit: ShopKit) -> None:
    receive(kit, near=2, far=1)

    with refused(OutOfStock(TEA, 4, 3)):
        reserve(kit, "order", tea(4))

    assert stock(kit) == {"near": (2, 0), "far": (1, 0)}


def test_what_was_never_there_is_out_of_stock(kit: ShopKit) -> None:
    with refused(OutOfStock(TEA, 1, 0)):
        reserve(kit, "order", tea(1))


def test_a_limit_holds_for_the_variant_however_many_lines_ask_for_it(kit: ShopKit) -> None:
    receive(kit, near=5)

    with refused(OutOfStock(TEA, 6, 5)):
        reserve(kit, "order", tea(3), tea(3))
    reserve(kit, "order", tea(3), tea(2))

    assert stock(kit)["near"] == (5, 5)


def test_all_lines_are_reserved_or_none(kit: ShopKit) -> None:
    receive(kit, near=5)

    with refused(OutOfStock(COFFEE, 1, 0)):
        reserve(kit, "order", tea(1), StockLine(COFFEE, 1))

    assert stock(kit)["near"] == (5, 0)


def test_reserving_again_for_the_same_source_changes_nothing(kit: ShopKit) -> None:
    receive(kit, near=5)

    reserve(kit, "order", tea(3))
    reserve(kit, "order", tea(3))

    assert stock(kit)["near"] == (5, 3)


def test_released_units_are_available_again_and_only_once(kit: ShopKit) -> None:
    receive(kit, near=5)
    reserve(kit, "kept", tea(1))
    reserve(kit, "order", tea(3))

    kit.system.handle(ReleaseStock("order"))
    kit.system.handle(ReleaseStock("order"))

    assert stock(kit)["near"] == (5, 1)


def test_releasing_what_was_never_reserved_does_nothing(kit: ShopKit) -> None:
    receive(kit, near=5)

    kit.system.handle(ReleaseStock("nobody"))

    assert stock(kit)["near"] == (5, 0)


def test_consumed_units_leave_every_location_they_were_taken_from_and_only_once(kit: ShopKit) -> None:
    receive(kit, near=2, far=5)
    reserve(kit, "order", tea(4))

    kit.system.handle(ConsumeStock("order", "parcel"))
    kit.system.handle(ConsumeStock("order", "parcel"))

    assert stock(kit) == {"near": (0, 0), "far": (3, 0)}
    sales = [
        (movement.kind, movement.quantity, movement.reference)
        for location in (NEAR, FAR)
        for movement in kit.staff.ask(ListMovements(TEA, location))
        if movement.kind is MovementKind.SALE
    ]
    assert sales == [(MovementKind.SALE, -2, "parcel"), (MovementKind.SALE, -2, "parcel")]


def test_what_was_released_cannot_be_consumed(kit: ShopKit) -> None:
    receive(kit, near=5)
    reserve(kit, "order", tea(3))
    kit.system.handle(ReleaseStock("order"))

    with refused(ReservationClosed("order", ReservationState.RELEASED)):
        kit.system.handle(ConsumeStock("order", "parcel"))

    assert stock(kit)["near"] == (5, 0)


def test_what_was_consumed_is_not_given_back(kit: ShopKit) -> None:
    receive(kit, near=5)
    reserve(kit, "order", tea(3))
    kit.system.handle(ConsumeStock("order", "parcel"))

    kit.system.handle(ReleaseStock("order"))

    assert stock(kit)["near"] == (2, 0)


@pytest.mark.parametrize("command", [KeepStock("nobody"), ConsumeStock("nobody", "parcel")])
def test_a_reservation_that_was_never_made_is_not_found(kit: ShopKit, command: Command[None]) -> None:
    with refused(NotFound("Reservation", "nobody")):
        kit.system.handle(command)


def test_a_correction_needs_stock_to_correct(kit: ShopKit) -> None:
    with refused(NotFound("stock", "tea at near")):
        kit.staff.handle(CorrectStock(TEA, NEAR, 1, "counted"))


def test_a_correction_does_not_take_what_somebody_has_reserved(kit: ShopKit) -> None:
    receive(kit, near=5)
    reserve(kit, "order", tea(3))

    with refused(StockIsReserved(TEA, 5, 3)):
        kit.staff.handle(CorrectStock(TEA, NEAR, -3, "counted"))
    kit.staff.handle(CorrectStock(TEA, NEAR, -2, "counted"))

    assert stock(kit)["near"] == (3, 3)


def test_the_ledger_tells_all_movements_page_by_page(kit: ShopKit) -> None:
    receive(kit, near=5)
    kit.staff.handle(CorrectStock(TEA, NEAR, -1, "one was broken", reference="slip 7"))
    reserve(kit, "order", tea(2))
    kit.system.handle(ConsumeStock("order", "parcel"))

    first = kit.staff.ask(ListMovements(TEA, NEAR, limit=2))
    rest = kit.staff.ask(ListMovements(TEA, NEAR, after=first[-1].number))

    told = [(each.number, each.kind, each.quantity, each.balance, each.reference) for each in (*first, *rest)]
    assert told == [
        (1, MovementKind.RECEIPT, 5, 5, "opening"),
        (2, MovementKind.CORRECTION, -1, 4, "slip 7"),
        (3, MovementKind.SALE, -2, 2, "parcel"),
    ]


def test_lines_of_one_receipt_are_one_movement_per_variant(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(NEAR, (tea(2), StockLine(COFFEE, 1), tea(3)), "note"))

    movements = kit.staff.ask(ListMovements(TEA, NEAR))

    assert [movement.quantity for movement in movements] == [5]


def test_availability_is_told_over_all_locations_to_everybody(kit: ShopKit) -> None:
    receive(kit, near=2, far=5)
    reserve(kit, "order", tea(3))

    answer = kit.shop.ask(GetAvailability((TEA, COFFEE)))

    assert answer == (Availability(TEA, 4), Availability(COFFEE, 0))


def test_staff_see_what_is_on_hand_and_what_is_reserved(kit: ShopKit) -> None:
    receive(kit, near=5)
    reserve(kit, "order", tea(3))

    assert kit.staff.ask(ListStock((TEA,))) == (StockView(TEA, NEAR, 5, 3, 2),)


def test_what_is_not_claimed_in_time_is_available_again(kit: ShopKit) -> None:
    receive(kit, near=5)
    kit.system.handle(ReserveStock("kept", (tea(1),), None, SOON))
    kit.system.handle(KeepStock("kept"))
    kit.system.handle(ReserveStock("endless", (tea(1),)))

    kit.clock.set(SOON + timedelta(days=1))

    assert kit.system.handle(ExpireReservations()) == 0
    assert stock(kit)["near"] == (5, 2)


def test_what_is_kept_until_a_moment_ends_then_and_not_before(kit: ShopKit) -> None:
    receive(kit, near=5)
    kit.system.handle(ReserveStock("presale", (tea(1),), None, SOON))
    kit.system.handle(KeepStock("presale", SOON + timedelta(days=12)))

    kit.clock.set(SOON + timedelta(days=12) - timedelta(microseconds=1))
    assert kit.system.handle(ExpireReservations()) == 0
    kit.clock.tick(timedelta(microseconds=1))

    assert kit.system.handle(ExpireReservations()) == 1
    assert stock(kit)["near"] == (5, 0)


def test_a_reservation_that_no_order_stands_behind_ends_too(kit: ShopKit) -> None:
    receive(kit, near=5)
    reserve(kit, "somebody", tea(2))

    kit.clock.set(SOON)

    assert kit.system.handle(ExpireReservations()) == 1
    assert stock(kit)["near"] == (5, 0)


def test_no_more_reservations_end_at_once_than_asked_for_and_the_longest_overdue_first(kit: ShopKit) -> None:
    receive(kit, near=5)
    kit.system.handle(ReserveStock("later", (tea(1),), None, SOON + timedelta(minutes=1)))
    kit.system.handle(ReserveStock("sooner", (tea(2),), None, SOON))
    kit.clock.set(SOON + timedelta(days=1))

    assert kit.system.handle(ExpireReservations(limit=1)) == 1
    assert stock(kit)["near"] == (5, 1)


def test_a_location_is_opened_once(kit: ShopKit) -> None:
    with refused(AlreadyExists("location", "id", "near")):
        kit.staff.handle(OpenLocation("Near again", id=NEAR))


def test_nothing_arrives_at_a_location_that_does_not_exist(kit: ShopKit) -> None:
    with refused(NotFound("Location", "nowhere")):
        kit.staff.handle(ReceiveStock(LocationId("nowhere"), (tea(1),)))


@pytest.mark.parametrize(
    "command",
    [
        OpenLocation("Another"),
        ReceiveStock(NEAR, (StockLine(TEA, 1),)),
        CorrectStock(TEA, NEAR, 1, "counted"),
        ReserveStock("order", (StockLine(TEA, 1),)),
        KeepStock("order"),
        ReleaseStock("order"),
        ConsumeStock("order", "parcel"),
        ExpireReservations(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_customers_do_not_touch_the_stock(kit: ShopKit, command: Command[object]) -> None:
    for actor, name in ((Anonymous(), "anonymous"), (Member(MemberId("ada")), "member")):
        with refused(PermissionDenied(command.permission.name, name)):
            kit.shop.handle(command, by=actor)


@pytest.mark.parametrize("query", [ListStock((TEA,)), ListMovements(TEA, NEAR)])
def test_customers_do_not_see_the_books(kit: ShopKit, query: Query[object]) -> None:
    with refused(PermissionDenied("inventory.view", "member")):
        kit.member.ask(query)


@pytest.mark.parametrize("command", [ReserveStock("order", (StockLine(TEA, 1),)), ReleaseStock("order")])
def test_reservations_are_not_made_by_hand(kit: ShopKit, command: Command[object]) -> None:
    with refused(PermissionDenied("inventory.reserve", "staff")):
        kit.shop.handle(command, by=Staff("sam", frozenset({"*", "inventory.reserve"})))
