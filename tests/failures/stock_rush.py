"""Many hands in one stock: each process has a shop of its own, and does whatever can be done to the same units."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from threading import Barrier
from typing import Any

from attrs import frozen

from ecomcore import Shop, assemble
from ecomcore.catalog import ListProducts
from ecomcore.counting import CountingPolicy, CountKind, CountLine, FinishCount, RecordCount, StartCount
from ecomcore.inventory import (
    BackOrders,
    Booking,
    BookStock,
    Component,
    ConsumeStock,
    CorrectStock,
    DamageStock,
    DefineBundle,
    ExpireReservations,
    MendStock,
    OpenLocation,
    Purpose,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    ReserveMore,
    ReserveStock,
    SetStockRules,
    StockLine,
    StockRow,
    StripeStock,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import LocationId, StockCountId, TransferId, VariantId
from ecomcore.kernel.messages import Command, Staff, System
from ecomcore.testing import FixedClock, ShopKit, a_shop
from ecomcore.transfers import ReceiveTransfer, RequestTransfer, ShipTransfer, TransferArrival, TransferLine
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.racing import in_processes

__all__ = ["ACTS_EACH", "FAR", "HOT", "LATE", "MANY", "MIX", "NEAR", "SET", "TEA", "WORLD", "a_stock", "hustle"]

ACTS_EACH = int(os.environ.get("ECOMCORE_RUSH", "25"))
"""What each process does; ``ECOMCORE_RUSH`` asks for more, and for more processes."""

NEAR, FAR = LocationId("near"), LocationId("far")
TEA, HOT, LATE, POT, CUP, SET = (VariantId(name) for name in ("tea", "hot", "late", "pot", "cup", "set"))
WORLD = (TEA, HOT, LATE, POT, CUP)
CAP, MANY = 5, 5
PATIENCE = 120
SYSTEM, STAFF = System(), Staff("sam", frozenset(("*",)))


def a_stock(persistence: SqlPersistence, units: int, stripes: int = 0) -> ShopKit:
    """So many units of everything at two locations; of ``LATE`` a few more are promised."""
    kit = a_shop(persistence, products=0)
    for priority, place in enumerate((NEAR, FAR)):
        kit.staff.handle(OpenLocation(place, priority, place))
        kit.staff.handle(SetStockRules(LATE, place, beyond=BackOrders(CAP)))
        kit.staff.handle(ReceiveStock(place, tuple(StockLine(variant, units) for variant in WORLD), "opening"))
        if stripes:
            kit.staff.handle(StripeStock(HOT, place, stripes))
            kit.staff.handle(StripeStock(CUP, place, stripes))
    kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP, 2))))
    return kit


@frozen
class Hand:
    """One process: its shop, its dice, and what it has set aside."""

    shop: Shop
    dice: random.Random
    name: str
    now: Instant
    held: list[str]
    done: Counter[str]
    stripes: tuple[int, ...]

    def does(self, command: Command[Any]) -> bool:
        """Whether it could be done. Whatever is raised beyond a typed refusal ends the test."""
        try:
            self.shop.handle(command, by=SYSTEM if command.permission.name in _OF_THE_SYSTEM else STAFF)
        except DomainError as refusal:
            self.done[f"{type(command).__name__}: {type(refusal).__name__}"] += 1
            return False
        self.done[type(command).__name__] += 1
        return True

    def a_name(self) -> str:
        return f"{self.name}-{sum(self.done.values())}"

    def a_place(self) -> LocationId:
        return self.dice.choice((NEAR, FAR))

    def some(self, most: int = 2) -> tuple[StockLine, ...]:
        """A few units of a few variants, in any order."""
        variants = self.dice.sample((TEA, HOT, LATE, SET, CUP), self.dice.randint(1, most))
        return tuple(StockLine(variant, self.dice.randint(1, 3)) for variant in variants)

    def reserves(self) -> None:
        source = self.a_name()
        place = self.dice.choice((None, None, NEAR, FAR))
        expires_at = self.dice.choice((None, self.now))  # has run out at once: whoever wants the units may have them
        if self.does(ReserveStock(source, self.some(), place, expires_at, Purpose.OTHER)):
            self.held.append(source)

    def wants_a_hot_one(self) -> None:
        self.does(ReserveStock(self.a_name(), (StockLine(HOT, 1),), purpose=Purpose.OTHER))

    def wants_many_hot_ones(self) -> None:
        self.does(ReserveStock(self.a_name(), (StockLine(HOT, MANY),), purpose=Purpose.OTHER))

    def orders_ahead(self) -> None:
        self.does(ReserveStock(self.a_name(), (StockLine(TEA, 1),), NEAR, purpose=Purpose.OTHER))

    def wants_the_same(self) -> None:
        self.does(ReserveStock(f"all-{self.dice.randrange(5)}", self.some(), purpose=Purpose.OTHER))

    def adds(self) -> None:
        if self.held:
            self.does(ReserveMore(self.dice.choice(self.held), self.some(1)))

    def releases(self) -> None:
        if self.held:
            self.does(ReleaseStock(self.held.pop(self.dice.randrange(len(self.held)))))

    def releases_a_part(self) -> None:
        if self.held:
            self.does(ReleasePart(self.dice.choice(self.held), self.some(1)))

    def consumes(self) -> None:
        if self.held:
            source = self.held.pop(self.dice.randrange(len(self.held)))
            self.does(ConsumeStock(source, f"parcel-of-{source}"))

    def consumes_the_same(self) -> None:
        source = f"all-{self.dice.randrange(5)}"
        self.does(ConsumeStock(source, f"parcel-of-{source}"))

    def expires(self) -> None:
        self.does(ExpireReservations())

    def receives(self) -> None:
        lines = tuple(StockLine(variant, 1) for variant in self.dice.sample(WORLD, 3))
        self.does(ReceiveStock(self.a_place(), lines))

    def sets_right(self) -> None:
        variant, place = self.dice.choice(WORLD), self.a_place()
        self.does(
            self.dice.choice(
                (
                    CorrectStock(variant, place, -1, "lost"),
                    DamageStock(variant, place, 1, "wet"),
                    MendStock(variant, place, 1, "dried"),
                    BookStock(
                        (StockRow(TEA, place, Booking.ADJUST, 1), StockRow(variant, place, Booking.ADJUST, -1)), "list"
                    ),
                )
            )
        )

    def moves(self) -> None:
        name, variant = TransferId(self.a_name()), self.dice.choice(WORLD)
        origin, destination = self.dice.sample((NEAR, FAR), 2)
        if self.does(RequestTransfer(origin, destination, (TransferLine(variant, 2),), name)) and self.does(
            ShipTransfer(name)
        ):
            self.does(ReceiveTransfer(name, (TransferArrival(variant, 1, 1),)))

    def counts(self) -> None:
        name, variant = StockCountId(self.a_name()), self.dice.choice(WORLD)
        if self.does(StartCount(self.a_place(), CountKind.CYCLE, (variant,), id=name)):
            self.does(RecordCount(name, (CountLine(variant, self.dice.randint(0, 12)),)))
            self.does(FinishCount(name))

    def restripes(self) -> None:
        if self.stripes:
            self.does(StripeStock(self.dice.choice((HOT, CUP)), self.a_place(), self.dice.choice(self.stripes)))


_OF_THE_SYSTEM = {"inventory.reserve", "inventory.expire"}

MIX: Mapping[str, int] = {
    "reserves": 9,
    "wants_the_same": 2,
    "adds": 2,
    "releases": 2,
    "releases_a_part": 2,
    "consumes": 3,
    "consumes_the_same": 2,
    "expires": 1,
    "receives": 3,
    "sets_right": 2,
    "moves": 2,
    "counts": 1,
    "restripes": 1,
}
"""How often each is done."""


def hustle(
    kit: ShopKit, url: str, processes: int, seed: int, mix: Mapping[str, int] = MIX, stripes: tuple[int, ...] = ()
) -> Counter[str]:
    """What so many processes could do at once, and how they were refused."""
    hands = [(url, kit.clock.now(), f"{seed}-{hand}", dict(mix), stripes) for hand in range(processes)]
    done = sum(in_processes(_act, hands), Counter[str]())
    print(dict(done))  # noqa: T201 - shown with a failure
    return done


def _act(
    start: Barrier, url: str, at: Instant, name: str, mix: Mapping[str, int], stripes: tuple[int, ...]
) -> Counter[str]:
    policy = CountingPolicy(recount=False, approval_above=None)
    shop = assemble(SqlPersistence(url, migrate=False), clock=FixedClock(at), counting_policy=policy)
    shop.ask(ListProducts(limit=1))
    hand = Hand(shop, random.Random(name), name, at, [], Counter(), stripes)
    acts: dict[str, Callable[[], None]] = {what: getattr(hand, what) for what in mix}
    start.wait(PATIENCE)
    for what in hand.dice.choices(list(mix), list(mix.values()), k=ACTS_EACH):
        acts[what]()
    shop.close()
    return hand.done
