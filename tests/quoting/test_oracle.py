"""Sentences of the page *How a price is made*, each with a sum that fits on a napkin, for both implementations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from ecomcore.kernel.money import Money, Price, Rounding
from ecomcore.kernel.percent import percent
from ecomcore.quoting import (
    AmountOff,
    Area,
    Audience,
    Break,
    BundlePart,
    BundlePrice,
    BuyAndGet,
    Buyer,
    Cart,
    CartLine,
    Choice,
    Context,
    Conversion,
    CouponFact,
    DatedRule,
    DeliveryMethod,
    DeliveryStep,
    Deposit,
    Destination,
    EachNth,
    Effect,
    ExchangeRate,
    ExclusivityGroup,
    FixedPrice,
    Gift,
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
    Pick,
    Points,
    PriceEnding,
    PriceMissing,
    PricePoint,
    PricingPolicy,
    Remaining,
    Rulebook,
    SavingStep,
    Series,
    SpendAndSave,
    Stacking,
    TaxBasis,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
    Which,
    quote,
)
from tests.quoting.oracle import Told, ToldInstalment, as_told, quote_slowly
from tests.quoting.worlds import AT

Engine: TypeAlias = Callable[[Cart, Context], Told]

DAY = timedelta(days=1)


@pytest.fixture(params=["fast", "slow"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Both implementations."""
    return quote_slowly if request.param == "slow" else lambda cart, context: as_told(quote(cart, context))


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def lines_of(**wanted: int) -> tuple[CartLine, ...]:
    return tuple(CartLine(variant, quantity) for variant, quantity in wanted.items())


def cart_of(*lines: CartLine, currency: str = "EUR", **more: Any) -> Cart:
    return Cart(currency, lines, **more)


def offers(**prices: int | Price) -> dict[str, Offer]:
    """Variants with their prices; each is a category of its own name."""
    return {
        variant: Offer(
            variant, variant, variant, price if isinstance(price, Price) else Price(eur(price)), None, (variant,)
        )
        for variant, price in prices.items()
    }


def rule(id_: str, *effects: Effect, **terms: Any) -> DatedRule:
    return DatedRule(id_, Terms(name=id_, effects=effects, **terms), AT - DAY)


def shop(*promotions: DatedRule, rules: dict[str, Any] | None = None, **context: Any) -> Context:
    context.setdefault("policy", PricingPolicy(rounding=Rounding.HALF_UP))
    return Context(at=AT, rulebook=Rulebook(promotions=promotions, **(rules or {})), **context)


def series(list_: str, variant: str, *breaks: tuple[int, int], currency: str = "EUR") -> Series:
    points = PricePoint(AT - DAY, tuple(Break(quantity, Price(Money(minor, currency))) for quantity, minor in breaks))
    return Series(list_, variant, currency, (points,))


def taken(told: Told) -> list[tuple[str, str, int]]:
    """Variant, promotion and amount of every discount, in order."""
    return [(line.variant, cut.promotion, cut.amount) for line in told.lines for cut in line.discounts]


GERMANY = Destination("DE")


def zone(*percents: str, **more: Any) -> TaxZone:
    components = tuple(TaxComponent(f"tax {index}", percent(each)) for index, each in enumerate(percents))
    return TaxZone(id="de", name="Germany", areas=(Area("DE"),), rates=(TaxRate("standard", components),), **more)


# Step 1


def test_a_price_for_several_units_is_rounded_once_for_all_of_them(engine: Engine) -> None:
    context = shop(offers=offers(nail=Price(eur(10), 100)))

    told = engine(cart_of(CartLine("nail", 17), CartLine("nail", 28)), context)

    assert told.total == 5  # 10 x 45 / 100 = 4.5, half up
    assert [line.listed for line in told.lines] == [2, 3]  # 5 by 17 : 28 = 1.89 and 3.11


