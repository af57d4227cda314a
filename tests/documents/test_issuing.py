"""Documents as staff issue them and buyers see them, for orders of which a test makes up the facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomcore import Desk, assemble
from ecomcore.documents import (
    Amendment,
    BillFacts,
    DeliveryLine,
    DocumentKind,
    DocumentsPolicy,
    DoesNotAddUp,
    GetDocument,
    InvoiceIssued,
    IssueCreditNote,
    IssueInvoice,
    IssuePackingSlip,
    ListDocuments,
    NothingToBill,
    PackingFacts,
    PaymentLine,
    SellerDetails,
)
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import DocumentId, MemberId, OrderId, ShipmentId
from ecomcore.kernel.messages import Member, Staff
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import NOON, FixedClock, euros
from ecomcore.testing.document_builders import (
    MadeUpBilling,
    a_bill,
    a_billed_line,
    a_charge,
    a_recipient,
    an_amendment,
)
from ecomcore.testing.work import reading
from tests.support.refusals import refused

ORDER, PARCEL = OrderId("order"), ShipmentId("parcel")
SELLER = SellerDetails("Tea & Co.", ("1 Market Street", "Leeds"), "GB123456789")


@frozen
class Office:
    """Where documents are issued."""

    billing: MadeUpBilling
    store: MemoryPersistence
    clock: FixedClock
    staff: Desk
    ada: Desk
    bob: Desk

    def change(self, *amendments: Amendment) -> None:
        """So much less is charged from now on; lines are not looked at again once there is an invoice."""
        bill = self.billing.bills[ORDER]
        taken = euros(sum(amendment.amount.minor for amendment in amendments))
        self.billing.bills[ORDER] = evolve(bill, total=bill.total - taken, amendments=(*bill.amendments, *amendments))

    def credited(self) -> int:
        views = self.staff.ask(ListDocuments(ORDER))
        return sum(view.total.minor for view in views if view.kind is DocumentKind.CREDIT_NOTE and view.total)


def an_office(bill: BillFacts | None = None) -> Office:
    billing, store, clock = MadeUpBilling(), MemoryPersistence(), FixedClock()
    billing.bills[ORDER] = bill or a_bill()
    billing.parcels[ORDER, PARCEL] = PackingFacts(
        owner="member:ada", number="W-1", placed_at=NOON, lines=(evolve(a_billed_line(quantity=2), charge=None),)
    )
    shop = assemble(
        store, billing=billing, clock=clock, documents_policy=DocumentsPolicy(seller=SELLER, time_zone="Europe/Berlin")
    )
    desks = (Staff("sam", frozenset(("*",))), Member(MemberId("ada")), Member(MemberId("bob")))
    return Office(billing, store, clock, *(shop.desk(actor) for actor in desks))


@pytest.fixture
def office() -> Office:
    return an_office()


def test_an_invoice_shows_what_was_charged_to_whom_and_how_it_was_paid() -> None:
    bill = a_bill(
        [a_billed_line(1, quantity=2), a_billed_line(2, name="Pot")],
        delivery=DeliveryLine("Parcel", a_charge(4_76, 76)),
        recipient=a_recipient(),
        vat_id="DE136695976",
        payments=(PaymentLine("card", euros(28_56)),),
    )
    office = an_office(bill)

    view = office.ada.ask(GetDocument(office.staff.handle(IssueInvoice(ORDER, "Thank you!"))))

    assert (view.kind, view.number, view.order_number) == (DocumentKind.INVOICE, "INV-2030-000001", "W-1")
    assert (view.lines, view.delivery, view.payments) == (bill.lines, bill.delivery, bill.payments)
    assert (view.seller, view.recipient, view.vat_id) == (SELLER, a_recipient(), "DE136695976")
    assert (view.total, view.note) == (euros(28_56), "Thank you!")
    assert [(str(tax.percent), tax.base, tax.amount) for tax in view.taxes] == [("19 %", euros(24_00), euros(4_56))]


def test_documents_are_dated_by_the_clocks_of_the_shop() -> None:
    placed = datetime(2030, 12, 31, 22, 30, tzinfo=UTC)
    office = an_office(a_bill(placed_at=placed))
    office.clock.set(placed + timedelta(hours=1))

    view = office.staff.ask(GetDocument(office.staff.handle(IssueInvoice(ORDER))))

    assert (view.ordered_on, view.issued_on, view.number) == (date(2030, 12, 31), date(2031, 1, 1), "INV-2031-000001")


def test_an_order_has_one_invoice_however_often_it_is_asked_for(office: Office) -> None:
    first = office.staff.handle(IssueInvoice(ORDER))
    office.change(an_amendment())

    assert office.staff.handle(IssueInvoice(ORDER)) == first
    (view,) = office.staff.ask(ListDocuments(ORDER))
    assert view.total == euros(11_90)


def test_what_was_taken_off_before_the_invoice_is_not_on_it_and_never_credited() -> None:
    office = an_office(a_bill([a_billed_line(total=10_90, tax=1_74)], amendments=(an_amendment(1, 1_00),)))

    office.staff.handle(IssueInvoice(ORDER))

    assert office.staff.handle(IssueCreditNote(ORDER)) is None


def test_what_was_taken_off_the_order_as_a_whole_is_credited_whenever_it_was() -> None:
    apart = an_amendment(1, 2_00, name="For the delay", netted=False)
    office = an_office(a_bill(total=euros(9_90), amendments=(apart, an_amendment(2, 3_00))))

    invoice = office.staff.handle(IssueInvoice(ORDER))
    note = office.staff.handle(IssueCreditNote(ORDER))

    assert office.staff.ask(GetDocument(invoice)).total == euros(11_90)
    assert note is not None
    view = office.staff.ask(GetDocument(note))
    assert ([line.name for line in view.lines], view.total) == (["For the delay"], euros(2_00))
    assert office.staff.handle(IssueCreditNote(ORDER)) is None


def test_a_long_reason_is_cut_where_a_line_ends(office: Office) -> None:
    office.staff.handle(IssueInvoice(ORDER))
    office.change(an_amendment(1, 1_00, name="n" * 500, reason="r" * 500))

    note = office.staff.handle(IssueCreditNote(ORDER))

    assert note is not None
    assert office.staff.ask(GetDocument(note)).lines[0].name == "n" * 500


def test_a_credit_note_shows_what_was_taken_off_since_and_nothing_twice(office: Office) -> None:
    invoice = office.staff.handle(IssueInvoice(ORDER))
    office.change(an_amendment(1, 2_38, 38, units=1, sku="SKU-tea", reason="broken"), an_amendment(2, 50))

    first = office.staff.handle(IssueCreditNote(ORDER, "Sorry."))
    again = office.staff.handle(IssueCreditNote(ORDER))
    office.change(an_amendment(3, 1_00))
    second = office.staff.handle(IssueCreditNote(ORDER))

    assert again is None
    one, other = (office.ada.ask(GetDocument(id_)) for id_ in (first, second) if id_)
    assert (one.number, other.number) == ("CN-2030-000001", "CN-2030-000002")
    assert (one.refers_to and one.refers_to.document, one.total, other.total) == (invoice, euros(2_88), euros(1_00))
    assert [(line.name, line.sku, line.quantity) for line in one.lines] == [
        ("Tea (broken)", "SKU-tea", 1),
        ("Tea", "", 0),
    ]
    assert [(tax.base, tax.amount) for tax in one.taxes] == [(euros(2_00), euros(38))]
    assert one.note == "Sorry."


def test_without_an_invoice_there_is_nothing_to_credit(office: Office) -> None:
    office.change(an_amendment())

    assert office.staff.handle(IssueCreditNote(ORDER)) is None
    assert office.staff.ask(ListDocuments(ORDER)) == ()


def test_what_was_worth_nothing_waits_for_a_credit_note_that_is(office: Office) -> None:
    office.staff.handle(IssueInvoice(ORDER))

    office.change(an_amendment(1, 0, name="A gift"))
    assert office.staff.handle(IssueCreditNote(ORDER)) is None
    office.change(an_amendment(2, 1_00))
    note = office.staff.handle(IssueCreditNote(ORDER))

    assert note is not None
    assert [line.name for line in office.staff.ask(GetDocument(note)).lines] == ["A gift", "Tea"]


@settings(max_examples=50)
@given(data=st.data())
def test_the_invoice_less_all_credit_notes_is_always_what_the_order_charges(data: st.DataObject) -> None:
    lines = [a_billed_line(number, total=data.draw(st.integers(0, 100_00)), tax=0) for number in range(1, 4)]
    office = an_office(a_bill(lines))
    office.staff.handle(IssueInvoice(ORDER))
    billed = office.billing.bills[ORDER].total.minor

    for number, credits_it in enumerate(data.draw(st.lists(st.booleans(), max_size=8)), 1):
        left = office.billing.bills[ORDER].total.minor
        amount = data.draw(st.integers(0, left))
        office.change(an_amendment(number, amount, data.draw(st.integers(0, amount))))
        if credits_it:
            office.staff.handle(IssueCreditNote(ORDER))
            assert billed - office.credited() == office.billing.bills[ORDER].total.minor
    office.staff.handle(IssueCreditNote(ORDER))

    assert billed - office.credited() == office.billing.bills[ORDER].total.minor


@pytest.mark.parametrize("off", [1, -1])
def test_no_credit_note_is_issued_on_facts_that_contradict_each_other(office: Office, off: int) -> None:
    office.staff.handle(IssueInvoice(ORDER))
    office.change(an_amendment(1, 1_00))
    bill = office.billing.bills[ORDER]
    office.billing.bills[ORDER] = evolve(bill, total=bill.total + euros(off))

    with pytest.raises(DoesNotAddUp) as refusal:
        office.staff.handle(IssueCreditNote(ORDER))

    assert (refusal.value.stated, refusal.value.parts) == (euros(10_90 + off), euros(10_90))
    assert office.credited() == 0


def test_what_was_refused_takes_no_number(office: Office) -> None:
    office.billing.bills[OrderId("wrong")] = a_bill(total=euros(1))
    with pytest.raises(DoesNotAddUp):
        office.staff.handle(IssueInvoice(OrderId("wrong")))

    invoice = office.staff.handle(IssueInvoice(ORDER))

    assert office.staff.ask(GetDocument(invoice)).number == "INV-2030-000001"


def test_an_order_that_charges_for_nothing_has_no_invoice(office: Office) -> None:
    office.billing.bills[ORDER] = a_bill([])

    with refused(NothingToBill(ORDER)):
        office.staff.handle(IssueInvoice(ORDER))


def test_what_costs_nothing_can_be_invoiced(office: Office) -> None:
    office.billing.bills[ORDER] = a_bill([a_billed_line(total=0, tax=0)])

    invoice = office.staff.handle(IssueInvoice(ORDER))

    assert office.staff.ask(GetDocument(invoice)).total == euros(0)


def test_a_packing_slip_lists_what_is_in_the_parcel_once(office: Office) -> None:
    slip = office.staff.handle(IssuePackingSlip(ORDER, PARCEL, "Fragile"))

    assert office.staff.handle(IssuePackingSlip(ORDER, PARCEL)) == slip
    view = office.ada.ask(GetDocument(slip))
    assert (view.kind, view.number, view.shipment, view.total) == (
        DocumentKind.PACKING_SLIP,
        "PS-2030-000001",
        PARCEL,
        None,
    )
    assert [(line.name, line.quantity) for line in view.lines] == [("Tea", 2)]


def test_of_orders_and_parcels_that_there_are_not_nothing_is_issued(office: Office) -> None:
    with refused(NotFound("Order", "none")):
        office.staff.handle(IssueInvoice(OrderId("none")))
    with refused(NotFound("Shipment", "none")):
        office.staff.handle(IssuePackingSlip(ORDER, ShipmentId("none")))
    assert office.staff.handle(IssueCreditNote(OrderId("none"))) is None


def test_a_buyer_sees_their_own_documents_and_nobody_elses(office: Office) -> None:
    invoice = office.staff.handle(IssueInvoice(ORDER))

    assert [view.id for view in office.ada.ask(ListDocuments(ORDER))] == [invoice]
    with refused(NotFound("Document", invoice)):
        office.bob.ask(GetDocument(invoice))
    with refused(NotFound("Document", "none")):
        office.bob.ask(GetDocument(DocumentId("none")))
    for order in (ORDER, OrderId("none")):
        with refused(NotFound("Order", order)):
            office.bob.ask(ListDocuments(order))


def test_the_outbox_tells_of_each_document(office: Office) -> None:
    invoice = office.staff.handle(IssueInvoice(ORDER))

    with reading(office.store) as work:
        told = [recorded.event for recorded in work.outbox.events()]
    assert told == [InvoiceIssued(invoice, ORDER, "INV-2030-000001", euros(11_90))]


def test_what_is_on_a_document_does_not_change_with_the_shop(office: Office) -> None:
    invoice = office.staff.handle(IssueInvoice(ORDER))
    before = office.staff.ask(GetDocument(invoice))

    office.billing.bills[ORDER] = a_bill([a_billed_line(name="Another", total=1, tax=0)], owner="member:bob")

    assert office.staff.ask(GetDocument(invoice)) == before
