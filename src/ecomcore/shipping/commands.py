"""What shipping can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import OrderId, ShipmentId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.text import a_list_of, a_text, an_id, as_tuple
from ecomcore.shipping.values import ShipmentLine

__all__ = ["CancelShipments", "DeliverShipment", "PrepareShipment", "ShipShipment"]

MOST_LINES = 1_000


@frozen
class PrepareShipment(Command[ShipmentId]):
    """Have the goods of a confirmed order packed. Answers with the shipment's id."""

    permission = Permission("shipping.prepare", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    lines: tuple[ShipmentLine, ...] = field(converter=as_tuple, validator=a_list_of(ShipmentLine, MOST_LINES))


@frozen
class ShipShipment(Command[None]):
    """The goods leave the house; their stock is consumed and, where the shop does so, the money is taken."""

    permission = Permission("shipping.ship", Who.STAFF)
    shipment: ShipmentId = field(validator=an_id)
    tracking: str = field(default="", validator=a_text(100, empty=True))


@frozen
class DeliverShipment(Command[None]):
    """The goods have arrived."""

    permission = Permission("shipping.deliver", Who.STAFF)
    shipment: ShipmentId = field(validator=an_id)


@frozen
class CancelShipments(Command[None]):
    """The goods of an order stay here. Raises ``ShipmentHasLeft`` when some have left."""

    permission = Permission("shipping.cancel", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
