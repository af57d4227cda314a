"""What shipping can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import LocationId, OrderId, ShipmentId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.text import an_id
from ecomcore.shipping.shipment import ShipmentState
from ecomcore.shipping.values import ShipmentLine

__all__ = ["ListShipments", "ShipmentView"]


@frozen
class ShipmentView:
    """A shipment as staff see it."""

    id: ShipmentId
    order: OrderId
    state: ShipmentState
    tracking: str
    lines: tuple[ShipmentLine, ...]
    location: LocationId | None = None
    seller: str | None = None


@frozen
class ListShipments(Query[tuple[ShipmentView, ...]]):
    """The shipments of an order, in the order in which they were prepared."""

    permission = Permission("shipping.view", Who.STAFF)
    order: OrderId = field(validator=an_id)
