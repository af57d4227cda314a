"""What the inventory tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.inventory.values import ReservedLine
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore.kernel.messages import Event

__all__ = [
    "LocationOpened",
    "MoreStockReserved",
    "ReservationExpired",
    "StockConsumed",
    "StockCorrected",
    "StockKept",
    "StockPartReleased",
    "StockReceived",
    "StockReleased",
    "StockReserved",
]


@frozen
class LocationOpened(Event):
    """There is a new place where stock can lie."""

    location: LocationId
    name: str


@frozen
class StockReceived(Event):
    """Units have arrived."""

    variant: VariantId
    location: LocationId
    quantity: int
    on_hand: int
    reference: str


@frozen
class StockCorrected(Event):
    """The books were set right by so many units, up or down."""

    variant: VariantId
    location: LocationId
    quantity: int
    on_hand: int
    reason: str


@frozen
class StockReserved(Event):
    """Units are set aside for a source (an order), until ``expires_at`` or without end."""

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...]
    expires_at: Instant | None


@frozen
class StockKept(Event):
    """The reservation holds until then, or without an end."""

    reservation: ReservationId
    source: str
    until: Instant | None = None


@frozen
class MoreStockReserved(Event):
    """These units are set aside as well."""

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...]


@frozen
class StockPartReleased(Event):
    """These units are available again; what else is set aside stays so."""

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...]


@frozen
class StockReleased(Event):
    """The units that were still set aside are available again."""

    reservation: ReservationId
    source: str


@frozen
class StockConsumed(Event):
    """These units have left the house under a reference, such as a shipment.

    Events of before reservations were consumed in parts name neither: all that was set aside had left.
    """

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...] = ()
    reference: str = ""


@frozen
class ReservationExpired(Event):
    """Nobody came in time; the units are available again."""

    reservation: ReservationId
    source: str
