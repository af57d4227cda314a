"""What shipping needs from a store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from ecomcore.kernel.ids import OrderId, ShipmentId
from ecomcore.kernel.work import Repository
from ecomcore.shipping.shipment import Shipment

__all__ = ["Shipments"]


class Shipments(Repository[Shipment, ShipmentId], Protocol):
    """All shipments."""

    kind: type[Shipment] = Shipment

    @abstractmethod
    def of_orders(self, orders: Collection[OrderId]) -> Sequence[Shipment]:
        """The shipments of these orders, in the order of their own ids."""

    def of_order(self, order: OrderId) -> Sequence[Shipment]:
        """The shipments of one order, in the order of their ids."""
        return self.of_orders((order,))
