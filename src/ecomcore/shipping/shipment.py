"""A shipment is what leaves one location for one order: all its goods, or some. It is prepared once the order is
confirmed, shipped when the goods leave, and delivered when they arrive. Until it leaves it can be cancelled; afterwards
it cannot be called back.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import LocationId, OrderId, ShipmentId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.shipping.errors import ShipmentHasLeft
from ecomcore.shipping.events import (
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentPrepared,
    ShipmentShipped,
)
from ecomcore.shipping.values import ShipmentLine, ShippedLot

__all__ = ["LIFECYCLE", "Shipment", "ShipmentState"]


class ShipmentState(StrEnum):
    """Prepared: to be packed. Shipped: it has left. Delivered: it has arrived. Cancelled: it stays here."""

    PREPARED = "prepared"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


LIFECYCLE = Lifecycle(
    "shipment",
    ShipmentState.PREPARED,
    {
        "ship": move(ShipmentState.PREPARED, to=ShipmentState.SHIPPED),
        "deliver": move(ShipmentState.SHIPPED, to=ShipmentState.DELIVERED),
        "cancel": move(ShipmentState.PREPARED, to=ShipmentState.CANCELLED),
    },
)


@frozen(kw_only=True)
class Shipment(Aggregate):
    """Goods of one order on their way, from a ``location`` and of a ``seller`` where these are known."""

    id: ShipmentId
    order: OrderId
    lines: tuple[ShipmentLine, ...]
    state: ShipmentState
    tracking: str = ""
    location: LocationId | None = None
    seller: str | None = None

    @classmethod
    def prepare(
        cls,
        id: ShipmentId,
        order: OrderId,
        lines: tuple[ShipmentLine, ...],
        location: LocationId | None = None,
        seller: str | None = None,
    ) -> Self:
        """Goods of an order are to be packed."""
        shipment = cls(id=id, order=order, lines=lines, state=LIFECYCLE.initial, location=location, seller=seller)
        return shipment.telling(ShipmentPrepared(id, order))

    @property
    def has_left(self) -> bool:
        """Whether the goods are on their way, or have arrived."""
        return self.state in (ShipmentState.SHIPPED, ShipmentState.DELIVERED)

    def ship(self, tracking: str, lots: tuple[ShippedLot, ...] = ()) -> Self:
        """The goods leave; those of these lots, where somebody says so."""
        return self.telling(
            ShipmentShipped(self.id, self.order, tracking, self.lines, self.location, lots),
            state=LIFECYCLE.after("ship", self.state),
            tracking=tracking,
        )

    def deliver(self) -> Self:
        """The goods arrive."""
        return self.telling(ShipmentDelivered(self.id, self.order), state=LIFECYCLE.after("deliver", self.state))

    def cancel(self) -> Self:
        """The goods stay; twice is once. Raises ``ShipmentHasLeft``."""
        if self.state is ShipmentState.CANCELLED:
            return self
        if self.has_left:
            raise ShipmentHasLeft(self.id, self.state)
        return self.telling(ShipmentCancelled(self.id, self.order), state=LIFECYCLE.after("cancel", self.state))
