"""The laws of quotes, on any world: what is true of every cart, whatever the shop's rules are.

``ECOMCORE_QUOTES`` asks for more carts, and ``ECOMCORE_SEED`` repeats a run.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, event, given, note, reject
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import MAX_MINOR, Money, Price, Rounding, divide
from ecomcore.kernel.percent import Percent
from ecomcore.quoting import (
    FLOOR,
    MOST_LINES,
    Area,
    Cart,
    CartLine,
    Choice,
    Context,
    Conversion,
    DatedRule,
    DeliveryMethod,
    DeliveryStep,
    ExchangeRate,
    ExclusivityGroup,
    Gift,
    Lane,
    Offer,
    OrderTooLarge,
    PercentOff,
    PricingPolicy,
    Quote,
    QuoteLine,
    Rulebook,
    ShippingCharge,
    StepKind,
    TaxBasis,
    Terms,
    explained,
    lane,
    quote,
    render,
    trail,
)
from tests.quoting.law_worlds import World, an_impossible_promotion, huge_worlds, one_line, rebuilt, split, turned
from tests.quoting.test_second_implementation import REFUSALS, SEED, many
from tests.quoting.worlds import AT, worlds

EUR = "EUR"


def quoted(cart: Cart, context: Context) -> Quote:
    """The quote; a cart that is refused says nothing about quotes."""
    note(f"ECOMCORE_SEED={SEED}")
    try:
        return quote(cart, context)
    except REFUSALS:
        reject()


def charged(made: Quote) -> list[QuoteLine | ShippingCharge]:
    """Everything that is charged for."""
    return [*made.lines, *([made.shipping] if made.shipping else [])]


def off(of: QuoteLine | ShippingCharge) -> int:
    return sum(each.amount.minor for each in of.discounts)


def tax_on(of: QuoteLine | ShippingCharge) -> int:
    return sum(each.amount.minor for each in of.taxes)


def total(moneys: Any) -> int:
    return sum(each.minor for each in moneys)


# 1 The sum of the parts is the whole


@many(share=12)
@given(world=worlds())
def test_what_is_listed_less_discounts_and_relief_and_with_the_tax_that_is_added_is_what_is_charged(
    world: World,
) -> None:
    made = quoted(*world)

    for each in charged(made):
        added = 0 if each.tax_included else tax_on(each)
        assert each.listed.minor - off(each) + added - each.relief.minor == each.total.minor
        assert all(tax.base.minor + tax_on(each) == each.total.minor for tax in each.taxes)
        assert not each.relief.minor or not each.taxes
    assert total(each.total for each in charged(made)) == made.total.minor
    assert made.tax.minor == sum(tax_on(each) for each in charged(made))
    assert made.discount.minor == sum(off(each) for each in charged(made))
    if made.instalments:
        assert total(each.amount for each in made.instalments) == made.total.minor


@many(share=12)
@given(world=worlds())
def test_the_steps_of_the_trail_add_up_to_every_line_to_shipping_and_to_the_total(world: World) -> None:
    made = quoted(*world)

    sums: Counter[int | None] = Counter()
    for step in trail(made):
        sums[step.line] += step.amount.minor
        assert step.amount.minor <= 0 or step.kind in (StepKind.LISTED, StepKind.TAX_ADDED)

    assert all(sums[line.number] == line.total.minor for line in made.lines)
    assert sums[None] == (made.shipping.total.minor if made.shipping else 0)
    assert sum(sums.values()) == made.total.minor


@many(share=12)
@given(world=worlds())
def test_what_a_promotion_takes_off_is_the_sum_of_its_discounts_on_lines_and_on_shipping(world: World) -> None:
    made = quoted(*world)
    shares: Counter[Any] = Counter()
    sums: Counter[Any] = Counter()
    for each in charged(made):
        for discount in each.discounts:
            whole = (discount.whole or discount.amount).minor
            shares[discount.promotion, discount.coupon, discount.lane, discount.percent, whole] += discount.amount.minor
            sums[discount.promotion, discount.coupon] += discount.amount.minor
            assert 0 < discount.amount.minor <= whole

    # twice the same amount in one go looks like one of twice as much
    assert all(share % whole == 0 for (*_, whole), share in shares.items())
    assert {(take.promotion, take.coupon): take.amount.minor for take in made.takes}.items() <= {
        (take.promotion, take.coupon): sums[take.promotion, take.coupon] for take in made.takes
    }.items()
    assert {promotion for promotion, _ in sums if counted(world, promotion)} <= {take.promotion for take in made.takes}


def counted(world: World, promotion: str) -> bool:
    """Whether something has to be counted where this promotion is applied."""
    terms = [rule.terms for rule in world[1].rulebook.promotions if rule.promotion == promotion]
    return any(each.limits.count or each.campaign or each.needs_coupon or each.group_buy for each in terms)


# 2 Nothing is sold below its floor


def before_tax(line: QuoteLine) -> QuoteLine:
    """The line without the tax that is added, and with the tax that is not owed."""
    return evolve(line, total=Money(line.listed.minor - off(line), line.total.currency))


@many(share=8)
@given(world=worlds())
def test_no_unit_costs_less_than_its_floor_or_than_nothing(world: World) -> None:
    cart, context = world
    made = quoted(*world)
    quantities: Counter[str] = Counter()
    left, listed = Counter[str](), Counter[str]()
    for line in made.lines:
        if line.gift is None:
            quantities[line.variant] += line.quantity
            left[line.variant] += before_tax(line).total.minor
            listed[line.variant] += line.listed.minor

    floors = {each: min(listed[each], floor_of(each, quantities[each], cart, context)) for each in quantities}

    assert all(left[variant] >= floor for variant, floor in floors.items())
    for line in made.lines:
        least = 0 if line.gift else floors[line.variant] // quantities[line.variant]
        event(f"a floor: {least > 0}")
        assert all(before_tax(line).part(1, before).total.minor >= least for before in range(line.quantity))
        assert all(line.part(1, before).total.minor >= 0 for before in range(line.quantity))
    assert all(min(each.total.minor, each.relief.minor, tax_on(each)) >= 0 for each in charged(made))


def floor_of(variant: str, quantity: int, cart: Cart, context: Context) -> int:
    """What so many units may not cost less than."""
    for series in context.series.get(variant, ()):
        price = series.price(context.at, quantity)
        if series.list == FLOOR and series.currency == cart.currency and price:
            return divide(price.amount.minor * quantity, price.per, Rounding.UP)
    return 0


# 3 Order does not matter


@many(share=12)
@given(world=worlds(), data=st.data())
def test_the_order_of_lines_promotions_codes_prices_zones_and_deliveries_changes_nothing(
    world: World, data: DataObject
) -> None:
    made = quoted(*world)

    again = quote(*data.draw(turned(world)))

    assert regardless_of_order(again) == regardless_of_order(made)


def regardless_of_order(made: Quote) -> Quote:
    """The quote, with lines that have no number and lines and codes in an order of their own."""
    lines = sorted((evolve(line, number=1) for line in made.lines), key=repr)
    coupons = tuple(sorted(made.coupons, key=lambda each: (each.code, repr(each))))  # a repr does not show the code
    return evolve(made, lines=tuple(lines), coupons=coupons)


# 4 A line may as well be two


@many(share=12)
@given(world=worlds(), basis=st.sampled_from((TaxBasis.UNIT, TaxBasis.ORDER)), data=st.data())
def test_a_line_split_in_two_changes_nothing(world: World, basis: TaxBasis, data: DataObject) -> None:
    cart, context = world
    assume(any(line.quantity > 1 for line in cart.lines))
    context = evolve(context, policy=evolve(context.policy, tax_basis=basis))
    made = quoted(cart, context)

    _, other = data.draw(split(cart))
    again = quote(other, context)

    assert by_variant(again) == by_variant(made)
    assert evolve(again, lines=()) == evolve(made, lines=())


@many(share=12)
@given(world=worlds(), data=st.data())
def test_where_each_line_is_taxed_a_split_moves_at_most_a_minor_unit_of_tax_a_line(
    world: World, data: DataObject
) -> None:
    cart, context = world
    assume(any(line.quantity > 1 for line in cart.lines))
    context = evolve(context, policy=evolve(context.policy, tax_basis=TaxBasis.LINE))
    made = quoted(cart, context)

    variant, other = data.draw(split(cart))
    again = quote(other, context)
    most = sum(line.variant == variant for line in other.lines)

    assert abs(again.total.minor - made.total.minor) <= most
    if any(rule.terms.group or rule.terms.exclusive for rule in context.rulebook.promotions):
        return  # a minor unit of tax may decide which of two plans costs less
    assert abs(again.tax.minor - made.tax.minor) <= most
    assert by_variant(again, but_tax=True) == by_variant(made, but_tax=True)
    assert evolve(again, **but_lines_and_total(made)) == evolve(made, **but_lines_and_total(made))


def but_lines_and_total(made: Quote) -> dict[str, Any]:
    return {"lines": (), "total": made.total, "instalments": ()}


def by_variant(made: Quote, *, but_tax: bool = False) -> dict[Any, Counter[Any]]:
    """What all lines of a variant come to, and what they have in common."""
    sums: defaultdict[Any, Counter[Any]] = defaultdict(Counter)
    for line in made.lines:
        common = (line.variant, line.gift, line.sku, line.price, line.original, line.shown, line.source)
        found = sums[*common, line.tax_included]
        found["quantity"] += line.quantity
        found["listed"] += line.listed.minor
        for each in line.discounts:
            found[each.promotion, each.coupon, each.lane, each.base, each.percent] += each.amount.minor
        if not but_tax:
            found["total"] += line.total.minor
            found["tax"] += line.tax.minor
            found["relief"] += line.relief.minor
    return dict(sums)


# 5 One promotion more


@many(share=8)
@given(world=worlds(), data=st.data())
def test_one_more_in_a_group_of_which_the_best_is_chosen_never_makes_the_cart_dearer(
    world: World, data: DataObject
) -> None:
    """Of promotions on a cart, and as long as no more than 512 plans are to be computed, for then the plans without it
    are still compared. A promotion in the catalogue is settled for each item and may undo another's condition.
    """
    group = ExclusivityGroup(data.draw(st.sampled_from(("g", "h", "new"))), Choice.BEST)

    without, with_it = one_more(world, data, group=group, exclusive=False)

    assert with_it.total.minor <= without.total.minor


@many(share=8)
@given(world=st.one_of(worlds(), worlds(), worlds(), worlds(crowded=True)), data=st.data())
def test_one_more_exclusive_promotion_never_makes_the_cart_dearer_where_the_best_is_chosen(
    world: World, data: DataObject
) -> None:
    """Of promotions on a cart; however many plans there are, for it adds only the plan of itself alone."""
    cart, context = world
    best = evolve(context, policy=evolve(context.policy, exclusive=Choice.BEST))

    without, with_it = one_more((cart, best), data, exclusive=True)

    assert with_it.total.minor <= without.total.minor


def one_more(world: World, data: DataObject, **terms: Any) -> tuple[Quote, Quote]:
    """The quote without one of the world's promotions on carts, and with it on these terms."""
    cart, context = world
    rules = context.rulebook.promotions
    on_carts = [rule for rule in rules if lane(rule.terms.effects[0]) is not Lane.CATALOGUE and rule.since < AT]
    assume(on_carts)
    one = data.draw(st.sampled_from(on_carts))
    others = [rule for rule in rules if rule is not one]
    added = evolve(one, terms=evolve(one.terms, **terms))
    without = quoted(cart, evolve(context, rulebook=rebuilt(context.rulebook, promotions=others)))
    with_it = quote(cart, evolve(context, rulebook=rebuilt(context.rulebook, promotions=[*others, added])))
    event(f"cheaper: {with_it.total < without.total}")
    return without, with_it


