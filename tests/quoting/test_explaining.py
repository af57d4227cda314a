"""A quote explains itself: the steps of its trail add up, and its words are what a customer can be told."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, assume, given, settings

from ecomcore.kernel.calendar import Period, TimeZone
from ecomcore.kernel.money import Money, Price
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
    Context,
    CouponFact,
    CouponProblem,
    DatedRule,
    DeliveryMethod,
    DeliveryStep,
    Deposit,
    Destination,
    Effect,
    ExclusivityGroup,
    FixedPrice,
    Gift,
    GroupBuy,
    ItemQuantity,
    Items,
    ItemTotal,
    Lane,
    Limits,
    ListRule,
    ListTerms,
    NotDelivered,
    NotForSale,
    Offer,
    OrderTooLarge,
    PercentOff,
    Points,
    PriceMissing,
    PricePoint,
    PricingPolicy,
    Quote,
    Remaining,
    Rulebook,
    SavingStep,
    Series,
    SpendAndSave,
    StepKind,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
    explained,
    quote,
    render,
    trail,
)
from tests.quoting.worlds import worlds

AT = datetime(2026, 6, 15, 10, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
VAT = TaxRate("standard", (TaxComponent("VAT", percent(19)),))
GERMANY = TaxZone(id="de", name="Germany", areas=(Area("DE"),), rates=(VAT,), reverse_charge=True)
REFUSALS = (NotForSale, PriceMissing, NotDelivered, OrderTooLarge)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def offer(variant: str, minor: int, name: str | None = None, per: int = 1, currency: str = "EUR") -> Offer:
    return Offer(variant, variant.upper(), name or variant.title(), Price(Money(minor, currency), per))


def rule(id: str, name: str, *effects: Effect, **terms: Any) -> DatedRule:
    return DatedRule(id, Terms(name=name, effects=effects, **terms), LONG_AGO)


def post(currency: str, minor: int) -> DeliveryMethod:
    step = DeliveryStep(Money(0, currency), Money(minor, currency))
    return DeliveryMethod(id="post", name="Post", currency=currency, areas=(Area(),), steps=(step,))


def series(list_: str, variant: str, minor: int) -> Series:
    return Series(list_, variant, "EUR", (PricePoint(LONG_AGO, (Break(1, Price(eur(minor))),)),))


def quoted(
    lines: Sequence[tuple[str, int]],
    offers: Sequence[Offer],
    *rules: DatedRule,
    currency: str = "EUR",
    to: str = "DE",
    delivery: str | None = None,
    **context: Any,
) -> Quote:
    """A quote to a German address, by default."""
    book = {key: context.pop(key) for key in ("lists", "zones", "deliveries") if key in context}
    cart = Cart(
        currency,
        [CartLine(*line) for line in lines],
        [fact.code for fact in context.get("coupons", ())],
        delivery,
        Destination(to),
    )
    rulebook = Rulebook(promotions=rules, **book)
    return quote(cart, Context(at=AT, offers={each.variant: each for each in offers}, rulebook=rulebook, **context))


def a_plain_cart() -> Quote:
    """Two things at the price of the catalogue and of a price list, delivered, with tax in the prices."""
    return quoted(
        [("tea", 3), ("rice", 250)],
        [offer("tea", 650, "Green tea"), offer("rice", 89, "Rice, loose", per=100)],
        lists=[ListRule("vip", ListTerms(name="VIP", currency="EUR", audience=Audience(tiers=("gold",))), LONG_AGO)],
        series={"tea": (series("vip", "tea", 600),)},
        buyer=Buyer(tier="gold"),
        zones=[GERMANY],
        deliveries=[post("EUR", 490)],
        delivery="post",
    )


def a_cart_full_of_promotions() -> Quote:
    """Everything at once: a flash sale, two for one, steps, a gift, codes, and what was nearly reached."""
    either = ExclusivityGroup("summer")
    past = Period(LONG_AGO, datetime(2026, 3, 1, tzinfo=UTC))
    return quoted(
        [("shirt", 1), ("socks", 3), ("shirt", 1)],
        [offer("shirt", 2999, "Linen shirt"), offer("socks", 500, "Socks"), offer("cap", 900, "Cap")],
        rule("flash", "Flash sale", FixedPrice(eur(2499), Lane.CATALOGUE, Items(variants=("shirt",)))),
        rule("socks", "Three socks for two", BuyAndGet(2, 1, *[Items(variants=("socks",))] * 2), priority=1),
        rule(
            "steps", "Spend and save", SpendAndSave((SavingStep(eur(5000), eur(500)), SavingStep(eur(8000), eur(1500))))
        ),
        rule("cap", "A cap on top", Gift("cap"), conditions=(ItemTotal(eur(4000)),)),
        rule("free", "Free delivery", PercentOff(percent(100), Lane.SHIPPING), needs_coupon=True),
        rule("dozen", "Socks by the half dozen", AmountOff(eur(300)), conditions=(_socks(6),)),
        rule("ten", "Ten per cent in summer", PercentOff(percent(10), Lane.ORDER), group=either, priority=9),
        rule("five", "Five per cent in summer", PercentOff(percent(5), Lane.ORDER), group=either, priority=9),
        rule("spring", "Spring", AmountOff(eur(100)), needs_coupon=True, period=past),
        rule("big", "Big order", AmountOff(eur(2000)), needs_coupon=True, conditions=(ItemTotal(eur(9000)),)),
        rule("once", "The first hundred", AmountOff(eur(100)), limits=Limits(uses=100)),
        zones=[GERMANY],
        deliveries=[post("EUR", 490)],
        delivery="post",
        remaining={"once": Remaining(uses=0)},
        coupons=(
            CouponFact("SHIP4FREE", "coupon-1", "free"),
            CouponFact("SPRING", "coupon-2", "spring"),
            CouponFact("NONSENSE", problem=CouponProblem.UNKNOWN),
            CouponFact("BIG", "coupon-3", "big"),
        ),
    )


def _socks(quantity: int) -> ItemQuantity:
    return ItemQuantity(Items(variants=("socks",)), quantity)


def a_cart_paid_in_parts() -> Quote:
    """Prices without tax, two taxes, a deposit, a group buy, points; a long name."""
    taxes = (TaxComponent("State tax", percent(4)), TaxComponent("City tax", percent("4.5")))
    texas = TaxZone(id="us", name="US", areas=(Area("US"),), rates=(TaxRate("standard", taxes),))
    bike = offer("bike", 100_000, "A bicycle" + " with a name that is far too long for one line" * 2, currency="USD")
    return quoted(
        [("bike", 1)],
        [bike],
        rule("pre", "Pre-sale", Deposit(percent(10), AT + timedelta(days=30), AT + timedelta(days=37, hours=14))),
        rule("group", "Ride together", PercentOff(percent("12.5")), group_buy=GroupBuy(5, AT + timedelta(days=3))),
        rule("double", "Double points", Points(2)),
        currency="USD",
        to="US",
        zones=[texas],
        policy=PricingPolicy(tax_included=False),
    )


def a_cart_without_tax() -> Quote:
    """A business in another country, in a currency without decimals, with names that are two columns wide."""
    return quoted(
        [("cha", 2)],
        [offer("cha", 1190, "緑茶", currency="JPY")],
        rule("half", "半額", PercentOff(percent(50))),
        currency="JPY",
        zones=[GERMANY],
        buyer=Buyer(business=True),
    )


PLAIN = """\
1. Green tea (TEA)
  3 x 6.00 EUR, price list vip instead of 6.50 EUR  18.00 EUR
  VAT: 19 % of 15.13 EUR, 2.87 EUR contained
  together                                          18.00 EUR