def test_the_list_for_the_company_comes_before_a_cheaper_one_for_everybody(engine: Engine) -> None:
    lists = [
        ListRule("everybody", ListTerms(name="sale", currency="EUR"), AT - DAY),
        ListRule("acme", ListTerms(name="acme", currency="EUR", audience=Audience(companies=("acme",))), AT - DAY),
    ]
    prices = {"pen": (series("everybody", "pen", (1, 50)), series("acme", "pen", (1, 80), (10, 70)))}
    context = shop(offers=offers(pen=100), series=prices, rules={"lists": lists}, buyer=Buyer(company="acme"))

    assert engine(cart_of(CartLine("pen", 9)), context).total == 720  # 9 x 80
    assert engine(cart_of(CartLine("pen", 4), CartLine("pen", 6)), context).total == 700  # 10 x 70: one item


def test_a_base_price_in_another_currency_is_converted_and_ends_as_the_shop_likes(engine: Engine) -> None:
    policy = PricingPolicy(rounding=Rounding.HALF_UP, conversions=(Conversion("JPY", PriceEnding(100, 99)),))
    rates = [ExchangeRate("EUR", "JPY", 161, 1, AT - DAY), ExchangeRate("EUR", "JPY", 500, 1, AT + DAY)]
    context = shop(offers=offers(pen=1234), policy=policy, rules={"exchange": rates})

    told = engine(cart_of(CartLine("pen", 1), currency="JPY"), context)

    assert told.total == 1999  # 12.34 EUR x 161 = 1986.74, 1987; 1999 is nearer than 1899
    assert told.lines[0].source == "converted"


@pytest.mark.parametrize(
    ("refusal", "cart", "context"),
    [
        (NotForSale, cart_of(CartLine("pen", 1)), shop()),
        (PriceMissing, cart_of(CartLine("pen", 1), currency="USD"), shop(offers=offers(pen=100))),
        (OrderTooLarge, cart_of(CartLine("pen", 2)), shop(offers=offers(pen=2**62))),
        (NotDelivered, cart_of(CartLine("pen", 1), delivery="post"), shop(offers=offers(pen=100))),
    ],
)
def test_a_quote_that_cannot_be_made_is_refused(
    engine: Engine, refusal: type[Exception], cart: Cart, context: Context
) -> None:
    with pytest.raises(refusal):
        engine(cart, context)


def test_no_discount_takes_an_item_below_its_floor(engine: Engine) -> None:
    half = rule("half", PercentOff(percent(50)))
    context = shop(half, offers=offers(pen=100), series={"pen": (series("floor", "pen", (1, 70)),)})

    assert taken(engine(cart_of(CartLine("pen", 3)), context)) == [("pen", "half", 90)]  # 300 - 3 x 70, not 150


# Step 2


def test_percentages_on_the_shown_price_are_taken_one_of_the_other_or_of_the_price_in_force(engine: Engine) -> None:
    tenth = PercentOff(percent(10), Lane.CATALOGUE)
    rules = rule("a", tenth), rule("b", tenth)
    cart = cart_of(CartLine("pen", 2))

    def shown(stacking: Stacking) -> int:
        policy = PricingPolicy(stacking=stacking)
        return engine(cart, shop(*rules, offers=offers(pen=1000), policy=policy)).lines[0].shown.amount.minor

    assert shown(Stacking.REDUCED) == 810  # 1000 - 100 - 90
    assert shown(Stacking.ORIGINAL) == 800  # 1000 - 100 - 100
    assert shown(Stacking.ONE) == 900


def test_what_is_left_of_a_flash_sale_goes_to_the_items_in_order_and_the_price_shown_stays(engine: Engine) -> None:
    flash = rule("flash", FixedPrice(eur(60), Lane.CATALOGUE), limits=Limits(units=3))
    context = shop(flash, offers=offers(a=100, b=100), remaining={"flash": Remaining(units=3)})

    told = engine(cart_of(*lines_of(b=2, a=2)), context)

    assert taken(told) == [("b", "flash", 40), ("a", "flash", 80)]  # both of a, one of b; lines as in the cart
    assert [line.shown.amount.minor for line in told.lines] == [100, 60]


