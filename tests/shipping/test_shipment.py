"""The life of a shipment, and shipping as it is asked from outside."""

from collections.abc import Callable

import pytest

from ecomcore import assemble
from ecomcore.kernel.errors import IllegalTransition, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import LocationId, OrderId, ShipmentId, VariantId
from ecomcore.kernel.lifecycle import Move
from ecomcore.kernel.messages import Anonymous, Command, Query, Staff, System
from ecomcore.shipping import (
    CancelShipments,
    DeliverShipment,
    ListShipments,
    PrepareShipment,
    Shipment,
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentHasLeft,
    ShipmentLine,
    ShipmentPrepared,
    ShipmentShipped,
    ShipmentState,
    ShipShipment,
)
from ecomcore.shipping.shipment import LIFECYCLE
from ecomcore.testing import ShopKit, a_shop, fetch, keep
from tests.support.refusals import refused

ID, ORDER = ShipmentId("parcel"), OrderId("order")
LINES = (ShipmentLine(VariantId("tea"), 2),)


def shipment(state: ShipmentState = ShipmentState.PREPARED) -> Shipment:
    """As it comes from the store: without news."""
    return Shipment(id=ID, order=ORDER, lines=LINES, state=state)


VERBS: dict[str, Callable[[Shipment], Shipment]] = {
    "ship": lambda shipment: shipment.ship("TRACK-1"),
    "deliver": Shipment.deliver,
    "cancel": Shipment.cancel,
}


@pytest.mark.parametrize(("verb", "state", "to"), list(LIFECYCLE.cells()))
def test_every_verb_in_every_state_does_what_the_table_says(
    verb: str, state: ShipmentState, to: ShipmentState | None
) -> None:
    before = shipment(state)
    row: Move[ShipmentState] = LIFECYCLE.moves[verb]

    match verb, state, to:
        case "cancel", ShipmentState.CANCELLED, None:
            assert before.cancel() is before
        case "cancel", _, None:
            with refused(ShipmentHasLeft(ID, state)):
                before.cancel()
        case _, _, None:
            with refused(IllegalTransition("shipment", verb, state, row.sources)):
                VERBS[verb](before)
        case _:
            assert VERBS[verb](before).state is to


def test_every_verb_of_the_table_is_a_method() -> None:
    assert set(VERBS) == set(LIFECYCLE.verbs)


def test_a_shipment_tells_its_way() -> None:
    delivered = Shipment.prepare(ID, ORDER, LINES).ship("TRACK-1").deliver()

    assert delivered.tracking == "TRACK-1"
    assert delivered.news == (
        ShipmentPrepared(ID, ORDER),
        ShipmentShipped(ID, ORDER, "TRACK-1", LINES, None),
        ShipmentDelivered(ID, ORDER),
    )


def test_a_shipment_of_a_part_knows_where_it_leaves_and_whose_goods_it_holds() -> None:
    near = LocationId("near")

    prepared = Shipment.prepare(ID, ORDER, LINES, near, "acme")

    assert (prepared.location, prepared.seller) == (near, "acme")
    assert prepared.ship("").news[-1] == ShipmentShipped(ID, ORDER, "", LINES, near)


@pytest.mark.parametrize("state", ShipmentState)
def test_only_what_was_shipped_has_left(state: ShipmentState) -> None:
    assert shipment(state).has_left == (state in (ShipmentState.SHIPPED, ShipmentState.DELIVERED))


def test_a_cancelled_shipment_tells_it_once() -> None:
    cancelled = shipment().cancel().cancel()

    assert cancelled.news == (ShipmentCancelled(ID, ORDER),)


def test_what_has_left_says_so_when_it_is_called_back() -> None:
    refusal = ShipmentHasLeft("parcel", "delivered")

    assert str(refusal) == "shipment parcel is delivered; it cannot be cancelled any more"


def test_the_shipments_of_an_order_are_listed_in_the_order_they_were_prepared() -> None:
    shop = assemble().desk(by=System())
    first = shop.handle(PrepareShipment(ORDER, LINES))
    second = shop.handle(PrepareShipment(ORDER, LINES))
    shop.handle(PrepareShipment(OrderId("another"), LINES))

    listed = shop.ask(ListShipments(ORDER))

    assert [view.id for view in listed] == [first, second]
    assert listed[0].lines == LINES


