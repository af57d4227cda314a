"""What the inventory can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.inventory.values import Movement
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import an_id, an_id_list, as_tuple

__all__ = ["Availability", "GetAvailability", "ListMovements", "ListStock", "StockView"]

VIEW = Permission("inventory.view", Who.STAFF)


@frozen
class Availability:
    """How many units of a variant can be ordered now, over all locations."""

    variant: VariantId
    available: int


@frozen
class StockView:
    """A variant at a location, as staff see it."""

    variant: VariantId
    location: LocationId
    on_hand: int
    reserved: int
    available: int


@frozen
class GetAvailability(Query[tuple[Availability, ...]]):
    """How many units of each variant can be ordered now; a variant without stock has none."""

    permission = Permission("inventory.availability", Who.ANYONE)
    variants: tuple[VariantId, ...] = field(converter=as_tuple, validator=an_id_list)


@frozen
class ListStock(Query[tuple[StockView, ...]]):
    """The stock of these variants at each location."""

    permission = VIEW
    variants: tuple[VariantId, ...] = field(converter=as_tuple, validator=an_id_list)


@frozen
class ListMovements(Query[tuple[Movement, ...]]):
    """The ledger of a variant at a location, in order, from the entry after the given number."""

    permission = VIEW
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)
