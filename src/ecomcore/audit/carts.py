"""What must hold of carts: each item once and under its own number, and an order for what was completed."""

from __future__ import annotations

from collections.abc import Container, Iterator

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.carts import Cart, Carts, CartState
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import Orders

__all__ = ["carts"]


def carts(persistence: Persistence) -> Iterator[Breach]:
    """Each cart on its own, and its events."""
    for work, page in pages(persistence, Carts):
        ordered = [cart.order for cart in page if cart.order is not None]
        orders = work.repository(Orders).many(ordered) if ordered else {}
        for cart in page:
            yield from _cart(cart, orders)
        yield from told(work, page)


def _cart(cart: Cart, orders: Container[OrderId]) -> Iterator[Breach]:
    row = (f"cart {cart.id}",)
    numbers = [item.number for item in cart.items]
    if len(set(numbers)) < len(numbers) or not all(1 <= number <= cart.last_item for number in numbers):
        yield Breach("each item of a cart has its own number", row, f"{numbers}, {cart.last_item} was given last")
    if len({item.key for item in cart.items}) < len(numbers):
        yield Breach("a cart has the same thing once", row, "two items are of the same variant, with the same note")
    if any(item.quantity < 1 for item in cart.items):
        yield Breach("an item of a cart has units", row, "one has none")
    if (cart.state is CartState.COMPLETED) != (cart.order is not None):
        yield Breach("a completed cart, and no other, is an order", row, f"it is {cart.state}, its order: {cart.order}")
    elif cart.order is not None and cart.order not in orders:
        yield Breach("a completed cart has its order", (*row, f"order {cart.order}"), "there is none")
