"""The values of shipping."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import an_id

__all__ = ["ShipmentLine"]


@frozen
class ShipmentLine:
    """So many units of a variant in a shipment."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
