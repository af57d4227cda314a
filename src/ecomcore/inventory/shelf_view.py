"""What there is of what is wanted, how much of it can be had and when, and what was chosen. Nothing is locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

from attrs import frozen

from ecomcore.inventory.ports import Arrival
from ecomcore.inventory.sourcing import SourcingPlan
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import BackOrders, PreOrders, ReservedLine, stock_item_id
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId

__all__ = ["Components", "View", "arrives", "owed"]

Components: TypeAlias = Mapping[VariantId, Mapping[VariantId, int]]
"""Of each bundle, how many of which component it takes."""


@frozen
class View:
    """What there is, how much of each item can be had, and what was chosen."""

    items: Sequence[StockItem]
    spare: Mapping[StockItemId, int]
    components: Components
    plan: SourcingPlan
    now: Instant

    def available(self, variant: VariantId) -> int:
        """How many units, or whole bundles, of a variant can be had now."""
        return self.whole(variant, self.spare)

    def whole(self, variant: VariantId, spare: Mapping[StockItemId, int]) -> int:
        """How many units, or whole bundles, there are with so much of each item."""
        each = self.components.get(variant) or {variant: 1}
        left: dict[LocationId, dict[VariantId, int]] = defaultdict(dict)
        for item in self.items:
            if item.variant in each:
                left[item.location][item.variant] = max(spare[item.id], 0)
        return sum(min(there.get(part, 0) // units for part, units in each.items()) for there in left.values())

    def lines(self) -> tuple[ReservedLine, ...]:
        """What was chosen, components for bundles."""
        lines = []
        for pick in self.plan.picks:
            parts = self.components.get(pick.variant)
            if parts is None:
                lines.append(trusted(ReservedLine, pick.variant, pick.location, pick.quantity, None, 1))
                continue
            for part, each in parts.items():
                lines.append(trusted(ReservedLine, part, pick.location, pick.quantity * each, pick.variant, each))
        return tuple(lines)


def owed(item: StockItem, now: Instant) -> int:
    """Units promised that are not there."""
    if isinstance(item.beyond, PreOrders) and now < item.beyond.release_at:
        return item.reserved
    return item.reserved - item.usable(now)


def arrives(item: StockItem, arrivals: Iterable[Arrival], now: Instant) -> Instant | None:
    """When as many units should have arrived as are owed; where nobody knows, after as many days as the rule says.

    What should have arrived by now and has not counts for nothing until its day is set anew.
    """
    released = item.beyond.release_at if isinstance(item.beyond, PreOrders) else now
    missing = item.reserved - item.usable(now)
    if missing <= 0:
        return released
    for arrival in sorted(arrivals, key=lambda each: each.expected_at):
        if arrival.expected_at > now and stock_item_id(arrival.variant, arrival.location) == item.id:
            missing -= arrival.quantity
            if missing <= 0:
                return max(arrival.expected_at, released)
    if isinstance(item.beyond, BackOrders):
        return None if item.beyond.days is None else now + timedelta(days=item.beyond.days)
    return released
