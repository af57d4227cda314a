"""How a step is lived on both sides: in a shop in memory, and in the model.

``SEEN`` collects, over all lives, which command met what.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.messages import Actor, Command, Staff, System
from ecomcore.testing import NOON, ShopKit
from tests.inventory.stock_model_counts import CountedStock
from tests.inventory.stock_model_facts import OPEN, No
from tests.inventory.stock_model_laws import check
from tests.inventory.stock_model_moves import Arrived
from tests.inventory.stock_model_words import stock

__all__ = ["EVA", "KIM", "LOTS", "PLAIN", "REFUSED", "SAM", "SEEN", "SERIALS", "SET", "SYSTEM", "VARIANTS", "Life"]

SEEN: Counter[tuple[str, str]] = Counter()
"""How often a command met something, over all lives."""
REFUSED: Counter[tuple[str, str]] = Counter()
"""How often a command was refused, and why."""

SAM, KIM, EVA = (Staff(name, frozenset(("*",))) for name in ("sam", "kim", "eva"))
SYSTEM: Actor = System()

PLAIN, LOTS, SERIALS, SET = ("tea", "cup", "pot"), "milk", "phone", "set"
VARIANTS = (*PLAIN, LOTS, SERIALS)
PLACES = {"berlin": (10, True), "paris": (20, True), "till": (5, False)}
CHANNELS = {"web": {"berlin": (20, 1), "paris": (10, 0)}, "fair": {"berlin": (10, 0), "till": (1, 0)}}
HOURS = (1, 6, 24, 24, 72, 200)
FACTS = {"correct anyway", "damage", "write off", "book a count", "approve", "finish"}
"""Only these may leave promises that cannot be kept."""


class Life:
    """A shop and its model, and what is done to units on both sides."""

    kit: ShopKit
    model: CountedStock
    names: Iterator[int]
    looks: int = 0
    is_open: bool = False

    # Doing the same on both sides --------------------------------------------------------------------------------

    def both(
        self, what: str, met: str, command: Command[Any], act: Callable[[], Any], by: Actor = SAM
    ) -> tuple[Any, Any] | None:
        """What the shop answered and what the model says, or nothing where both refuse."""
        SEEN[what, met] += 1
        print(f"{what} ({met}): {command}")  # noqa: T201 - shown with a failure
        before = pickle.dumps(self.model)
        short = {at: self.model.short(at) for at in self.model.items}
        reasons: set[str] = set()
        said = None
        try:
            said = act()
        except No as no:
            reasons = no.reasons
            self.model = pickle.loads(before)  # noqa: S301 - our own
        answer, refusal = self.ask(command, by)
        if refusal is not None:
            name = type(refusal).__name__
            REFUSED[what, name] += 1
            assert name in reasons, f"{what}: {refusal!r}, and the model {reasons or 'accepts'}"
            self.look()
            return None
        assert not reasons, f"{what}: accepted, and the model refuses with {reasons}"
        worse = {at for at in self.model.items if self.model.short(at) > short.get(at, 0)}
        assert not worse or what in FACTS, f"{what} has broken promises of {worse}"
        self.look()
        return answer, said

    def ask(self, command: Command[Any], by: Actor) -> tuple[Any, DomainError | None]:
        try:
            return self.kit.shop.handle(command, by=by), None
        except DomainError as refusal:
            return None, refusal

    def look(self) -> None:
        """Look at all of it, once the shop is open."""
        self.looks += 1
        if self.is_open:
            check(self.kit, self.model, self.looks)

    def item(self, variant: str, place: str) -> str:
        """What a command meets at an item."""
        at = variant, place
        if at not in self.model.items:
            return "bundle" if variant in self.model.bundles else "unknown"
        if self.model.short(at):
            return "short"
        reserved, there = self.model.reserved(at), self.model.on_hand(at)
        if reserved > there:
            return "promised"
        kind = self.model.items[at].tracking
        return f"{kind}, {'empty' if not there else 'set aside' if reserved else 'free'}"

    def reservation(self, source: str) -> str:
        """What a command meets at a reservation."""
        held = self.model.held.get(source)
        if held is None:
            return "unknown"
        if held.state != OPEN:
            return held.state
        late = held.until is not None and held.until <= self.model.now
        return "late" if late else "partly consumed" if held.references else "open"

    def a_name(self, what: str) -> str:
        return f"{what}-{next(self.names)}"

    # Units come and go -------------------------------------------------------------------------------------------

    def arrived(
        self, variant: str, number: int, day: int, units: int, *, wrong: bool = False, good: bool = True
    ) -> Arrived:
        """Units as they are told apart, or just not so."""
        kind = variant if not wrong else {LOTS: SERIALS, SERIALS: "tea"}.get(variant, LOTS)
        if kind == LOTS:
            end = (None, NOON + timedelta(days=2), NOON + timedelta(days=9))[day % 3]
            owner = "ann" if number == 3 else None
            return Arrived(units, "" if number == 3 else f"lot {number}", end, owner, good=good)
        if kind == SERIALS:
            return Arrived(units, serials=tuple(f"no {number + n}" for n in range(units)), good=good)
        return Arrived(units, good=good)

    def receive(self, variant: str, place: str, what: Arrived, kind: str) -> None:
        met = self.item(variant, place)
        why = stock.MovementKind(kind if what.good else "receipt")
        self.both(
            kind,
            met,
            stock.ReceiveStock(place, (received(variant, what),), "note", why),
            lambda: self.model.receive(place, [(variant, what)]),
        )

    def set_rules(self, variant: str, place: str, buffer: int, beyond: int, amount: int, tracking: str) -> None:
        cap, release_at, promised = 0, None, None
        if beyond == 1 or beyond == 2:
            cap = amount + 1
            promised = stock.BackOrders(cap, 3)
        elif beyond == 3:
            cap, release_at = amount + 2, self.model.now + timedelta(days=2)
            promised = stock.PreOrders(cap, release_at)
        command = stock.SetStockRules(variant, place, buffer, 1, promised, stock.Tracking(tracking))
        self.both(
            "set rules",
            self.item(variant, place),
            command,
            lambda: self.model.rule((variant, place), buffer, cap, release_at, tracking),
        )

    def correct(self, variant: str, place: str, units: int, lot: str, *, anyway: bool, beyond: bool) -> None:
        make = stock.CorrectBeyondLimit if beyond else stock.CorrectStock
        self.both(
            "correct anyway" if anyway else "correct",
            self.item(variant, place),
            make(variant, place, units, "because", lot, anyway),
            lambda: self.model.correct((variant, place), units, lot, anyway=anyway, beyond=beyond),
        )

    def damage(self, variant: str, place: str, units: int, lot: str) -> None:
        """Below zero: mend."""
        make = stock.DamageStock if units > 0 else stock.MendStock
        self.both(
            "damage" if units > 0 else "mend",
            self.item(variant, place),
            make(variant, place, abs(units), "because", lot),
            lambda: self.model.damage((variant, place), units, lot),
        )

    def write_off(self, variant: str, place: str, units: int, lot: str, *, good: bool, beyond: bool = False) -> None:
        make = stock.WriteOffBeyondLimit if beyond else stock.WriteOffStock
        condition = stock.Condition.GOOD if good else stock.Condition.DAMAGED
        self.both(
            "write off",
            self.item(variant, place),
            make(variant, place, units, "gone", condition, lot),
            lambda: self.model.write_off((variant, place), units, lot, good=good, beyond=beyond),
        )

    def stripe(self, variant: str, place: str, stripes: int) -> None:
        self.both(
            "stripe",
            self.item(variant, place),
            stock.StripeStock(variant, place, stripes),
            lambda: self.model.stripe((variant, place), stripes),
        )

    def book(self, rows: list[tuple[str, str, str, int, int | None]]) -> None:
        """Many rows at once, each for itself."""
        wanted = tuple(
            stock.StockRow(v, place, stock.Booking(what), number, expected) for v, place, what, number, expected in rows
        )
        told = self.both(
            "book rows",
            self.item(rows[0][0], rows[0][1]),
            stock.BookStock(wanted, "list"),
            lambda: self.model.book([((v, place), what, number, exp) for v, place, what, number, exp in rows]),
        )
        assert told is not None
        for booked, reasons in zip(*told, strict=True):
            REFUSED["a row", booked.refused] += 1
            assert booked.refused in (reasons or {""}), f"{booked}: the model says {reasons}"

    # Units are set aside -----------------------------------------------------------------------------------------

    def reserve(
        self, source: str, wanted: dict[str, int], location: str | None, channel: str, hours: int | None
    ) -> None:
        until = None if hours is None else self.model.now + timedelta(hours=hours)
        self.both(
            "reserve",
            self.reservation(source),
            stock.ReserveStock(source, stock_lines(wanted), location, until, stock.Purpose.OTHER, channel),
            lambda: self.model.reserve(source, wanted, location, channel, until),
            SYSTEM,
        )

    def reserve_more(self, source: str, wanted: dict[str, int], location: str | None) -> None:
        self.both(
            "reserve more",
            self.reservation(source),
            stock.ReserveMore(source, stock_lines(wanted), location),
            lambda: self.model.reserve_more(source, wanted, location),
            SYSTEM,
        )

    def keep(self, source: str, hours: int | None) -> None:
        until = None if hours is None else self.model.now + timedelta(hours=hours)
        act = stock.KeepStock(source, until)
        self.both("keep", self.reservation(source), act, lambda: self.model.keep(source, until), SYSTEM)

    def release_part(self, source: str, wanted: dict[str, int]) -> None:
        self.both(
            "release a part",
            self.reservation(source),
            stock.ReleasePart(source, stock_lines(wanted)),
            lambda: self.model.release_part(source, wanted),
            SYSTEM,
        )

    def release(self, source: str) -> None:
        met = self.reservation(source)
        self.both("release", met, stock.ReleaseStock(source), lambda: self.model.release(source), SYSTEM)

    def consume(
        self, source: str, reference: str, lines: dict[tuple[str, str], int], picks: dict[tuple[str, str, str], int]
    ) -> None:
        command = stock.ConsumeStock(
            source,
            reference,
            tuple(stock.ReservedLine(*at, units) for at, units in lines.items()),
            tuple(stock.LotPick(*lot, units) for lot, units in picks.items()),
        )
        act = lambda: self.model.consume(source, reference, lines, picks)  # noqa: E731
        self.both("consume a part" if lines else "consume", self.reservation(source), command, act, SYSTEM)

    def expire(self) -> None:
        met = "late" if self.model.late() else "nothing late"
        self.both("expire", met, stock.ExpireReservations(), self.model.expire, SYSTEM)


def received(variant: str, what: Arrived) -> Any:
    condition = stock.Condition.GOOD if what.good else stock.Condition.DAMAGED
    return stock.ReceivedLine(variant, what.units, what.lot, what.end, what.owner, what.serials, condition)


def stock_lines(wanted: dict[str, int]) -> tuple[stock.StockLine, ...]:
    return tuple(stock.StockLine(variant, units) for variant, units in wanted.items())