# 6 Tax included and tax added agree


@many()
@given(
    minor=st.integers(0, 10**6),
    quantity=st.integers(1, 50),
    rate=st.integers(0, 1_000_000).map(Percent),
    basis=st.sampled_from(TaxBasis),
    rounding=st.sampled_from(Rounding),
)
def test_the_net_of_a_price_with_tax_leads_back_to_that_price(
    minor: int, quantity: int, rate: Percent, basis: TaxBasis, rounding: Rounding
) -> None:
    """To the minor unit, of a line or of each unit, where amounts are rounded to the nearest; what is always rounded
    the same way is so twice, there and back, and may be off by two.
    """
    policy = PricingPolicy(rounding=rounding, tax_basis=basis, tax_included=True)
    gross = quoted(*one_line(Price(Money(minor, EUR)), quantity, rate, policy))
    net = gross.total - gross.tax
    units = quantity if basis is TaxBasis.UNIT else 1
    assert net.minor % units == 0

    price = Price(Money(net.minor // units, EUR), quantity // units)
    back = quoted(*one_line(price, quantity, rate, evolve(policy, tax_included=False)))

    off_by = 1 if rounding in (Rounding.HALF_UP, Rounding.HALF_EVEN) else 2
    assert back.lines[0].listed == net
    assert abs(back.total.minor - gross.total.minor) <= off_by * units


# 7 What was paid comes back


@many(share=12)
@given(world=worlds(), data=st.data())
def test_all_units_refunded_in_any_parts_and_any_order_give_back_what_was_paid(world: World, data: DataObject) -> None:
    made = quoted(*world)
    parcels = [(line, units) for line in made.lines for units in data.draw(parts_of(line.quantity))]
    gone: Counter[int] = Counter()
    totals: Counter[int] = Counter()
    taxes: Counter[int] = Counter()

    for line, units in data.draw(st.permutations(parcels)):
        part = line.part(units, gone[line.number])
        gone[line.number] += units
        totals[line.number] += part.total.minor
        taxes[line.number] += part.tax.minor
        assert min(part.total.minor, part.tax.minor) >= 0
        assert part.tax.minor <= part.total.minor + 1  # each is rounded for itself

    for line in made.lines:
        assert (totals[line.number], taxes[line.number]) == (line.total.minor, line.tax.minor)
        with pytest.raises(Invalid, match="units"):
            line.part(1, line.quantity)


@st.composite
def parts_of(draw: Any, quantity: int) -> list[int]:
    """A number of units as the sum of some numbers."""
    cuts = sorted(draw(st.sets(st.integers(1, quantity - 1), max_size=4))) if quantity > 1 else []
    return [high - low for low, high in zip([0, *cuts], [*cuts, quantity], strict=True)]


# 8 The same again


@many(share=12)
@given(world=worlds(), more=st.integers(1, 10**6))
def test_the_same_input_gives_the_same_quote_and_digest_and_another_total_another_digest(
    world: World, more: int
) -> None:
    cart, context = world
    fresh = evolve(context, rulebook=rebuilt(context.rulebook))
    copied = pickle.loads(pickle.dumps((cart, fresh)))  # noqa: S301 - our own

    made = quoted(cart, context)

    for again in (quote(cart, context), quote(evolve(cart), fresh), quote(*copied)):
        assert again == made
        assert again.digest == made.digest
    assert evolve(made, total=Money(made.total.minor + more, made.currency)).digest != made.digest


def test_another_process_gives_the_same_digests() -> None:
    kept: list[tuple[World, str]] = []

    @many(share=15)
    @given(world=worlds())
    def keep(world: World) -> None:
        cart, context = world
        fresh = evolve(context, rulebook=rebuilt(context.rulebook))
        kept.append(((cart, fresh), quoted(cart, context).digest))

    keep()
    there = "import pickle, sys; from ecomcore.quoting import quote; "
    there += "[print(quote(*world).digest) for world in pickle.load(sys.stdin.buffer)]"
    run = subprocess.run(
        [sys.executable, "-c", there],
        input=pickle.dumps([world for world, _ in kept]),
        env={**os.environ, "PYTHONHASHSEED": "42"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=300,
    )

    assert run.returncode == 0, run.stderr.decode()
    assert kept
    assert run.stdout.decode().split() == [digest for _, digest in kept]


# 9 Nothing overflows


@many(share=3)
@given(world=huge_worlds())
def test_what_is_too_large_is_refused_as_too_large_and_all_else_adds_up(world: World) -> None:
    try:
        made = quote(*world)
    except OrderTooLarge as refusal:
        event(f"too large: {refusal.variant}")
        return

    assert 0 <= made.total.minor <= MAX_MINOR
    assert total(each.total for each in charged(made)) == made.total.minor
    assert total(step.amount for step in trail(made)) == made.total.minor
    assert 0 <= made.tax.minor <= made.total.minor
    if total(each.listed for each in charged(made)) > MAX_MINOR:
        return  # which cannot be told yet: see below
    assert made.discount.minor == sum(off(each) for each in charged(made))
    assert render(made)
    assert explained(made)["total"] == {"minor": made.total.minor, "currency": EUR}


def test_a_price_that_is_too_large_once_it_is_converted_is_refused_as_too_large() -> None:
    rates = [ExchangeRate("USD", EUR, 10**9, 1, AT)]
    offers = {"v": Offer("v", "sku", "A thing", Price(Money(MAX_MINOR, "USD")))}
    policy = PricingPolicy(conversions=(Conversion(EUR),))

    with pytest.raises(OrderTooLarge):
        quote(
            Cart(EUR, (CartLine("v", 1),)),
            Context(at=AT, policy=policy, rulebook=Rulebook(exchange=rates), offers=offers),
        )


@pytest.mark.parametrize("what", ["a gift", "delivery"])
def test_what_is_given_on_top_of_the_dearest_cart_makes_it_too_large(what: str) -> None:
    """What is listed is more than an amount can be, though nothing that is paid is."""
    every = Percent(1_000_000)
    effects = {
        "a gift": (PercentOff(every), Gift("v")),
        "delivery": (PercentOff(every), PercentOff(every, Lane.SHIPPING)),
    }
    post = DeliveryMethod(
        id="post",
        name="Post",
        currency=EUR,
        areas=(Area(),),
        steps=(DeliveryStep(Money(0, EUR), Money(MAX_MINOR, EUR)),),
    )
    rule = DatedRule("p", Terms(name="For nothing", effects=effects[what]), AT)
    context = Context(
        at=AT,
        rulebook=Rulebook(promotions=[rule], deliveries=[post]),
        offers={"v": Offer("v", "sku", "A thing", Price(Money(MAX_MINOR, EUR)))},
    )

    with pytest.raises(OrderTooLarge):
        quote(Cart(EUR, (CartLine("v", 1),), delivery="post" if what == "delivery" else None), context)


def test_a_cart_of_a_thousand_lines_is_quoted_and_one_line_more_is_refused() -> None:
    offers = {f"v{n}": Offer(f"v{n}", f"sku-{n}", "A thing", Price(Money(n, EUR))) for n in range(MOST_LINES)}
    lines = tuple(CartLine(variant, 1) for variant in offers)

    made = quote(Cart(EUR, lines), Context(at=AT, offers=offers))

    assert made.total.minor == sum(range(1_000))
    with pytest.raises(Invalid, match="lines"):
        Cart(EUR, (*lines, lines[0]))


# 10 What cannot match does not matter


@many(share=12)
@given(world=worlds(), data=st.data())
def test_a_promotion_for_something_somebody_or_some_time_else_changes_nothing(world: World, data: DataObject) -> None:
    cart, context = world
    made = quoted(cart, context)

    impossible = data.draw(an_impossible_promotion(cart.currency))
    promotions = data.draw(st.permutations([*context.rulebook.promotions, impossible]))
    again = quote(cart, evolve(context, rulebook=rebuilt(context.rulebook, promotions=promotions)))

    assert again == made
