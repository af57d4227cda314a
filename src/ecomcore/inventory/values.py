"""The values of the inventory: lines, movements, and what happens to units that are set aside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from attrs import Attribute, field, frozen

from ecomcore.kernel.calendar import TimeZone, time_zone
from ecomcore.kernel.clock import Instant, a_duration, an_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.kernel.quantity import a_change, a_count, a_quantity, a_rank
from ecomcore.kernel.text import LONGEST_ID, a_code, an_id, an_optional_id, empty_or_text, instance_of, optional

__all__ = [
    "AT",
    "BackOrders",
    "Beyond",
    "Condition",
    "CountedDifference",
    "Grade",
    "InventoryPolicy",
    "Level",
    "LocationKind",
    "Movement",
    "MovementKind",
    "PreOrders",
    "Purpose",
    "ReservationEntry",
    "ReservationEntryKind",
    "ReservedLine",
    "StockLine",
    "a_source",
    "a_span_of_days",
    "an_item_id",
    "as_sold",
    "stock_item_id",
]


AT: Final = "@"
"""Parts variant and location in the id of a stock item. No id of a location has it: the last one is the one."""

WITHHELD: Final = "withheld:"
"""What stands before the order's id where its units wait for somebody to look at them."""

an_item_id: Final = optional(a_code(2 * LONGEST_ID + len(AT)))
"""Validate the id of a stock item, or ``None``: two ids and what parts them."""

a_source: Final = a_code(len(WITHHELD) + LONGEST_ID)
"""Validate the name of a reservation, that of what is withheld included."""


