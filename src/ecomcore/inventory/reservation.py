"""A reservation sets units aside for one source, such as an order. It is open as long as units are set aside: more can
be added, some can leave the house (consumed), some can be given back (released). It ends with the last of them:
consumed when any have left, otherwise released, or expired when its time has run out. Until the order is confirmed it
has an end in time; then it is kept, and no longer expires. It ends once, so a second cancellation cannot free the same
units twice; and what has left under a reference, such as a shipment, does not leave under it again.

Everything that happens to units is an entry in its ledger; what is set aside is the ledger's sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.inventory.errors import NotSetAside, ReservationClosed
from ecomcore.inventory.events import (
    MoreStockReserved,
    ReservationExpired,
    StockConsumed,
    StockKept,
    StockPartReleased,
    StockReleased,
    StockReserved,
)
from ecomcore.inventory.values import ReservationEntry, ReservationEntryKind, ReservedLine, StockLine
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move

__all__ = ["LIFECYCLE", "Reservation", "ReservationState"]


class ReservationState(StrEnum):
    """Open: set aside. Consumed: some or all have left. Released: all given back. Expired: nobody came in time."""

    OPEN = "open"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


LIFECYCLE = Lifecycle(
    "reservation",
    ReservationState.OPEN,
    {
        "reserve_more": move(ReservationState.OPEN, to=ReservationState.OPEN),
        "consume_part": move(ReservationState.OPEN, to=ReservationState.OPEN),
        "release_part": move(ReservationState.OPEN, to=ReservationState.OPEN),
        "consume": move(ReservationState.OPEN, to=ReservationState.CONSUMED),
        "release": move(ReservationState.OPEN, to=ReservationState.RELEASED),
        "expire": move(ReservationState.OPEN, to=ReservationState.EXPIRED),
        "release_rest": move(ReservationState.OPEN, to=ReservationState.CONSUMED),
    },
)

_Place = tuple[VariantId, LocationId]


@frozen(kw_only=True)
class Reservation(Aggregate):
    """Units set aside for a source; one per source, under the source's own id. ``entries`` is its whole ledger."""

    id: ReservationId
    entries: tuple[ReservationEntry, ...]
    state: ReservationState
    expires_at: Instant | None

    @classmethod
    def open(cls, source: str, lines: tuple[ReservedLine, ...], expires_at: Instant | None) -> Self:
        """Units are set aside for a source."""
        id_ = ReservationId(source)
        nothing = cls(id=id_, entries=(), state=LIFECYCLE.initial, expires_at=expires_at)
        return nothing.telling(
            StockReserved(id_, source, lines, expires_at),
            entries=nothing._entered(ReservationEntryKind.RESERVED, lines),
        )

    @property
    def is_open(self) -> bool:
        """Whether units are still set aside."""
        return self.state is ReservationState.OPEN

    @property
    def lines(self) -> tuple[ReservedLine, ...]:
        """What is still set aside, one line for each variant at each location, in the order in which it was."""
        return _lines(self._held())

    @property
    def consumed(self) -> tuple[ReservedLine, ...]:
        """What has left the house."""
        return self._sums(ReservationEntryKind.CONSUMED)

    @property
    def released(self) -> tuple[ReservedLine, ...]:
        """What was given back."""
        return self._sums(ReservationEntryKind.RELEASED)

    @property
    def reserved(self) -> tuple[ReservedLine, ...]:
        """All that was ever set aside."""
        return self._sums(ReservationEntryKind.RESERVED)

    def has_consumed(self, reference: str) -> bool:
        """Whether units have left under this reference."""
        return any(
            entry.reference == reference for entry in self.entries if entry.kind is ReservationEntryKind.CONSUMED
        )

    def reserve_more(self, lines: tuple[ReservedLine, ...]) -> Self:
        """These units are set aside as well. Raises ``ReservationClosed``."""
        self._check_open()
        return self.telling(
            MoreStockReserved(self.id, self.id, lines),
            entries=self._entered(ReservationEntryKind.RESERVED, lines),
            state=LIFECYCLE.after("reserve_more", self.state),
        )

    def keep(self, until: Instant | None = None) -> Self:
        """It expires then, or no longer at all. Raises ``ReservationClosed`` when it has ended."""
        self._check_open()
        if self.expires_at == until:
            return self
        return self.telling(StockKept(self.id, self.id, until), expires_at=until)

    def consume(self, reference: str, lines: Iterable[ReservedLine] = ()) -> Self:
        """These units leave, or all of them. Raises ``ReservationClosed``, ``NotSetAside``."""
        self._check_open()
        held = self._held()
        leaving = _units(lines) or held
        for (variant, location), wanted in leaving.items():
            reserved = held.get((variant, location), 0)
            if wanted > reserved:
                raise NotSetAside(self.id, variant, wanted, reserved, location)
        left = _lines(leaving)
        verb = "consume" if leaving == held else "consume_part"
        return self.telling(
            StockConsumed(self.id, self.id, left, reference),
            entries=self._entered(ReservationEntryKind.CONSUMED, left, reference),
            state=LIFECYCLE.after(verb, self.state),
        )

    def release_part(self, lines: Iterable[StockLine]) -> Self:
        """So many units are given back, the last ones first. Raises ``ReservationClosed``, ``NotSetAside``."""
        self._check_open()
        held = self._held()
        wanted: dict[VariantId, int] = {}
        for line in lines:
            wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
        missing, given = dict(wanted), dict[_Place, int]()
        for (variant, location), units in reversed(held.items()):
            if part := min(units, missing.get(variant, 0)):
                given[variant, location] = part
                missing[variant] -= part
        for variant, units in missing.items():
            if units:
                raise NotSetAside(self.id, variant, wanted[variant], wanted[variant] - units)
        back = _lines(given)
        return self.telling(
            StockPartReleased(self.id, self.id, back),
            entries=self._entered(ReservationEntryKind.RELEASED, back),
            state=self._emptied("release") if given == held else LIFECYCLE.after("release_part", self.state),
        )

    def release(self) -> Self:
        """What is still set aside is given back."""
        return self._given_back("release", StockReleased(self.id, self.id))

    def expire(self) -> Self:
        """Nobody came in time; what is still set aside is given back."""
        return self._given_back("expire", ReservationExpired(self.id, self.id))

    def _given_back(self, verb: str, told: StockReleased | ReservationExpired) -> Self:
        return self.telling(
            told, state=self._emptied(verb), entries=self._entered(ReservationEntryKind.RELEASED, self.lines)
        )

    def _emptied(self, verb: str) -> ReservationState:
        """The state once the rest is given back. Units that have left have left: they decide how it ends."""
        state = LIFECYCLE.after(verb, self.state)
        return LIFECYCLE.after("release_rest", self.state) if self.consumed else state

    def _check_open(self) -> None:
        if not self.is_open:
            raise ReservationClosed(self.id, self.state)

    def _held(self) -> dict[_Place, int]:
        """What is set aside at each place; a place that was emptied and filled again counts from then."""
        held: dict[_Place, int] = {}
        for entry in self.entries:
            if entry.balance:
                held[entry.variant, entry.location] = entry.balance
            else:
                held.pop((entry.variant, entry.location), None)
        return held

    def _sums(self, kind: ReservationEntryKind) -> tuple[ReservedLine, ...]:
        sums: dict[_Place, int] = {}
        for entry in self.entries:
            if entry.kind is kind:
                place = entry.variant, entry.location
                sums[place] = sums.get(place, 0) + abs(entry.quantity)
        return _lines(sums)

    def _entered(
        self, kind: ReservationEntryKind, lines: Iterable[ReservedLine], reference: str = ""
    ) -> tuple[ReservationEntry, ...]:
        """The ledger with one more entry for each line."""
        held, entries = self._held(), list(self.entries)
        for line in lines:
            place = line.variant, line.location
            change = line.quantity if kind is ReservationEntryKind.RESERVED else -line.quantity
            held[place] = balance = held.get(place, 0) + change
            entries.append(ReservationEntry(len(entries) + 1, kind, *place, change, balance, reference))
        return tuple(entries)


def _units(lines: Iterable[ReservedLine]) -> dict[_Place, int]:
    units: dict[_Place, int] = {}
    for line in lines:
        place = line.variant, line.location
        units[place] = units.get(place, 0) + line.quantity
    return units


def _lines(units: dict[_Place, int]) -> tuple[ReservedLine, ...]:
    return tuple(trusted(ReservedLine, *place, quantity) for place, quantity in units.items())