2. Rice, loose (RICE)
  250 at 0.89 EUR per 100, catalogue                 2.22 EUR
  VAT: 19 % of 1.87 EUR, 0.35 EUR contained
  together                                           2.22 EUR

Goods
  listed                                            20.22 EUR

Shipping
  delivery by Post                                   4.90 EUR
  VAT: 19 % of 4.12 EUR, 0.78 EUR contained
  together                                           4.90 EUR

Total                                               25.12 EUR
  contains VAT 19 %                                  4.00 EUR
"""

PROMOTIONS = """\
1. Linen shirt (SHIRT)
  1 x 29.99 EUR, catalogue                                           29.99 EUR
  Flash sale: 10.00 EUR off 59.98 EUR, its share                     -5.00 EUR
  Ten per cent in summer: 10 % of 59.98 EUR, its share of 6.00 EUR   -2.50 EUR
  Spend and save: 5.00 EUR off 53.98 EUR, its share                  -2.08 EUR
  VAT: 19 % of 17.15 EUR, 3.26 EUR contained
  together                                                           20.41 EUR

2. Socks (SOCKS)
  3 x 5.00 EUR, catalogue                                            15.00 EUR
  Three socks for two: 100 % of 5.00 EUR                             -5.00 EUR
  Ten per cent in summer: 10 % of 59.98 EUR, its share of 6.00 EUR   -1.00 EUR
  Spend and save: 5.00 EUR off 53.98 EUR, its share                  -0.83 EUR
  VAT: 19 % of 6.87 EUR, 1.30 EUR contained
  together                                                            8.17 EUR

