"""Ordering as it is asked from outside: quotes, prices, whose order it is."""

from datetime import timedelta

import pytest

from ecomcore import Desk, Shop, assemble
from ecomcore.catalog import AddProduct, ChangePrice, NewVariant, UnpublishProduct
from ecomcore.inventory import GetAvailability, OutOfStock
from ecomcore.kernel.errors import Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import LocationId, MemberId, OrderId, PaymentId, ProductId, VariantId
from ecomcore.kernel.messages import Anonymous, Command, Guest, Member, Query, Staff
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.ordering import (
    AuthorisePayment,
    CancelOrder,
    CartLine,
    CompleteOrder,
    ExpireOrder,
    GetOrder,
    ListOrders,
    MarkOrderShipped,
    NotForSale,
    NothingToPay,
    OrderState,
    OrderTooLarge,
    PlaceOrder,
    PriceMissing,
    QuoteCart,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordRefund,
    RecordVoid,
    RetryPayment,
    TotalChanged,
)
from ecomcore.testing import ShopKit, a_price, a_shop, euros
from tests.support.refusals import refused

EUR = Currency("EUR")
BOB = Member(MemberId("bob"))
NOBODYS = OrderId("nobodys")


@pytest.fixture
def kit() -> ShopKit:
    """A shop with three products at 10.00 EUR."""
    return a_shop()


def product_of(variant: VariantId) -> ProductId:
    return ProductId(f"{variant}-product")


# The price ---------------------------------------------------------------------------------------------------------


def test_a_cart_costs_the_sum_of_its_lines(kit: ShopKit) -> None:
    first, second, _ = kit.variants
    kit.staff.handle(ChangePrice(second, a_price(99, per=100)))

    quote = kit.shop.ask(QuoteCart((CartLine(first, 2), CartLine(second, 250)), EUR))

    assert [(line.number, line.quantity, line.total) for line in quote.lines] == [
        (1, 2, euros(20_00)),
        (2, 250, euros(2_48)),
    ]
    assert quote.total == euros(22_48)


def test_an_empty_cart_costs_nothing(kit: ShopKit) -> None:
    assert kit.shop.ask(QuoteCart((), EUR)).total == euros(0)


def test_a_price_that_changes_before_the_order_is_refused_with_the_new_total(kit: ShopKit) -> None:
    order = kit.order_for(kit.cart(quantity=2))
    kit.staff.handle(ChangePrice(kit.variants[0], a_price(11_00)))

    with refused(TotalChanged(euros(20_00), euros(22_00))):
        kit.member.handle(order)

    assert kit.member.ask(ListOrders()) == ()


def test_an_order_keeps_the_names_and_prices_it_was_placed_with(kit: ShopKit) -> None:
    order = kit.buy(quantity=2)
    as_bought = kit.view(order)

    kit.staff.handle(ChangePrice(kit.variants[0], a_price(99_00)))
    kit.staff.handle(UnpublishProduct(product_of(kit.variants[0])))

    assert kit.view(order) == as_bought
    assert as_bought.total == euros(20_00)


def test_a_line_is_called_by_its_product_and_its_variant(kit: ShopKit) -> None:
    large = NewVariant("TEA-L", a_price(), "large", VariantId("tea-large"))
    kit.staff.handle(AddProduct("Tea", (large,), publish=True))

    quote = kit.shop.ask(QuoteCart((CartLine(VariantId("tea-large"), 1),), EUR))

    assert (quote.lines[0].name, quote.lines[0].sku) == ("Tea large", "TEA-L")


def test_what_is_not_on_sale_cannot_be_bought(kit: ShopKit) -> None:
    gone, never = kit.variants[0], VariantId("never-there")
    order = kit.order_for(kit.cart(gone))
    kit.staff.handle(UnpublishProduct(product_of(gone)))

    with refused(NotForSale(gone)):
        kit.member.handle(order)
    with refused(NotForSale(never)):
        kit.shop.ask(QuoteCart((CartLine(never, 1),), EUR))


