"""What the shop gathers for a quote: rules of any time, prices of the past, gifts that nobody put into the cart."""

from datetime import timedelta

import pytest

from ecomcore.catalog import AddCategory, AddProduct, ChangePrice, NewVariant
from ecomcore.inventory import GetAvailability
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CategoryId, DeliveryMethodId, ProductId, PromotionId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import percent
from ecomcore.ordering import CartLine, PlaceOrder, QuoteCart, QuoteCartAt, ShownPrice, ShowPrices, TotalChanged
from ecomcore.pricing import DefineDelivery
from ecomcore.promotions import ApprovePromotion, CreatePromotion
from ecomcore.quoting import (
    Area,
    DeliveryMethod,
    DeliveryPrice,
    DeliveryStep,
    Destination,
    Gift,
    Items,
    Lane,
    Limits,
    Miss,
    PercentOff,
    Terms,
)
from ecomcore.testing import NOON, ShopKit, a_price, a_shop, euros

EUR = Currency("EUR")


@pytest.fixture
def kit() -> ShopKit:
    """A shop with three products at 10.00 EUR."""
    return a_shop()


def day(number: int) -> Instant:
    return NOON + timedelta(days=number)


def promote(kit: ShopKit, terms: Terms, id: str = "sale") -> None:
    kit.staff.handle(CreatePromotion(terms, PromotionId(id)))
    kit.staff.handle(ApprovePromotion(PromotionId(id), 1))


def reduce(kit: ShopKit, share: int, since: int, until: int) -> None:
    """So much per cent off what is shown, between two days."""
    off = PercentOff(percent(share), Lane.CATALOGUE)
    promote(kit, Terms(name="Sale", effects=(off,), period=Period(day(since), day(until))), f"sale-{since}")


def shown(kit: ShopKit) -> ShownPrice:
    (price,) = kit.shop.ask(ShowPrices(kit.variants[:1], EUR))
    return price


def total(kit: ShopKit) -> Money:
    return kit.shop.ask(QuoteCart(kit.cart(), EUR)).total


# The lowest price of the last 30 days ------------------------------------------------------------------------------


def test_a_price_that_is_not_reduced_is_shown_without_an_earlier_one(kit: ShopKit) -> None:
    kit.staff.handle(ChangePrice(kit.variants[0], a_price(12_00)))

    assert (shown(kit).shown.amount, shown(kit).lowest) == (euros(12_00), None)


def test_beside_a_reduced_price_stands_the_lowest_of_the_thirty_days_before(kit: ShopKit) -> None:
    reduce(kit, 20, 10, 15)
    reduce(kit, 10, 20, 25)

    kit.clock.set(day(21))

    assert (shown(kit).original.amount, shown(kit).shown.amount) == (euros(10_00), euros(9_00))
    assert shown(kit).lowest == a_price(8_00)


def test_a_price_that_was_lower_longer_ago_is_forgotten(kit: ShopKit) -> None:
    reduce(kit, 20, 10, 15)
    reduce(kit, 10, 45, 50)

    kit.clock.set(day(46))

    assert shown(kit).lowest == a_price(10_00)


def test_a_price_that_was_raised_before_the_sale_does_not_make_it_look_larger(kit: ShopKit) -> None:
    kit.clock.set(day(10))
    kit.staff.handle(ChangePrice(kit.variants[0], a_price(20_00)))
    reduce(kit, 50, 11, 15)

    kit.clock.set(day(12))

    assert (shown(kit).shown.amount, shown(kit).lowest) == (euros(10_00), a_price(10_00))


# Rules of any time -------------------------------------------------------------------------------------------------


def test_rules_hold_as_soon_as_they_are_approved_and_no_longer_than_they_say(kit: ShopKit) -> None:
    before = total(kit)

    promote(kit, Terms(name="Sale", effects=(PercentOff(percent(10)),), period=Period(NOON, day(1))))

    assert (before, total(kit)) == (euros(10_00), euros(9_00))
    kit.clock.set(day(1))
    assert total(kit) == euros(10_00)


def test_another_process_quotes_by_the_rules_of_now(kit: ShopKit) -> None:
    other = kit.again()
    assert total(other) == euros(10_00)

    promote(kit, Terms(name="Sale", effects=(PercentOff(percent(10)),)))

    assert total(other) == euros(9_00)


def test_staff_may_look_at_quotes_of_years_ago(kit: ShopKit) -> None:
    promote(kit, Terms(name="Sale", effects=(PercentOff(percent(10)),), period=Period(NOON, day(1))))
    kit.clock.set(day(700))
    cart = QuoteCart(kit.cart(), EUR)

    totals = [kit.staff.ask(QuoteCartAt(cart, at)).total for at in (NOON, day(2), day(700))]

    assert totals == [euros(9_00), euros(10_00), euros(10_00)]


# What else is gathered ---------------------------------------------------------------------------------------------


