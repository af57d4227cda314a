"""The values of transfers: what is asked for, what has left, in which lots, and what has arrived."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY, a_count, a_quantity
from ecomcore.kernel.text import a_text, an_id, an_optional_id, empty_or_text

__all__ = [
    "MOST_LINES",
    "MOST_LOTS",
    "ArrivedLot",
    "InTransit",
    "TransferArrival",
    "TransferEntry",
    "TransferEntryKind",
    "TransferLine",
    "TransferLot",
    "TransferPick",
    "TransferTotal",
    "per_variant",
]

MOST_LINES = 10_000
"""Lines of one transfer, and of one receipt."""

MOST_LOTS = 100_000
"""Lots of one transfer; each unit with a serial number is one."""

LONGEST_LOT = 100


@frozen
class TransferLine:
    """So many units of a variant."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class TransferPick:
    """So many units of a variant are to leave from this lot."""

    variant: VariantId = field(validator=an_id)
    lot: str = field(validator=a_text(LONGEST_LOT))
    quantity: int = field(validator=a_quantity)


@frozen
class TransferLot:
    """Units of a variant of one lot, with its end and its owner; without a name where units are not told apart."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    lot: str = field(default="", validator=empty_or_text(LONGEST_LOT))
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    owner: str | None = field(default=None, validator=an_optional_id)


@frozen
class TransferArrival:
    """What is actually there of a variant: ``quantity`` units that can be sold, and ``damaged`` ones besides.

    Without a ``lot`` they are those in transit that expire first, and the damaged ones are of what is then left.
    """

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_count)
    damaged: int = field(default=0, validator=a_count)
    lot: str = field(default="", validator=empty_or_text(LONGEST_LOT))

    def __attrs_post_init__(self) -> None:
        if not self.units:
            raise Invalid("quantity", self.quantity, "at least 1 unit, good or damaged")
        if self.units > MAX_QUANTITY:
            raise Invalid("damaged", self.damaged, f"with the good ones at most {MAX_QUANTITY} units")

    @property
    def units(self) -> int:
        """All that are there, damaged or not."""
        return self.quantity + self.damaged


@frozen
class ArrivedLot:
    """Units of one lot that have arrived, all good or all ``damaged``; ``serial``: its name is a serial number."""

    variant: VariantId
    quantity: int
    lot: str = ""
    expires_at: Instant | None = None
    owner: str | None = None
    damaged: bool = False
    serial: bool = False


class TransferEntryKind(StrEnum):
    """Shipped: they have left. Received: they are there. Damaged: there, and of no use. Missing: lost on the way."""

    SHIPPED = "shipped"
    RECEIVED = "received"
    DAMAGED = "damaged"
    MISSING = "missing"


@frozen
class TransferEntry:
    """One entry of a transfer's ledger, never changed: ``quantity`` came into transit (above zero) or left it (below).

    ``number`` counts the transfer's entries from 1 without gaps; ``balance`` is what was in transit of the variant
    after it. ``line`` counts the entries of one receipt from 1, ``reference`` names the receipt.
    """

    number: int
    kind: TransferEntryKind
    variant: VariantId
    quantity: int
    balance: int
    at: Instant
    lot: str = ""
    line: int = 1
    reference: str = ""


@frozen
class TransferTotal:
    """What was requested of a variant and what has become of it: always
    ``shipped == received + damaged + missing + in_transit``.
    """

    variant: VariantId
    requested: int
    shipped: int = 0
    received: int = 0
    damaged: int = 0
    missing: int = 0

    @property
    def in_transit(self) -> int:
        """Units that have left and are neither there nor lost."""
        return self.shipped - self.received - self.damaged - self.missing


@frozen
class InTransit:
    """Units of a variant on their way to a location, over all transfers."""

    variant: VariantId
    destination: LocationId
    units: int


def per_variant(lines: Iterable[TransferLine | TransferPick | TransferLot], field: str) -> dict[VariantId, int]:
    """The units of each variant, in the order in which they are named first. Raises ``Invalid`` for too many."""
    units: dict[VariantId, int] = {}
    for line in lines:
        units[line.variant] = wanted = units.get(line.variant, 0) + line.quantity
        if wanted > MAX_QUANTITY:
            raise Invalid(field, wanted, f"at most {MAX_QUANTITY} units of {line.variant}")
    return units
