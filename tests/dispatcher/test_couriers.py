"""What goes outside goes after the commit, with nothing open, until it has happened once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ecomcore.choices import Deliveries, Subscriber
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import NotFound, PortUnavailable
from ecomcore.kernel.ids import DeliveryId
from ecomcore.kernel.messages import Envelope, Event
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capture,
    Captured,
    Declined,
    EntryKind,
    OrderConfirmed,
    OrderingPolicy,
    OrderState,
    PaymentGateway,
    PaymentRequest,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
    WebhookAnswer,
)
from ecomcore.testing import NOON, a_shop
from ecomcore.testing.faults import Crash
from ecomcore.testing.faults import Fault as StoreFault
from tests.dispatcher.stores import Commits, deliveries

SECOND = timedelta(seconds=1)
LEASE = Deliveries().lease + SECOND


class Watched(PaymentGateway):
    """A gateway that is watched: ``before`` is called with each authorisation, and every request is kept."""

    def __init__(self, before: Callable[[PaymentRequest], object] = lambda request: None) -> None:
        self.gateway = MemoryGateway()
        self.before = before
        self.asked: list[PaymentRequest] = []

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        self.asked.append(request)
        self.before(request)
        return self.gateway.authorise(request)

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        return self.gateway.capture(request)

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        return self.gateway.void(request)

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        return self.gateway.refund(request)

    def status(self, request: PaymentRequest) -> StatusAnswer:
        return self.gateway.status(request)

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        return self.gateway.read(webhook, at)


def test_a_courier_runs_after_the_commit_with_no_unit_of_work_open() -> None:
    watched = Watched()
    kit = a_shop(products=1, outside=watched)
    seen: list[OrderState] = []

    def look_from_elsewhere(request: PaymentRequest) -> None:
        with ThreadPoolExecutor(1) as elsewhere:
            seen.append(elsewhere.submit(kit.view, request.order).result(timeout=5).state)
            elsewhere.submit(kit.buy, by=kit.guest).result(timeout=5)

    watched.before = lambda request: look_from_elsewhere(request) if not seen else None

    order = kit.buy()

    assert seen == [OrderState.PLACED]
    assert kit.view(order).state is OrderState.CONFIRMED


def test_errands_that_follow_from_errands_are_carried_out_at_once_too() -> None:
    kit = a_shop(products=1, ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))

    order = kit.buy()

    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "capture"]
    assert kit.view(order).captured == kit.view(order).total


def test_every_try_has_the_same_key_and_the_effect_happens_once() -> None:
    watched = Watched()
    watched.gateway.script(Fault.DOWN, Fault.TIMEOUT_AFTER, Fault.TIMEOUT_BEFORE)
    kit = a_shop(products=1, outside=watched)

    order = kit.buy()
    for _ in range(3):
        kit.clock.tick(timedelta(hours=1))
        kit.shop.drain()

    assert len(watched.asked) == 4
    assert len({request.key for request in watched.asked}) == 1
    assert len(watched.gateway.effects) == 1
    assert kit.view(order).state is OrderState.CONFIRMED
    assert deliveries(kit.persistence) == []


def test_a_failed_delivery_is_kept_with_its_attempts_its_time_and_its_error() -> None:
    kit = a_shop(products=1)
    kit.gateway.script(Fault.DOWN)

    order = kit.buy()

    assert kit.view(order).state is OrderState.PLACED
    (failed,) = kit.staff.ask(ListDeliveries())
    assert (failed.message, failed.attempts, failed.dead) == ("AuthorisePayment", 1, False)
    assert failed.due_at == NOON + SECOND
    assert "PortUnavailable" in failed.last_error
    assert "the gateway is down" in failed.last_error


def test_a_failed_delivery_is_not_tried_before_its_time() -> None:
    kit = a_shop(products=1)
    kit.gateway.script(Fault.DOWN)
    kit.buy()

    assert kit.shop.drain() == 0
    kit.clock.tick(SECOND)
    assert kit.shop.drain() == 1
    assert deliveries(kit.persistence) == []


def test_waits_double_up_to_the_longest_and_then_the_delivery_is_dead() -> None:
    rules = Deliveries(tries=5, first=SECOND, most=timedelta(seconds=5))
    kit = a_shop(products=1, deliveries=rules)
    kit.gateway.script(*[Fault.DOWN] * 5)
    kit.buy()

    waits = []
    for _ in range(4):
        (failed,) = deliveries(kit.persistence)
        assert not failed.dead
        waits.append(failed.due_at - kit.clock.now())
        kit.clock.set(failed.due_at)
        assert kit.shop.drain() == 1

    assert waits == [SECOND, 2 * SECOND, 4 * SECOND, 5 * SECOND]
    (dead,) = deliveries(kit.persistence)
    assert (dead.dead, dead.attempts) == (True, 5)
    kit.clock.tick(timedelta(days=365))
    assert kit.shop.drain() == 0


def test_even_the_thousandth_wait_is_no_longer_than_the_longest() -> None:
    rules = Deliveries(first=timedelta(days=3_660), most=timedelta(days=3_660))

    assert rules.wait(1_000) == timedelta(days=3_660)


def test_a_dead_delivery_is_listed_and_sent_again_by_command_under_its_old_key() -> None:
    watched = Watched()
    kit = a_shop(products=1, outside=watched, deliveries=Deliveries(tries=1))
    watched.gateway.script(Fault.TIMEOUT_AFTER)
    order = kit.buy()
    (dead,) = kit.staff.ask(ListDeliveries(dead=True))
    assert kit.staff.ask(ListDeliveries(dead=False)) == ()

    kit.staff.handle(SendAgain(dead.id))

    (again,) = kit.staff.ask(ListDeliveries(dead=False))
    assert (again.id, again.attempts, again.due_at) == (dead.id, 0, kit.clock.now())
    assert kit.shop.drain() == 1
    assert kit.view(order).state is OrderState.CONFIRMED
    assert [request.key for request in watched.asked] == [kit.view(order).payments[0].payment] * 2
    assert len(watched.gateway.effects) == 1


def test_deliveries_are_listed_page_by_page() -> None:
    kit = a_shop(products=1, deliveries=Deliveries(at_once=False))
    for _ in range(3):
        kit.buy()

    first = kit.staff.ask(ListDeliveries(limit=2))
    rest = kit.staff.ask(ListDeliveries(after=first[-1].id, limit=2))

    assert [view.id for view in (*first, *rest)] == [delivery.id for delivery in deliveries(kit.persistence)]
    assert (len(first), len(rest)) == (2, 1)


def test_what_is_delivered_already_cannot_be_sent_again() -> None:
    kit = a_shop(products=1)

    with pytest.raises(NotFound):
        kit.staff.handle(SendAgain(DeliveryId("done-long-ago")))


def test_a_crash_between_commit_and_courier_is_made_good_after_the_lease() -> None:
    def die(request: PaymentRequest) -> None:
        raise Crash("power cut")

    watched = Watched(die)
    kit = a_shop(products=1, outside=watched)
    with pytest.raises(Crash):
        kit.buy()
    watched.before = lambda request: None

    assert kit.shop.drain() == 0, "its lease has not ended"
    kit.clock.tick(LEASE)
    assert kit.shop.drain() == 1

    assert kit.view(watched.asked[0].order).state is OrderState.CONFIRMED
    assert len({request.key for request in watched.asked}) == 1
    assert deliveries(kit.persistence) == []


def test_a_finished_delivery_is_not_carried_out_again() -> None:
    watched = Watched()
    kit = a_shop(products=1, outside=watched)
    kit.buy()
    kit.clock.tick(LEASE)

    assert kit.shop.drain() == 0
    assert len(watched.asked) == 1


def test_a_courier_slower_than_its_lease_is_overtaken_and_its_answer_is_written_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched = Watched()
    kit = a_shop(products=1, outside=watched)

    def dawdle(request: PaymentRequest) -> None:
        watched.before = lambda request: None
        kit.clock.tick(LEASE)
        assert kit.shop.drain() == 1

    watched.before = dawdle

    order = kit.buy()

    assert len(watched.asked) == 2
    assert len(watched.gateway.effects) == 1
    assert "failed" not in caplog.text
    assert [entry.kind for entry in kit.view(order).payments] == [EntryKind.INTENDED, EntryKind.AUTHORISED]
    assert deliveries(kit.persistence) == []
    assert kit.shop.audit() == []


def test_errands_may_be_left_to_a_worker() -> None:
    kit = a_shop(
        products=1,
        deliveries=Deliveries(at_once=False),
        ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE),
    )

    order = kit.buy()

    assert kit.gateway.effects == []
    assert kit.view(order).state is OrderState.PLACED
    assert kit.shop.drain() == 2, "the authorisation, and the capture that follows from it"
    assert kit.view(order).captured == kit.view(order).total


def test_an_answer_the_shop_refuses_stays_visible_until_it_is_dead() -> None:
    class Babbling(Watched):
        def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
            return Authorised("x" * 10_000)

    kit = a_shop(products=1, outside=Babbling(), deliveries=Deliveries(tries=1))

    kit.buy()

    (dead,) = kit.staff.ask(ListDeliveries(dead=True))
    assert "reference" in dead.last_error
    assert len(dead.last_error) < 500


def test_a_defect_in_a_courier_is_kept_like_an_outage() -> None:
    def stumble(request: PaymentRequest) -> None:
        raise ZeroDivisionError("a defect of the adapter")

    kit = a_shop(products=1, outside=Watched(stumble))

    kit.buy()

    (failed,) = deliveries(kit.persistence)
    assert "ZeroDivisionError" in failed.last_error


def test_trouble_with_a_delivery_is_never_told_to_a_caller_whose_command_is_committed() -> None:
    told: list[Event] = []

    def tell(event: Event, envelope: Envelope) -> None:
        told.append(event)

    claims = Commits("claim")
    kit = a_shop(claims.store, products=1, subscribers=[Subscriber("mail", (OrderConfirmed,), tell)])
    claims.fail(StoreFault(PortUnavailable("no database")))

    order = kit.buy()

    assert told == []
    assert kit.view(order).state is OrderState.CONFIRMED
    kit.shop.drain()
    assert [type(event) for event in told] == [OrderConfirmed]


def test_a_failure_that_cannot_even_be_noted_comes_back_with_its_lease() -> None:
    begins = Commits("begin")
    kit = a_shop(begins.store, products=1)
    kit.gateway.script(Fault.DOWN)
    command = kit.order_for(kit.cart())
    begins.fail(None, StoreFault(PortUnavailable("no database")))

    order = kit.member.handle(command)

    (leased,) = deliveries(kit.persistence)
    assert (leased.attempts, leased.due_at) == (0, NOON + Deliveries().lease)
    kit.clock.tick(LEASE)
    kit.shop.drain()
    assert kit.view(order).state is OrderState.CONFIRMED
