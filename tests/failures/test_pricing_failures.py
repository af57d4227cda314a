"""Discounts, and how several go together: what was announced is what is charged, and never less than nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.calendar import Period, TimeZone, day
from ecomcore.kernel.ids import PriceListId
from ecomcore.kernel.money import Price, Rounding
from ecomcore.kernel.percent import percent
from ecomcore.ordering import CartLine, ShowPrices
from ecomcore.pricing import AddPriceList, GetPriceHistory, NewPrice, SetPrices
from ecomcore.promotions import ArchivePromotion
from ecomcore.quoting import (
    AmountOff,
    Break,
    CouponProblem,
    Items,
    ItemTotal,
    Lane,
    ListTerms,
    PercentOff,
    PricingPolicy,
    Stacking,
)
from ecomcore.testing import FixedClock, ShopKit, a_price, a_shop, euros
from tests.failures.conftest import OpenShop
from tests.failures.offering import of_policy, off_by, offer, offer_by_code, order_of, quoted, sell


def shop_of(price: int, **choices: Any) -> ShopKit:
    """A shop in memory that sells one thing, with the policies that are named."""
    return of_policy(a_shop(products=1, price=a_price(price)), **choices)


@pytest.mark.failure("F033")
def test_f033_a_discount_is_never_more_than_there_is_to_pay(open_shop: OpenShop) -> None:
    kit = open_shop(price=a_price(1_00))
    promotion = offer(kit, AmountOff(euros(5_00)))

    quote = quoted(kit, kit.cart())
    order = kit.member.handle(order_of(quote, kit.cart()))

    assert (quote.total, off_by(quote, promotion)) == (euros(0), euros(1_00))
    assert kit.view(order).total == euros(0)
    assert kit.gateway.effects == [], "nobody is asked to pay nothing"
    assert kit.shop.audit() == []


@pytest.mark.failure("F034")
@pytest.mark.parametrize("stacking", Stacking)
@pytest.mark.parametrize("scopes", [(1, 2), (2, 1)])
def test_f034_discounts_of_the_order_and_of_its_items_take_off_what_the_items_cost(
    stacking: Stacking, scopes: tuple[int, int]
) -> None:
    kit = of_policy(a_shop(products=2), pricing_policy=PricingPolicy(stacking=stacking))
    offer(kit, AmountOff(euros(500_00)), priority=scopes[0])
    offer(kit, PercentOff(percent(100)), priority=scopes[1])

    quote = quoted(kit, kit.cart(*kit.variants))

    assert quote.total == euros(0)
    assert off_by(quote) == euros(20_00)
    assert all(line.total == euros(0) and line.discount == line.listed for line in quote.lines)


@pytest.mark.failure("F035")
@pytest.mark.parametrize("priorities", [(1, 2), (2, 1)])
def test_f035_a_discount_does_not_undo_the_condition_of_another(
    open_shop: OpenShop, priorities: tuple[int, int]
) -> None:
    kit = open_shop(price=a_price(100_00))
    offer(kit, AmountOff(euros(30_00)), priority=priorities[0])
    offer(kit, AmountOff(euros(10_00)), conditions=(ItemTotal(euros(80_00)),), priority=priorities[1])

    preview = quoted(kit, kit.cart())
    order = kit.member.handle(order_of(preview, kit.cart()))

    assert preview.total == euros(60_00), "70.00 is below 80.00, but 100.00 is what the shelf shows"
    assert kit.view(order).lines == preview.lines
    assert kit.shop.audit() == []


@pytest.mark.failure("F035")
def test_f035_what_the_shelf_shows_is_what_conditions_look_at() -> None:
    kit = shop_of(100_00)
    offer(kit, PercentOff(percent(30), on=Lane.CATALOGUE))
    offer(kit, AmountOff(euros(10_00)), conditions=(ItemTotal(euros(80_00)),))

    assert quoted(kit, kit.cart()).total == euros(70_00)


@pytest.mark.failure("F036")
@pytest.mark.parametrize(("stacking", "total"), [(Stacking.REDUCED, euros(72_00)), (Stacking.ORIGINAL, euros(70_00))])
@pytest.mark.parametrize("lane", [Lane.CATALOGUE, Lane.ITEM])
def test_f036_two_rules_of_one_promotion_add_up_as_the_shop_says_on_the_shelf_and_in_the_cart(
    stacking: Stacking, total: Any, lane: Lane
) -> None:
    kit = shop_of(100_00, pricing_policy=PricingPolicy(stacking=stacking))

    offer(kit, PercentOff(percent(20), on=lane), PercentOff(percent(10), on=lane))

    assert quoted(kit, kit.cart()).total == total


@pytest.mark.failure("F036")
@pytest.mark.parametrize("lane", [Lane.CATALOGUE, Lane.ITEM])
def test_f036_where_one_discount_is_enough_a_second_promotion_gives_nothing(lane: Lane) -> None:
    kit = shop_of(100_00, pricing_policy=PricingPolicy(stacking=Stacking.ONE))

    offer(kit, PercentOff(percent(20), on=lane), priority=1)
    offer(kit, PercentOff(percent(10), on=lane), priority=2)

    assert quoted(kit, kit.cart()).total == euros(80_00)


@pytest.mark.failure("F038")
def test_f038_a_campaign_that_ends_leaves_the_price_as_it_was(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, price=a_price(120))
    (variant,) = kit.variants
    by_hand = kit.staff.handle(AddPriceList(ListTerms(name="By hand", currency="EUR"), PriceListId("by-hand")))
    kit.staff.handle(SetPrices(by_hand, (NewPrice(variant, (Break(1, a_price(100)),)),)))
    kit.clock.tick(timedelta(days=1))
    began = kit.clock.now()
    campaign = offer(kit, PercentOff(percent(50), on=Lane.CATALOGUE), period=Period(began, began + timedelta(days=1)))

    prices = []
    for _ in range(2):
        (shown,) = kit.shop.ask(ShowPrices((variant,), "EUR"))
        prices.append((shown.original, shown.price, shown.shown, quoted(kit, kit.cart()).total))
        kit.clock.tick(timedelta(days=1))
    kit.staff.handle(ArchivePromotion(campaign))
    prices.append((shown.original, shown.price, shown.price, quoted(kit, kit.cart()).total))

    base, usual = a_price(120), a_price(100)
    assert prices == [
        (base, usual, a_price(50), euros(50)),
        (base, usual, usual, euros(100)),
        (base, usual, usual, euros(100)),
    ]
    assert len(kit.staff.ask(GetPriceHistory(variant, "EUR", by_hand))) == 1, "nobody has written another price"


@pytest.mark.failure("F039")
@pytest.mark.parametrize(
    ("on", "zone", "hours"),
    [
        (date(2030, 3, 31), "Asia/Taipei", 24),
        (date(2030, 3, 31), "America/New_York", 24),
        (date(2030, 3, 10), "America/New_York", 23),
        (date(2030, 11, 3), "America/New_York", 25),
        (date(2030, 3, 31), "Europe/Berlin", 23),
    ],
)
def test_f039_a_code_that_ends_on_a_day_is_good_until_that_day_ends_where_it_was_said(
    open_shop: OpenShop, on: date, zone: str, hours: int
) -> None:
    kit = open_shop(clock=FixedClock(datetime(2030, 1, 1, tzinfo=UTC)))
    that_day = day(on, TimeZone(zone))
    offer_by_code(kit, "MARCH", period=Period(kit.clock.now(), that_day.end))
    offer(kit, PercentOff(percent(50)), period=that_day)
    assert that_day.end is not None
    assert that_day.end - that_day.start == timedelta(hours=hours)

    def told_at(moment: datetime) -> tuple[CouponProblem | None, int]:
        kit.clock.tick(moment - kit.clock.now())
        quote = quoted(kit, kit.cart(), "MARCH")
        return quote.coupons[0].problem, quote.total.minor

    last = timedelta(microseconds=1)
    assert told_at(that_day.start - last) == (None, 9_00)
    assert told_at(that_day.start) == (None, 4_50)
    assert told_at(that_day.end - last) == (None, 4_50)
    assert told_at(that_day.end) == (CouponProblem.EXPIRED, 10_00)


@pytest.mark.failure("F042")
@pytest.mark.parametrize(("rounding", "total"), [(Rounding.HALF_UP, euros(8_93)), (Rounding.HALF_EVEN, euros(8_92))])
@pytest.mark.parametrize("lane", [Lane.CATALOGUE, Lane.ITEM, Lane.ORDER])
def test_f042_half_a_cent_is_rounded_as_the_shop_says(rounding: Rounding, total: Any, lane: Lane) -> None:
    kit = shop_of(10_50, pricing_policy=PricingPolicy(rounding=rounding))

    offer(kit, PercentOff(percent(15), on=lane))

    assert quoted(kit, kit.cart()).total == total


@pytest.mark.failure("F043")
@pytest.mark.parametrize("amounts", [(20_00, 80_00), (80_00, 20_00), (20_00, 7_77), (7_77, 20_00), (1, 2)])
def test_f043_no_cent_of_two_discounts_on_an_order_is_lost(open_shop: OpenShop, amounts: tuple[int, int]) -> None:
    kit = open_shop(products=0)
    small, large = sell(kit, "small", a_price(10_56)), sell(kit, "large", a_price(60_00))
    cart = (CartLine(small, 1), CartLine(large, 1), CartLine(small, 2))
    for priority, amount in enumerate(amounts):
        offer(kit, AmountOff(euros(amount)), priority=priority)

    quote = quoted(kit, cart)
    view = kit.view(kit.member.handle(order_of(quote, cart)))

    assert quote.total == euros(max(0, 91_68 - sum(amounts)))
    assert sum(line.total.minor for line in view.lines) == view.total.minor == quote.total.minor
    assert off_by(view) == euros(min(91_68, sum(amounts)))
    assert kit.shop.audit() == []


@pytest.mark.failure("F043")
@given(
    prices=st.lists(st.tuples(st.integers(1, 500_00), st.integers(1, 7)), min_size=1, max_size=6),
    amounts=st.lists(st.integers(1, 300_00), min_size=1, max_size=3),
    share=st.integers(1, 100),
)
def test_f043_the_lines_of_every_cart_add_up_to_its_total(
    prices: list[tuple[int, int]], amounts: list[int], share: int
) -> None:
    kit = a_shop(products=0)
    cart = [CartLine(sell(kit, f"p{n}", a_price(each), stock=0), many) for n, (each, many) in enumerate(prices)]
    for amount in amounts:
        offer(kit, AmountOff(euros(amount)))
    offer(kit, PercentOff(percent(share), items=Items(variants=(cart[0].variant,))))

    quote = quoted(kit, cart)

    listed = sum(Price(euros(each)).total(many).minor for each, many in prices)
    assert sum(line.total.minor for line in quote.lines) == quote.total.minor == listed - off_by(quote).minor
    assert all(line.total.minor >= 0 for line in quote.lines)
    again = quoted(kit, cart[::-1])
    assert again.total == quote.total, "the order of the lines is nobody's gain"
