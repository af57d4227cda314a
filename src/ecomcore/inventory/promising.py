"""From when how many units can leave: what lies there, what is to arrive, what is not released yet, what expires.

Only facts count. What is set aside is served first, lots whose time will have run out do not count, and neither does
what should have arrived by now: nobody knows when it comes until its day is set anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from attrs import define, evolve

from ecomcore.inventory.channel import ChannelSupply
from ecomcore.inventory.location import Location
from ecomcore.inventory.ports import Arrival
from ecomcore.inventory.queries import Promise
from ecomcore.inventory.shelf_view import View
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import PreOrders
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, VariantId

__all__ = ["promises", "with_empty"]

_Change: TypeAlias = tuple[LocationId, VariantId, int]
"""So many units more, or fewer, of a variant at a location; none where it is only released."""


@define
class _Left:
    """Units of an item that are not owed to anybody; none can be had before it is released."""

    units: int
    released_at: Instant | None

    def at(self, at: Instant) -> int:
        return 0 if self.released_at is not None and at < self.released_at else max(self.units, 0)


def promises(
    view: View, variants: Iterable[VariantId], coming: Iterable[Arrival], until: Instant | None
) -> Iterator[Promise]:
    """Of each variant what can be had now, and at each moment at which that changes."""
    items: dict[VariantId, list[StockItem]] = defaultdict(list)
    for item in view.items:
        items[item.variant].append(item)
    arrivals: dict[VariantId, list[Arrival]] = defaultdict(list)
    for arrival in coming:
        arrivals[arrival.variant].append(arrival)
    for variant in dict.fromkeys(variants):
        each = view.components.get(variant) or {variant: 1}
        left: dict[LocationId, dict[VariantId, _Left]] = defaultdict(dict)
        changes: dict[Instant, list[_Change]] = defaultdict(list)
        for part in each:
            for item in items[part]:
                left[item.location][part] = _left(view, item)
                _note(changes, item, view.now)
            for arrival in arrivals[part]:
                if part in left[arrival.location] and arrival.expected_at > view.now:
                    changes[arrival.expected_at].append((arrival.location, part, arrival.quantity))
        yield from _of(variant, each, left, changes, view.now, until)


def with_empty(
    view: View,
    places: Collection[tuple[VariantId, LocationId]],
    locations: Mapping[LocationId, Location],
    supply: ChannelSupply | None,
) -> View:
    """The view with empty items as well, of variants at locations where there was nothing yet: without those that do
    not ship, or do not serve the channel.
    """
    items, spare = list(view.items), dict(view.spare)
    for variant, location in sorted(places):
        served = supply.of(location) if supply is not None else None
        if location in locations and locations[location].ships and (supply is None or served is not None):
            items.append(item := StockItem.empty(variant, location))
            spare[item.id] = -served.buffer if served is not None else 0
    return evolve(view, items=items, spare=spare)


def _of(
    variant: VariantId,
    each: Mapping[VariantId, int],
    left: Mapping[LocationId, Mapping[VariantId, _Left]],
    changes: Mapping[Instant, Iterable[_Change]],
    now: Instant,
    until: Instant | None,
) -> Iterator[Promise]:
    whole = {location: _whole(each, there, now) for location, there in left.items()}
    total = said = sum(whole.values())
    yield Promise(variant, None, total)
    for at in sorted(changes):
        if until is not None and at > until:
            return
        for location, part, units in changes[at]:
            left[location][part].units += units
            then = _whole(each, left[location], at)
            total, whole[location] = total - whole[location] + then, then
        if total != said:
            yield Promise(variant, at, total)
            said = total


def _left(view: View, item: StockItem) -> _Left:
    """What lies there and is not set aside, less what is kept back, whatever may be promised beyond."""
    kept = item.available(view.now) - view.spare[item.id]
    unreleased = item.beyond.release_at if isinstance(item.beyond, PreOrders) else None
    return _Left(item.usable(view.now) - item.reserved - kept, unreleased)


def _note(changes: dict[Instant, list[_Change]], item: StockItem, now: Instant) -> None:
    """When it is released, and when its lots expire."""
    if isinstance(item.beyond, PreOrders) and item.beyond.release_at > now:
        changes[item.beyond.release_at].append((item.location, item.variant, 0))
    for lot in item.lots:
        if lot.quantity and lot.expires_at is not None and lot.expires_at > now:
            changes[lot.expires_at].append((item.location, item.variant, -lot.quantity))


def _whole(each: Mapping[VariantId, int], there: Mapping[VariantId, _Left], at: Instant) -> int:
    return min((there[part].at(at) if part in there else 0) // units for part, units in each.items())
