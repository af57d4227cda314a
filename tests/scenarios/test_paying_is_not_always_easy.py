"""Payments that are declined, want something of the buyer, time out, or find nobody at the other end."""

from datetime import timedelta

import pytest

from ecomcore.choices import Deliveries
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.inventory import Availability, ExpireReservations, GetAvailability
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import DeliveryId, OrderId, PaymentId
from ecomcore.memory import Fault
from ecomcore.ordering import (
    Authorised,
    Capture,
    CaptureOrder,
    EntryKind,
    ExpireOrder,
    OrderingPolicy,
    OrderState,
    PaymentPending,
    PaymentRequest,
    RecordAuthorisation,
    RecordDecline,
    RetryPayment,
)
from ecomcore.shipping import ListShipments
from ecomcore.testing import ShopKit, euros
from tests.scenarios.conftest import OpenShop
from tests.support.refusals import refused

LATER = timedelta(hours=1)
WORKER = Deliveries(at_once=False)


def available(kit: ShopKit) -> int:
    (answer,) = kit.shop.ask(GetAvailability(kit.variants[:1]))
    return answer.available


def effects(kit: ShopKit) -> list[str]:
    return [operation for operation, _ in kit.gateway.effects]


def kinds(kit: ShopKit, order: OrderId) -> list[EntryKind]:
    return [entry.kind for entry in kit.view(order).payments]


def test_declined_then_paid_with_another_card(open_shop: OpenShop) -> None:
    kit = open_shop()
    kit.gateway.script(Fault.DECLINE)

    order = kit.buy()
    assert (kit.view(order).state, kit.view(order).due) == (OrderState.PLACED, euros(10_00))
    assert kinds(kit, order) == [EntryKind.INTENDED, EntryKind.DECLINED]
    assert available(kit) == 99, "the goods wait for another try"

    kit.member.handle(RetryPayment(order, "another card"))
    assert kit.view(order).state is OrderState.CONFIRMED
    assert effects(kit) == ["authorise"]
    assert [request.token for _, request in kit.gateway.effects] == ["another card"]


def test_a_second_try_waits_for_the_first(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=WORKER)
    order = kit.buy()
    payment = kit.view(order).payments[0].payment

    with refused(PaymentPending(order, payment)):
        kit.member.handle(RetryPayment(order, "another card"))


def test_the_buyer_confirms_at_the_bank_and_a_webhook_tells(open_shop: OpenShop) -> None:
    kit = open_shop()
    kit.gateway.script(Fault.ACTION)

    order = kit.buy()
    asked = kit.view(order).payments[-1]
    assert (asked.kind, asked.reference) == (
        EntryKind.ACTION_REQUIRED,
        f"https://bank.example/{asked.payment}",
    )
    assert kit.view(order).state is OrderState.PLACED

    # the provider's webhook enters by the same command as its direct answer; it may come twice
    webhook = RecordAuthorisation(order, asked.payment, euros(10_00), "auth-by-webhook")
    for _ in range(2):
        kit.system.handle(webhook)
    assert kit.view(order).state is OrderState.CONFIRMED
    assert kinds(kit, order) == [EntryKind.INTENDED, EntryKind.ACTION_REQUIRED, EntryKind.AUTHORISED]
    assert len(kit.staff.ask(ListShipments(order))) == 1


def test_the_buyer_gives_up_at_the_bank_and_tries_another_card(open_shop: OpenShop) -> None:
    kit = open_shop()
    kit.gateway.script(Fault.ACTION)
    order = kit.buy()
    payment = kit.view(order).payments[-1].payment

    kit.system.handle(RecordDecline(order, payment, "the buyer gave up"))
    kit.member.handle(RetryPayment(order, "another card"))

    assert kit.view(order).state is OrderState.CONFIRMED


