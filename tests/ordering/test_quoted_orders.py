"""Orders of a shop with prices, promotions and delivery: from the quote that is shown to the money that is moved."""

from datetime import timedelta

import pytest

from ecomcore import Desk
from ecomcore.inventory import ExpireReservations, GetAvailability
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import NotFound, PermissionDenied
from ecomcore.kernel.ids import DeliveryMethodId, MemberId, OrderId, PromotionId, VariantId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.money import Currency
from ecomcore.kernel.percent import percent
from ecomcore.kernel.text import Personal
from ecomcore.ordering import (
    CallOrderOff,
    CancelOrder,
    CartLine,
    LetOrderGo,
    NothingToPay,
    OrderState,
    PlaceOrder,
    QuoteCart,
    QuoteCartAt,
    QuoteChanged,
    RetryPayment,
    ShowPrices,
)
from ecomcore.pricing import DefineDelivery, DefineTaxZone
from ecomcore.promotions import ApprovePromotion, CloseGroupBuys, CreatePromotion
from ecomcore.quoting import (
    AmountOff,
    Deposit,
    Destination,
    GroupBuy,
    Items,
    Lane,
    NotDelivered,
    OrderNumber,
    PercentOff,
    Terms,
)
from ecomcore.testing import NOON, ShopKit, a_shop, euros
from ecomcore.testing.pricing import a_delivery_method, a_tax_zone
from tests.support.refusals import refused

EUR = Currency("EUR")
PARCEL = DeliveryMethodId("parcel")
SINCE, UNTIL = NOON + timedelta(days=10), NOON + timedelta(days=12)


@pytest.fixture
def kit() -> ShopKit:
    """A shop with three products at 10.00 EUR, delivery for 4.90 EUR, and 19 % tax in Germany."""
    kit = a_shop()
    kit.staff.handle(DefineDelivery(a_delivery_method()))
    kit.staff.handle(DefineTaxZone(a_tax_zone()))
    return kit


def promote(kit: ShopKit, terms: Terms, id: str = "sale") -> PromotionId:
    promotion = kit.staff.handle(CreatePromotion(terms, PromotionId(id)))
    kit.staff.handle(ApprovePromotion(promotion, 1))
    return promotion


def a_presale(kit: ShopKit) -> OrderId:
    """Ada has paid 30 % of 10.00 EUR; the rest is to be paid from the tenth to the twelfth day."""
    promote(kit, Terms(name="Pre-sale", effects=(Deposit(percent(30), SINCE, UNTIL),)))
    return kit.buy()


def forward(kit: ShopKit, at: timedelta) -> None:
    kit.clock.tick(at)
    kit.system.handle(ExpireReservations())
    kit.shop.drain()


# The quote ---------------------------------------------------------------------------------------------------------


def test_delivery_is_charged_and_shown_with_the_order(kit: ShopKit) -> None:
    quote = kit.member.ask(QuoteCart(kit.cart(), EUR, delivery=PARCEL))

    order = kit.member.handle(PlaceOrder(kit.cart(), quote.total, delivery=PARCEL, digest=quote.digest))

    view = kit.view(order)
    assert view.shipping is not None
    assert (view.shipping.name, view.shipping.total, view.total) == ("Parcel", euros(4_90), euros(14_90))
    assert (view.shipping, view.lines) == (quote.shipping, quote.lines)
    assert view.authorised == euros(14_90)


def test_a_cart_that_goes_nowhere_is_refused_before_anything_is_ordered(kit: ShopKit) -> None:
    with refused(NotDelivered("pigeon")):
        kit.member.handle(PlaceOrder(kit.cart(), euros(10_00), delivery=DeliveryMethodId("pigeon")))


def test_an_order_shows_the_tax_that_its_prices_contain(kit: ShopKit) -> None:
    there = Destination("DE")
    quote = kit.member.ask(QuoteCart(kit.cart(), EUR, destination=there))

    view = kit.view(kit.member.handle(PlaceOrder(kit.cart(), quote.total, destination=there)))

    (line,) = view.lines
    assert (line.total, line.tax, line.tax_included) == (euros(10_00), euros(1_60), True)