def test_conditions_look_at_the_items_as_shown(engine: Engine) -> None:
    shown = rule("shown", AmountOff(eur(10), Lane.CATALOGUE, each=True))
    spend = rule("spend", AmountOff(eur(5)), conditions=(ItemTotal(eur(100)),))

    assert taken(engine(cart_of(CartLine("pen", 1)), shop(shown, spend, offers=offers(pen=109)))) == [
        ("pen", "shown", 10)  # 99 as shown: not 100
    ]


def test_with_one_the_effects_of_the_one_promotion_are_taken_of_what_is_left(engine: Engine) -> None:
    twice = rule("a", PercentOff(percent(50), Lane.CATALOGUE), PercentOff(percent(10), Lane.CATALOGUE))
    context = shop(twice, offers=offers(pen=500), policy=PricingPolicy(stacking=Stacking.ONE))

    assert taken(engine(cart_of(CartLine("pen", 1)), context)) == [("pen", "a", 250), ("pen", "a", 25)]


def test_a_promotion_that_does_not_lower_the_price_of_an_item_does_not_keep_others_from_it(engine: Engine) -> None:
    tiny = PercentOff(percent("0.0001"), Lane.CATALOGUE)  # 100 - 0.0001, rounded: 100
    rules = (
        rule("alone", FixedPrice(eur(1), Lane.CATALOGUE, Items(variants=("b",))), tiny, exclusive=True),
        rule("other", AmountOff(eur(3), Lane.CATALOGUE, each=True)),
    )
    context = shop(*rules, offers=offers(a=100), policy=PricingPolicy(exclusive=Choice.FIRST))

    assert taken(engine(cart_of(CartLine("a", 1)), context)) == [("a", "other", 3)]


# Step 3


def test_of_a_group_the_best_for_the_buyer_is_applied_and_of_first_the_lowest_priority(engine: Engine) -> None:
    def run(choice: Choice) -> list[tuple[str, str, int]]:
        group = ExclusivityGroup("g", choice)
        small = rule("small", AmountOff(eur(10)), group=group, priority=1)
        large = rule("large", AmountOff(eur(30)), group=group, priority=2)
        return taken(engine(cart_of(CartLine("pen", 1)), shop(small, large, offers=offers(pen=100))))

    assert run(Choice.BEST) == [("pen", "large", 30)]
    assert run(Choice.FIRST) == [("pen", "small", 10)]


def test_an_exclusive_promotion_must_beat_the_others_together_unless_the_first_one_wins(engine: Engine) -> None:
    rules = (
        rule("alone", AmountOff(eur(25)), exclusive=True),
        rule("x", AmountOff(eur(15))),
        rule("y", AmountOff(eur(15))),
    )

    def run(exclusive: Choice) -> list[tuple[str, str, int]]:
        policy = PricingPolicy(exclusive=exclusive)
        return taken(engine(cart_of(CartLine("pen", 1)), shop(*rules, offers=offers(pen=100), policy=policy)))

    assert run(Choice.BEST) == [("pen", "x", 15), ("pen", "y", 15)]  # 30 together against 25
    assert run(Choice.FIRST) == [("pen", "alone", 25)]


def test_a_promotion_is_applied_for_each_of_its_coupons_up_to_so_many_an_order(engine: Engine) -> None:
    gift_card = rule("five", AmountOff(eur(5)), needs_coupon=True, limits=Limits(per_order=2))
    facts = tuple(CouponFact(code, f"coupon-{code}", "five") for code in ("C", "A", "B"))
    context = shop(gift_card, offers=offers(pen=100), coupons=facts)

    told = engine(cart_of(CartLine("pen", 1), coupons=("C", "A", "B")), context)

    assert [cut.coupon for cut in told.lines[0].discounts] == ["coupon-A", "coupon-B"]
    assert {each.code: each.problem for each in told.coupons} == {"A": "", "B": "", "C": "repeated"}
    assert [(take.coupon, take.amount) for take in told.takes] == [("coupon-A", 5), ("coupon-B", 5)]


