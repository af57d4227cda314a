"""What the laws are tried on besides ``worlds``: the same world turned round, a single line, amounts at the limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from ecomcore.kernel.money import MAX_MINOR, Money, Price, Rounding
from ecomcore.kernel.percent import Percent
from ecomcore.quoting import (
    AmountOff,
    Area,
    BundlePart,
    BundlePrice,
    BuyAndGet,
    Buyer,
    Cart,
    CartLine,
    Context,
    Conversion,
    DatedRule,
    DeliveryMethod,
    DeliveryStep,
    Deposit,
    Destination,
    EachNth,
    Effect,
    ExchangeRate,
    FixedPrice,
    Gift,
    InChannel,
    InSegment,
    Items,
    Lane,
    Offer,
    PercentOff,
    Pick,
    PricingPolicy,
    Rulebook,
    SavingStep,
    SpendAndSave,
    Stacking,
    TaxBasis,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
    Which,
    most_specific,
)
from tests.quoting.worlds import AT, DAY

__all__ = ["World", "an_impossible_promotion", "huge_worlds", "one_line", "rebuilt", "split", "turned"]

World = tuple[Cart, Context]

T = TypeVar("T")


def rebuilt(book: Rulebook, **changed: Sequence[object]) -> Rulebook:
    """A rulebook of the same rules, or of others, that nobody has asked yet."""
    kept = {name: getattr(book, name) for name in ("promotions", "lists", "zones", "deliveries", "exchange")}
    return Rulebook(edition=book.edition, **{**kept, **changed})


# The same in another order


@st.composite
def turned(draw: DrawFn, world: World) -> World:
    """The same world with everything in another order that has no order of its own."""
    cart, context = world
    book = context.rulebook

    def any_order(things: Sequence[T]) -> tuple[T, ...]:
        return tuple(draw(st.permutations(things)))

    facts = any_order(context.coupons)
    turned_book = rebuilt(
        book,
        promotions=any_order(book.promotions),
        lists=any_order(book.lists),
        zones=any_order(book.zones),
        deliveries=any_order(_of_different_fit(book.deliveries, cart.destination)),
        exchange=any_order(book.exchange),
    )
    series = {variant: any_order(context.series[variant]) for variant in any_order(tuple(context.series))}
    offers = {variant: context.offers[variant] for variant in any_order(tuple(context.offers))}
    return (
        evolve(cart, lines=any_order(cart.lines), coupons=tuple(fact.code for fact in facts)),
        evolve(context, rulebook=turned_book, series=series, offers=offers, coupons=facts),
    )


def _of_different_fit(methods: Sequence[DeliveryMethod], to: Destination | None) -> list[DeliveryMethod]:
    """Without those that are passed over because an earlier one fits as closely."""
    first: dict[object, DeliveryMethod] = {}
    for method in methods:
        everywhere = int(any(area.country is None for area in method.areas))
        fit = most_specific(method.areas, to) if to else everywhere
        first.setdefault((method.id, method.currency, fit), method)
    return list(first.values())


@st.composite
def split(draw: DrawFn, cart: Cart) -> tuple[str, Cart]:
    """The cart with one line as two, anywhere, and whose line it was. Some line must have two units."""
    number = draw(st.sampled_from([index for index, line in enumerate(cart.lines) if line.quantity > 1]))
    variant, quantity = cart.lines[number].variant, cart.lines[number].quantity
    first = draw(st.integers(1, quantity - 1))
    lines = [*cart.lines]
    lines[number] = CartLine(variant, first)
    lines.insert(draw(st.integers(0, len(lines))), CartLine(variant, quantity - first))
    return variant, evolve(cart, lines=tuple(lines))


# What cannot match


@st.composite
def an_impossible_promotion(draw: DrawFn, currency: str) -> DatedRule:
    """One that would take everything, alone and before all others, but is for something, somebody or some time else."""
    foreign = "USD" if currency != "USD" else "EUR"
    nothing = Items(products=("no-such-product",))
    why = draw(st.sampled_from(("currency", "items", "channel", "segment", "dates", "code")))
    lane = draw(st.sampled_from((Lane.CATALOGUE, Lane.ITEM, Lane.ORDER, Lane.SHIPPING)))
    items = nothing if why == "items" else Items()
    effect: Effect = PercentOff(Percent(1_000_000), lane, items)
    if why == "currency":
        effect = AmountOff(Money(MAX_MINOR, foreign), lane, items, each=lane is Lane.CATALOGUE)
    terms = Terms(
        name="Impossible",
        effects=(effect,),
        conditions={"channel": (InChannel(("nowhere",)),), "segment": (InSegment(("nobody",)),)}.get(why, ()),
        priority=0,
        exclusive=draw(st.booleans()),
        needs_coupon=why == "code" and lane is not Lane.CATALOGUE,
    )
    since, until = (
        (AT + DAY, None) if why == "dates" or (why == "code" and not terms.needs_coupon) else (AT - DAY, None)
    )
    return DatedRule(draw(st.sampled_from(("impossible", "a-first", "zzz"))), terms, since, until)


# One line


def one_line(price: Price, quantity: int, rate: Percent, policy: PricingPolicy) -> World:
    """A cart of one line in a shop with one tax and no promotions."""
    currency = price.amount.currency
    zone = TaxZone(id="z", name="z", areas=(Area(),), rates=(TaxRate("standard", (TaxComponent("VAT", rate),)),))
    context = Context(
        at=AT, policy=policy, rulebook=Rulebook(zones=[zone]), offers={"v": Offer("v", "sku", "A thing", price)}
    )
    return Cart(currency, (CartLine("v", quantity),), destination=Destination("DE")), context


# Amounts at the limit

HUGE = (0, 1, 3, 10**9, MAX_MINOR // 10**9, MAX_MINOR // 3, 2**62, 2**62 + 1, MAX_MINOR - 1, MAX_MINOR)
MANY = (1, 2, 3, 7, 500_000_000, 999_999_999, 1_000_000_000)


def _effects(top: Money) -> list[Effect]:
    half, every, spend = Percent(500_000), Items(), Money(2**62, top.currency)
    big_step = SavingStep(spend, top) if top <= spend else SavingStep(spend, percent=half)
    return [
        *(PercentOff(half, lane) for lane in Lane),
        PercentOff(half, Lane.ITEM, pick=Pick(Which.DEAREST, 999_999_999)),
        *(AmountOff(top, lane) for lane in (Lane.ITEM, Lane.ORDER, Lane.SHIPPING)),
        *(AmountOff(top, lane, each=True) for lane in (Lane.CATALOGUE, Lane.ITEM)),
        *(FixedPrice(top, lane) for lane in (Lane.CATALOGUE, Lane.ITEM, Lane.SHIPPING)),
        SpendAndSave((SavingStep(Money(3, top.currency), Money(2, top.currency)),), repeating=True),
        SpendAndSave((SavingStep(top, percent=half),)),
        SpendAndSave((big_step,), repeating=top <= spend),
        BuyAndGet(1, 1_000_000),
        BundlePrice((BundlePart(every, 2), BundlePart(every, 3)), top),
        EachNth(2, half),
        Gift("v1", 1_000_000_000),
        Gift("gift", 1),
        Deposit(half, AT, AT + DAY),
    ]


@st.composite
def huge_worlds(draw: DrawFn) -> World:
    """Prices, quantities, charges and rates near the largest there are, and everything that computes with them."""

    def any_of(*of: T) -> T:
        return draw(st.sampled_from(of))

    def money(currency: str = "EUR") -> Money:
        return Money(any_of(*HUGE), currency)

    def price() -> Price:
        return Price(money(any_of("EUR", "EUR", "USD")), any_of(1, 1, 1, 3, 10**9))

    variants = ("v1", "v2", "v3")[: draw(st.integers(1, 3))]
    effects = _effects(Money(max(1, any_of(*HUGE)), "EUR"))
    promotions = [
        DatedRule(name, Terms(name=name, effects=(any_of(*effects),), exclusive=any_of(False, False, True)), AT)
        for name in ("p1", "p2", "p3")[: draw(st.integers(0, 3))]
    ]
    rate = TaxRate(
        "standard", tuple(TaxComponent(f"{each}", Percent(each)) for each in any_of((190_000,), (1_000_000,) * 2))
    )
    book = Rulebook(
        promotions=promotions,
        zones=[TaxZone(id="z", name="z", areas=(Area(),), rates=(rate,), reverse_charge=any_of(True, False))],
        deliveries=[
            DeliveryMethod(
                id="post", name="post", currency="EUR", areas=(Area(),), steps=(DeliveryStep(Money(0, "EUR"), money()),)
            )
        ],
        exchange=[ExchangeRate("USD", "EUR", *any_of((1, 1), (1, 10**9)), AT)],
    )
    policy = PricingPolicy(
        rounding=any_of(*Rounding),
        stacking=any_of(*Stacking),
        tax_basis=any_of(*TaxBasis),
        tax_included=any_of(True, False),
        conversions=(Conversion("EUR"),),
    )
    lines = [CartLine(variant, any_of(*MANY)) for variant in variants * any_of(1, 1, 2)]
    cart = Cart("EUR", tuple(lines), (), any_of(None, "post"), any_of(None, Destination("DE")))
    offers = {name: Offer(name, name, name, price()) for name in (*variants, "gift")}
    return cart, Context(at=AT, buyer=Buyer(business=any_of(True, False)), policy=policy, rulebook=book, offers=offers)
