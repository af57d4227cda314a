"""Why does it cost that? The same cart on an ordinary day and on Singles' Day, explained line by line.

    uv run examples/explain_price.py

No shop and no database: a rulebook, a cart, a moment. `quote` is a pure function of them.
"""

from datetime import UTC, datetime

from ecomcore import Money, Price
from ecomcore.kernel.calendar import Period, TimeZone, day
from ecomcore.kernel.percent import percent
from ecomcore.quoting import (
    Area,
    Audience,
    Break,
    BuyAndGet,
    Buyer,
    Cart,
    CartLine,
    Context,
    CouponFact,
    DatedRule,
    DeliveryMethod,
    DeliveryStep,
    Destination,
    FixedPrice,
    Items,
    Lane,
    Limits,
    ListRule,
    ListTerms,
    Offer,
    PercentOff,
    PricePoint,
    Quote,
    Rulebook,
    SavingStep,
    Series,
    SpendAndSave,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
    quote,
    render,
)

BERLIN = TimeZone("Europe/Berlin")
ORDINARY_DAY = datetime(2026, 11, 3, 9, tzinfo=UTC)
SINGLES_DAY = datetime(2026, 11, 11, 9, tzinfo=UTC)
ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def rulebook() -> Rulebook:
    """All rules of the shop, with the moments from which on they hold."""
    kettle, socks = Items(variants=("kettle",)), Items(products=("socks",))
    singles_day = day(SINGLES_DAY.date(), BERLIN)
    steps = SavingStep(eur(5_000), eur(500)), SavingStep(eur(15_000), eur(2_500))
    vat = TaxRate("standard", (TaxComponent("VAT", percent(19)),))
    promotions = {
        "three-for-two": Terms(name="Buy two socks, get one", effects=(BuyAndGet(2, 1, socks, socks),), priority=10),
        "flash-sale": Terms(
            name="Flash sale on kettles",
            effects=(FixedPrice(eur(3_999), Lane.CATALOGUE, kettle),),
            period=singles_day,
            limits=Limits(units=500),
        ),
        "spend-and-save": Terms(name="Spend and save", effects=(SpendAndSave(steps),), period=singles_day),
        "welcome": Terms(
            name="Welcome", effects=(PercentOff(percent(10), Lane.ORDER),), needs_coupon=True, priority=50
        ),
        "early-bird": Terms(
            name="Early bird",
            effects=(PercentOff(percent(5), Lane.ORDER),),
            needs_coupon=True,
            period=Period(ALWAYS, datetime(2026, 11, 10, 23, tzinfo=UTC)),
            priority=60,
        ),
        "free-delivery": Terms(
            name="Free delivery",
            effects=(PercentOff(percent(100), Lane.SHIPPING),),
            period=singles_day,
        ),
    }
    return Rulebook(
        promotions=[DatedRule(each, terms, ALWAYS) for each, terms in promotions.items()],
        lists=[
            ListRule("members", ListTerms(name="Members", currency="EUR", audience=Audience(tiers=("gold",))), ALWAYS)
        ],
        zones=[TaxZone(id="de", name="Germany", areas=(Area("DE"),), rates=(vat,))],
        deliveries=[
            DeliveryMethod(
                id="parcel",
                name="Parcel",
                currency="EUR",
                areas=(Area("DE"),),
                steps=(DeliveryStep(eur(0), eur(490)),),
            )
        ],
    )


def offers() -> dict[str, Offer]:
    """What the catalogue asks."""
    return {
        "kettle": Offer("kettle", "KET-1", "Kettle, 1.7 l", Price(eur(5_499)), "kettle"),
        "socks-m": Offer("socks-m", "SOCK-M", "Wool socks, M", Price(eur(1_290)), "socks"),
        "socks-l": Offer("socks-l", "SOCK-L", "Wool socks, L", Price(eur(1_490)), "socks"),
        "tea": Offer("tea", "TEA-100", "Green tea", Price(eur(650)), "tea"),
    }


def shop_at(moment: datetime) -> Context:
    """The shop at a moment, as a gold member meets it who has typed two codes."""
    members = PricePoint(ALWAYS, (Break(1, Price(eur(600))), Break(10, Price(eur(550)))))
    return Context(
        at=moment,
        buyer=Buyer(id="ada", registered=True, tier="gold"),
        rulebook=rulebook(),
        offers=offers(),
        series={"tea": (Series("members", "tea", "EUR", (members,)),)},
        coupons=(CouponFact("HELLO10", "coupon-1", "welcome"), CouponFact("EARLY5", "coupon-2", "early-bird")),
    )


def changes(before: Quote, after: Quote) -> str:
    """What has become of every amount from one quote to the other."""
    amounts = [(line.name, line.total, now.total) for line, now in zip(before.lines, after.lines, strict=True)]
    if before.shipping and after.shipping:
        amounts.append(("Shipping", before.shipping.total, after.shipping.total))
    amounts.append(("Total", before.total, after.total))
    return "\n".join(
        f"{name:<16} {was!s:>12} -> {now!s:>12}   {now - was!s:>12}" if was != now else f"{name:<16} {was!s:>12}"
        for name, was, now in amounts
    )


def cart() -> Cart:
    """What Ada wants, and the codes she has typed."""
    return Cart(
        "EUR",
        [CartLine("kettle", 1), CartLine("socks-m", 2), CartLine("socks-l", 1), CartLine("tea", 12)],
        coupons=["HELLO10", "EARLY5"],
        delivery="parcel",
        destination=Destination("DE"),
    )


def main() -> None:
    ordinary, singles = quote(cart(), shop_at(ORDINARY_DAY)), quote(cart(), shop_at(SINGLES_DAY))
    for title, told in (
        ("On an ordinary day", render(ordinary, BERLIN)),
        ("On Singles' Day", render(singles, BERLIN)),
        ("What changed", changes(ordinary, singles)),
    ):
        print(f"=== {title} ===\n\n{told}\n")


if __name__ == "__main__":
    main()
