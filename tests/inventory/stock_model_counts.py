"""The third part of the model: the stock is counted. No code of the shop."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.inventory.stock_model_facts import Item, No, Place
from tests.inventory.stock_model_moves import CANCELLED, MovingStock

__all__ = ["APPROVED_ABOVE", "Count", "CountedStock"]

COUNTING, COUNTED, BOOKED = "open", "counted", "booked"
APPROVED_ABOVE = 3
"""A count that is off by more units needs somebody who has not counted."""


@dataclass
class Count:
    """A count; ``said`` is what counts of each variant and lot: counted, expected, and by whom it ever was."""

    location: str
    variants: tuple[str, ...]
    state: str = COUNTING
    said: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    by: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    counters: set[str] = field(default_factory=set)


@dataclass
class CountedStock(MovingStock):
    """The stock, and the counts of it."""

    counts: dict[str, Count] = field(default_factory=dict)

    def start(self, name: str, location: str, variants: tuple[str, ...]) -> None:
        if any(variant in self.bundles for variant in variants):
            raise No("BundleHasNoStock")
        for other in self.counts.values():
            both = set(variants) & set(other.variants) or not variants or not other.variants
            if other.location == location and other.state in (COUNTING, COUNTED) and both:
                raise No("AlreadyCounting")
        self.counts[name] = Count(location, variants)

    def record(self, name: str, variant: str, lot: str, counted: int, by: str) -> None:
        count = self.counts[name]
        if count.state != COUNTING:
            raise No("IllegalTransition")
        said = count.by.setdefault((variant, lot), [])
        if count.variants and variant not in count.variants:
            raise No("NotInCount")
        if said and said[-1] != by and by in said:
            raise No("SameCounter")
        item = self.items.get((variant, count.location)) or Item()
        known = item.lots.get(lot)
        if (item.tracking == "none") != (lot == "") or (lot and known is None):
            raise No("WrongLot")
        if item.tracking == "serials" and counted > 1:
            raise No("WrongLot")
        if item.tracking == "serials" and counted and self.is_elsewhere((variant, count.location), lot):
            raise No("WrongLot")
        if variant in self.bundles and counted:
            raise No("BundleHasNoStock")
        expected = known.quantity if lot and known else sum(item.good)
        count.said[variant, lot] = counted, expected
        said.append(by)
        count.counters.add(by)

    def finish(self, name: str, by: str, *, rest_is_zero: bool) -> str:
        count = self.counts[name]
        if count.state != COUNTING:
            raise No("IllegalTransition")
        rest = self._uncounted(count)
        if rest_is_zero:
            for key, units in rest.items():
                count.said[key] = 0, units
            count.counters |= {by} if rest else set()
        elif rest and not count.variants:
            raise No("NotCounted")
        elif not count.said and count.variants:
            raise No("NothingCounted")
        count.state = COUNTED
        if sum(abs(counted - expected) for counted, expected in count.said.values()) <= APPROVED_ABOVE:
            self._book(count)
        return count.state

    def approve(self, name: str, by: str) -> None:
        count = self.counts[name]
        if count.state != COUNTED:
            raise No("IllegalTransition")
        if by in count.counters:
            raise No("CounterCannotApprove")
        self._book(count)

    def give_up(self, name: str) -> None:
        if self.counts[name].state not in (COUNTING, COUNTED):
            raise No("IllegalTransition")
        self.counts[name].state = CANCELLED

    def _uncounted(self, count: Count) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        about = count.variants or tuple(v for v, place in self.items if place == count.location)
        for variant in about:
            item = self.items.get((variant, count.location)) or Item()
            if item.tracking != "none":
                for code, lot in item.lots.items():
                    found[variant, code] = lot.quantity
            elif sum(item.good) or count.variants:
                found[variant, ""] = sum(item.good)
        return {key: n for key, n in found.items() if key not in count.said and (n or (not key[1] and count.variants))}

    def _book(self, count: Count) -> None:
        reasons: set[str] = set()
        for (variant, lot), (counted, expected) in sorted(count.said.items()):
            at = variant, count.location
            if at not in self.items and variant in self.bundles and counted != expected:
                reasons.add("BundleHasNoStock")
            if counted != expected:
                self.items.setdefault(at, Item())
                reasons |= self._changed(at, counted - expected, lot)
        if reasons:
            raise No(*reasons)
        count.state = BOOKED

    def _changed(self, at: Place, units: int, lot: str) -> set[str]:
        """Why not, if not."""
        try:
            self._change(at, units, lot, set())
        except No as no:
            return no.reasons
        return set()