def test_a_quote_that_costs_the_same_and_is_made_up_otherwise_is_shown_again(kit: ShopKit) -> None:
    shown = kit.member.ask(QuoteCart(kit.cart(quantity=2), EUR, destination=Destination("DE")))
    order = PlaceOrder(kit.cart(quantity=2), shown.total, digest=shown.digest, destination=Destination("FR"))

    with refused(QuoteChanged(euros(20_00), euros(20_00))):
        kit.member.handle(order)


def test_staff_are_told_what_a_cart_will_cost_on_another_day_and_nobody_else_is(kit: ShopKit) -> None:
    half = (PercentOff(percent(50)),)
    promote(kit, Terms(name="Singles' Day", effects=half, period=Period(SINCE, UNTIL)))
    cart = QuoteCart(kit.cart(), EUR)

    totals = [kit.staff.ask(QuoteCartAt(cart, at)).total for at in (NOON, SINCE, UNTIL)]

    assert totals == [euros(10_00), euros(5_00), euros(10_00)]
    assert kit.member.ask(cart).total == euros(10_00)
    with refused(PermissionDenied("ordering.quote_at", "member")):
        kit.member.ask(QuoteCartAt(cart, SINCE))


def test_staff_ask_as_a_member_what_the_cart_costs_them(kit: ShopKit) -> None:
    promote(
        kit, Terms(name="First", conditions=(OrderNumber(1, 1),), effects=(AmountOff(euros(2_00)),)), id="first-order"
    )
    cart = QuoteCart(kit.cart(), EUR)
    before = kit.staff.ask(QuoteCartAt(cart, NOON, MemberId("ada"))).total

    kit.buy()

    assert before == euros(8_00)
    assert kit.staff.ask(QuoteCartAt(cart, NOON, MemberId("ada"))).total == euros(10_00)
    assert kit.staff.ask(QuoteCartAt(cart, NOON, MemberId("bob"))).total == euros(8_00)


def test_a_cancelled_order_does_not_count_and_a_guest_is_counted_by_their_address(kit: ShopKit) -> None:
    promote(kit, Terms(name="First", conditions=(OrderNumber(1, 1),), effects=(AmountOff(euros(2_00)),)))
    ada, bob = Personal("ada@example.org"), Personal("bob@example.org")

    order = kit.guest.handle(PlaceOrder(kit.cart(), euros(8_00), email=ada))

    assert kit.guest.ask(QuoteCart(kit.cart(), EUR, email=ada)).total == euros(10_00)
    assert kit.member.ask(QuoteCart(kit.cart(), EUR, email=bob)).total == euros(8_00)
    kit.guest.handle(CancelOrder(order))
    assert kit.guest.ask(QuoteCart(kit.cart(), EUR, email=ada)).total == euros(8_00)


def test_prices_are_shown_before_anything_is_in_a_cart_in_the_order_asked_for(kit: ShopKit) -> None:
    first, second, _ = kit.variants
    off = PercentOff(percent(20), Lane.CATALOGUE, Items(variants=(second,)))
    promote(kit, Terms(name="Sale", effects=(off,)))

    shown = kit.shop.ask(ShowPrices((second, VariantId("gone"), first, second), EUR))

    assert [(each.variant, each.original.amount, each.shown.amount) for each in shown] == [
        (second, euros(10_00), euros(8_00)),
        (first, euros(10_00), euros(10_00)),
    ]
    assert kit.shop.ask(ShowPrices((first,), Currency("USD"))) == ()


# Paying in parts ---------------------------------------------------------------------------------------------------


def test_a_presale_is_paid_in_two_parts_and_then_shipped(kit: ShopKit) -> None:
    order = a_presale(kit)
    assert (kit.view(order).state, kit.view(order).authorised) == (OrderState.PLACED, euros(3_00))

    forward(kit, timedelta(days=10))
    kit.member.handle(RetryPayment(order, "card"))
    kit.ship(order)

    view = kit.view(order)
    assert (view.state, view.captured, view.due) == (OrderState.SHIPPED, euros(10_00), euros(0))
    assert [each.amount for each in view.instalments] == [euros(3_00), euros(7_00)]
    assert kit.shop.audit() == []


