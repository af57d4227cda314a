"""A reservation sets units aside for one source, such as an order. It is open as long as units are set aside: more can
be added, some can leave the house (consumed), some can be given back (released). It ends with the last of them:
consumed when any have left, otherwise released, or expired when its time has run out. Until the order is confirmed it
has an end in time; then it is kept, and no longer expires. It ends once, so a second cancellation cannot free the same
units twice; and what has left under a reference, such as a shipment, does not leave under it again.

Everything that happens to units is an entry in its ledger; what is set aside is the ledger's sum. Of a bundle its
components are set aside, all at one location; by the bundle they leave and are given back.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.inventory.errors import NotSetAside, OutOfStock, ReservationClosed
from ecomcore.inventory.events import (
    MoreStockReserved,
    ReservationExpired,
    StockConsumed,
    StockKept,
    StockNotThere,
    StockPartReleased,
    StockReleased,
    StockReserved,
)
from ecomcore.inventory.lots import LotPick
from ecomcore.inventory.values import Purpose, ReservationEntry, ReservationEntryKind, ReservedLine, StockLine
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

_Place = tuple[VariantId, LocationId, VariantId | None]


@frozen(kw_only=True)
class Reservation(Aggregate):
    """Units set aside for a source; one per source, under the source's own id. ``entries`` is its whole ledger.

    ``channel`` is where the source sells: whatever is set aside for it later comes from the locations serving it.
    ``promised_at`` is the latest day that was promised for units that were not there when they were set aside.
    """

    id: ReservationId
    entries: tuple[ReservationEntry, ...]
    state: ReservationState
    expires_at: Instant | None
    purpose: Purpose = Purpose.ORDER
    channel: str = ""
    promised_at: Instant | None = None

    @classmethod
    def open(
        cls,
        source: str,
        lines: tuple[ReservedLine, ...],
        expires_at: Instant | None,
        purpose: Purpose = Purpose.ORDER,
        channel: str = "",
        *,
        promised_at: Instant | None = None,
        sourcing: tuple[str, ...] = (),
        instead_of: str | None = None,
    ) -> Self:
        """Units are set aside for a source."""
        id_ = ReservationId(source)
        nothing = cls(
            id=id_,
            entries=(),
            state=LIFECYCLE.initial,
            expires_at=expires_at,
            purpose=purpose,
            channel=channel,
            promised_at=promised_at,
        )
        return nothing.telling(
            StockReserved(id_, source, lines, expires_at, purpose, promised_at, sourcing, instead_of),
            entries=nothing._entered(ReservationEntryKind.RESERVED, lines),
        )

    @classmethod
    def missing(cls, source: str, purpose: Purpose, channel: str, refused: OutOfStock) -> Self:
        """Nothing was there for a source; nothing ever will be under this id."""
        id_ = ReservationId(source)
        ended = cls(
            id=id_, entries=(), state=ReservationState.RELEASED, expires_at=None, purpose=purpose, channel=channel
        )
        told = StockNotThere(id_, source, refused.variant, refused.wanted, refused.available, purpose)
        return ended.telling(told)

    @property
    def is_open(self) -> bool:
        """Whether units are still set aside."""
        return self.state is ReservationState.OPEN

    def is_late(self, now: Instant) -> bool:
        """Whether its time has run out and nobody has ended it yet: others may, and its source may still keep it."""
        return self.is_open and self.expires_at is not None and self.expires_at <= now

    @property
    def lines(self) -> tuple[ReservedLine, ...]:
        """What is still set aside, one line for each variant at each location, in the order in which it was."""
        return _lines(self._held(), self._each())

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

    def composition(self, bundle: VariantId) -> dict[VariantId, int]:
        """How many of each component are set aside for one of these bundles; nothing where none is."""
        return {place[0]: self._each()[place] for place in self._held() if place[2] == bundle}

    def has_consumed(self, reference: str) -> bool:
        """Whether units have left under this reference."""
        return any(
            entry.reference == reference for entry in self.entries if entry.kind is ReservationEntryKind.CONSUMED
        )

    def reserve_more(self, lines: tuple[ReservedLine, ...], promised_at: Instant | None = None) -> Self:
        """These units are set aside as well; the last of them should be there by then. Raises ``ReservationClosed``."""
        self._check_open()
        promised = [at for at in (self.promised_at, promised_at) if at is not None]
        return self.telling(
            MoreStockReserved(self.id, self.id, lines, self.purpose, promised_at),
            entries=self._entered(ReservationEntryKind.RESERVED, lines),
            promised_at=max(promised, default=None),
            state=LIFECYCLE.after("reserve_more", self.state),
        )

    def keep(self, until: Instant | None = None) -> Self:
        """It expires then, or no longer at all. Raises ``ReservationClosed`` when it has ended."""
        self._check_open()
        if self.expires_at == until:
            return self
        return self.telling(StockKept(self.id, self.id, until, self.purpose), expires_at=until)

    def leaving(self, lines: Iterable[ReservedLine] = ()) -> tuple[ReservedLine, ...]:
        """What leaves with these lines, components for bundles; without any, all that is set aside.

        Raises ``ReservationClosed``, ``NotSetAside``.
        """
        self._check_open()
        held, each = self._held(), self._each()
        wanted: dict[tuple[VariantId, LocationId], int] = {}
        for line in lines:
            wanted[line.variant, line.location] = wanted.get((line.variant, line.location), 0) + line.quantity
        if not wanted:
            return _lines(held, each)
        leaving: dict[_Place, int] = {}
        for (variant, location), quantity in wanted.items():
            places = [place for place in held if place[1] == location and place[2] == variant]
            places = places or [(variant, location, None)]
            for place in places:
                units = quantity * each.get(place, 1)
                if units > held.get(place, 0):
                    there = held.get(place, 0) // each.get(place, 1)
                    raise NotSetAside(self.id, variant, quantity, there, location)
                leaving[place] = units
        return _lines(leaving, each)

    def consume(self, reference: str, lines: Iterable[ReservedLine] = (), lots: tuple[LotPick, ...] = ()) -> Self:
        """These units leave, or all of them. Raises ``ReservationClosed``, ``NotSetAside``."""
        left = self.leaving(lines)
        verb = "consume" if _sum(left) == _sum(self.lines) else "consume_part"
        return self.telling(
            StockConsumed(self.id, self.id, left, reference, self.purpose, lots),
            entries=self._entered(ReservationEntryKind.CONSUMED, left, reference),
            state=LIFECYCLE.after(verb, self.state),
        )

    def release_part(self, lines: Iterable[StockLine]) -> Self:
        """So many units are given back, the last ones first. Raises ``ReservationClosed``, ``NotSetAside``."""
        self._check_open()
        held, each = self._held(), self._each()
        wanted: dict[VariantId, int] = {}
        for line in lines:
            wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
        given: dict[_Place, int] = {}
        for variant, quantity in wanted.items():
            rest = quantity
            for location in reversed(dict.fromkeys(place[1] for place in held if (place[2] or place[0]) == variant)):
                places = [place for place in held if place[1] == location and (place[2] or place[0]) == variant]
                part = min(rest, *(held[place] // each[place] for place in places))
                if part:
                    given.update((place, part * each[place]) for place in places)
                    rest -= part
            if rest:
                raise NotSetAside(self.id, variant, quantity, quantity - rest)
        back = _lines(given, each)
        return self.telling(
            StockPartReleased(self.id, self.id, back, self.purpose),
            entries=self._entered(ReservationEntryKind.RELEASED, back),
            state=self._emptied("release") if given == held else LIFECYCLE.after("release_part", self.state),
        )

    def release(self) -> Self:
        """What is still set aside is given back."""
        return self._given_back("release", StockReleased(self.id, self.id, self.lines, self.purpose))

    def expire(self) -> Self:
        """Nobody came in time; what is still set aside is given back."""
        return self._given_back("expire", ReservationExpired(self.id, self.id, self.lines, self.purpose))

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
            place = entry.variant, entry.location, entry.bundle
            if entry.balance:
                held[place] = entry.balance
            else:
                held.pop(place, None)
        return held

    def _each(self) -> dict[_Place, int]:
        """How many units one bundle takes at each place; 1 where there is none."""
        return {(entry.variant, entry.location, entry.bundle): entry.each for entry in self.entries}

    def _sums(self, kind: ReservationEntryKind) -> tuple[ReservedLine, ...]:
        sums: dict[_Place, int] = {}
        for entry in self.entries:
            if entry.kind is kind:
                place = entry.variant, entry.location, entry.bundle
                sums[place] = sums.get(place, 0) + abs(entry.quantity)
        return _lines(sums, self._each())

    def _entered(
        self, kind: ReservationEntryKind, lines: Iterable[ReservedLine], reference: str = ""
    ) -> tuple[ReservationEntry, ...]:
        """The ledger with one more entry for each line."""
        held, entries = self._held(), list(self.entries)
        for line in lines:
            place = line.variant, line.location, line.bundle
            change = line.quantity if kind is ReservationEntryKind.RESERVED else -line.quantity
            held[place] = balance = held.get(place, 0) + change
            number = len(entries) + 1
            entries.append(
                ReservationEntry(
                    number, kind, line.variant, line.location, change, balance, reference, line.bundle, line.each
                )
            )
        return tuple(entries)


def _sum(lines: Iterable[ReservedLine]) -> int:
    return sum(line.quantity for line in lines)


def _lines(units: dict[_Place, int], each: dict[_Place, int]) -> tuple[ReservedLine, ...]:
    return tuple(
        trusted(ReservedLine, variant, location, quantity, bundle, each.get((variant, location, bundle), 1))
        for (variant, location, bundle), quantity in units.items()
    )
