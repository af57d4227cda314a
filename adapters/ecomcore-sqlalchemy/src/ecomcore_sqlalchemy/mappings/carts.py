"""Carts as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomcore.carts import Cart, CartItem, CartState
from ecomcore.kernel.ids import CartId, DeliveryMethodId, OrderId
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.quoting import Destination
from ecomcore_sqlalchemy import cart_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]


def _values(cart: Cart, dialect: Dialect) -> Row:
    dump, touched_at = dialect.documents.dump_value, dialect.instant(cart.touched_at)
    return (
        cart.state.value,
        touched_at,
        cart.reminded,
        touched_at if cart.is_waiting else None,
        dump(cart.items, tuple[CartItem, ...]) if cart.items else "",
        cart.last_item,
        dump(cart.coupons, tuple[str, ...]) if cart.coupons else "",
        cart.delivery,
        None if cart.destination is None else dump(cart.destination, Destination),
        cart.payment,
        None if cart.email is None else cart.email.value,
        cart.note,
        cart.order,
        cart.owner,
        cart.draft,
        cart.currency,
        cart.channel,
    )


def _cart(row: Row, _: Sequence[Sequence[Row]], dialect: Dialect) -> Cart:
    id_, version, told, state, touched_at, reminded, _waiting_since, items, last_item, coupons, *rest = row
    delivery, destination, payment, email, note, order, owner, draft, currency, channel = rest
    load = dialect.documents.load_value
    return Cart(
        id=CartId(id_),
        version=version,
        told=told,
        state=CartState(state),
        touched_at=dialect.moment(touched_at),
        reminded=bool(reminded),
        items=load(tuple[CartItem, ...], items) if items else (),
        last_item=last_item,
        coupons=load(tuple[str, ...], coupons) if coupons else (),
        delivery=None if delivery is None else DeliveryMethodId(delivery),
        destination=None if destination is None else load(Destination, destination),
        payment=payment,
        email=None if email is None else Personal(email),
        note=note,
        order=None if order is None else OrderId(order),
        owner=owner,
        draft=bool(draft),
        currency=Currency(currency),
        channel=channel,
    )


MAPPED: Mapping[type, Mapped[Any]] = {
    Cart: Mapped(
        Cart,
        tables.carts,
        (
            "state",
            "touched_at",
            "reminded",
            "waiting_since",
            "items",
            "last_item",
            "coupons",
            "delivery",
            "destination",
            "payment",
            "email",
            "note",
            "order",
        ),
        ("owner", "draft", "currency", "channel"),
        _values,
        _cart,
    ),
}
