"""The values of the inventory."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import an_id

__all__ = [
    "Movement",
    "MovementKind",
    "ReservationEntry",
    "ReservationEntryKind",
    "ReservedLine",
    "StockLine",
    "stock_item_id",
]


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

    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)

    @property
    def item(self) -> StockItemId:
        return stock_item_id(self.variant, self.location)


class ReservationEntryKind(StrEnum):
    """Reserved: set aside. Consumed: they have left the house. Released: given back."""

    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"


@frozen
class ReservationEntry:
    """One entry of a reservation's ledger, never changed: ``quantity`` came (above zero) or went (below).

    ``number`` counts the reservation's entries from 1 without gaps; ``balance`` is what was set aside of the variant at
    the location after it. ``reference`` names the document under which units left, such as a shipment.
    """

    number: int
    kind: ReservationEntryKind
    variant: VariantId
    location: LocationId
    quantity: int
    balance: int
    reference: str = ""

    @property
    def item(self) -> StockItemId:
        return stock_item_id(self.variant, self.location)


def stock_item_id(variant: VariantId, location: LocationId) -> StockItemId:
    """The one id of the stock of a variant at a location."""
    return StockItemId(f"{variant}@{location}")
