"""A location is a place where stock lies: a warehouse, a store, somebody else's shelves. Reservations take from the
locations that serve a channel, in the order that the shop's sourcing rule finds; without any other rule, of their
priority.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.inventory.events import LocationChanged, LocationOpened
from ecomcore.inventory.values import LocationKind
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import LocationId
from ecomcore.kernel.money import Money
from ecomcore.kernel.place import Place

__all__ = ["Location"]


@frozen(kw_only=True)
class Location(Aggregate):
    """A place where stock lies; lower ``priority`` is asked first.

    ``ships``: parcels leave from here; ``collects``: buyers fetch their goods here. ``parcel_cost`` is what a parcel
    from here costs the shop, for rules that look for the cheapest.
    """

    id: LocationId
    name: str
    priority: int
    kind: LocationKind = LocationKind.WAREHOUSE
    place: Place | None = None
    ships: bool = True
    collects: bool = False
    parcel_cost: Money | None = None

    @classmethod
    def open(
        cls,
        id: LocationId,
        name: str,
        priority: int,
        kind: LocationKind = LocationKind.WAREHOUSE,
        place: Place | None = None,
        *,
        ships: bool = True,
        collects: bool = False,
        parcel_cost: Money | None = None,
    ) -> Self:
        """A new place."""
        opened = cls(
            id=id,
            name=name,
            priority=priority,
            kind=kind,
            place=place,
            ships=ships,
            collects=collects,
            parcel_cost=parcel_cost,
        )
        return opened.telling(LocationOpened(id, name, kind))

    def change(
        self,
        name: str,
        priority: int,
        place: Place | None,
        *,
        ships: bool,
        collects: bool,
        parcel_cost: Money | None,
    ) -> Self:
        """The same place, described anew. What it is, a warehouse or a store, stays."""
        changed = self.having(
            name=name, priority=priority, place=place, ships=ships, collects=collects, parcel_cost=parcel_cost
        )
        return self if changed == self else changed.telling(LocationChanged(self.id, name))
