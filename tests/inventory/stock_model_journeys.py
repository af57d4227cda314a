"""What is done on both sides to units that move between locations, come from suppliers, and are counted."""

from __future__ import annotations

from datetime import timedelta

from tests.inventory.stock_model_life import EVA, HOURS, KIM, LOTS, PLACES, PLAIN, SAM, SERIALS, Life
from tests.inventory.stock_model_words import counting, moves, supply

__all__ = ["Journeys"]

ALIVE = ("requested", "shipped", "partly_received")


class Journeys(Life):
    """A shop and its model, and what takes longer than a step."""

    def lot(self, variant: str, place: str, which: int, *, wrong: bool) -> str:
        if wrong:
            return "lot 0" if variant in PLAIN else ""
        if which < 6 and (variant, place) in self.model.items and self.model.items[variant, place].lots:
            known = list(self.model.items[variant, place].lots)
            return known[which % len(known)]
        return {LOTS: "ann" if which == 3 else f"lot {which % 4}", SERIALS: f"no {which}"}.get(variant, "")

    def move(self, name: str, variant: str, what: str, some: dict[str, int], good: int, bad: int) -> None:
        """What becomes of a transfer."""
        lines = tuple(moves.TransferLine(*line) for line in some.items())
        command, act = {
            "ship": (moves.ShipTransfer(name, lines), lambda: self.model.ship(name, some)),
            "receive": (
                moves.ReceiveTransfer(name, (moves.TransferArrival(variant, good, bad),)),
                lambda: self.model.arrive(name, variant, good, bad),
            ),
            "close": (moves.CloseTransfer(name, "lost"), lambda: self.model.close(name)),
            "cancel": (moves.CancelTransfer(name, "no"), lambda: self.model.cancel(name)),
        }[what]
        self.both(f"{what} a transfer", self.model.transfers[name].state, command, act)

    # Between locations, from suppliers, by counts ----------------------------------------------------------------

    def transfer(self, variant: str, which: int, one: int, other: int, units: int, yes: bool, odd: int) -> None:
        names = list(self.model.transfers)
        if odd > 6 or not names:
            name = self.a_name("transfer")
            origin = list(PLACES)[other % 3]
            destination = list(PLACES)[(other + 1 + which % 2) % 3]
            wanted = {variant: units} if yes else {variant: units, PLAIN[which % 3]: 1}
            lines = tuple(moves.TransferLine(*line) for line in wanted.items())
            self.both(
                "request a transfer",
                self.item(variant, origin),
                moves.RequestTransfer(origin, destination, lines, name),
                lambda: self.model.request(name, origin, destination, wanted),
            )
            return
        alive = [name for name in names if self.model.transfers[name].state in ALIVE]
        name = alive[which % len(alive)] if alive and other else names[-1 - which % min(3, len(names))]
        moving = self.model.transfers[name]
        first = list(moving.requested)[one % len(moving.requested)]
        to_ship = odd == 4 or (moving.state == "requested" and odd > 1)
        what = "close" if odd == 6 and other < 4 else "cancel" if odd == 5 else "ship" if to_ship else "receive"
        some = {first: 1 + units % 2} if odd == 3 else {}
        self.move(name, first, what, some, 1 if yes else units, 1 if odd == 0 else 0)

    def delivery(
        self, variant: str, place: str, which: int, one: int, other: int, units: int, yes: bool, odd: int
    ) -> None:
        names = list(self.model.deliveries)
        if odd > 6 or not names:
            name, at = self.a_name("inbound"), self.model.now + timedelta(hours=HOURS[other])
            self.both(
                "expect a delivery",
                self.item(variant, place),
                supply.ExpectInbound("order", place, (supply.InboundLine(variant, units),), at, name),
                lambda: self.model.expect(name, place, variant, units, at),
            )
            return
        name = names[-1 - which % min(3, len(names))]
        due = self.model.deliveries[name]
        met = due.state
        if odd > 4:
            make, state = (supply.CloseInbound, "closed") if odd == 5 else (supply.CancelInbound, "cancelled")
            what = "close a delivery" if odd == 5 else "cancel a delivery"
            self.both(what, met, make(name, "no"), lambda: self.model.call_off(name, state))
            return
        first = next(iter(due.missing)) if yes else variant
        came = self.arrived(first, which, other, units)
        bad = 1 if odd == 0 and not came.serials else 0
        line = supply.ArrivedLine(first, came.units, came.lot, came.end, came.owner, came.serials, bad)
        self.both(
            "receive a delivery",
            met,
            supply.ReceiveInbound(name, (line,)),
            lambda: self.model.deliver(name, first, came, bad),
        )

    def count_stock(
        self, variant: str, place: str, which: int, one: int, other: int, units: int, yes: bool, odd: int
    ) -> None:
        names = list(self.model.counts)
        if odd > 7 or not names:
            name = self.a_name("count")
            about = tuple(dict.fromkeys((variant, PLAIN[which % 3]))) if which > 1 else ()
            kind = counting.CountKind.CYCLE if about else counting.CountKind.FULL
            self.both(
                "start a count",
                place,
                counting.StartCount(place, kind, about, id=name),
                lambda: self.model.start(name, place, about),
            )
            return
        name = names[-1 - which % min(3, len(names))]
        count = self.model.counts[name]
        met = count.state
        if odd == 7:
            self.both("give a count up", met, counting.CancelCount(name, "no"), lambda: self.model.give_up(name))
        elif odd == 5 or (odd == 6 and met == "counted"):
            by = EVA if yes else SAM
            self.both("approve", met, counting.ApproveCount(name), lambda: self.model.approve(name, by.id), by)
        elif odd in (4, 6):
            act = lambda: self.model.finish(name, "sam", rest_is_zero=yes)  # noqa: E731
            told = self.both("finish", met, counting.FinishCount(name, yes), act)
            assert told is None or told[0] == told[1]
        else:
            first = count.variants[one % len(count.variants)] if count.variants and odd else variant
            there = self.model.items.get((first, count.location))
            lot = self.lot(first, count.location, which, wrong=odd == 0)
            counted = max(0, (sum(there.good) if there and not lot else units) + (one % 3) - 1)
            if first == SERIALS:
                counted = min(counted, 1 + (odd == 1))
            by = KIM if yes and which == 5 else SAM
            self.both(
                "say what was counted",
                met,
                counting.RecordCount(name, (counting.CountLine(first, counted, lot),)),
                lambda: self.model.record(name, first, lot, counted, by.id),
                by,
            )
