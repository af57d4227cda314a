"""The mapping of every aggregate of the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.catalog import Category, Product, ProductState, Variant
from ecomcore.inventory import Location, Reservation, ReservationState, ReservedLine, StockItem
from ecomcore.kernel.ids import (
    CategoryId,
    LocationId,
    OrderId,
    PaymentId,
    ProductId,
    ReservationId,
    ShipmentId,
    StockItemId,
    VariantId,
)
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.ordering import Capture, EntryKind, Ledger, LedgerEntry, Order, OrderLine, OrderState
from ecomcore.shipping import Shipment, ShipmentLine, ShipmentState
from ecomcore_sqlalchemy import tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


# -- catalogue -----------------------------------------------------------------------------------------------------


def _category_values(category: Category, _: Dialect) -> Row:
    return category.name, category.parent, category.depth


def _category(row: Row, _: Parts, __: Dialect) -> Category:
    id_, version, told, name, parent, depth = row
    return Category(id=CategoryId(id_), version=version, told=told, name=name, parent=parent, depth=depth)


def _product_values(product: Product, _: Dialect) -> Row:
    return product.name, product.category, product.state.value


def _product(row: Row, parts: Parts, _: Dialect) -> Product:
    id_, version, told, name, category, state = row
    return Product(
        id=ProductId(id_),
        version=version,
        told=told,
        name=name,
        category=category,
        state=ProductState(state),
        variants=tuple(
            Variant(VariantId(variant), sku, label, Price(Money(price, Currency(currency)), per))
            for _, variant, _, sku, label, price, per, currency in parts[0]
        ),
    )


def _variant_row(product: Product, position: int, variant: Variant) -> Row:
    amount = variant.price.amount
    return (
        product.id,
        variant.id,
        position,
        variant.sku,
        variant.name,
        amount.minor,
        variant.price.per,
        amount.currency,
    )


def _fresh_variants(before: Product | None, now: Product, _: Dialect) -> Iterable[Row]:
    known = len(before.variants) if before else 0
    for position, variant in enumerate(now.variants[known:], known):
        yield _variant_row(now, position, variant)


def _changed_variants(before: Product, now: Product) -> Iterable[Row]:
    for position, (old, new) in enumerate(zip(before.variants, now.variants, strict=False)):
        if old != new:
            product, id_, *rest = _variant_row(now, position, new)
            yield id_, product, *rest


# -- inventory -----------------------------------------------------------------------------------------------------


def _location_values(location: Location, _: Dialect) -> Row:
    return location.name, location.priority


def _location(row: Row, _: Parts, __: Dialect) -> Location:
    id_, version, told, name, priority = row
    return Location(id=LocationId(id_), version=version, told=told, name=name, priority=priority)


def _stock_item_values(item: StockItem, _: Dialect) -> Row:
    return item.on_hand, item.reserved, item.entries, item.variant, item.location


def _stock_item(row: Row, _: Parts, __: Dialect) -> StockItem:
    id_, version, told, on_hand, reserved, entries, variant, location = row
    return StockItem(
        id=StockItemId(id_),
        version=version,
        told=told,
        on_hand=on_hand,
        reserved=reserved,
        entries=entries,
        variant=VariantId(variant),
        location=LocationId(location),
    )


def _fresh_movements(_: StockItem | None, now: StockItem, dialect: Dialect) -> Iterable[Row]:
    for entry in now.fresh:
        at = dialect.instant(entry.at)
        yield now.id, entry.number, entry.kind.value, entry.quantity, entry.balance, entry.reference, at


def _reservation_values(reservation: Reservation, dialect: Dialect) -> Row:
    expires_at = reservation.expires_at
    return reservation.state.value, None if expires_at is None else dialect.instant(expires_at)


def _reservation(row: Row, parts: Parts, dialect: Dialect) -> Reservation:
    id_, version, told, state, expires_at = row
    return Reservation(
        id=ReservationId(id_),
        version=version,
        told=told,
        state=ReservationState(state),
        expires_at=None if expires_at is None else dialect.moment(expires_at),
        lines=tuple(
            ReservedLine(VariantId(variant), LocationId(location), quantity)
            for _, _, _, variant, location, quantity in parts[0]
        ),
    )


def _fresh_reservation_lines(before: Reservation | None, now: Reservation, _: Dialect) -> Iterable[Row]:
    if before is None:
        for number, line in enumerate(now.lines, 1):
            yield now.id, number, line.item, line.variant, line.location, line.quantity


# -- ordering ------------------------------------------------------------------------------------------------------


def _order_values(order: Order, dialect: Dialect) -> Row:
    return (
        order.state.value,
        order.buyer,
        order.channel,
        order.total.currency,
        order.total.minor,
        order.capture.value,
        order.location,
        dialect.instant(order.placed_at),
    )


def _order(row: Row, parts: Parts, dialect: Dialect) -> Order:
    id_, version, told, state, buyer, channel, code, total, capture, location, placed_at = row
    currency = Currency(code)
    return Order(
        id=OrderId(id_),
        version=version,
        told=told,
        buyer=buyer,
        channel=channel,
        total=Money(total, currency),
        capture=Capture(capture),
        location=location,
        placed_at=dialect.moment(placed_at),
        state=OrderState(state),
        lines=tuple(
            OrderLine(
                number,
                VariantId(variant),
                sku,
                name,
                quantity,
                Price(Money(price, currency), per),
                Money(line_total, currency),
            )
            for _, number, variant, sku, name, quantity, price, per, line_total in parts[0]
        ),
        ledger=Ledger(
            currency,
            tuple(
                LedgerEntry(
                    number,
                    EntryKind(kind),
                    PaymentId(payment),
                    Money(amount, currency),
                    reference,
                    dialect.moment(at),
                )
                for _, number, kind, payment, amount, reference, at in parts[1]
            ),
        ),
    )


def _fresh_order_lines(before: Order | None, now: Order, _: Dialect) -> Iterable[Row]:
    if before is None:
        for line in now.lines:
            price = line.price
            yield (
                now.id,
                line.number,
                line.variant,
                line.sku,
                line.name,
                line.quantity,
                price.amount.minor,
                price.per,
                line.total.minor,
            )


def _fresh_entries(before: Order | None, now: Order, dialect: Dialect) -> Iterable[Row]:
    known = len(before.ledger.entries) if before else 0
    for entry in now.ledger.entries[known:]:
        at = dialect.instant(entry.at)
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.payment,
            entry.amount.minor,
            entry.reference,
            at,
        )


# -- shipping ------------------------------------------------------------------------------------------------------


def _shipment_values(shipment: Shipment, _: Dialect) -> Row:
    return shipment.state.value, shipment.tracking, shipment.order


def _shipment(row: Row, parts: Parts, _: Dialect) -> Shipment:
    id_, version, told, state, tracking, order = row
    return Shipment(
        id=ShipmentId(id_),
        version=version,
        told=told,
        order=OrderId(order),
        state=ShipmentState(state),
        tracking=tracking,
        lines=tuple(ShipmentLine(VariantId(variant), quantity) for _, _, variant, quantity in parts[0]),
    )


def _fresh_shipment_lines(before: Shipment | None, now: Shipment, _: Dialect) -> Iterable[Row]:
    if before is None:
        for number, line in enumerate(now.lines, 1):
            yield now.id, number, line.variant, line.quantity


# -- all of them, in the order in which their tables refer to each other ----------------------------------------------

MAPPED: Mapping[type, Mapped[Any]] = {
    Category: Mapped(Category, tables.categories, ("name", "parent", "depth"), (), _category_values, _category),
    Product: Mapped(
        Product,
        tables.products,
        ("name", "category", "state"),
        (),
        _product_values,
        _product,
        (
            Part(
                tables.variants,
                ("product", "id", "position", "sku", "name", "price", "per", "currency"),
                "position",
                _fresh_variants,
                _changed_variants,
            ),
        ),
    ),
    Location: Mapped(Location, tables.locations, ("name", "priority"), (), _location_values, _location),
    StockItem: Mapped(
        StockItem,
        tables.stock_items,
        ("on_hand", "reserved", "entries"),
        ("variant", "location"),
        _stock_item_values,
        _stock_item,
        (
            Part(
                tables.stock_movements,
                ("item", "number", "kind", "quantity", "balance", "reference", "at"),
                "number",
                _fresh_movements,
                loaded=False,
            ),
        ),
    ),
    Reservation: Mapped(
        Reservation,
        tables.reservations,
        ("state", "expires_at"),
        (),
        _reservation_values,
        _reservation,
        (
            Part(
                tables.reservation_lines,
                ("reservation", "number", "item", "variant", "location", "quantity"),
                "number",
                _fresh_reservation_lines,
            ),
        ),
    ),
    Order: Mapped(
        Order,
        tables.orders,
        ("state",),
        ("buyer", "channel", "currency", "total", "capture", "location", "placed_at"),
        _order_values,
        _order,
        (
            Part(
                tables.order_lines,
                (
                    "order",
                    "number",
                    "variant",
                    "sku",
                    "name",
                    "quantity",
                    "price",
                    "per",
                    "total",
                ),
                "number",
                _fresh_order_lines,
            ),
            Part(
                tables.payment_entries,
                ("order", "number", "kind", "payment", "amount", "reference", "at"),
                "number",
                _fresh_entries,
            ),
        ),
    ),
    Shipment: Mapped(
        Shipment,
        tables.shipments,
        ("state", "tracking"),
        ("order",),
        _shipment_values,
        _shipment,
        (
            Part(
                tables.shipment_lines,
                ("shipment", "number", "variant", "quantity"),
                "number",
                _fresh_shipment_lines,
            ),
        ),
    ),
}
