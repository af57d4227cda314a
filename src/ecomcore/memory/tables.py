"""What the memory holds: aggregates by kind and id, ledgers, the outbox, the replies, and the indexes to find them by.

Nothing is written before everything is checked, in the same words as a database would refuse it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ecomcore.carts import Cart
from ecomcore.catalog import Product
from ecomcore.counting import StockCount
from ecomcore.documents import Document
from ecomcore.inventory import MonthLine, Movement, Reservation, StockItem, StockMonth
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import (
    AccountId,
    CartId,
    CouponId,
    DeliveryId,
    LocationId,
    OrderId,
    PriceSeriesId,
    ProductId,
    ReservationId,
    ShipmentId,
    StockItemId,
    StockMonthId,
    VariantId,
)
from ecomcore.kernel.work import Changed, Delivery, Recorded, Reply
from ecomcore.memory.cart_checks import check_carts
from ecomcore.memory.counting_checks import check_counts
from ecomcore.memory.document_checks import IssuedDocuments, check_documents
from ecomcore.memory.promotion_checks import check_promotions
from ecomcore.memory.queue_checks import check_queues
from ecomcore.memory.stock_checks import check_stock
from ecomcore.memory.stock_rule_checks import check_stock_rules
from ecomcore.memory.supply_checks import UnderWay, check_supply
from ecomcore.memory.wallet_checks import check_wallet
from ecomcore.ordering import EntryKind, Order
from ecomcore.pricing import PriceSeries
from ecomcore.promotions import CouponBatch, Mark
from ecomcore.shipping import Shipment
from ecomcore.wallet import Account, CreditEntry

__all__ = ["Tables"]


class Tables:
    """The committed state."""

    def __init__(self) -> None:
        self.rows: dict[type, dict[str, Any]] = defaultdict(dict)
        self.movements: dict[StockItemId, list[Movement]] = defaultdict(list)
        self.month_lines: dict[StockMonthId, list[MonthLine]] = defaultdict(list)
        self.marks: dict[CouponId, list[Mark]] = defaultdict(list)
        self.credit_entries: dict[AccountId, list[CreditEntry]] = defaultdict(list)
        self.events: list[Recorded] = []
        self.histories: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        self.deliveries: dict[DeliveryId, Delivery] = {}
        self.replies: dict[tuple[str, str], Reply] = {}

        self.product_of: dict[VariantId, ProductId] = {}
        self.sku_of: dict[str, VariantId] = {}
        self.items_of: dict[VariantId, list[StockItemId]] = defaultdict(list)
        self.items_at: dict[LocationId, list[StockItemId]] = defaultdict(list)
        self.open_reservations: set[ReservationId] = set()
        self.order_numbers: dict[str, OrderId] = {}
        self.order_of_payment: dict[str, OrderId] = {}
        self.order_of_promise: dict[str, OrderId] = {}
        self.orders_of: dict[str, list[OrderId]] = defaultdict(list)
        self.shipments_of: dict[OrderId, list[ShipmentId]] = defaultdict(list)
        self.series_of: dict[VariantId, list[PriceSeriesId]] = defaultdict(list)
        self.issued = IssuedDocuments()
        self.carts_of: dict[str, list[CartId]] = defaultdict(list)
        self.cart_of: dict[OrderId, CartId] = {}
        self.under_way = UnderWay()

    def check(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
        """Refuse what a database would refuse. Raises ``Conflict``, ``Duplicate``, ``InvariantViolated``."""
        for kind, changes in changed.items():
            rows = self.rows[kind]
            for change in changes:
                stored = rows.get(change.now.id)
                if change.before is None and stored is not None:
                    raise Duplicate(kind.__name__, change.now.id)
                if change.before is not None and (stored is None or stored.version != change.before.version):
                    raise Conflict(kind.__name__, change.now.id)
        self._check_products([change.now for change in changed.get(Product, ())])
        check_stock(changed, self.rows)
        check_stock_rules(changed)
        self._check_orders([change.now for change in changed.get(Order, ())])
        check_promotions(changed, self.rows, self.marks)
        check_wallet(changed, self.rows, self.credit_entries)
        check_documents(changed, self.rows, self.issued)
        check_carts([change.now for change in changed.get(Cart, ())], self.cart_of)
        check_counts([change.now for change in changed.get(StockCount, ())], self.rows[StockCount])
        check_supply(changed, self.rows)
        check_queues(changed, self.rows)

    def apply(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
        """Write; nothing here can fail."""
        for kind, changes in changed.items():
            rows = self.rows[kind]
            for change in changes:
                now = change.now
                if kind is StockItem:
                    self.movements[now.id].extend(now.fresh)
                    now = now.having(fresh=()) if now.fresh else now
                elif kind is StockMonth:
                    self.month_lines[now.id].extend(now.fresh)
                    now = now.having(fresh=()) if now.fresh else now
                elif kind is CouponBatch:
                    for mark in now.fresh:
                        self.marks[mark.coupon].append(mark)
                    now = now.having(fresh=()) if now.fresh else now
                elif kind is Account:
                    self.credit_entries[now.id].extend(now.fresh)
                    now = now.having(fresh=()) if now.fresh else now
                rows[now.id] = now
                self._index(kind, now, new=change.before is None)

    def _check_products(self, products: Sequence[Product]) -> None:
        """A variant belongs to one product and a SKU to one variant, also among those saved together."""
        owners: dict[VariantId, ProductId] = {}
        variants: dict[str, VariantId] = {}
        for product in products:
            for variant in product.variants:
                known = owners.setdefault(variant.id, self.product_of.get(variant.id, product.id))
                if known != product.id:
                    raise Duplicate("Variant", variant.id)
                if variants.setdefault(variant.sku, self.sku_of.get(variant.sku, variant.id)) != variant.id:
                    raise Duplicate("Variant", variant.sku)

    def _check_orders(self, orders: Sequence[Order]) -> None:
        """A number belongs to one order, also among those saved together."""
        numbers: dict[str, OrderId] = {}
        for order in orders:
            _check_order(order)
            if order.number:
                known = numbers.setdefault(order.number, self.order_numbers.get(order.number, order.id))
                if known != order.id:
                    raise Duplicate("Order", order.number)

    def _index(self, kind: type, now: Any, *, new: bool) -> None:
        self.under_way.note(now)
        if kind is Product:
            for variant in now.variants:
                self.product_of[variant.id] = now.id
                self.sku_of[variant.sku] = variant.id
        elif kind is Reservation:
            if now.is_open:
                self.open_reservations.add(now.id)
            else:
                self.open_reservations.discard(now.id)
        elif kind is Cart:
            self._index_cart(now, new=new)
        elif new:
            self._index_new(kind, now)
        if kind is Order:
            for entry in now.ledger.entries:
                self.order_of_payment.setdefault(entry.payment, now.id)
                if entry.kind is EntryKind.AUTHORISED:
                    self.order_of_promise.setdefault(entry.reference, now.id)

    def _index_cart(self, cart: Cart, *, new: bool) -> None:
        if new:
            self.carts_of[cart.owner].append(cart.id)
        if cart.order is not None:
            self.cart_of[cart.order] = cart.id

    def _index_new(self, kind: type, now: Any) -> None:
        if kind is StockItem:
            self.items_of[now.variant].append(now.id)
            self.items_of[now.variant].sort()
            self.items_at[now.location].append(now.id)
        elif kind is Order:
            if now.number:
                self.order_numbers[now.number] = now.id
            for name in filter(None, (now.buyer, now.contact)):
                self.orders_of[name].append(now.id)
        elif kind is Shipment:
            self.shipments_of[now.order].append(now.id)
        elif kind is PriceSeries:
            self.series_of[now.variant].append(now.id)
        elif kind is Document:
            self.issued.add(now)


def _check_order(order: Order) -> None:
    if any(line.quantity < 1 for line in order.lines):
        raise InvariantViolated(f"order {order.id}: a line has no units")
    amounts = (order.total, *(line.total for line in order.lines), *(entry.amount for entry in order.ledger.entries))
    if any(amount.is_negative for amount in amounts):
        raise InvariantViolated(f"order {order.id}: an amount is negative")
    balances = list(order.ledger.balances())
    captured = sum(balance.captured for balance in balances)
    returned = sum(balance.refunded for balance in balances)
    if not 0 <= returned <= captured:
        raise InvariantViolated(f"order {order.id}: {returned} was given back of {captured} taken")
