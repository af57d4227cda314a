"""How carts refuse."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import CartId

__all__ = ["CartChanged", "CartClosed", "CartFull", "NoSuchItem", "TooManyCoupons"]


@define(eq=False, str=False)
class CartChanged(Refused):
    """The cart is not as it was when it was seen."""

    cart: CartId
    seen: int
    version: int

    def sentence(self) -> str:
        return f"cart {self.cart} was seen at version {self.seen} and is at {self.version} now; look at it again"


@define(eq=False, str=False)
class CartClosed(Refused):
    """The cart has ended and takes no changes."""

    cart: CartId
    state: str

    def sentence(self) -> str:
        return f"cart {self.cart} is {self.state} and cannot be changed; start another"


@define(eq=False, str=False)
class CartFull(Refused):
    """The cart holds no more items."""

    cart: CartId
    most: int

    def sentence(self) -> str:
        return f"cart {self.cart} holds at most {self.most} items; remove some, or order in parts"


@define(eq=False, str=False)
class NoSuchItem(Refused):
    """The cart has no item of this number."""

    cart: CartId
    item: int

    def sentence(self) -> str:
        return f"cart {self.cart} has no item {self.item}"


@define(eq=False, str=False)
class TooManyCoupons(Refused):
    """The cart holds no more coupon codes."""

    cart: CartId
    most: int

    def sentence(self) -> str:
        return f"cart {self.cart} holds at most {self.most} coupon codes; remove one first"
