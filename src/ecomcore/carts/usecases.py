"""The use cases of carts: load, decide, save."""

from __future__ import annotations

from collections.abc import Iterable
from hmac import compare_digest
from typing import TypeAlias

from ecomcore.carts.cart import Cart
from ecomcore.carts.commands import (
    ChangeCartItem,
    ChooseDelivery,
    ChooseDestination,
    ChoosePayment,
    CompleteCart,
    EnterCoupon,
    ExpireCarts,
    LeaveEmail,
    MergeCarts,
    MoveToCart,
    NoteOnCart,
    PutInCart,
    RemindOfCarts,
    RemoveCoupon,
    RemoveFromCart,
    SaveForLater,
    StartCart,
)
from ecomcore.carts.errors import CartClosed
from ecomcore.carts.ports import CartQuotes, Carts, Goods
from ecomcore.carts.queries import CartProblem, CartSummary, CartView, GetCart, ListCarts
from ecomcore.carts.values import CartsPolicy
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound, PermissionDenied, PortUnavailable, Refused
from ecomcore.kernel.ids import CartId, Ids
from ecomcore.kernel.messages import Envelope, Guest, Member
from ecomcore.quoting import Quote

_Edit: TypeAlias = (
    PutInCart
    | ChangeCartItem
    | RemoveFromCart
    | SaveForLater
    | MoveToCart
    | EnterCoupon
    | RemoveCoupon
    | ChooseDelivery
    | ChooseDestination
    | ChoosePayment
    | LeaveEmail
    | NoteOnCart
)

_MOST_MERGED = 100
"""Carts of one guest that one command merges: nobody has more but by mistake or malice."""


def start_cart(command: StartCart, carts: Carts, clock: Clock, ids: Ids, envelope: Envelope) -> CartId:
    owner = _owner(command, envelope)
    if owner is None:
        raise Invalid("member", None, "the member for whom staff start the cart")
    id_ = command.id or CartId(ids.new())
    if carts.find(id_):
        raise AlreadyExists("cart", "id", id_)
    carts.save(Cart.start(id_, owner, command.currency, envelope.channel, clock.now(), draft=command.draft))
    return id_


def put_in_cart(command: PutInCart, carts: Carts, goods: Goods, policy: CartsPolicy, clock: Clock) -> int:
    cart, at = _seen(command, carts), clock.now()
    offered = goods.offered((command.variant,), cart.channel, at)
    put = cart.put(command.variant, command.quantity, command.note, at, offered=offered, most_items=policy.most_items)
    carts.save(put)
    return next(item.number for item in put.items if item.key == (command.variant, command.note, False))


def change_cart_item(command: ChangeCartItem, carts: Carts, goods: Goods, clock: Clock) -> None:
    cart, at = _seen(command, carts), clock.now()
    offered = goods.offered((cart.item(command.item).variant,), cart.channel, at)
    _save_changed(carts, cart, cart.change_item(command.item, command.quantity, command.note, at, offered))


def remove_from_cart(command: RemoveFromCart, carts: Carts, clock: Clock) -> None:
    carts.save(_seen(command, carts).remove(command.item, clock.now()))


def save_for_later(command: SaveForLater, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.save_for_later(command.item, clock.now()))


def move_to_cart(command: MoveToCart, carts: Carts, goods: Goods, clock: Clock) -> None:
    cart, at = _seen(command, carts), clock.now()
    offered = goods.offered((cart.item(command.item).variant,), cart.channel, at)
    _save_changed(carts, cart, cart.move_to_cart(command.item, at, offered))


def enter_coupon(command: EnterCoupon, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.enter_coupon(command.code, clock.now()))


def remove_coupon(command: RemoveCoupon, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.remove_coupon(command.code, clock.now()))


def choose_delivery(command: ChooseDelivery, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.choose_delivery(command.delivery, clock.now()))


def choose_destination(command: ChooseDestination, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.choose_destination(command.destination, clock.now()))


def choose_payment(command: ChoosePayment, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.choose_payment(command.payment, clock.now()))


def leave_email(command: LeaveEmail, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.leave_email(command.email, clock.now()))


def note_on_cart(command: NoteOnCart, carts: Carts, clock: Clock) -> None:
    cart = _seen(command, carts)
    _save_changed(carts, cart, cart.write_note(command.note, clock.now()))


def merge_carts(
    command: MergeCarts, carts: Carts, goods: Goods, policy: CartsPolicy, clock: Clock, ids: Ids, envelope: Envelope
) -> tuple[CartId, ...]:
    """All carts are loaded locked, in the order of their ids: of two merges of the same guest one finds nothing."""
    chosen = None if command.into is None else carts.get(command.into)
    owner = envelope.actor.owner if chosen is None else chosen.owner
    if owner is None:
        raise Invalid("into", None, "the cart into which staff merge those of a guest")
    guest = _guest(command.guest_token)
    found = carts.open_of(guest, chosen.currency if chosen else None, _MOST_MERGED) if guest else ()
    known = {chosen.id: chosen} if chosen else _latest(carts, owner, found)
    locked = carts.many(sorted({*known, *(cart.id for cart in found)}), lock=True)

    targets = {locked[id_].currency: locked[id_] for id_ in known}
    if chosen is not None and not locked[chosen.id].is_open:
        raise CartClosed(chosen.id, locked[chosen.id].state)
    at, came_into = clock.now(), {}
    for cart in (locked[cart.id] for cart in found):
        if not cart.is_open or cart.id in known:
            continue
        target = targets.get(cart.currency)
        if target is None or not target.is_open:
            target = Cart.start(CartId(ids.new()), owner, cart.currency, cart.channel, at)
        offered = goods.offered({item.variant for item in cart.items}, target.channel, at)
        targets[cart.currency] = came_into[cart.currency] = target.take_in(cart, policy, offered, at)
        carts.save(cart.merge(target.id))
    carts.save(*came_into.values())
    return tuple(cart.id for cart in came_into.values())


