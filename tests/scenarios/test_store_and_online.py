"""One stock for a store and the web: sold at the till, collected in the store, brought back, kept for who walks in."""

from __future__ import annotations

import pytest

from ecomcore import Desk, Shop, assemble
from ecomcore.counting import CountKind, CountLine, CountState, FinishCount, RecordCount, StartCount
from ecomcore.inventory import (
    Availability,
    ChannelLocation,
    GetAvailability,
    GetReservation,
    ListMovements,
    ListStock,
    LocationKind,
    MovementKind,
    OpenLocation,
    OutOfStock,
    ReceiveStock,
    ReservedLine,
    ServeChannel,
    SetStockRules,
    StockLine,
    StockView,
)
from ecomcore.kernel.ids import LocationId, MemberId, OrderId
from ecomcore.kernel.messages import Guest, Member, Staff
from ecomcore.kernel.money import Currency, Price
from ecomcore.ordering import (
    CartLine,
    GetOrder,
    Means,
    OrderState,
    PlaceOrder,
    QuoteCart,
    RecordManualPayment,
    RefundOrder,
)
from ecomcore.promotions import ApprovePromotion, CreatePromotion
from ecomcore.quoting import Points, Terms
from ecomcore.shipping import DeliverShipment, ListShipments, ShipShipment
from ecomcore.testing import ShopKit, euros
from ecomcore.wallet import AccountKind, GetBalances, ListCreditEntries, WalletPolicy
from tests.scenarios.conftest import OpenShop

BERLIN, POTSDAM, WAREHOUSE = map(LocationId, ("berlin", "potsdam", "warehouse"))
ADA = MemberId("ada")
A_POINT_FOR_EACH_EURO = WalletPolicy(points_for=Price(euros(1_00)))


class Chain:
    """A warehouse that sends parcels and a store with a till, on one stock; a thing costs 10.00 EUR."""

    def __init__(self, kit: ShopKit) -> None:
        self.kit = kit
        self.thing = kit.variants[0]
        self.shop: Shop = assemble(
            kit.persistence, gateway=kit.gateway, clock=kit.clock, ids=kit.ids, wallet_policy=A_POINT_FOR_EACH_EURO
        )
        self.staff = self.shop.desk(Staff("sam", frozenset(("*",))))
        self.till = self.shop.desk(Staff("tilly", frozenset(("*",))), "till")
        self.staff.handle(OpenLocation("Warehouse", 1, WAREHOUSE))
        self.staff.handle(
            OpenLocation("Berlin", 2, BERLIN, kind=LocationKind.STORE, ships=False, collects=True),
        )
        self.staff.handle(ReceiveStock(BERLIN, (StockLine(self.thing, 5),), "delivery 1"))
        self.staff.handle(ReceiveStock(WAREHOUSE, (StockLine(self.thing, 3),), "delivery 2"))

    def web(self, member: MemberId = ADA) -> Desk:
        return self.shop.desk(Member(member), "web")

    def place(self, desk: Desk, quantity: int, location: LocationId | None = None, **wishes: object) -> OrderId:
        lines = (CartLine(self.thing, quantity),)
        total = desk.ask(QuoteCart(lines, Currency("EUR"), location=location)).total
        return desk.handle(PlaceOrder(lines, total, location=location, **wishes))  # type: ignore[arg-type]

    def hand_over(self, order: OrderId) -> None:
        (shipment,) = self.staff.ask(ListShipments(order))
        self.staff.handle(ShipShipment(shipment.id))
        self.staff.handle(DeliverShipment(shipment.id))

    def stock(self, location: LocationId) -> StockView:
        return next(view for view in self.staff.ask(ListStock((self.thing,))) if view.location == location)

    def ledger(self, location: LocationId) -> list[tuple[MovementKind, int]]:
        return [(entry.kind, entry.quantity) for entry in self.staff.ask(ListMovements(self.thing, location))]

    def points(self, member: MemberId = ADA) -> int:
        balances = self.web(member).ask(GetBalances())
        return sum(each.available for each in balances if each.kind is AccountKind.POINTS)


