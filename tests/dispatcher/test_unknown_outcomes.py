"""The connection breaks while committing: nobody knows whether it happened, until the key tells."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from ecomcore.choices import Deliveries, Retries
from ecomcore.kernel.errors import OutcomeUnknown
from ecomcore.ordering import EntryKind, ListOrders, OrderState
from ecomcore.testing import a_shop
from ecomcore.testing.faults import Fault, When
from tests.dispatcher.stores import Commits, deliveries

AT_ONCE = Retries(tries=4, first=0, most=0)
WHEN = [When.BEFORE, When.AFTER]
LEASE = Deliveries().lease + timedelta(seconds=1)


def broken(when: When) -> Fault:
    return Fault(OutcomeUnknown("the connection broke"), when)


@pytest.mark.parametrize("when", WHEN)
def test_a_command_with_a_key_has_happened_once_whether_it_had_happened_or_not(when: When) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, stock=5, retries=AT_ONCE)
    commits.fail(broken(when))

    order = kit.buy(key="once")

    assert [view.id for view in kit.member.ask(ListOrders())] == [order]
    assert kit.buy(key="once") == order


@pytest.mark.parametrize("when", WHEN)
def test_the_errands_of_a_settled_command_are_carried_out_once(when: When) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=AT_ONCE)
    commits.fail(broken(when))
    order = kit.buy(key="once")
    kit.clock.tick(LEASE)

    kit.shop.drain()

    assert kit.view(order).state is OrderState.CONFIRMED
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise"]
    assert deliveries(commits.store) == []


@pytest.mark.parametrize("when", WHEN)
def test_without_a_key_the_caller_is_told_what_to_do(when: When) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=AT_ONCE)
    commits.fail(broken(when))

    with pytest.raises(OutcomeUnknown, match="PlaceOrder may or may not be committed; send commands with a key"):
        kit.buy()

    assert commits.tried == 1, "running it again might do it twice"
    assert len(kit.member.ask(ListOrders())) == (when is When.AFTER)


def test_a_connection_that_stays_broken_ends_the_tries_and_the_key_settles_it_later() -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=AT_ONCE)
    commits.fail(*[broken(When.BEFORE)] * 4)
    with pytest.raises(OutcomeUnknown):
        kit.buy(key="once")
    assert commits.tried == 4

    order = kit.buy(key="once")

    assert [view.id for view in kit.member.ask(ListOrders())] == [order]


@pytest.mark.parametrize("when", WHEN)
def test_the_record_of_an_errand_is_written_once_whether_it_had_been_or_not(when: When) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=AT_ONCE)
    commits.fail(None, broken(when))

    order = kit.buy()

    kinds = [entry.kind for entry in kit.view(order).payments]
    assert kinds == [EntryKind.INTENDED, EntryKind.AUTHORISED]
    assert deliveries(commits.store) == []
    assert kit.shop.audit() == []


def test_whatever_breaks_at_the_commit_the_books_balance() -> None:
    for failing in range(8):
        for when in WHEN:
            commits = Commits()
            kit = a_shop(commits.store, products=1, retries=AT_ONCE)
            commits.fail(*[None] * failing, broken(when))

            order = kit.buy(key="once")
            for _ in range(2):
                kit.clock.tick(LEASE)
                with suppress(OutcomeUnknown):
                    kit.shop.drain()

            assert kit.view(order).state is OrderState.CONFIRMED
            assert kit.shop.audit() == []