# Step 4


def test_a_picked_unit_has_its_portion_of_the_item(engine: Engine) -> None:
    dearest = rule("d", PercentOff(percent(50), pick=Pick(Which.DEAREST, 3)))

    assert taken(engine(cart_of(*lines_of(a=2, b=2)), shop(dearest, offers=offers(a=100, b=40)))) == [
        ("a", "d", 100),  # both of a: half of 200
        ("b", "d", 20),  # one of two of b: half of 80 x 1 // 2
    ]


def test_an_amount_is_spread_again_where_an_item_has_reached_its_limit(engine: Engine) -> None:
    off = rule("off", AmountOff(eur(150), Lane.ITEM))
    context = shop(off, offers=offers(a=100, b=100), series={"a": (series("floor", "a", (1, 80)),)})

    assert taken(engine(cart_of(*lines_of(a=1, b=1)), context)) == [
        ("a", "off", 20),  # 75 would be its part, 20 is what the floor leaves
        ("b", "off", 100),  # 130 are left, and 100 is all there is
    ]


def test_one_discount_an_item_is_enough_with_one(engine: Engine) -> None:
    rules = rule("a", AmountOff(eur(1), Lane.ITEM, Items(variants=("x",)))), rule("b", PercentOff(percent(50)))
    context = shop(*rules, offers=offers(x=100, y=100), policy=PricingPolicy(stacking=Stacking.ONE))

    assert taken(engine(cart_of(*lines_of(x=1, y=1)), context)) == [("x", "a", 1), ("y", "b", 50)]


def test_only_undiscounted_passes_over_what_another_promotion_has_made_cheaper(engine: Engine) -> None:
    sale = rule("sale", AmountOff(eur(1), Lane.CATALOGUE, Items(variants=("x",)), each=True))
    rest = rule("rest", PercentOff(percent(10), Lane.ORDER), only_undiscounted=True)

    assert taken(engine(cart_of(*lines_of(x=1, y=1)), shop(sale, rest, offers=offers(x=100, y=100)))) == [
        ("x", "sale", 1),
        ("y", "rest", 10),
    ]


def test_what_is_got_for_nothing_is_first_what_cannot_be_bought_for_it_and_then_the_cheapest(engine: Engine) -> None:
    offer = rule("b1g1", BuyAndGet(1, 1, buy=Items(variants=("shoe",))))

    told = engine(cart_of(*lines_of(sock=1, shoe=3)), shop(offer, offers=offers(shoe=100, sock=120)))

    assert taken(told) == [("sock", "b1g1", 120), ("shoe", "b1g1", 100)]  # two got, two bought: all four units


def test_each_unit_serves_once_for_what_is_bought_or_bundled(engine: Engine) -> None:
    twice = BuyAndGet(2, 1)
    rules = rule("a", twice, priority=1), rule("b", twice, priority=2)

    assert taken(engine(cart_of(CartLine("pen", 5)), shop(*rules, offers=offers(pen=100)))) == [("pen", "a", 100)]


def test_a_bundle_takes_the_dearest_and_spreads_what_is_saved_by_their_portions(engine: Engine) -> None:
    bundle = BundlePrice((BundlePart(Items(categories=("a", "b"))), BundlePart(Items(variants=("c",)))), eur(200))

    told = engine(cart_of(*lines_of(a=1, b=1, c=1)), shop(rule("set", bundle), offers=offers(a=200, b=100, c=100)))

    assert taken(told) == [("a", "set", 67), ("c", "set", 33)]  # 300 - 200, by 200 : 100