def test_before_its_time_the_balance_of_a_presale_cannot_be_paid(kit: ShopKit) -> None:
    order = a_presale(kit)

    with refused(NothingToPay(order)):
        kit.member.handle(RetryPayment(order, "card"))


def test_the_goods_of_a_presale_are_set_aside_until_the_balance_must_be_paid(kit: ShopKit) -> None:
    order = a_presale(kit)

    forward(kit, timedelta(days=12) - timedelta(seconds=1))

    assert kit.view(order).state is OrderState.PLACED
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 99


def test_a_presale_whose_balance_is_not_paid_in_time_is_off_and_the_deposit_goes_back(kit: ShopKit) -> None:
    order = a_presale(kit)

    forward(kit, timedelta(days=12))

    assert kit.view(order).state is OrderState.CANCELLED
    assert [name for name, _ in kit.gateway.effects] == ["authorise", "capture", "refund"]
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 100
    assert kit.shop.audit() == []


# Waiting for others ------------------------------------------------------------------------------------------------


def a_group(kit: ShopKit) -> None:
    """Two who buy by the twelfth day pay half."""
    half = (PercentOff(percent(50)),)
    promote(kit, Terms(name="Together", effects=half, group_buy=GroupBuy(2, UNTIL), period=Period(NOON, UNTIL)))


def test_orders_of_a_group_buy_are_confirmed_when_enough_have_joined(kit: ShopKit) -> None:
    a_group(kit)
    bob: Desk = kit.shop.desk(Member(MemberId("bob")))

    first = kit.member.handle(PlaceOrder(kit.cart(), euros(5_00), "card"))
    alone = kit.view(first).state
    second = bob.handle(PlaceOrder(kit.cart(), euros(5_00), "card"))

    assert alone is OrderState.PLACED
    assert kit.view(first).state is kit.view(second).state is OrderState.CONFIRMED
    assert kit.shop.audit() == []


def test_orders_of_a_group_buy_that_fails_are_off_and_their_money_goes_back(kit: ShopKit) -> None:
    a_group(kit)
    order = kit.member.handle(PlaceOrder(kit.cart(), euros(5_00), "card"))

    kit.clock.tick(timedelta(days=12))
    kit.system.handle(CloseGroupBuys())

    assert kit.view(order).state is OrderState.CANCELLED
    assert [name for name, _ in kit.gateway.effects] == ["authorise", "void"]
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 100
    assert kit.shop.audit() == []


def test_an_order_that_waits_for_nobody_is_let_go_without_effect(kit: ShopKit) -> None:
    order = kit.buy()
    before = kit.view(order)

    kit.system.handle(LetOrderGo(order, PromotionId("group")))

    assert kit.view(order) == before


@pytest.mark.parametrize("how", ["shipped", "cancelled"])
def test_what_has_left_or_is_off_already_is_not_called_off(kit: ShopKit, how: str) -> None:
    order = kit.buy()
    {"shipped": kit.ship, "cancelled": kit.cancel}[how](order)
    before = kit.view(order)

    kit.system.handle(CallOrderOff(order, "too few have joined"))

    assert kit.view(order) == before


def test_an_order_that_nobody_placed_is_not_called_off_and_cannot_be_let_go(kit: ShopKit) -> None:
    nobodys = OrderId("nobodys")

    kit.system.handle(CallOrderOff(nobodys))

    with refused(NotFound("Order", nobodys)):
        kit.system.handle(LetOrderGo(nobodys, PromotionId("group")))


def test_a_line_of_a_quote_can_be_parted_without_losing_a_cent(kit: ShopKit) -> None:
    lines = (CartLine(kit.variants[0], 3),)
    promote(kit, Terms(name="Cent off", effects=(AmountOff(euros(1)),)))
    view = kit.view(kit.member.handle(PlaceOrder(lines, euros(29_99))))

    (line,) = view.lines

    assert [line.part(1, before).total for before in range(3)] == [euros(9_99), euros(10_00), euros(10_00)]
