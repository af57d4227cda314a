"""A group buy: buyers come and go until there are enough, or until the time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import OrderId, PromotionId
from ecomcore.promotions import GROUP_BUY_LIFECYCLE, GroupBuy, GroupBuyFailed, GroupBuyState, GroupBuySucceeded
from ecomcore.testing import NOON
from ecomcore.testing.promotions import a_group_buy

PROMO = PromotionId("promo")
FIRST, SECOND, THIRD = OrderId("first"), OrderId("second"), OrderId("third")
LATER = NOON + timedelta(hours=1)


def open_group(buyers: int = 2) -> GroupBuy:
    return GroupBuy.open(PROMO, buyers, LATER)


VERBS: dict[str, Callable[[GroupBuy], GroupBuy]] = {"succeed": GroupBuy._succeed, "fail": GroupBuy.fail}


@pytest.mark.parametrize(("verb", "state", "to"), tuple(GROUP_BUY_LIFECYCLE.cells()))
def test_a_group_buy_moves_as_its_table_says(verb: str, state: GroupBuyState, to: GroupBuyState | None) -> None:
    group = a_group_buy(state=state)

    if to is None:
        with pytest.raises(IllegalTransition):
            VERBS[verb](group)
    else:
        assert VERBS[verb](group).state is to


def test_enough_different_buyers_make_it_succeed_for_all_of_them() -> None:
    group = open_group().join(FIRST, "ada", NOON).join(SECOND, "bob", NOON)

    assert group.state is GroupBuyState.SUCCEEDED
    assert group.news == (GroupBuySucceeded(PROMO, (FIRST, SECOND)),)


def test_one_buyer_with_two_orders_is_one_buyer() -> None:
    group = open_group().join(FIRST, "ada", NOON).join(SECOND, "ada", NOON)

    assert (group.buyers, group.state, group.news) == (1, GroupBuyState.OPEN, ())


def test_whoever_joins_after_it_has_succeeded_has_succeeded_too() -> None:
    group = a_group_buy(state=GroupBuyState.SUCCEEDED).join(THIRD, "eve", NOON)

    assert group.news == (GroupBuySucceeded(PROMO, (THIRD,)),)


def test_whoever_joins_after_it_has_failed_has_failed_too() -> None:
    group = a_group_buy(state=GroupBuyState.FAILED).join(THIRD, "eve", NOON)

    assert group.news == (GroupBuyFailed(PROMO, (THIRD,)),)


def test_whoever_pays_when_its_time_is_over_ends_it_for_all() -> None:
    group = open_group().join(FIRST, "ada", NOON).join(SECOND, "bob", LATER)

    assert group.state is GroupBuyState.FAILED
    assert group.news == (GroupBuyFailed(PROMO, (FIRST, SECOND)),)


def test_an_order_joins_once() -> None:
    group = open_group(3).join(FIRST, "ada", NOON)

    assert group.join(FIRST, "ada", NOON) is group


def test_whoever_leaves_while_it_is_open_counts_no_more_and_may_come_again() -> None:
    group = open_group(3).join(FIRST, "ada", NOON).join(SECOND, "bob", NOON).leave(FIRST)

    assert group.joined == ((SECOND, "bob"),)
    assert group.leave(FIRST) is group
    assert group.join(FIRST, "ada", NOON).joined == ((SECOND, "bob"), (FIRST, "ada"))


def test_nobody_leaves_what_is_settled() -> None:
    group = open_group().join(FIRST, "ada", NOON).join(SECOND, "bob", NOON)

    assert group.leave(FIRST) is group


def test_a_group_of_one_succeeds_at_once() -> None:
    assert open_group(1).join(FIRST, "", NOON).news == (GroupBuySucceeded(PROMO, (FIRST,)),)