@pytest.fixture
def chain(open_shop: OpenShop) -> Chain:
    return Chain(open_shop(products=1, stock=0))


def test_what_is_sold_at_the_till_is_paid_in_cash_and_taken_along(chain: Chain) -> None:
    order = chain.place(chain.till, 2, BERLIN, member=ADA, pay_later=True)
    chain.till.handle(RecordManualPayment(order, euros(20_00), "till 1, receipt 17"))

    chain.hand_over(order)

    seen = chain.web().ask(GetOrder(order))
    assert (seen.state, seen.captured, seen.channel) == (OrderState.COMPLETED, euros(20_00), "till")
    assert chain.ledger(BERLIN) == [(MovementKind.RECEIPT, 5), (MovementKind.SALE, -2)]
    assert (chain.stock(BERLIN).on_hand, chain.stock(BERLIN).reserved) == (3, 0)
    assert chain.stock(WAREHOUSE).on_hand == 3
    assert chain.kit.gateway.effects == []


def test_a_card_at_the_till_is_charged_like_one_on_the_web(chain: Chain) -> None:
    order = chain.place(chain.till, 1, BERLIN, member=ADA)

    chain.hand_over(order)

    assert chain.web().ask(GetOrder(order)).state is OrderState.COMPLETED
    assert [operation for operation, _ in chain.kit.gateway.effects] == ["authorise", "capture"]
    assert chain.stock(BERLIN).on_hand == 4


def test_somebody_whom_nobody_knows_buys_at_the_till_and_earns_nothing(chain: Chain) -> None:
    passer_by = chain.shop.desk(Guest("the-till-makes-a-token-for-each-sale"), "till")
    order = chain.place(passer_by, 1, BERLIN, pay_later=True)
    chain.till.handle(RecordManualPayment(order, euros(10_00), "till 1, receipt 18"))

    chain.hand_over(order)

    assert passer_by.ask(GetOrder(order)).state is OrderState.COMPLETED
    assert chain.points() == 0


def test_a_member_earns_the_same_points_in_the_store_as_online(chain: Chain) -> None:
    at_the_till = chain.place(chain.till, 2, BERLIN, member=ADA, pay_later=True)
    chain.till.handle(RecordManualPayment(at_the_till, euros(20_00), "till 1, receipt 17"))
    online = chain.place(chain.web(), 3)

    assert chain.points() == 0  # not before the goods are with her

    chain.hand_over(at_the_till)
    assert chain.points() == 20

    chain.hand_over(online)
    assert chain.points() == 20 + 30
    (account,) = chain.web().ask(GetBalances())
    assert [(entry.units, entry.reference) for entry in chain.web().ask(ListCreditEntries(account.account))] == [
        (20, f"order {at_the_till}"),
        (30, f"order {online}"),
    ]


def test_an_order_earns_as_many_times_the_points_as_its_quote_said(chain: Chain) -> None:
    double = chain.staff.handle(CreatePromotion(Terms(name="Double points", effects=(Points(2),))))
    chain.staff.handle(ApprovePromotion(double, 1))
    order = chain.place(chain.till, 1, BERLIN, member=ADA)

    chain.hand_over(order)

    assert chain.points() == 2 * 10


def test_a_parcel_that_is_delivered_twice_earns_once(chain: Chain) -> None:
    order = chain.place(chain.web(), 1)
    chain.hand_over(order)
    (shipment,) = chain.staff.ask(ListShipments(order))

    chain.staff.attempt(DeliverShipment(shipment.id))

    assert chain.points() == 10


def test_a_shop_that_gives_no_points_gives_none(chain: Chain) -> None:
    order = chain.place(chain.web(), 1)
    plain = chain.kit.staff

    (shipment,) = plain.ask(ListShipments(order))
    plain.handle(ShipShipment(shipment.id))
    plain.handle(DeliverShipment(shipment.id))

    assert chain.web().ask(GetOrder(order)).state is OrderState.COMPLETED
    assert chain.points() == 0


