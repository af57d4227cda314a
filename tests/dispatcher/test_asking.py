"""Questions change nothing, and refusals may be had as values."""

from __future__ import annotations

import pytest
from returns.result import Failure, Success

from ecomcore.catalog import AddCategory, ChangePrice, ListCategories
from ecomcore.inventory import OutOfStock
from ecomcore.kernel.errors import NotFound, PermissionDenied, PortUnavailable
from ecomcore.kernel.ids import CategoryId, VariantId
from ecomcore.kernel.messages import Query
from ecomcore.kernel.work import UnitOfWork
from ecomcore.ordering import GetOrder, ListOrders
from ecomcore.testing import a_price, a_shop
from ecomcore.testing.faults import Fault
from tests.dispatcher.stores import Commits, deliveries, events
from tests.edges.world import EXAMPLES, MESSAGES, a_world, named, send


@pytest.mark.parametrize("query", [each for each in MESSAGES if issubclass(each, Query)], ids=named)
def test_a_question_changes_nothing_and_commits_nothing(query: type[Query[object]]) -> None:
    world = a_world()
    question = EXAMPLES[query](world)
    before = events(world.kit.persistence), deliveries(world.kit.persistence)

    assert send(world, question) == send(world, question)
    assert (events(world.kit.persistence), deliveries(world.kit.persistence)) == before


def test_a_question_begins_one_unit_of_work_that_only_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    kit = a_shop(products=1)
    begin, begun = kit.persistence.begin, []

    def noted(*, write: bool = True) -> UnitOfWork:
        begun.append(write)
        return begin(write=write)

    monkeypatch.setattr(kit.persistence, "begin", noted)

    kit.member.ask(ListOrders())

    assert begun == [False]


def test_a_refused_question_ends_its_unit_of_work_too() -> None:
    kit = a_shop(products=1)
    with pytest.raises(NotFound):
        kit.shop.ask(GetOrder(kit.buy()))

    assert kit.buy(by=kit.guest)


def test_an_attempt_that_succeeds_is_a_success() -> None:
    kit = a_shop(products=0)

    result = kit.staff.attempt(AddCategory("Tea", id=CategoryId("tea")))

    assert result == Success(CategoryId("tea"))


def test_an_attempt_that_is_refused_is_a_failure_that_carries_the_refusal() -> None:
    kit = a_shop(products=1, stock=1)

    result = kit.member.attempt(kit.order_for(kit.cart(quantity=2)))

    assert isinstance(result, Failure)
    refusal = result.failure()
    assert isinstance(refusal, OutOfStock)
    assert (refusal.wanted, refusal.available) == (2, 1)


def test_an_attempt_without_permission_is_a_failure_too() -> None:
    kit = a_shop(products=1)

    result = kit.member.attempt(ChangePrice(VariantId("tea"), a_price()), key="once")

    assert isinstance(result.failure(), PermissionDenied)


def test_an_outage_is_no_refusal() -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=0)
    commits.fail(Fault(PortUnavailable("no database")))

    with pytest.raises(PortUnavailable):
        kit.staff.attempt(AddCategory("Tea"))


def test_a_desk_asks_and_handles_as_its_actor_in_its_channel() -> None:
    kit = a_shop(products=1)
    desk = kit.shop.desk(kit.member.by, channel="app")

    order = desk.handle(kit.order_for(kit.cart()))

    assert desk.ask(GetOrder(order)).channel == "app"
    assert desk.ask(ListCategories()) == ()
