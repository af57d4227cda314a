"""The clock, the ids, the faults, the threads and the shop that tests are built from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ecomcore.inventory import GetAvailability
from ecomcore.kernel.errors import Invalid, OutcomeUnknown, PortUnavailable, TryAgain
from ecomcore.kernel.ids import OrderId
from ecomcore.memory import MemoryGateway, MemoryPersistence
from ecomcore.ordering import Orders, OrderState
from ecomcore.testing import (
    NOON,
    Crash,
    Fault,
    FaultPlan,
    FaultyPersistence,
    FixedClock,
    SequentialIds,
    When,
    a_shop,
    an_order,
    at_once,
    faulty,
    fetch,
    keep,
    writing,
)
from ecomcore.testing.work import as_kept


def test_a_fixed_clock_moves_only_when_it_is_told_to() -> None:
    clock = FixedClock()
    assert clock.now() == clock.now() == NOON

    clock.tick(timedelta(hours=1))
    clock.tick()
    assert clock.now() == NOON + timedelta(hours=1, seconds=1)

    clock.set(datetime(2031, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2030, 12, 31, 23, tzinfo=UTC)
    with pytest.raises(Invalid):
        clock.set(datetime(2031, 1, 1))  # noqa: DTZ001 - that is what is refused


def test_sequential_ids_sort_as_they_were_made_and_are_never_given_twice() -> None:
    ids = SequentialIds("o")
    made = [ids.new() for _ in range(12)]
    assert made == sorted(made)
    assert made[0] == "o-00000001"

    outcomes = at_once([lambda: [ids.new() for _ in range(100)]] * 4)
    assert len({id_ for outcome in outcomes for id_ in outcome.value}) == 400


def test_a_shop_is_open_stocked_and_sound() -> None:
    kit = a_shop(products=2, stock=5)

    order = kit.buy(*kit.variants, quantity=2, by=kit.guest)
    kit.ship(order)
    kit.deliver(order)

    assert kit.view(order).state is OrderState.COMPLETED
    assert [stock.available for stock in kit.shop.ask(GetAvailability(kit.variants))] == [3, 3]
    assert not kit.shop.audit()


def test_two_shops_share_a_store() -> None:
    store = MemoryPersistence()
    one, other = a_shop(store, ids=SequentialIds("a")), a_shop(store, ids=SequentialIds("b"))

    assert set(one.variants).isdisjoint(other.variants)
    assert not one.shop.audit()


def test_a_process_that_has_crashed_does_nothing_more() -> None:
    store = MemoryPersistence()
    plan = FaultPlan.crash(after=2)
    broken = FaultyPersistence(store, plan)

    with pytest.raises(Crash):
        keep(broken, an_order())
    with pytest.raises(Crash):
        broken.begin()

    assert plan.names == ["begin", "save"]
    keep(store, an_order())


@pytest.mark.parametrize(("when", "kept"), [(When.BEFORE, False), (When.AFTER, True)])
def test_a_fault_strikes_before_or_after_the_effect(when: When, kept: bool) -> None:
    store = MemoryPersistence()
    broken = FaultyPersistence(store, FaultPlan.once(3, Fault(OutcomeUnknown("lost"), when)))

    with pytest.raises(OutcomeUnknown):
        keep(broken, an_order())

    with writing(store) as work:
        orders: Orders = work.repository(Orders)
        assert (orders.find(OrderId("order")) is not None) is kept


def test_noise_is_the_same_for_the_same_seed() -> None:
    def heard(seed: int) -> list[bool]:
        plan = FaultPlan.noise(seed, 0.3)
        return [plan.choose(number, "save") is not None for number in range(100)]

    assert heard(7) == heard(7) != heard(8)
    assert 10 < sum(heard(7)) < 60


def test_any_port_can_be_made_faulty() -> None:
    gateway = MemoryGateway()
    kit = a_shop(gateway=gateway, outside=faulty(gateway, FaultPlan.once(1, Fault(PortUnavailable("down")))))

    order = kit.buy()
    assert kit.view(order).state is OrderState.PLACED
    kit.settle()

    assert kit.view(order).state is OrderState.CONFIRMED


def test_threads_hand_over_what_they_raise() -> None:
    def fail() -> None:
        raise TryAgain("no")

    (outcome,) = at_once([fail])

    with pytest.raises(TryAgain):
        _ = outcome.value


def test_what_is_kept_is_fetched() -> None:
    store = MemoryPersistence()
    keep(store, an_order())

    order = fetch(store, type(an_order()), "order")

    assert order == as_kept(an_order())