def complete_cart(command: CompleteCart, carts: Carts) -> None:
    cart = carts.get(command.cart)
    completed = cart.complete(command.order)
    if completed is not cart:
        cart.seen(command.version)
        carts.save(completed)


def expire_carts(command: ExpireCarts, carts: Carts, policy: CartsPolicy, clock: Clock) -> int:
    since = clock.now() - policy.expires_after
    locked = carts.many([cart.id for cart in carts.silent(since, command.limit)], lock=True)
    due = [cart for cart in locked.values() if cart.is_open and cart.touched_at <= since]
    carts.save(*(cart.expire() for cart in due))
    return len(due)


def remind_of_carts(command: RemindOfCarts, carts: Carts, policy: CartsPolicy, clock: Clock) -> int:
    since = clock.now() - policy.abandoned_after
    locked = carts.many([cart.id for cart in carts.waiting(since, command.limit)], lock=True)
    due = [cart for cart in locked.values() if cart.is_waiting and cart.touched_at <= since]
    carts.save(*(cart.remind() for cart in due))
    return len(due)


def get_cart(query: GetCart, carts: Carts, quotes: CartQuotes, clock: Clock) -> CartView:
    cart = carts.get(query.cart)
    quote, problem = _priced(cart, quotes, clock.now()) if cart.is_open else (None, None)
    return CartView(
        id=cart.id,
        version=cart.version,
        owner=cart.owner,
        draft=cart.draft,
        state=cart.state,
        currency=cart.currency,
        channel=cart.channel,
        items=cart.active,
        later=cart.later,
        coupons=cart.coupons,
        delivery=cart.delivery,
        destination=cart.destination,
        payment=cart.payment,
        email=cart.email,
        note=cart.note,
        order=cart.order,
        touched_at=cart.touched_at,
        quote=quote,
        problem=problem,
    )


def list_carts(query: ListCarts, carts: Carts, envelope: Envelope) -> tuple[CartSummary, ...]:
    owner = _owner(query, envelope)
    if owner is None:
        raise Invalid("member", None, "the member whose carts staff want to see")
    drafts = envelope.actor.owner is None
    return tuple(_summary(cart) for cart in carts.of_owner(owner, query.before, query.limit, drafts=drafts))


def only_the_owner(message: _Edit | GetCart, carts: Carts, envelope: Envelope) -> None:
    """Somebody else's cart is not found, and neither is a draft, nor one that does not exist."""
    _refuse_another(message.cart, carts, envelope)


def only_for_oneself(message: StartCart | ListCarts, envelope: Envelope) -> None:
    """Nobody but staff starts carts for, or looks at the carts of, another; and only staff make drafts."""
    owner = _owner(message, envelope)
    if owner is None or owner != envelope.actor.owner or (isinstance(message, StartCart) and message.draft):
        raise PermissionDenied(message.permission.name, type(envelope.actor).__name__.lower())


def only_into_ones_own(message: MergeCarts, carts: Carts, envelope: Envelope) -> None:
    """Only a member merges, and only into a cart of their own."""
    if not isinstance(envelope.actor, Member):
        raise PermissionDenied(message.permission.name, type(envelope.actor).__name__.lower())
    if message.into is not None:
        _refuse_another(message.into, carts, envelope)


def _refuse_another(id_: CartId, carts: Carts, envelope: Envelope) -> None:
    cart, owner = carts.find(id_), envelope.actor.owner
    if cart is None or owner is None or cart.draft or not compare_digest(cart.owner, owner):
        raise NotFound("Cart", id_)


def _owner(message: StartCart | ListCarts, envelope: Envelope) -> str | None:
    return Member(message.member).owner if message.member is not None else envelope.actor.owner


def _seen(command: _Edit, carts: Carts) -> Cart:
    return carts.get(command.cart).seen(command.version)


def _save_changed(carts: Carts, before: Cart, after: Cart) -> None:
    if after is not before:
        carts.save(after)


def _guest(token: str) -> str | None:
    """The guest of this token, if it can be one at all."""
    try:
        return Guest(token).owner
    except Invalid:
        return None


def _latest(carts: Carts, owner: str, found: Iterable[Cart]) -> dict[CartId, Cart]:
    """The owner's latest open cart in each currency of those that were found."""
    latest = [carts.open_of(owner, code, 1) for code in sorted({cart.currency for cart in found})]
    return {cart.id: cart for carts_ in latest for cart in carts_}


def _priced(cart: Cart, quotes: CartQuotes, at: Instant) -> tuple[Quote | None, CartProblem | None]:
    try:
        return quotes.quote(cart.wanted(), cart.owner, cart.email, cart.channel, at), None
    except (Refused, PortUnavailable) as why:
        return None, CartProblem(type(why).__name__, str(why), getattr(why, "variant", None))


def _summary(cart: Cart) -> CartSummary:
    return CartSummary(
        id=cart.id,
        version=cart.version,
        owner=cart.owner,
        draft=cart.draft,
        state=cart.state,
        currency=cart.currency,
        channel=cart.channel,
        items=len(cart.active),
        units=sum(item.quantity for item in cart.active),
        later=len(cart.later),
        order=cart.order,
        touched_at=cart.touched_at,
    )
