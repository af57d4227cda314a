"""Stock lived at random, in a shop in memory and in the model: the same commands, the same answers, the same books."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, product
from random import Random

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ecomcore import assemble
from ecomcore.choices import Retries
from ecomcore.testing import NOON, a_shop
from tests.inventory.stock_model_counts import APPROVED_ABOVE, CountedStock
from tests.inventory.stock_model_facts import LIMIT
from tests.inventory.stock_model_journeys import Journeys
from tests.inventory.stock_model_laws import check_levels, check_the_end
from tests.inventory.stock_model_life import CHANNELS, HOURS, LOTS, PLACES, PLAIN, SAM, SERIALS, SET, SYSTEM, VARIANTS
from tests.inventory.stock_model_moves import Arrived
from tests.inventory.stock_model_words import counting, stock

__all__ = ["HAPPENINGS", "StockMachine"]

RECIPES = ({"cup": 2, "pot": 1}, {"cup": 1, "pot": 1})

CHANCE = st.integers(0, 2**32 - 1)
"""What happens is drawn by a dice of our own: each thing is as likely as its share of the list."""
HAPPENINGS = (
    "receipt", "receipt", "receipt", "return", "correct", "correct", "damage", "mend", "write off", "set rules",
    "stripe", "book rows", "reserve", "reserve", "reserve", "reserve", "reserve", "reserve more", "reserve more",
    "keep", "release a part", "release", "consume", "consume", "consume", "expire", "time passes", "another recipe",
    "transfer", "transfer", "transfer", "transfer", "delivery", "delivery", "count", "count", "count", "count",
)  # fmt: skip


class StockMachine(Journeys, RuleBasedStateMachine):
    """One life of the stock of a shop."""

    def __init__(self) -> None:
        super().__init__()
        self.names, self.steps = count(1), count(1)
        self.model = CountedStock(NOON, {}, {}, {})

    @initialize(chance=CHANCE)
    def open(self, chance: int) -> None:
        dice = Random(chance)
        kit = a_shop(products=0)
        shop = assemble(
            kit.persistence,
            clock=kit.clock,
            ids=kit.ids,
            inventory_policy=stock.InventoryPolicy(most_corrected=LIMIT),
            counting_policy=counting.CountingPolicy(recount=False, approval_above=APPROVED_ABOVE),
            retries=Retries(tries=1),
        )
        self.kit = evolve(kit, shop=shop)
        self.model = CountedStock(kit.clock.now(), dict(PLACES), dict(CHANNELS), {SET: RECIPES[0]})
        for place, (priority, ships) in PLACES.items():
            shop.handle(stock.OpenLocation(place, priority, place, ships=ships), by=SAM)
        self.model.places[kit.location] = (100, True)
        for channel, served in CHANNELS.items():
            locations = tuple(stock.ChannelLocation(place, *terms) for place, terms in served.items())
            shop.handle(stock.ServeChannel(channel, locations), by=SAM)
        shop.handle(stock.DefineBundle(SET, tuple(stock.Component(*part) for part in RECIPES[0].items())), by=SAM)
        for place in PLACES:
            self.set_rules(LOTS, place, 0, 0, 0, "lots")
            self.set_rules(SERIALS, place, 0, 0, 0, "serials")
        for variant, place in product(PLAIN, PLACES):
            if dice.random() < 0.5:
                self.set_rules(variant, place, dice.randrange(3), dice.randrange(5), dice.randint(1, 4), "none")
            if dice.random() < 0.8:
                self.receive(variant, place, Arrived(dice.randint(2, 9)), "receipt")
        for number, place in enumerate(PLACES):
            self.receive(LOTS, place, self.arrived(LOTS, number, dice.randrange(3), 3), "receipt")
            self.receive(LOTS, place, self.arrived(LOTS, number + 1, dice.randrange(3), 2), "receipt")
            self.receive(SERIALS, place, self.arrived(SERIALS, 3 * number, 0, 3), "receipt")
        for _ in range(6):
            self.happen(
                "reserve",
                (SET, "berlin"),
                dice.randrange(8),
                dice.randrange(6),
                0,
                1,
                dice.random() < 0.5,
                1 + dice.randrange(9),
            )
        for _ in range(2):
            self.happen("transfer", (dice.choice(VARIANTS), "berlin"), 0, 0, dice.randrange(6), 2, yes=True, odd=9)
        self.bring_about_what_is_rare(dice)
        self.is_open = True
        self.look()

    def bring_about_what_is_rare(self, dice: Random) -> None:
        """Empty shelves of lots and serial numbers, promises that cannot be kept, transfers on their way."""
        for variant, place in ((LOTS, "till"), (SERIALS, "paris")):
            for code, lot in list(self.model.items[variant, place].lots.items()) if dice.random() < 0.5 else ():
                self.write_off(variant, place, lot.quantity, code, good=True)
        taken = [at for at in self.model.items if self.model.reserved(at) and at[0] in PLAIN and self.model.on_hand(at)]
        if taken and dice.random() < 0.7:
            at = dice.choice(taken)
            self.damage(*at, self.model.on_hand(at), "")
        for name in list(self.model.transfers):
            variant = next(iter(self.model.transfers[name].requested))
            for act in range(dice.randrange(4)):
                self.move(name, variant, ("ship", "receive", "close")[act], {}, 1, 0)

    def teardown(self) -> None:
        if self.model.places:
            check_the_end(self.kit, self.model)

    # One rule for all of it: then nothing is left out of a life --------------------------------------------------

    @rule(chance=CHANCE)
    def something_happens(self, chance: int) -> None:
        dice = Random(chance + next(self.steps))
        what = dice.choice(HAPPENINGS)
        which, one, other, odd = (dice.randrange(sides) for sides in (8, 6, 6, 10))
        at = self.somewhere(dice) if dice.random() < 0.5 else ((*VARIANTS, SET)[one], list(PLACES)[other % 3])
        self.happen(what, at, which, one, other, dice.randint(1, 4), dice.random() < 0.5, odd)

    def somewhere(self, dice: Random) -> tuple[str, str]:
        """An item to which something rare has happened is as likely as all others together."""
        found: dict[str, list[tuple[str, str]]] = {}
        for at in self.model.items:
            found.setdefault(self.item(*at), []).append(at)
        return dice.choice(found[dice.choice(list(found))])

    def happen(  # noqa: C901 - one case for each thing that can happen
        self, what: str, at: tuple[str, str], which: int, one: int, other: int, units: int, yes: bool, odd: int
    ) -> None:
        variant, place = at
        lot = self.lot(variant, place, which, wrong=odd == 0)
        match what:
            case "receipt" | "return":
                if odd == 9:
                    variant, place = SET, place
                self.receive(
                    variant, place, self.arrived(variant, which, other, units, wrong=odd == 0, good=odd > 2), what
                )
            case "correct":
                by = units if yes else -units
                self.correct(
                    variant, place, by * (3 if odd == 8 else 1), lot, anyway=odd in (1, 2, 8), beyond=odd == 8 and yes
                )
            case "damage" | "mend":
                self.damage(variant, place, units if what == "damage" else -units, lot)
            case "write off":
                most = units * (3 if odd in (7, 8) else 1)
                self.write_off(variant, place, most, lot if yes else "", good=yes, beyond=odd == 7)
            case "set rules":
                tracking = {LOTS: "lots", SERIALS: "serials"}.get(variant, "none") if odd else "lots"
                self.set_rules(variant, place, which % 3, odd % 5, units, tracking)
            case "stripe":
                self.stripe(variant, place, (0, 2, 8)[which % 3])
            case "book rows":
                self.book(self.rows(variant, place, which, other, units, odd))
            case "reserve":
                source = self.a_name("source") if odd else self.source(which)
                location = (None, None, None, "berlin", "paris", "till")[other]
                self.reserve(
                    source, self.wanted(one, which, units), location, self.channel(odd), None if yes else HOURS[other]
                )
            case "reserve more":
                location = (None, None, None, "berlin", "paris", "till")[other]
                self.reserve_more(self.source(which), self.wanted(one, which, units), location)
            case "keep":
                self.keep(self.source(which), None if yes else HOURS[other])
            case "release a part":
                self.release_part(self.source(which), self.some_of(which, variant, units, odd))
            case "release":
                self.release(self.source(which))
            case "consume":
                self.consume_some(which, variant, place, units, yes, odd)
            case "expire":
                self.expire()
            case "time passes":
                self.pass_time(HOURS[other])
            case "another recipe":
                self.compose(RECIPES[one % 2])
            case "transfer":
                self.transfer(variant, which, one, other, units, yes, odd)
            case "delivery":
                self.delivery(variant, place, which, one, other, units, yes, odd)
            case _:
                self.count_stock(variant, place, which, one, other, units, yes, odd)

    def source(self, which: int) -> str:
        """One of the latest reservations of all that were asked for, whatever became of it."""
        sources = [source for source in self.model.held if source.startswith("source")]
        return sources[-1 - which] if which < len(sources) else "nobody"

    def channel(self, odd: int) -> str:
        return ("", "", "", "web", "web", "web", "fair", "nobody", "", "web")[odd]

    def wanted(self, one: int, which: int, units: int) -> dict[str, int]:
        first = (*VARIANTS, SET)[one]
        second = (*VARIANTS, SET)[which % 6]
        return {first: units} if which > 3 else {first: units, second: units}

    def some_of(self, which: int, variant: str, units: int, odd: int) -> dict[str, int]:
        """Some of what is set aside, or of what is not."""
        held = self.model.held.get(self.source(which))
        if held is None or not held.parts or odd == 0:
            return {variant: units}
        part = held.parts[units % len(held.parts)]
        return {part.bundle or part.variant: units if odd == 1 else 1}

    def rows(
        self, variant: str, place: str, which: int, other: int, units: int, odd: int
    ) -> list[tuple[str, str, str, int, int | None]]:
        there = self.model.on_hand((variant, place)) if (variant, place) in self.model.items else 0
        what = ("receive", "adjust", "set")[which % 3]
        return [
            (variant, place, what, units, (there if odd > 3 else units) if odd % 2 else None),
            ("tea", "nowhere" if odd == 0 else place, "adjust", -units, None),
            (PLAIN[other % 3], place, "set", max(0, other - 1), None),
            ("tea", place, "receive", 1, None),
        ]

    def consume_some(self, which: int, variant: str, place: str, units: int, yes: bool, odd: int) -> None:
        source = self.source(which)
        reference = self.a_name("parcel") if odd > 3 else f"parcel-of-{source}"
        held = self.model.held.get(source)
        lines: dict[tuple[str, str], int] = {}
        if yes:
            lines = {(variant, place): units}
            if held is not None and held.parts and odd > 1:
                part = held.parts[units % len(held.parts)]
                lines = {(part.bundle or part.variant, part.location): 1}
        picks = {}
        if odd > 6:
            picks = {(LOTS, place, f"lot {which % 4}"): 1 + odd % 2, (SERIALS, place, f"no {which}"): 1}
        self.consume(source, reference, lines, picks)

    def pass_time(self, hours: int) -> None:
        self.kit.clock.tick(timedelta(hours=hours))
        self.model.now = self.kit.clock.now()
        self.look()
        if hours != 24:  # now and then nobody has looked before the next thing happens
            self.kit.shop.handle(stock.WatchStock(), by=SYSTEM)
            check_levels(self.kit, self.model)

    def compose(self, recipe: dict[str, int]) -> None:
        command = stock.DefineBundle(SET, tuple(stock.Component(*part) for part in recipe.items()))
        self.both("another recipe", "bundle", command, lambda: self.model.bundles.update({SET: recipe}))
