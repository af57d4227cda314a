"""The rules of the audit about orders that were changed, parted, paid with credit or made of a cart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from ecomcore.carts import Cart, PutInCart, StartCart
from ecomcore.inventory import OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.ids import CartId, DeliveryMethodId, LocationId, OrderId, PaymentId, ShipmentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.memory import Fault, MemoryPersistence
from ecomcore.ordering import (
    SHIPPING,
    Amendment,
    AmendmentKind,
    CancelUnits,
    CartLine,
    EditOrder,
    EntryKind,
    LineChange,
    LineUnits,
    OrderState,
    PlaceOrder,
    PreviewEdit,
    RecordManualPayment,
    RefundOrder,
    Tender,
    TenderKind,
)
from ecomcore.quoting import ShippingCharge
from ecomcore.shipping import ListShipments, Shipment, ShipmentState, ShipShipment
from ecomcore.testing import a_shop, euros
from ecomcore.wallet import CreditHold, IssueCredit
from tests.audit.tampered import Tampered

FAR = LocationId("far")


class Eventful(Tampered):
    """A healthy shop with an order of which a part has left, one that was changed, one paid with credit, one from a
    cart; and hands in its tables.
    """

    def __init__(self) -> None:
        self.kit = a_shop(products=2, stock=10)
        kit = self.kit
        self.tea, self.cup = kit.variants
        kit.staff.handle(OpenLocation("Far", 500, id=FAR))
        kit.staff.handle(ReceiveStock(FAR, (StockLine(self.tea, 10),), "opening"))
        self.parted = kit.buy(self.tea, quantity=14)
        first, _ = kit.staff.ask(ListShipments(self.parted))
        kit.staff.handle(ShipShipment(first.id, "JD"))
        self.gone, self.left = (each.id for each in kit.staff.ask(ListShipments(self.parted)))
        self.changed = self._changed()
        kit.system.handle(IssueCredit(euros(6_00), "sorry", owner="member:ada"))
        self.credited = kit.member.handle(
            evolve(kit.order_for(kit.cart(self.cup)), tenders=(Tender(TenderKind.STORE_CREDIT),))
        )
        self.carted = self._carted()
        assert isinstance(kit.persistence, MemoryPersistence)
        self.tables = kit.persistence._tables

    def _changed(self) -> OrderId:
        kit = self.kit
        order = kit.buy(self.cup, quantity=3)
        kit.member.handle(CancelUnits(order, (LineUnits(1, 1),), "too many"))
        add = (CartLine(self.tea, 1),)
        changes = (LineChange(1, price=euros(9_00)),)
        after = kit.staff.ask(PreviewEdit(order, changes, add)).after
        kit.staff.handle(EditOrder(order, after, "more", changes, add, "card"))
        kit.ship(order)
        kit.staff.handle(RefundOrder(order, "scratched", amount=euros(2_00)))
        return order

    def _carted(self) -> OrderId:
        self.cart: CartId = self.kit.member.handle(StartCart(Currency("EUR")))
        self.kit.member.handle(PutInCart(self.cart, self.cup))
        return self.kit.member.handle(PlaceOrder((), euros(10_00), "card", cart=self.cart, cart_version=2))

    def amend(self, **changes: Any) -> None:
        """Change the last amendment of the changed order, and the total with it."""
        order = self.order(self.changed)
        *others, last = order.amendments
        changed = evolve(last, **changes)
        total = order.total + changed.amount - last.amount if changed.amount != last.amount else order.total
        self.plant(order, amendments=(*others, changed), total=total)

    def only_shipment(self, id: ShipmentId) -> Shipment:
        return self.only(Shipment, lambda shipment: shipment.id == id)

    def credit_payment(self) -> PaymentId:
        return next(entry.payment for entry in self.order(self.credited).ledger.entries if entry.method == "credit")


@pytest.fixture
def shop() -> Eventful:
    return Eventful()


def test_orders_that_were_changed_and_parted_are_no_breach(shop: Eventful) -> None:
    assert shop.order(shop.parted).shipped
    assert shop.order(shop.parted).sources
    assert {each.kind for each in shop.order(shop.changed).amendments} == set(AmendmentKind)
    assert shop.breaches() == []


# What it costs -----------------------------------------------------------------------------------------------------


def test_a_total_without_what_was_taken_out(shop: Eventful) -> None:
    order = shop.order(shop.changed)
    shop.plant(order, total=order.total + euros(10_00))

    assert ("lines + delivery + amendments = order total", (f"order {shop.changed}",)) in shop.breaches()


def test_an_amendment_that_is_lost(shop: Eventful) -> None:
    order = shop.order(shop.changed)
    first, *rest = order.amendments
    shop.plant(order, amendments=tuple(rest), total=order.total - first.amount)

    assert ("no amendment is lost", (f"order {shop.changed}",)) in shop.breaches()


def test_an_amendment_of_a_line_that_there_never_was(shop: Eventful) -> None:
    shop.amend(line=9)

    assert shop.breaches() == [("an amendment is about a line of the order", (f"order {shop.changed}",))]


def test_more_units_taken_out_of_a_line_than_it_had(shop: Eventful) -> None:
    shop.amend(line=1, units=3)

    assert shop.breaches() == [
        ("what is left of a line is not below zero", (f"order {shop.changed}", "line 1")),
    ]


def test_more_taken_off_delivery_than_it_cost(shop: Eventful) -> None:
    shop.amend(line=SHIPPING)

    assert shop.breaches() == [("an amendment is about a line of the order", (f"order {shop.changed}",))]

    order, nothing = shop.order(shop.changed), euros(0)
    charge = ShippingCharge(DeliveryMethodId("post"), "Post", euros(1), (), True, (), nothing, euros(1))
    shop.plant(order, shipping=charge, total=order.total + euros(1))

    assert ("what is left of a line is not below zero", (f"order {shop.changed}", "delivery")) in shop.breaches()


def test_an_amendment_in_another_currency(shop: Eventful) -> None:
    order = shop.order(shop.carted)
    dollars = Money(0, Currency("USD"))
    other = Amendment(1, AmendmentKind.CREDITED, 0, 0, dollars, "why", "sam", order.placed_at)
    shop.plant(order, amendments=(other,))

    assert shop.breaches() == [("one currency per order", (f"order {shop.carted}",))]


# What was paid -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (EntryKind.CAPTURE_REQUESTED, "asked to capture <= authorised"),
        (EntryKind.VOID_REQUESTED, "asked to void <= authorised"),
        (EntryKind.REFUND_REQUESTED, "asked to refund <= captured"),
    ],
)
def test_more_asked_for_than_there_is(shop: Eventful, kind: EntryKind, rule: str) -> None:
    shop.write(shop.changed, kind, euros(99_00))

    assert (rule, (f"order {shop.changed}", f"payment {shop.payment(shop.changed)}")) in shop.breaches()


def test_more_won_back_than_a_bank_took(shop: Eventful) -> None:
    shop.write(shop.carted, EntryKind.CHARGEBACK_WON, euros(1))

    assert ("won back <= charged back", (f"order {shop.carted}", f"payment {shop.payment(shop.carted)}")) in (
        shop.breaches()
    )


def test_an_answer_to_what_was_never_asked(shop: Eventful) -> None:
    shop.write(shop.changed, EntryKind.ANSWERED, euros(0), request="never")

    assert shop.breaches() == [
        ("an answer is to one request", (f"order {shop.changed}", f"payment {shop.payment(shop.changed)}"))
    ]


def test_a_second_answer_to_one_request(shop: Eventful) -> None:
    entries = shop.order(shop.changed).ledger.entries
    request = next(entry.request for entry in entries if entry.kind is EntryKind.CAPTURED)
    shop.write(shop.changed, EntryKind.ANSWERED, euros(0), request=request)

    assert shop.breaches() == [
        ("an answer is to one request", (f"order {shop.changed}", f"payment {shop.payment(shop.changed)}"))
    ]


def test_an_answer_that_nobody_will_ask_for(shop: Eventful) -> None:
    shop.write(shop.carted, EntryKind.VOID_REQUESTED, euros(10_00))

    assert shop.breaches() == [("what has no answer will be asked for", (f"order {shop.carted}",))]


def test_an_answer_that_is_there_and_will_be_asked_for(shop: Eventful) -> None:
    order = shop.order(shop.carted)
    shop.plant(order, ask_at=order.placed_at)

    assert shop.breaches() == [("what has no answer will be asked for", (f"order {shop.carted}",))]


def test_an_answer_that_is_missing_and_will_be_asked_for_is_no_breach(shop: Eventful) -> None:
    shop.kit.gateway.script(Fault.DOWN)
    order = shop.kit.buy(shop.cup)

    assert shop.order(order).ask_at is not None
    assert shop.breaches() == []


def test_credit_that_is_asked_for_and_does_not_move(shop: Eventful) -> None:
    order, payment = shop.order(shop.credited), shop.credit_payment()
    asked = order.ledger.with_entry(EntryKind.VOID_REQUESTED, payment, euros(6_00), "planted", order.placed_at)
    shop.plant(order, ledger=asked)

    assert shop.breaches() == [("credit moves at once", (f"order {shop.credited}", f"payment {payment}"))]


def test_goods_that_have_left_for_less_than_they_cost(shop: Eventful) -> None:
    order = shop.order(shop.changed)
    *others, last = order.amendments
    shop.plant(order, amendments=tuple(others), total=order.total - last.amount)

    assert shop.breaches() == [("a confirmed order is covered", (f"order {shop.changed}",))]


def test_what_an_edit_has_added_is_due_and_no_breach(shop: Eventful) -> None:
    add = (CartLine(shop.tea, 1),)
    after = shop.kit.staff.ask(PreviewEdit(shop.carted, (), add)).after
    shop.kit.staff.handle(EditOrder(shop.carted, after, "more", add=add))

    assert (shop.kit.view(shop.carted).state, shop.kit.view(shop.carted).due) == (OrderState.CONFIRMED, euros(10_00))
    assert shop.breaches() == []


def test_cash_that_staff_still_have_to_give_back_is_no_breach(shop: Eventful) -> None:
    command = shop.kit.order_for(shop.kit.cart(shop.cup))
    order = shop.kit.member.handle(evolve(command, pay_later=True))
    shop.kit.staff.handle(RecordManualPayment(order, euros(10_00), "receipt 7"))
    shop.kit.cancel(order)

    assert shop.kit.view(order).refunded == euros(0)
    assert shop.breaches() == []


# Credit ------------------------------------------------------------------------------------------------------------


def test_credit_that_the_wallet_does_not_hold(shop: Eventful) -> None:
    shop.tables.rows[CreditHold].clear()

    assert (
        "credit that pays is held by the wallet",
        (f"order {shop.credited}", f"payment {shop.credit_payment()}"),
    ) in shop.breaches()


@pytest.mark.parametrize("kind", [EntryKind.CAPTURED, EntryKind.VOIDED])
def test_credit_of_which_the_wallet_says_something_else(shop: Eventful, kind: EntryKind) -> None:
    order, payment = shop.order(shop.credited), shop.credit_payment()
    shop.plant(order, ledger=order.ledger.with_entry(kind, payment, euros(6_00), "planted", order.placed_at))

    assert (
        "the order and the wallet say the same of credit",
        (f"order {shop.credited}", f"payment {payment}"),
    ) in shop.breaches()


# Stock and shipments -----------------------------------------------------------------------------------------------


def test_goods_that_lie_elsewhere_than_the_order_says(shop: Eventful) -> None:
    order = shop.order(shop.parted)
    shop.plant(order, sources=tuple(evolve(each, location=shop.kit.location) for each in order.sources))

    assert ("an order knows where its goods are", (f"order {shop.parted}",)) in shop.breaches()


def test_an_order_that_is_off_and_still_has_its_goods(shop: Eventful) -> None:
    sources = shop.order(shop.carted).sources
    shop.kit.cancel(shop.carted)
    shop.plant(shop.order(shop.carted), sources=sources)

    assert shop.breaches() == [("an order knows where its goods are", (f"order {shop.carted}",))]


def test_a_part_that_left_with_no_shipment(shop: Eventful) -> None:
    order = shop.order(shop.parted)
    (part,) = order.shipped
    shop.plant(order, shipped=(evolve(part, shipment=ShipmentId("nobodys")),))

    assert shop.breaches() == [
        ("what has left has its shipment", ("shipment nobodys", f"order {shop.parted}")),
        ("the order follows the shipment", (f"shipment {shop.gone}", f"order {shop.parted}")),
    ]


def test_other_goods_in_the_shipment_than_the_order_says(shop: Eventful) -> None:
    order = shop.order(shop.parted)
    (part,) = order.shipped
    shop.plant(order, shipped=(evolve(part, lines=(CartLine(shop.tea, 9),)),))

    assert ("shipped units = ordered units", (f"shipment {shop.gone}", f"order {shop.parted}")) in shop.breaches()


def test_more_units_gone_than_were_ordered(shop: Eventful) -> None:
    order = shop.order(shop.parted)
    (part,) = order.shipped
    shop.plant(order, shipped=(evolve(part, lines=(CartLine(shop.tea, 15),)),))

    assert ("shipped units <= ordered units", (f"order {shop.parted}",)) in shop.breaches()


@pytest.mark.parametrize("state", [ShipmentState.PREPARED, ShipmentState.DELIVERED])
def test_a_part_that_the_order_says_has_left_and_not_arrived(shop: Eventful, state: ShipmentState) -> None:
    shop.plant(shop.only_shipment(shop.gone), state=state)

    assert ("the order follows the shipment", (f"shipment {shop.gone}", f"order {shop.parted}")) in shop.breaches()


SPOILT: list[dict[str, Any]] = [
    {"location": LocationId("elsewhere")},
    {"seller": "acme"},
    {"lines": ()},
]


@pytest.mark.parametrize("change", SPOILT, ids=lambda change: next(iter(change)))
def test_other_goods_packed_than_are_still_to_leave(shop: Eventful, change: dict[str, Any]) -> None:
    shop.plant(shop.only_shipment(shop.left), **change)

    assert shop.breaches() == [
        ("packed units = units still to leave", (f"shipment {shop.left}", f"order {shop.parted}"))
    ]


def test_a_shipment_of_which_nobody_knows_where_it_leaves_is_compared_by_its_units(shop: Eventful) -> None:
    parcel = shop.only_shipment(shop.left)
    shop.plant(parcel, location=None)

    assert shop.breaches() == []

    shop.plant(parcel, location=None, lines=tuple(evolve(line, quantity=1) for line in parcel.lines))

    assert shop.breaches() == [
        ("packed units = units still to leave", (f"shipment {shop.left}", f"order {shop.parted}"))
    ]


def test_what_is_left_of_an_order_and_nobody_packs(shop: Eventful) -> None:
    shop.plant(shop.only_shipment(shop.left), state=ShipmentState.CANCELLED)

    assert shop.breaches() == [("a confirmed order has its shipment", (f"order {shop.parted}",))]


# Numbers and carts -------------------------------------------------------------------------------------------------


def test_two_orders_of_one_number(shop: Eventful) -> None:
    shop.plant(shop.order(shop.carted), number=shop.order(shop.parted).number)

    assert shop.breaches() == [("an order's number is its own", (f"order {shop.carted}", f"order {shop.parted}"))]


def of_another(shop: Eventful) -> None:
    shop.plant(shop.only(Cart, lambda _: True), order=OrderId("nobodys"))


def lost(shop: Eventful) -> None:
    shop.tables.rows[Cart].clear()


@pytest.mark.parametrize(
    ("spoil", "others"),
    [(of_another, [("a completed cart has its order", "order nobodys")]), (lost, [])],
    ids=["it has become another", "it is lost"],
)
def test_an_order_whose_cart_does_not_know_it(
    shop: Eventful, spoil: Callable[[Eventful], None], others: list[tuple[str, str]]
) -> None:
    spoil(shop)

    assert shop.breaches() == [
        ("the cart of an order has become that order", (f"order {shop.carted}", f"cart {shop.cart}")),
        *((rule, (f"cart {shop.cart}", row)) for rule, row in others),
    ]
