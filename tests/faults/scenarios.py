"""The commands that move money and goods, each on a stage of its own, sent as a caller does who may have to send it
again: under a key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from attrs import frozen

from ecomcore import Shop
from ecomcore.kernel.messages import Command, System
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelOrder,
    CancelUnits,
    Capabilities,
    Capture,
    CaptureOrder,
    CartLine,
    EditOrder,
    FactKind,
    LineUnits,
    Means,
    OrderingPolicy,
    PreviewEdit,
    ReconcilePayments,
    RefundOrder,
)
from ecomcore.shipping import ListShipments, ShipShipment
from ecomcore.testing import euros
from tests.faults.world import ADA, CUP, STAFF, World

__all__ = ["SCENARIOS", "Scenario"]

_AT_ONCE = OrderingPolicy(capture=Capture.AT_ONCE)
_TAKES = Capabilities(takes_at_once=True, partial_capture=False, several_captures=False)
_IN_PARTS = OrderingPolicy(capture_parts=True)
_MORE = (CartLine(CUP, 1),)


@frozen
class Scenario:
    """``set_up`` prepares the stage, ``act`` sends the command.

    ``policy`` is the shop's; ``provider``: what that can do. ``comes_back``: whoever acts always does, for it is more
    than one command, or the provider who has something to tell.
    """

    name: str
    set_up: Callable[[World], None]
    act: Callable[[World, Shop], None]
    policy: OrderingPolicy | None = None
    comes_back: bool = False
    provider: Capabilities | None = None

    def stage(self, world: World) -> None:
        """Everything up to the command; every fault begins there."""
        self.set_up(world)
        world.remember()


# -- stages ------------------------------------------------------------------------------------------------------


def _a_full_cart(world: World) -> None:
    """The world has it from the beginning."""


def _an_order(world: World) -> None:
    world.order = world.first.shop.handle(world.checkout, by=ADA, key="checkout")


def _an_order_to_be_edited(world: World) -> None:
    _an_order(world)
    world.accepted = world.first.shop.ask(PreviewEdit(world.order, add=_MORE), by=STAFF).after


def _a_shipped_order(world: World) -> None:
    _an_order(world)
    _ship_all(world, world.first.shop)


def _an_order_that_waits_for_its_buyer(world: World) -> None:
    """They have done what their bank wanted, and nobody has told the shop yet."""
    world.gateway.script(Fault.ACTION)
    _an_order(world)
    (world.payment,) = world.gateway._waiting
    world.gateway.act(world.payment)


def _an_order_without_an_answer(world: World) -> None:
    """The provider has promised the money; its answer was lost, and some minutes have gone by."""
    world.gateway.script(Fault.TIMEOUT_AFTER)
    _an_order(world)
    world.clock.tick(timedelta(minutes=5))


def _an_order_whose_money_is_being_taken(world: World) -> None:
    """The provider has taken it; its answer was lost."""
    world.gateway.script(None, Fault.TIMEOUT_AFTER)
    _an_order(world)


# -- acts --------------------------------------------------------------------------------------------------------


def _check_out(world: World, shop: Shop) -> None:
    world.order = shop.handle(world.checkout, by=ADA, key="checkout")


def _ship_one(world: World, shop: Shop) -> None:
    first = shop.ask(ListShipments(world.order), by=STAFF)[0]
    shop.handle(ShipShipment(first.id, "JD1"), by=STAFF, key="ship-0")


def _ship_all(world: World, shop: Shop) -> None:
    for number, shipment in enumerate(shop.ask(ListShipments(world.order), by=STAFF)):
        shop.handle(ShipShipment(shipment.id, f"JD{number}"), by=STAFF, key=f"ship-{number}")


def _edit(world: World, shop: Shop) -> None:
    """One cup more, paid with the same card."""
    edit = EditOrder(world.order, world.accepted, "one more", add=_MORE, token="a-card")  # noqa: S106
    shop.handle(edit, by=STAFF, key="edit")


def _the_provider_tells(world: World, shop: Shop) -> None:
    list(world.notify(world.payment, shop))


def _the_bank_takes_it_back(world: World, shop: Shop) -> None:
    (payment,) = world.known_payments
    if not any(notice.fact.kind is FactKind.CHARGED_BACK for notice in world.gateway.notices_of(payment)):
        world.gateway.chargeback(payment)
    list(world.notify(payment, shop))


def _reconcile(world: World, shop: Shop) -> None:
    shop.handle(ReconcilePayments(), by=System(), key="reconcile")


def _asking(command: Callable[[World], Command[None]]) -> Callable[[World, Shop], None]:
    return lambda world, shop: shop.handle(command(world), by=STAFF, key="asked")


_cancel = _asking(lambda world: CancelOrder(world.order, "changed my mind"))
_cancel_units = _asking(lambda world: CancelUnits(world.order, (LineUnits(1, 1),), "one less"))
_capture_a_part = _asking(lambda world: CaptureOrder(world.order, euros(20_00)))
_refund = _asking(lambda world: RefundOrder(world.order, "sorry", amount=euros(10_00)))
_refund_as_credit = _asking(
    lambda world: RefundOrder(world.order, "sorry", amount=euros(20_00), means=Means.STORE_CREDIT)
)

SCENARIOS = (
    Scenario("check out", _a_full_cart, _check_out),
    Scenario("check out, the money at once", _a_full_cart, _check_out, _AT_ONCE),
    Scenario("check out where money is never only promised", _a_full_cart, _check_out, provider=_TAKES),
    Scenario("cancel where money is never only promised", _an_order, _cancel, provider=_TAKES),
    Scenario("cancel units where money is never only promised", _an_order, _cancel_units, provider=_TAKES),
    Scenario("edit where money is never only promised", _an_order_to_be_edited, _edit, provider=_TAKES),
    Scenario("ship", _an_order, _ship_all, comes_back=True),
    Scenario("ship a part, for its part of the money", _an_order, _ship_one, _IN_PARTS),
    Scenario("capture a part", _an_order, _capture_a_part),
    Scenario("cancel", _an_order, _cancel),
    Scenario("cancel what is paid", _an_order, _cancel, _AT_ONCE),
    Scenario("cancel while money is being promised", _an_order_without_an_answer, _cancel),
    Scenario("cancel while money is being taken", _an_order_whose_money_is_being_taken, _cancel, _AT_ONCE),
    Scenario("cancel units while money is being taken", _an_order_whose_money_is_being_taken, _cancel_units, _AT_ONCE),
    Scenario("cancel units", _an_order, _cancel_units),
    Scenario("cancel units that are paid", _an_order, _cancel_units, _AT_ONCE),
    Scenario("edit", _an_order_to_be_edited, _edit),
    Scenario("refund", _a_shipped_order, _refund),
    Scenario("refund as store credit", _a_shipped_order, _refund_as_credit),
    Scenario("hear of a chargeback", _a_shipped_order, _the_bank_takes_it_back, comes_back=True),
    Scenario("receive a webhook", _an_order_that_waits_for_its_buyer, _the_provider_tells),
    Scenario("reconcile", _an_order_without_an_answer, _reconcile),
)
