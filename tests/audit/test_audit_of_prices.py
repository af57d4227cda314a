"""The rules of the audit about what orders are charged, and about all that prices are made of."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from ecomcore.catalog import AddCategory, Category, ChangePrice
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.ids import CampaignId, CategoryId, DeliveryMethodId, OrderId, PriceListId, PromotionId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.percent import percent
from ecomcore.ordering import CartLine, Order, OrderState, PlaceOrder, QuoteCart
from ecomcore.pricing import (
    AddPriceList,
    DefineDelivery,
    DefineTaxZone,
    Delivery,
    NewPrice,
    PriceList,
    PriceSeries,
    Rates,
    SetExchangeRates,
    SetPrices,
    Zone,
)
from ecomcore.promotions import (
    AddCoupon,
    Allowance,
    AllowanceKind,
    ApprovePromotion,
    Campaign,
    Coupon,
    CouponBatch,
    CreatePromotion,
    GenerateCoupons,
    PlanCampaign,
    Promotion,
    Redemption,
    RedemptionState,
)
from ecomcore.promotions import GroupBuy as Group
from ecomcore.quoting import (
    BASE,
    AmountOff,
    Break,
    Deposit,
    Destination,
    GroupBuy,
    Instalment,
    Items,
    Limits,
    ListTerms,
    PercentOff,
    QuoteLine,
    ShippingCharge,
    Terms,
)
from ecomcore.testing import NOON, a_price, euros
from ecomcore.testing.pricing import a_delivery_method, a_rate, a_tax_zone
from tests.audit.tampered import Tampered

ONE_DOLLAR = Money(1, Currency("USD"))
SOON, LATER = NOON + timedelta(days=1), NOON + timedelta(days=30)
PARCEL = DeliveryMethodId("parcel")
SALE, TOGETHER = PromotionId("sale"), PromotionId("together")


class Priced(Tampered):
    """Besides the three orders, one with a discount, delivery and tax (``dear``), a presale and one in a group buy."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = self.kit.variants
        self._set_up()
        self.dear = self._buy(second, delivery=PARCEL, destination=Destination("DE"))
        self._promote(
            PromotionId("presale"),
            Terms(
                name="Pre-sale",
                effects=(Deposit(percent(30), NOON + timedelta(days=1), LATER, Items(variants=(third,))),),
            ),
        )
        self.presale = self._buy(third)
        half = PercentOff(percent(50), items=Items(variants=(first,)))
        self._promote(
            TOGETHER, Terms(name="Together", effects=(half,), group_buy=GroupBuy(2, LATER), period=Period(NOON, LATER))
        )
        self.joined = self._buy(first)

    def _set_up(self) -> None:
        staff, second = self.kit.staff, self.kit.variants[1]
        for name, parent in (("tea", "drinks"), ("green", "tea")):
            staff.handle(AddCategory(name, CategoryId(parent), CategoryId(name)))
        staff.handle(AddPriceList(ListTerms(name="Web", currency="EUR"), PriceListId("web")))
        staff.handle(SetPrices(PriceListId("web"), (NewPrice(second, (Break(1, a_price(9_00)),)),), NOON))
        staff.handle(SetPrices(PriceListId("web"), (NewPrice(second, (Break(1, a_price(8_00)),)),), LATER))
        staff.handle(SetExchangeRates((a_rate(), a_rate(111, since=LATER))))
        staff.handle(DefineTaxZone(a_tax_zone()))
        staff.handle(DefineDelivery(a_delivery_method()))
        staff.handle(PlanCampaign("Summer", euros(50_00), CampaignId("summer")))
        off = AmountOff(euros(1_00), items=Items(variants=(second,)))
        self._promote(SALE, Terms(name="Sale", effects=(off,), limits=Limits(uses=5), campaign=CampaignId("summer")))
        staff.handle(AddCoupon("WELCOME", SALE))
        staff.handle(GenerateCoupons(SALE, 10, "SALE"))

    def _promote(self, id: PromotionId, terms: Terms) -> None:
        self.kit.staff.handle(CreatePromotion(terms, id))
        self.kit.staff.handle(ApprovePromotion(id, 1))

    def _buy(
        self, variant: str, delivery: DeliveryMethodId | None = None, destination: Destination | None = None
    ) -> OrderId:
        cart = tuple(CartLine(each, 1) for each in self.kit.variants if each == variant)
        quote = self.kit.member.ask(QuoteCart(cart, Currency("EUR"), delivery=delivery, destination=destination))
        return self.kit.member.handle(PlaceOrder(cart, quote.total, delivery=delivery, destination=destination))

    def redemption(self, id: OrderId) -> Redemption:
        return self.only(Redemption, lambda each: each.id == id)

    def allowance(self, kind: AllowanceKind) -> Allowance:
        return self.only(Allowance, lambda each: each.kind is kind)

    def series(self) -> PriceSeries:
        return self.only(PriceSeries, lambda each: each.list == "web")


