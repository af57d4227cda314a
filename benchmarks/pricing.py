"""Microseconds per quote, by lines of the cart and promotions in force.

    uv run benchmarks/pricing.py [--seconds 0.2] [--rounds 5]

One shop: a price list for the buyer's tier, floors, a tax zone with two components, a delivery method. Five promotions
match every cart: a flash sale in the catalogue with a quota, two for one, a saving by steps, a coupon, free delivery.
The others cannot match: they are for other products, variants, categories, tiers, segments, groups, companies, channels
and currencies, behind codes that nobody entered, above what is spent, at other hours, to other countries (both for
categories of the cart), in other periods. The rulebook is built once, outside.

Times are processor time of this process: a quote waits for nothing. What else the machine does still adds to them, so a
round tells the best of its batches, and the value is the median of the rounds; ``best`` is the best of all batches,
``mean`` the mean of all, with the collections of garbage. Ratios and exponents are of the ``best`` of each cell.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from itertools import islice
from typing import Any

from figures import figure

from ecomcore.kernel.calendar import BusinessHours, Period, TimeZone
from ecomcore.kernel.ids import (
    CategoryId,
    CouponId,
    DeliveryMethodId,
    PriceListId,
    ProductId,
    PromotionId,
    TaxZoneId,
    VariantId,
)
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.percent import percent
from ecomcore.quoting import (
    FLOOR,
    AmountOff,
    Area,
    Audience,
    Break,
    BuyAndGet,
    Buyer,
    Cart,
    CartLine,
    Condition,
    Context,
    CouponFact,
    DatedRule,
    DeliveryMethod,
    DeliveryStep,
    Destination,
    Effect,
    InChannel,
    InGroup,
    InSegment,
    InTier,
    Items,
    ItemTotal,
    Lane,
    Limits,
    ListRule,
    ListTerms,
    OfCompany,
    Offer,
    OpenHours,
    PercentOff,
    PricePoint,
    Remaining,
    Rulebook,
    SavingStep,
    Series,
    ShipsTo,
    SpendAndSave,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
    quote,
)

LINES = 1, 5, 50, 200, 1_000
PROMOTIONS = 0, 20, 200, 2_000
MATCHING = 5
BATCHES = 3

EUR = Currency("EUR")
AT = datetime(2026, 6, 15, 10, tzinfo=UTC)  # a Monday
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
POST = DeliveryMethodId("post")
GOLD = PriceListId("gold")
VARIANTS = [VariantId(f"variant-{number:04}") for number in range(max(LINES))]
SALE = CategoryId("sale")
TUESDAYS = BusinessHours(TimeZone("Europe/Berlin"), ((1, clock(17), clock(19)),))


def eur(minor: int) -> Money:
    return Money(minor, EUR)


def of_category(number: int) -> Items:
    return Items(categories=(CategoryId(f"category-{number}"),))


def matching() -> list[Terms]:
    """The promotions that every cart matches."""
    first = Items(variants=(VARIANTS[0],))
    steps = tuple(SavingStep(eur(2_000 * n), eur(100 * n)) for n in range(1, 6))
    return [
        Terms(
            name="Flash sale",
            effects=(PercentOff(percent(20), Lane.CATALOGUE, Items(categories=(SALE,))),),
            limits=Limits(units=100_000),
        ),
        Terms(name="Two for one", effects=(BuyAndGet(1, 1, first, first),)),
        Terms(name="Spend and save", effects=(SpendAndSave(steps),)),
        Terms(name="Welcome", effects=(PercentOff(percent(10), Lane.ORDER),), needs_coupon=True),
        Terms(
            name="Free delivery",
            effects=(PercentOff(percent(100), Lane.SHIPPING),),
            conditions=(ItemTotal(eur(2_000)),),
        ),
    ]


def others() -> Iterator[Terms]:
    """Promotions that no cart here matches, one kind after the other, without end."""
    number = 0
    while True:
        number += 1
        elsewhere = Items(products=(ProductId(f"elsewhere-{number}"),))
        one = Items(variants=(VariantId(f"elsewhere-{number}"),))
        in_dollars = AmountOff(Money(500, Currency("USD")), Lane.ORDER)
        tenth, tenth_here = PercentOff(percent(10)), PercentOff(percent(10), items=of_category(number % 40))
        coming = Period(AT + timedelta(days=number % 50 + 1), AT + timedelta(days=number % 50 + 8))
        past = Period(AT - timedelta(days=number % 50 + 8), AT - timedelta(days=number % 50 + 1))
        yield _other("Product", PercentOff(percent(15), items=elsewhere))
        yield _other("Variant", BuyAndGet(2, 1, one, one))
        yield _other("Category", PercentOff(percent(15), items=of_category(1_000 + number % 40)))
        yield _other("Catalogue", PercentOff(percent(30), Lane.CATALOGUE, elsewhere))
        yield _other("Coupon", AmountOff(eur(500)), needs_coupon=True)
        yield _other("Tier", tenth, InTier((f"tier-{number % 7}",)))
        yield _other("Segment", tenth, InSegment((f"segment-{number}",)))
        yield _other("Group", tenth, InGroup((f"group-{number % 20}",)))
        yield _other("Company", tenth, OfCompany((f"company-{number}",)))
        yield _other("Channel", tenth, InChannel((f"channel-{number % 5}",)))
        yield _other("Currency", in_dollars)
        yield _other("Threshold", AmountOff(eur(5_000)), ItemTotal(eur(100_000_000 + number)))
        yield _other("Steps", SpendAndSave((SavingStep(eur(200_000_000 + number), eur(5_000)),)))
        yield _other("Hours", tenth_here, OpenHours(TUESDAYS))
        yield _other("Country", tenth_here, ShipsTo((Area("FR"), Area("IT"))))
        yield _other("Coming", tenth, period=coming)
        yield _other("Past", tenth, period=past)


def _other(name: str, effect: Effect, *conditions: Condition, **terms: Any) -> Terms:
    return Terms(name=name, effects=(effect,), conditions=conditions, **terms)


def dated(count: int) -> list[DatedRule]:
    """So many promotions, the matching ones spread among the others."""
    first = matching()[:count]
    terms = [*first, *islice(others(), count - len(first))]
    return [DatedRule(PromotionId(name(index)), each, LONG_AGO) for index, each in enumerate(terms)]


def name(index: int) -> str:
    """Names that sort differently from the order of the list."""
    return f"promotion-{index if index < MATCHING else index * 7_919 % 100_003:06}"


def rulebook(promotions: list[DatedRule]) -> Rulebook:
    """The rules of the shop."""
    components = TaxComponent("State", percent(16)), TaxComponent("City", percent("3.5"))
    rates = TaxRate("standard", components), TaxRate("food", (TaxComponent("State", percent(7)),))
    steps = DeliveryStep(eur(0), eur(490)), DeliveryStep(eur(10_000_000), eur(0))
    gold = ListTerms(name="Gold", currency=EUR, audience=Audience(tiers=("gold",)))
    return Rulebook(
        promotions=promotions,
        lists=[ListRule(GOLD, gold, LONG_AGO)],
        zones=[
            TaxZone(id=TaxZoneId("de"), name="Germany", areas=(Area("DE"),), rates=rates),
            TaxZone(id=TaxZoneId("fr"), name="France", areas=(Area("FR"),), rates=rates),
        ],
        deliveries=[DeliveryMethod(id=POST, name="Post", currency=EUR, areas=(Area("DE"),), steps=steps)],
    )


def offers() -> dict[VariantId, Offer]:
    """A thousand variants of 500 products in 40 categories; one in five is on sale, and every third is food."""
    return {
        variant: Offer(
            variant,
            f"sku-{number}",
            f"Variant {number}",
            Price(eur(999 + number % 90 * 100)),
            ProductId(f"product-{number // 2}"),
            (CategoryId(f"category-{number % 40}"), *((SALE,) if number % 5 == 0 else ()), CategoryId("all")),
            "food" if number % 3 == 1 else "standard",
        )
        for number, variant in enumerate(VARIANTS)
    }


def series() -> dict[VariantId, tuple[Series, ...]]:
    """Every third variant has a price for gold members, by quantity; every fourth a floor."""
    found: dict[VariantId, tuple[Series, ...]] = {}
    for number, variant in enumerate(VARIANTS):
        price = 999 + number % 90 * 100
        member = PricePoint(LONG_AGO, (Break(1, Price(eur(price - 50))), Break(10, Price(eur(price - 100)))))
        floor = PricePoint(LONG_AGO, (Break(1, Price(eur(price * 7 // 10))),))
        found[variant] = (
            *((Series(GOLD, variant, EUR, (member,)),) if number % 3 == 0 else ()),
            *((Series(FLOOR, variant, EUR, (floor,)),) if number % 4 == 3 else ()),
        )
    return found


def cart_of(lines: int) -> Cart:
    return Cart(
        EUR,
        tuple(CartLine(variant, 1 + number % 3 if number else 3) for number, variant in enumerate(VARIANTS[:lines])),
        ("WELCOME",),
        POST,
        Destination("DE", None, "10115"),
        "card",
    )


def context_of(rules: Rulebook) -> Context:
    return Context(
        at=AT,
        channel="web",
        buyer=Buyer(id="ada", registered=True, tier="gold", segments=frozenset(("new", "berlin"))),
        rulebook=rules,
        offers=offers(),
        series=series(),
        coupons=(CouponFact("WELCOME", CouponId("coupon"), PromotionId(name(3))),),
        remaining={PromotionId(name(0)): Remaining(units=90_000)},
    )


Cell = tuple[int, int]
"""Lines, promotions."""


def batch(run: Callable[[], object], seconds: float) -> float:
    """Microseconds per run, over so many seconds."""
    runs, start = 0, time.process_time()
    end = start + seconds
    while not runs or time.process_time() < end:
        run()
        runs += 1
    return (time.process_time() - start) / runs * 1e6


def measured(seconds: float, rounds: int) -> dict[Cell, list[list[float]]]:
    """The batches of every cell, by round; the cells take turns, so that they meet the same noise."""
    contexts = {count: context_of(rulebook(dated(count))) for count in PROMOTIONS}
    carts = {lines: cart_of(lines) for lines in LINES}
    for count, context in contexts.items():
        for cart in carts.values():
            check(quote(cart, context).discount.minor > 0, count)
    found: dict[Cell, list[list[float]]] = {(lines, count): [] for lines in LINES for count in PROMOTIONS}
    for _ in range(rounds):
        for (lines, count), batches in found.items():
            cart, context = carts[lines], contexts[count]
            batches.append([batch(lambda: quote(cart, context), seconds / BATCHES) for _ in range(BATCHES)])  # noqa: B023
    return found


def check(reduced: bool, promotions: int) -> None:
    """A quote that no promotion touched would be a figure about nothing."""
    assert reduced == (promotions > 0)


def tell_quotes(found: dict[Cell, list[list[float]]]) -> dict[Cell, float]:
    """Print the figure of every cell; the best of each."""
    reaches = {(5, 20): 200.0, (200, 200): 5_000.0}
    values = {cell: statistics.median(min(batches) for batches in rounds) for cell, rounds in found.items()}
    for cell, rounds in found.items():
        every = [each for batches in rounds for each in batches]
        figure(
            f"quote of {cell[0]:,} line{'s' if cell[0] > 1 else ''}, {cell[1]:,} promotions of which "
            f"{min(cell[1], MATCHING)} match",
            values[cell],
            "us",
            at_most=reaches.get(cell),
            best=round(min(every), 1),
            mean=round(statistics.mean(every), 1),
            rounds=[round(min(batches), 1) for batches in rounds],
        )
    return {cell: min(min(batches) for batches in rounds) for cell, rounds in found.items()}


def tell_growth(values: dict[Cell, float]) -> None:
    for lines in LINES:
        figure(
            f"quote of {lines:,} line{'s' if lines > 1 else ''}, 2,000 promotions against 20",
            values[lines, 2_000],
            "us",
            reference=("20 promotions", values[lines, 20]),
            at_most=1.3 if lines in (5, 200) else None,
        )
    for count in PROMOTIONS:
        exponent = math.log(values[1_000, count] / values[200, count]) / math.log(1_000 / 200)
        figure(f"growth from 200 to 1,000 lines, {count:,} promotions", exponent, "exponent", at_most=1.2)


def tell_building(rounds: int) -> None:
    """What a new edition of the rulebook costs, and the first quote after it."""
    promotions, cart = dated(max(PROMOTIONS)), cart_of(5)
    built, first = [], []
    for _ in range(rounds):
        start = time.process_time()
        rules = rulebook(promotions)
        built.append((time.process_time() - start) * 1e3)
        context = context_of(rules)
        start = time.process_time()
        quote(cart, context)
        first.append((time.process_time() - start) * 1e3)
    for what, times in (("a rulebook of 2,000 promotions", built), ("the first quote after it, of 5 lines", first)):
        figure(
            what, statistics.median(times), "ms", best=round(min(times), 3), rounds=[round(each, 2) for each in times]
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.2, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each kind; the median counts")
    chosen = parser.parse_args()
    tell_growth(tell_quotes(measured(chosen.seconds, chosen.rounds)))
    tell_building(chosen.rounds)


if __name__ == "__main__":
    main()
