"""Orders that are called off: before, after and while the money moves."""

from datetime import timedelta

import pytest

from ecomcore.choices import Deliveries
from ecomcore.inventory import GetAvailability
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import OrderId
from ecomcore.memory import Fault
from ecomcore.ordering import CancelOrder, Capture, EntryKind, OrderingPolicy, OrderState
from ecomcore.shipping import ListShipments, ShipmentState, ShipShipment
from ecomcore.testing import ShopKit, euros
from tests.scenarios.conftest import OpenShop
from tests.support.refusals import refused

AT_ONCE = OrderingPolicy(capture=Capture.AT_ONCE)
WORKER = Deliveries(at_once=False)


def money(kit: ShopKit, order: OrderId) -> list[tuple[EntryKind, int]]:
    return [
        (entry.kind, entry.amount.minor)
        for entry in kit.view(order).payments
        if entry.kind in (EntryKind.AUTHORISED, EntryKind.CAPTURED, EntryKind.VOIDED, EntryKind.REFUNDED)
    ]


def all_is_back(kit: ShopKit, order: OrderId) -> bool:
    (stock,) = kit.shop.ask(GetAvailability(kit.variants[:1]))
    return kit.view(order).state is OrderState.CANCELLED and stock.available == 100


def test_cancelled_after_the_promise_lets_the_promise_go(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()

    kit.cancel(order)

    assert all_is_back(kit, order)
    assert money(kit, order) == [(EntryKind.AUTHORISED, 10_00), (EntryKind.VOIDED, 10_00)]
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "void"]
    assert [parcel.state for parcel in kit.staff.ask(ListShipments(order))] == [ShipmentState.CANCELLED]


def test_cancelled_after_the_money_was_taken_gives_it_back(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    order = kit.buy()

    kit.cancel(order)

    assert all_is_back(kit, order)
    assert kit.view(order).refunded == euros(10_00)
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "capture", "refund"]


def test_cancelled_while_the_provider_is_still_thinking_gives_the_money_back_when_it_comes(
    open_shop: OpenShop,
) -> None:
    kit = open_shop()
    kit.gateway.script(Fault.TIMEOUT_AFTER)  # the money is promised, but nobody has heard of it yet
    order = kit.buy()

    kit.cancel(order)
    assert all_is_back(kit, order)
    assert money(kit, order) == []

    kit.clock.tick(timedelta(minutes=1))
    kit.shop.drain()
    assert money(kit, order) == [(EntryKind.AUTHORISED, 10_00), (EntryKind.VOIDED, 10_00)]
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "void"]
    assert all_is_back(kit, order)


def test_cancelled_while_the_money_is_being_taken_gives_it_back(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    kit.gateway.script(None, Fault.TIMEOUT_AFTER)  # promised; taken, but nobody has heard of it yet
    order = kit.buy()

    kit.cancel(order)  # the promise cannot be let go any more, which the provider says
    kit.clock.tick(timedelta(minutes=1))
    kit.shop.drain()

    assert all_is_back(kit, order)
    assert kit.view(order).captured == kit.view(order).refunded == euros(10_00)
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "capture", "refund"]


@pytest.mark.parametrize("policy", [OrderingPolicy(), AT_ONCE])
def test_cancelled_before_anything_was_asked_moves_no_money_to_stay(
    open_shop: OpenShop, policy: OrderingPolicy
) -> None:
    kit = open_shop(ordering_policy=policy, deliveries=WORKER)
    order = kit.buy()

    kit.cancel(order)
    kit.shop.drain()

    assert all_is_back(kit, order)
    assert money(kit, order) == [(EntryKind.AUTHORISED, 10_00), (EntryKind.VOIDED, 10_00)]


def test_the_refund_finds_nobody_and_is_made_when_somebody_is_there(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    order = kit.buy()
    kit.gateway.script(Fault.DOWN)

    kit.cancel(order)
    assert kit.view(order).refunded == euros(0)
    assert kit.shop.audit() == [], "the money is on its way back"

    kit.clock.tick(timedelta(minutes=1))
    kit.shop.drain()
    assert kit.view(order).refunded == euros(10_00)


def test_cancelling_twice_is_cancelling_once(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()

    kit.cancel(order)
    kit.cancel(order)
    kit.staff.handle(CancelOrder(order, "again"))

    assert all_is_back(kit, order)
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "void"]


@pytest.mark.parametrize("delivered", [False, True])
def test_what_has_left_the_house_is_not_called_off(open_shop: OpenShop, delivered: bool) -> None:
    kit = open_shop()
    order = kit.buy()
    kit.ship(order)
    if delivered:
        kit.deliver(order)

    state = OrderState.COMPLETED if delivered else OrderState.SHIPPED
    with refused(IllegalTransition("order", "cancel", state, (OrderState.PLACED, OrderState.CONFIRMED))):
        kit.cancel(order)

    assert kit.view(order).captured == euros(10_00)


def test_a_cancelled_parcel_does_not_leave(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    (parcel,) = kit.staff.ask(ListShipments(order))
    kit.cancel(order)

    with refused(IllegalTransition("shipment", "ship", ShipmentState.CANCELLED, (ShipmentState.PREPARED,))):
        kit.staff.handle(ShipShipment(parcel.id))

    assert all_is_back(kit, order)