def test_what_has_no_price_in_the_currency_of_the_cart_cannot_be_bought(kit: ShopKit) -> None:
    with refused(PriceMissing(kit.variants[0], "USD", "EUR")):
        kit.member.handle(PlaceOrder(kit.cart(), Money(10_00, Currency("USD"))))


def test_a_line_larger_than_any_amount_is_refused(kit: ShopKit) -> None:
    kit.staff.handle(ChangePrice(kit.variants[0], Price(Money(MAX_MINOR, EUR))))

    with refused(OrderTooLarge(kit.variants[0])):
        kit.shop.ask(QuoteCart(kit.cart(quantity=2), EUR))


def test_a_sum_larger_than_any_amount_is_refused_by_its_largest_line(kit: ShopKit) -> None:
    small, large, _ = kit.variants
    kit.staff.handle(ChangePrice(large, Price(Money(MAX_MINOR, EUR))))

    with refused(OrderTooLarge(large)):
        kit.shop.ask(QuoteCart(kit.cart(small, large), EUR))


def test_the_refusals_of_a_cart_name_the_variant() -> None:
    tea = VariantId("tea")

    assert str(NotForSale(tea)) == "tea is not for sale"
    assert str(PriceMissing(tea, "USD", "EUR")) == "tea has no price in USD, only in EUR"
    assert str(OrderTooLarge(tea)) == "the amount for tea is too large; order fewer units"


# The stock ---------------------------------------------------------------------------------------------------------


def test_what_is_out_of_stock_is_not_ordered_at_all() -> None:
    kit = a_shop(stock=2)
    short, plenty, _ = kit.variants
    lines = (CartLine(plenty, 1), CartLine(short, 2), CartLine(short, 1))

    with refused(OutOfStock(short, 3, 2)):
        kit.member.handle(kit.order_for(lines))

    assert kit.member.ask(ListOrders()) == ()
    assert [each.available for each in kit.shop.ask(GetAvailability((short, plenty)))] == [2, 2]


def test_a_cart_from_a_named_location_is_not_filled_from_another(kit: ShopKit) -> None:
    order = kit.order_for(kit.cart())
    elsewhere = PlaceOrder(order.lines, order.accepted, location=LocationId("elsewhere"))

    with refused(OutOfStock(kit.variants[0], 1, 0)):
        kit.member.handle(elsewhere)


# Whose order it is -------------------------------------------------------------------------------------------------


def test_a_buyer_sees_and_cancels_their_own_order(kit: ShopKit) -> None:
    for buyer in (kit.member, kit.guest):
        order = kit.buy(by=buyer)

        buyer.handle(CancelOrder(order))

        assert buyer.ask(GetOrder(order)).state is OrderState.CANCELLED


@pytest.mark.parametrize(
    "somebody", [BOB, Guest("another-token-of-a-guest"), Member(MemberId("sam"))], ids=["member", "guest", "namesake"]
)
def test_somebody_elses_order_is_not_found_as_if_it_did_not_exist(kit: ShopKit, somebody: Member | Guest) -> None:
    order = kit.buy()
    stranger = kit.shop.desk(somebody)

    for id_ in (order, NOBODYS):
        with refused(NotFound("Order", id_)):
            stranger.ask(GetOrder(id_))
        for command in (CancelOrder(id_), RetryPayment(id_, "card")):
            with refused(NotFound("Order", id_)):
                stranger.handle(command)

    assert kit.view(order).state is OrderState.CONFIRMED


def test_nobody_orders_for_another_member(kit: ShopKit) -> None:
    for_ada = PlaceOrder(kit.cart(), euros(10_00), member=MemberId("ada"))

    for actor, name in ((BOB, "member"), (Guest("a-token-of-a-guest"), "guest"), (Anonymous(), "anonymous")):
        with refused(PermissionDenied("ordering.place_order", name)):
            kit.shop.handle(for_ada, by=actor)


def test_somebody_who_has_not_said_who_they_are_cannot_order(kit: ShopKit) -> None:
    with refused(PermissionDenied("ordering.place_order", "anonymous")):
        kit.shop.handle(kit.order_for(kit.cart()), by=Anonymous())


