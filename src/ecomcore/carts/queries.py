"""What carts can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.carts.cart import CartState
from ecomcore.carts.values import CartItem
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId, DeliveryMethodId, MemberId, OrderId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Currency
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import Personal, an_id, an_optional_id
from ecomcore.quoting import Destination, Quote

__all__ = ["CartProblem", "CartSummary", "CartView", "GetCart", "ListCarts"]


@frozen
class CartProblem:
    """Why a cart has no price now: the name of the refusal, what it says, and the variant it is about, if it is one."""

    name: str
    sentence: str
    variant: VariantId | None = None


@frozen(kw_only=True)
class CartView:
    """A cart as its owner and staff see it. ``version`` is what a command may name as seen.

    An open cart has either a ``quote`` or a ``problem``; one that has ended has neither.
    """

    id: CartId
    version: int
    owner: str
    draft: bool
    state: CartState
    currency: Currency
    channel: str
    items: tuple[CartItem, ...]
    later: tuple[CartItem, ...]
    coupons: tuple[str, ...] = field(repr=False)
    delivery: DeliveryMethodId | None
    destination: Destination | None
    payment: str | None
    email: Personal | None
    note: str
    order: OrderId | None
    touched_at: Instant
    quote: Quote | None
    problem: CartProblem | None


@frozen(kw_only=True)
class CartSummary:
    """A cart in a list. ``items`` counts those to be bought, ``units`` their units, ``later`` those saved for later."""

    id: CartId
    version: int
    owner: str
    draft: bool
    state: CartState
    currency: Currency
    channel: str
    items: int
    units: int
    later: int
    order: OrderId | None
    touched_at: Instant


@frozen
class GetCart(Query[CartView]):
    """One cart, with what it costs now. Somebody else's is not found."""

    permission = Permission("carts.view", Who.OWNER)
    cart: CartId = field(validator=an_id)


@frozen
class ListCarts(Query[tuple[CartSummary, ...]]):
    """One's carts, latest first; page on with the last id. Staff name the ``member``, and see drafts too."""

    permission = Permission("carts.list", Who.OWNER)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    before: CartId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