@pytest.fixture
def shop() -> Priced:
    return Priced()


def test_a_shop_with_discounts_deposits_and_group_buys_has_no_breach(shop: Priced) -> None:
    dear = shop.order(shop.dear)

    assert shop.breaches() == []
    assert (dear.total, dear.redeems) == (euros(9_00 - 1_00 + 4_90), True)
    assert dear.shipping is not None
    assert dear.shipping.taxes
    assert len(shop.order(shop.presale).instalments) == 2
    assert shop.order(shop.joined).state is OrderState.PLACED


# What an order is charged ------------------------------------------------------------------------------------------

CENT = euros(1)


WRONG: dict[str, Callable[[QuoteLine], QuoteLine]] = {
    "discounts": lambda line: evolve(line, discounts=()),
    "relief": lambda line: evolve(line, relief=CENT),
    "total": lambda line: evolve(line, total=line.total + CENT),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_line_whose_parts_do_not_add_up(shop: Priced, field: str) -> None:
    order = shop.order(shop.dear)
    (line,) = order.lines
    planted = WRONG[field](line)
    shop.plant(order, lines=(planted,), total=order.total + (planted.total - line.total))

    found = shop.breaches()

    assert ("total = listed - discounts + tax - relief", (f"order {shop.dear}", "line 1")) in found
    assert {rule for rule, _ in found} <= {"total = listed - discounts + tax - relief", "a confirmed order is covered"}


def test_tax_that_a_price_does_not_contain_is_part_of_what_a_line_costs(shop: Priced) -> None:
    order = shop.order(shop.dear)
    (line,) = order.lines
    assert line.taxes
    shop.plant(order, lines=(evolve(line, tax_included=False),))

    assert shop.breaches() == [("total = listed - discounts + tax - relief", (f"order {shop.dear}", "line 1"))]


def test_a_line_that_is_listed_at_another_price(shop: Priced) -> None:
    order = shop.order(shop.dear)
    (line,) = order.lines
    shop.plant(order, lines=(evolve(line, price=a_price(9_01)),))

    assert shop.breaches() == [("listed = price x quantity", (f"order {shop.dear}", f"variant {shop.kit.variants[1]}"))]


def test_a_delivery_that_does_not_cost_what_it_says(shop: Priced) -> None:
    order = shop.order(shop.dear)
    assert order.shipping is not None
    shop.plant(order, shipping=evolve(order.shipping, listed=euros(5_00)))

    assert shop.breaches() == [("total = listed - discounts + tax - relief", (f"order {shop.dear}", "delivery"))]


def test_a_delivery_that_the_total_does_not_contain(shop: Priced) -> None:
    shop.plant(shop.order(shop.dear), shipping=None)

    assert shop.breaches() == [("lines + delivery + amendments = order total", (f"order {shop.dear}",))]


def test_instalments_that_are_more_or_less_than_the_total(shop: Priced) -> None:
    order = shop.order(shop.presale)
    shop.plant(order, instalments=order.instalments[:1])

    assert shop.breaches() == [("instalments add up to the total", (f"order {shop.presale}",))]


DOLLARS: dict[str, Callable[[Order], Order]] = {
    "discount": lambda order: _with_line(order, discounts=_dollars(order.lines[0].discounts)),
    "tax": lambda order: _with_line(order, taxes=_dollars(order.lines[0].taxes)),
    "original": lambda order: _with_line(order, original=Price(ONE_DOLLAR)),
    "delivery": lambda order: order.having(shipping=_relieved(order.shipping, Money(0, Currency("USD")))),
    "instalment": lambda order: order.having(instalments=(Instalment(Money(order.total.minor, Currency("USD"))),)),
}


@pytest.mark.parametrize("where", DOLLARS)
def test_a_part_of_a_charge_in_another_currency(shop: Priced, where: str) -> None:
    shop.plant(DOLLARS[where](shop.order(shop.dear)))

    assert shop.breaches() == [("one currency per order", (f"order {shop.dear}",))]


def _with_line(order: Order, **changes: Any) -> Order:
    return order.having(lines=(evolve(order.lines[0], **changes),))


def _relieved(charge: ShippingCharge | None, relief: Money) -> ShippingCharge:
    assert charge is not None
    return evolve(charge, relief=relief)


def _dollars(parts: Iterable[Any]) -> tuple[Any, ...]:
    """The same amounts in dollars."""
    return tuple(evolve(part, amount=Money(part.amount.minor, Currency("USD"))) for part in parts)


# Limits and budgets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [AllowanceKind.USES, AllowanceKind.BUDGET])
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_limit_of_which_another_number_is_taken_than_orders_hold(
    shop: Priced, kind: AllowanceKind, difference: int
) -> None:
    allowance = shop.allowance(kind)
    shop.plant(allowance, taken=allowance.taken + difference)

    assert shop.breaches() == [
        (
            "taken = sum of live redemptions",
            (f"allowance {allowance.id}", f"{allowance.kind} of {allowance.subject}"),
        )
    ]


def test_a_redemption_that_is_lost(shop: Priced) -> None:
    del shop.tables.rows[Redemption][shop.dear]

    found = {rule for rule, _ in shop.breaches()}

    assert ("an order that takes of limits has its redemption", (f"order {shop.dear}",)) in shop.breaches()
    assert found <= {"an order that takes of limits has its redemption", "taken = sum of live redemptions"}


def test_a_redemption_that_takes_nothing(shop: Priced) -> None:
    redemption = shop.redemption(shop.joined)
    shop.plant(redemption, lines=())

    assert ("a redemption takes something", (f"redemption {redemption.id}",)) in shop.breaches()


@pytest.mark.parametrize("state", [RedemptionState.HELD, RedemptionState.RELEASED])
def test_a_redemption_that_does_not_follow_its_order(shop: Priced, state: RedemptionState) -> None:
    shop.plant(shop.redemption(shop.dear), state=state)

    assert ("the redemption follows the order", (f"order {shop.dear}",)) in shop.breaches()


def test_a_group_that_is_complete_and_still_waits(shop: Priced) -> None:
    group = shop.only(Group, lambda each: each.id == TOGETHER)
    shop.plant(group, buyers_needed=1)

    assert shop.breaches() == [("a group that is complete has succeeded", (f"group buy {group.id}",))]


# Prices, rates, categories -----------------------------------------------------------------------------------------


def test_prices_that_are_out_of_order(shop: Priced) -> None:
    series = shop.series()
    shop.plant(series, points=series.points[::-1])

    assert shop.breaches() == [
        ("prices follow each other in time", (f"price series {series.id}", f"variant {series.variant}"))
    ]


def test_a_price_in_another_currency_than_its_series(shop: Priced) -> None:
    series = shop.series()
    shop.plant(series, currency=Currency("USD"))

    assert shop.breaches() == [("one currency per series", (f"price series {series.id}", f"variant {series.variant}"))]


def test_two_prices_from_the_same_moment_on_are_no_breach(shop: Priced) -> None:
    for minor in (7_00, 6_00):
        shop.kit.staff.handle(ChangePrice(shop.kit.variants[0], a_price(minor)))

    base = shop.only(PriceSeries, lambda each: each.list == BASE)
    assert base.points[-1].since == base.points[-2].since
    assert shop.breaches() == []


def test_exchange_rates_that_are_out_of_order(shop: Priced) -> None:
    (pair,) = shop.tables.rows[Rates].values()
    assert isinstance(pair, Rates)
    shop.plant(pair, rates=pair.rates[::-1])

    assert shop.breaches() == [("rates follow each other in time", (f"rates {pair.id}",))]


@pytest.mark.parametrize("above", [("tea",), ("tea", "food"), ("gone", "drinks"), ("drinks", "tea")])
def test_a_category_that_is_not_where_its_parent_is(shop: Priced, above: tuple[CategoryId, ...]) -> None:
    green = shop.only(Category, lambda each: each.id == "green")
    assert green.above == ("tea", "drinks")
    shop.plant(green, above=above)

    assert shop.breaches() == [("a category is below its parent", ("category green",))]


# Events ------------------------------------------------------------------------------------------------------------

KINDS: list[type[Aggregate]] = [
    PriceList,
    PriceSeries,
    Zone,
    Delivery,
    Rates,
    Promotion,
    Campaign,
    Coupon,
    CouponBatch,
    Redemption,
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_about_prices_that_is_lost(shop: Priced, kind: type[Aggregate]) -> None:
    id_ = next(iter(shop.tables.rows[kind]))
    shop.tables.histories[kind.__name__, id_].pop()

    assert shop.breaches() == [("the outbox keeps every event", (f"{kind.__name__} {id_}",))]
