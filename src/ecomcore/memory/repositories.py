"""The repositories of the memory: the committed rows, with what this unit of work has saved laid over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, cast

from ecomcore.catalog import Categories, Category, Product, Products
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import (
    CategoryId,
    NoticeId,
    OrderId,
    PaymentId,
    ProductId,
    ShipmentId,
    VariantId,
)
from ecomcore.kernel.work import Changes, Repository
from ecomcore.memory.tables import Tables
from ecomcore.ordering import Entered, HeardNotice, HeardNotices, Order, OrderFilter, Orders, OrderState
from ecomcore.shipping import Shipment, Shipments

__all__ = [
    "MemoryCategories",
    "MemoryHeardNotices",
    "MemoryOrders",
    "MemoryProducts",
    "MemoryRepository",
    "MemoryShipments",
]

A = TypeVar("A", bound=Aggregate)
I = TypeVar("I", bound=str)  # noqa: E741 - the id type of a repository


class MemoryRepository(Repository[A, I]):
    """The part that all of them share."""

    def __init__(self, tables: Tables, changes: Changes) -> None:
        self._tables = tables
        self._changes = changes
        self._rows: dict[str, A] = tables.rows[self.kind]

    def many(self, ids: Sequence[I], *, lock: bool = False) -> Mapping[I, A]:  # noqa: ARG002 - all is ours anyway
        found = {}
        for id_ in ids:
            aggregate = self._changes.current(self.kind, id_)
            if aggregate is None and (stored := self._rows.get(id_)) is not None:
                aggregate = self._changes.loaded(stored)
            if aggregate is not None:
                found[id_] = aggregate
        return found

    def save(self, *aggregates: A) -> None:
        for aggregate in aggregates:
            if aggregate.version and self._changes.current(self.kind, aggregate.id) is None:
                self.many((cast("I", aggregate.id),))
            self._changes.save(aggregate)

    def page(self, after: I | None = None, limit: int = 100) -> Sequence[A]:
        return self._in_order(self._all(), after, limit)

    def _all(self) -> list[A]:
        """Every aggregate, as this unit of work has it."""
        overlaid = {**self._rows, **{saved.id: saved for saved in self._changes.changed_now(self.kind)}}
        return list(overlaid.values())

    def _in_order(self, aggregates: Iterable[A], after: str | None, limit: int) -> Sequence[A]:
        later = (aggregate for aggregate in aggregates if after is None or aggregate.id > after)
        chosen = sorted(later, key=lambda aggregate: aggregate.id)[:limit]
        return list(self.many([cast("I", aggregate.id) for aggregate in chosen]).values())

    def _with(self, stored: Iterable[str], **matching: Any) -> Sequence[A]:
        """The stored ids, and what was saved here and matches, in the order of the ids."""
        saved = (
            aggregate.id
            for aggregate in self._changes.changed_now(self.kind)
            if all(getattr(aggregate, name) == value for name, value in matching.items())
        )
        return list(self.many(cast("list[I]", sorted({*stored, *saved}))).values())


class MemoryCategories(MemoryRepository[Category, CategoryId], Categories):
    kind: ClassVar[type[Category]] = Category  # type: ignore[misc]


class MemoryProducts(MemoryRepository[Product, ProductId], Products):
    kind: ClassVar[type[Product]] = Product  # type: ignore[misc]

    def with_variants(self, variants: Collection[VariantId]) -> Mapping[VariantId, Product]:
        owners = dict(self._owners())
        wanted = {id_: owner for id_ in variants if (owner := owners.get(id_) or self._tables.product_of.get(id_))}
        products = self.many(list(dict.fromkeys(wanted.values())))
        return {id_: products[owner] for id_, owner in wanted.items()}

    def taken(self, skus: Collection[str], variants: Collection[VariantId]) -> tuple[frozenset[str], frozenset[str]]:
        saved = [variant for product in self._changes.changed_now(Product) for variant in product.variants]
        known_skus = {variant.sku for variant in saved}
        known_ids = {variant.id for variant in saved}
        return (
            frozenset(sku for sku in skus if sku in known_skus or sku in self._tables.sku_of),
            frozenset(id_ for id_ in variants if id_ in known_ids or id_ in self._tables.product_of),
        )

    def on_sale(self, category: CategoryId | None, after: ProductId | None, limit: int) -> Sequence[Product]:
        shown = (p for p in self._all() if p.on_sale and category in (None, p.category))
        return self._in_order(shown, after, limit)

    def _owners(self) -> Iterable[tuple[VariantId, ProductId]]:
        for product in self._changes.changed_now(Product):
            for variant in product.variants:
                yield variant.id, product.id


class MemoryOrders(MemoryRepository[Order, OrderId], Orders):
    kind: ClassVar[type[Order]] = Order  # type: ignore[misc]

    def of_buyer(self, buyer: str, before: OrderId | None, limit: int) -> Sequence[Order]:
        orders = self._with(self._tables.orders_of.get(buyer, ()), buyer=buyer)
        earlier = [order for order in reversed(orders) if before is None or order.id < before]
        return earlier[:limit]

    def placed_by(self, buyer: str | None, contact: str | None) -> int:
        stored = {
            *(self._tables.orders_of.get(buyer, ()) if buyer is not None else ()),
            *(self._tables.orders_of.get(contact, ()) if contact is not None else ()),
        }
        saved = (
            order.id
            for order in self._changes.changed_now(Order)
            if (buyer is not None and order.buyer == buyer) or (contact is not None and order.contact == contact)
        )
        found = self.many(sorted({*stored, *saved}))
        return sum(1 for order in found.values() if order.state is not OrderState.CANCELLED)

    def search(self, wanted: OrderFilter, before: OrderId | None, limit: int) -> Sequence[Order]:
        found = [order for order in self._all() if _fits(order, wanted) and (before is None or order.id < before)]
        chosen = sorted((order.id for order in found), reverse=True)[:limit]
        return list(self.many(chosen).values())

    def of_payment(self, payment: PaymentId | None, reference: str) -> Order | None:
        for saved in self._changes.changed_now(Order):
            if saved.ledger.is_about(payment, reference):
                return saved
        tables = self._tables
        for known, wanted in ((tables.order_of_payment, payment), (tables.order_of_promise, reference)):
            found = known.get(wanted) if wanted else None
            if found is not None:
                return self.find(found)
        return None

    def unanswered(self, before: Instant, limit: int) -> Sequence[Order]:
        waiting = sorted((order.ask_at, order.id) for order in self._all() if order.ask_at and order.ask_at <= before)
        return list(self.many([id_ for _, id_ in waiting[:limit]]).values())

    def unpaid(self, now: Instant, limit: int) -> Sequence[Order]:
        late = sorted(
            (order.pay_by, order.id) for order in self._all() if order.pay_by is not None and order.pay_by <= now
        )
        return list(self.many([id_ for _, id_ in late[:limit]]).values())

    def entries(
        self, since: Instant, until: Instant, after: tuple[OrderId, int] | None, limit: int
    ) -> Sequence[Entered]:
        found = [
            Entered(order.id, entry)
            for order in self._all()
            for entry in order.ledger.entries
            if since <= entry.at < until and (after is None or (order.id, entry.number) > after)
        ]
        return sorted(found, key=lambda each: (each.order, each.entry.number))[:limit]


def _fits(order: Order, wanted: OrderFilter) -> bool:
    return (
        wanted.number in (None, order.number)
        and wanted.buyer in (None, order.buyer)
        and wanted.contact in (None, order.contact)
        and wanted.state in (None, order.state)
        and (wanted.since is None or order.placed_at >= wanted.since)
        and (wanted.until is None or order.placed_at < wanted.until)
    )


class MemoryHeardNotices(MemoryRepository[HeardNotice, NoticeId], HeardNotices):
    kind: ClassVar[type[HeardNotice]] = HeardNotice  # type: ignore[misc]


class MemoryShipments(MemoryRepository[Shipment, ShipmentId], Shipments):
    kind: ClassVar[type[Shipment]] = Shipment  # type: ignore[misc]

    def of_orders(self, orders: Collection[OrderId]) -> Sequence[Shipment]:
        wanted = frozenset(orders)
        stored = [id_ for order in wanted for id_ in self._tables.shipments_of.get(order, ())]
        saved = [shipment.id for shipment in self._changes.changed_now(Shipment) if shipment.order in wanted]
        return list(self.many(sorted({*stored, *saved})).values())
