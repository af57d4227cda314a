"""The repositories of the rooms: each port's own finders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import bindparam, select

from ecomcore.catalog import Categories, Category, Product, Products, ProductState
from ecomcore.inventory import Location, Locations
from ecomcore.kernel.ids import CategoryId, LocationId, OrderId, ProductId, ShipmentId, VariantId
from ecomcore.shipping import Shipment, Shipments
from ecomcore_sqlalchemy.cart_repositories import CART_REPOSITORIES
from ecomcore_sqlalchemy.counting_repositories import COUNTING_REPOSITORIES
from ecomcore_sqlalchemy.document_repositories import DOCUMENT_REPOSITORIES
from ecomcore_sqlalchemy.order_repositories import ORDER_REPOSITORIES
from ecomcore_sqlalchemy.pricing_repositories import PRICING_REPOSITORIES
from ecomcore_sqlalchemy.promotion_repositories import PROMOTION_REPOSITORIES
from ecomcore_sqlalchemy.queue_repositories import QUEUE_REPOSITORIES
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.stock_repositories import STOCK_REPOSITORIES
from ecomcore_sqlalchemy.stock_rule_repositories import STOCK_RULE_REPOSITORIES
from ecomcore_sqlalchemy.supply_repositories import SUPPLY_REPOSITORIES
from ecomcore_sqlalchemy.tables import (
    products,
    shipments,
    variants,
)
from ecomcore_sqlalchemy.wallet_repositories import WALLET_REPOSITORIES

__all__ = ["REPOSITORIES"]


class SqlCategories(SqlRepository[Category, CategoryId], Categories):
    kind: ClassVar[type[Category]] = Category  # type: ignore[misc]


class SqlLocations(SqlRepository[Location, LocationId], Locations):
    kind: ClassVar[type[Location]] = Location  # type: ignore[misc]


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
    Shipments: SqlShipments,
    **ORDER_REPOSITORIES,
    **PRICING_REPOSITORIES,
    **PROMOTION_REPOSITORIES,
    **WALLET_REPOSITORIES,
    **DOCUMENT_REPOSITORIES,
    **CART_REPOSITORIES,
    **COUNTING_REPOSITORIES,
    **SUPPLY_REPOSITORIES,
    **QUEUE_REPOSITORIES,
    **STOCK_REPOSITORIES,
    **STOCK_RULE_REPOSITORIES,
}
"""Which repository implements which port."""
