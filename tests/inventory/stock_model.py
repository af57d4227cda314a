"""The stock of a shop as a child would keep it: lists of what came and went, and sums over them.

Nothing here is taken from the shop. A command that cannot be is answered with ``No`` and the names of all reasons
there are; whatever was changed before that is to be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.inventory.stock_model_facts import CONSUMED, EXPIRED, OPEN, RELEASED, Held, Item, No, Part, Place

__all__ = ["NEVER", "Stock"]

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Stock:
    """All of it. ``places`` says of each location who is asked first and whether it ships, ``channels`` who serves."""

    now: datetime
    places: dict[str, tuple[int, bool]]
    channels: dict[str, dict[str, tuple[int, int]]]
    bundles: dict[str, dict[str, int]]
    items: dict[Place, Item] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)

    # Sums --------------------------------------------------------------------------------------------------------

    def on_hand(self, at: Place) -> int:
        return sum(self.items[at].good)

    def damaged(self, at: Place) -> int:
        return sum(self.items[at].bad)

    def reserved(self, at: Place) -> int:
        return sum(self._set_aside(each, at) for each in self.held.values() if each.state == OPEN)

    def short(self, at: Place) -> int:
        """What expires leaves a promise unkept, and so does a release that finds too little."""
        return max(0, self.reserved(at) - self.usable(at) - self.room(at))

    def room(self, at: Place) -> int:
        """How many may be promised that are not there: of what is sold ahead none, once it is released."""
        release_at = self.items[at].release_at
        return self.items[at].cap if release_at is None or self.now < release_at else 0

    def expired(self, at: Place) -> int:
        lots = self.items[at].lots.values()
        return sum(lot.quantity for lot in lots if lot.end is not None and lot.end <= self.now)

    def usable(self, at: Place) -> int:
        return self.on_hand(at) - self.expired(at)

    def available(self, at: Place) -> int:
        item = self.items[at]
        if item.release_at is None:
            return self.usable(at) + item.cap - self.reserved(at)
        if self.now < item.release_at:
            return item.cap - self.reserved(at)
        return self.usable(at) - self.reserved(at)

    def in_fact(self, at: Place) -> int:
        """What is available without promising what is not there; ahead of its release no more than may be ordered."""
        here = self.usable(at) - self.reserved(at)
        release_at = self.items[at].release_at
        return min(here, self.available(at)) if release_at is not None and self.now < release_at else here

    def late(self, but: str = "") -> list[Held]:
        """Open reservations whose time has run out."""
        return [
            each
            for source, each in self.held.items()
            if each.state == OPEN and each.until is not None and each.until <= self.now and source != but
        ]

    def _set_aside(self, each: Held, at: Place) -> int:
        variant, place = at
        return sum(part.quantity for part in each.parts if part.variant == variant and part.location == place)

    # What can be had ---------------------------------------------------------------------------------------------

    def parts_of(self, variant: str) -> dict[str, int]:
        has_stock = any(known == variant for known, _ in self.items)
        return {variant: 1} if has_stock else self.bundles.get(variant) or {variant: 1}

    def asked(self, location: str | None, channel: str) -> list[str]:
        """The locations in the order in which they are asked."""
        serving = self.channels.get(channel)
        if location is not None:
            if serving is not None and location not in serving:
                raise No("NotServed")
            return [location]
        if serving is None:
            ranked = [(priority, place) for place, (priority, ships) in self.places.items() if ships]
        else:
            ranked = [(priority, place) for place, (priority, _) in serving.items() if self.places[place][1]]
        return [place for _, place in sorted(ranked)]

    def spare(self, at: Place, location: str | None, channel: str) -> int:
        kept = self.channels.get(channel, {}).get(at[1], (0, 0))[1]
        return self.available(at) - kept - (self.items[at].buffer if location is None else 0)

    def can_be_had(self, variant: str, channel: str) -> int:
        """How many can be set aside now, by whoever names no location."""
        return self._whole(variant, channel, self.available)

    def can_be_promised(self, variant: str, channel: str, when: datetime, coming: dict[Place, int]) -> int:
        """How many can leave at a moment, with what will have come by then."""
        late, total = self.late(), 0
        for place in self.asked(None, channel):
            kept = self.channels.get(channel, {}).get(place, (0, 0))[1]
            fits = []
            for part, each in self.parts_of(variant).items():
                at = part, place
                units = coming.get(at, 0) - kept
                if (item := self.items.get(at)) is not None:
                    good = sum(item.good) - sum(
                        lot.quantity for lot in item.lots.values() if lot.end and lot.end <= when
                    )
                    units += good - self.reserved(at) - item.buffer + sum(self._set_aside(held, at) for held in late)
                    if item.release_at is not None and when < item.release_at:
                        units = 0
                fits.append(max(units, 0) // each)
            total += min(fits)
        return total

    def _whole(self, variant: str, channel: str, count: Any) -> int:
        total = 0
        late, parts = self.late(), self.parts_of(variant)
        for place in self.asked(None, channel):
            fits = []
            for part, each in parts.items():
                at = part, place
                if at not in self.items:
                    fits.append(0)
                    continue
                free = sum(self._set_aside(held, at) for held in late)
                kept = self.available(at) - self.spare(at, None, channel)
                fits.append(max(0, count(at) + free - kept) // each)
            total += min(fits)
        return total

    # Setting aside -----------------------------------------------------------------------------------------------

    def reserve(
        self,
        source: str,
        wanted: dict[str, int],
        location: str | None,
        channel: str,
        until: datetime | None,
        *,
        moves: bool = False,
    ) -> None:
        known = self.held.get(source)
        if known is not None:
            if known.state != OPEN:
                raise No("ReservationClosed")
            if known.until is not None and known.until <= self.now < (until or NEVER):
                known.until = until
            return
        parts = self._take(source, wanted, location, channel, {}, moves=moves)
        self.held[source] = new = Held(until, channel, [])
        self._add(new, parts)

    def reserve_more(self, source: str, wanted: dict[str, int], location: str | None) -> None:
        held = self._open(source)
        composed = {
            variant: each
            for variant in wanted
            if (each := {part.variant: part.each for part in held.parts if part.bundle == variant})
        }
        self._add(held, self._take(source, wanted, location, held.channel, composed))

    def _take(
        self,
        source: str,
        wanted: dict[str, int],
        location: str | None,
        channel: str,
        composed: dict[str, dict[str, int]],
        *,
        moves: bool = False,
    ) -> list[Part]:
        asked = self.asked(location, channel)
        parts = {variant: composed.get(variant) or self.parts_of(variant) for variant in wanted}
        looked_at = {(part, place) for each in parts.values() for part in each for place in asked} & set(self.items)
        while (found := self._choose(wanted, parts, asked, location, channel, moves=moves)) is None:
            late = [each for each in self.late(but=source) if any(self._set_aside(each, at) for at in looked_at)]
            if not late:
                raise No("OutOfStock")
            for each in late:
                self._end(each, EXPIRED)
        return found

    def _choose(
        self,
        wanted: dict[str, int],
        parts: dict[str, dict[str, int]],
        asked: list[str],
        location: str | None,
        channel: str,
        *,
        moves: bool,
    ) -> list[Part] | None:
        """Sets first: theirs must lie together. Of each first what can leave, then what lies there, then promises."""
        taken: dict[Place, int] = {}
        found = []
        for variant, units in sorted(wanted.items(), key=lambda each: each[0] in parts[each[0]]):
            rest, each = units, parts[variant]
            for sort in ("leaves", "lies", "lies" if moves else "is promised"):
                for place in asked:
                    can = min(
                        max(0, self._spare_of(sort, (part, place), location, channel) - taken.get((part, place), 0))
                        // many
                        for part, many in each.items()
                    )
                    here = min(can, rest)
                    rest -= here
                    for part, many in each.items() if here else ():
                        taken[part, place] = taken.get((part, place), 0) + here * many
                        plain = part == variant
                        found.append(Part(part, place, None if plain else variant, 1 if plain else many, here * many))
            if rest:
                return None
        return found

    def _spare_of(self, sort: str, at: Place, location: str | None, channel: str) -> int:
        """How much of an item can be had that is of this sort."""
        if at not in self.items:
            return 0
        release_at = self.items[at].release_at
        if sort == "leaves" and release_at is not None and self.now < release_at:
            return 0
        promised = 0 if sort == "is promised" else self.available(at) - self.in_fact(at)
        return self.spare(at, location, channel) - promised

    def _add(self, held: Held, parts: list[Part]) -> None:
        for new in parts:
            for part in held.parts:
                if (part.variant, part.location, part.bundle) == (new.variant, new.location, new.bundle):
                    part.quantity += new.quantity
                    break
            else:
                held.parts.append(new)

    # Giving back -------------------------------------------------------------------------------------------------

    def keep(self, source: str, until: datetime | None) -> None:
        if source not in self.held:
            raise No("NotFound")
        if self.held[source].state != OPEN:
            raise No("Conflict")
        self.held[source].until = until

    def release_part(self, source: str, wanted: dict[str, int]) -> None:
        held = self._open(source)
        for variant, units in wanted.items():
            rest = units
            mine = [part for part in held.parts if (part.bundle or part.variant) == variant]
            for place in reversed(list(dict.fromkeys(part.location for part in mine))):
                there = [part for part in mine if part.location == place]
                back = min(rest, *(part.quantity // part.each for part in there))
                rest -= back
                for part in there:
                    part.quantity -= back * part.each
            if rest:
                raise No("NotSetAside")
        self._tidy(held, RELEASED)

    def release(self, source: str) -> None:
        if source in self.held and self.held[source].state == OPEN:
            self._end(self.held[source], RELEASED)

    def expire(self) -> None:
        for each in self.late():
            self._end(each, EXPIRED)

    def _open(self, source: str) -> Held:
        if source not in self.held:
            raise No("NotFound")
        if self.held[source].state != OPEN:
            raise No("ReservationClosed")
        return self.held[source]

    def _end(self, held: Held, state: str) -> None:
        held.parts.clear()
        self._tidy(held, state)

    def _tidy(self, held: Held, state: str) -> None:
        """Empty places are forgotten; with the last of them the reservation ends."""
        held.parts = [part for part in held.parts if part.quantity]
        if not held.parts:
            held.state = CONSUMED if held.references else state

    # Leaving the house -------------------------------------------------------------------------------------------

    def consume(
        self,
        source: str,
        reference: str,
        lines: dict[Place, int],
        picks: dict[tuple[str, str, str], int],
        *,
        moves: bool = False,
    ) -> dict[tuple[str, str, str], int]:
        """Which lots have left, by variant, location and code."""
        held = self.held.get(source)
        if held is None:
            raise No("NotFound")
        if reference in held.references or (held.state == CONSUMED and not lines):
            return {}
        self._open(source)
        leaving: dict[int, int] = {}
        for (variant, place), units in lines.items():
            there = [n for n, part in enumerate(held.parts) if part.location == place and part.bundle == variant] or [
                n
                for n, part in enumerate(held.parts)
                if part.location == place and part.variant == variant and part.bundle is None
            ]
            if not there or any(held.parts[n].quantity < units * held.parts[n].each for n in there):
                raise No("NotSetAside")
            for n in there:
                leaving[n] = units * held.parts[n].each
        if not lines:
            leaving = {n: part.quantity for n, part in enumerate(held.parts)}
        gone: dict[Place, int] = {}
        for n, units in leaving.items():
            part = held.parts[n]
            part.quantity -= units
            gone[part.variant, part.location] = gone.get((part.variant, part.location), 0) + units
        left = self._leave(gone, picks, moves=moves)
        held.references.add(reference)
        self._tidy(held, CONSUMED)
        return left

    def _leave(
        self, gone: dict[Place, int], picks: dict[tuple[str, str, str], int], *, moves: bool
    ) -> dict[tuple[str, str, str], int]:
        reasons: set[str] = set()
        left: dict[tuple[str, str, str], int] = {}
        for at, units in gone.items():
            item = self.items[at]
            if item.release_at is not None and self.now < item.release_at and not moves:
                reasons.add("NotReleased")
            if units > self.usable(at):
                reasons.add("NotOnHand")
            item.good.append(-units)
            wanted = {lot: many for (variant, place, lot), many in picks.items() if (variant, place) == at}
            if item.tracking != "none":
                left.update({(*at, code): many for code, many in self._out_of(at, units, wanted, reasons).items()})
        if reasons:
            raise No(*reasons)
        return left

    def _out_of(self, at: Place, units: int, wanted: dict[str, int], reasons: set[str]) -> dict[str, int]:
        """Of which lots: those that are wanted, and what expires first, then what came first."""
        good = {c: lot for c, lot in self.items[at].lots.items() if lot.end is None or lot.end > self.now}
        if any(code not in good or good[code].quantity < many for code, many in wanted.items()):
            reasons.add("LotUnknown")
        if sum(wanted.values()) > units:
            reasons.add("Invalid")
        if reasons:
            return {}
        taken = dict(wanted)
        for code, lot in sorted(good.items(), key=lambda each: (each[1].end or NEVER, each[1].came, each[0])):
            more = min(units - sum(taken.values()), lot.quantity - taken.get(code, 0))
            taken[code] = taken.get(code, 0) + more
        for code, many in taken.items():
            good[code].quantity -= many
        return {code: many for code, many in taken.items() if many}
