"""The repositories of the rooms: each port's own finders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Integer, bindparam, func, select

from ecomcore.catalog import Categories, Category, Product, Products, ProductState
from ecomcore.inventory import (
    Location,
    Locations,
    Movement,
    MovementKind,
    Reservation,
    Reservations,
    ReservationState,
    StockItem,
    StockItems,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import (
    CategoryId,
    LocationId,
    OrderId,
    ProductId,
    ReservationId,
    ShipmentId,
    StockItemId,
    VariantId,
)
from ecomcore.shipping import Shipment, Shipments
from ecomcore_sqlalchemy.cart_repositories import CART_REPOSITORIES
from ecomcore_sqlalchemy.document_repositories import DOCUMENT_REPOSITORIES
from ecomcore_sqlalchemy.order_repositories import ORDER_REPOSITORIES
from ecomcore_sqlalchemy.pricing_repositories import PRICING_REPOSITORIES
from ecomcore_sqlalchemy.promotion_repositories import PROMOTION_REPOSITORIES
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository, locked
from ecomcore_sqlalchemy.tables import (
    INSTANT,
    products,
    reservation_lines,
    reservations,
    shipments,
    stock_items,
    stock_movements,
    variants,
)
from ecomcore_sqlalchemy.wallet_repositories import WALLET_REPOSITORIES

__all__ = ["REPOSITORIES"]


class SqlCategories(SqlRepository[Category, CategoryId], Categories):
    kind: ClassVar[type[Category]] = Category  # type: ignore[misc]


class SqlProducts(SqlRepository[Product, ProductId], Products):
    kind: ClassVar[type[Product]] = Product  # type: ignore[misc]

    def with_variants(self, variants_: Collection[VariantId]) -> Mapping[VariantId, Product]:
        dialect = self._session.dialect
        stored = self._load(
            "with_variants",
            lambda roots: roots.where(
                products.c.id.in_(select(variants.c.product).where(dialect.any_of(variants.c.id, "ids")))
            ),
            ids=dialect.list_of(sorted(variants_)),
        )
        wanted = frozenset(variants_)
        found = {}
        for product in self._merged(stored, lambda _: True):
            for variant in product.variants:
                if variant.id in wanted:
                    found[variant.id] = product
        return found

    def taken(self, skus: Collection[str], variants_: Collection[VariantId]) -> tuple[frozenset[str], frozenset[str]]:
        dialect = self._session.dialect
        rows = self._session.fetch(
            "variants.taken",
            lambda: select(variants.c.sku, variants.c.id).where(
                dialect.any_of(variants.c.sku, "skus") | dialect.any_of(variants.c.id, "ids")
            ),
            skus=dialect.list_of(sorted(skus)),
            ids=dialect.list_of(sorted(variants_)),
        )
        saved = [(v.sku, v.id) for product in self._changes.changed_now(Product) for v in product.variants]
        known = [*rows, *saved]
        return (
            frozenset({sku for sku, _ in known} & set(skus)),
            frozenset({id_ for _, id_ in known} & set(variants_)),
        )

    def on_sale(self, category: CategoryId | None, after: ProductId | None, limit: int) -> Sequence[Product]:
        columns = products.c
        narrowed: dict[str, Any] = {} if category is None else {"category": category}
        stored = self._load(
            "on_sale" if category is None else "on_sale_in",
            lambda roots: (
                roots.where(columns.id > bindparam("after"), columns.state == bindparam("state"))
                .where(*(() if category is None else (columns.category == bindparam("category"),)))
                .order_by(columns.id)
                .limit(LIMIT)
            ),
            after=after or "",
            limit=self._room_for(limit),
            state=ProductState.PUBLISHED.value,
            **narrowed,
        )
        return self._merged(stored, lambda p: p.on_sale and p.id > (after or "") and category in (None, p.category))[
            :limit
        ]


class SqlLocations(SqlRepository[Location, LocationId], Locations):
    kind: ClassVar[type[Location]] = Location  # type: ignore[misc]


class SqlStockItems(SqlRepository[StockItem, StockItemId], StockItems):
    kind: ClassVar[type[StockItem]] = StockItem  # type: ignore[misc]

    def of_variants(self, variants_: Collection[VariantId], *, lock: bool = False) -> Sequence[StockItem]:
        dialect, columns = self._session.dialect, stock_items.c
        stored = self._load(
            "of_variants_locked" if lock else "of_variants",
            lambda roots: locked(roots.where(dialect.any_of(columns.variant, "ids")).order_by(columns.id), lock=lock),
            ids=dialect.list_of(sorted(variants_)),
        )
        if lock:
            self._locked.update(item.id for item in stored)
        wanted = frozenset(variants_)
        return self._merged(stored, lambda item: item.variant in wanted)

    def movements(self, item: StockItemId, after: int = 0, limit: int = 100) -> Sequence[Movement]:
        columns = stock_movements.c
        rows = self._session.fetch(
            "stock_movements.page",
            lambda: (
                select(
                    columns.number, columns.kind, columns.quantity, columns.balance, columns.reference, columns["at"]
                )
                .where(columns.item == bindparam("item"), columns.number > bindparam("after", type_=Integer))
                .order_by(columns.number)
                .limit(LIMIT)
            ),
            item=item,
            after=after,
            limit=limit,
        )
        moment = self._session.dialect.moment
        stored = [
            Movement(number, MovementKind(kind), quantity, balance, reference, moment(at))
            for number, kind, quantity, balance, reference, at in rows
        ]
        current = self._current(item)
        fresh = [entry for entry in (current.fresh if current else ()) if entry.number > after]
        return [*stored, *fresh][:limit]

    def ledger_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, tuple[int, int]]:
        dialect, columns = self._session.dialect, stock_movements.c
        rows = self._session.fetch(
            "stock_movements.sums",
            lambda: (
                select(columns.item, func.count(), func.sum(columns.quantity))
                .where(dialect.any_of(columns.item, "ids"))
                .group_by(columns.item)
            ),
            ids=dialect.list_of(sorted(items)),
        )
        sums = {StockItemId(item): (entries, int(units)) for item, entries, units in rows}
        for item in self._changes.changed_now(StockItem):
            if item.id in items and item.fresh:
                entries, units = sums.get(item.id, (0, 0))
                sums[item.id] = (entries + len(item.fresh), units + sum(entry.quantity for entry in item.fresh))
        return sums

    def reserved_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
        dialect, lines = self._session.dialect, reservation_lines.c
        saved = {reservation.id: reservation for reservation in self._changes.changed_now(Reservation)}
        rows = self._session.fetch(
            "reservation_lines.sums",
            lambda: (
                select(lines.item, func.sum(lines.quantity))
                .join(reservations, reservations.c.id == lines.reservation)
                .where(reservations.c.state == bindparam("state"))
                .where(dialect.any_of(lines.item, "ids"), ~dialect.any_of(reservations.c.id, "saved"))
                .group_by(lines.item)
            ),
            ids=dialect.list_of(sorted(items)),
            saved=dialect.list_of(sorted(saved)),
            state=ReservationState.OPEN.value,
        )
        sums: dict[StockItemId, int] = defaultdict(int, {StockItemId(item): int(units) for item, units in rows})
        for reservation in saved.values():
            for line in reservation.lines if reservation.is_open else ():
                if line.item in items:
                    sums[line.item] += line.quantity
        return sums


class SqlReservations(SqlRepository[Reservation, ReservationId], Reservations):
    kind: ClassVar[type[Reservation]] = Reservation  # type: ignore[misc]

    def expired(self, now: Instant, limit: int) -> Sequence[Reservation]:
        columns = reservations.c
        stored = self._load(
            "expired",
            lambda roots: (
                roots.where(columns.state == bindparam("state"))
                .where(columns.expires_at <= bindparam("now", type_=INSTANT))
                .order_by(columns.expires_at, columns.id)
                .limit(LIMIT)
            ),
            now=self._session.dialect.instant(now),
            limit=self._room_for(limit),
            state=ReservationState.OPEN.value,
        )
        overdue = [
            (reservation.expires_at, reservation.id, reservation)
            for reservation in self._merged(stored, lambda _: True)
            if reservation.is_open and reservation.expires_at is not None and reservation.expires_at <= now
        ]
        return [reservation for _, _, reservation in sorted(overdue)[:limit]]


class SqlShipments(SqlRepository[Shipment, ShipmentId], Shipments):
    kind: ClassVar[type[Shipment]] = Shipment  # type: ignore[misc]

    def of_orders(self, orders_: Collection[OrderId]) -> Sequence[Shipment]:
        dialect, columns, wanted = self._session.dialect, shipments.c, frozenset(orders_)
        stored = self._load(
            "of_orders",
            lambda roots: roots.where(dialect.any_of(columns.order, "ids")).order_by(columns.id),
            ids=dialect.list_of(sorted(wanted)),
        )
        return self._merged(stored, lambda shipment: shipment.order in wanted)


REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    Categories: SqlCategories,
    Products: SqlProducts,
    Locations: SqlLocations,
    StockItems: SqlStockItems,
    Reservations: SqlReservations,
    Shipments: SqlShipments,
    **ORDER_REPOSITORIES,
    **PRICING_REPOSITORIES,
    **PROMOTION_REPOSITORIES,
    **WALLET_REPOSITORIES,
    **DOCUMENT_REPOSITORIES,
    **CART_REPOSITORIES,
}
"""Which repository implements which port."""
