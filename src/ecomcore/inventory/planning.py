"""From where units are taken: questions to the sourcing rule, one after the other, and their answers put together.

What can leave now is asked for first, then what lies there; only what is missing then is promised beyond it. A bundle
is asked for before its components that are wanted by themselves: its own must lie together, the others may lie
anywhere. So the order of the lines does not matter. Of several bundles that share components each of a few is tried as
the first, and other ways to share them are not looked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

from attrs import evolve, field, frozen

from ecomcore.inventory.bundle import bundles_available
from ecomcore.inventory.channel import ChannelSupply
from ecomcore.inventory.location import Location
from ecomcore.inventory.shelf_view import Components
from ecomcore.inventory.sourcing import (
    Candidate,
    Considered,
    Pick,
    SourcingPlan,
    SourcingQuestion,
    SourcingReason,
    SourcingRule,
    check_plan,
)
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import PreOrders
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.kernel.place import Place

__all__ = ["Sources", "spare"]

_Left: TypeAlias = dict[LocationId, dict[VariantId, int]]
_Units: TypeAlias = Mapping[VariantId, int]

_TURNS: Final = 4
"""So many bundles that share components are tried as the first."""


def spare(
    item: StockItem, only: LocationId | None, supply: ChannelSupply | None, now: Instant, *, to_move: bool = False
) -> int:
    """How much of an item can be had: its own buffer only by those who name its location, such as a till; what may be
    promised beyond what lies there not by those who want to move it.
    """
    served = supply.of(item.location) if supply is not None else None
    kept = served.buffer if served is not None else 0
    if to_move:
        return item.lying(now) - kept
    return (item.offered(now) if only is None else item.available(now)) - kept


@frozen(kw_only=True)
class Sources:
    """All that could give something, and how much of each item at most (``spare``)."""

    rule: SourcingRule
    items: Sequence[StockItem]
    spare: Mapping[StockItemId, int]
    places: Mapping[LocationId, Location]
    supply: ChannelSupply | None
    now: Instant
    components: Components = field(factory=dict)
    destination: Place | None = None
    only: LocationId | None = None

    def plan(self, wanted: _Units) -> SourcingPlan:
        """Who gives what. Raises ``PlanDoesNotAddUp``."""
        plans = []
        for questions in islice(_turns(wanted, self.components), _TURNS):
            plans.append(self._planned(wanted, questions))
            if not plans[-1].missing:
                return plans[-1]
        return plans[0]

    def _planned(self, wanted: _Units, questions: Sequence[_Units]) -> SourcingPlan:
        stages = self._stages()
        answers: list[tuple[SourcingPlan, bool]] = []
        missing: dict[VariantId, int] = {}
        for units in questions:
            rest = units
            for stage, left in enumerate(stages):
                plan = self._asked(rest, left)
                for pick in plan.picks:
                    self._take(pick, stages)
                answers.append((plan, stage > 0))
                rest = plan.missing
                if not rest:
                    break
            missing.update(rest)
        return answers[0][0] if len(answers) == 1 else _together(wanted, answers, missing)

    def _stages(self) -> list[_Left]:
        """What can leave now, what lies there, and all that may be promised: each where it is more than before."""
        everything: _Left = {}
        for item in self.items:
            everything.setdefault(item.location, {})[item.variant] = max(self.spare[item.id], 0)
        beyond = [item for item in self.items if item.beyond is not None]
        if not beyond or len(everything) == 1:  # one location gives it all, from whatever it has
            return [everything]
        there = {location: dict(units) for location, units in everything.items()}
        ready = {location: dict(units) for location, units in everything.items()}
        for item in beyond:
            lies = max(self.spare[item.id] - (item.available(self.now) - item.lying(self.now)), 0)
            waits = isinstance(item.beyond, PreOrders) and self.now < item.beyond.release_at
            there[item.location][item.variant] = lies
            ready[item.location][item.variant] = 0 if waits else lies
        stages = [ready]
        for more in (there, everything):
            if more != stages[-1]:
                stages.append(more)
        return stages

    def _asked(self, units: _Units, left: _Left) -> SourcingPlan:
        bundles = {variant: self.components[variant] for variant in units if self.components.get(variant)}
        keep: dict[LocationId, dict[VariantId, int]] = defaultdict(dict)
        for item in self.items:
            if item.low:
                keep[item.location][item.variant] = item.low
        candidates = [self._candidate(id_, _with_bundles(left[id_], bundles), keep.get(id_)) for id_ in sorted(left)]
        question = SourcingQuestion(units, candidates, self.destination, self.only)
        plan = self.rule.plan(question)
        check_plan(plan, question)
        return plan

    def _candidate(self, id: LocationId, available: _Units, keep: _Units | None) -> Candidate:
        """A location as the sourcing rule sees it: it would rather keep what staff want to know to be low."""
        place = self.places.get(id)
        if place is None:
            return Candidate(location=id, available=available)
        served = self.supply.of(id) if self.supply is not None else None
        return Candidate(
            location=id,
            available=available,
            kind=place.kind,
            priority=place.priority if served is None else served.priority,
            place=place.place,
            ships=place.ships,
            collects=place.collects,
            parcel_cost=place.parcel_cost,
            keep=keep or {},
        )

    def _take(self, pick: Pick, stages: Sequence[_Left]) -> None:
        """What is taken is not there for the next question, at whatever stage it is asked."""
        for part, each in (self.components.get(pick.variant) or {pick.variant: 1}).items():
            for left in stages:
                left[pick.location][part] = max(left[pick.location].get(part, 0) - pick.quantity * each, 0)


def _turns(wanted: _Units, components: Components) -> Iterator[Sequence[_Units]]:
    """One question about everything; where bundles share components with others, one after the other."""
    parts = [part for variant in wanted for part in components.get(variant) or (variant,)]
    if len(set(parts)) == len(parts):
        yield [wanted]
        return
    bundles = sorted((v for v in wanted if components.get(v)), key=lambda v: (-len(components[v]), v))
    single = {variant: units for variant, units in wanted.items() if variant not in bundles}
    for first in bundles:
        others = (variant for variant in bundles if variant != first)
        yield [*({variant: wanted[variant]} for variant in (first, *others)), *([single] if single else ())]


def _with_bundles(left: _Units, bundles: Components) -> _Units:
    if not bundles:
        return left
    return {**left, **{id_: bundles_available(each, left) for id_, each in bundles.items()}}


def _together(
    wanted: _Units, answers: Sequence[tuple[SourcingPlan, bool]], missing: Mapping[VariantId, int]
) -> SourcingPlan:
    """Several plans as one, in which each location stands once; some promise what ``is_later``."""
    picks: dict[VariantId, dict[LocationId, int]] = {variant: {} for variant in wanted}
    seen: dict[LocationId, list[Considered]] = {}
    later: dict[LocationId, int] = defaultdict(int)
    for plan, is_later in answers:
        for pick in plan.picks:
            own = picks[pick.variant]
            own[pick.location] = own.get(pick.location, 0) + pick.quantity
            later[pick.location] += pick.quantity if is_later else 0
        for each in plan.trail:
            seen.setdefault(each.location, []).append(each)
    return evolve(
        answers[0][0],
        picks=tuple(
            trusted(Pick, variant, location, units) for variant, own in picks.items() for location, units in own.items()
        ),
        missing={variant: missing[variant] for variant in wanted if variant in missing},
        trail=tuple(_considered(location, each, later[location]) for location, each in seen.items()),
    )


def _considered(location: LocationId, seen: Sequence[Considered], later: int) -> Considered:
    """What became of a location over several questions: what was said where it gave something, or could have."""
    telling = [each for each in seen if each.taken]
    telling = telling or [each for each in seen if each.reason is SourcingReason.NOT_NEEDED][:1] or [seen[0]]
    notes = dict.fromkeys(each.note for each in telling if each.note)
    if later:
        notes[f"{later} promised for later"] = None
    return trusted(Considered, location, sum(each.taken for each in telling), telling[0].reason, "; ".join(notes))
