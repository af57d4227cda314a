"""The shop's own orders answer what documents ask."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ecomcore import Desk, assemble
from ecomcore.documents import (
    DocumentKind,
    GetDocument,
    IssueCreditNote,
    IssueInvoice,
    IssuePackingSlip,
    ListDocuments,
    NothingToBill,
)
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import DeliveryMethodId, OrderId, PaymentId, ShipmentId
from ecomcore.kernel.messages import Staff
from ecomcore.kernel.percent import percent
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import (
    EntryKind,
    LedgerEntry,
    LineChange,
    LineUnits,
    Means,
    NothingLeft,
    NothingToRefund,
    NotThatMany,
    Order,
    OrderState,
)
from ecomcore.quoting import ShippingCharge, TaxAmount
from ecomcore.shipping import ListShipments
from ecomcore.testing import NOON, ShopKit, a_line, a_price, a_shipment, a_shop, an_order, euros, fetch, keep
from ecomcore.testing.document_builders import a_recipient
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


def an_office(order: Order) -> tuple[MemoryPersistence, Desk]:
    """A shop in which there is this order."""
    store = MemoryPersistence()
    staff = assemble(store).desk(Staff("sam", frozenset(("*",))))
    keep(store, order)
    return store, staff


def vat(net: int, amount: int) -> TaxAmount:
    return TaxAmount("VAT", percent(19), euros(net), euros(amount))


def an_order_of_three_teas_and_a_pot(**more: Any) -> Order:
    """Tea at 11.90 each and a pot at 23.80, with 19 % of tax in it, by parcel for 1.19, paid by card."""
    lines = (
        a_line(1, quantity=3, price=a_price(11_90), taxes=[vat(30_00, 5_70)]),
        a_line(2, variant="pot", name="Pot", price=a_price(23_80), taxes=[vat(20_00, 3_80)]),
    )
    parcel = ShippingCharge(
        DeliveryMethodId("parcel"), "Parcel", euros(1_19), (), True, (vat(1_00, 19),), euros(0), euros(1_19)
    )
    paid = (
        LedgerEntry(1, EntryKind.INTENDED, PaymentId("p"), euros(60_69), "p", NOON),
        LedgerEntry(2, EntryKind.AUTHORISED, PaymentId("p"), euros(60_69), "a", NOON),
        LedgerEntry(3, EntryKind.CAPTURED, PaymentId("p"), euros(60_69), "c", NOON),
    )
    order = an_order(lines=lines, shipping=parcel, total=euros(60_69), payments=paid, state=OrderState.CONFIRMED)
    return order.having(**more)


def edited(order: Order, line: int, quantity: int) -> Order:
    return order.edit([LineChange(line, quantity)], (), "changed their mind", "sam", NOON).having(news=())


def refunded(order: Order, amount: int | None = None, lines: tuple[LineUnits, ...] = ()) -> Order:
    money = None if amount is None else euros(amount)
    back = order.refund(
        lines=lines, delivery=None, amount=money, means=Means.MANUAL, reason="late", reference="", by="sam", at=NOON
    )
    return back.having(news=())


def test_a_partial_cancellation_before_the_invoice_is_not_on_it() -> None:
    order = edited(edited(an_order_of_three_teas_and_a_pot(), 1, 1), 2, 0)
    _, staff = an_office(order)

    view = staff.ask(GetDocument(staff.handle(IssueInvoice(order.id))))

    assert [(line.name, line.quantity, line.charge and line.charge.total) for line in view.lines] == [
        ("Tea", 1, euros(11_90))
    ]
    assert view.delivery is not None
    assert (view.delivery.name, view.total) == ("Parcel", order.total)
    assert [(tax.base, tax.amount) for tax in view.taxes] == [(euros(11_00), euros(2_09))]
    assert staff.handle(IssueCreditNote(order.id)) is None


def test_what_was_given_back_after_the_invoice_is_on_a_credit_note() -> None:
    order = an_order_of_three_teas_and_a_pot()
    store, staff = an_office(order)
    staff.handle(IssueInvoice(order.id))
    keep(store, refunded(fetch(store, Order, order.id), lines=(LineUnits(1, 2),)))

    note = staff.handle(IssueCreditNote(order.id))

    assert note is not None
    view = staff.ask(GetDocument(note))
    assert [(line.name, line.sku, line.quantity) for line in view.lines] == [("Tea (late)", "SKU-tea", 2)]
    assert (view.total, [tax.amount for tax in view.taxes]) == (euros(23_80), [euros(3_80)])


def test_what_was_given_back_for_the_order_as_a_whole_is_credited_also_when_it_was_before_the_invoice() -> None:
    order = refunded(an_order_of_three_teas_and_a_pot(), 5_00)
    _, staff = an_office(order)

    invoice = staff.handle(IssueInvoice(order.id))
    note = staff.handle(IssueCreditNote(order.id))

    assert staff.ask(GetDocument(invoice)).total == euros(60_69)
    assert note is not None
    assert staff.ask(GetDocument(note)).total == euros(5_00)


def test_an_order_of_which_something_was_given_back_can_still_be_called_off() -> None:
    order = edited(refunded(an_order_of_three_teas_and_a_pot(), 5_00), 1, 2)
    store, staff = an_office(order)
    staff.handle(IssueInvoice(order.id))

    keep(store, fetch(store, Order, order.id).cancel("no more", NOON).having(news=()))
    staff.handle(IssueCreditNote(order.id))

    assert billed_less_credited(staff, order) == 0


def billed_less_credited(staff: Desk, order: Order) -> int:
    signs = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}
    return sum(signs[view.kind] * view.total.minor for view in staff.ask(ListDocuments(order.id)) if view.total)


_STEPS = st.one_of(
    st.tuples(st.just("edit"), st.integers(1, 2), st.integers(0, 3)),
    st.tuples(st.just("units"), st.integers(1, 2), st.integers(1, 3)),
    st.tuples(st.just("amount"), st.integers(1, 30_00), st.just(0)),
    st.tuples(st.sampled_from(["invoice", "credit"]), st.just(0), st.just(0)),
)


@given(st.lists(_STEPS, max_size=8))
def test_the_invoice_of_an_order_less_its_credit_notes_is_what_it_charges(steps: list[tuple[str, int, int]]) -> None:
    order = an_order_of_three_teas_and_a_pot()
    store, staff = an_office(order)
    for step, one, two in [*steps, ("invoice", 0, 0), ("credit", 0, 0)]:
        now = fetch(store, Order, order.id)
        try:
            if step == "edit":
                changed = edited(now, one, two)
                if changed is not now and not changed.total.is_negative:
                    keep(store, changed)
            elif step == "units":
                keep(store, refunded(now, lines=(LineUnits(one, two),)))
            elif step == "amount":
                keep(store, refunded(now, one))
            else:
                staff.handle(IssueInvoice(order.id) if step == "invoice" else IssueCreditNote(order.id))
        except (NotThatMany, NothingToRefund, NothingLeft, NothingToBill):
            continue

    if staff.ask(ListDocuments(order.id)):
        assert billed_less_credited(staff, order) == fetch(store, Order, order.id).total.minor


def test_addresses_go_to_the_documents_that_need_them() -> None:
    home, work = a_recipient("Ada at home"), a_recipient("Ada at work")
    order = an_order_of_three_teas_and_a_pot(bill_to=work, ship_to=home, number="W-7")
    store, staff = an_office(order)
    keep(store, a_shipment(order=order.id))

    invoice, slip = (
        staff.ask(GetDocument(staff.handle(command)))
        for command in (IssueInvoice(order.id), IssuePackingSlip(order.id, ShipmentId("shipment")))
    )

    assert (invoice.recipient, slip.recipient) == (work, home)
    assert (invoice.order_number, slip.order_number) == ("W-7", "W-7")
