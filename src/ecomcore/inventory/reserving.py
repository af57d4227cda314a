"""How units are set aside: look without locking, choose, lock what was chosen, and look again.

Nobody waits for a row only to hear that there is nothing: what is sold out is seen without a lock. What was chosen is
locked, items in the order of their ids, and checked again; whoever was slower chooses anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from attrs import field, frozen

from ecomcore.inventory.bundle import Bundles
from ecomcore.inventory.channel import ChannelSupplies, ChannelSupply
from ecomcore.inventory.errors import NotServed, OutOfStock
from ecomcore.inventory.location import Location
from ecomcore.inventory.planning import Sources, spare
from ecomcore.inventory.ports import Arrivals, Locations, Reservations, StockItems
from ecomcore.inventory.queue_ports import QueueTickets
from ecomcore.inventory.queueing import check_queue
from ecomcore.inventory.reservation import Reservation
from ecomcore.inventory.shelf_view import Components, View, arrives, owed
from ecomcore.inventory.sourcing import SourcingPlan, SourcingRule
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import ReservedLine, StockLine, stock_item_id
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, VariantId
from ecomcore.kernel.place import Place

__all__ = ["Components", "SetAside", "Shelves", "Wanted", "give_back", "per_variant"]

Change: TypeAlias = tuple[Reservation, Reservation]
"""A reservation as it was, and as it is now."""

_Lock: TypeAlias = tuple[bool, StockItemId]
"""What is locked, in its order: plain items, then striped ones."""

ROUNDS: Final = 6
"""So often somebody else may be faster before the whole command is run again."""

OVERDUE: Final = 100
"""So many reservations whose time has run out are ended at once."""


_NO_PLAN: Final = SourcingPlan("", (), {}, ())


@frozen(kw_only=True)
class Wanted:
    """What shall be set aside: so many units, at one location or from those that serve the channel."""

    units: Mapping[VariantId, int]
    location: LocationId | None = None
    channel: str = ""
    destination: Place | None = None
    composed: Components = field(factory=dict)
    """Bundles whose components are settled already: some are set aside for the same source."""
    source: str = ""
    offered: Mapping[VariantId, int] = field(factory=dict)
    """Units that a queue has offered to this source: for those it has waited."""
    to_move: bool = False
    """They shall be at another location: only what lies there is of use."""


@frozen
class SetAside:
    """What was set aside, why there, and when the last of it should be there."""

    lines: tuple[ReservedLine, ...]
    plan: SourcingPlan
    promised_at: Instant | None


class Shelves:
    """All that is looked at when units are set aside."""

    def __init__(
        self,
        stock_items: StockItems,
        reservations: Reservations,
        locations: Locations,
        channels: ChannelSupplies,
        bundles: Bundles,
        rule: SourcingRule,
        arrivals: Arrivals,
        tickets: QueueTickets,
    ) -> None:
        self.stock_items = stock_items
        self.reservations = reservations
        self.locations = locations
        self.channels = channels
        self.bundles = bundles
        self.rule = rule
        self.arrivals = arrivals
        self.tickets = tickets

    def set_aside(self, wanted: Wanted, now: Instant) -> SetAside:
        """The units, set aside and saved. Raises ``OutOfStock``, ``NotServed``, ``Conflict``."""
        locked: set[_Lock] = set()
        for _ in range(ROUNDS):
            view = self.look(wanted, now)
            while view.plan.missing:
                self._end_overdue(view, wanted, now, locked)
                view = self.look(wanted, now)
            lines = view.lines()
            chosen = {line.item for line in lines}
            _next_in_order((item for item in view.items if item.id in chosen), locked)
            if (taken := self._take(view, lines, wanted, now)) is not None:
                return SetAside(lines, view.plan, None if wanted.to_move else self._promised(taken, now))
        raise Conflict("StockItem", "one that everybody wants")

    def look(self, wanted: Wanted, now: Instant, *, also_overdue: bool = False, choose: bool = True) -> View:
        """What there is and what would be chosen, unless nobody wants to ``choose``; nothing is locked.

        ``also_overdue``: units whose reservations have run out count as free.
        """
        items, components = self._items(wanted)
        supply = self.channels.find(wanted.channel) if wanted.channel else None
        if wanted.location is not None and supply is not None and supply.of(wanted.location) is None:
            raise NotServed(wanted.location, wanted.channel)
        served = [item for item in items if _serves(item.location, wanted.location, supply)]
        freed: Mapping[StockItemId, int] = {}
        if also_overdue and served:
            freed = self.reservations.overdue_sums([item.id for item in served], now)
        there = {
            item.id: spare(item, wanted.location, supply, now, to_move=wanted.to_move) + freed.get(item.id, 0)
            for item in served
        }
        places = self._places({item.location for item in served}, wanted.location)
        sources = Sources(
            rule=self.rule,
            items=served,
            spare=there,
            places=places,
            supply=supply,
            now=now,
            components=components,
            destination=wanted.destination,
            only=wanted.location,
        )
        plan = sources.plan(wanted.units) if choose else _NO_PLAN
        shipping = [item for item in served if (place := places.get(item.location)) is None or place.ships]
        return View(shipping, there, components, plan, now)

    def _items(self, wanted: Wanted) -> tuple[Sequence[StockItem], Components]:
        """The stock of what is wanted; a bundle has none of its own, but its components have."""
        plain = [variant for variant in wanted.units if variant not in wanted.composed]
        items = self._stock_of(plain, wanted.location)
        unknown = sorted(set(plain) - {item.variant for item in items})
        components: dict[VariantId, Mapping[VariantId, int]] = dict(wanted.composed)
        if unknown:
            found = self.bundles.many(unknown)
            components.update((id_, bundle.each()) for id_, bundle in found.items() if bundle.is_bundle)
        parts = {part for each in components.values() for part in each} - {item.variant for item in items}
        return [*items, *self._stock_of(sorted(parts), wanted.location)], components

    def _stock_of(self, variants: Sequence[VariantId], only: LocationId | None) -> list[StockItem]:
        """Where a location is named nobody looks at the others: a till does not read the stock of all stores."""
        if only is None:
            return list(self.stock_items.of_variants(variants)) if variants else []
        return list(self.stock_items.many(sorted(stock_item_id(variant, only) for variant in variants)).values())

    def _places(self, served: Collection[LocationId], only: LocationId | None) -> Mapping[LocationId, Location]:
        return self.locations.many(sorted(served)) if only is None and served else {}

    def _take(
        self, view: View, lines: tuple[ReservedLine, ...], wanted: Wanted, now: Instant
    ) -> Sequence[StockItem] | None:
        """The items with the units set aside, saved; nothing where somebody else was faster."""
        units: dict[StockItemId, int] = defaultdict(int)
        for line in lines:
            units[line.item] += line.quantity
        kept = {item.id: max(item.available(now) - view.spare[item.id], 0) for item in view.items}
        keep = {item.id: max(kept[item.id] - item.buffer, 0) for item in view.items}
        # a share of a striped item does not say what lies there: who moves units locks the whole
        held = (
            self.stock_items.many(sorted(units), lock=True) if wanted.to_move else self.stock_items.shares(units, keep)
        )
        taken = []
        for id_, needed in units.items():
            item = held.get(id_)
            if item is None or item.available(now) - (kept[id_] if item.buffer or not item.stripes else 0) < needed:
                return None
            if wanted.to_move and item.lying(now) < needed:
                return None
            taken.append(item.reserve(needed, now, to_move=wanted.to_move))
        if any(item.queued for item in taken):
            check_queue(_unwaited(taken, units, wanted), wanted.source, self.tickets)
        self.stock_items.save(*taken)
        return taken

    def _end_overdue(self, view: View, wanted: Wanted, now: Instant, locked: set[_Lock]) -> None:
        """Let go of what was set aside and not claimed in time. Raises ``OutOfStock`` where there is nothing to let go
        of, ``Conflict`` where somebody else just does.
        """
        items = [item.id for item in view.items]
        late = dict(self.reservations.overdue_sums(items, now)) if items else {}
        own = self.reservations.find(ReservationId(wanted.source)) if any(late.values()) and wanted.source else None
        if own is not None and own.is_late(now):
            for line in own.lines:  # whoever asks for more does not lose what is set aside already
                late[line.item] = late.get(line.item, 0) - line.quantity
        if not any(units > 0 for units in late.values()):
            self.refuse_missing(view, wanted)
        overdue = [each for each in self.reservations.overdue(items, now, OVERDUE) if each.id != wanted.source]
        if not overdue:
            raise Conflict("Reservation", "one whose time has run out")
        ended = [(each, each.expire()) for each in overdue]
        # All that is given back or may be taken is locked at once, in order: what follows locks nothing new.
        together = {*items, *(line.item for each in overdue for line in each.lines)}
        others = self.stock_items.many(sorted(together.difference(items)))
        _next_in_order((*view.items, *others.values()), locked)
        self.stock_items.shares(dict.fromkeys(together, 0))
        self.reservations.save(*(now_ for _, now_ in ended))
        give_back(ended, self.stock_items, now)

    def refuse_missing(self, view: View, wanted: Wanted) -> None:
        """Raises ``OutOfStock`` for the first variant of which there is not enough."""
        for variant, missing in view.plan.missing.items():
            raise OutOfStock(variant, wanted.units[variant], wanted.units[variant] - missing)

    def _promised(self, taken: Sequence[StockItem], now: Instant) -> Instant | None:
        """When the last of what is promised should be there; nothing where it is all there, or nobody knows."""
        owing = [item for item in taken if item.beyond is not None and not item.stripes and owed(item, now) > 0]
        if not owing:
            return None
        arrivals = self.arrivals.of([item.variant for item in owing])
        known = [at for item in owing if (at := arrives(item, arrivals, now)) is not None]
        return max(known) if len(known) == len(owing) else None


def per_variant(lines: Iterable[StockLine]) -> dict[VariantId, int]:
    """The units wanted of each variant: limits hold for the variant, however many lines ask for it."""
    wanted: dict[VariantId, int] = defaultdict(int)
    for line in lines:
        wanted[line.variant] += line.quantity
    return dict(wanted)


def give_back(changes: Iterable[Change], stock_items: StockItems, now: Instant) -> None:
    """Give the units back that went from the reservations; all items are locked first, in order."""
    gone: dict[StockItemId, int] = defaultdict(int)
    for before, after in changes:
        for entry in after.entries[len(before.entries) :]:
            gone[entry.item] -= entry.quantity
    items = stock_items.shares(dict.fromkeys(sorted(gone), 0))
    stock_items.save(*(items[id_].release(units, now) for id_, units in sorted(gone.items())))


def _next_in_order(items: Iterable[StockItem], locked: set[_Lock]) -> None:
    """These will be locked as well. Whoever waits for one that comes before what they hold may be waited for: they
    begin anew, with nothing locked. Raises ``Conflict``.
    """
    new = {(item.stripes > 0, item.id) for item in items} - locked
    if new and locked and min(new) < max(locked):
        raise Conflict("StockItem", min(new)[1])
    locked |= new


def _serves(location: LocationId, only: LocationId | None, supply: ChannelSupply | None) -> bool:
    if only is not None:
        return location == only
    return supply is None or supply.of(location) is not None


def _unwaited(taken: Iterable[StockItem], units: Mapping[StockItemId, int], wanted: Wanted) -> set[VariantId]:
    """Queued variants of which more is taken than a queue has offered."""
    queued: dict[VariantId, int] = defaultdict(int)
    for item in taken:
        if item.queued:
            queued[item.variant] += units[item.id]
    return {variant for variant, needed in queued.items() if needed > wanted.offered.get(variant, 0)}