3. Linen shirt (SHIRT)
  1 x 29.99 EUR, catalogue                                           29.99 EUR
  Flash sale: 10.00 EUR off 59.98 EUR, its share                     -5.00 EUR
  Ten per cent in summer: 10 % of 59.98 EUR, its share of 6.00 EUR   -2.50 EUR
  Spend and save: 5.00 EUR off 53.98 EUR, its share                  -2.09 EUR
  VAT: 19 % of 17.14 EUR, 3.26 EUR contained
  together                                                           20.40 EUR

4. Cap (CAP), a gift
  1 x 9.00 EUR, catalogue                                             9.00 EUR
  A cap on top: for nothing                                          -9.00 EUR
  together                                                            0.00 EUR

Goods
  listed                                                             83.98 EUR
  Flash sale                                                        -10.00 EUR
  Ten per cent in summer                                             -6.00 EUR
  Spend and save                                                     -5.00 EUR
  Three socks for two                                                -5.00 EUR
  A cap on top                                                       -9.00 EUR
  together                                                           48.98 EUR

Shipping
  delivery by Post                                                    4.90 EUR
  Free delivery: 100 % of 4.90 EUR, coupon SHIP4FREE                 -4.90 EUR
  together                                                            0.00 EUR

Codes
  SHIP4FREE: applied, Free delivery
  SPRING: refused, expired on 2026-03-01
  NONSENSE: refused, not known
  BIG: not applied yet, add 25.02 EUR to save 20.00 EUR

Not applied, or not further
  Five per cent in summer: does not go together with what is applied
  Socks by the half dozen: buy 3 more to save 3.00 EUR
  The first hundred: used up
  Spend and save: add 15.02 EUR to save 15.00 EUR

Total                                                                48.98 EUR
  saved                                                              39.90 EUR
  contains VAT 19 %                                                   7.82 EUR
"""

IN_PARTS = """\
1. A bicycle with a name that is far too long for one line with a name that is
    far too long for one line (BIKE)
  1 x 1000.00 USD, catalogue                       1000.00 USD
  Ride together: 12.5 % of 1000.00 USD             -125.00 USD
  State tax: 4 % of 875.00 USD                       35.00 USD
  City tax: 4.5 % of 875.00 USD                      39.38 USD
  together                                          949.38 USD

