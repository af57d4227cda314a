"""What another's haste has spoilt is run again with fresh state, a bounded number of times, after a random pause."""

from __future__ import annotations

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.catalog import ChangePrice
from ecomcore.choices import Deliveries, Retries
from ecomcore.inventory import OutOfStock
from ecomcore.kernel.errors import (
    Conflict,
    DomainError,
    Duplicate,
    InvariantViolated,
    PortUnavailable,
    Trouble,
    TryAgain,
)
from ecomcore.ordering import ListOrders, OrderState, TotalChanged
from ecomcore.testing import a_price, a_shop
from ecomcore.testing.faults import Fault
from tests.dispatcher.stores import Commits

SPOILT = [Conflict("StockItem", "tea"), Duplicate("Reply", "once"), TryAgain("a deadlock")]


def a_retry(**values: float) -> Retries:
    return Retries(**{"first": 0, "most": 0} | values)  # type: ignore[arg-type]  # numbers all of them


@pytest.mark.parametrize("error", SPOILT, ids=lambda error: type(error).__name__)
def test_what_is_stale_is_run_again_and_happens_once(error: DomainError | Trouble) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=a_retry())
    commits.fail(Fault(error), Fault(error))

    order = kit.buy()

    assert [view.id for view in kit.member.ask(ListOrders())] == [order]
    assert commits.tried == 3 + 1, "two in vain, the order, and the record of its payment"


@pytest.mark.parametrize("error", SPOILT, ids=lambda error: type(error).__name__)
def test_retries_end_and_the_last_error_reaches_the_caller(error: DomainError | Trouble) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=a_retry(tries=3))
    commits.fail(Fault(TryAgain("first")), Fault(TryAgain("second")), Fault(error), Fault(TryAgain("one too many")))

    with pytest.raises(type(error)) as raised:
        kit.buy()

    assert raised.value is error
    assert commits.tried == 3
    assert kit.member.ask(ListOrders()) == ()


@pytest.mark.parametrize(
    "error", [InvariantViolated("CHECK"), PortUnavailable("no database"), RuntimeError("a defect")]
)
def test_what_trying_again_cannot_mend_is_not_tried_again(error: Exception) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=a_retry())
    commits.fail(Fault(error))

    with pytest.raises(type(error)):
        kit.buy()

    assert commits.tried == 1


def test_a_refusal_is_not_tried_again() -> None:
    commits = Commits("begin")
    kit = a_shop(commits.store, products=1, stock=1, retries=a_retry())
    command = kit.order_for(kit.cart(quantity=2))
    commits.fail()

    with pytest.raises(OutOfStock):
        kit.member.handle(command)

    assert commits.tried == 1


def test_each_try_sees_the_state_of_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1)
    command = kit.order_for(kit.cart())
    commits.fail(Fault(Conflict("Product", "tea")))

    def somebody_changes_the_price(pause: float) -> None:
        kit.staff.handle(ChangePrice(kit.variants[0], a_price(7_00)))

    monkeypatch.setattr(kit.shop._dispatcher, "_sleep", somebody_changes_the_price)

    with pytest.raises(TotalChanged):
        kit.member.handle(command)


def test_every_failure_but_the_last_is_followed_by_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    kit = a_shop(commits.store, products=1, retries=Retries(tries=5, first=1, most=3))
    commits.fail(*[Fault(TryAgain("busy"))] * 5)
    pauses: list[float] = []
    monkeypatch.setattr(kit.shop._dispatcher, "_sleep", pauses.append)

    with pytest.raises(TryAgain):
        kit.buy()

    assert len(pauses) == 4
    assert all(0 <= pause <= cap for pause, cap in zip(pauses, (2, 3, 3, 3), strict=True))


@given(st.integers(0, 1_000), st.floats(0, 3_600), st.floats(0, 3_600))
def test_a_pause_never_exceeds_its_cap(failures: int, first: float, most: float) -> None:
    pause = Retries(first=first, most=most).pause(failures)

    assert 0 <= pause <= most
    assert pause <= first * 2**failures


def test_a_pause_is_any_part_of_its_cap() -> None:
    retries = Retries(first=1, most=8)

    pauses = [retries.pause(3) for _ in range(2_000)]

    assert min(pauses) < 0.4
    assert max(pauses) > 7.6
    assert 3.5 < sum(pauses) / len(pauses) < 4.5


@frozen
class Never(Retries):
    """Fails the test that pauses."""

    def pause(self, failures: int) -> float:
        raise AssertionError(f"paused after {failures} failures")


def test_what_succeeds_at_once_does_not_pause() -> None:
    kit = a_shop(products=1, retries=Never())

    kit.buy()

    assert len(kit.member.ask(ListOrders())) == 1


def test_a_question_and_the_taking_of_deliveries_are_tried_again_like_a_command() -> None:
    begins = Commits("begin")
    kit = a_shop(begins.store, products=1, retries=a_retry(), deliveries=Deliveries(at_once=False))
    order = kit.buy()

    begins.fail(*[Fault(TryAgain("busy"))] * 2)
    assert kit.view(order).state is OrderState.PLACED
    begins.fail(*[Fault(TryAgain("busy"))] * 2)
    assert kit.shop.drain() == 1

    assert kit.view(order).state is OrderState.CONFIRMED
