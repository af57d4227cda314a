"""What a database would refuse of carts, in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecomcore.carts import Cart, CartState
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import CartId, OrderId

__all__ = ["check_carts"]


def check_carts(carts: Sequence[Cart], cart_of: Mapping[OrderId, CartId]) -> None:
    """A completed cart, and no other, has an order, which comes of no other cart. Raises as a database would."""
    known: dict[OrderId, CartId] = {}
    for cart in carts:
        if (cart.state is CartState.COMPLETED) != (cart.order is not None):
            raise InvariantViolated(f"cart {cart.id}: it is {cart.state}, its order is {cart.order}")
        if cart.order is not None:
            owner = known.setdefault(cart.order, cart_of.get(cart.order, cart.id))
            if owner != cart.id:
                raise Duplicate("Cart", cart.id)