def test_staff_see_where_a_shipment_leaves_and_whose_goods_it_holds() -> None:
    shop = assemble().desk(by=System())
    shop.handle(PrepareShipment(ORDER, LINES, LocationId("near"), "acme"))
    shop.handle(PrepareShipment(ORDER, LINES))

    part, whole = shop.ask(ListShipments(ORDER))

    assert (part.location, part.seller) == ("near", "acme")
    assert (whole.location, whole.seller) == (None, None)


@pytest.mark.parametrize("field", ["location", "seller"])
@pytest.mark.parametrize("bad", ["", " ", "x" * 65, 7])
def test_where_and_whose_are_ids(field: str, bad: object) -> None:
    with pytest.raises(Invalid) as refusal:
        PrepareShipment(ORDER, LINES, **{field: bad})  # type: ignore[arg-type]  # the point of it

    assert refusal.value.field == field


def two_of_which_one_has_left(kit: ShopKit) -> tuple[OrderId, ShipmentId, ShipmentId]:
    """An order whose goods were to leave in two parcels."""
    order = kit.buy(quantity=2)
    lines = (ShipmentLine(kit.variants[0], 1),)
    kit.system.handle(CancelShipments(order))
    gone, waiting = (kit.system.handle(PrepareShipment(order, lines, kit.location)) for _ in range(2))
    keep(kit.persistence, fetch(kit.persistence, Shipment, gone).ship("TRACK-1").having(news=()))
    return order, gone, waiting


def states(kit: ShopKit, order: OrderId) -> dict[ShipmentId, ShipmentState]:
    return {view.id: view.state for view in kit.staff.ask(ListShipments(order))}


def test_what_is_not_shipped_yet_is_cancelled_and_what_has_left_goes_its_way() -> None:
    kit = a_shop()
    order, gone, waiting = two_of_which_one_has_left(kit)

    kit.system.handle(CancelShipments(order, prepared_only=True))
    kit.system.handle(CancelShipments(order, prepared_only=True))

    after = states(kit, order)
    assert (after[gone], after[waiting]) == (ShipmentState.SHIPPED, ShipmentState.CANCELLED)


def test_cancelling_all_is_refused_as_soon_as_one_has_left_and_cancels_none() -> None:
    kit = a_shop()
    order, gone, waiting = two_of_which_one_has_left(kit)

    with refused(ShipmentHasLeft(gone, ShipmentState.SHIPPED)):
        kit.system.handle(CancelShipments(order))

    assert states(kit, order)[waiting] is ShipmentState.PREPARED


@pytest.mark.parametrize("bad", [None, 1, "yes"])
def test_whether_only_the_prepared_ones_is_yes_or_no(bad: object) -> None:
    with pytest.raises(Invalid, match="prepared_only"):
        CancelShipments(ORDER, bad)  # type: ignore[arg-type]  # the point of it


def test_an_order_without_shipments_has_nothing_to_cancel() -> None:
    shop = assemble().desk(by=System())

    shop.handle(CancelShipments(ORDER))

    assert shop.ask(ListShipments(ORDER)) == ()


@pytest.mark.parametrize("command", [ShipShipment(ID), DeliverShipment(ID)])
def test_an_unknown_shipment_is_not_found(command: Command[None]) -> None:
    with refused(NotFound("Shipment", ID)):
        assemble().handle(command, by=Staff("anna", frozenset({"*"})))


@pytest.mark.parametrize(
    ("message", "permission"),
    [
        (ShipShipment(ID), "shipping.ship"),
        (DeliverShipment(ID), "shipping.deliver"),
        (PrepareShipment(ORDER, LINES), "shipping.prepare"),
        (CancelShipments(ORDER), "shipping.cancel"),
    ],
)
def test_goods_are_not_moved_by_just_anybody(message: Command[object], permission: str) -> None:
    with refused(PermissionDenied(permission, "anonymous")):
        assemble().handle(message, by=Anonymous())


@pytest.mark.parametrize("message", [PrepareShipment(ORDER, LINES), CancelShipments(ORDER)])
def test_what_the_shop_does_itself_is_not_for_staff_with_every_permission(message: Command[object]) -> None:
    with refused(PermissionDenied(message.permission.name, "staff")):
        assemble().handle(message, by=Staff("anna", frozenset({"*"})))


def test_shipments_are_seen_by_staff_only() -> None:
    query: Query[object] = ListShipments(ORDER)

    with refused(PermissionDenied("shipping.view", "anonymous")):
        assemble().ask(query)