def test_the_second_and_fourth_dearest_unit_is_cheaper(engine: Engine) -> None:
    second = rule("second", EachNth(2, percent(50)))

    assert taken(engine(cart_of(*lines_of(a=3, b=2)), shop(second, offers=offers(a=100, b=40)))) == [
        ("a", "second", 50),  # a A a B b: the second is an a
        ("b", "second", 20),  # and the fourth a b: half of 80 x 1 // 2
    ]


def test_a_cap_is_shared_by_what_each_item_would_have_got(engine: Engine) -> None:
    half = rule("half", PercentOff(percent(50)), max_discount=eur(30))

    assert taken(engine(cart_of(*lines_of(a=1, b=1)), shop(half, offers=offers(a=100, b=20)))) == [
        ("a", "half", 25),  # 30 by 50 : 10
        ("b", "half", 5),
    ]


def test_promotions_of_one_campaign_share_its_budget(engine: Engine) -> None:
    rules = rule("a", AmountOff(eur(30)), campaign="spring"), rule("b", AmountOff(eur(30)), campaign="spring")

    told = engine(cart_of(CartLine("pen", 1)), shop(*rules, offers=offers(pen=100), budgets={"spring": eur(40)}))

    assert taken(told) == [("pen", "a", 30), ("pen", "b", 10)]
    assert [(take.promotion, take.amount, take.campaign) for take in told.takes] == [
        ("a", 30, "spring"),
        ("b", 10, "spring"),
    ]


def test_the_shop_gives_no_more_of_an_order_than_it_says_catalogue_discounts_apart(engine: Engine) -> None:
    shown = rule("shown", AmountOff(eur(1), Lane.CATALOGUE, each=True))
    half = rule("half", PercentOff(percent(50)))
    context = shop(shown, half, offers=offers(pen=100), policy=PricingPolicy(max_discount=percent(20)))

    assert taken(engine(cart_of(CartLine("pen", 1)), context)) == [("pen", "shown", 1), ("pen", "half", 19)]  # 19.8


def test_a_gift_is_a_line_of_its_own_with_a_discount_of_all_of_it(engine: Engine) -> None:
    gift = rule("thanks", Gift("cup", 2))

    told = engine(cart_of(CartLine("pen", 1)), shop(gift, offers=offers(pen=100, cup=30)))

    assert (told.total, taken(told)) == (100, [("cup", "thanks", 60)])
    assert told.lines[1].gift == "thanks"


def test_a_picked_unit_off_which_nothing_can_be_taken_uses_none_of_the_units_left(engine: Engine) -> None:
    cheapest = rule("c", PercentOff(percent(50), pick=Pick(Which.CHEAPEST, 2)), limits=Limits(units=9))
    context = shop(cheapest, offers=offers(a=100, free=0), remaining={"c": Remaining(units=1)})

    assert taken(engine(cart_of(*lines_of(a=1, free=1)), context)) == [("a", "c", 50)]


def test_a_bundle_that_saves_nothing_is_not_made_and_uses_no_units(engine: Engine) -> None:
    dear = BundlePrice((BundlePart(Items(), 2),), eur(500), times=1)
    rules = rule("a", dear, priority=1), rule("b", EachNth(1, percent(50)), priority=2)

    assert taken(engine(cart_of(CartLine("pen", 3)), shop(*rules, offers=offers(pen=100)))) == [("pen", "b", 150)]


# Steps 5 and 6


def test_spend_and_save_gives_the_highest_step_or_the_only_one_so_often(engine: Engine) -> None:
    steps = (SavingStep(eur(100), eur(10)), SavingStep(eur(200), percent=percent(20)))
    cart = cart_of(CartLine("pen", 5))

    by_step = engine(cart, shop(rule("s", SpendAndSave(steps)), offers=offers(pen=50)))
    repeating = engine(cart, shop(rule("s", SpendAndSave(steps[:1], repeating=True)), offers=offers(pen=50)))

    assert taken(by_step) == [("pen", "s", 50)]  # 20 % of 250
    assert taken(repeating) == [("pen", "s", 20)]  # 250 is twice 100 and more


