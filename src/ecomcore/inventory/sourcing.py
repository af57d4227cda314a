"""Which location ships what: the question, the rule that answers it, and a plan that says why.

    ByPriority().plan(SourcingQuestion({"tea": 2}, [Candidate(location="berlin", available={"tea": 5})])).explained()

A rule is pure: it sees what each location could give and touches nothing. It never takes more than there is; what
nobody has is missing. It never looks at the order in which locations are listed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from attrs import define, frozen

from ecomcore.inventory.values import LocationKind
from ecomcore.kernel.errors import Trouble
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.money import Money
from ecomcore.kernel.place import Place

__all__ = [
    "Candidate",
    "Considered",
    "Given",
    "Pick",
    "PlanDoesNotAddUp",
    "SourcingPlan",
    "SourcingQuestion",
    "SourcingReason",
    "SourcingRule",
    "check_plan",
    "plan_of_one",
    "planned",
]

_NOTHING: Final[Mapping[VariantId, int]] = MappingProxyType({})

Given = dict[VariantId, dict[LocationId, int]]
"""How many units of each variant each location gives."""


class SourcingReason(StrEnum):
    """What became of a location."""

    TAKEN = "taken"
    """It ships something."""
    NOT_NEEDED = "not_needed"
    """It could have, and others do it all."""
    HAS_NONE = "has_none"
    NOT_ASKED = "not_asked"
    """Another location was named."""
    DOES_NOT_SHIP = "does_not_ship"
    DOES_NOT_COLLECT = "does_not_collect"
    """Nobody can fetch goods there."""


_IN_WORDS: Final = {
    SourcingReason.NOT_NEEDED: "not needed",
    SourcingReason.HAS_NONE: "has none of it",
    SourcingReason.NOT_ASKED: "another location was named",
    SourcingReason.DOES_NOT_SHIP: "no parcels leave from there",
    SourcingReason.DOES_NOT_COLLECT: "nobody can fetch goods there",
}


@frozen(kw_only=True)
class Candidate:
    """A location, and how many units of each variant it could give now.

    ``keep`` is how many of those it would rather keep for its own customers. A parcel from there costs
    ``parcel_cost``, and each unit in it ``unit_cost``; nothing where that is not known.
    """

    location: LocationId
    available: Mapping[VariantId, int]
    kind: LocationKind = LocationKind.WAREHOUSE
    priority: int = 100
    place: Place | None = None
    ships: bool = True
    collects: bool = False
    parcel_cost: Money | None = None
    unit_cost: Money | None = None
    keep: Mapping[VariantId, int] = _NOTHING


@frozen
class SourcingQuestion:
    """Who gives these units?

    With ``only`` just that location may, whether it ships or not; with ``collect`` just those where buyers fetch their
    goods; otherwise all that ship. ``destination`` is where the goods go.
    """

    wanted: Mapping[VariantId, int]
    candidates: Sequence[Candidate]
    destination: Place | None = None
    only: LocationId | None = None
    collect: bool = False

    def obstacle(self, candidate: Candidate) -> SourcingReason | None:
        """Why this location is not asked, or nothing."""
        if self.only not in (None, candidate.location):
            return SourcingReason.NOT_ASKED
        if self.collect:
            return None if candidate.collects else SourcingReason.DOES_NOT_COLLECT
        return None if candidate.ships or self.only is not None else SourcingReason.DOES_NOT_SHIP

    def useful(self, candidate: Candidate) -> int:
        """How many of the units that are wanted this location could give."""
        available = candidate.available
        return sum(max(0, min(units, available.get(variant, 0))) for variant, units in self.wanted.items())


@frozen
class Pick:
    """So many units of a variant from a location."""

    variant: VariantId
    location: LocationId
    quantity: int


@frozen
class Considered:
    """What became of one location: so many units are ``taken`` there, for this reason.

    ``note`` says what the rule saw there, such as a distance or the cost of a parcel.
    """

    location: LocationId
    taken: int
    reason: SourcingReason
    note: str = ""


@frozen
class SourcingPlan:
    """Who gives what, what is ``missing``, and in ``trail`` every location in the order in which the rule saw them."""

    rule: str
    picks: tuple[Pick, ...]
    missing: Mapping[VariantId, int]
    trail: tuple[Considered, ...]

    @property
    def locations(self) -> tuple[LocationId, ...]:
        """Those that give something, in the order in which the rule saw them."""
        return tuple(each.location for each in self.trail if each.taken)

    def explained(self) -> tuple[str, ...]:
        """In words, a line for each location: why it ships what it ships, or why nothing."""
        return (f"rule: {self.rule}", *self._lines(self.trail), *self._lacking())

    def in_short(self) -> tuple[str, ...]:
        """In words, without a line for each location that ships nothing: to be kept with an order."""
        others = len(self.trail) - len(self.locations)
        rest = (f"{others} others ship nothing" if others > 1 else "1 other ships nothing",) if others else ()
        return (
            f"rule: {self.rule}",
            *self._lines(each for each in self.trail if each.taken),
            *rest,
            *self._lacking(),
        )

    def _lines(self, trail: Iterable[Considered]) -> Iterable[str]:
        parts: dict[LocationId, list[str]] = {}
        for pick in self.picks:
            parts.setdefault(pick.location, []).append(f"{pick.quantity} of {pick.variant}")
        for each in trail:
            what = ", ".join(parts.get(each.location, ["nothing"]))
            why = "; ".join(filter(None, (_IN_WORDS.get(each.reason, ""), each.note)))
            yield f"{each.location} ships {what}{f': {why}' if why else ''}"

    def _lacking(self) -> Iterable[str]:
        return (f"missing: {units} of {variant}" for variant, units in self.missing.items())


class SourcingRule(Protocol):
    """Decides which location ships what."""

    @abstractmethod
    def plan(self, question: SourcingQuestion) -> SourcingPlan:
        """The plan: never more than there is, and nothing missing that the locations that may be asked have.

        What it takes and what it calls missing add up to what is wanted; or else whoever asks raises
        ``PlanDoesNotAddUp``.
        """


@define(eq=False, str=False)
class PlanDoesNotAddUp(Trouble):
    """The sourcing rule of the shop is wrong, and no buyer's mistake."""


