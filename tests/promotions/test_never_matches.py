"""Terms that no cart could meet are found; terms that one might are left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.ids import ProductId
from ecomcore.kernel.money import Currency, Money
from ecomcore.promotions import never_matches
from ecomcore.quoting import (
    AllOf,
    AmountOff,
    AnyOf,
    Condition,
    DeliveredBy,
    GroupBuy,
    InChannel,
    InCurrency,
    InGroup,
    InSegment,
    InTier,
    ItemQuantity,
    Items,
    ItemTotal,
    Not,
    OfCompany,
    OrderNumber,
    PaysBy,
    Registered,
    Terms,
)
from ecomcore.testing import NOON, euros
from ecomcore.testing.promotion_strategies import terms
from ecomcore.testing.promotions import terms_of

HOUR = timedelta(hours=1)
TEA, COFFEE = Items((ProductId("tea"),)), Items((ProductId("coffee"),))
EUR, USD = Currency("EUR"), Currency("USD")


def why(*conditions: Condition, **changes: Any) -> str | None:
    return never_matches(terms_of(conditions=conditions, **changes), NOON)


NEVER: dict[str, tuple[Condition, ...]] = {
    "two channels": (InChannel(("web",)), InChannel(("app",))),
    "two tiers": (InTier(("gold",)), InTier(("silver", "bronze"))),
    "two companies": (OfCompany(("a",)), OfCompany(("b",))),
    "two currencies": (InCurrency((EUR,)), InCurrency((USD,))),
    "two ways to pay": (PaysBy(("card",)), PaysBy(("cash",))),
    "two deliveries": (DeliveredBy(("parcel",)), DeliveredBy(("pickup",))),
    "three channels that do not meet": (
        InChannel(("a", "b")),
        InChannel(("b", "c")),
        InChannel(("a", "c")),
    ),
    "a channel that is excluded": (InChannel(("web",)), Not(InChannel(("web", "app")))),
    "a guest who is registered": (Registered(), Not(Registered())),
    "a condition and its opposite": (InGroup(("a",)), Not(InGroup(("a",)))),
    "the opposite within": (AllOf((Registered(),)), AllOf((Not(AnyOf((Registered(), InGroup(("a",))))),))),
    "an opposite of an opposite": (Not(Not(Registered())), Not(Registered())),
    "a choice of one": (AnyOf((InChannel(("web",)),)), InChannel(("app",))),
    "more and fewer of the same": (ItemQuantity(TEA, 5), ItemQuantity(TEA, 1, 4)),
    "dearer and cheaper": (ItemTotal(euros(50)), ItemTotal(euros(0), at_most=euros(49))),
    "the first order and a later one": (OrderNumber(1, 1), OrderNumber(2)),
}

MAYBE: dict[str, tuple[Condition, ...]] = {
    "nothing asked": (),
    "a channel of both": (InChannel(("web", "app")), InChannel(("app",))),
    "a channel that is not excluded": (InChannel(("web", "app")), Not(InChannel(("web",)))),
    "a buyer in two groups": (InGroup(("a",)), InGroup(("b",))),
    "a buyer in two segments": (InSegment(("a",)), InSegment(("b",))),
    "one or the other": (AnyOf((InChannel(("web",)), InChannel(("app",)))),),
    "not both": (Not(AllOf((InChannel(("web",)), InChannel(("app",))))),),
    "a tier and a channel of one name": (InTier(("web",)), InChannel(("app",))),
    "ranges that touch": (ItemQuantity(TEA, 4), ItemQuantity(TEA, 1, 4)),
    "ranges of different items": (ItemQuantity(TEA, 5), ItemQuantity(COFFEE, 1, 4)),
    "amounts that touch": (ItemTotal(euros(50)), ItemTotal(euros(0), at_most=euros(50))),
    "orders that touch": (OrderNumber(1, 3), OrderNumber(3)),
    "the quantity and the worth": (ItemQuantity(TEA, 5), ItemTotal(euros(1), TEA, euros(2))),
    "a guest": (Not(Registered()),),
}


@pytest.mark.parametrize("conditions", NEVER.values(), ids=NEVER)
def test_conditions_that_exclude_each_other_can_never_match(conditions: tuple[Condition, ...]) -> None:
    assert why(*conditions)
    assert why(*reversed(conditions))
    assert why(AllOf(conditions))


@pytest.mark.parametrize("conditions", MAYBE.values(), ids=MAYBE)
def test_conditions_that_might_hold_together_are_left_alone(conditions: tuple[Condition, ...]) -> None:
    assert why(*conditions) is None


def test_amounts_in_a_currency_that_the_conditions_exclude_can_never_match() -> None:
    off = (AmountOff(Money(1_00, USD)),)

    assert "USD" in (why(InCurrency((EUR,)), effects=off) or "")
    assert why(InCurrency((EUR, USD)), Not(InCurrency((USD,))), effects=off)
    assert why(InCurrency((EUR, USD)), effects=off) is None
    assert why(Not(InCurrency((EUR,))), effects=off) is None


def test_a_period_that_is_over_can_never_match_and_one_that_is_not_can() -> None:
    assert why(period=Period(NOON - HOUR, NOON))
    assert why(period=Period(NOON - HOUR, NOON + HOUR)) is None
    assert why(period=Period(NOON + HOUR)) is None


def test_a_group_that_ends_before_its_period_begins_can_never_match() -> None:
    assert why(period=Period(NOON), group_buy=GroupBuy(2, NOON))
    assert why(period=Period(NOON), group_buy=GroupBuy(2, NOON + HOUR)) is None
    assert why(group_buy=GroupBuy(2, NOON)) is None


@given(terms())
def test_neither_order_nor_repetition_of_conditions_matters(drawn: Terms) -> None:
    turned = evolve(drawn, conditions=(*reversed(drawn.conditions), *drawn.conditions))

    assert (never_matches(drawn, NOON) is None) == (never_matches(turned, NOON) is None)
