"""Small worlds to quote in: few variants, small numbers, many rules, so that ties, caps and zeros abound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ecomcore.kernel.calendar import BusinessHours, Period
from ecomcore.kernel.money import Money, Price, Rounding
from ecomcore.kernel.percent import Percent
from ecomcore.quoting import (
    AllOf,
    AmountOff,
    AnyOf,
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
    Condition,
    Context,
    Conversion,
    CouponFact,
    CouponProblem,
    DatedRule,
    DeliveredBy,
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
    GroupBuy,
    InChannel,
    InCurrency,
    InGroup,
    InSegment,
    InTier,
    ItemQuantity,
    Items,
    ItemTotal,
    Lane,
    Limits,
    ListRule,
    ListTerms,
    Not,
    OfCompany,
    Offer,
    OpenHours,
    OrderNumber,
    PaysBy,
    PercentOff,
    PerPeriod,
    Pick,
    Points,
    PriceEnding,
    PricePoint,
    PricingPolicy,
    Recurrence,
    Registered,
    Remaining,
    Rulebook,
    SavingStep,
    Series,
    ShipsTo,
    SpendAndSave,
    Stacking,
    TaxBasis,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
    Which,
)

__all__ = ["AT", "worlds"]

AT = datetime(2026, 6, 15, 10, tzinfo=UTC)
"""The moment of every quote: a Monday."""

DAY = timedelta(days=1)
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY", "KWD")
VARIANTS = ("v1", "v2", "v3", "v4", "v5", "v6")
PRODUCTS = ("p1", "p2", "p3")
CATEGORIES = ("shoes", "boots", "hats")
CATEGORY_PATHS = (("boots", "shoes"), ("shoes",), ("hats",), ())
AMOUNTS = (1, 2, 3, 5, 10, 33, 50, 99, 100, 101, 250, 500, 999, 1000, 1999)
PERCENTS = (1, 33_333, 88_750, 100_000, 125_000, 200_000, 333_333, 500_000, 990_000, 1_000_000)
AREAS = (
    Area(),
    Area("DE"),
    Area("DE", regions=("Bavaria", "Berlin")),
    Area("DE", postcodes=("10*", "80331")),
    Area("DE", regions=("Berlin",), postcodes=("10000..10999",)),
    Area("FR"),
)
PLACES = (
    None,
    Destination("DE"),
    Destination("DE", "bavaria", "80331"),
    Destination("DE", "Berlin", "10 115"),
    Destination("FR", None, "10115"),
    Destination("US"),
)
HOURS = (
    BusinessHours("UTC", ((0, time(9), time(17)),)),
    BusinessHours("UTC", ((0, time(10, 30), time(17)),)),
    BusinessHours("UTC", ((1, time(9), time(17)),)),
)
PERIODS = (None, None, None, Period(AT - DAY), Period(AT, AT + DAY), Period(AT - DAY, AT), Period(AT + DAY))
MOMENTS = (AT - 2 * DAY, AT - DAY, AT, AT + DAY)

T = TypeVar("T")


def pick(draw: DrawFn, *of: T) -> T:
    """One of these."""
    return draw(st.sampled_from(of))


def some(draw: DrawFn, of: Sequence[T], fewest: int = 0, most: int | None = None) -> list[T]:
    """A few of these, in their order."""
    wanted = draw(st.lists(st.sampled_from(range(len(of))), min_size=fewest, max_size=most or len(of), unique=True))
    return [of[index] for index in sorted(wanted)]


def one_in(draw: DrawFn, n: int) -> bool:
    """Whether something rare happens."""
    return draw(st.integers(1, n)) == n


def share(draw: DrawFn) -> Percent:
    return Percent(pick(draw, *PERCENTS))


@st.composite
def worlds(draw: DrawFn, crowded: bool = False) -> tuple[Cart, Context]:
    """A cart and the shop around it; ``crowded``: with more groups of promotions than can be tried together."""
    currency = pick(draw, *CURRENCIES)
    variants = VARIANTS[: draw(st.integers(1, 6))]
    if crowded:
        variants = variants[:2]
        terms = [draw(_crowded_terms(currency, variants)) for _ in range(12)]
    else:
        terms = [draw(_terms(currency, variants)) for _ in range(pick(draw, 3, 1, 2, 4, 5, 6, 0))]
    names = draw(st.permutations([f"promo-{letter}" for letter in "abcdefghijkl"[: len(terms)]]))
    facts = _coupons(draw, names, terms)
    rulebook = Rulebook(
        promotions=_dated(draw, names, terms, always=crowded),
        lists=_lists(draw, currency),
        zones=_zones(draw),
        deliveries=_deliveries(draw, currency),
        exchange=_exchange(draw),
    )
    cart = Cart(
        currency,
        _lines(draw, variants),
        tuple(fact.code for fact in facts),
        pick(draw, "post", "post", "post", None),
        pick(draw, *PLACES[1:], *PLACES[1:], *PLACES[1:], None),
        pick(draw, None, "card", "cash"),
    )
    context = Context(
        at=AT,
        channel=pick(draw, "web", "app"),
        buyer=_buyer(draw),
        policy=_policy(draw),
        rulebook=rulebook,
        offers=_offers(draw, currency, variants),
        series=_series(draw, currency, variants),
        coupons=tuple(facts),
        remaining=_remaining(draw, names, terms),
        budgets={each: Money(pick(draw, 0, 1, 7, 50, 500), currency) for each in some(draw, ("k1", "k2"))},
    )
    return cart, context


def _lines(draw: DrawFn, variants: Sequence[str]) -> tuple[CartLine, ...]:
    lines = [CartLine(variant, draw(st.integers(1, 6))) for variant in variants]
    lines += [CartLine(pick(draw, *variants), pick(draw, 1, 2, 3, 30)) for _ in range(draw(st.integers(0, 3)))]
    return tuple(draw(st.permutations(lines)))


def _price(draw: DrawFn, currency: str) -> Price:
    return Price(Money(pick(draw, 0, *AMOUNTS, *AMOUNTS), currency), pick(draw, 1, 1, 1, 1, 3, 100))


def _offers(draw: DrawFn, currency: str, variants: Sequence[str]) -> dict[str, Offer]:
    offers = {}
    for variant in (*variants, "gift"):
        priced_in = pick(draw, "EUR", "USD") if one_in(draw, 25) else currency
        if not one_in(draw, 120):
            offers[variant] = Offer(
                variant,
                f"sku-{variant}",
                f"Variant {variant}",
                _price(draw, priced_in),
                pick(draw, None, *PRODUCTS),
                pick(draw, *CATEGORY_PATHS),
                pick(draw, "standard", "reduced", "books"),
            )
    if variants and one_in(draw, 150) and variants[0] in offers:
        huge = Price(Money(2**62, currency))
        offers[variants[0]] = Offer(variants[0], "sku", "Too dear", huge)
    return offers


def _series(draw: DrawFn, currency: str, variants: Sequence[str]) -> dict[str, tuple[Series, ...]]:
    series = {}
    for variant in (*variants, "gift"):
        lists = some(draw, ("base", "floor", "list-1", "list-2", "list-3"), 0, 3)
        series[variant] = tuple(_one_series(draw, currency, variant, list_) for list_ in lists)
    return series


def _one_series(draw: DrawFn, currency: str, variant: str, list_: str) -> Series:
    priced_in = "USD" if list_ in ("base", "floor") and one_in(draw, 12) else currency
    points = []
    for since in some(draw, MOMENTS, 1, 2):
        quantities = some(draw, (1, 3, 5, 10), 0, 3)
        points.append(PricePoint(since, tuple(Break(each, _price(draw, priced_in)) for each in quantities)))
    return Series(list_, variant, priced_in, tuple(points))


def _lists(draw: DrawFn, currency: str) -> list[ListRule]:
    rules = []
    for list_ in some(draw, ("list-1", "list-2", "list-3")):
        audience = Audience(
            channels=pick(draw, (), (), ("web",)),
            groups=pick(draw, (), (), ("staff", "press")),
            tiers=pick(draw, (), (), ("gold",)),
            companies=pick(draw, (), (), ("acme",)),
        )
        terms = ListTerms(
            name=list_,
            currency=pick(draw, currency, currency, currency, "EUR"),
            audience=audience,
            period=pick(draw, *PERIODS),
            priority=pick(draw, 1, 1, 2),
            tax_included=pick(draw, None, None, True, False),
        )
        rules.append(ListRule(list_, terms, *_dates(draw)))
    return draw(st.permutations(rules))


def _dates(draw: DrawFn) -> tuple[datetime, datetime | None]:
    usual = (AT - DAY, None)
    return pick(draw, usual, usual, usual, usual, (AT, AT + DAY), (AT - DAY, AT), (AT + DAY, None))


def _exchange(draw: DrawFn) -> list[ExchangeRate]:
    rates = []
    for base in ("EUR", "USD"):
        for quote in ("EUR", "USD", "JPY", "KWD"):
            moments = some(draw, MOMENTS, 1, 2) if base != quote and not one_in(draw, 5) else []
            rates += [ExchangeRate(base, quote, pick(draw, 1, 3, 113), pick(draw, 1, 7, 100), at) for at in moments]
    return draw(st.permutations(rates))


def _buyer(draw: DrawFn) -> Buyer:
    return Buyer(
        id=pick(draw, None, "ada"),
        registered=draw(st.booleans()),
        groups=frozenset(some(draw, ("staff", "press"))),
        tier=pick(draw, None, "gold"),
        segments=frozenset(some(draw, ("new", "late"))),
        company=pick(draw, None, "acme"),
        orders=draw(st.integers(0, 5)),
        business=one_in(draw, 3),
        exempt=one_in(draw, 8),
    )


def _policy(draw: DrawFn) -> PricingPolicy:
    currencies = some(draw, ("EUR", "USD", "JPY", "KWD"))
    endings = (None, PriceEnding(10, 9), PriceEnding(100, 99), PriceEnding(5))
    return PricingPolicy(
        rounding=pick(draw, *Rounding),
        stacking=pick(draw, *Stacking),
        exclusive=pick(draw, *Choice),
        max_discount=Percent(pick(draw, 0, 100_000, 333_333, 1_000_000)) if one_in(draw, 4) else None,
        tax_basis=pick(draw, *TaxBasis),
        tax_included=draw(st.booleans()),
        conversions=tuple(Conversion(each, pick(draw, *endings)) for each in currencies),
    )


def _zones(draw: DrawFn) -> list[TaxZone]:
    zones = []
    for id_ in some(draw, ("zone-1", "zone-2", "zone-3")):
        rates = [_rate(draw) for _ in range(draw(st.integers(0, 3)))]
        zones.append(
            TaxZone(
                id=id_,
                name=id_,
                areas=tuple(some(draw, AREAS, 1, 2)),
                rates=(TaxRate("standard", (TaxComponent("VAT", Percent(190_000)),)), *rates),
                reverse_charge=one_in(draw, 3),
            )
        )
    return draw(st.permutations(zones))


def _rate(draw: DrawFn) -> TaxRate:
    percents = [pick(draw, 0, 10_000, 50_000, 70_000, 88_750, 200_000, 333_333) for _ in range(draw(st.integers(0, 3)))]
    components = tuple(TaxComponent(f"tax {index}", Percent(each)) for index, each in enumerate(percents))
    return TaxRate(pick(draw, "standard", "reduced", "shipping"), components, pick(draw, *PERIODS))


def _deliveries(draw: DrawFn, currency: str) -> list[DeliveryMethod]:
    methods = []
    for index in range(draw(st.integers(1, 3))):
        area = (Area(),) if index == 0 and not one_in(draw, 10) else tuple(some(draw, AREAS, 1, 2))
        money = currency if index == 0 else pick(draw, currency, "EUR")
        steps = [DeliveryStep(Money(goods, money), _amount(draw, money)) for goods in (0, *some(draw, (50, 500, 3000)))]
        methods.append(
            DeliveryMethod(
                id="post" if index < 2 else "express",
                name="Post",
                currency=money,
                areas=area,
                steps=tuple(steps),
                tax_category=pick(draw, "shipping", "reduced"),
            )
        )
    return draw(st.permutations(methods))


def _amount(draw: DrawFn, currency: str) -> Money:
    return Money(pick(draw, 0, *AMOUNTS), currency)


def _above_zero(draw: DrawFn, currency: str) -> Money:
    return Money(pick(draw, *AMOUNTS), currency)


# Promotions


def _dated(draw: DrawFn, names: Sequence[str], terms: Sequence[Terms], *, always: bool) -> list[DatedRule]:
    dates = [(AT - DAY, None) if always else _dates(draw) for _ in terms]
    rules = [DatedRule(name, each, *moments) for name, each, moments in zip(names, terms, dates, strict=True)]
    earlier = [DatedRule(rule.promotion, rule.terms, AT - 3 * DAY, AT - 2 * DAY) for rule in rules[:1]]
    return draw(st.permutations(rules + earlier))


def _coupons(draw: DrawFn, names: Sequence[str], terms: Sequence[Terms]) -> list[CouponFact]:
    facts = []
    for name, each in zip(names, terms, strict=True):
        if each.needs_coupon:
            numbers = some(draw, (1, 2, 3), 0, 2) if one_in(draw, 2) else [1]
            facts += [CouponFact(f"{name}-{number}", f"c{number}-{name}", name) for number in numbers]
    if facts and one_in(draw, 4):
        facts.append(facts[0])
    if one_in(draw, 4):
        problem = pick(draw, CouponProblem.UNKNOWN, CouponProblem.EXPIRED, CouponProblem.USED_UP)
        facts.append(CouponFact("NOTHING", problem=problem))
    return list(draw(st.permutations(facts)))


def _remaining(draw: DrawFn, names: Sequence[str], terms: Sequence[Terms]) -> dict[str, Remaining]:
    remaining = {}
    for name, each in zip(names, terms, strict=True):
        limits = each.limits
        uses = pick(draw, 1, 2, 9, 0) if limits.uses or limits.uses_per_buyer or limits.uses_per_period else None
        units = pick(draw, 1, 2, 3, 5, 9, 0) if limits.units or limits.units_per_buyer else None
        if limits.count:
            remaining[name] = Remaining(uses, units)
    return remaining


@st.composite
def _terms(draw: DrawFn, cart_currency: str, variants: Sequence[str]) -> Terms:
    currency = pick(draw, "EUR", "USD") if one_in(draw, 15) else cart_currency
    catalogue = one_in(draw, 4)
    group = ExclusivityGroup(pick(draw, "g", "g", "h"), pick(draw, *Choice)) if one_in(draw, 3) else None
    strategies = CATALOGUE_EFFECTS if catalogue else CART_EFFECTS
    effects = tuple(pick(draw, *strategies)(draw, currency, variants) for _ in range(pick(draw, 1, 1, 1, 2, 3)))
    conditions = draw(st.lists(_conditions(currency, variants, catalogue), max_size=2)) if one_in(draw, 3) else ()
    return Terms(
        name="A promotion",
        effects=effects,
        conditions=tuple(conditions),
        period=pick(draw, *PERIODS) if one_in(draw, 4) else None,
        priority=pick(draw, 1, 2, 3),
        exclusive=one_in(draw, 7),
        group=group,
        only_undiscounted=one_in(draw, 6),
        max_discount=_above_zero(draw, currency) if not catalogue and one_in(draw, 6) else None,
        needs_coupon=not catalogue and one_in(draw, 5),
        limits=_limits(draw, catalogue),
        group_buy=GroupBuy(3, AT + draw(st.sampled_from((DAY, DAY, -DAY)))) if one_in(draw, 12) else None,
        campaign=pick(draw, "k1", "k2") if one_in(draw, 4) else None,
    )


@st.composite
def _crowded_terms(draw: DrawFn, currency: str, variants: Sequence[str]) -> Terms:
    """One of many promotions in groups, simple in itself."""
    effect = pick(draw, _percent_off, _amount_off, _points, _order_percent, _order_amount)(draw, currency, variants)
    return Terms(
        name="One of many",
        effects=(effect,),
        priority=pick(draw, 1, 2, 3),
        exclusive=one_in(draw, 20),
        group=ExclusivityGroup(pick(draw, *"abcdefgh"), Choice.BEST),
        only_undiscounted=one_in(draw, 4),
    )


def _limits(draw: DrawFn, catalogue: bool) -> Limits:
    per_order = pick(draw, 1, 1, 2, 3)
    if not one_in(draw, 4):
        return Limits(per_order=per_order)
    if catalogue or draw(st.booleans()):
        return Limits(units=pick(draw, None, 10), units_per_buyer=10, per_order=per_order)
    day = PerPeriod(5, Recurrence.DAY, "UTC")
    return Limits(
        uses=10, uses_per_buyer=pick(draw, None, 3), uses_per_period=pick(draw, None, day), per_order=per_order
    )


def _items(draw: DrawFn, currency: str, variants: Sequence[str]) -> Items:
    if draw(st.booleans()):
        return Items()
    low, high = sorted([pick(draw, *AMOUNTS), pick(draw, *AMOUNTS)])
    kind = draw(st.integers(0, 6))
    return Items(
        products=tuple(some(draw, PRODUCTS, 1, 2)) if kind == 0 else (),
        variants=tuple(some(draw, variants, 1, 3)) if kind in (1, 2) else (),
        categories=(pick(draw, *CATEGORIES),) if kind in (2, 3) else (),
        without_products=(pick(draw, *PRODUCTS),) if kind == 4 else (),
        without_variants=(pick(draw, *variants),) if kind in (3, 5) else (),
        without_categories=(pick(draw, *CATEGORIES),) if kind == 5 else (),
        price_from=Money(low, currency) if kind == 6 and draw(st.booleans()) else None,
        price_to=Money(high, currency) if kind == 6 else None,
    )


def _conditions(currency: str, variants: Sequence[str], catalogue: bool) -> SearchStrategy[Condition]:
    simple = st.one_of(
        st.sampled_from(BUYER_CONDITIONS), _of_the_cart(currency, variants) if not catalogue else st.nothing()
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda each: AllOf(tuple(each))),
            st.lists(inner, min_size=1, max_size=3).map(lambda each: AnyOf(tuple(each))),
            inner.map(Not),
        ),
        max_leaves=3,
    ).filter(_not_too_deep)


def _not_too_deep(condition: Condition, levels: int = 6) -> bool:
    match condition:
        case AllOf(inner) | AnyOf(inner):
            return levels > 1 and all(_not_too_deep(each, levels - 1) for each in inner)
        case Not(inner):
            return levels > 1 and _not_too_deep(inner, levels - 1)
        case _:
            return True


BUYER_CONDITIONS: tuple[Condition, ...] = (
    InTier(("gold", "silver")),
    InSegment(("new",)),
    InGroup(("staff",)),
    OfCompany(("acme",)),
    Registered(),
    OrderNumber(1, 1),
    OrderNumber(2),
    OrderNumber(every=2),
    OrderNumber(2, 4, 2),
    InChannel(("web",)),
    InCurrency(("EUR", "JPY")),
    *(OpenHours(hours) for hours in HOURS),
)


@st.composite
def _of_the_cart(draw: DrawFn, currency: str, variants: Sequence[str]) -> Condition:
    least, most = sorted([pick(draw, 1, 2, 3, 5, 10), pick(draw, 1, 2, 3, 5, 10)])
    low, high = sorted([_amount(draw, currency).minor, _amount(draw, currency).minor])
    items = _items(draw, currency, variants)
    top = Money(high, currency) if draw(st.booleans()) else None
    return pick(
        draw,
        ItemQuantity(items, least, most if draw(st.booleans()) else None),
        ItemTotal(Money(low, currency), items, top),
        ShipsTo(tuple(some(draw, AREAS, 1, 2))),
        PaysBy(("card",)),
        DeliveredBy(("post",)),
    )


def _percent_off(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return PercentOff(share(draw), Lane.ITEM, _items(draw, currency, variants), _pick(draw))


def _pick(draw: DrawFn) -> Pick | None:
    return Pick(pick(draw, *Which), pick(draw, 1, 2, 3, 50)) if one_in(draw, 3) else None


def _amount_off(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    items = _items(draw, currency, variants)
    return AmountOff(_above_zero(draw, currency), Lane.ITEM, items, draw(st.booleans()), _pick(draw))


def _fixed_price(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return FixedPrice(_amount(draw, currency), Lane.ITEM, _items(draw, currency, variants))


def _times(draw: DrawFn) -> int | None:
    return pick(draw, None, 1, 2)


def _buy_and_get(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    buy, get = _items(draw, currency, variants), _items(draw, currency, variants)
    return BuyAndGet(pick(draw, 1, 2, 3), pick(draw, 1, 2), buy, get, share(draw), _times(draw))


def _bundle_price(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    parts = [BundlePart(_items(draw, currency, variants), pick(draw, 1, 1, 2)) for _ in range(draw(st.integers(1, 3)))]
    return BundlePrice(tuple(parts), _amount(draw, currency), _times(draw))


def _each_nth(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return EachNth(pick(draw, 1, 2, 3), share(draw), _items(draw, currency, variants), _times(draw))


def _gift(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return Gift(pick(draw, "gift", "gift", variants[0], "nothing"), pick(draw, 1, 3))


def _order_percent(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return PercentOff(share(draw), Lane.ORDER, _items(draw, currency, variants))


def _order_amount(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return AmountOff(_above_zero(draw, currency), Lane.ORDER, _items(draw, currency, variants))


def _spend_and_save(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    repeating = draw(st.booleans())
    steps = []
    for spend in some(draw, (10, 100, 333, 2000), 1, 1 if repeating else 3):
        by_amount = repeating or draw(st.booleans())
        save = Money(pick(draw, 1, spend, spend // 3), currency) if by_amount else None
        steps.append(SavingStep(Money(spend, currency), save, None if by_amount else share(draw)))
    return SpendAndSave(tuple(steps), repeating, _times(draw), _items(draw, currency, variants))


def _points(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return Points(pick(draw, 2, 3))


def _deposit(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    percent = Percent(pick(draw, 100_000, 333_333, 500_000))
    return Deposit(percent, pick(draw, AT, AT + DAY), AT + 2 * DAY, _items(draw, currency, variants))


def _off_shipping(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    items = _items(draw, currency, variants)
    return pick(
        draw,
        PercentOff(share(draw), Lane.SHIPPING, items),
        AmountOff(_above_zero(draw, currency), Lane.SHIPPING, items),
        FixedPrice(_amount(draw, currency), Lane.SHIPPING, items),
    )


def _shown_percent(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return PercentOff(share(draw), Lane.CATALOGUE, _items(draw, currency, variants))


def _shown_amount(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return AmountOff(_above_zero(draw, currency), Lane.CATALOGUE, _items(draw, currency, variants), each=True)


def _shown_fixed(draw: DrawFn, currency: str, variants: Sequence[str]) -> Effect:
    return FixedPrice(_amount(draw, currency), Lane.CATALOGUE, _items(draw, currency, variants))


Draws = Callable[[DrawFn, str, Sequence[str]], Any]

CATALOGUE_EFFECTS: tuple[Draws, ...] = (_shown_percent, _shown_amount, _shown_fixed)
CART_EFFECTS: tuple[Draws, ...] = (
    _percent_off,
    _amount_off,
    _fixed_price,
    _buy_and_get,
    _bundle_price,
    _each_nth,
    _gift,
    _order_percent,
    _order_amount,
    _spend_and_save,
    _points,
    _deposit,
    _off_shipping,
    _off_shipping,
)
