"""Which locations serve a channel. A channel nobody has said anything about is served by all of them, in the order of
their own priority. Once it is said, the channel has a list: who serves it, who is asked first, and how many units of
each variant every location keeps back from it. A location that is not on the list sells nothing there.

The life of a ``ChannelSupply`` is one move, which can be made again: ``serve``.

Ask: ServeChannel; GetChannelSupply. Tells: ChannelServed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final, Protocol, Self

from attrs import field, frozen

from ecomcore.inventory.ports import Locations
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import LocationId
from ecomcore.kernel.messages import Command, Event, Permission, Query, Who
from ecomcore.kernel.quantity import a_count, a_rank
from ecomcore.kernel.text import a_list_of, an_id, as_tuple
from ecomcore.kernel.work import Repository

__all__ = [
    "ChannelLocation",
    "ChannelServed",
    "ChannelSupplies",
    "ChannelSupply",
    "ChannelSupplyView",
    "GetChannelSupply",
    "ServeChannel",
    "get_channel_supply",
    "serve_channel",
]

MOST_LOCATIONS: Final = 10_000
"""Locations of one channel."""


@frozen
class ChannelLocation:
    """A location that serves a channel: lower ``priority`` is asked first, ``buffer`` units of each variant stay."""

    location: LocationId = field(validator=an_id)
    priority: int = field(default=100, validator=a_rank)
    buffer: int = field(default=0, validator=a_count)


@frozen
class ChannelServed(Event):
    """These locations serve the channel from now on, and no others."""

    channel: str
    locations: tuple[ChannelLocation, ...]


@frozen(kw_only=True)
class ChannelSupply(Aggregate):
    """A channel, and who serves it, in the order of the locations' ids. Its id is the name of the channel."""

    locations: tuple[ChannelLocation, ...] = ()

    def of(self, location: LocationId) -> ChannelLocation | None:
        """On what terms this location serves the channel, or nothing if it does not."""
        index = bisect_left(self.locations, location, key=_location)
        found = self.locations[index] if index < len(self.locations) else None
        return found if found is not None and found.location == location else None

    def serve(self, locations: Iterable[ChannelLocation]) -> Self:
        """These locations serve it from now on, and no others."""
        listed = tuple(sorted(locations, key=_location))
        if self.version and listed == self.locations:
            return self
        return self.telling(ChannelServed(self.id, listed), locations=listed)


_location: Any = attrgetter("location")


@frozen
class ServeChannel(Command[None]):
    """These locations serve the channel from now on, and no others; without any, nothing is sold there.

    Raises ``Invalid`` for a location that is named twice, ``NotFound`` for one that does not exist.
    """

    permission = Permission("inventory.serve_channel", Who.STAFF)
    channel: str = field(validator=an_id)
    locations: tuple[ChannelLocation, ...] = field(
        converter=as_tuple, validator=a_list_of(ChannelLocation, MOST_LOCATIONS, 0)
    )

    def __attrs_post_init__(self) -> None:
        seen: set[str] = set()
        for index, each in enumerate(self.locations):
            if each.location in seen:
                raise Invalid(f"locations[{index}].location", each.location, "each location once")
            seen.add(each.location)


@frozen
class ChannelSupplyView:
    """Who serves a channel, those that are asked first before others; nothing is said of one that all serve."""

    channel: str
    locations: tuple[ChannelLocation, ...] | None


@frozen
class GetChannelSupply(Query[ChannelSupplyView]):
    """Who serves a channel."""

    permission = Permission("inventory.view", Who.STAFF)
    channel: str = field(validator=an_id)


class ChannelSupplies(Repository[ChannelSupply, str], Protocol):
    """All channels of which somebody has said who serves them."""

    kind: type[ChannelSupply] = ChannelSupply


def serve_channel(command: ServeChannel, supplies: ChannelSupplies, locations: Locations) -> None:
    wanted = sorted(each.location for each in command.locations)
    known = locations.many(wanted)
    for id_ in wanted:
        if id_ not in known:
            raise NotFound("Location", id_)
    supply = supplies.find(command.channel) or ChannelSupply(id=command.channel)
    served = supply.serve(command.locations)
    if served is not supply:
        supplies.save(served)


def get_channel_supply(query: GetChannelSupply, supplies: ChannelSupplies) -> ChannelSupplyView:
    supply = supplies.find(query.channel)
    if supply is None:
        return ChannelSupplyView(query.channel, None)
    by_priority = sorted(supply.locations, key=lambda each: (each.priority, each.location))
    return ChannelSupplyView(query.channel, tuple(by_priority))
