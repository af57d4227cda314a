"""Events are told after the commit, at least once, and whoever bears being told twice is told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from ecomcore.choices import Deliveries, Subscriber
from ecomcore.inventory import ListStock, OutOfStock, ReceiveStock, StockLine
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Envelope, Event
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Declined,
    GetOrder,
    OrderPlaced,
    OrderState,
    OrderView,
    PaymentRequest,
    Unknown,
)
from ecomcore.testing import SequentialIds, ShopKit, a_shop
from tests.failures.conftest import OpenShop

T = TypeVar("T")
LATER = timedelta(hours=1)


class PowerCut(BaseException):
    """The process is gone; nothing gets to catch this."""


def elsewhere(call: Callable[[], T]) -> T:
    """What the call answers in another thread, and so on another connection; it waits for no lock of ours."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(timeout=30)


def on_order_placed(call: Callable[[OrderPlaced, Envelope], None]) -> Subscriber:
    def told(event: Event, envelope: Envelope) -> None:
        assert isinstance(event, OrderPlaced)
        call(event, envelope)

    return Subscriber("test", (OrderPlaced,), told)


def read_when_told(open_shop: OpenShop) -> tuple[ShopKit, list[OrderView]]:
    """A shop whose subscriber reads each placed order back, on another connection."""
    read: list[OrderView] = []
    kit: ShopKit

    def read_back(event: OrderPlaced, _: Envelope) -> None:
        read.append(elsewhere(lambda: kit.system.ask(GetOrder(event.order))))

    kit = open_shop(stock=1, subscribers=[on_order_placed(read_back)])
    return kit, read


@pytest.mark.failure("F091")
def test_f091_who_is_told_of_an_order_can_read_it_on_another_connection(open_shop: OpenShop) -> None:
    kit, read = read_when_told(open_shop)

    order = kit.buy()

    assert [view.id for view in read] == [order]


@pytest.mark.failure("F091")
def test_f091_nobody_is_told_of_what_was_not_committed(open_shop: OpenShop) -> None:
    kit, read = read_when_told(open_shop)

    with pytest.raises(OutOfStock):
        kit.buy(quantity=2)
    kit.shop.drain()

    assert read == []


@pytest.mark.failure("F092")
def test_f092_who_is_told_of_an_order_reads_it_whole(open_shop: OpenShop) -> None:
    kit, read = read_when_told(open_shop)

    kit.buy()

    (view,) = read
    assert view.placed_at == kit.clock.now()
    assert (view.state, view.total) == (OrderState.CONFIRMED, view.lines[0].total)
    assert view == kit.view(view.id)


class Inbox:
    """A subscriber that takes note of what it was told, and books a unit for each order, under the inbox key."""

    def __init__(self) -> None:
        self.told: list[OrderId] = []
        self.breaks_down = False
        self.kit: ShopKit

    def __call__(self, event: OrderPlaced, envelope: Envelope) -> None:
        self.told.append(event.order)
        unit = ReceiveStock(self.kit.location, (StockLine(self.kit.variants[0], 1),), "a gift")
        self.kit.system.handle(unit, key=envelope.key)
        if self.breaks_down:
            self.breaks_down = False
            raise PowerCut

    def opens(self, persistence: Persistence, **wishes: Any) -> ShopKit:
        self.kit = a_shop(persistence, products=1, stock=10, subscribers=[on_order_placed(self)], **wishes)
        return self.kit

    @property
    def booked(self) -> int:
        (view,) = self.kit.staff.ask(ListStock(self.kit.variants))
        return view.on_hand - 10


@pytest.mark.failure("F093")
def test_f093_a_process_that_dies_after_the_commit_leaves_the_telling_to_another(persistence: Persistence) -> None:
    dies = Inbox()
    order = dies.opens(persistence, deliveries=Deliveries(at_once=False)).buy()

    lives = Inbox()
    other = lives.opens(persistence, ids=SequentialIds("another"))
    other.shop.drain()
    other.shop.drain()

    assert (dies.told, lives.told) == ([], [order])
    assert lives.booked == 1
    assert other.shop.audit() == []


@pytest.mark.failure("F093")
def test_f093_a_process_that_dies_before_it_says_done_has_it_told_again_with_one_effect(
    persistence: Persistence,
) -> None:
    inbox = Inbox()
    kit = inbox.opens(persistence)
    inbox.breaks_down = True
    with pytest.raises(PowerCut):
        kit.buy()

    kit.clock.tick(LATER)
    kit.shop.drain()
    kit.clock.tick(LATER)
    kit.shop.drain()

    first, again = inbox.told
    assert first == again
    assert inbox.booked == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F093")
def test_f093_a_subscriber_that_fails_is_told_until_it_succeeds(persistence: Persistence) -> None:
    told: list[str | None] = []

    def fails_twice(_: OrderPlaced, envelope: Envelope) -> None:
        told.append(envelope.key)
        if len(told) < 3:
            raise ConnectionError("the broker is away")

    kit = a_shop(persistence, subscribers=[on_order_placed(fails_twice)])
    kit.buy()
    for _ in range(4):
        kit.clock.tick(LATER)
        kit.shop.drain()

    assert len(told) == 3
    assert len(set(told)) == 1, "always under the same key"
    assert told[0]


class Fragile(MemoryGateway):
    """Does what it is asked; then the power goes, once."""

    breaks_down = True

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        answer = super().authorise(request)
        if self.breaks_down:
            self.breaks_down = False
            raise PowerCut
        return answer


@pytest.mark.failure("F093")
def test_f093_a_process_that_dies_with_the_money_promised_has_it_promised_once(open_shop: OpenShop) -> None:
    gateway = Fragile()
    kit = open_shop(gateway=gateway)
    with pytest.raises(PowerCut):
        kit.buy(key="cart-1")

    kit.clock.tick(LATER)
    kit.shop.drain()

    order = kit.buy(key="cart-1")
    assert kit.view(order).state is OrderState.CONFIRMED
    assert [operation for operation, _ in gateway.effects] == ["authorise"]
    assert kit.shop.audit() == []