@pytest.mark.parametrize("capture", Capture)
def test_a_declined_payment_that_goes_through_after_all_is_not_taken_twice(
    open_shop: OpenShop, capture: Capture
) -> None:
    kit = open_shop(ordering_policy=OrderingPolicy(capture=capture))
    kit.gateway.script(Fault.ACTION)
    order = kit.buy()
    first = kit.view(order).payments[-1].payment
    kit.system.handle(RecordDecline(order, first, "the buyer gave up"))
    kit.member.handle(RetryPayment(order, "another card"))

    promised = kit.gateway.authorise(PaymentRequest("at the bank", first, order, euros(10_00)))
    assert isinstance(promised, Authorised)
    kit.system.handle(RecordAuthorisation(order, first, euros(10_00), promised.reference))
    kit.ship(order)
    if capture is Capture.BY_HAND:
        assert kit.view(order).captured == euros(0)
        kit.staff.handle(CaptureOrder(order))

    assert kit.view(order).captured == euros(10_00)
    assert sorted(effects(kit)) == ["authorise", "authorise", "capture", "void"]


def test_nobody_pays_in_time_and_the_goods_are_for_sale_again(open_shop: OpenShop) -> None:
    kit = open_shop(stock=1)
    kit.gateway.script(Fault.DECLINE)
    order = kit.buy()

    kit.clock.tick(timedelta(minutes=29))
    assert kit.system.handle(ExpireReservations()) == 0
    assert available(kit) == 0

    kit.clock.tick(timedelta(minutes=1))
    assert kit.system.handle(ExpireReservations()) == 1
    assert kit.system.handle(ExpireReservations()) == 0
    assert kit.view(order).state is OrderState.CANCELLED
    assert available(kit) == 1


def test_the_window_for_paying_is_the_shops_choice(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=OrderingPolicy(payment_window=timedelta(days=2)))
    kit.gateway.script(Fault.DECLINE)
    kit.buy()

    kit.clock.tick(timedelta(days=2) - timedelta(seconds=1))
    assert kit.system.handle(ExpireReservations()) == 0

    kit.clock.tick()
    assert kit.system.handle(ExpireReservations()) == 1


def test_an_order_that_is_paid_in_time_is_kept_for_ever(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()

    kit.clock.tick(timedelta(days=365))
    kit.system.handle(ExpireReservations())

    kit.system.handle(ExpireOrder(order))

    assert (kit.view(order).state, available(kit)) == (OrderState.CONFIRMED, 99)


def test_a_payment_that_comes_after_the_window_goes_back(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=WORKER)
    order = kit.buy()
    kit.clock.tick(LATER)

    kit.system.handle(ExpireReservations())
    kit.shop.drain()

    assert kit.view(order).state is OrderState.CANCELLED
    assert effects(kit) == ["authorise", "void"]


def test_the_gateway_is_down_and_the_worker_pays_when_it_is_back(open_shop: OpenShop) -> None:
    kit = open_shop()
    kit.gateway.script(*[Fault.DOWN] * 3)

    order = kit.buy()
    assert kit.view(order).state is OrderState.PLACED
    for _ in range(2):
        kit.clock.tick(timedelta(minutes=1))
        assert kit.shop.drain() == 1
        assert kit.view(order).state is OrderState.PLACED
    (waiting,) = kit.staff.ask(ListDeliveries())
    assert (waiting.message, waiting.attempts) == ("AuthorisePayment", 3)
    assert "the gateway is down" in waiting.last_error

    kit.clock.tick(timedelta(minutes=1))
    assert kit.shop.drain() == 1
    assert kit.view(order).state is OrderState.CONFIRMED
    assert kit.staff.ask(ListDeliveries()) == ()
    assert effects(kit) == ["authorise"]


def test_between_two_tries_the_gateway_is_left_alone(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=Deliveries(first=timedelta(seconds=10)))
    kit.gateway.script(*[Fault.DOWN] * 2)
    order = kit.buy()

    waits = []
    for _ in range(2):
        waited = 0
        while not kit.shop.drain():
            kit.clock.tick()
            waited += 1
        waits.append(waited)

    assert waits == [10, 20]
    assert kit.view(order).state is OrderState.CONFIRMED


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER])
def test_a_timeout_is_settled_by_asking_again_and_has_one_effect(open_shop: OpenShop, fault: Fault) -> None:
    kit = open_shop()
    kit.gateway.script(fault)

    order = kit.buy()
    assert kit.view(order).state is OrderState.PLACED, "nobody knows yet"

    kit.clock.tick(timedelta(minutes=1))
    kit.shop.drain()
    assert kit.view(order).state is OrderState.CONFIRMED
    assert effects(kit) == ["authorise"]