def test_what_is_ordered_online_is_set_aside_in_the_store_where_it_is_collected(chain: Chain) -> None:
    order = chain.place(chain.web(), 4, BERLIN)

    kept = chain.staff.ask(GetReservation(order))
    assert kept.lines == (ReservedLine(chain.thing, BERLIN, 4),)
    assert (chain.stock(BERLIN).reserved, chain.stock(BERLIN).available) == (4, 1)
    assert chain.stock(WAREHOUSE).reserved == 0

    with pytest.raises(OutOfStock):  # what waits for Ada is not sold to somebody at the till
        chain.place(chain.till, 2, BERLIN, member=MemberId("bob"))

    chain.hand_over(order)  # Ada comes
    assert chain.ledger(BERLIN)[-1] == (MovementKind.SALE, -4)
    assert chain.stock(BERLIN).on_hand == 1


def test_what_was_bought_online_may_be_brought_back_to_the_store(chain: Chain) -> None:
    order = chain.place(chain.web(), 2)
    chain.hand_over(order)
    assert chain.stock(WAREHOUSE).on_hand == 1

    chain.staff.handle(ReceiveStock(BERLIN, (StockLine(chain.thing, 1),), order, MovementKind.RETURN, "too small"))
    chain.staff.handle(RefundOrder(order, "too small", amount=euros(10_00), means=Means.ORIGINAL))

    assert chain.ledger(BERLIN) == [(MovementKind.RECEIPT, 5), (MovementKind.RETURN, 1)]
    assert chain.stock(BERLIN).available == 6
    assert chain.web().ask(GetOrder(order)).refunded == euros(10_00)


def test_the_buffer_of_an_item_is_kept_for_those_who_walk_in(chain: Chain) -> None:
    chain.staff.handle(OpenLocation("Potsdam", 3, POTSDAM, kind=LocationKind.STORE))
    chain.staff.handle(ReceiveStock(POTSDAM, (StockLine(chain.thing, 5),), "delivery 3"))
    chain.staff.handle(SetStockRules(chain.thing, POTSDAM, buffer=4))

    online = chain.shop.ask(GetAvailability((chain.thing,), channel="web"))

    assert online == (Availability(chain.thing, 3 + 1),)  # Berlin sends no parcels at all
    with pytest.raises(OutOfStock):
        chain.place(chain.web(), 5)
    chain.hand_over(chain.place(chain.till, 5, POTSDAM, member=ADA))
    assert chain.stock(POTSDAM).on_hand == 0


def test_what_a_store_keeps_from_a_channel_is_not_collected_either(chain: Chain) -> None:
    web = (ChannelLocation(WAREHOUSE), ChannelLocation(BERLIN, buffer=3))
    chain.staff.handle(ServeChannel("web", web))

    with pytest.raises(OutOfStock):
        chain.place(chain.web(), 3, BERLIN)
    chain.place(chain.web(), 2, BERLIN)

    chain.hand_over(chain.place(chain.till, 3, BERLIN, member=ADA))  # the till may have the rest
    assert (chain.stock(BERLIN).on_hand, chain.stock(BERLIN).available) == (2, 0)


def test_a_store_is_counted_in_full_while_it_sells(chain: Chain) -> None:
    sold = chain.place(chain.till, 2, BERLIN, member=ADA)
    count = chain.staff.handle(StartCount(BERLIN, CountKind.FULL))
    chain.staff.handle(RecordCount(count, (CountLine(chain.thing, 5),)))
    chain.hand_over(sold)

    assert chain.staff.handle(FinishCount(count)) is CountState.BOOKED

    assert chain.ledger(BERLIN) == [(MovementKind.RECEIPT, 5), (MovementKind.SALE, -2)]


def test_a_full_count_of_a_store_asks_for_nothing_that_is_sold_out(chain: Chain) -> None:
    chain.hand_over(chain.place(chain.till, 5, BERLIN, member=ADA))
    count = chain.staff.handle(StartCount(BERLIN, CountKind.FULL))

    assert chain.staff.handle(FinishCount(count)) is CountState.BOOKED
