"""A whole shop in one line, with everything at hand that a test wants to turn or look at.

kit = a_shop(products=2, stock=5)
order = kit.buy(kit.variants[0], quantity=2)
kit.ship(order)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import evolve, frozen

from ecomcore.bootstrap import Desk, Shop, assemble
from ecomcore.catalog import AddProduct, AddProducts, NewVariant
from ecomcore.choices import Deliveries, Retries, Subscriber
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.ids import LocationId, MemberId, OrderId, ProductId, VariantId
from ecomcore.kernel.messages import Guest, Member, Staff, System
from ecomcore.kernel.money import Price
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryGateway, MemoryPersistence
from ecomcore.ordering import (
    CancelOrder,
    CartLine,
    GetOrder,
    OrderingPolicy,
    OrderView,
    PaymentGateway,
    PlaceOrder,
    QuoteCart,
    RiskCheck,
)
from ecomcore.shipping import DeliverShipment, ListShipments, ShipmentState, ShipShipment
from ecomcore.testing.builders import a_price
from ecomcore.testing.clock import FixedClock
from ecomcore.testing.ids import SequentialIds

__all__ = ["ShopKit", "a_shop"]

_MOST_MINUTES = 500
"""Long enough for the most patient delivery to have died."""


@frozen
class ShopKit:
    """A shop with its ports, its people and what it sells. ``member`` is Ada; ``guest`` has a token only."""

    shop: Shop
    persistence: Persistence
    clock: FixedClock
    ids: SequentialIds
    gateway: MemoryGateway
    variants: tuple[VariantId, ...]
    location: LocationId

    def again(
        self,
        persistence: Persistence | None = None,
        *,
        subscribers: Iterable[Subscriber] = (),
        retries: Retries | None = None,
    ) -> ShopKit:
        """The same shop in another process, or in the next life of this one; on another handle if one is given."""
        store = self.persistence if persistence is None else persistence
        shop = assemble(
            store, gateway=self.gateway, clock=self.clock, ids=self.ids, subscribers=subscribers, retries=retries
        )
        return evolve(self, shop=shop, persistence=store)

    def settle(self) -> None:
        """Let leases and waiting times run out and carry out what is due, until nothing waits any more."""
        for _ in range(_MOST_MINUTES):
            if not self.shop.ask(ListDeliveries(dead=False), by=System()):
                return
            self.clock.tick(timedelta(minutes=1))
            self.shop.drain()
        raise AssertionError(f"after {_MOST_MINUTES} minutes there are still deliveries that wait")

    @property
    def staff(self) -> Desk:
        """Staff who may do all that staff may."""
        return self.shop.desk(Staff("sam", frozenset(("*",))))

    @property
    def member(self) -> Desk:
        """A registered customer."""
        return self.shop.desk(Member(MemberId("ada")))

    @property
    def guest(self) -> Desk:
        """A customer without an account."""
        return self.shop.desk(Guest("a-token-of-a-guest"))

    @property
    def system(self) -> Desk:
        """The shop itself."""
        return self.shop.desk(System())

    def cart(self, *variants: VariantId, quantity: int = 1) -> tuple[CartLine, ...]:
        """A cart with so many units of each of these variants, or of the first one."""
        return tuple(CartLine(variant, quantity) for variant in variants or self.variants[:1])

    def order_for(self, lines: Iterable[CartLine], *, token: str = "") -> PlaceOrder:
        """The command that buys this cart at what it costs now, in the currency of the default price."""
        wanted = tuple(lines)
        quote = self.shop.ask(QuoteCart(wanted, a_price().amount.currency))
        return PlaceOrder(wanted, accepted=quote.total, token=token)

    def buy(
        self, *variants: VariantId, quantity: int = 1, by: Desk | None = None, key: str | None = None, token: str = ""
    ) -> OrderId:
        """Ada, or somebody else, buys these variants, or the first one."""
        command = self.order_for(self.cart(*variants, quantity=quantity), token=token)
        return (by or self.member).handle(command, key=key)

    def cancel(self, order: OrderId, reason: str = "changed my mind") -> None:
        """Ada cancels her order."""
        self.member.handle(CancelOrder(order, reason))

    def ship(self, order: OrderId, tracking: str = "") -> None:
        """Staff ship every shipment of the order that is packed."""
        for shipment in self.staff.ask(ListShipments(order)):
            if shipment.state is not ShipmentState.CANCELLED:
                self.staff.handle(ShipShipment(shipment.id, tracking))

    def deliver(self, order: OrderId) -> None:
        """Every shipment of the order arrives."""
        for shipment in self.staff.ask(ListShipments(order)):
            if shipment.state is not ShipmentState.CANCELLED:
                self.staff.handle(DeliverShipment(shipment.id))

    def view(self, order: OrderId) -> OrderView:
        """The order as staff see it."""
        return self.system.ask(GetOrder(order))


def a_shop(
    persistence: Persistence | None = None,
    *,
    products: int = 3,
    stock: int = 100,
    price: Price | None = None,
    clock: FixedClock | None = None,
    ids: SequentialIds | None = None,
    gateway: MemoryGateway | None = None,
    outside: PaymentGateway | None = None,
    ordering_policy: OrderingPolicy | None = None,
    risk_check: RiskCheck | None = None,
    subscribers: Iterable[Subscriber] = (),
    deliveries: Deliveries | None = None,
    retries: Retries | None = None,
) -> ShopKit:
    """A shop, in memory unless a store is given, with so many published products of one variant each in stock.

    ``outside`` stands in front of ``gateway`` where calls to the gateway are to be watched or broken. Two shops on
    one store need ``ids`` with different prefixes; products, location and SKUs are named by that prefix.
    """
    persistence = MemoryPersistence() if persistence is None else persistence
    clock = clock or FixedClock()
    ids = ids or SequentialIds()
    gateway = gateway or MemoryGateway(clock=clock)
    shop = assemble(
        persistence,
        gateway=outside or gateway,
        clock=clock,
        ids=ids,
        ordering_policy=ordering_policy,
        risk_check=risk_check,
        subscribers=subscribers,
        deliveries=deliveries,
        retries=retries,
    )
    name = ids.new()
    variants = tuple(VariantId(f"{name}-v{number}") for number in range(1, products + 1))
    location = LocationId(f"{name}-store")
    kit = ShopKit(shop, persistence, clock, ids, gateway, variants, location)
    kit.staff.handle(OpenLocation("Main store", id=location))
    if variants:
        kit.staff.handle(AddProducts(tuple(_product(variant, price or a_price()) for variant in variants)))
    if variants and stock:
        kit.staff.handle(ReceiveStock(location, tuple(StockLine(variant, stock) for variant in variants), "opening"))
    return kit


def _product(variant: VariantId, price: Price) -> AddProduct:
    return AddProduct(
        f"Product {variant}",
        (NewVariant(f"SKU-{variant}", price, id=variant),),
        publish=True,
        id=ProductId(f"{variant}-product"),
    )