def test_a_timeout_of_every_step_has_one_effect_each(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))
    kit.gateway.script(*[Fault.TIMEOUT_AFTER, None] * 3)  # each step is asked twice

    order = kit.buy()
    for _ in range(2):
        kit.clock.tick(LATER)
        kit.shop.drain()
    kit.cancel(order)
    kit.clock.tick(LATER)
    kit.shop.drain()

    assert kit.view(order).refunded == euros(10_00)
    assert effects(kit) == ["authorise", "capture", "refund"]


def test_a_capture_that_is_refused_is_written_down_for_somebody_to_see(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    kit.gateway.script(Fault.DECLINE)

    kit.ship(order)

    view = kit.view(order)
    assert (view.state, view.captured) == (OrderState.SHIPPED, euros(0))
    assert kinds(kit, order)[-1] is EntryKind.REFUSED
    assert kit.staff.ask(ListDeliveries()) == ()


def test_what_fails_too_often_lies_dead_until_staff_send_it_again(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=Deliveries(tries=3))
    kit.gateway.script(*[Fault.DOWN] * 3)
    order = kit.buy()
    for _ in range(3):
        kit.clock.tick(LATER)
        kit.shop.drain()
    assert kit.view(order).state is OrderState.PLACED

    assert kit.staff.ask(ListDeliveries(dead=False)) == ()
    (dead,) = kit.staff.ask(ListDeliveries(dead=True))
    assert (dead.message, dead.attempts, dead.dead) == ("AuthorisePayment", 3, True)

    kit.staff.handle(SendAgain(dead.id))
    (alive,) = kit.staff.ask(ListDeliveries(dead=False))
    assert (alive.id, alive.attempts) == (dead.id, 0)
    kit.shop.drain()
    assert kit.view(order).state is OrderState.CONFIRMED
    assert kit.staff.ask(ListDeliveries()) == ()
    assert effects(kit) == ["authorise"]


def test_what_is_done_cannot_be_sent_again(open_shop: OpenShop) -> None:
    kit = open_shop()

    with refused(NotFound("delivery", "long-gone")):
        kit.staff.handle(SendAgain(DeliveryId("long-gone")))


def test_a_worker_pays_what_a_dead_process_has_promised(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=WORKER)

    order = kit.buy()
    assert (kit.view(order).state, effects(kit)) == (OrderState.PLACED, [])

    assert kit.shop.drain() == 1
    assert (kit.view(order).state, effects(kit)) == (OrderState.CONFIRMED, ["authorise"])
    assert kit.shop.drain() == 0


def test_the_same_checkout_sent_twice_is_one_order(open_shop: OpenShop) -> None:
    kit = open_shop()

    first = kit.buy(key="cart-1")
    again = kit.buy(key="cart-1")

    assert again == first
    assert kit.shop.ask(GetAvailability(kit.variants[:1])) == (Availability(kit.variants[0], 99),)
    assert effects(kit) == ["authorise"]


def test_an_answer_for_a_payment_nobody_asked_for_is_refused(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    stray = RecordAuthorisation(order, PaymentId("stray"), euros(10_00), "auth")

    attempt = kit.system.attempt(stray)

    assert str(attempt.failure()) == f"order {order} has no payment stray"