def test_a_gift_that_nobody_put_into_the_cart_is_offered_with_its_name_and_price(kit: ShopKit) -> None:
    first, second, _ = kit.variants
    promote(kit, Terms(name="Thank you", effects=(Gift(second),)))

    quote = kit.shop.ask(QuoteCart((CartLine(first, 1),), EUR))

    bought, given = quote.lines
    assert (given.variant, given.sku, given.listed, given.total) == (second, f"SKU-{second}", euros(10_00), euros(0))
    assert (bought.gift, given.gift) == (None, "sale")
    assert quote.total == euros(10_00)


def test_a_promotion_for_a_category_holds_for_all_below_it(kit: ShopKit) -> None:
    for name, parent in (("drinks", None), ("tea", CategoryId("drinks"))):
        kit.staff.handle(AddCategory(name, parent, CategoryId(name)))
    sencha = NewVariant("SENCHA", a_price(10_00), id=VariantId("sencha"))
    kit.staff.handle(AddProduct("Sencha", (sencha,), CategoryId("tea"), publish=True, id=ProductId("sencha")))
    drinks = Items(categories=(CategoryId("drinks"),))
    promote(kit, Terms(name="Sale", effects=(PercentOff(percent(10), items=drinks),)))

    quote = kit.shop.ask(QuoteCart((CartLine(VariantId("sencha"), 1), CartLine(kit.variants[0], 1)), EUR))

    assert [line.total for line in quote.lines] == [euros(9_00), euros(10_00)]


def test_what_is_used_up_is_neither_quoted_nor_shown_any_more(kit: ShopKit) -> None:
    off = PercentOff(percent(50), Lane.CATALOGUE)
    promote(kit, Terms(name="First three", effects=(off,), limits=Limits(units=3)))
    assert shown(kit).shown.amount == euros(5_00)

    kit.buy(quantity=3)

    assert shown(kit).shown.amount == euros(10_00)
    assert total(kit) == euros(10_00)
    assert kit.shop.audit() == []


def test_a_gift_of_which_nothing_is_left_is_left_out(kit: ShopKit) -> None:
    tea, mug, _ = kit.variants
    promote(kit, Terms(name="A mug for nothing", effects=(Gift(mug),)))
    everything = kit.staff.ask(GetAvailability((mug,)))[0].available
    kit.buy(mug, quantity=everything)

    quote = kit.member.ask(QuoteCart(kit.cart(tea), EUR))

    assert [line.variant for line in quote.lines] == [tea]
    assert [miss.miss for miss in quote.near_misses] == [Miss.NOT_OFFERED]
    assert kit.buy(tea)


def test_the_last_unit_is_no_gift_for_whoever_buys_it(kit: ShopKit) -> None:
    _, mug, _ = kit.variants
    promote(kit, Terms(name="A mug for nothing", effects=(Gift(mug),)))
    left = kit.staff.ask(GetAvailability((mug,)))[0].available
    if left > 1:
        kit.buy(kit.variants[2], quantity=left - 1)  # a mug is given with it
    last = kit.staff.ask(GetAvailability((mug,)))[0].available

    quote = kit.member.ask(QuoteCart(kit.cart(mug, quantity=last), EUR))

    assert [line.gift for line in quote.lines] == [None]


def test_a_method_costs_what_its_closest_price_in_the_currency_says(kit: ShopKit) -> None:
    def price(country: str | None, minor: int, code: str = "EUR") -> DeliveryPrice:
        free, amount = Money(0, Currency(code)), Money(minor, Currency(code))
        return DeliveryPrice(currency=Currency(code), areas=(Area(country),), steps=(DeliveryStep(free, amount),))

    home = price("DE", 4_90)
    post = DeliveryMethod(
        id=DeliveryMethodId("post"),
        name="Post",
        currency=EUR,
        areas=home.areas,
        steps=home.steps,
        others=(price("CH", 29_00), price(None, 49_00), price("DE", 5_50, "USD")),
    )
    kit.staff.handle(DefineDelivery(post))

    def charged(country: str) -> Money | None:
        cart = QuoteCart(kit.cart(), EUR, delivery=post.id, destination=Destination(country))
        charge = kit.member.ask(cart).shipping
        return charge and charge.total

    assert [charged(country) for country in ("DE", "CH", "JP")] == [euros(4_90), euros(29_00), euros(49_00)]


def test_an_address_to_which_delivery_is_dearer_changes_the_total_of_the_order(kit: ShopKit) -> None:
    free = Money(0, EUR)
    near = (DeliveryStep(free, euros(4_90)),)
    far = DeliveryPrice(currency=EUR, areas=(Area("CH"),), steps=(DeliveryStep(free, euros(29_00)),))
    post = DeliveryMethod(
        id=DeliveryMethodId("post"), name="Post", currency=EUR, areas=(Area("DE"),), steps=near, others=(far,)
    )
    kit.staff.handle(DefineDelivery(post))
    lines = kit.cart()
    accepted = kit.member.ask(QuoteCart(lines, EUR, delivery=post.id, destination=Destination("DE"))).total

    with pytest.raises(TotalChanged) as refusal:
        kit.member.handle(PlaceOrder(lines, accepted, delivery=post.id, destination=Destination("CH")))

    assert (refusal.value.accepted, refusal.value.total) == (euros(14_90), euros(39_00))
