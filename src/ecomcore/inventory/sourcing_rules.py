"""The rules by which a shop can choose who ships. ``ByPriority`` holds where it has not chosen any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from attrs import frozen

from ecomcore.inventory.sourcing import Candidate, SourcingQuestion
from ecomcore.inventory.sourcing_kinds import Choosing, Key, Ordered
from ecomcore.inventory.sourcing_search import Cost
from ecomcore.inventory.values import LocationKind
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Currency, currency
from ecomcore.kernel.place import Place, kilometres

__all__ = ["ByPriority", "Cheapest", "FewestParcels", "KeepStoreStock", "Nearest"]

_UNKNOWN: Final = 10**15
"""An unknown cost, in minor units: dearer than any that is known."""


class ByPriority(Ordered):
    """Each variant from the location of the lowest priority that has it."""

    name: ClassVar[str] = "by priority"

    def rank(self, candidate: Candidate, _: SourcingQuestion, /) -> Key:
        return (candidate.priority,)

    def note(self, candidate: Candidate, _: SourcingQuestion, __: Mapping[VariantId, int], /) -> str:
        return f"priority {candidate.priority}"


class Nearest(Ordered):
    """From the location nearest to where the goods go.

    Locations whose distance is not known come after those whose is: first those in the same country, of those the ones
    in the same region, of those the ones with most characters of the postcode the same from its beginning.
    """

    name: ClassVar[str] = "nearest"

    def rank(self, candidate: Candidate, question: SourcingQuestion, /) -> Key:
        here, there = candidate.place, question.destination
        if here is None or there is None:
            return (2,)
        distance = kilometres(here, there)
        if distance is not None:
            return (0, distance)
        country, region, postcode = _likeness(here, there)
        return (1, not country, not region, -postcode)

    def note(self, candidate: Candidate, question: SourcingQuestion, _: Mapping[VariantId, int], /) -> str:
        here, there = candidate.place, question.destination
        if here is None or there is None:
            return "how far away is not known"
        distance = kilometres(here, there)
        if distance is not None:
            return f"{distance:.0f} km away"
        country, region, postcode = _likeness(here, there)
        if not country:
            return "in another country"
        where = "in the same region" if region else "in the same country"
        return f"{where}, postcodes begin alike ({postcode} characters)" if postcode else where


def _likeness(one: Place, other: Place) -> tuple[bool, bool, int]:
    """Whether they are in one country and region, and how many characters of their postcodes are the same."""
    if one.country != other.country:
        return False, False, 0
    same = 0
    for mine, theirs in zip(_plain(one.postcode), _plain(other.postcode), strict=False):
        if mine != theirs:
            break
        same += 1
    return True, one.region is not None and one.region == other.region, same


def _plain(postcode: str | None) -> str:
    return "".join((postcode or "").split()).upper()


class KeepStoreStock(Ordered):
    """From stores last, and what a store would rather keep for those who come to it only when nobody else has it."""

    name: ClassVar[str] = "stores last"

    def rank(self, candidate: Candidate, _: SourcingQuestion, /) -> Key:
        return (candidate.kind is LocationKind.STORE,)

    def parts(
        self, candidate: Candidate, question: SourcingQuestion, available: Mapping[VariantId, int], /
    ) -> Sequence[tuple[Key, Mapping[VariantId, int]]]:
        if candidate.kind is not LocationKind.STORE:
            return (((0,), available),)
        spare = {variant: _spare(candidate, variant, available.get(variant, 0)) for variant in question.wanted}
        kept = {variant: available.get(variant, 0) - units for variant, units in spare.items()}
        return ((1,), spare), ((2,), kept)

    def note(self, candidate: Candidate, _: SourcingQuestion, taken: Mapping[VariantId, int], /) -> str:
        if candidate.kind is not LocationKind.STORE:
            return ""
        breached = any(
            units > _spare(candidate, variant, candidate.available.get(variant, 0)) for variant, units in taken.items()
        )
        return "a store, with units it would rather keep" if breached else "a store"


def _spare(candidate: Candidate, variant: VariantId, available: int) -> int:
    """What is left of so many units when the store keeps what it wants to."""
    return max(0, available - max(0, candidate.keep.get(variant, 0)))


class FewestParcels(Choosing):
    """From as few locations as possible: exact for a dozen that have something, a good guess beyond."""

    name: ClassVar[str] = "fewest parcels"

    def costs(self, candidates: Sequence[Candidate], _: SourcingQuestion, /) -> Sequence[Cost]:
        return [(1, 0)] * len(candidates)

    def note(self, candidate: Candidate, question: SourcingQuestion, _: Mapping[VariantId, int], /) -> str:
        return f"could give {question.useful(candidate)} of {sum(question.wanted.values())} units"


@frozen
class Cheapest(Choosing):
    """From where parcels, and the units in them, cost least together: exact for a few, a good guess beyond.

    Costs are compared in one ``currency``; if none is named, in that of the first location by priority that has a
    cost. A parcel whose cost is not known, or is in another currency, counts as dearer than all others.
    """

    currency: Currency | None = None
    name: ClassVar[str] = "cheapest"

    def __attrs_post_init__(self) -> None:
        if self.currency is not None:
            currency(self.currency)

    def costs(self, candidates: Sequence[Candidate], _: SourcingQuestion, /) -> Sequence[Cost]:
        by_priority = sorted(candidates, key=lambda each: (each.priority, each.location))
        known = (each.parcel_cost.currency for each in by_priority if each.parcel_cost is not None)
        chosen = self.currency or next(known, None)
        costs = []
        for each in candidates:
            parcel, unit = each.parcel_cost, each.unit_cost
            costs.append(
                (
                    max(0, parcel.minor) if parcel is not None and parcel.currency == chosen else _UNKNOWN,
                    max(0, unit.minor) if unit is not None and unit.currency == chosen else 0,
                )
            )
        return costs

    def note(self, candidate: Candidate, _: SourcingQuestion, __: Mapping[VariantId, int], /) -> str:
        if candidate.parcel_cost is None:
            return "the cost of a parcel is not known"
        units = "" if candidate.unit_cost is None else f", a unit in it {candidate.unit_cost}"
        return f"a parcel costs {candidate.parcel_cost}{units}"
