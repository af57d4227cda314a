"""The jobs of a shop, by name, for hosts that have a scheduler of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ecomcore import assemble
from ecomcore.bootstrap import JOBS
from ecomcore.carts import CartState, GetCart, StartCart
from ecomcore.catalog import AddCategory, ListCategories
from ecomcore.choices import Deliveries, Job
from ecomcore.inventory import ListStock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.money import Currency
from ecomcore.kernel.work import Persistence
from ecomcore.memory import Fault
from ecomcore.ordering import ExpireUnpaid, OrderState
from ecomcore.testing import FixedClock, ShopKit, a_shop, at_once, euros
from ecomcore.wallet import GetBalances, IssueCredit
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.conftest import OpenShop
from tests.failures.racing import in_processes
from tests.support.refusals import refused

NAMES = (
    "drain_outbox",
    "release_expired_reservations",
    "serve_queue",
    "tell_wishes",
    "expire_unpaid",
    "reconcile_payments",
    "close_group_buys",
    "expire_carts",
    "remind_of_carts",
    "expire_credit",
    "watch_stock",
)
LONG = timedelta(days=400)


@pytest.fixture
def open_shop(persistence: Persistence) -> Callable[..., ShopKit]:
    """Opens a shop on each store in turn."""
    return partial(a_shop, persistence)


def unpaid(kit: ShopKit, orders: int) -> list[OrderId]:
    """Orders whose payment was declined, and whose time is over."""
    placed = []
    for _ in range(orders):
        kit.gateway.script(Fault.DECLINE)
        placed.append(kit.buy())
    kit.clock.tick(timedelta(hours=1))
    return placed


def free(kit: ShopKit) -> int:
    (stock,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return stock.on_hand - stock.reserved


def test_each_job_has_a_name_and_does_nothing_where_there_is_nothing_to_do(open_shop: OpenShop) -> None:
    kit = open_shop()

    assert kit.shop.jobs == NAMES
    assert [kit.shop.run_job(name) for name in NAMES * 2] == [0] * 2 * len(NAMES)
    assert kit.shop.audit() == []


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    with refused(Invalid("name", "expire_everything", f"one of {', '.join(NAMES)}")):
        assemble().run_job("expire_everything")


def test_a_job_of_the_host_is_called_as_its_command_or_as_the_host_wants() -> None:
    plain, named = Job(AddCategory("Teas"), LONG), Job(AddCategory("Pots"), LONG, "add_pots")
    shop = assemble(jobs=[plain, named])

    assert (shop.run_job("add_category"), shop.run_job("add_pots")) == (1, 1)

    assert shop.jobs == (*NAMES, "add_category", "add_pots")
    assert sorted(category.name for category in shop.ask(ListCategories())) == ["Pots", "Teas"]


def test_jobs_of_the_host_under_one_name_are_all_done() -> None:
    shop = assemble(jobs=[Job(AddCategory("Teas"), LONG), Job(AddCategory("Pots"), LONG)])

    assert shop.run_job("add_category") == 2


@pytest.mark.parametrize("name", ["", "two words", None])
def test_a_job_without_a_proper_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Job(ExpireUnpaid(), LONG, name)

    assert refusal.value.field == "name"


def test_the_name_of_the_deliveries_is_taken() -> None:
    with pytest.raises(Invalid) as refusal:
        assemble(jobs=[Job(ExpireUnpaid(), LONG, "drain_outbox")])

    assert refusal.value.field == "jobs"


def test_every_job_of_a_worker_can_be_run_by_its_name() -> None:
    assert {job.name for job in JOBS} == set(NAMES) - {"drain_outbox"}


def test_what_nobody_paid_in_time_is_called_off_once(open_shop: OpenShop) -> None:
    kit = open_shop(stock=10)
    orders = unpaid(kit, 3)

    done = [kit.shop.run_job("expire_unpaid") for _ in range(2)]

    assert done == [3, 0]
    assert {kit.view(order).state for order in orders} == {OrderState.CANCELLED}
    assert free(kit) == 10
    assert kit.shop.audit() == []


def test_stock_that_was_set_aside_too_long_comes_back_once(open_shop: OpenShop) -> None:
    kit = open_shop(stock=10)
    unpaid(kit, 3)

    done = [kit.shop.run_job("release_expired_reservations") for _ in range(2)]

    assert done == [3, 0]
    assert free(kit) == 10
    assert kit.shop.audit() == []


def test_a_provider_that_has_not_answered_is_asked_again_once(open_shop: OpenShop) -> None:
    kit = open_shop(stock=10)
    kit.gateway.script(*[Fault.TIMEOUT_AFTER] * 40)
    order = kit.buy()
    kit.gateway._faults.clear()
    kit.clock.tick(timedelta(minutes=3))

    done = [kit.shop.run_job("reconcile_payments") for _ in range(2)]

    assert done == [1, 0]
    kit.settle()
    assert kit.view(order).state is OrderState.CONFIRMED
    assert [what for what, _ in kit.gateway.effects] == ["authorise"]
    assert kit.shop.audit() == []


def test_what_is_due_is_delivered_once(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=Deliveries(at_once=False))
    order = kit.buy()

    done = [kit.shop.run_job("drain_outbox") for _ in range(2)]

    assert done == [1, 0]
    assert kit.view(order).authorised == euros(10_00)


def test_forgotten_carts_end_and_credit_that_nobody_used_is_gone(open_shop: OpenShop) -> None:
    kit = open_shop()
    cart = kit.member.handle(StartCart(Currency("EUR")))
    in_a_year = kit.clock.now() + timedelta(days=365)
    kit.staff.handle(IssueCredit(euros(5_00), "sorry", MemberId("ada"), expires_at=in_a_year))
    kit.clock.tick(LONG)

    assert [kit.shop.run_job("expire_carts") for _ in range(2)] == [1, 0]
    assert [kit.shop.run_job("expire_credit") for _ in range(2)] == [1, 0]

    assert kit.staff.ask(GetCart(cart)).state is CartState.EXPIRED
    assert {balance.available for balance in kit.staff.ask(GetBalances(MemberId("ada")))} == {0}


# -- at once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["expire_unpaid", "release_expired_reservations"])
def test_two_threads_that_let_go_at_once_let_go_once(postgres_url: str, name: str) -> None:
    kit = a_shop(_empty(postgres_url), stock=10)
    orders = unpaid(kit, 5)
    other = kit.again(SqlPersistence(postgres_url))

    outcomes = at_once([partial(each.shop.run_job, name) for each in (kit, other) * 2])

    assert all(outcome.error is None for outcome in outcomes)
    assert {kit.view(order).state for order in orders} == {OrderState.CANCELLED}
    assert free(kit) == 10
    assert kit.shop.audit() == []
    other.shop.close()
    kit.shop.close()


def test_the_two_jobs_that_let_go_of_the_same_orders_do_not_stand_in_each_others_way(postgres_url: str) -> None:
    kit = a_shop(_empty(postgres_url), stock=10)
    orders = unpaid(kit, 5)
    names = ["expire_unpaid", "release_expired_reservations"] * 2

    outcomes = at_once([partial(kit.shop.run_job, name) for name in names])

    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert {kit.view(order).state for order in orders} == {OrderState.CANCELLED}
    assert free(kit) == 10
    assert kit.shop.audit() == []
    kit.shop.close()


def test_two_threads_that_ask_the_provider_at_once_write_its_answer_once(postgres_url: str) -> None:
    kit = a_shop(_empty(postgres_url), stock=10)
    kit.gateway.script(*[Fault.TIMEOUT_AFTER] * 40)
    orders = [kit.buy() for _ in range(3)]
    kit.gateway._faults.clear()
    kit.clock.tick(timedelta(minutes=3))
    other = kit.again(SqlPersistence(postgres_url))

    jobs = ["reconcile_payments", "drain_outbox"]
    outcomes = at_once([partial(each.shop.run_job, name) for each in (kit, other) for name in jobs])

    assert [outcome.error for outcome in outcomes] == [None] * 4
    kit.settle()
    for order in orders:
        assert kit.view(order).authorised == euros(10_00)
    assert [what for what, _ in kit.gateway.effects] == ["authorise"] * 3
    assert kit.shop.audit() == []
    other.shop.close()
    kit.shop.close()


def test_two_processes_that_let_go_at_once_let_go_once(postgres_url: str) -> None:
    kit = a_shop(_empty(postgres_url), stock=10)
    orders = unpaid(kit, 5)

    done = in_processes(_run, [(postgres_url, kit.clock, "expire_unpaid")] * 2)

    assert sum(done) == 5
    assert {kit.view(order).state for order in orders} == {OrderState.CANCELLED}
    assert free(kit) == 10
    kit.shop.close()


def _run(start: Any, url: str, clock: FixedClock, name: str) -> int:
    shop = assemble(SqlPersistence(url, migrate=False), clock=FixedClock(clock.now()))
    shop.ask(ListCategories())
    start.wait(120)
    done = shop.run_job(name)
    shop.close()
    return done


def _empty(url: str) -> SqlPersistence:
    store = SqlPersistence(url)
    erase_everything(store)
    return store