def check_plan(plan: SourcingPlan, question: SourcingQuestion) -> None:
    """A rule of the host can be wrong, and nothing is to be set aside by its mistake. Raises ``PlanDoesNotAddUp``."""
    wrong = next(_mistakes(plan, question), None)
    if wrong is not None:
        raise PlanDoesNotAddUp(f"{plan.rule}: {wrong}")


def _mistakes(plan: SourcingPlan, question: SourcingQuestion) -> Iterator[str]:
    units = dict(plan.missing)
    taken: dict[tuple[VariantId, LocationId], int] = {}
    for pick in plan.picks:
        if pick.quantity < 1:
            yield f"{pick.quantity} of {pick.variant} from {pick.location}"
        taken[pick.variant, pick.location] = taken.get((pick.variant, pick.location), 0) + pick.quantity
        units[pick.variant] = units.get(pick.variant, 0) + pick.quantity
    known = {candidate.location: candidate for candidate in question.candidates} if taken else {}
    for (variant, location), quantity in taken.items():
        candidate = known.get(location)
        if candidate is None or question.obstacle(candidate) is not None:
            yield f"{quantity} of {variant} from {location}, which may not be asked"
        elif quantity > candidate.available.get(variant, 0):
            yield f"{quantity} of {variant} from {location}, which has {candidate.available.get(variant, 0)}"
    for variant, quantity in plan.missing.items():
        if quantity < 1:
            yield f"{quantity} of {variant} missing"
    for variant in {**question.wanted, **units}:
        if units.get(variant, 0) != question.wanted.get(variant, 0):
            yield f"{units.get(variant, 0)} of {variant} planned, {question.wanted.get(variant, 0)} wanted"


def plan_of_one(
    rule: str, question: SourcingQuestion, note: Callable[[Candidate, Mapping[VariantId, int]], str]
) -> SourcingPlan:
    """The plan where there is one location at most: there is nothing to choose."""
    if not question.candidates:
        return trusted(SourcingPlan, rule, (), {v: units for v, units in question.wanted.items() if units > 0}, ())
    (candidate,) = question.candidates
    obstacle = question.obstacle(candidate)
    available = _NOTHING if obstacle else candidate.available
    taken, missing = {}, {}
    for variant, units in question.wanted.items():
        part = max(0, min(units, available.get(variant, 0)))
        if part:
            taken[variant] = part
        if part < units:
            missing[variant] = units - part
    picks = tuple(trusted(Pick, variant, candidate.location, part) for variant, part in taken.items())
    reason = obstacle or (SourcingReason.TAKEN if taken else SourcingReason.HAS_NONE)
    seen = "" if obstacle else note(candidate, taken)
    trail = (trusted(Considered, candidate.location, sum(taken.values()), reason, seen),)
    return trusted(SourcingPlan, rule, picks, missing, trail)


def planned(
    rule: str, question: SourcingQuestion, given: Given, seen: Iterable[tuple[Candidate, SourcingReason | None, str]]
) -> SourcingPlan:
    """The plan by which these units are given; ``seen`` are all locations, with what kept them from being asked."""
    picks, missing = [], {}
    taken: dict[LocationId, int] = {}
    for variant, units in question.wanted.items():
        for location, part in given.get(variant, {}).items():
            picks.append(trusted(Pick, variant, location, part))
            taken[location] = taken.get(location, 0) + part
            units -= part
        if units > 0:
            missing[variant] = units
    trail = []
    for candidate, obstacle, note in seen:
        own = taken.get(candidate.location, 0)
        reason = obstacle or (SourcingReason.TAKEN if own else None)
        if reason is None:
            has_some = any(units > 0 and candidate.available.get(v, 0) > 0 for v, units in question.wanted.items())
            reason = SourcingReason.NOT_NEEDED if has_some else SourcingReason.HAS_NONE
        trail.append(trusted(Considered, candidate.location, own, reason, note))
    return trusted(SourcingPlan, rule, tuple(picks), missing, tuple(trail))
