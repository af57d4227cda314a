"""What shipping tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import OrderId, ShipmentId
from ecomcore.kernel.messages import Event

__all__ = ["ShipmentCancelled", "ShipmentDelivered", "ShipmentPrepared", "ShipmentShipped"]


@frozen
class ShipmentPrepared(Event):
    """The goods of an order are to be packed."""

    shipment: ShipmentId
    order: OrderId


@frozen
class ShipmentShipped(Event):
    """The goods have left the house; ``tracking`` is the carrier's number, if there is one."""

    shipment: ShipmentId
    order: OrderId
    tracking: str


@frozen
class ShipmentDelivered(Event):
    """The goods have arrived."""

    shipment: ShipmentId
    order: OrderId


@frozen
class ShipmentCancelled(Event):
    """The goods stay here."""

    shipment: ShipmentId
    order: OrderId