def a_span_of_days(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate how many days to look back: 1 to 10,000."""
    if type(value) is not int or not 1 <= value <= 10_000:
        raise Invalid(attribute.name, value, "a whole number from 1 to 10000")


class LocationKind(StrEnum):
    """A warehouse ships; a store sells to those who come as well; a drop shipper is somebody else's warehouse."""

    WAREHOUSE = "warehouse"
    STORE = "store"
    DROP_SHIP = "drop_ship"


class MovementKind(StrEnum):
    """Why units came or went."""

    RECEIPT = "receipt"
    SALE = "sale"
    RETURN = "return"
    DAMAGE = "damage"
    WRITE_OFF = "write_off"
    CORRECTION = "correction"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    COUNT = "count"


class Condition(StrEnum):
    """Good units can be sold. Damaged ones are there and cannot."""

    GOOD = "good"
    DAMAGED = "damaged"


class Level(StrEnum):
    """How much is left to be sold: plenty, no more than the threshold, or nothing."""

    PLENTY = "plenty"
    LOW = "low"
    OUT = "out"


class Grade(StrEnum):
    """How much an item matters, by the share of what is sold (ABC analysis): A most, C least."""

    A = "a"
    B = "b"
    C = "c"


class Purpose(StrEnum):
    """For what units are set aside: an order, a transfer to another location, somebody at the head of a queue."""

    ORDER = "order"
    TRANSFER = "transfer"
    QUEUE = "queue"
    WITHHELD = "withheld"
    """Of a cancelled order, until somebody has looked at the goods."""
    OTHER = "other"


@frozen
class Movement:
    """One entry of a stock item's ledger, never changed: ``quantity`` came (above zero) or went (below).

    ``number`` counts the item's entries from 1 without gaps; ``balance`` is how many units of this ``condition`` were
    there after it. ``reference`` names the document behind it (a delivery note, a shipment, a count), ``reason`` says
    why in words, ``actor`` who did it, ``lot`` which batch or serial number it was.
    """

    number: int
    kind: MovementKind
    quantity: int
    balance: int
    reference: str
    at: Instant
    condition: Condition = Condition.GOOD
    lot: str = ""
    reason: str = ""
    actor: str = ""


@frozen
class StockLine:
    """So many units of a variant."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class ReservedLine:
    """So many units of a variant at a location, set aside; of a component, for which ``bundle`` and how many ``each``
    of those takes.
    """

    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    bundle: VariantId | None = field(default=None, validator=an_optional_id)
    each: int = field(default=1, validator=a_quantity)

    @property
    def item(self) -> StockItemId:
        return stock_item_id(self.variant, self.location)


@frozen
class CountedDifference:
    """What a count found: so many more (above zero) or fewer units than the ``expected`` ones of the books."""

    variant: VariantId = field(validator=an_id)
    expected: int = field(validator=a_count)
    difference: int = field(validator=a_change)
    lot: str = field(default="", validator=empty_or_text(100))


class ReservationEntryKind(StrEnum):
    """Reserved: set aside. Consumed: they have left the house. Released: given back."""

    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"


@frozen
class ReservationEntry:
    """One entry of a reservation's ledger, never changed: ``quantity`` came (above zero) or went (below).

    ``number`` counts the reservation's entries from 1 without gaps; ``balance`` is what was set aside of the variant at
    the location, for the same bundle or for none, after it. ``reference`` names the document under which units left,
    such as a shipment.
    """

    number: int
    kind: ReservationEntryKind
    variant: VariantId
    location: LocationId
    quantity: int
    balance: int
    reference: str = ""
    bundle: VariantId | None = None
    each: int = 1

    @property
    def item(self) -> StockItemId:
        return stock_item_id(self.variant, self.location)


@frozen
class BackOrders:
    """Up to ``cap`` units may be promised that are not there yet, to arrive within so many days."""

    cap: int = field(validator=a_quantity)
    days: int | None = field(default=None, validator=optional(a_rank))


@frozen
class PreOrders:
    """Until ``release_at`` up to ``quota`` units in all may be ordered, whatever lies here, and none leaves."""

    quota: int = field(validator=a_quantity)
    release_at: Instant = field(validator=an_instant)


Beyond: TypeAlias = BackOrders | PreOrders
"""What may be promised beyond what is on hand."""


_UTC: Final = TimeZone("UTC")


def _a_zone(value: object) -> TimeZone:
    """The zone; the default one is not looked up, for a shop that knows no other loads no time zones."""
    return _UTC if value == _UTC else time_zone(value, "time_zone")


def _a_span(_: object, attribute: Attribute[Any], value: object) -> None:
    a_duration(_, attribute, value)
    if not value:
        raise Invalid(attribute.name, value, "a timedelta above zero")


@frozen
class InventoryPolicy:
    """What a shop decides about its stock.

    ``most_corrected`` is how many units one correction or write-off may move without the permission
    ``inventory.correct_beyond_limit`` or ``inventory.write_off_beyond_limit``; ``dead_after`` how long an item lies
    unsold until it counts as dead stock; ``expires_within`` how long before its end a lot is told of. Months end by the
    clocks of the ``time_zone``.

    ``hold_unpaid``: units are set aside when an order is placed; otherwise only once it is paid for, and an order for
    which nothing is left by then is called off. ``restock_on_cancel``: what was set aside for a cancelled order can be
    bought at once; otherwise it stays withheld until staff put it back (``RestockOrder``).
    """

    most_corrected: int = field(default=10_000, validator=a_quantity)
    dead_after: timedelta = field(default=timedelta(days=180), validator=_a_span)
    expires_within: timedelta = field(default=timedelta(days=14), validator=_a_span)
    time_zone: TimeZone = field(default=_UTC, converter=_a_zone)
    hold_unpaid: bool = field(default=True, validator=instance_of(bool))
    restock_on_cancel: bool = field(default=True, validator=instance_of(bool))


def as_sold(lines: Iterable[ReservedLine]) -> tuple[ReservedLine, ...]:
    """The lines as they were sold: bundles, not the components that are set aside for them."""
    lines = tuple(lines)
    if not any(line.bundle for line in lines):
        return lines
    sold: dict[tuple[VariantId, LocationId, bool], ReservedLine] = {}
    for line in lines:
        variant, units = line.bundle or line.variant, line.quantity // line.each
        sold[variant, line.location, line.bundle is not None] = ReservedLine(variant, line.location, units)
    return tuple(sold.values())


def stock_item_id(variant: VariantId, location: LocationId) -> StockItemId:
    """The one id of the stock of a variant at a location."""
    return StockItemId(f"{variant}{AT}{location}")
