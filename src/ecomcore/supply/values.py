"""The values of the supply: what was ordered, what has come, and what is still to come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY, a_count, a_quantity
from ecomcore.kernel.text import a_list_of, an_id, an_optional_id, as_tuple, empty_or_text, instance_of

__all__ = [
    "MOST_LINES",
    "ArrivedLine",
    "Difference",
    "InboundEntry",
    "InboundLine",
    "InboundTotal",
    "Outstanding",
    "SupplyPolicy",
    "per_variant",
]

MOST_LINES = 10_000
"""Lines of one delivery, and of one receipt."""

LONGEST_LOT = 100
MOST_SERIALS = 10_000


def _serials(instance: object, attribute: Attribute[Any], value: object) -> None:
    _texts(instance, attribute, value)
    for each in value if isinstance(value, tuple) else ():
        if not 1 <= len(each) <= LONGEST_LOT or not each.isprintable() or each.strip() != each:
            raise Invalid(attribute.name, each, f"1 to {LONGEST_LOT} printable characters without spaces around them")
    if isinstance(value, tuple) and len(set(value)) < len(value):
        raise Invalid(attribute.name, value, "serial numbers, each once")


_texts = a_list_of(str, MOST_SERIALS, 0)


@frozen
class InboundLine:
    """So many units of a variant that are ordered, or missing."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class ArrivedLine:
    """What is actually there of a variant: ``quantity`` units that can be sold, and ``damaged`` ones besides.

    They are of a ``lot`` with its end, or each has a serial number, and then all of them are good or all are damaged.
    ``owner`` is the seller whose consigned goods they are; nobody: the shop's own.
    """

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_count)
    lot: str = field(default="", validator=empty_or_text(LONGEST_LOT))
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    owner: str | None = field(default=None, validator=an_optional_id)
    serials: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_serials)
    damaged: int = field(default=0, validator=a_count)

    def __attrs_post_init__(self) -> None:
        if not self.units:
            raise Invalid("quantity", self.quantity, "at least 1 unit, good or damaged")
        if self.units > MAX_QUANTITY:
            raise Invalid("damaged", self.damaged, f"with the good ones at most {MAX_QUANTITY} units")
        if self.serials and (len(self.serials) != self.units or (self.quantity and self.damaged)):
            accepted = (
                f"{self.units} serial numbers, one for each unit, on a line of units that are all good or damaged"
            )
            raise Invalid("serials", len(self.serials), accepted)
        if self.serials and self.lot:
            raise Invalid("lot", self.lot, "no lot where there are serial numbers")

    @property
    def units(self) -> int:
        """All that are there, damaged or not."""
        return self.quantity + self.damaged


@frozen
class InboundEntry:
    """One entry of a delivery's ledger, never changed: one ``line`` of a receipt, counted from 1.

    ``number`` counts the entries of the delivery from 1 without gaps. ``reference`` names the receipt, such as the
    supplier's delivery note.
    """

    number: int
    line: int
    arrived: ArrivedLine
    reference: str
    at: Instant


@frozen
class InboundTotal:
    """What was ordered of a variant and what has come so far, good and ``damaged``; of what nobody ordered, none."""

    variant: VariantId
    ordered: int
    received: int = 0
    damaged: int = 0

    @property
    def arrived(self) -> int:
        """All that has come, damaged or not."""
        return self.received + self.damaged

    @property
    def outstanding(self) -> int:
        """What has not come."""
        return max(0, self.ordered - self.arrived)

    @property
    def surplus(self) -> int:
        """What has come beyond what was ordered."""
        return max(0, self.arrived - self.ordered)


@frozen
class Difference:
    """More of a variant has come than was ordered, over all receipts."""

    variant: VariantId
    ordered: int
    arrived: int


@frozen
class Outstanding:
    """Units of a variant that are still to come to a location, with the delivery and when it is expected."""

    variant: VariantId
    location: LocationId
    quantity: int
    expected_at: Instant
    inbound: InboundId


@frozen
class SupplyPolicy:
    """What a shop decides about its deliveries: whether it ``takes_more`` than it ordered."""

    takes_more: bool = field(default=True, validator=instance_of(bool))


def per_variant(lines: Iterable[InboundLine]) -> dict[VariantId, int]:
    """The units of each variant, in the order in which they are named first. Raises ``Invalid`` for too many."""
    units: dict[VariantId, int] = {}
    for line in lines:
        units[line.variant] = wanted = units.get(line.variant, 0) + line.quantity
        if wanted > MAX_QUANTITY:
            raise Invalid("lines", wanted, f"at most {MAX_QUANTITY} units of {line.variant}")
    return units
