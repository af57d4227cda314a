"""The values of shipping."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_text, an_id

__all__ = ["ShipmentLine", "ShippedLot"]


@frozen
class ShipmentLine:
    """So many units of a variant in a shipment."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class ShippedLot:
    """Units of a variant that are of this lot, or the one with this serial number."""

    variant: VariantId = field(validator=an_id)
    lot: str = field(validator=a_text(100))
    quantity: int = field(default=1, validator=a_quantity)
