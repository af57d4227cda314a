"""The second part of the model: units that come and go, and move between locations. No code of the shop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.inventory.stock_model import NEVER, Stock
from tests.inventory.stock_model_facts import LIMIT, Item, Lot, No, Place

__all__ = ["CANCELLED", "Arrived", "Arriving", "Moving", "MovingStock"]

REQUESTED, SHIPPED, PARTLY, RECEIVED, CLOSED, CANCELLED = (
    "requested", "shipped", "partly_received", "received", "closed", "cancelled",
)  # fmt: skip


@dataclass
class Arrived:
    """Units that arrive, good or bad, with what is said of them."""

    units: int
    lot: str = ""
    end: datetime | None = None
    owner: str | None = None
    serials: tuple[str, ...] = ()
    good: bool = True


@dataclass
class Moving:
    """A transfer; ``transit`` is what has left, by variant and lot, with the end and owner of the lot."""

    origin: str
    destination: str
    requested: dict[str, int]
    state: str = REQUESTED
    transit: dict[tuple[str, str], int] = field(default_factory=dict)
    lots: dict[tuple[str, str], tuple[datetime | None, str | None]] = field(default_factory=dict)
    missing: int = 0


@dataclass
class Arriving:
    """A delivery of a supplier: what was ordered of each variant less what has come, below zero for what is more."""

    location: str
    missing: dict[str, int]
    expected_at: datetime
    state: str = "expected"


@dataclass
class MovingStock(Stock):
    """The stock, and what moves it."""

    transfers: dict[str, Moving] = field(default_factory=dict)
    deliveries: dict[str, Arriving] = field(default_factory=dict)

    # Units come --------------------------------------------------------------------------------------------------

    def receive(self, location: str, arrived: list[tuple[str, Arrived]]) -> None:
        reasons: set[str] = set()
        if location not in self.places:
            raise No("NotFound")
        for variant, what in arrived:
            at = variant, location
            if at not in self.items and variant in self.bundles:
                reasons.add("BundleHasNoStock")
            item = self.items.setdefault(at, Item())
            if what.good and any(self.is_elsewhere(at, serial) for serial in what.serials):
                reasons.add("SerialKnown")
            codes = self._codes(item, what)
            if codes is None:
                reasons.add("WrongTracking")
                continue
            (item.good if what.good else item.bad).append(what.units)
            for code, units in codes if what.good and item.tracking != "none" else ():
                reasons |= self._into_lot(at, code, units, what.end, what.owner)
        if reasons:
            raise No(*reasons)

    def _codes(self, item: Item, what: Arrived) -> list[tuple[str, int]] | None:
        """By which codes the units are told apart; nothing if not as the item wants it."""
        if item.tracking == "none":
            plain = not (what.lot or what.end or what.owner or what.serials)
            return [("", what.units)] if plain else None
        if item.tracking == "serials":
            return [(serial, 1) for serial in what.serials] or None
        code = what.lot or what.owner or ""
        return [(code, what.units)] if code and not what.serials else None

    def _into_lot(self, at: Place, code: str, units: int, end: datetime | None, owner: str | None) -> set[str]:
        item = self.items[at]
        known = item.lots.get(code)
        reasons = set()
        if item.tracking == "serials" and known is not None and known.quantity:
            reasons.add("SerialKnown")
        if known is not None and known.quantity and (known.end, known.owner) != (end, owner):
            reasons.add("Invalid")
        came = known.came if known is not None and known.quantity else self.now
        item.lots[code] = Lot((known.quantity if known else 0) + units, end, owner, came)
        return reasons

    def is_elsewhere(self, at: Place, code: str) -> bool:
        """A unit with a serial number is at one place: another location has it."""
        others = (item for (variant, place), item in self.items.items() if variant == at[0] and place != at[1])
        return any(item.tracking == "serials" and code in item.lots and item.lots[code].quantity for item in others)

    # The books are set right -------------------------------------------------------------------------------------

    def correct(self, at: Place, units: int, lot: str, *, anyway: bool = False, beyond: bool = False) -> None:
        reasons = set() if beyond or abs(units) <= LIMIT else {"CorrectionTooLarge"}
        if at not in self.items:
            raise No("NotFound", *reasons)
        self._change(at, units, lot, reasons, None if anyway else self.short(at))

    def damage(self, at: Place, units: int, lot: str) -> None:
        """Below zero: mended."""
        if at not in self.items:
            raise No("NotFound")
        reasons = {"NotOnHand"} if self.damaged(at) + units < 0 else set()
        self.items[at].bad.append(units)
        self._change(at, -units, lot, reasons)

    def write_off(self, at: Place, units: int, lot: str, *, good: bool, beyond: bool = False) -> None:
        reasons = set() if beyond or units <= LIMIT else {"CorrectionTooLarge"}
        if at not in self.items:
            raise No("NotFound", *reasons)
        if good:
            self._change(at, -units, lot, reasons)
            return
        if self.damaged(at) < units:
            reasons.add("NotOnHand")
        self.items[at].bad.append(-units)
        if reasons:
            raise No(*reasons)

    def _change(self, at: Place, units: int, lot: str, reasons: set[str], most_short: int | None = None) -> None:
        item = self.items[at]
        if self.on_hand(at) + units < 0:
            reasons.add("NotOnHand")
        item.good.append(units)
        if (item.tracking == "none") != (lot == ""):
            reasons.add("WrongTracking")
        elif lot:
            known = item.lots.get(lot)
            if units > 0 and item.tracking == "serials" and self.is_elsewhere(at, lot):
                reasons.add("SerialKnown")
            if known is None or known.quantity + units < 0:
                reasons.add("LotUnknown")
            else:
                if units > 0 and item.tracking == "serials":
                    reasons |= {"SerialKnown"} if known.quantity + units > 1 else set()
                known.quantity += units
        if most_short is not None and self.short(at) > most_short:
            reasons.add("StockIsReserved")
        if reasons:
            raise No(*reasons)

    def book(self, rows: list[tuple[Place, str, int, int | None]]) -> list[set[str]]:
        """Many rows, each for itself: why it was refused, if it was."""
        return [self._row(*row) for row in rows]

    def _row(self, at: Place, what: str, number: int, expected: int | None) -> set[str]:
        if at[1] not in self.places:
            return {"NotFound"}
        new = at not in self.items
        there = 0 if new else self.on_hand(at)
        reasons = {"CountedOtherwise"} if expected is not None and expected != there else set()
        if new and at[0] in self.bundles:
            reasons.add("BundleHasNoStock")
        units = number - there if what == "set" else number
        if not units:
            return reasons
        item = self.items.setdefault(at, Item())
        if item.tracking != "none":
            reasons.add("WrongTracking")
        if what != "receive" and there + units < 0:
            reasons.add("NotOnHand")
        if what != "receive" and abs(units) > LIMIT:
            reasons.add("CorrectionTooLarge")
        if what != "receive" and self.reserved(at) > there + units + self.room(at) + self.short(at):
            reasons.add("StockIsReserved")
        if not reasons:
            item.good.append(units)
        elif new:
            del self.items[at]
        return reasons

    def rule(self, at: Place, buffer: int, cap: int, release_at: datetime | None, tracking: str) -> None:
        reasons = set()
        if at not in self.items and at[0] in self.bundles:
            reasons.add("BundleHasNoStock")
        item = self.items.setdefault(at, Item())
        short = self.short(at)
        if tracking != item.tracking and (self.on_hand(at) or self.damaged(at) or item.stripes):
            reasons.add("WrongTracking")
        item.buffer, item.cap, item.release_at, item.tracking = buffer, cap, release_at, tracking
        if self.short(at) > short:
            reasons.add("BackordersPromised")
        if reasons:
            raise No(*reasons)

    def stripe(self, at: Place, stripes: int) -> None:
        if at not in self.items:
            raise No("NotFound")
        if stripes and self.items[at].tracking != "none":
            raise No("WrongTracking")
        self.items[at].stripes = stripes

    # From one location to another --------------------------------------------------------------------------------

    def request(self, name: str, origin: str, destination: str, wanted: dict[str, int]) -> None:
        reasons = set()
        for variant in wanted:
            if variant in self.bundles:
                reasons.add("BundleHasNoStock")
            here, there = (self.items.get((variant, place)) for place in (origin, destination))
            if (here or Item()).tracking != (there or Item()).tracking:
                reasons.add("WrongTracking")
        if reasons:
            raise No(*reasons)
        self.reserve(name, wanted, origin, "", None, moves=True)
        self.transfers[name] = Moving(origin, destination, wanted)

    def ship(self, name: str, wanted: dict[str, int]) -> None:
        moving = self.transfers[name]
        if moving.state != REQUESTED:
            raise No("IllegalTransition")
        leaving = wanted or dict(moving.requested)
        if any(units > moving.requested.get(variant, 0) for variant, units in leaving.items()):
            raise No("MoreThanWasRequested")
        kept = {v: units - leaving.get(v, 0) for v, units in moving.requested.items() if units > leaving.get(v, 0)}
        self.release_part(name, kept)
        before = {at: {code: lot.quantity for code, lot in item.lots.items()} for at, item in self.items.items()}
        self.consume(name, name, {}, {}, moves=True)
        for variant, units in leaving.items():
            at = variant, moving.origin
            item = self.items[at]
            if item.tracking == "none":
                moving.transit[variant, ""] = units
                continue
            for code, lot in item.lots.items():
                if gone := before[at][code] - lot.quantity:
                    moving.transit[variant, code] = gone
                    moving.lots[variant, code] = lot.end, lot.owner
        moving.state = SHIPPED

    def arrive(self, name: str, variant: str, good: int, bad: int) -> None:
        moving = self.transfers[name]
        if moving.state not in (SHIPPED, PARTLY):
            raise No("IllegalTransition")
        known = {code: units for (each, code), units in moving.transit.items() if each == variant}
        if good + bad > sum(known.values()):
            raise No("MoreThanWasShipped")
        ends = {code: moving.lots.get((variant, code), (None, None)) for code in known}
        order = sorted(known, key=lambda code: (code == "", ends[code][0] or NEVER, code))
        arrived = []
        there = self.items.get((variant, moving.destination)) or Item()
        for units, fine in ((good, True), (bad, False)):
            rest = units
            for code in order:
                part = min(rest, moving.transit[variant, code])
                rest -= part
                moving.transit[variant, code] -= part
                end, owner = ends[code]
                serials = (code,) if code and there.tracking == "serials" and part == 1 else ()
                if part:
                    arrived.append((variant, Arrived(part, "" if serials else code, end, owner, serials, good=fine)))
        self.receive(moving.destination, arrived)
        moving.state = PARTLY if any(moving.transit.values()) else RECEIVED

    def close(self, name: str) -> None:
        moving = self.transfers[name]
        if moving.state not in (SHIPPED, PARTLY):
            raise No("IllegalTransition")
        moving.missing = sum(moving.transit.values())
        moving.transit.clear()
        moving.state = CLOSED

    def cancel(self, name: str) -> None:
        moving = self.transfers[name]
        if moving.state != REQUESTED:
            raise No("IllegalTransition")
        self.release(name)
        moving.state = CANCELLED

    # From a supplier ---------------------------------------------------------------------------------------------

    def expect(self, name: str, place: str, variant: str, units: int, at: datetime) -> None:
        if variant in self.bundles:
            raise No("BundleHasNoStock")
        self.deliveries[name] = Arriving(place, {variant: units}, at)

    def deliver(self, name: str, variant: str, what: Arrived, bad: int) -> None:
        due = self.deliveries[name]
        if due.state not in ("expected", "partly_received"):
            raise No("IllegalTransition")
        due.missing[variant] = due.missing.get(variant, 0) - what.units - bad
        arrived = [
            Arrived(units, what.lot, what.end, what.owner, what.serials, good=fine)
            for units, fine in ((what.units, True), (bad, False))
            if units
        ]
        self.receive(due.location, [(variant, each) for each in arrived])
        due.state = "partly_received" if any(units > 0 for units in due.missing.values()) else "received"

    def call_off(self, name: str, state: str) -> None:
        due = self.deliveries[name]
        if due.state != "expected" and (state == "cancelled" or due.state != "partly_received"):
            raise No("IllegalTransition")
        due.state = state

    def coming(self, until: datetime) -> dict[Place, int]:
        """What is still to come of each item by then; what is late may come at any time, or never."""
        return self._ordered([due for due in self.deliveries.values() if self.now < due.expected_at <= until])

    def on_order(self) -> dict[Place, int]:
        """What has been ordered and has not come."""
        return self._ordered(list(self.deliveries.values()))

    def on_the_way(self) -> dict[Place, int]:
        """What has left for another location."""
        found: dict[Place, int] = {}
        for moving in self.transfers.values():
            for (variant, _), units in moving.transit.items():
                if units:
                    found[variant, moving.destination] = found.get((variant, moving.destination), 0) + units
        return found

    def _ordered(self, deliveries: list[Arriving]) -> dict[Place, int]:
        found: dict[Place, int] = {}
        for due in deliveries:
            for variant, units in due.missing.items():
                if due.state in ("expected", "partly_received") and units > 0:
                    found[variant, due.location] = found.get((variant, due.location), 0) + units
        return found
