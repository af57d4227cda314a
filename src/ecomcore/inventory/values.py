"""The values of the inventory."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import an_id

__all__ = ["Movement", "MovementKind", "ReservedLine", "StockLine", "stock_item_id"]


class MovementKind(StrEnum):
    """Why units came or went."""

    RECEIPT = "receipt"
    SALE = "sale"
    CORRECTION = "correction"


@frozen
class Movement:
    """One entry of a stock item's ledger, never changed: ``quantity`` came (above zero) or went (below).

    ``number`` counts the item's entries from 1 without gaps; ``balance`` is what was on hand after it.
    ``reference`` names the document behind it: a delivery note, a shipment, a reason.
    """

    number: int
    kind: MovementKind
    quantity: int
    balance: int
    reference: str
    at: Instant


@frozen
class StockLine:
    """So many units of a variant."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class ReservedLine:
    """So many units of a variant at a location, set aside."""

    variant: VariantId
    location: LocationId
    quantity: int

    @property
    def item(self) -> StockItemId:
        return stock_item_id(self.variant, self.location)


def stock_item_id(variant: VariantId, location: LocationId) -> StockItemId:
    """The one id of the stock of a variant at a location."""
    return StockItemId(f"{variant}@{location}")
