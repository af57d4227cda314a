"""The use cases of shipping: load, decide, save."""

from __future__ import annotations

from ecomcore.kernel.ids import Ids, ShipmentId
from ecomcore.shipping.commands import CancelShipments, DeliverShipment, PrepareShipment, ShipShipment
from ecomcore.shipping.ports import Shipments
from ecomcore.shipping.queries import ListShipments, ShipmentView
from ecomcore.shipping.shipment import Shipment


def prepare_shipment(command: PrepareShipment, shipments: Shipments, ids: Ids) -> ShipmentId:
    shipment = Shipment.prepare(ShipmentId(ids.new()), command.order, command.lines, command.location, command.seller)
    shipments.save(shipment)
    return shipment.id


def ship_shipment(command: ShipShipment, shipments: Shipments) -> None:
    shipments.save(shipments.get(command.shipment).ship(command.tracking, command.lots))


def deliver_shipment(command: DeliverShipment, shipments: Shipments) -> None:
    shipments.save(shipments.get(command.shipment).deliver())


def cancel_shipments(command: CancelShipments, shipments: Shipments) -> None:
    for shipment in shipments.of_order(command.order):
        if command.prepared_only and shipment.has_left:
            continue
        cancelled = shipment.cancel()
        if cancelled is not shipment:
            shipments.save(cancelled)


def list_shipments(query: ListShipments, shipments: Shipments) -> tuple[ShipmentView, ...]:
    return tuple(
        ShipmentView(
            shipment.id,
            shipment.order,
            shipment.state,
            shipment.tracking,
            shipment.lines,
            shipment.location,
            shipment.seller,
        )
        for shipment in shipments.of_order(query.order)
    )