Goods
  listed                                           1000.00 USD
  Ride together                                    -125.00 USD
  State tax                                          35.00 USD
  City tax                                           39.38 USD
  together                                          949.38 USD

To be paid
  now                                                94.94 USD
  from 2026-07-15 10:00 UTC on, before 2026-07-23   854.44 USD

Total                                               949.38 USD
  saved                                             125.00 USD
  plus State tax 4 %                                 35.00 USD
  plus City tax 4.5 %                                39.38 USD
  earns 2 times the points
  holds if enough buyers join
"""

UNTAXED = """\
1. 緑茶 (CHA)
  2 x 1190 JPY, catalogue                    2380 JPY
  半額: 50 % of 2380 JPY                    -1190 JPY
  Tax: contained in the price and not owed   -190 JPY
  together                                   1000 JPY

Goods
  listed                                     2380 JPY
  半額                                      -1190 JPY
  Tax                                        -190 JPY
  together                                   1000 JPY

Total                                        1000 JPY
  saved                                      1190 JPY
"""


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(a_plain_cart, PLAIN, id="plain"),
        pytest.param(a_cart_full_of_promotions, PROMOTIONS, id="promotions"),
        pytest.param(a_cart_paid_in_parts, IN_PARTS, id="in parts"),
        pytest.param(a_cart_without_tax, UNTAXED, id="untaxed"),
    ],
)
def test_a_quote_is_told_in_words_that_a_customer_understands(made: Any, told: str) -> None:
    assert render(made()) + "\n" == told


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_the_steps_of_every_line_and_of_shipping_add_up_to_what_is_charged(world: tuple[Cart, Context]) -> None:
    made = _quote_or_pass(*world)

    steps = trail(made)

    for line in made.lines:
        assert sum(step.amount.minor for step in steps if step.line == line.number) == line.total.minor
    if made.shipping:
        assert sum(step.amount.minor for step in steps if step.line is None) == made.shipping.total.minor
    assert sum(step.amount.minor for step in steps) == made.total.minor
    assert {step.amount.currency for step in steps} <= {made.currency}


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_every_quote_can_be_told_in_words_and_as_json(world: tuple[Cart, Context]) -> None:
    made = _quote_or_pass(*world)

    data = json.loads(json.dumps(explained(made)))
    words = render(made)

    charged = [*data["lines"], *([data["shipping"]] if data["shipping"] else [])]
    assert sum(step["amount"]["minor"] for each in charged for step in each["steps"]) == data["total"]["minor"]
    assert [row.split("  ")[-1].strip() for row in words.splitlines() if row.startswith("Total ")] == [str(made.total)]
    assert len({len(row) for row in words.splitlines() if re.search(rf"\S  +-?[\d.]+ {made.currency}$", row)}) == 1
    assert all(f"{each.number}. {each.name} (" in words for each in made.lines)
    assert words == "\n".join(row.rstrip() for row in words.splitlines())
    assert data["currency"] == made.currency


def _quote_or_pass(cart: Cart, context: Context) -> Quote:
    try:
        return quote(cart, context)
    except REFUSALS:
        assume(False)
        raise


def test_a_step_names_the_rule_and_how_its_amount_was_computed() -> None:
    steps = trail(a_cart_full_of_promotions())

    shared = next(step for step in steps if step.rule == "steps" and step.line == 1)
    assert (shared.kind, shared.name, shared.base) == (StepKind.DISCOUNT, "Spend and save", eur(5398))
    assert shared.share_of == eur(500)
    assert shared.amount.is_negative


def test_a_price_list_is_named_beside_the_price_of_the_catalogue() -> None:
    first, *_ = trail(a_plain_cart())

    assert (first.kind, first.rule, first.base) == (StepKind.LISTED, "vip", eur(600))
    assert first.computation == "3 x 6.00 EUR, price list vip instead of 6.50 EUR"


def test_tax_that_the_price_contains_adds_nothing_and_is_named() -> None:
    tax = next(step for step in trail(a_plain_cart()) if step.kind is StepKind.TAX_CONTAINED)

    assert tax.amount.is_zero
    assert tax.computation == "19 % of 15.13 EUR, 2.87 EUR contained"


def test_a_discount_that_the_floor_has_cut_says_how_much_was_possible() -> None:
    made = quoted(
        [("tea", 1)],
        [offer("tea", 1000)],
        rule("half", "Half", PercentOff(percent(50))),
        series={"tea": (series(FLOOR, "tea", 900),)},
    )

    assert "  Half: 50 % of 10.00 EUR, of which 1.00 EUR is possible" in render(made)


def test_a_catalogue_price_that_is_rounded_by_the_unit_is_not_called_cut() -> None:
    made = quoted(
        [("screw", 1000)],
        [offer("screw", 14)],
        rule("tenth", "A tenth off", PercentOff(percent(10), Lane.CATALOGUE)),
    )

    assert "  A tenth off: 10 % of 140.00 EUR  " in render(made)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (CouponProblem.UNKNOWN, "refused, not known"),
        (CouponProblem.NOT_YET, "refused, not valid yet"),
        (CouponProblem.EXPIRED, "refused, expired on 2026-03-01"),
        (CouponProblem.USED_UP, "refused, used up"),
        (CouponProblem.CONDITIONS, "refused, it is not for this order"),
        (CouponProblem.OUTDONE, "refused, nothing is left that it could take off"),
        (CouponProblem.REPEATED, "refused, entered already, or one too many of its kind"),
    ],
)
def test_a_refused_code_is_told_why(problem: CouponProblem, told: str) -> None:
    expired = datetime(2026, 2, 28, 23, tzinfo=UTC) if problem is CouponProblem.EXPIRED else None
    fact = CouponFact("SUMMER", "coupon", "promotion", problem, expired)

    made = quoted([("tea", 1)], [offer("tea", 100)], coupons=(fact,))

    assert f"  SUMMER: {told}\n" in render(made, TimeZone("Europe/Berlin"))


def test_a_gift_that_is_not_for_sale_is_told() -> None:
    made = quoted([("tea", 1)], [offer("tea", 100)], rule("gift", "A cup", Gift("cup")))

    assert "  A cup: its gift is not available now\n" in render(made)


def test_a_code_that_another_promotion_outdoes_is_told_which() -> None:
    one = ExclusivityGroup("one")
    rules = [
        rule("more", "More", AmountOff(eur(50)), group=one),
        rule("less", "Less", AmountOff(eur(20)), group=one, needs_coupon=True),
    ]

    made = quoted([("tea", 1)], [offer("tea", 100)], *rules, coupons=(CouponFact("LESS", "coupon", "less"),))

    assert "  LESS: refused, does not go together with More\n" in render(made)


def test_an_empty_cart_costs_nothing_and_says_so() -> None:
    made = quoted([], [])

    assert render(made) == "Total  0.00 EUR"
    assert trail(made) == ()


def test_what_is_told_as_data_is_what_is_told_in_words() -> None:
    made = a_cart_full_of_promotions()

    data: Any = explained(made)

    assert [each["text"] for each in data["near_misses"] if each["promotion"] == "steps"] == [
        "add 15.02 EUR to save 15.00 EUR"
    ]
    assert data["coupons"][1]["expired_at"] == "2026-03-01T00:00:00+00:00"
    assert data["lines"][0]["shown"] == {"amount": {"minor": 2499, "currency": "EUR"}, "per": 1}
    assert data["total"] == {"minor": made.total.minor, "currency": "EUR"}


def test_the_trail_shows_it_if_a_quote_does_not_add_up() -> None:
    made = a_plain_cart()
    wrong = evolve(made, total=made.total + eur(1))

    assert sum(step.amount.minor for step in trail(wrong)) != wrong.total.minor