def test_an_order_earns_the_largest_factor_of_points(engine: Engine) -> None:
    assert (
        engine(
            cart_of(CartLine("pen", 1)), shop(rule("a", Points(3)), rule("b", Points(2)), offers=offers(pen=1))
        ).earns
        == 3
    )


def post(*areas: Area, price: int = 500) -> DeliveryMethod:
    steps = (DeliveryStep(eur(0), eur(price)), DeliveryStep(eur(1000), eur(0)))
    return DeliveryMethod(id="post", name="Post", currency="EUR", areas=areas, steps=steps)


def test_the_closest_rule_of_the_delivery_method_charges_by_the_worth_as_shown(engine: Engine) -> None:
    methods = [post(Area(), price=900), post(Area("DE", postcodes=("10*",)), price=300), post(Area("DE"))]
    context = shop(offers=offers(pen=999), rules={"deliveries": methods})

    def charged(quantity: int, to: Destination) -> int:
        told = engine(cart_of(CartLine("pen", quantity), delivery="post", destination=to), context)
        assert told.shipping is not None
        return told.shipping.total

    assert charged(1, Destination("FR")) == 900
    assert charged(1, Destination("DE", None, "80331")) == 500
    assert charged(1, Destination("DE", None, "10 115")) == 300
    assert charged(2, Destination("DE", None, "10 115")) == 0


def test_shipping_is_never_below_nothing(engine: Engine) -> None:
    rules = rule("a", PercentOff(percent(50), Lane.SHIPPING)), rule("b", AmountOff(eur(400), Lane.SHIPPING))
    context = shop(*rules, offers=offers(pen=100), rules={"deliveries": [post(Area())]})

    told = engine(cart_of(CartLine("pen", 1), delivery="post", destination=GERMANY), context)

    assert told.shipping is not None
    assert [cut.amount for cut in told.shipping.discounts] == [250, 250]


def test_with_one_all_effects_of_the_first_promotion_on_shipping_are_applied(engine: Engine) -> None:
    rules = rule("a", *[AmountOff(eur(10), Lane.SHIPPING)] * 2), rule("b", AmountOff(eur(10), Lane.SHIPPING))
    policy = PricingPolicy(stacking=Stacking.ONE)
    context = shop(*rules, offers=offers(pen=100), policy=policy, rules={"deliveries": [post(Area())]})

    told = engine(cart_of(CartLine("pen", 1), delivery="post", destination=GERMANY), context)

    assert told.shipping is not None
    assert [(cut.promotion, cut.amount) for cut in told.shipping.discounts] == [("a", 10), ("a", 10)]


# Step 7


def test_tax_is_added_or_contained_and_divided_among_its_components(engine: Engine) -> None:
    def run(included: bool) -> tuple[int, list[tuple[int, int]]]:
        policy = PricingPolicy(rounding=Rounding.HALF_UP, tax_included=included)
        context = shop(offers=offers(pen=1099), policy=policy, rules={"zones": [zone("7", "3")]})
        told = engine(cart_of(CartLine("pen", 1), destination=GERMANY), context)
        return told.total, [(tax.base, tax.amount) for tax in told.lines[0].taxes]

    assert run(included=False) == (1209, [(1099, 77), (1099, 33)])  # 109.9, 110 by 7 : 3
    assert run(included=True) == (1099, [(999, 70), (999, 30)])  # 1099 / 1.1 = 999.09; 100 by 7 : 3


