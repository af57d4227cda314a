"""What carts can be asked to do.

A command about a cart may name the ``version`` that its sender saw: another one is refused with ``CartChanged``.
"""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.carts.values import a_note
from ecomcore.kernel.ids import CartId, DeliveryMethodId, MemberId, OrderId, VariantId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.money import Currency, currency
from ecomcore.kernel.quantity import a_page, a_quantity
from ecomcore.kernel.text import Personal, a_text, an_id, an_optional_id, hidden, instance_of, optional
from ecomcore.quoting import LONGEST_CODE, Destination

__all__ = [
    "ChangeCartItem",
    "ChooseDelivery",
    "ChooseDestination",
    "ChoosePayment",
    "CompleteCart",
    "EnterCoupon",
    "ExpireCarts",
    "LeaveEmail",
    "MergeCarts",
    "MoveToCart",
    "NoteOnCart",
    "PutInCart",
    "RemindOfCarts",
    "RemoveCoupon",
    "RemoveFromCart",
    "SaveForLater",
    "StartCart",
]

EDIT = Permission("carts.edit", Who.OWNER)

_an_optional_version = optional(a_quantity)
_a_coupon = hidden(a_text(LONGEST_CODE))


@frozen
class StartCart(Command[CartId]):
    """A new, empty cart. Answers with its id. Staff name the ``member`` it is for; a ``draft`` only staff see."""

    permission = Permission("carts.start", Who.OWNER)
    currency: Currency = field(converter=currency)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    draft: bool = field(default=False, validator=instance_of(bool))
    id: CartId | None = field(default=None, validator=an_optional_id)


@frozen
class PutInCart(Command[int]):
    """So many more units of a variant. Answers with the number of the item: the same variant and note are one item.

    Raises ``NotForSale``, ``TooManyUnits``, ``CartFull``.
    """

    permission = EDIT
    cart: CartId = field(validator=an_id)
    variant: VariantId = field(validator=an_id)
    quantity: int = field(default=1, validator=a_quantity)
    note: str = field(default="", validator=a_note)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class ChangeCartItem(Command[None]):
    """Another quantity, another note, or both; what is left out stays.

    Raises ``NoSuchItem``, ``NotForSale``, ``TooManyUnits``.
    """

    permission = EDIT
    cart: CartId = field(validator=an_id)
    item: int = field(validator=a_quantity)
    quantity: int | None = field(default=None, validator=optional(a_quantity))
    note: str | None = field(default=None, validator=optional(a_note))
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class RemoveFromCart(Command[None]):
    """Take the item out. Raises ``NoSuchItem``."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    item: int = field(validator=a_quantity)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class SaveForLater(Command[None]):
    """Keep the item in the cart, and do not buy it with it. Twice is once. Raises ``NoSuchItem``."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    item: int = field(validator=a_quantity)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class MoveToCart(Command[None]):
    """Buy an item that was saved for later. Twice is once. Raises ``NoSuchItem``, ``NotForSale``, ``TooManyUnits``."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    item: int = field(validator=a_quantity)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class EnterCoupon(Command[None]):
    """Use this coupon code. Whether it gives anything the quote says. Twice is once. Raises ``TooManyCoupons``."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    code: str = field(repr=False, validator=_a_coupon)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class RemoveCoupon(Command[None]):
    """Do not use this coupon code. Does nothing where it was not entered."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    code: str = field(repr=False, validator=_a_coupon)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class ChooseDelivery(Command[None]):
    """How the goods shall come; ``None`` takes the choice back."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    delivery: DeliveryMethodId | None = field(validator=an_optional_id)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class ChooseDestination(Command[None]):
    """Where the goods shall go; ``None`` takes the choice back."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    destination: Destination | None = field(validator=optional(instance_of(Destination)))
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class ChoosePayment(Command[None]):
    """By which kind of means it shall be paid; ``None`` takes the choice back."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    payment: str | None = field(validator=an_optional_id)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class LeaveEmail(Command[None]):
    """Where the owner of the cart can be reached; ``None`` takes it back."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    email: Personal | None = field(validator=optional(instance_of(Personal)))
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class NoteOnCart(Command[None]):
    """A note on the whole cart; empty text takes it back."""

    permission = EDIT
    cart: CartId = field(validator=an_id)
    note: str = field(validator=a_note)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class MergeCarts(Command[tuple[CartId, ...]]):
    """A guest has signed in: what they had in their carts comes into the member's, by the shop's ``MergePolicy``.

    Each open cart of the guest goes into the member's latest open cart of its currency, or into a new one; with
    ``into`` only those of its currency, into that cart. Answers with the carts that something came into: none for a
    token that nobody has, as for a guest without a cart. Staff name the cart. Raises ``CartFull``, ``CartClosed``.
    """

    permission = Permission("carts.merge", Who.OWNER)
    guest_token: str = field(repr=False, validator=hidden(a_text(500, empty=True)))
    into: CartId | None = field(default=None, validator=an_optional_id)


@frozen
class CompleteCart(Command[None]):
    """The cart has become this order. The same order again is once.

    Raises ``CartChanged`` for another version than the order was made of.
    """

    permission = Permission("carts.complete", Who.SYSTEM)
    cart: CartId = field(validator=an_id)
    order: OrderId = field(validator=an_id)
    version: int | None = field(default=None, validator=_an_optional_version)


@frozen
class ExpireCarts(Command[int]):
    """End the carts that nobody has touched for long, the longest silent first. Answers with how many have ended."""

    permission = Permission("carts.expire", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)


@frozen
class RemindOfCarts(Command[int]):
    """Tell of carts that nobody has touched for a while, each once for a stretch of silence. Answers with how many."""

    permission = Permission("carts.remind", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)
