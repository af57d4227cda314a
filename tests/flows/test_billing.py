"""The shop's own orders answer what documents ask."""

from __future__ import annotations

from ecomcore.documents import GetDocument, IssueCreditNote, IssueInvoice, IssuePackingSlip, ListDocuments
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import OrderId, ShipmentId
from ecomcore.shipping import ListShipments
from ecomcore.testing import ShopKit, a_shop, euros
from tests.support.refusals import refused


def the_shipment(kit: ShopKit, order: OrderId) -> ShipmentId:
    return kit.staff.ask(ListShipments(order))[0].id


def test_an_invoice_charges_what_the_order_charges() -> None:
    kit = a_shop(products=2)
    order = kit.buy(*kit.variants, quantity=2)
    kit.ship(order)

    view = kit.member.ask(GetDocument(kit.staff.handle(IssueInvoice(order))))

    bought = kit.view(order)
    assert view.total == bought.total == euros(40_00)
    assert [(line.sku, line.name, line.quantity) for line in view.lines] == [
        (line.sku, line.name, line.quantity) for line in bought.lines
    ]
    assert [line.charge.total for line in view.lines if line.charge] == [line.total for line in bought.lines]
    assert [payment.amount for payment in view.payments] == [euros(40_00)]
    assert kit.shop.audit() == []


def test_a_cancelled_order_gets_all_of_its_invoice_back() -> None:
    kit = a_shop(products=1)
    order = kit.buy()
    kit.staff.handle(IssueInvoice(order))

    kit.cancel(order)
    kit.staff.handle(IssueCreditNote(order))

    totals = sorted(view.total.minor for view in kit.member.ask(ListDocuments(order)) if view.total)
    assert totals == [10_00, 10_00]
    assert kit.staff.handle(IssueCreditNote(order)) is None
    assert kit.shop.audit() == []


def test_a_packing_slip_lists_what_is_in_the_shipment() -> None:
    kit = a_shop(products=2)
    order = kit.buy(*kit.variants, quantity=3)

    slip = kit.staff.handle(IssuePackingSlip(order, the_shipment(kit, order)))

    lines = kit.staff.ask(GetDocument(slip)).lines
    assert [(line.sku, line.quantity) for line in lines] == [(f"SKU-{variant}", 3) for variant in kit.variants]


def test_the_shipment_of_another_order_is_not_found() -> None:
    kit = a_shop(products=1)
    order, other = kit.buy(), kit.buy()
    shipment = the_shipment(kit, other)

    with refused(NotFound("Shipment", shipment)):
        kit.staff.handle(IssuePackingSlip(order, shipment))
    with refused(NotFound("Order", "none")):
        kit.staff.handle(IssueInvoice(OrderId("none")))