def test_staff_order_for_a_member_and_only_by_name(kit: ShopKit) -> None:
    order = kit.order_for(kit.cart())
    named = PlaceOrder(order.lines, order.accepted, member=MemberId("ada"))

    placed = kit.staff.handle(named)
    with refused(Invalid("member", None, "the member for whom staff place the order")):
        kit.staff.handle(order)

    assert [view.id for view in kit.member.ask(ListOrders())] == [placed]


def test_a_buyers_orders_are_listed_latest_first_page_by_page(kit: ShopKit) -> None:
    orders = [kit.buy() for _ in range(3)]
    kit.buy(by=kit.guest)

    first = kit.member.ask(ListOrders(limit=2))
    rest = kit.member.ask(ListOrders(before=first[-1].id))

    assert [view.id for view in (*first, *rest)] == orders[::-1]


def test_the_orders_of_another_are_listed_for_staff_only(kit: ShopKit) -> None:
    order = kit.buy()

    assert [view.id for view in kit.staff.ask(ListOrders(MemberId("ada")))] == [order]
    with refused(PermissionDenied("ordering.list_orders", "member")):
        kit.shop.ask(ListOrders(MemberId("ada")), by=BOB)
    with refused(Invalid("member", None, "the member whose orders staff want to see")):
        kit.staff.ask(ListOrders())


def test_staff_need_the_permission(kit: ShopKit) -> None:
    order = kit.buy()
    packer: Desk = kit.shop.desk(Staff("pat", frozenset({"shipping.ship"})))

    with refused(PermissionDenied("ordering.view_order", "staff")):
        packer.ask(GetOrder(order))
    with refused(PermissionDenied("ordering.cancel_order", "staff")):
        packer.handle(CancelOrder(order))


ORDER, PAYMENT, TEN = OrderId("order"), PaymentId("p1"), euros(10_00)


@pytest.mark.parametrize(
    "command",
    [
        MarkOrderShipped(ORDER),
        CompleteOrder(ORDER),
        ExpireOrder(ORDER),
        AuthorisePayment(ORDER, PAYMENT, TEN, "card"),
        RecordAuthorisation(ORDER, PAYMENT, TEN, "auth"),
        RecordDecline(ORDER, PAYMENT, "no"),
        RecordCapture(ORDER, PAYMENT, TEN, "capture"),
        RecordVoid(ORDER, PAYMENT, TEN, "void"),
        RecordRefund(ORDER, PAYMENT, TEN, "refund"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_the_shop_and_its_provider_say_is_said_by_nobody_else(kit: ShopKit, command: Command[None]) -> None:
    for desk, name in ((kit.member, "member"), (kit.staff, "staff"), (kit.guest, "guest")):
        with refused(PermissionDenied(command.permission.name, name)):
            desk.handle(command)


def test_what_does_not_exist_is_not_found_by_the_shop_either(kit: ShopKit) -> None:
    for command in (MarkOrderShipped(NOBODYS), RecordAuthorisation(NOBODYS, PAYMENT, TEN, "auth")):
        with refused(NotFound("Order", NOBODYS)):
            kit.system.handle(command)


# Paying again ------------------------------------------------------------------------------------------------------


def test_a_paid_order_is_not_paid_again(kit: ShopKit) -> None:
    order = kit.buy()

    with refused(NothingToPay(order)):
        kit.member.handle(RetryPayment(order, "card"))

    assert [name for name, _ in kit.gateway.effects] == ["authorise"]


def test_an_order_says_when_and_where_it_was_placed() -> None:
    kit = a_shop()
    kit.clock.tick(timedelta(days=1))
    app: Desk = kit.shop.desk(BOB, channel="app")

    view = kit.view(kit.buy(by=app))

    assert (view.placed_at, view.channel, view.buyer) == (kit.clock.now(), "app", "member:bob")


def test_an_owner_of_nothing_has_no_orders() -> None:
    shop: Shop = assemble()
    query: Query[object] = ListOrders()

    with refused(PermissionDenied("ordering.list_orders", "anonymous")):
        shop.ask(query)
