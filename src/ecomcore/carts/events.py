"""What carts tell. No event names a coupon code, a note or an address."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId, OrderId, VariantId
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Currency

__all__ = [
    "CartAbandoned",
    "CartCompleted",
    "CartExpired",
    "CartItemChanged",
    "CartMerged",
    "CartRevised",
    "CartStarted",
    "CartTookIn",
    "ItemMovedToCart",
    "ItemPutInCart",
    "ItemRemovedFromCart",
    "ItemSavedForLater",
]


@frozen
class CartStarted(Event):
    """There is a new, empty cart."""

    cart: CartId
    owner: str
    currency: Currency
    draft: bool


@frozen
class ItemPutInCart(Event):
    """So many more units are wanted."""

    cart: CartId
    item: int
    variant: VariantId
    quantity: int


@frozen
class CartItemChanged(Event):
    """The item has another quantity or note; ``quantity`` is what it has now."""

    cart: CartId
    item: int
    variant: VariantId
    quantity: int


@frozen
class ItemRemovedFromCart(Event):
    """The item is not wanted any more."""

    cart: CartId
    item: int
    variant: VariantId
    quantity: int


@frozen
class ItemSavedForLater(Event):
    """The item stays in the cart, and is not bought with it."""

    cart: CartId
    item: int
    variant: VariantId


@frozen
class ItemMovedToCart(Event):
    """An item that was saved for later is wanted now."""

    cart: CartId
    item: int
    variant: VariantId


@frozen
class CartRevised(Event):
    """Something was chosen for the cart as a whole: coupons, delivery, destination, payment, e-mail address or note."""

    cart: CartId


@frozen
class CartTookIn(Event):
    """What another cart held is in this one now."""

    cart: CartId
    other: CartId


@frozen
class CartMerged(Event):
    """The cart has become part of another."""

    cart: CartId
    into: CartId


@frozen
class CartCompleted(Event):
    """The cart has become an order."""

    cart: CartId
    order: OrderId


@frozen
class CartExpired(Event):
    """Nobody has touched the cart for so long that it has ended."""

    cart: CartId


@frozen
class CartAbandoned(Event):
    """Nobody has touched the cart, which has items in it, for a while. Told once for each such stretch of silence."""

    cart: CartId
    owner: str
    items: int
    touched_at: Instant
