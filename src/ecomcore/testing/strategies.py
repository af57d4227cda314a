"""Hypothesis strategies for the values and aggregates of the shop, out to their limits.

Strategies of things that need ids of their own take a ``prefix`` for them, so that one store can hold many examples.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.catalog import Category, Product, ProductState, Variant
from ecomcore.inventory import (
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
    StockLine,
)
from ecomcore.kernel.ids import CategoryId, OrderId, ProductId, ShipmentId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.shipping import Shipment, ShipmentLine, ShipmentState
from ecomcore.testing.order_strategies import heard_notices, orders
from ecomcore.testing.plain_strategies import (
    ODD_TEXTS,
    addresses,
    amounts,
    currencies,
    ids,
    instants,
    money,
    percentages,
    prices,
    quantities,
    texts,
)
from ecomcore.testing.stock_strategies import locations, stock_items

__all__ = [
    "ODD_TEXTS",
    "addresses",
    "amounts",
    "categories",
    "currencies",
    "heard_notices",
    "ids",
    "instants",
    "locations",
    "money",
    "orders",
    "percentages",
    "prices",
    "products",
    "quantities",
    "reservations",
    "shipments",
    "stock_items",
    "texts",
]


def categories(prefix: str = "") -> SearchStrategy[Category]:
    """Categories at the root."""
    return st.builds(Category, id=ids(prefix).map(CategoryId), name=texts(), above=st.just(()))


@st.composite
def products(draw: st.DrawFn, prefix: str = "", category: CategoryId | None = None) -> Product:
    """Products with none to six variants."""
    names = draw(st.lists(ids(prefix), max_size=6, unique=True))
    skus = draw(st.lists(ids(prefix), min_size=len(names), max_size=len(names), unique=True))
    variants = [
        Variant(VariantId(name), sku, draw(texts(empty=True)), draw(prices()))
        for name, sku in zip(names, skus, strict=True)
    ]
    return Product(
        id=ProductId(draw(ids(prefix))),
        name=draw(texts()),
        category=category,
        variants=tuple(variants),
        state=draw(st.sampled_from(ProductState)),
    )


@st.composite
def reservations(draw: st.DrawFn, item: StockItem, prefix: str = "") -> Reservation:
    """Reservations of units of this stock item: some have left, some were given back, and it may have ended."""

    def so_many(units: int) -> tuple[ReservedLine, ...]:
        return (ReservedLine(item.variant, item.location, units),)

    first, more = draw(quantities()), draw(st.integers(0, MAX_QUANTITY))
    gone = draw(st.integers(0, first - 1))
    back = draw(st.integers(0, first - 1 - gone))
    reservation = Reservation.open(draw(ids(prefix)), so_many(first), draw(st.none() | instants()))
    if gone:
        reservation = reservation.consume(draw(ids()), so_many(gone))
    if more:
        reservation = reservation.reserve_more(so_many(more))
    if back:
        reservation = reservation.release_part((StockLine(item.variant, back),))
    end = draw(st.sampled_from(ReservationState))
    if end is ReservationState.CONSUMED:
        reservation = reservation.consume(draw(ids("end-")))
    elif end is ReservationState.RELEASED:
        reservation = reservation.release()
    elif end is ReservationState.EXPIRED:
        reservation = reservation.expire()
    return reservation.having(news=())


@st.composite
def shipments(draw: st.DrawFn, order: OrderId, prefix: str = "") -> Shipment:
    """Shipments of this order."""
    lines = [ShipmentLine(VariantId(draw(ids())), draw(quantities())) for _ in range(draw(st.integers(1, 5)))]
    return Shipment(
        id=ShipmentId(draw(ids(prefix))),
        order=order,
        lines=tuple(lines),
        state=draw(st.sampled_from(ShipmentState)),
        tracking=draw(texts(100, empty=True)),
        seller=draw(st.none() | ids()),
    )
