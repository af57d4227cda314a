"""What shipping can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import LocationId, OrderId, ShipmentId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple, instance_of
from ecomcore.shipping.values import ShipmentLine, ShippedLot

__all__ = ["CancelShipments", "DeliverShipment", "PrepareShipment", "ShipShipment"]

MOST_LINES = 1_000


@frozen
class PrepareShipment(Command[ShipmentId]):
    """Have goods of a confirmed order packed: all of them, or those of one location and seller.

    Answers with the shipment's id. No ``location`` means that the shop does not say where they lie; no ``seller``, that
    they are the shop's own.
    """

    permission = Permission("shipping.prepare", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    lines: tuple[ShipmentLine, ...] = field(converter=as_tuple, validator=a_list_of(ShipmentLine, MOST_LINES))
    location: LocationId | None = field(default=None, validator=an_optional_id)
    seller: str | None = field(default=None, validator=an_optional_id)


@frozen
class ShipShipment(Command[None]):
    """The goods leave the house; their stock is consumed and, where the shop does so, the money is taken.

    ``lots`` says which lots or serial numbers were packed; of what is not named, what expires first leaves.
    """

    permission = Permission("shipping.ship", Who.STAFF)
    shipment: ShipmentId = field(validator=an_id)
    tracking: str = field(default="", validator=a_text(100, empty=True))
    lots: tuple[ShippedLot, ...] = field(default=(), converter=as_tuple, validator=a_list_of(ShippedLot, MOST_LINES, 0))


@frozen
class DeliverShipment(Command[None]):
    """The goods have arrived."""

    permission = Permission("shipping.deliver", Who.STAFF)
    shipment: ShipmentId = field(validator=an_id)


@frozen
class CancelShipments(Command[None]):
    """The goods of an order stay here. Raises ``ShipmentHasLeft`` when some have left.

    With ``prepared_only`` those that have left go their way, and only those not yet shipped are cancelled.
    """

    permission = Permission("shipping.cancel", Who.SYSTEM)
    order: OrderId = field(validator=an_id)
    prepared_only: bool = field(default=False, validator=instance_of(bool))
