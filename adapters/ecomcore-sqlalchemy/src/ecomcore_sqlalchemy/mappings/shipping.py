"""Shipments as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.ids import LocationId, OrderId, ShipmentId, VariantId
from ecomcore.shipping import Shipment, ShipmentLine, ShipmentState
from ecomcore_sqlalchemy import tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _shipment_values(shipment: Shipment, _: Dialect) -> Row:
    return shipment.state.value, shipment.tracking, shipment.order, shipment.location, shipment.seller


def _shipment(row: Row, parts: Parts, _: Dialect) -> Shipment:
    id_, version, told, state, tracking, order, location, seller = row
    return Shipment(
        id=ShipmentId(id_),
        version=version,
        told=told,
        order=OrderId(order),
        state=ShipmentState(state),
        tracking=tracking,
        location=None if location is None else LocationId(location),
        seller=seller,
        lines=tuple(ShipmentLine(VariantId(variant), quantity) for _, _, variant, quantity in parts[0]),
    )


def _fresh_shipment_lines(before: Shipment | None, now: Shipment, _: Dialect) -> Iterable[Row]:
    if before is None:
        for number, line in enumerate(now.lines, 1):
            yield now.id, number, line.variant, line.quantity


MAPPED: Mapping[type, Mapped[Any]] = {
    Shipment: Mapped(
        Shipment,
        tables.shipments,
        ("state", "tracking"),
        ("order", "location", "seller"),
        _shipment_values,
        _shipment,
        (
            Part(
                tables.shipment_lines,
                ("shipment", "number", "variant", "quantity"),
                "number",
                _fresh_shipment_lines,
            ),
        ),
    ),
}
