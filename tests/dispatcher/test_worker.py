"""A worker delivers what is due and sends the jobs, until its flag is set, and nothing else ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

import pytest

from ecomcore import assemble
from ecomcore.carts import ExpireCarts, RemindOfCarts
from ecomcore.catalog import AddCategory, ListCategories
from ecomcore.choices import Deliveries, Job, Subscriber
from ecomcore.inventory import ExpireReservations, GetAvailability, ServeQueue, TellWishes, WatchStock
from ecomcore.kernel.errors import Conflict, PortUnavailable, TryAgain
from ecomcore.kernel.ids import CategoryId
from ecomcore.kernel.messages import Command, Envelope, Event
from ecomcore.memory import Fault as GatewayFault
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import ExpireUnpaid, OrderingPolicy, OrderPlaced, OrderState, ReconcilePayments
from ecomcore.promotions import CloseGroupBuys
from ecomcore.testing import ShopKit, a_shop
from ecomcore.testing.faults import Fault
from ecomcore.wallet import ExpireCredit
from tests.dispatcher.stores import Commits

NEVER = timedelta(days=1)


def worked_until(kit: ShopKit, done: Callable[[], bool]) -> bool:
    """Have a worker work until it is done, or for five seconds at most."""
    stop, finished = Flag(), Flag()
    worker = Thread(target=kit.shop.run_worker, args=(stop, 0.001), daemon=True)
    worker.start()
    for _ in range(500):
        if done():
            finished.set()
            break
        stop.wait(0.01)
    stop.set()
    worker.join(timeout=5)
    assert not worker.is_alive(), "the flag ends it"
    return finished.is_set()


def test_a_worker_delivers_what_others_left() -> None:
    kit = a_shop(products=1, deliveries=Deliveries(at_once=False))
    order = kit.buy()

    assert worked_until(kit, lambda: kit.view(order).state is OrderState.CONFIRMED)


def test_a_worker_lets_go_of_what_nobody_paid_in_time() -> None:
    kit = a_shop(products=1, stock=2)
    kit.gateway.script(GatewayFault.ACTION)
    kit.buy(quantity=2)
    kit.clock.tick(OrderingPolicy().payment_window)

    assert worked_until(kit, lambda: kit.shop.ask(GetAvailability(kit.variants))[0].available == 2)


@pytest.mark.parametrize(
    "error",
    [PortUnavailable("no database"), TryAgain("busy"), Conflict("Order", "1"), RuntimeError("a defect")],
    ids=lambda error: type(error).__name__,
)
def test_a_worker_survives_trouble(error: Exception) -> None:
    begins = Commits("begin")
    kit = a_shop(begins.store, products=1, deliveries=Deliveries(at_once=False))
    order = kit.buy()
    begins.fail(Fault(error), Fault(error))

    assert worked_until(kit, lambda: begins.tried > 2 and kit.view(order).state is OrderState.CONFIRMED)


def a_worker_of(*jobs: Job, told: list[str] | None = None) -> ShopKit:
    heard = [] if told is None else told

    def tell(event: Event, envelope: Envelope) -> None:
        heard.append(type(event).__name__)

    kit = a_shop(products=1, deliveries=Deliveries(at_once=False))
    shop = assemble(
        kit.persistence,
        gateway=kit.gateway,
        clock=kit.clock,
        ids=kit.ids,
        jobs=jobs,
        subscribers=[Subscriber("mail", (OrderPlaced,), tell)],
    )
    return ShopKit(shop, kit.persistence, kit.clock, kit.ids, kit.gateway, kit.variants, kit.location)


def an_impossible() -> Command[CategoryId]:
    return AddCategory("below nothing", CategoryId("no-such-parent"))


def test_a_job_that_always_fails_holds_up_neither_the_other_jobs_nor_the_deliveries() -> None:
    often = timedelta(0)
    kit = a_worker_of(Job(an_impossible(), often), Job(AddCategory("Tea", id=CategoryId("tea")), NEVER))
    order = kit.buy()

    assert worked_until(kit, lambda: bool(kit.shop.ask(ListCategories())))
    assert worked_until(kit, lambda: kit.view(order).state is OrderState.CONFIRMED)


def test_a_job_is_sent_as_often_as_it_is_due_and_no_more() -> None:
    rare, often = Job(AddCategory("Rare"), NEVER), Job(AddCategory("Often"), timedelta(milliseconds=1))
    kit = a_worker_of(rare, often)

    def sent(name: str) -> int:
        return sum(view.name == name for view in kit.shop.ask(ListCategories(limit=1_000)))

    assert worked_until(kit, lambda: sent("Often") >= 3)
    assert sent("Rare") == 1


def test_a_worker_whose_flag_is_set_does_nothing() -> None:
    kit = a_worker_of(Job(AddCategory("Tea"), timedelta(0)))
    stop = Flag()
    stop.set()

    kit.shop.run_worker(stop)

    assert kit.shop.ask(ListCategories()) == ()


def test_a_shop_lets_go_of_what_is_over_without_being_told_of_any_job() -> None:
    store = MemoryPersistence()
    kit = a_shop(store, products=1)

    assert kit.system.handle(ExpireReservations()) == 0
    sent = [type(job.command) for job in kit.shop._dispatcher._jobs]
    assert sent == [
        ExpireReservations,
        ServeQueue,
        TellWishes,
        ExpireUnpaid,
        ReconcilePayments,
        CloseGroupBuys,
        ExpireCarts,
        RemindOfCarts,
        ExpireCredit,
        WatchStock,
    ]
