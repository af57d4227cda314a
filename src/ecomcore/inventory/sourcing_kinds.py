"""The two kinds of sourcing rules, and how several are put together.

An ``Ordered`` rule knows which location comes first and takes from each what it has. A ``Choosing`` rule knows what a
location costs and takes from the cheapest set of them. A host may write its own of either kind, and put it together
with those of the shop by ``Lexically``. Whatever rules leave open is decided by the priority of the locations, then by
their ids.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, ClassVar, Final, TypeAlias

from attrs import frozen

from ecomcore.inventory.sourcing import (
    Candidate,
    Given,
    SourcingPlan,
    SourcingQuestion,
    SourcingReason,
    SourcingRule,
    plan_of_one,
    planned,
)
from ecomcore.inventory.sourcing_search import Cost, cheapest
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, VariantId

__all__ = ["Choosing", "Key", "Lexically", "Ordered"]

Key: TypeAlias = tuple[Any, ...]
"""What sorts locations; the keys of one rule compare with each other."""

_WEIGHT: Final = 10**30
"""What a rule that comes first says outweighs all that later ones say."""


class Ordered(SourcingRule):
    """A rule that asks locations in an order, each for all it has."""

    name: ClassVar[str]

    @abstractmethod
    def rank(self, candidate: Candidate, question: SourcingQuestion, /) -> Key:
        """Lower ones are asked first."""

    def parts(
        self, candidate: Candidate, question: SourcingQuestion, available: Mapping[VariantId, int], /
    ) -> Sequence[tuple[Key, Mapping[VariantId, int]]]:
        """What is available there, and when it is asked for: in one part, unless a rule says otherwise."""
        return ((self.rank(candidate, question), available),)

    def note(self, _: Candidate, __: SourcingQuestion, ___: Mapping[VariantId, int], /) -> str:
        """What the rule saw at this location, from which so many units are taken, in words."""
        return ""

    def plan(self, question: SourcingQuestion) -> SourcingPlan:
        return _plan(self.name, (self,), question)


class Choosing(SourcingRule):
    """A rule that takes from the set of locations which costs least."""

    name: ClassVar[str]

    @abstractmethod
    def costs(self, candidates: Sequence[Candidate], question: SourcingQuestion, /) -> Sequence[Cost]:
        """For each what it costs to take from there at all, and for each unit: whole numbers, none negative."""

    def note(self, _: Candidate, __: SourcingQuestion, ___: Mapping[VariantId, int], /) -> str:
        """What the rule saw at this location, from which so many units are taken, in words."""
        return ""

    def plan(self, question: SourcingQuestion) -> SourcingPlan:
        return _plan(self.name, (self,), question)


_Rules: TypeAlias = Sequence[Ordered | Choosing]


class Lexically(SourcingRule):
    """The first rule decides; the next one decides what it leaves open, and so on.

    ``Lexically(FewestParcels(), Nearest())``: of all ways with the fewest parcels, the one with the nearest locations.
    Raises ``Invalid`` for a rule that is neither ``Ordered`` nor ``Choosing``.
    """

    def __init__(self, *rules: Ordered | Choosing) -> None:
        if not rules:
            raise Invalid("rules", rules, "one rule or more")
        for index, rule in enumerate(rules):
            if not isinstance(rule, Ordered | Choosing):
                raise Invalid(f"rules[{index}]", rule, "a rule that is Ordered or Choosing")
        self._rules: _Rules = rules
        self.name = ", then ".join(rule.name for rule in rules)

    def plan(self, question: SourcingQuestion) -> SourcingPlan:
        return _plan(self.name, self._rules, question)


def _plan(name: str, rules: _Rules, question: SourcingQuestion) -> SourcingPlan:
    candidates = question.candidates
    if len(candidates) <= 1:
        return plan_of_one(name, question, lambda candidate, taken: _note(rules, candidate, question, taken))
    asked, refused = [], []
    for candidate in candidates:
        obstacle = question.obstacle(candidate)
        if obstacle is None:
            asked.append(candidate)
        else:
            refused.append((candidate, obstacle, ""))
    refused.sort(key=lambda each: (each[0].priority, each[0].location))

    offers = _offers(rules, asked, question)
    filling = _Filling(question)
    filling.fill(rules, 0, offers)
    taken = filling.by_location()
    seen: list[tuple[Candidate, SourcingReason | None, str]] = [
        (candidate, None, _note(rules, candidate, question, taken.get(candidate.location, {})))
        for candidate in {offer.candidate.location: offer.candidate for offer in offers}.values()
    ]
    return planned(name, question, filling.given, (*seen, *refused))


def _note(rules: _Rules, candidate: Candidate, question: SourcingQuestion, taken: Mapping[VariantId, int]) -> str:
    return "; ".join(filter(None, (rule.note(candidate, question, taken) for rule in rules)))


@frozen
class _Offer:
    """Units that a location could give: ``keys`` of the ordered rules; ``rank`` is those and the priority."""

    keys: tuple[Key, ...]
    rank: Key
    candidate: Candidate
    units: Mapping[VariantId, int]


def _offers(rules: _Rules, candidates: Sequence[Candidate], question: SourcingQuestion) -> list[_Offer]:
    """What all of them could give, in the order of the ordered rules."""
    ordered = [rule for rule in rules if isinstance(rule, Ordered)]
    offers: list[_Offer] = []
    for candidate in candidates:
        parts: list[tuple[tuple[Key, ...], Mapping[VariantId, int]]] = [((), candidate.available)]
        for rule in ordered:
            parts = [
                ((*keys, key), units)
                for keys, available in parts
                for key, units in rule.parts(candidate, question, available)
            ]
        offers += (
            trusted(_Offer, keys, (keys, candidate.priority, candidate.location), candidate, units)
            for keys, units in parts
        )
    offers.sort(key=attrgetter("rank"))
    return offers


class _Filling:
    """What is still wanted, and who has given what."""

    def __init__(self, question: SourcingQuestion) -> None:
        self._question = question
        self._left = {variant: units for variant, units in question.wanted.items() if units > 0}
        self._used: set[LocationId] = set()
        self.given: Given = {}

    def by_location(self) -> Mapping[LocationId, Mapping[VariantId, int]]:
        """The same by location."""
        found: dict[LocationId, dict[VariantId, int]] = {}
        for variant, parts in self.given.items():
            for location, units in parts.items():
                found.setdefault(location, {})[variant] = units
        return found

    def fill(self, rules: _Rules, depth: int, offers: Sequence[_Offer]) -> None:
        """Take from the offers, sorted by rank, what is still wanted; ``depth`` keys of theirs are dealt with."""
        ahead = next((i for i, rule in enumerate(rules) if isinstance(rule, Choosing)), None)
        if ahead is None:
            self._take(offers)
        elif ahead:
            for _, equal in groupby(offers, key=lambda offer: offer.keys[depth : depth + ahead]):
                if not self._left:
                    return
                self.fill(rules[ahead:], depth + ahead, list(equal))
        else:
            choosing: list[Choosing] = []
            for rule in rules:
                if not isinstance(rule, Choosing):
                    break
                choosing.append(rule)
            for group in self._chosen(choosing, offers):
                self.fill(rules[len(choosing) :], depth, group)

    def _take(self, offers: Sequence[_Offer]) -> None:
        for variant, wanted in list(self._left.items()):
            left = wanted
            own = self.given.setdefault(variant, {})
            for offer in offers:
                units = offer.units.get(variant, 0)
                if units > 0:
                    location, part = offer.candidate.location, min(left, units)
                    own[location] = own.get(location, 0) + part
                    self._used.add(location)
                    left -= part
                    if not left:
                        break
            if left:
                self._left[variant] = left
            else:
                del self._left[variant]

    def _chosen(self, rules: Sequence[Choosing], offers: Sequence[_Offer]) -> Sequence[Sequence[_Offer]]:
        """The offers of the locations to take from, in groups of those whose units cost the same, the lowest first."""
        by_location: dict[LocationId, list[_Offer]] = {}
        for offer in offers:
            by_location.setdefault(offer.candidate.location, []).append(offer)
        candidates = [own[0].candidate for own in by_location.values()]
        costs = self._costs(rules, candidates)
        stock = [_units_of(own, self._left) for own in by_location.values()]
        chosen = cheapest(costs, stock, list(self._left.values())) if candidates else []
        groups: dict[int, list[_Offer]] = {}
        for i in chosen:
            groups.setdefault(costs[i][1], []).extend(by_location[candidates[i].location])
        return [sorted(groups[cost], key=attrgetter("rank")) for cost in sorted(groups)]

    def _costs(self, rules: Sequence[Choosing], candidates: Sequence[Candidate]) -> Sequence[Cost]:
        """Of several rules the first outweighs the next. A parcel that leaves anyway costs nothing more."""
        parcels, units = [0] * len(candidates), [0] * len(candidates)
        for rule in rules:
            for i, (parcel, unit) in enumerate(rule.costs(candidates, self._question)):
                parcels[i] = parcels[i] * _WEIGHT + (0 if candidates[i].location in self._used else parcel)
                units[i] = units[i] * _WEIGHT + unit
        return list(zip(parcels, units, strict=True))


def _units_of(offers: Sequence[_Offer], variants: Iterable[VariantId]) -> Sequence[int]:
    """How many of each variant the offers of one location have together."""
    if len(offers) == 1:
        get = offers[0].units.get
        return [max(0, get(variant, 0)) for variant in variants]
    return [max(0, sum(offer.units.get(variant, 0) for offer in offers)) for variant in variants]
