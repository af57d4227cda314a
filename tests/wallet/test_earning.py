"""What is spent earns points by the shop's rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore import assemble
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.messages import Member, System
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.testing import FixedClock, euros
from ecomcore.wallet import EarnPoints, GetBalances, WalletPolicy
from ecomcore.wallet.points import earned_for

ADA = MemberId("ada")
THREE_FOR_A_EURO = WalletPolicy(points_for=Price(euros(1_00), per=3))


@pytest.mark.parametrize(
    ("cents", "times", "points"),
    [(0, 1, 0), (33, 1, 0), (34, 1, 1), (1_00, 1, 3), (1_33, 1, 3), (1_34, 2, 8), (20_00, 1, 60)],
)
def test_points_are_whole_and_multiplied_after_that(cents: int, times: int, points: int) -> None:
    assert earned_for(euros(cents), times, THREE_FOR_A_EURO) == points


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_two_orders_never_earn_more_than_one_of_both(one: int, other: int) -> None:
    apart = sum(earned_for(euros(each), 1, THREE_FOR_A_EURO) for each in (one, other))

    assert apart <= earned_for(euros(one + other), 1, THREE_FOR_A_EURO) <= apart + 1


def test_nothing_is_earned_without_a_rule_or_in_another_currency() -> None:
    yen = Money(1_000, Currency("JPY"))

    assert earned_for(euros(20_00), 1, WalletPolicy()) == 0
    assert earned_for(yen, 1, THREE_FOR_A_EURO) == 0


def test_an_order_earns_once_however_often_it_is_said() -> None:
    shop = assemble(wallet_policy=THREE_FOR_A_EURO)

    answers = [shop.handle(EarnPoints(ADA, OrderId("order-1"), euros(20_00)), by=System()) for _ in range(2)]

    assert answers == [60, 60]
    assert [each.available for each in shop.ask(GetBalances(), by=Member(ADA))] == [60]


def test_points_that_were_earned_are_good_for_as_long_as_the_shop_says() -> None:
    clock = FixedClock()
    policy = WalletPolicy(points_for=Price(euros(1_00)), points_validity=timedelta(days=365))
    shop = assemble(wallet_policy=policy, clock=clock)

    shop.handle(EarnPoints(ADA, OrderId("order-1"), euros(5_00)), by=System())

    (balance,) = shop.ask(GetBalances(), by=Member(ADA))
    assert balance.expires_at == clock.now() + timedelta(days=365)


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("points_for", lambda: WalletPolicy(points_for=Price(euros(0)))),
        ("points_validity", lambda: WalletPolicy(points_validity=timedelta(0))),
    ],
)
def test_a_rule_that_gives_endless_or_stillborn_points_is_refused(name: str, policy: object) -> None:
    with pytest.raises(Invalid, match=name):
        policy()  # type: ignore[operator]
