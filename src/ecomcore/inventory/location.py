"""A location is a place where stock lies: a warehouse, a store, somebody else's shelves. Reservations take from the
locations that serve a channel, in the order that the shop's sourcing rule finds; without any other rule, of their
priority.
"""

from __future__ import annotations

from typing import Any, Self

from attrs import Attribute, frozen

from ecomcore.inventory.events import LocationChanged, LocationOpened
from ecomcore.inventory.values import AT, LocationKind
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId
from ecomcore.kernel.money import Money
from ecomcore.kernel.place import Place
from ecomcore.kernel.text import an_optional_id, instance_of, optional

__all__ = ["Location", "a_location_id", "a_parcel_cost"]


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


def a_location_id(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate the id of a new location, or ``None``: an id without what parts variant and location in an item's id."""
    an_optional_id(instance, attribute, value)
    if isinstance(value, str) and AT in value:
        raise Invalid(attribute.name, value, f"an id without {AT}")


def a_parcel_cost(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate what a parcel costs, or ``None``: no less than zero."""
    _money(instance, attribute, value)
    if isinstance(value, Money) and value.minor < 0:
        raise Invalid(attribute.name, value, "an amount of money, zero or more")


_money = optional(instance_of(Money))
