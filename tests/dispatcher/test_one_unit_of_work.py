"""A command and all that follows from it happen whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import frozen

from ecomcore import assemble
from ecomcore.catalog import AddCategory, CategoryAdded, ListCategories, NothingToSell
from ecomcore.choices import Deliveries
from ecomcore.inventory import GetAvailability, OutOfStock
from ecomcore.kernel.errors import InvariantViolated, Refused
from ecomcore.kernel.ids import CategoryId
from ecomcore.kernel.messages import Command, Errand, Permission, Query, System, Who
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import AuthorisePayment, ListOrders
from ecomcore.testing import SequentialIds, a_shop
from ecomcore.testing.faults import Fault
from tests.dispatcher.stores import Commits, deliveries, events, told

LATER = Deliveries(at_once=False)


def test_an_order_and_the_reservation_of_its_stock_are_one() -> None:
    kit = a_shop(products=1, stock=5, deliveries=LATER)
    before = len(events(kit.persistence))

    kit.buy(quantity=2)

    assert told(events(kit.persistence)[before:]) == ["OrderPlaced", "PaymentRequested", "StockReserved"]
    assert kit.shop.ask(GetAvailability(kit.variants))[0].available == 3


def test_a_refusal_in_a_reaction_undoes_everything() -> None:
    kit = a_shop(products=2, stock=5)
    before = events(kit.persistence)

    with pytest.raises(OutOfStock):
        kit.buy(*kit.variants, quantity=6, key="once")

    assert events(kit.persistence) == before
    assert deliveries(kit.persistence) == []
    assert kit.member.ask(ListOrders()) == ()
    assert [each.available for each in kit.shop.ask(GetAvailability(kit.variants))] == [5, 5]


def test_reactions_follow_breadth_first() -> None:
    def branch(event: CategoryAdded) -> Iterator[AddCategory]:
        for twig in ("a", "b") if len(event.category) < 3 else ():
            yield AddCategory("branch", event.category, CategoryId(event.category + twig))

    store = MemoryPersistence()
    shop = assemble(store, policies={CategoryAdded: (branch,)})

    answer = shop.handle(AddCategory("root", id=CategoryId("r")), by=System())

    assert answer == "r"
    assert [each.aggregate for each in events(store)] == ["r", "ra", "rb", "raa", "rab", "rba", "rbb"]


def test_policies_of_one_event_follow_in_their_order_and_each_sees_what_was_done_before() -> None:
    def below(event: CategoryAdded) -> Iterator[AddCategory]:
        if event.category == "r":
            yield AddCategory("child", CategoryId("r"), CategoryId("c"))

    def further_below(event: CategoryAdded) -> Iterator[AddCategory]:
        if event.category == "r":
            yield AddCategory("grandchild", CategoryId("c"), CategoryId("g"))

    store = MemoryPersistence()
    shop = assemble(store, policies={CategoryAdded: (below, further_below)})

    shop.handle(AddCategory("root", id=CategoryId("r")), by=System())

    assert [(view.id, view.depth) for view in shop.ask(ListCategories())] == [("c", 1), ("g", 2), ("r", 0)]


def test_events_and_errands_are_committed_with_the_order_and_tell_of_whom() -> None:
    kit = a_shop(products=1, deliveries=LATER)
    before = len(events(kit.persistence))

    order = kit.member.handle(kit.order_for(kit.cart()), correlation="request-1")

    (errand,) = deliveries(kit.persistence)
    assert isinstance(errand.message, AuthorisePayment)
    assert errand.message.order == order
    for envelope in (errand.envelope, *(each.envelope for each in events(kit.persistence)[before:])):
        assert (envelope.actor, envelope.origin) == (System(), "member:ada")
        assert (envelope.correlation, envelope.channel, envelope.key) == ("request-1", "default", None)


def test_a_commit_that_fails_leaves_no_event_and_no_errand() -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1)
    before = events(commits.store)
    commits.fail(Fault(InvariantViolated("no")))

    with pytest.raises(InvariantViolated):
        kit.buy()

    assert events(commits.store) == before
    assert deliveries(commits.store) == []
    assert kit.gateway.effects == []


def test_whoever_says_no_correlation_gets_one_that_all_share() -> None:
    kit = a_shop(products=1)
    before = len(events(kit.persistence))

    kit.buy()

    correlations = {each.envelope.correlation for each in events(kit.persistence)[before:]}
    assert len(correlations) == 1
    assert correlations != {""}


@frozen
class Sing(Command[None]):
    permission = Permission("choir.sing", Who.ANYONE)


@frozen
class Deliver(Errand):
    permission = Permission("choir.deliver", Who.SYSTEM)


@frozen
class Listen(Query[None]):
    permission = Permission("choir.listen", Who.ANYONE)


def test_what_nobody_handles_or_answers_is_a_slip_of_the_programmer() -> None:
    store = MemoryPersistence()
    shop = assemble(store)

    with pytest.raises(LookupError, match="nobody handles Sing"):
        shop.handle(Sing(), by=System())
    with pytest.raises(LookupError, match="nobody handles Deliver"):
        shop.handle(Deliver(), by=System())
    with pytest.raises(LookupError, match="nobody answers Listen"):
        shop.ask(Listen())
    assert deliveries(store) == []


def test_a_refusal_by_a_policy_reaches_the_caller_whole() -> None:
    def refuse(event: CategoryAdded) -> Iterator[Command[None]]:
        raise NothingToSell(event.category)
        yield

    shop = assemble(policies={CategoryAdded: (refuse,)}, ids=SequentialIds())

    with pytest.raises(Refused, match="has no variants"):
        shop.handle(AddCategory("root"), by=System())
    assert shop.ask(ListCategories()) == ()
