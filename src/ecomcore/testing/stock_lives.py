"""Reservations that live at random in a shop, held against a model that does nothing but count.

lives = LivesOfReservations(persistence)
for_all(lives.drawn, lives.live, examples=100)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, define
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.bootstrap import Desk
from ecomcore.inventory import (
    ConsumeStock,
    ListStock,
    NotSetAside,
    OpenLocation,
    OutOfStock,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    Reservation,
    ReservationClosed,
    ReservedLine,
    ReserveMore,
    ReserveStock,
    StockLine,
)
from ecomcore.kernel.errors import DomainError, NotFound
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.testing.shops import a_shop
from ecomcore.testing.work import fetch

__all__ = ["LivesOfReservations", "answered"]

_NEAR, _FAR = LocationId("near"), LocationId("far")


class LivesOfReservations:
    """Reservations in a shop with two locations, the near one asked first, beside a model that only counts."""

    def __init__(self, persistence: Persistence) -> None:
        self.kit = a_shop(persistence, products=0)
        self.kit.staff.handle(OpenLocation("Near", priority=1, id=_NEAR))
        self.kit.staff.handle(OpenLocation("Far", priority=2, id=_FAR))

    def drawn(self, prefix: str) -> SearchStrategy[list[Any]]:
        """Commands about variants and sources of this prefix."""
        variants = st.sampled_from([VariantId(f"{prefix}tea"), VariantId(f"{prefix}coffee")])
        sources = st.sampled_from([f"{prefix}one", f"{prefix}two"])
        places = st.sampled_from([_NEAR, _FAR])
        units = st.integers(1, 4)
        wanted = st.lists(st.builds(StockLine, variants, units), min_size=1, max_size=3).map(tuple)
        held = st.lists(st.builds(ReservedLine, variants, places, units), max_size=2).map(tuple)
        command = st.one_of(
            st.builds(ReceiveStock, places, wanted, st.just("note")),
            st.builds(ReserveStock, sources, wanted, st.none() | places),
            st.builds(ReserveMore, sources, wanted, st.none() | places),
            st.builds(ReleasePart, sources, wanted),
            st.builds(_left, sources, st.integers(1, 4), held),
            st.builds(ReleaseStock, sources),
        )
        opening = [
            ReceiveStock(place, (StockLine(VariantId(f"{prefix}tea"), 5), StockLine(VariantId(f"{prefix}coffee"), 2)))
            for place in (_NEAR, _FAR)
        ]
        return st.lists(command, min_size=6, max_size=18).map(lambda commands: [*opening, *commands])

    def live(self, commands: list[Any]) -> None:
        """Carry them out in the shop and in the model; both must refuse alike and count alike, step by step."""
        model = _Model()
        variants = tuple(sorted({line.variant for command in commands[:2] for line in command.lines}))
        for command in commands:
            desk = self.kit.staff if isinstance(command, ReceiveStock) else self.kit.system
            expected = model.answer(command)
            assert answered(desk, command) == expected, command
            found = {
                (view.variant, view.location): (view.on_hand, view.reserved)
                for view in self.kit.staff.ask(ListStock(variants))
            }
            assert found == model.books(), command
        for source, held in model.held.items():
            kept = fetch(self.kit.persistence, Reservation, source)
            assert {(line.variant, line.location): line.quantity for line in kept.lines} == held.at
            assert kept.is_open == (not held.ended)
        assert not self.kit.shop.audit()


def answered(desk: Desk, command: Any) -> str:
    """Done, or the name of the refusal."""
    try:
        desk.handle(command)
    except DomainError as refusal:
        return type(refusal).__name__
    return "done"


@define
class _Held:
    """What the model knows of a reservation: units by place, in the order in which they were set aside."""

    at: dict[tuple[VariantId, LocationId], int] = Factory(dict)
    references: set[str] = Factory(set)
    ended: bool = False


class _Model:
    """The books of two locations, kept with nothing but dictionaries."""

    def __init__(self) -> None:
        self.on_hand: dict[tuple[VariantId, LocationId], int] = {}
        self.held: dict[str, _Held] = {}

    def books(self) -> dict[tuple[VariantId, LocationId], tuple[int, int]]:
        return {place: (units, self._reserved(place)) for place, units in self.on_hand.items()}

    def answer(self, command: Any) -> str:
        """Done, or the name of the refusal."""
        steps: dict[type, Callable[[Any], None]] = {
            ReceiveStock: self._receive,
            ReserveStock: self._reserve,
            ReserveMore: self._more,
            ReleasePart: self._part,
            ConsumeStock: self._consume,
            ReleaseStock: self._release,
        }
        try:
            steps[type(command)](command)
        except _No as no:
            return str(no)
        return "done"

    def _reserved(self, place: tuple[VariantId, LocationId]) -> int:
        return sum(held.at.get(place, 0) for held in self.held.values())

    def _receive(self, command: ReceiveStock) -> None:
        for line in command.lines:
            place = line.variant, command.location
            self.on_hand[place] = self.on_hand.get(place, 0) + line.quantity

    def _reserve(self, command: ReserveStock) -> None:
        known = self.held.get(command.source)
        if known is None:
            self.held[command.source] = _Held(self._taken(command, {}))
        elif known.ended:
            raise _No(ReservationClosed)

    def _more(self, command: ReserveMore) -> None:
        held = self._open(command.source)
        held.at = self._taken(command, held.at)

    def _taken(self, command: ReserveStock | ReserveMore, held: Mapping[Any, int]) -> dict[Any, int]:
        """One unit after the other, each from the first location that has one."""
        taken, free = dict(held), {place: units - self._reserved(place) for place, units in self.on_hand.items()}
        for line in command.lines:
            for _ in range(line.quantity):
                for location in (_NEAR, _FAR) if command.location is None else (command.location,):
                    if free.get((line.variant, location), 0):
                        break
                else:
                    raise _No(OutOfStock)
                free[line.variant, location] -= 1
                taken[line.variant, location] = taken.get((line.variant, location), 0) + 1
        return taken

    def _part(self, command: ReleasePart) -> None:
        held = self._open(command.source)
        left = dict(held.at)
        for line in command.lines:
            for _ in range(line.quantity):
                places = [place for place in left if place[0] == line.variant]
                if not places:
                    raise _No(NotSetAside)
                _take(left, places[-1], 1)
        held.at, held.ended = left, not left

    def _consume(self, command: ConsumeStock) -> None:
        held = self.held.get(command.source)
        if held is None:
            raise _No(NotFound)
        if command.reference in held.references or (held.ended and held.references and not command.lines):
            return
        self._open(command.source)
        left = dict(held.at)
        gone = [(line.variant, line.location, line.quantity) for line in command.lines]
        for variant, location, units in gone or [(*place, units) for place, units in held.at.items()]:
            if left.get((variant, location), 0) < units:
                raise _No(NotSetAside)
            _take(left, (variant, location), units)
        for place, units in held.at.items():
            self.on_hand[place] -= units - left.get(place, 0)
        held.at, held.ended = left, not left
        held.references.add(command.reference)

    def _release(self, command: ReleaseStock) -> None:
        held = self.held.get(command.source)
        if held is not None:
            held.at, held.ended = {}, True

    def _open(self, source: str) -> _Held:
        held = self.held.get(source)
        if held is None:
            raise _No(NotFound)
        if held.ended:
            raise _No(ReservationClosed)
        return held


class _No(Exception):
    """The model's refusal, by the name of the shop's."""

    def __init__(self, refusal: type[DomainError]) -> None:
        super().__init__(refusal.__name__)


def _take(left: dict[Any, int], place: Any, units: int) -> None:
    left[place] -= units
    if not left[place]:
        del left[place]


def _left(source: str, parcel: int, lines: tuple[ReservedLine, ...]) -> ConsumeStock:
    """A parcel holds the goods of one source only."""
    return ConsumeStock(source, f"{source}-{parcel}", lines)
