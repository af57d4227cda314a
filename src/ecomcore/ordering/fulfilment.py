"""From where an order's goods come, in which groups they leave, what has left, and what keeps them here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ShipmentId, VariantId
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import an_id
from ecomcore.quoting import CartLine, QuoteLine

__all__ = ["FulfilmentGroup", "Gone", "Hold", "HoldKind", "ShippedPart", "Source", "groups", "less", "units_of"]


Gone: TypeAlias = Mapping[tuple[VariantId, LocationId | None], int]
"""Units by variant and location, or by variant only where the location is not known."""


@frozen
class Source:
    """Units of an order that are set aside at a location."""

    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class FulfilmentGroup:
    """What leaves together: the goods of one seller at one location. ``seller`` is nobody for the shop's own goods; the
    ``location`` is not known of orders placed before they were parted by it.
    """

    location: LocationId | None
    seller: str | None
    lines: tuple[CartLine, ...]


@frozen
class ShippedPart:
    """Goods that have left, and whether they have arrived."""

    shipment: ShipmentId
    lines: tuple[CartLine, ...]
    delivered: bool = False


class HoldKind(StrEnum):
    """Why an order must wait."""

    FRAUD = "fraud"
    """Somebody has to look whether the order is what it seems."""
    ADDRESS = "address"
    """The address cannot be right."""
    DISPUTE = "dispute"
    """The buyer's bank has taken money back."""
    MANUAL = "manual"


@frozen
class Hold:
    """Something that keeps an order's goods here until staff release it."""

    kind: HoldKind
    reason: str
    by: str
    at: Instant


def groups(sources: Iterable[Source], lines: Iterable[QuoteLine]) -> tuple[FulfilmentGroup, ...]:
    """What is set aside, parted by location and seller, in the order in which it was set aside."""
    sellers = {line.variant: line.seller for line in lines}
    parted: dict[tuple[LocationId, str | None], list[CartLine]] = {}
    for source in sources:
        parted.setdefault((source.location, sellers.get(source.variant)), []).append(
            CartLine(source.variant, source.quantity)
        )
    return tuple(FulfilmentGroup(location, seller, tuple(own)) for (location, seller), own in parted.items())


def less(sources: Iterable[Source], gone: Gone) -> tuple[Source, ...]:
    """What is left of the sources; where the location of what is gone is not known, from wherever there is some."""
    left, rest = [], dict(gone)
    for source in sources:
        quantity = source.quantity
        for key in ((source.variant, source.location), (source.variant, None)):
            taken = min(quantity, rest.get(key, 0))
            if taken:
                rest[key] -= taken
                quantity -= taken
        if quantity:
            left.append(Source(source.variant, source.location, quantity))
    return tuple(left)


def units_of(lines: Iterable[CartLine | Source]) -> dict[VariantId, int]:
    """How many units of each variant."""
    units: dict[VariantId, int] = {}
    for line in lines:
        units[line.variant] = units.get(line.variant, 0) + line.quantity
    return units
