"""Carts for tests: builders with defaults, and a Hypothesis strategy.

a_cart(items=[an_item(quantity=3), an_item(2, variant="cup", later=True)])
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.carts import Cart, CartItem, CartState
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId, DeliveryMethodId, OrderId, VariantId
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.quoting import Destination
from ecomcore.testing import strategies as drawn
from ecomcore.testing.clock import NOON

__all__ = ["a_cart", "an_item", "carts", "items_of_carts"]


def an_item(
    number: int = 1, *, variant: str = "tea", quantity: int = 1, note: str = "", later: bool = False
) -> CartItem:
    """One unit of ``tea``."""
    return CartItem(number, VariantId(variant), quantity, note, later)


def a_cart(
    id: str = "cart",
    *,
    owner: str = "member:ada",
    draft: bool = False,
    currency: str = "EUR",
    channel: str = "default",
    state: CartState = CartState.OPEN,
    touched_at: Instant = NOON,
    items: Iterable[CartItem] | None = None,
    order: str | None = None,
    **choices: Any,
) -> Cart:
    """Ada's open cart with one item; a completed one has become ``<id>-order``."""
    held = (an_item(),) if items is None else tuple(items)
    if order is None and state is CartState.COMPLETED:
        order = f"{id}-order"
    return Cart(
        id=CartId(id),
        owner=owner,
        draft=draft,
        currency=Currency(currency),
        channel=channel,
        state=state,
        touched_at=touched_at,
        items=held,
        last_item=max((item.number for item in held), default=0),
        order=None if order is None else OrderId(order),
        **choices,
    )


@st.composite
def items_of_carts(
    draw: st.DrawFn, *, variants: SearchStrategy[str] | None = None, most: int = 6
) -> tuple[CartItem, ...]:
    """Items with different keys, numbered upwards with gaps."""
    keys = draw(
        st.lists(st.tuples(variants or drawn.ids(), drawn.texts(40), st.booleans()), max_size=most, unique=True)
    )
    numbers = accumulate(draw(st.lists(st.integers(1, 9), min_size=len(keys), max_size=len(keys))))
    return tuple(
        CartItem(number, VariantId(variant), draw(drawn.quantities()), note, later)
        for number, (variant, note, later) in zip(numbers, keys, strict=True)
    )


@st.composite
def carts(draw: st.DrawFn, prefix: str = "") -> Cart:
    """Any cart there can be."""
    state = draw(st.sampled_from(CartState))
    items = draw(items_of_carts())
    destination = st.builds(
        Destination, st.sampled_from(["DE", "US"]), st.none() | drawn.texts(100), st.none() | drawn.texts(20)
    )
    return Cart(
        id=CartId(f"{prefix}cart"),
        owner=f"member:{draw(drawn.ids())}",
        draft=draw(st.booleans()),
        currency=draw(drawn.currencies()),
        channel=draw(drawn.ids()),
        state=state,
        touched_at=draw(drawn.instants()),
        items=items,
        last_item=max((item.number for item in items), default=0) + draw(st.integers(0, 3)),
        coupons=tuple(draw(st.lists(drawn.texts(64), max_size=3, unique=True))),
        delivery=draw(st.none() | drawn.ids().map(DeliveryMethodId)),
        destination=draw(st.none() | destination),
        payment=draw(st.none() | drawn.ids()),
        email=draw(st.none() | drawn.texts().map(Personal)),
        note=draw(st.just("") | drawn.texts()),
        order=OrderId(f"{prefix}order") if state is CartState.COMPLETED else None,
        reminded=draw(st.booleans()),
    )
