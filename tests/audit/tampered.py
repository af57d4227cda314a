"""A healthy shop into whose tables a test may reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ecomcore.catalog import AddCategory
from ecomcore.inventory import Reservation, StockItem
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import CategoryId, OrderId, PaymentId
from ecomcore.kernel.money import Money
from ecomcore.memory import MemoryPersistence
from ecomcore.memory.tables import Tables
from ecomcore.ordering import Capture, EntryKind, Order, OrderingPolicy
from ecomcore.shipping import Shipment
from ecomcore.testing import ShopKit, a_shop

__all__ = ["Tampered"]

A = TypeVar("A", bound=Aggregate)


class Tampered:
    """A healthy shop with three orders (placed, shipped, cancelled), and hands in its tables."""

    def __init__(self) -> None:
        self.kit: ShopKit = a_shop(ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))
        self.kit.staff.handle(AddCategory("Drinks", id=CategoryId("drinks")))
        self.placed, self.shipped, self.cancelled = self.kit.buy(), self.kit.buy(), self.kit.buy()
        self.kit.ship(self.shipped)
        self.kit.cancel(self.cancelled)

        assert isinstance(self.kit.persistence, MemoryPersistence)
        self.tables: Tables = self.kit.persistence._tables

    def item(self) -> StockItem:
        """The stock that the orders are taken from."""
        return self.only(StockItem, lambda item: item.variant == self.kit.variants[0])

    def order(self, id: OrderId) -> Order:
        return self.only(Order, lambda order: order.id == id)

    def reservation(self, id: OrderId) -> Reservation:
        return self.only(Reservation, lambda reservation: reservation.id == id)

    def shipment(self, order: OrderId) -> Shipment:
        return self.only(Shipment, lambda shipment: shipment.order == order)

    def only(self, kind: type[A], chosen: Callable[[A], bool]) -> A:
        (found,) = [row for row in self.tables.rows[kind].values() if chosen(row)]
        return found

    def plant(self, row: Aggregate, **changes: Any) -> None:
        """Change a row behind everybody's back."""
        self.tables.rows[type(row)][row.id] = row.having(**changes)

    def write(self, id: OrderId, kind: EntryKind, amount: Money, *, request: str = "") -> None:
        """One more entry in the order's ledger of payments."""
        order = self.order(id)
        payment = order.ledger.entries[0].payment
        entered = order.ledger.with_entry(kind, payment, amount, "planted", order.placed_at, request=request)
        self.plant(order, ledger=entered)

    def breaches(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(breach.rule, breach.rows) for breach in self.kit.shop.audit()]

    def payment(self, id: OrderId) -> PaymentId:
        return self.order(id).ledger.entries[0].payment
