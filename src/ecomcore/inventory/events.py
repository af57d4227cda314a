"""What the inventory tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.inventory.lots import LotPick
from ecomcore.inventory.values import Condition, LocationKind, MovementKind, Purpose, ReservedLine
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore.kernel.messages import Event

__all__ = [
    "LocationChanged",
    "LocationOpened",
    "LotExpires",
    "MoreStockReserved",
    "ReservationExpired",
    "StockBack",
    "StockConsumed",
    "StockCorrected",
    "StockDamaged",
    "StockIsDead",
    "StockKept",
    "StockLow",
    "StockMonthClosed",
    "StockNotThere",
    "StockOut",
    "StockPartReleased",
    "StockReceived",
    "StockReleased",
    "StockReserved",
    "StockRulesSet",
    "StockShort",
    "StockStriped",
    "StockWrittenOff",
]


@frozen
class LocationOpened(Event):
    """There is a new place where stock can lie."""

    location: LocationId
    name: str
    kind: LocationKind = LocationKind.WAREHOUSE


@frozen
class LocationChanged(Event):
    """A place is described anew."""

    location: LocationId
    name: str


@frozen
class StockReceived(Event):
    """Units have arrived; ``on_hand`` are there now, without damaged ones. ``queued``: people may wait in line."""

    variant: VariantId
    location: LocationId
    quantity: int
    on_hand: int
    reference: str
    kind: MovementKind = MovementKind.RECEIPT
    condition: Condition = Condition.GOOD
    queued: bool = False


@frozen
class StockCorrected(Event):
    """The books were set right by so many units, up or down; by a count, if the ``kind`` says so."""

    variant: VariantId
    location: LocationId
    quantity: int
    on_hand: int
    reason: str
    kind: MovementKind = MovementKind.CORRECTION
    lot: str = ""


@frozen
class StockDamaged(Event):
    """Units cannot be sold any more, or with a quantity below zero can be sold again."""

    variant: VariantId
    location: LocationId
    quantity: int
    on_hand: int
    damaged: int
    reason: str


@frozen
class StockWrittenOff(Event):
    """Units are gone for good."""

    variant: VariantId
    location: LocationId
    quantity: int
    condition: Condition
    on_hand: int
    damaged: int
    reason: str


@frozen
class StockRulesSet(Event):
    """The buffer, thresholds and promises of an item are others."""

    variant: VariantId
    location: LocationId


@frozen
class StockStriped(Event):
    """An item is spread over so many rows, or none."""

    variant: VariantId
    location: LocationId
    stripes: int


@frozen
class StockLow(Event):
    """No more than the threshold is left to be sold."""

    variant: VariantId
    location: LocationId
    available: int
    low: int


@frozen
class StockOut(Event):
    """Nothing is left to be sold."""

    variant: VariantId
    location: LocationId


@frozen
class StockBack(Event):
    """There is something to be sold again; where it is ``queued``, to those who wait in line first."""

    variant: VariantId
    location: LocationId
    available: int
    queued: bool = False


@frozen
class StockShort(Event):
    """A fact has broken promises: so many units are set aside that are not there, and may not be promised."""

    variant: VariantId
    location: LocationId
    short: int


@frozen
class LotExpires(Event):
    """Units of a lot will soon be good no longer, or are already."""

    variant: VariantId
    location: LocationId
    lot: str
    quantity: int
    expires_at: Instant


@frozen
class StockIsDead(Event):
    """Units have lain there unsold for long, since then."""

    variant: VariantId
    location: LocationId
    on_hand: int
    since: Instant


@frozen
class StockMonthClosed(Event):
    """What was on hand at the end of a month is written down for good."""

    month: str
    items: int
    units: int


@frozen
class StockReserved(Event):
    """Units are set aside for a source (an order), until ``expires_at`` or without end.

    ``promised_at`` is when the last of them should be there, where some are not yet; ``sourcing`` says line by line why
    these locations were chosen. ``instead_of`` names the reservation that ended in favour of this one.
    """

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...]
    expires_at: Instant | None
    purpose: Purpose = Purpose.ORDER
    promised_at: Instant | None = None
    sourcing: tuple[str, ...] = ()
    instead_of: str | None = None


@frozen
class StockNotThere(Event):
    """Nothing could be set aside for a source that was to get its units by now, such as an order just paid for."""

    reservation: ReservationId
    source: str
    variant: VariantId
    wanted: int
    available: int
    purpose: Purpose = Purpose.ORDER


@frozen
class StockKept(Event):
    """The reservation holds until then, or without an end."""

    reservation: ReservationId
    source: str
    until: Instant | None = None
    purpose: Purpose = Purpose.ORDER


@frozen
class MoreStockReserved(Event):
    """These units are set aside as well. ``promised_at`` is when the last of them should be there, where some are not
    yet.
    """

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...]
    purpose: Purpose = Purpose.ORDER
    promised_at: Instant | None = None


@frozen
class StockPartReleased(Event):
    """These units are available again; what else is set aside stays so."""

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...]
    purpose: Purpose = Purpose.ORDER


@frozen
class StockReleased(Event):
    """The units that were still set aside are available again."""

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...] = ()
    purpose: Purpose = Purpose.ORDER


@frozen
class StockConsumed(Event):
    """These units have left the house under a reference, such as a shipment, and were of these ``lots``.

    Events of before reservations were consumed in parts name neither: all that was set aside had left.
    """

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...] = ()
    reference: str = ""
    purpose: Purpose = Purpose.ORDER
    lots: tuple[LotPick, ...] = ()


@frozen
class ReservationExpired(Event):
    """Nobody came in time; the units are available again."""

    reservation: ReservationId
    source: str
    lines: tuple[ReservedLine, ...] = ()
    purpose: Purpose = Purpose.ORDER
