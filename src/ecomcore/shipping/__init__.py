"""Shipping: how the goods of an order leave the house and arrive.

Ask:    PrepareShipment, ShipShipment, DeliverShipment, CancelShipments; ListShipments.
Tells:  ShipmentPrepared, ShipmentShipped, ShipmentDelivered, ShipmentCancelled.
Refuses: ShipmentHasLeft.
"""

from ecomcore.kernel.room import Room
from ecomcore.shipping.commands import CancelShipments, DeliverShipment, PrepareShipment, ShipShipment
from ecomcore.shipping.errors import ShipmentHasLeft
from ecomcore.shipping.events import (
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentPrepared,
    ShipmentShipped,
)
from ecomcore.shipping.ports import Shipments
from ecomcore.shipping.queries import ListShipments, ShipmentView
from ecomcore.shipping.shipment import LIFECYCLE, Shipment, ShipmentState
from ecomcore.shipping.usecases import (
    cancel_shipments,
    deliver_shipment,
    list_shipments,
    prepare_shipment,
    ship_shipment,
)
from ecomcore.shipping.values import ShipmentLine, ShippedLot

__all__ = [
    "ROOM",
    "CancelShipments",
    "DeliverShipment",
    "ListShipments",
    "PrepareShipment",
    "ShipShipment",
    "Shipment",
    "ShipmentCancelled",
    "ShipmentDelivered",
    "ShipmentHasLeft",
    "ShipmentLine",
    "ShipmentPrepared",
    "ShipmentShipped",
    "ShipmentState",
    "ShipmentView",
    "Shipments",
    "ShippedLot",
]

ROOM = Room(
    name="shipping",
    deciders={
        PrepareShipment: prepare_shipment,
        ShipShipment: ship_shipment,
        DeliverShipment: deliver_shipment,
        CancelShipments: cancel_shipments,
    },
    answers={ListShipments: list_shipments},
    events=(ShipmentPrepared, ShipmentShipped, ShipmentDelivered, ShipmentCancelled),
    lifecycles=(LIFECYCLE,),
    repositories=(Shipments,),
)
