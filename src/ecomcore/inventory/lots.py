"""Lots: units that came together, with the day they expire and whose they are. A serial number is a lot of one unit.

What expires first leaves first. Units whose time has run out are still there; they are not available, and they do
not leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import Attribute, evolve, field, frozen

from ecomcore.inventory.errors import LotUnknown, WrongTracking
from ecomcore.inventory.values import Condition, StockLine
from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple, empty_or_text, instance_of

__all__ = [
    "Lot",
    "LotPick",
    "ReceivedLine",
    "Tracking",
    "as_received",
    "expired_units",
    "first_end",
    "first_expired",
    "parts_of",
    "with_units",
]

LONGEST_CODE = 100
MOST_SERIALS = 10_000


class Tracking(StrEnum):
    """Whether the units of an item are told apart: not at all, by lot, or each by its serial number."""

    NONE = "none"
    LOTS = "lots"
    SERIALS = "serials"


@frozen
class Lot:
    """Units of one lot that are on hand. ``owner`` is the seller whose goods these are; nobody: the shop's own.

    ``warned``: staff were told that it expires.
    """

    code: str
    quantity: int
    expires_at: Instant | None
    owner: str | None
    received_at: Instant
    warned: bool = False

    def is_expired(self, at: Instant) -> bool:
        """Whether its time has run out: it is good until before this instant."""
        return self.expires_at is not None and self.expires_at <= at


@frozen
class LotPick:
    """So many units of a lot of a variant at a location; ``expires_at`` and ``owner`` are the lot's."""

    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    lot: str = field(validator=a_text(LONGEST_CODE))
    quantity: int = field(validator=a_quantity)
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    owner: str | None = field(default=None, validator=an_optional_id)


def _serials(_: object, attribute: Attribute[Any], value: object) -> None:
    _texts(_, attribute, value)
    serials: tuple[str, ...] = value  # type: ignore[assignment]  # that has been looked at
    if len(set(serials)) != len(serials):
        raise Invalid(attribute.name, len(serials), "serial numbers, each once")
    for each in serials:
        if not 1 <= len(each) <= LONGEST_CODE or not each.isprintable() or each.strip() != each:
            raise Invalid(attribute.name, each, f"1 to {LONGEST_CODE} printable characters")


_texts = a_list_of(str, MOST_SERIALS, 0)


@frozen
class ReceivedLine:
    """Units of a variant that arrive: their ``lot`` with its end and owner, or a serial number for each of them.

    Consigned goods (those with an ``owner``) without a lot of their own lie in one that is called like the owner.
    """

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    owner: str | None = field(default=None, validator=an_optional_id)
    serials: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_serials)
    condition: Condition = field(default=Condition.GOOD, validator=instance_of(Condition))

    def __attrs_post_init__(self) -> None:
        if self.serials and len(self.serials) != self.quantity:
            raise Invalid("serials", len(self.serials), f"{self.quantity} serial numbers, one for each unit")
        if self.serials and self.lot:
            raise Invalid("lot", self.lot, "no lot where there are serial numbers")


def as_received(lines: Iterable[StockLine | ReceivedLine]) -> tuple[ReceivedLine, ...]:
    """Plain lines as lines of a receipt; anything else stays as it is, for the validator to refuse."""
    plain: tuple[Any, ...] = as_tuple(lines)
    if not isinstance(plain, tuple):
        return plain
    return tuple(ReceivedLine(each.variant, each.quantity) if isinstance(each, StockLine) else each for each in plain)


def parts_of(line: ReceivedLine, tracking: Tracking) -> Sequence[tuple[str, int]]:
    """The lots of what arrives and their units; one without a name where they are not told apart.

    Raises ``WrongTracking`` where the line says less, or more, than the item keeps.
    """
    match tracking:
        case Tracking.NONE:
            if line.serials or line.lot or line.expires_at or line.owner:
                raise WrongTracking(line.variant, tracking, "a line without lot, end, owner or serial numbers")
            return (("", line.quantity),)
        case Tracking.SERIALS:
            if not line.serials:
                raise WrongTracking(line.variant, tracking, "a serial number for each unit")
            return [(serial, 1) for serial in line.serials]
        case Tracking.LOTS:
            code = line.lot or line.owner
            if line.serials or not code:
                raise WrongTracking(line.variant, tracking, "a lot")
            return ((code, line.quantity),)


def with_units(lots: Iterable[Lot], *new: Lot) -> tuple[Lot, ...]:
    """The lots with these units added, or taken away where the quantity is below zero. Lots are never forgotten, and
    what is there of one stays as old as it is.

    Raises ``Invalid`` where a known lot is said to end otherwise or to be somebody else's.
    """
    known = {lot.code: lot for lot in lots}
    for units in new:
        lot = known.get(units.code)
        known[units.code] = units if lot is None else _more_of(lot, units)
    return tuple(known.values())


def _more_of(lot: Lot, new: Lot) -> Lot:
    for name in ("expires_at", "owner"):
        if new.quantity > 0 and lot.quantity > 0 and getattr(new, name) != getattr(lot, name):
            raise Invalid(name, getattr(new, name), f"{getattr(lot, name)}, as for what is there of {lot.code}")
    base = new if new.quantity > 0 and not lot.quantity else lot
    return evolve(base, quantity=lot.quantity + new.quantity)


def expired_units(lots: Iterable[Lot], at: Instant) -> int:
    """Units whose time has run out."""
    return sum(lot.quantity for lot in lots if lot.is_expired(at))


def first_end(lots: Iterable[Lot], after: Instant) -> Instant | None:
    """When the next units expire after a moment."""
    ends = (lot.expires_at for lot in lots if lot.quantity and lot.expires_at is not None and lot.expires_at > after)
    return min(ends, default=None)


def first_expired(
    lots: tuple[Lot, ...], quantity: int, at: Instant, wanted: Mapping[str, int], *, also_expired: bool = False
) -> list[tuple[Lot, int]]:
    """From which lots so many units are taken: those ``wanted`` by name, the rest from what expires first, then from
    what came first. Takes fewer where there are not enough. Raises ``LotUnknown`` for a lot without these units,
    ``Invalid`` where more are wanted than leave.
    """
    usable = {lot.code: lot for lot in lots if lot.quantity and (also_expired or not lot.is_expired(at))}
    taken: dict[str, int] = {}
    for code, units in wanted.items():
        if code not in usable or usable[code].quantity < units:
            raise LotUnknown(code, units, usable[code].quantity if code in usable else 0)
        taken[code] = units
    rest = quantity - sum(taken.values())
    if rest < 0:
        raise Invalid("picks", quantity - rest, f"at most the {quantity} that leave")
    for lot in sorted(usable.values(), key=_first):
        part = min(rest, lot.quantity - taken.get(lot.code, 0))
        if part > 0:
            taken[lot.code] = taken.get(lot.code, 0) + part
            rest -= part
    return [(usable[code], units) for code, units in taken.items()]


def _first(lot: Lot) -> tuple[bool, float, Instant, str]:
    end = lot.expires_at
    return end is None, end.timestamp() if end else 0.0, lot.received_at, lot.code
