"""A cart is what somebody means to buy. It is not an order: it names no price and holds no stock.

It belongs to a member, or to a guest who is known by a secret token only; staff also make drafts for a member, which
only staff see until they turn them into an order. While it is open, items are put in, changed, removed, saved for later
and moved back; coupons, delivery, destination, means of payment and an e-mail address are chosen for it. The same
variant with the same note is one item, and the number of an item is never given to another.

It ends once: it becomes an order, or part of another cart when a guest signs in, or it expires because nobody has
touched it for long. A cart that has ended takes no changes. Before that, after a shorter silence, it is told of as
abandoned, once, until somebody touches it again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from attrs import evolve, field, frozen

from ecomcore.carts.errors import CartChanged, CartClosed, CartFull, NoSuchItem, TooManyCoupons
from ecomcore.carts.events import (
    CartAbandoned,
    CartCompleted,
    CartExpired,
    CartItemChanged,
    CartMerged,
    CartRevised,
    CartStarted,
    CartTookIn,
    ItemMovedToCart,
    ItemPutInCart,
    ItemRemovedFromCart,
    ItemSavedForLater,
)
from ecomcore.carts.merging import merged
from ecomcore.carts.values import CartItem, CartsPolicy, Offered
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import CartId, DeliveryMethodId, OrderId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Currency
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import Personal
from ecomcore.quoting import MOST_CODES, CartLine, Destination, NotForSale, TooManyUnits
from ecomcore.quoting import Cart as WantedCart

__all__ = ["CART_LIFECYCLE", "Cart", "CartState"]


class CartState(StrEnum):
    """Open: it can be changed. Completed: an order. Merged: part of another cart. Expired: forgotten."""

    OPEN = "open"
    COMPLETED = "completed"
    MERGED = "merged"
    EXPIRED = "expired"


CART_LIFECYCLE = Lifecycle(
    "cart",
    CartState.OPEN,
    {
        "complete": move(CartState.OPEN, to=CartState.COMPLETED),
        "merge": move(CartState.OPEN, to=CartState.MERGED),
        "expire": move(CartState.OPEN, to=CartState.EXPIRED),
    },
)


@frozen(kw_only=True)
class Cart(Aggregate):
    """What an owner means to buy, in one currency and channel. ``last_item`` is the number given last."""

    id: CartId
    owner: str
    draft: bool
    currency: Currency
    channel: str
    state: CartState
    touched_at: Instant
    items: tuple[CartItem, ...] = ()
    last_item: int = 0
    coupons: tuple[str, ...] = field(default=(), repr=False)
    delivery: DeliveryMethodId | None = None
    destination: Destination | None = None
    payment: str | None = None
    email: Personal | None = None
    note: str = ""
    order: OrderId | None = None
    reminded: bool = False

    @classmethod
    def start(
        cls, id: CartId, owner: str, currency: Currency, channel: str, at: Instant, *, draft: bool = False
    ) -> Self:
        """An empty cart."""
        cart = cls(
            id=id,
            owner=owner,
            draft=draft,
            currency=currency,
            channel=channel,
            state=CART_LIFECYCLE.initial,
            touched_at=at,
        )
        return cart.telling(CartStarted(id, owner, currency, draft))

    # -- looking at it ---------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether it can be changed."""
        return self.state is CartState.OPEN

    @property
    def active(self) -> tuple[CartItem, ...]:
        """The items that are bought with it."""
        return tuple(item for item in self.items if not item.later)

    @property
    def later(self) -> tuple[CartItem, ...]:
        """The items that are saved for later."""
        return tuple(item for item in self.items if item.later)

    @property
    def is_waiting(self) -> bool:
        """Whether its owner is still to be reminded of it, once it has been silent for long enough."""
        return self.is_open and not self.draft and not self.reminded and bool(self.active)

    def item(self, number: int) -> CartItem:
        """The item of this number. Raises ``NoSuchItem``."""
        for item in self.items:
            if item.number == number:
                return item
        raise NoSuchItem(self.id, number)

    def wanted(self) -> WantedCart:
        """What is asked a price for: a line for each active item, in their order."""
        lines = tuple(trusted(CartLine, item.variant, item.quantity) for item in self.active)
        return trusted(
            WantedCart, self.currency, lines, self.coupons, self.delivery, self.destination, self.payment, None
        )

    def seen(self, version: int | None) -> Self:
        """The cart, if it is as it was seen; ``None`` does not mind. Raises ``CartChanged``.

        Of one that has ended there is more to say than that it has changed: whoever changes it is told.
        """
        if version not in (None, self.version) and self.is_open:
            raise CartChanged(self.id, version, self.version)
        return self

    # -- its items -------------------------------------------------------------------------------------------------

    def put(
        self, variant: VariantId, quantity: int, note: str, at: Instant, *, offered: Offered, most_items: int
    ) -> Self:
        """So many more units. Raises ``NotForSale``, ``TooManyUnits``, ``CartFull``."""
        self._refuse_if_closed()
        known = next((item for item in self.items if item.key == (variant, note, False)), None)
        item = evolve(known, quantity=known.quantity + quantity) if known else None
        items = self._with(item) if item else (*self.items, CartItem(self.last_item + 1, variant, quantity, note))
        self._refuse_more(variant, items, offered)
        if len(items) > max(most_items, len(self.items)):
            raise CartFull(self.id, most_items)
        number = item.number if item else self.last_item + 1
        return self._touched(
            at,
            ItemPutInCart(self.id, number, variant, quantity),
            items=items,
            last_item=max(self.last_item, number),
        )

    def change_item(self, number: int, quantity: int | None, note: str | None, at: Instant, offered: Offered) -> Self:
        """Another quantity or note; ``None`` leaves it as it is. Raises ``NoSuchItem``, and as ``put`` for more."""
        self._refuse_if_closed()
        item = self.item(number)
        changed = evolve(
            item,
            quantity=item.quantity if quantity is None else quantity,
            note=item.note if note is None else note,
        )
        if changed == item:
            return self
        items = self._with(changed)
        self._refuse_more(item.variant, items, offered)
        whole = next(each for each in items if each.number == number)
        return self._touched(at, CartItemChanged(self.id, number, item.variant, whole.quantity), items=items)

    def remove(self, number: int, at: Instant) -> Self:
        """The item is not wanted any more. Raises ``NoSuchItem``."""
        self._refuse_if_closed()
        gone = self.item(number)
        items = tuple(item for item in self.items if item is not gone)
        return self._touched(at, ItemRemovedFromCart(self.id, number, gone.variant, gone.quantity), items=items)

    def save_for_later(self, number: int, at: Instant) -> Self:
        """The item stays, and is not bought with the cart. Raises ``NoSuchItem``. Twice is once."""
        self._refuse_if_closed()
        item = self.item(number)
        if item.later:
            return self
        items = self._with(evolve(item, later=True))
        return self._touched(at, ItemSavedForLater(self.id, number, item.variant), items=items)

    def move_to_cart(self, number: int, at: Instant, offered: Offered) -> Self:
        """The item is wanted now. Raises ``NoSuchItem``, ``NotForSale``, ``TooManyUnits``. Twice is once."""
        self._refuse_if_closed()
        item = self.item(number)
        if not item.later:
            return self
        items = self._with(evolve(item, later=False))
        self._refuse_more(item.variant, items, offered)
        return self._touched(at, ItemMovedToCart(self.id, number, item.variant), items=items)

    def _with(self, changed: CartItem) -> tuple[CartItem, ...]:
        """The items with this one in the place of the one of its number; another that is the same goes up in it."""
        twin = next((item for item in self.items if item.key == changed.key and item.number != changed.number), None)
        if twin is not None:
            changed = evolve(changed, quantity=changed.quantity + twin.quantity)
        if changed.quantity > MAX_QUANTITY:
            raise TooManyUnits(changed.variant, MAX_QUANTITY, changed.quantity)
        return tuple(changed if item.number == changed.number else item for item in self.items if item is not twin)

    def _refuse_more(self, variant: VariantId, items: tuple[CartItem, ...], offered: Offered) -> None:
        """Limits hold for the variant, however many items ask for it. Fewer units than before are never too many."""
        wanted = _units(variant, items)
        if wanted <= _units(variant, self.items):
            return
        if variant not in offered:
            raise NotForSale(variant)
        most = offered[variant] or MAX_QUANTITY
        if wanted > most:
            raise TooManyUnits(variant, most, wanted)

    # -- what is chosen for it -------------------------------------------------------------------------------------

    def enter_coupon(self, code: str, at: Instant) -> Self:
        """Another code, as it was typed; what it is worth the quote says. Raises ``TooManyCoupons``. Twice is once."""
        self._refuse_if_closed()
        coupons = tuple(dict.fromkeys((*self.coupons, code)))
        if len(coupons) > MOST_CODES:
            raise TooManyCoupons(self.id, MOST_CODES)
        return self._revised(at, coupons=coupons)

    def remove_coupon(self, code: str, at: Instant) -> Self:
        """The code is not used. One that is not there changes nothing."""
        return self._revised(at, coupons=tuple(each for each in self.coupons if each != code))

    def choose_delivery(self, delivery: DeliveryMethodId | None, at: Instant) -> Self:
        """How the goods shall come; ``None``: not chosen."""
        return self._revised(at, delivery=delivery)

    def choose_destination(self, destination: Destination | None, at: Instant) -> Self:
        """Where the goods shall go; ``None``: not chosen."""
        return self._revised(at, destination=destination)

    def choose_payment(self, payment: str | None, at: Instant) -> Self:
        """By which kind of means it shall be paid; ``None``: not chosen."""
        return self._revised(at, payment=payment)

    def leave_email(self, email: Personal | None, at: Instant) -> Self:
        """Where its owner can be reached; ``None``: nowhere."""
        return self._revised(at, email=email)

    def write_note(self, note: str, at: Instant) -> Self:
        """A note on the whole cart; empty: none."""
        return self._revised(at, note=note)

    def _revised(self, at: Instant, **choice: Any) -> Self:
        self._refuse_if_closed()
        if all(getattr(self, name) == value for name, value in choice.items()):
            return self
        return self._touched(at, CartRevised(self.id), **choice)

    # -- its ends --------------------------------------------------------------------------------------------------

    def take_in(self, other: Cart, policy: CartsPolicy, offered: Offered, at: Instant) -> Self:
        """What another cart holds comes into this one; where nothing is chosen here, the other's choice holds.

        Raises ``CartFull``. Coupon codes are taken over up to as many as a cart holds.
        """
        self._refuse_if_closed()
        items = merged(self.items, other.items, policy.merge, offered, self.last_item)
        if len(items) > max(policy.most_items, len(self.items)):
            raise CartFull(self.id, policy.most_items)
        return self._touched(
            at,
            CartTookIn(self.id, other.id),
            items=items,
            last_item=max((self.last_item, *(item.number for item in items))),
            coupons=tuple(dict.fromkeys((*self.coupons, *other.coupons)))[:MOST_CODES],
            delivery=self.delivery or other.delivery,
            destination=self.destination or other.destination,
            payment=self.payment or other.payment,
            email=self.email or other.email,
            note=self.note or other.note,
        )

    def merge(self, into: CartId) -> Self:
        """It has become part of another cart, and forgets the e-mail address."""
        state = CART_LIFECYCLE.after("merge", self.state)
        return self.telling(CartMerged(self.id, into), state=state, email=None)

    def complete(self, order: OrderId) -> Self:
        """It has become an order. The same order again changes nothing."""
        if self.state is CartState.COMPLETED and self.order == order:
            return self
        state = CART_LIFECYCLE.after("complete", self.state)
        return self.telling(CartCompleted(self.id, order), state=state, order=order)

    def expire(self) -> Self:
        """It ends because nobody has touched it, and forgets the e-mail address."""
        return self.telling(CartExpired(self.id), state=CART_LIFECYCLE.after("expire", self.state), email=None)

    def remind(self) -> Self:
        """Tell of it as abandoned. It changes nothing where there is nobody, or nothing, to remind of."""
        if not self.is_waiting:
            return self
        return self.telling(CartAbandoned(self.id, self.owner, len(self.active), self.touched_at), reminded=True)

    def _touched(self, at: Instant, *events: Event, **changes: Any) -> Self:
        self._refuse_if_closed()
        return self.telling(*events, touched_at=at, reminded=False, **changes)

    def _refuse_if_closed(self) -> None:
        if not self.is_open:
            raise CartClosed(self.id, self.state)


def _units(variant: VariantId, items: tuple[CartItem, ...]) -> int:
    return sum(item.quantity for item in items if item.variant == variant and not item.later)
