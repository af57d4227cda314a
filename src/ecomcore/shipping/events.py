"""What shipping tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import LocationId, OrderId, ShipmentId
from ecomcore.kernel.messages import Event
from ecomcore.shipping.values import ShipmentLine, ShippedLot

__all__ = ["ShipmentCancelled", "ShipmentDelivered", "ShipmentPrepared", "ShipmentShipped"]


@frozen
class ShipmentPrepared(Event):
    """The goods of an order are to be packed."""

    shipment: ShipmentId
    order: OrderId


@frozen
class ShipmentShipped(Event):
    """These goods have left the house, or the ``location``; ``tracking`` is the carrier's number, if there is one.

    Events of before orders were shipped in parts name no lines: they were all that was ordered.
    """

    shipment: ShipmentId
    order: OrderId
    tracking: str
    lines: tuple[ShipmentLine, ...] = ()
    location: LocationId | None = None
    lots: tuple[ShippedLot, ...] = ()


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
