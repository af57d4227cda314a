"""The whole way, from a shop with nothing in it to goods at somebody's door."""

from ecomcore.catalog import AddCategory, AddProduct, ListProducts, NewVariant, PublishProduct
from ecomcore.inventory import (
    Availability,
    GetAvailability,
    ListMovements,
    ListStock,
    MovementKind,
    OpenLocation,
    ReceiveStock,
    StockLine,
    StockView,
)
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.money import Currency
from ecomcore.ordering import (
    Capture,
    CartLine,
    GetOrder,
    ListOrders,
    OrderingPolicy,
    OrderState,
    PlaceOrder,
    QuoteCart,
)
from ecomcore.shipping import DeliverShipment, ListShipments, ShipmentState, ShipShipment
from ecomcore.testing import a_price, euros
from tests.scenarios.conftest import OpenShop

TEA, MUG, STORE = VariantId("tea-100g"), VariantId("mug"), LocationId("store")
EUR = Currency("EUR")


def test_from_an_empty_shop_to_goods_at_the_door(open_shop: OpenShop) -> None:
    kit = open_shop(products=0)

    # staff fill the shop
    drinks = kit.staff.handle(AddCategory("Drinks"))
    tea = kit.staff.handle(AddProduct("Green tea", (NewVariant("TEA-100", a_price(8_90), "100 g", TEA),), drinks))
    kit.staff.handle(AddProduct("Mug", (NewVariant("MUG", a_price(12_00), id=MUG),), publish=True))
    kit.staff.handle(OpenLocation("Store", id=STORE))
    kit.staff.handle(ReceiveStock(STORE, (StockLine(TEA, 10), StockLine(MUG, 3)), "delivery note 1"))

    # Ada looks around: the tea is still a draft
    assert [product.name for product in kit.shop.ask(ListProducts())] == ["Mug"]
    kit.staff.handle(PublishProduct(tea))
    assert {product.name for product in kit.shop.ask(ListProducts())} == {"Green tea", "Mug"}

    # she fills a cart, sees what it costs, and buys
    cart = (CartLine(TEA, 2), CartLine(MUG, 1))
    quote = kit.member.ask(QuoteCart(cart, EUR))
    assert quote.total == euros(29_80)
    order = kit.member.handle(PlaceOrder(cart, quote.total), key="cart-1")

    # the money is promised, the goods are set aside, a parcel is to be packed
    placed = kit.member.ask(GetOrder(order))
    assert (placed.state, placed.authorised, placed.captured) == (OrderState.CONFIRMED, euros(29_80), euros(0))
    assert kit.shop.ask(GetAvailability((TEA, MUG))) == (Availability(TEA, 8), Availability(MUG, 2))
    (parcel,) = kit.staff.ask(ListShipments(order))
    assert parcel.state is ShipmentState.PREPARED

    # the parcel leaves: the units are gone, the money is taken
    kit.staff.handle(ShipShipment(parcel.id, "TRACK-1"))
    shipped = kit.member.ask(GetOrder(order))
    assert (shipped.state, shipped.captured) == (OrderState.SHIPPED, euros(29_80))
    assert kit.staff.ask(ListStock((TEA,))) == (StockView(TEA, STORE, 8, 0, 8),)
    assert [movement.kind for movement in kit.staff.ask(ListMovements(TEA, STORE))] == [
        MovementKind.RECEIPT,
        MovementKind.SALE,
    ]

    # and arrives
    kit.staff.handle(DeliverShipment(parcel.id))
    assert [view.state for view in kit.member.ask(ListOrders())] == [OrderState.COMPLETED]
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "capture"]


def test_a_shop_that_takes_the_money_at_once(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))

    order = kit.buy()

    assert (kit.view(order).state, kit.view(order).captured) == (OrderState.CONFIRMED, euros(10_00))

    kit.ship(order)
    kit.deliver(order)

    assert kit.view(order).state is OrderState.COMPLETED
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "capture"]


def test_what_costs_nothing_goes_its_way_without_any_payment(open_shop: OpenShop) -> None:
    kit = open_shop(price=a_price(0))

    order = kit.buy()
    kit.ship(order)
    kit.deliver(order)

    assert (kit.view(order).state, kit.view(order).payments) == (OrderState.COMPLETED, ())
    assert kit.gateway.effects == []


def test_what_costs_nothing_can_be_called_off_too(open_shop: OpenShop) -> None:
    kit = open_shop(price=a_price(0), stock=1)
    order = kit.buy()

    kit.cancel(order)

    assert kit.view(order).state is OrderState.CANCELLED
    assert kit.shop.ask(GetAvailability(kit.variants[:1])) == (Availability(kit.variants[0], 1),)
