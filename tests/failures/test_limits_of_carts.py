"""How much of what may be bought: counted over the whole cart, refused in words, and never changed silently."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import (
    AddCategory,
    AddProduct,
    CategoryTooDeep,
    LimitQuantity,
    ListCategories,
    ListProducts,
    NewVariant,
    UnpublishProduct,
)
from ecomcore.inventory import CorrectStock, ListStock, OutOfStock, ReceiveStock, ReserveStock, StockLine, TooMuchStock
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import CategoryId, MemberId, OrderId, ProductId, VariantId
from ecomcore.kernel.money import MAX_MINOR
from ecomcore.kernel.percent import percent
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.ordering import CartLine, ListOrders, PlaceOrder, QuoteCart, TotalChanged
from ecomcore.promotions import ArchivePromotion
from ecomcore.quoting import (
    AmountOff,
    Break,
    BundlePart,
    BuyAndGet,
    EachNth,
    Gift,
    ItemQuantity,
    Items,
    Lane,
    Limits,
    NotForSale,
    OrderTooLarge,
    PercentOff,
    Pick,
    TooManyUnits,
)
from ecomcore.shipping import ShipmentLine
from ecomcore.testing import ShopKit, a_price, a_shop, euros
from ecomcore.wire import Wire
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.conftest import Gather, OpenShop
from tests.failures.offering import off_by, offer, order_of, quoted
from tests.support.refusals import refused

DEEPEST_CATEGORY = 16
TEA = VariantId("tea")
WIRE = Wire(ROOMS)
NO_QUANTITY = [-1, 0, 1.5, float("nan"), True, "1e3", "1", None, 10**14, 2**63]


def orders(kit: ShopKit) -> int:
    return len(kit.member.ask(ListOrders()))


def reserved(kit: ShopKit) -> int:
    (view,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return view.reserved


@pytest.mark.failure("F007")
@pytest.mark.parametrize("split", [(5, 5), (3, 3), (5, 1), (1, 1, 1, 1, 1, 1)])
def test_f007_stock_is_looked_at_over_all_lines_of_a_variant(open_shop: OpenShop, split: tuple[int, ...]) -> None:
    kit = open_shop(products=1, stock=5)
    (variant,) = kit.variants
    cart = tuple(CartLine(variant, quantity) for quantity in split)

    with refused(OutOfStock(variant, sum(split), 5)):
        kit.member.handle(order_of(quoted(kit, cart), cart))

    assert (orders(kit), reserved(kit)) == (0, 0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F007")
@pytest.mark.failure("F009")
@pytest.mark.parametrize("limits", [Limits(units=5), Limits(units_per_buyer=5)], ids=["of all", "of one buyer"])
@pytest.mark.parametrize("lane", [Lane.CATALOGUE, Lane.ITEM])
def test_f007_no_more_units_get_a_price_because_the_line_is_split(
    open_shop: OpenShop, limits: Limits, lane: Lane
) -> None:
    kit = open_shop(products=1)
    offer(kit, AmountOff(euros(1_00), on=lane, each=True), limits=limits)
    whole = kit.cart(quantity=8)
    split = (CartLine(kit.variants[0], 5), CartLine(kit.variants[0], 3))

    assert off_by(quoted(kit, whole)) == off_by(quoted(kit, split)) == euros(5_00)
    kit.member.handle(order_of(quoted(kit, split), split))

    assert off_by(quoted(kit, whole)) == euros(0), "and the next cart starts where this one ended"
    assert kit.shop.audit() == []


@pytest.mark.failure("F009")
def test_f009_one_of_each_for_one_buyer_is_one_though_it_is_asked_for_twice(open_shop: OpenShop) -> None:
    kit = open_shop(products=1)
    offer(kit, AmountOff(euros(9_00), each=True, on=Lane.CATALOGUE), limits=Limits(units_per_buyer=1))
    once, twice = kit.cart(), (*kit.cart(), *kit.cart())

    assert quoted(kit, once).total == euros(1_00)
    assert quoted(kit, twice).total == euros(11_00)
    kit.member.handle(order_of(quoted(kit, twice), twice))

    assert quoted(kit, once).total == euros(10_00)


@pytest.mark.failure("F009")
def test_f009_two_carts_at_once_do_not_get_one_each(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    offer(kit, AmountOff(euros(9_00), each=True, on=Lane.CATALOGUE), limits=Limits(units_per_buyer=1))
    cheap = order_of(quoted(kit, kit.cart()), kit.cart())

    outcomes = crowd.send([(kit.member.by, cheap)] * 4)

    assert len([each for each in outcomes if isinstance(each, str)]) == 1
    assert {each.__name__ for each in outcomes if isinstance(each, type)} == {"TotalChanged"}
    assert kit.shop.audit() == []


@pytest.mark.failure("F008")
def test_f008_what_has_gone_since_it_was_put_into_the_cart_is_refused_when_it_is_ordered(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=2)
    (variant,) = kit.variants
    in_the_cart = order_of(quoted(kit, kit.cart()), kit.cart())

    kit.buy(quantity=2, by=kit.guest)
    with refused(OutOfStock(variant, 1, 0)):
        kit.member.handle(in_the_cart)
    kit.staff.handle(ReceiveStock(kit.location, (StockLine(variant, 1),), "more"))
    kit.staff.handle(CorrectStock(variant, kit.location, -1, "broken"))
    with refused(OutOfStock(variant, 1, 0)):
        kit.member.handle(in_the_cart)
    kit.staff.handle(UnpublishProduct(ProductId(f"{variant}-product")))
    with refused(NotForSale(variant)):
        kit.member.handle(in_the_cart)

    assert orders(kit) == 0
    assert kit.shop.audit() == []


ENTRIES: dict[str, Callable[[Any], object]] = {
    "cart": partial(CartLine, TEA),
    "stock": partial(StockLine, TEA),
    "parcel": partial(ShipmentLine, TEA),
    "price break": lambda bad: Break(bad, a_price()),
    "gift": partial(Gift, TEA),
    "bundle": partial(BundlePart, Items()),
    "nth": lambda bad: EachNth(bad, percent(50)),
    "buy": BuyAndGet,
    "pick": lambda bad: Pick(units=bad),
    "condition": lambda bad: ItemQuantity(at_least=bad),
    "uses": lambda bad: Limits(per_order=bad),
}


@pytest.mark.failure("F051")
@pytest.mark.failure("F052")
@pytest.mark.parametrize("bad", NO_QUANTITY, ids=repr)
@pytest.mark.parametrize("entry", ENTRIES)
def test_f051_what_is_no_quantity_is_refused_by_its_name_at_every_entry(entry: str, bad: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        ENTRIES[entry](bad)

    assert refusal.value.field in ("quantity", "n", "buy_quantity", "units", "at_least", "per_order")
    assert f"1 to {MAX_QUANTITY}" in str(refusal.value)


@pytest.mark.failure("F051")
@pytest.mark.parametrize("bad", ["-1", "0", "1.5", "NaN", "true", '"1e3"', "1e3", "1e14", "null", "[1]"])
@pytest.mark.parametrize("message", ["PlaceOrder", "QuoteCart"])
def test_f051_what_is_no_quantity_in_json_is_refused_by_its_path(message: str, bad: str) -> None:
    rest = '"accepted": {"minor": 1, "currency": "EUR"}' if message == "PlaceOrder" else '"currency": "EUR"'

    with pytest.raises(Invalid, match=r"^lines\[0\]\.quantity: "):
        WIRE.load(message, f'{{"lines": [{{"variant": "tea", "quantity": {bad}}}], {rest}}}')


@pytest.mark.failure("F051")
@pytest.mark.parametrize("wrong", ["0", "-1"])
def test_f051_the_database_keeps_no_line_of_less_than_one(database: str, wrong: str) -> None:
    kit = a_shop(SqlPersistence(database), products=1)
    order = kit.buy()
    node = sa.create_engine(database)

    with pytest.raises(IntegrityError, match="quantity"), node.begin() as connection:
        connection.execute(sa.text(f"UPDATE order_lines SET quantity = {wrong}"))  # noqa: S608

    assert kit.view(order).lines[0].quantity == 1
    node.dispose()
    kit.shop.close()


@pytest.mark.failure("F052")
def test_f052_too_much_is_a_refusal_of_the_shop_and_no_error_of_a_database(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=1, price=a_price(MAX_MINOR // MAX_QUANTITY))
    (variant,) = kit.variants
    most = CartLine(variant, MAX_QUANTITY)
    assert quoted(kit, (most,)).total.minor <= MAX_MINOR

    with refused(OutOfStock(variant, MAX_QUANTITY, 1)):
        kit.member.handle(order_of(quoted(kit, (most,)), (most,)))
    with refused(OrderTooLarge(variant)):
        quoted(kit, (most, most))
    with refused(OrderTooLarge(variant)):
        kit.member.handle(PlaceOrder((most,) * 1_000, euros(1)))
    with refused(TooMuchStock(variant, MAX_QUANTITY)):
        kit.staff.handle(ReceiveStock(kit.location, (StockLine(variant, MAX_QUANTITY),), "a lot"))
    with pytest.raises(OutOfStock):
        kit.system.handle(ReserveStock(OrderId("order"), (StockLine(variant, MAX_QUANTITY),) * 1_000, None))

    assert (orders(kit), reserved(kit)) == (0, 0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F053")
def test_f053_nobody_gets_another_quantity_than_they_asked_for(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=5)
    (variant,) = kit.variants

    quote = quoted(kit, kit.cart(quantity=6))
    with refused(OutOfStock(variant, 6, 5)):
        kit.member.handle(order_of(quote, kit.cart(quantity=6)))
    order = kit.member.handle(order_of(quoted(kit, kit.cart(quantity=5)), kit.cart(quantity=5)))

    assert [line.quantity for line in quote.lines] == [6]
    assert [line.quantity for line in kit.view(order).lines] == [5]
    assert orders(kit) == 1


SMUGGLED: list[tuple[str, Any]] = [
    ("unit_price", 1),
    ("price", {"amount": {"minor": 1, "currency": "EUR"}, "per": 1}),
    ("is_custom_price", True),
    ("total", 1),
    ("discounts", [{"amount": 1_000}]),
    ("tier", "gold"),
    ("status", "paid"),
    ("state", "confirmed"),
    ("id", "my-own"),
    ("buyer", "member:bob"),
    ("__class__", "Order"),
]


@pytest.mark.failure("F054")
@pytest.mark.parametrize(("name", "value"), SMUGGLED, ids=[name for name, _ in SMUGGLED])
@pytest.mark.parametrize("message", ["PlaceOrder", "QuoteCart"])
def test_f054_a_buyer_says_nothing_of_prices_tiers_and_states(message: str, name: str, value: Any) -> None:
    line = {"variant": "tea", "quantity": 1}
    rest = {"accepted": {"minor": 1, "currency": "EUR"}} if message == "PlaceOrder" else {"currency": "EUR"}
    assert WIRE.load(message, json.dumps({"lines": [line], **rest})).lines == (CartLine(TEA, 1),)

    with pytest.raises(Invalid, match=f"^{name}: .* expected only lines,"):
        WIRE.load(message, json.dumps({"lines": [line], **rest, name: value}))
    with pytest.raises(Invalid, match=rf"^lines\[0\]\.{name}: .* expected only variant, quantity$"):
        WIRE.load(message, json.dumps({"lines": [line | {name: value}], **rest}))


@pytest.mark.failure("F054")
def test_f054_whatever_a_buyer_accepts_the_price_is_that_of_the_shop(open_shop: OpenShop) -> None:
    kit = open_shop(products=1)
    offer(kit, PercentOff(percent(10)), needs_coupon=True)

    for lie in (1, 9_00, 9_99, 10_01):
        with refused(TotalChanged(euros(lie), euros(10_00))):
            kit.member.handle(PlaceOrder(kit.cart(), euros(lie)))
    with pytest.raises(PermissionDenied):
        kit.member.handle(PlaceOrder(kit.cart(), euros(10_00), member=MemberId("bob")))
    with pytest.raises(PermissionDenied):
        kit.member.handle(ArchivePromotion(offer(kit)))

    assert kit.gateway.effects == []


@pytest.mark.failure("F055")
def test_f055_no_category_can_be_put_below_itself(open_shop: OpenShop) -> None:
    kit = open_shop(products=0)
    outer, inner = CategoryId("417"), CategoryId("409")

    with refused(NotFound("Category", outer)):
        kit.staff.handle(AddCategory("below itself", outer, outer))
    kit.staff.handle(AddCategory("outer", None, outer))
    kit.staff.handle(AddCategory("inner", outer, inner))
    with refused(AlreadyExists("category", "id", outer)):
        kit.staff.handle(AddCategory("outer again", inner, outer))

    assert [name for name in WIRE.messages if "Categor" in name and not name.endswith(("Added", "Changed"))] == [
        "AddCategory",
        "ChangeTaxCategory",
        "ListCategories",
    ], "no message moves a category"
    assert {view.id: view.parent for view in kit.staff.ask(ListCategories())} == {inner: outer, outer: None}
    assert kit.shop.audit() == []


@pytest.mark.failure("F055")
def test_f055_the_tree_is_only_so_deep(open_shop: OpenShop) -> None:
    kit = open_shop(products=0)
    deepest = None
    for depth in range(DEEPEST_CATEGORY):
        deepest = kit.staff.handle(AddCategory(f"level {depth}", deepest))
    assert deepest is not None

    with refused(CategoryTooDeep(deepest, DEEPEST_CATEGORY)):
        kit.staff.handle(AddCategory("one more", deepest))

    assert max(view.depth for view in kit.staff.ask(ListCategories())) == DEEPEST_CATEGORY - 1


@pytest.mark.failure("F055")
def test_f055_a_circle_that_somebody_wrote_into_the_database_keeps_nobody_busy(database: str) -> None:
    kit = a_shop(SqlPersistence(database), products=0)
    outer, inner = CategoryId("417"), CategoryId("409")
    kit.staff.handle(AddCategory("outer", None, outer))
    kit.staff.handle(AddCategory("inner", outer, inner))
    variant = NewVariant("SKU", a_price(), id=TEA)
    kit.staff.handle(AddProduct("Tea", (variant,), category=inner, publish=True))
    promotion = offer(kit, PercentOff(percent(10), items=Items(categories=(outer,))))
    node = sa.create_engine(database)

    with node.begin() as connection:
        connection.execute(
            sa.text("UPDATE categories SET parent = '409', above = '409 417', depth = 2 WHERE id = '417'")
        )
        connection.execute(sa.text("UPDATE categories SET above = '417 409 417', depth = 3 WHERE id = '409'"))
    with pytest.raises(IntegrityError), node.begin() as connection:
        connection.execute(sa.text("UPDATE categories SET parent = id"))

    fresh = kit.again(SqlPersistence(database))
    assert len(fresh.staff.ask(ListCategories())) == 2
    assert off_by(quoted(fresh, (CartLine(TEA, 1),)), promotion) == euros(1_00)
    node.dispose()
    fresh.shop.close()
    kit.shop.close()


@pytest.mark.failure("F007")
@pytest.mark.failure("F009")
@pytest.mark.parametrize("split", [(5, 5), (3, 3), (6,), (1, 1, 1, 1, 1, 1)])
def test_f007_the_most_of_an_order_is_counted_over_all_lines_of_a_variant(
    open_shop: OpenShop, split: tuple[int, ...]
) -> None:
    kit = open_shop()
    (tea, *_) = kit.variants
    kit.staff.handle(LimitQuantity(kit.staff.ask(ListProducts())[0].id, 5))
    lines = tuple(CartLine(tea, units) for units in split)

    with pytest.raises(TooManyUnits) as quoted_refusal:
        kit.member.ask(QuoteCart(lines, "EUR"))
    with pytest.raises(TooManyUnits):
        kit.member.handle(PlaceOrder(lines, euros(10_00) * sum(split)))

    assert (quoted_refusal.value.most, quoted_refusal.value.wanted) == (5, sum(split))
    assert orders(kit) == 0
    assert kit.member.ask(QuoteCart((CartLine(tea, 2), CartLine(tea, 3)), "EUR")).total == euros(50_00)


@pytest.mark.failure("F009")
def test_f009_a_limit_that_is_lifted_limits_nothing(open_shop: OpenShop) -> None:
    kit = open_shop()
    (tea, *_) = kit.variants
    product = kit.staff.ask(ListProducts())[0].id
    kit.staff.handle(LimitQuantity(product, 1))

    kit.staff.handle(LimitQuantity(product, None))

    assert kit.member.ask(QuoteCart((CartLine(tea, 2),), "EUR")).total == euros(20_00)