def test_tax_is_rounded_for_the_unit_the_line_or_the_order(engine: Engine) -> None:
    def tax(basis: TaxBasis) -> int:
        policy = PricingPolicy(rounding=Rounding.HALF_UP, tax_included=False, tax_basis=basis)
        context = shop(offers=offers(pen=13), policy=policy, rules={"zones": [zone("10")]})
        told = engine(cart_of(CartLine("pen", 2), CartLine("pen", 2), destination=GERMANY), context)
        return told.total - 52

    assert tax(TaxBasis.UNIT) == 4  # 1.3 each: 4 x 1
    assert tax(TaxBasis.LINE) == 6  # 2.6 each: 2 x 3
    assert tax(TaxBasis.ORDER) == 5  # 5.2


def test_a_business_under_reverse_charge_is_relieved_of_the_tax_in_the_price(engine: Engine) -> None:
    context = shop(
        offers=offers(pen=1190), buyer=Buyer(business=True), rules={"zones": [zone("19", reverse_charge=True)]}
    )

    line = engine(cart_of(CartLine("pen", 1), destination=GERMANY), context).lines[0]

    assert (line.taxes, line.relief, line.total) == ((), 190, 1000)


# Steps 8 and 9


def test_what_an_item_costs_is_divided_among_its_lines_and_no_cent_is_lost(engine: Engine) -> None:
    off = rule("off", AmountOff(eur(10)))

    told = engine(cart_of(CartLine("pen", 2), CartLine("pen", 1)), shop(off, offers=offers(pen=100)))

    assert [line.total for line in told.lines] == [193, 97]  # 290 by 1 : 2
    assert taken(told) == [("pen", "off", 7), ("pen", "off", 3)]  # 10 by 1 : 2
    assert [line.listed for line in told.lines] == [200, 100]


def test_a_deposit_is_paid_at_once_and_the_rest_in_its_time(engine: Engine) -> None:
    deposit = Deposit(percent(30), AT + DAY, AT + 2 * DAY, Items(variants=("console",)))

    told = engine(cart_of(*lines_of(console=1, pen=1)), shop(rule("pre", deposit), offers=offers(console=999, pen=100)))

    assert told.instalments == (
        ToldInstalment("", "", 400),  # 30 % of 999 = 299.7, and the pen
        ToldInstalment(str(AT + DAY), str(AT + 2 * DAY), 699),
    )


def test_what_becomes_cheaper_is_counted_and_no_more_than_is_left(engine: Engine) -> None:
    half = rule("half", PercentOff(percent(50)), limits=Limits(units=9))
    context = shop(half, offers=offers(a=100, b=0, c=100), remaining={"half": Remaining(units=4)})

    told = engine(cart_of(*lines_of(a=3, b=5, c=3)), context)

    assert taken(told) == [("a", "half", 150), ("c", "half", 50)]  # the free b uses none: one is left for c
    assert [(take.units, take.amount) for take in told.takes] == [(4, 200)]


def test_which_line_of_an_item_gets_the_odd_cent_does_not_depend_on_their_order_in_the_cart(engine: Engine) -> None:
    """2 are left of 4 pens: shares of 0.5 and 1.5, whose rests are equal; the smaller line comes first."""
    context = shop(rule("two", AmountOff(eur(2))), offers=offers(pen=1))

    def totals(*quantities: int) -> dict[int, int]:
        told = engine(cart_of(*(CartLine("pen", units) for units in quantities)), context)
        return {line.quantity: line.total for line in told.lines}

    assert totals(1, 3) == totals(3, 1) == {1: 1, 3: 1}


def test_the_best_of_a_group_is_none_where_each_of_them_makes_the_cart_dearer(engine: Engine) -> None:
    """A cent off the pen would keep it from its half price."""
    cent = rule("cent", AmountOff(eur(1), Lane.ITEM), group=ExclusivityGroup("g", Choice.BEST))
    half = rule("half", PercentOff(percent(50), Lane.ORDER), only_undiscounted=True)

    told = engine(cart_of(CartLine("pen", 1)), shop(cent, half, offers=offers(pen=100)))

    assert (told.total, taken(told)) == (50, [("pen", "half", 50)])
