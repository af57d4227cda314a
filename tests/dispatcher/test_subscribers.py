"""Subscribers are told what has happened: after the commit, at least once, in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import define, field

from ecomcore.choices import Deliveries, Subscriber
from ecomcore.inventory import OutOfStock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Envelope, Event
from ecomcore.ordering import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderPlaced,
    OrderShipped,
    OrderState,
)
from ecomcore.testing import ShopKit, a_shop
from tests.dispatcher.stores import deliveries

STORY = (OrderPlaced, OrderConfirmed, OrderShipped, OrderCompleted, OrderCancelled)


@define
class Listener:
    """Notes what it is told, and fails as often as it is told to for an order."""

    heard: list[tuple[str, str]] = field(factory=list)
    failing: dict[str, int] = field(factory=dict)

    def __call__(self, event: Event, envelope: Envelope) -> None:
        order: str = event.order  # type: ignore[attr-defined]  # every event of the story has one
        if self.failing.get(order, 0):
            self.failing[order] -= 1
            raise ConnectionError("not now")
        self.heard.append((order, type(event).__name__))

    def of(self, order: OrderId) -> list[str]:
        return [name for heard, name in self.heard if heard == order]


def later(kit: ShopKit, by: timedelta = timedelta(hours=1)) -> None:
    kit.clock.tick(by)
    kit.shop.drain()


def test_a_subscriber_is_told_at_once_what_it_wants_to_know_and_nothing_else() -> None:
    listener = Listener()
    kit = a_shop(products=1, subscribers=[Subscriber("mail", (OrderConfirmed, OrderShipped), listener)])

    order = kit.buy()
    kit.ship(order)
    kit.deliver(order)

    assert listener.heard == [(order, "OrderConfirmed"), (order, "OrderShipped")]
    assert deliveries(kit.persistence) == []


def test_a_subscriber_is_told_after_the_commit() -> None:
    seen: list[OrderState] = []

    def look(event: Event, envelope: Envelope) -> None:
        assert isinstance(event, OrderShipped)
        seen.append(kit.view(event.order).state)

    kit = a_shop(products=1, subscribers=[Subscriber("mail", (OrderShipped,), look)])

    kit.ship(kit.buy())

    assert seen == [OrderState.SHIPPED]


def test_a_subscriber_hears_nothing_of_what_was_refused() -> None:
    listener = Listener()
    kit = a_shop(products=1, stock=1, subscribers=[Subscriber("mail", STORY, listener)])

    with pytest.raises(OutOfStock):
        kit.buy(quantity=2)
    later(kit)

    assert listener.heard == []


def test_a_subscriber_that_fails_is_told_again() -> None:
    listener = Listener()
    kit = a_shop(products=1, subscribers=[Subscriber("mail", (OrderShipped,), listener)])
    order = kit.buy()
    listener.failing[order] = 2

    kit.ship(order)
    assert listener.heard == []
    later(kit)
    later(kit)

    assert listener.heard == [(order, "OrderShipped")]


def test_an_earlier_event_that_failed_holds_up_the_later_ones_of_its_order_and_of_no_other() -> None:
    listener = Listener()
    kit = a_shop(products=1, subscribers=[Subscriber("mail", STORY, listener)])
    first, second = kit.buy(), kit.buy()
    listener.heard.clear()
    listener.failing[first] = 1

    for order in (first, second):
        kit.ship(order)
        kit.deliver(order)

    assert listener.of(first) == []
    assert listener.of(second) == ["OrderShipped", "OrderCompleted"]
    later(kit)
    assert listener.of(first) == ["OrderShipped", "OrderCompleted"]


def test_a_dead_event_does_not_hold_up_the_later_ones() -> None:
    listener = Listener()
    rules = Deliveries(tries=2)
    kit = a_shop(products=1, subscribers=[Subscriber("mail", STORY, listener)], deliveries=rules)
    order = kit.buy()
    listener.heard.clear()
    listener.failing[order] = 2

    kit.ship(order)
    kit.deliver(order)
    later(kit)

    assert listener.of(order) == ["OrderCompleted"]
    (dead,) = deliveries(kit.persistence)
    assert (dead.dead, type(dead.message)) == (True, OrderShipped)


def test_subscribers_do_not_wait_for_each_other() -> None:
    deaf, keen = Listener(), Listener()
    kit = a_shop(products=1, subscribers=[Subscriber("deaf", STORY, deaf), Subscriber("keen", STORY, keen)])
    order = kit.buy()
    deaf.failing[order] = 1

    kit.ship(order)
    assert "OrderShipped" in keen.of(order)
    assert "OrderShipped" not in deaf.of(order)
    later(kit)

    assert deaf.of(order) == keen.of(order) == ["OrderPlaced", "OrderConfirmed", "OrderShipped"]


def test_a_subscriber_may_act_and_still_hears_everything_once_and_in_order() -> None:
    listener = Listener()

    def cancel_what_is_confirmed(event: Event, envelope: Envelope) -> None:
        listener(event, envelope)
        if isinstance(event, OrderConfirmed):
            kit.cancel(event.order)

    kit = a_shop(products=1, subscribers=[Subscriber("nervous", STORY, cancel_what_is_confirmed)])

    order = kit.buy()

    assert listener.of(order) == ["OrderPlaced", "OrderConfirmed", "OrderCancelled"]
    assert kit.view(order).state is OrderState.CANCELLED
    assert deliveries(kit.persistence) == []


def test_what_was_meant_for_a_subscriber_that_is_gone_is_kept() -> None:
    kit = a_shop(
        products=1,
        subscribers=[Subscriber("old", (OrderPlaced,), Listener())],
        deliveries=Deliveries(at_once=False),
    )
    kit.buy()
    renamed = a_shop(kit.persistence, products=0, clock=kit.clock, ids=kit.ids)

    renamed.shop.drain()

    (kept,) = deliveries(kit.persistence)
    assert (kept.subscriber, kept.attempts) == ("old", 1)
    assert "old" in kept.last_error


def test_an_event_says_on_whose_request_and_in_which_conversation() -> None:
    heard: list[Envelope] = []
    kit = a_shop(
        products=1, subscribers=[Subscriber("mail", (OrderPlaced,), lambda event, envelope: heard.append(envelope))]
    )

    kit.shop.handle(kit.order_for(kit.cart()), by=kit.member.by, channel="app", correlation="request-1")

    assert [(each.origin, each.channel, each.correlation) for each in heard] == [("member:ada", "app", "request-1")]


def test_two_subscribers_of_one_name_would_be_one() -> None:
    twins = [Subscriber("mail", (OrderPlaced,), Listener()), Subscriber("mail", (OrderShipped,), Listener())]

    with pytest.raises(Invalid, match="mail"):
        a_shop(subscribers=twins)


def test_a_worker_leaves_alone_what_another_took_over_when_its_lease_ran_out() -> None:
    heard: list[str] = []

    def slow(event: Event, envelope: Envelope) -> None:
        assert isinstance(event, OrderPlaced)
        heard.append(event.order)
        if len(heard) == 1:  # the first letter takes longer than the lease of the whole batch
            kit.clock.tick(timedelta(minutes=2))
            kit.again(subscribers=subscribers).shop.drain()

    subscribers = [Subscriber("mail", (OrderPlaced,), slow)]
    kit = a_shop(products=1, subscribers=subscribers, deliveries=Deliveries(at_once=False))
    first, second, third = kit.buy(), kit.buy(), kit.buy()

    kit.shop.drain()

    assert heard == [first, first, second, third]
    assert deliveries(kit.persistence) == []


def test_what_a_subscriber_sets_in_motion_is_told_by_the_loop_that_told_it() -> None:
    depth, deepest = 0, 0

    def order_again(event: Event, envelope: Envelope) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        if len(bought) < 20:
            bought.append(kit.buy())
        depth -= 1

    bought: list[OrderId] = []
    kit = a_shop(products=1, subscribers=[Subscriber("fan", (OrderPlaced,), order_again)])

    kit.buy()
    kit.shop.drain()

    assert (len(bought), deepest) == (20, 1)
    assert deliveries(kit.persistence) == []


def test_a_subscriber_that_this_process_does_not_have_is_named() -> None:
    kit = a_shop(
        products=1,
        subscribers=[Subscriber("mail", (OrderPlaced,), lambda event, envelope: None)],
        deliveries=Deliveries(at_once=False),
    )
    kit.buy()

    kit.again().shop.drain()

    (failed,) = [each for each in deliveries(kit.persistence) if each.subscriber]
    assert "no subscriber 'mail'" in failed.last_error
