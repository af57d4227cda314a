"""The audit finds a cart that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ecomcore.carts import Cart, CartState, GetCart, MergeCarts, PutInCart, SaveForLater, StartCart
from ecomcore.kernel.ids import CartId, OrderId
from ecomcore.kernel.money import Currency
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import a_shop
from ecomcore.testing.carts import an_item

ID = CartId("cart")
TEA = an_item(1)


def breaches_with(**changes: Any) -> list[tuple[str, tuple[str, ...]]]:
    """What the audit says of a shop in which a cart was changed behind everybody's back."""
    kit = a_shop()
    kit.guest.handle(PutInCart(kit.guest.handle(StartCart(Currency("EUR"))), kit.variants[0]))
    kit.member.handle(StartCart(Currency("EUR"), id=ID))
    for variant in kit.variants:
        kit.member.handle(PutInCart(ID, variant))
    kit.member.handle(SaveForLater(ID, 2))
    kit.member.handle(MergeCarts("a-token-of-a-guest"))
    assert kit.member.ask(GetCart(ID)).quote is not None
    assert isinstance(kit.persistence, MemoryPersistence)
    rows = kit.persistence._tables.rows[Cart]
    rows[ID] = rows[ID].having(**changes)
    return [(breach.rule, breach.rows) for breach in kit.shop.audit()]


def test_healthy_carts_have_no_breaches() -> None:
    assert breaches_with() == []


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("each item of a cart has its own number", {"items": (TEA, evolve(TEA, note="gift"))}),
        ("each item of a cart has its own number", {"items": (evolve(TEA, number=9),), "last_item": 8}),
        ("each item of a cart has its own number", {"items": (evolve(TEA, number=0),)}),
        ("a cart has the same thing once", {"items": (TEA, evolve(TEA, number=2))}),
        ("an item of a cart has units", {"items": (evolve(TEA, quantity=0),)}),
        ("a completed cart, and no other, is an order", {"state": CartState.COMPLETED}),
        ("a completed cart, and no other, is an order", {"order": OrderId("order")}),
    ],
)
def test_what_cannot_be_in_a_cart_is_found(rule: str, changes: dict[str, Any]) -> None:
    assert breaches_with(**changes) == [(rule, ("cart cart",))]


def test_an_event_that_is_missing_is_found() -> None:
    assert breaches_with(told=99) == [("the outbox keeps every event", ("Cart cart",))]
