"""A shop in the middle of its day, and an example of every message that it accepts there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
from attrs import frozen

from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import (
    AddCategory,
    AddProduct,
    AddProducts,
    AddVariant,
    ChangePrice,
    GetProduct,
    ListCategories,
    ListProducts,
    NewVariant,
    PublishProduct,
    UnpublishProduct,
)
from ecomcore.choices import Deliveries
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.inventory import (
    ConsumeStock,
    CorrectStock,
    ExpireReservations,
    GetAvailability,
    KeepStock,
    ListMovements,
    ListStock,
    OpenLocation,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    StockLine,
)
from ecomcore.kernel.ids import CategoryId, DeliveryId, LocationId, MemberId, OrderId, PaymentId, ProductId, VariantId
from ecomcore.kernel.messages import Command, Query, System
from ecomcore.kernel.money import Currency
from ecomcore.memory import Fault
from ecomcore.ordering import (
    AuthorisePayment,
    CancelOrder,
    CapturePayment,
    CompleteOrder,
    ExpireOrder,
    GetOrder,
    ListOrders,
    MarkOrderShipped,
    PaymentStep,
    PlaceOrder,
    QuoteCart,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordRefund,
    RecordRefusal,
    RecordVoid,
    RefundPayment,
    RetryPayment,
    VoidPayment,
)
from ecomcore.shipping import (
    CancelShipments,
    DeliverShipment,
    ListShipments,
    PrepareShipment,
    ShipmentLine,
    ShipShipment,
)
from ecomcore.testing import NOON, ShopKit, a_price, a_shop, euros

__all__ = ["EXAMPLES", "MESSAGES", "World", "a_world", "named", "send"]

Message = Command[Any] | Query[Any]

MESSAGES: tuple[type[Any], ...] = tuple(
    message for room in ROOMS for message in (*room.deciders, *room.couriers, *room.answers)
)
"""Every command, errand and query of the shop."""

PRICE = 10_00


@frozen
class World:
    """Ada's orders: ``confirmed``; ``waiting`` for her bank; ``declined``; ``shipped`` and captured.

    ``held`` is a reservation of no order, ``draft`` a product that is not on sale yet, ``dead`` a delivery that
    was given up.
    """

    kit: ShopKit
    confirmed: OrderId
    waiting: OrderId
    declined: OrderId
    shipped: OrderId
    dead: DeliveryId

    held = "held"
    category = CategoryId("drinks")
    draft = ProductId("draft")

    @property
    def variant(self) -> VariantId:
        return self.kit.variants[0]

    @property
    def product(self) -> ProductId:
        return ProductId(f"{self.variant}-product")

    def payment(self, order: OrderId) -> PaymentId:
        return self.kit.view(order).payments[0].payment

    def reference(self, order: OrderId) -> str:
        """The provider's name for the promise of the order's money."""
        return f"auth-{self.payment(order)}"

    def shipment(self, order: OrderId) -> Any:
        return self.kit.staff.ask(ListShipments(order))[0].id


def a_world() -> World:
    """A fresh one."""
    kit = a_shop(products=2, stock=50, deliveries=Deliveries(tries=1))
    kit.staff.handle(AddCategory("Drinks", id=World.category))
    kit.staff.handle(AddProduct("Draft", (NewVariant("DRAFT", a_price()),), id=World.draft))
    kit.system.handle(ReserveStock(World.held, (StockLine(kit.variants[0], 2),), None, NOON + timedelta(hours=1)))
    confirmed = kit.buy()
    shipped = kit.buy()
    kit.ship(shipped)
    kit.gateway.script(Fault.ACTION, Fault.DECLINE, Fault.DOWN)
    waiting, declined, _ = kit.buy(), kit.buy(), kit.buy()
    (dead,) = kit.staff.ask(ListDeliveries(dead=True))
    return World(kit, confirmed, waiting, declined, shipped, dead.id)


def a_new_product() -> AddProduct:
    variant = NewVariant("NEW", a_price(), "Green", VariantId("new-variant"))
    return AddProduct("New tea", (variant,), World.category, publish=True, id=ProductId("new"))


EXAMPLES: Mapping[type[Any], Callable[[World], Any]] = {
    AddCategory: lambda w: AddCategory("Teas", w.category, CategoryId("teas")),
    AddProduct: lambda w: a_new_product(),
    AddProducts: lambda w: AddProducts((a_new_product(),)),
    AddVariant: lambda w: AddVariant(w.product, NewVariant("ANOTHER", a_price())),
    ChangePrice: lambda w: ChangePrice(w.variant, a_price(7_00)),
    PublishProduct: lambda w: PublishProduct(w.draft),
    UnpublishProduct: lambda w: UnpublishProduct(w.product),
    GetProduct: lambda w: GetProduct(w.product),
    ListProducts: lambda w: ListProducts(w.category, ProductId("a"), 10),
    ListCategories: lambda w: ListCategories(CategoryId("a"), 10),
    OpenLocation: lambda w: OpenLocation("Attic", 5, LocationId("attic")),
    ReceiveStock: lambda w: ReceiveStock(w.kit.location, (StockLine(w.variant, 5),), "note 1"),
    CorrectStock: lambda w: CorrectStock(w.variant, w.kit.location, -1, "broken"),
    ReserveStock: lambda w: ReserveStock("somebody", (StockLine(w.variant, 2),), w.kit.location, NOON),
    KeepStock: lambda w: KeepStock(w.held),
    ReleaseStock: lambda w: ReleaseStock(w.held),
    ConsumeStock: lambda w: ConsumeStock(w.held, "note-2"),
    ExpireReservations: lambda w: ExpireReservations(10),
    GetAvailability: lambda w: GetAvailability((w.variant,)),
    ListStock: lambda w: ListStock((w.variant,)),
    ListMovements: lambda w: ListMovements(w.variant, w.kit.location, 0, 10),
    PlaceOrder: lambda w: PlaceOrder(w.kit.cart(), euros(PRICE), "card-1", w.kit.location, MemberId("ada")),
    RetryPayment: lambda w: RetryPayment(w.declined, "card-2"),
    CancelOrder: lambda w: CancelOrder(w.confirmed, "changed my mind"),
    ExpireOrder: lambda w: ExpireOrder(w.waiting),
    MarkOrderShipped: lambda w: MarkOrderShipped(w.confirmed),
    CompleteOrder: lambda w: CompleteOrder(w.shipped),
    AuthorisePayment: lambda w: AuthorisePayment(w.waiting, w.payment(w.waiting), euros(PRICE), "card-1"),
    CapturePayment: lambda w: CapturePayment(
        w.confirmed, w.payment(w.confirmed), euros(PRICE), w.reference(w.confirmed)
    ),
    VoidPayment: lambda w: VoidPayment(w.confirmed, w.payment(w.confirmed), euros(1), w.reference(w.confirmed)),
    RefundPayment: lambda w: RefundPayment(w.shipped, w.payment(w.shipped), euros(1), w.reference(w.shipped)),
    RecordAuthorisation: lambda w: RecordAuthorisation(w.waiting, w.payment(w.waiting), euros(PRICE), "promise"),
    RecordActionRequired: lambda w: RecordActionRequired(w.waiting, w.payment(w.waiting), "https://bank.example/2"),
    RecordDecline: lambda w: RecordDecline(w.waiting, w.payment(w.waiting), "no funds", "refusal"),
    RecordCapture: lambda w: RecordCapture(w.confirmed, w.payment(w.confirmed), euros(PRICE), "capture"),
    RecordRefusal: lambda w: RecordRefusal(
        w.confirmed, w.payment(w.confirmed), PaymentStep.CAPTURE, euros(PRICE), "expired", "attempt"
    ),
    RecordVoid: lambda w: RecordVoid(w.confirmed, w.payment(w.confirmed), euros(1), "void"),
    RecordRefund: lambda w: RecordRefund(w.shipped, w.payment(w.shipped), euros(1), "refund"),
    QuoteCart: lambda w: QuoteCart(w.kit.cart(), Currency("EUR")),
    GetOrder: lambda w: GetOrder(w.confirmed),
    ListOrders: lambda w: ListOrders(MemberId("ada"), OrderId("z"), 10),
    PrepareShipment: lambda w: PrepareShipment(w.confirmed, (ShipmentLine(w.variant, 1),)),
    ShipShipment: lambda w: ShipShipment(w.shipment(w.confirmed), "track-1"),
    DeliverShipment: lambda w: DeliverShipment(w.shipment(w.shipped)),
    CancelShipments: lambda w: CancelShipments(w.confirmed),
    ListShipments: lambda w: ListShipments(w.confirmed),
    ListDeliveries: lambda w: ListDeliveries(dead=True, after=DeliveryId("a"), limit=10),
    SendAgain: lambda w: SendAgain(w.dead),
}
"""A message of every kind that succeeds in a fresh world, with every field filled in."""


def send(world: World, message: Message, by: Any = None) -> Any:
    """Have the shop carry out the command or answer the query, as itself unless somebody else asks."""
    actor = System() if by is None else by
    if isinstance(message, Query):
        return world.kit.shop.ask(message, by=actor)
    return world.kit.shop.handle(message, by=actor)


def named(kind: type[Any]) -> str:
    return kind.__name__


def fields_of(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))
