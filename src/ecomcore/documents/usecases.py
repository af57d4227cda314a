"""The use cases of documents: load, decide, save. The number comes last: its series is locked until the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ecomcore.documents.commands import IssueCreditNote, IssueInvoice, IssuePackingSlip
from ecomcore.documents.document import Document, document_id
from ecomcore.documents.errors import DoesNotAddUp, NothingToBill
from ecomcore.documents.numbering import take_number
from ecomcore.documents.policy import DocumentsPolicy, NumberFormat
from ecomcore.documents.ports import AllSeries, Billing, Documents
from ecomcore.documents.queries import DocumentView, GetDocument, ListDocuments
from ecomcore.documents.values import LONGEST_NAME, Amendment, BillFacts, Charge, DocumentKind, DocumentLine
from ecomcore.kernel.calendar import local
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import DocumentId
from ecomcore.kernel.messages import Envelope
from ecomcore.kernel.money import Currency, Money, money_sum


def issue_invoice(
    command: IssueInvoice,
    documents: Documents,
    billing: Billing,
    series: AllSeries,
    policy: DocumentsPolicy,
    clock: Clock,
) -> DocumentId:
    id_ = document_id(DocumentKind.INVOICE, command.order)
    if documents.find(id_) is not None:
        return id_
    bill = billing.of_order(command.order)
    if not bill.lines and bill.delivery is None:
        raise NothingToBill(command.order)
    apart = [amendment for amendment in bill.amendments if not amendment.netted]
    issue = _numbered(Document.invoice, series, policy.invoices, clock.now(), policy)
    invoice = issue(
        id=id_,
        order=command.order,
        order_number=bill.number,
        owner=bill.owner,
        ordered_on=local(bill.placed_at, policy.time_zone).date(),
        seller=policy.seller,
        recipient=bill.recipient,
        vat_id=bill.vat_id,
        lines=bill.lines,
        delivery=bill.delivery,
        total=bill.total + money_sum((amendment.amount for amendment in apart), bill.currency),
        payments=bill.payments,
        note=command.note,
        amendments=_numbers([amendment for amendment in bill.amendments if amendment.netted]),
    )
    documents.save(invoice)
    return id_


def issue_credit_note(
    command: IssueCreditNote,
    documents: Documents,
    billing: Billing,
    series: AllSeries,
    policy: DocumentsPolicy,
    clock: Clock,
) -> DocumentId | None:
    invoice = documents.find(document_id(DocumentKind.INVOICE, command.order))
    if invoice is None:
        return None
    bill = billing.of_order(command.order)
    issued = documents.of_order(command.order)
    accounted = {number for document in issued for number in document.amendments}
    fresh = [amendment for amendment in bill.amendments if amendment.number not in accounted]
    total = money_sum((amendment.amount for amendment in fresh), bill.currency)
    _check_what_remains(bill, invoice, issued, total)
    if total.is_zero:  # what was worth nothing waits for the next one
        return None
    id_ = document_id(DocumentKind.CREDIT_NOTE, command.order, str(max(amendment.number for amendment in fresh)))
    issue = _numbered(Document.credit_note, series, policy.credit_notes, clock.now(), policy)
    note = issue(
        invoice=invoice,
        id=id_,
        lines=tuple(_credited(number, amendment) for number, amendment in enumerate(fresh, 1)),
        total=total,
        note=command.note,
        amendments=_numbers(fresh),
    )
    documents.save(note)
    return id_


def issue_packing_slip(
    command: IssuePackingSlip,
    documents: Documents,
    billing: Billing,
    series: AllSeries,
    policy: DocumentsPolicy,
    clock: Clock,
) -> DocumentId:
    id_ = document_id(DocumentKind.PACKING_SLIP, command.order, command.shipment)
    if documents.find(id_) is not None:
        return id_
    packed = billing.of_shipment(command.order, command.shipment)
    issue = _numbered(Document.packing_slip, series, policy.packing_slips, clock.now(), policy)
    slip = issue(
        id=id_,
        order=command.order,
        order_number=packed.number,
        owner=packed.owner,
        ordered_on=local(packed.placed_at, policy.time_zone).date(),
        seller=policy.seller,
        recipient=packed.recipient,
        lines=packed.lines,
        shipment=command.shipment,
        note=command.note,
    )
    documents.save(slip)
    return id_


def get_document(query: GetDocument, documents: Documents) -> DocumentView:
    return _view(documents.get(query.document))


def list_documents(query: ListDocuments, documents: Documents) -> tuple[DocumentView, ...]:
    return tuple(_view(document) for document in documents.of_order(query.order))


def only_the_buyers_document(query: GetDocument, documents: Documents, envelope: Envelope) -> None:
    """Somebody else's document is not found, and neither is one that does not exist."""
    if documents.get(query.document).owner != envelope.actor.owner:
        raise NotFound("Document", query.document)


def only_the_buyers_order(query: ListDocuments, billing: Billing, envelope: Envelope) -> None:
    """Somebody else's order is not found, and neither is one that does not exist."""
    if billing.of_order(query.order).owner != envelope.actor.owner:
        raise NotFound("Order", query.order)


def _numbered(
    make: Callable[..., Document], series: AllSeries, format: NumberFormat, at: Instant, policy: DocumentsPolicy
) -> Callable[..., Document]:
    """Makes the document with the next number, dated."""

    def issue(**content: Any) -> Document:
        number = take_number(series, format, at, policy.time_zone)
        return make(
            series=number.series,
            sequence=number.sequence,
            number=number.text,
            issued_at=at,
            issued_on=local(at, policy.time_zone).date(),
            **content,
        )

    return issue


def _numbers(amendments: Sequence[Amendment]) -> tuple[int, ...]:
    return tuple(sorted({amendment.number for amendment in amendments}))


def _credited(number: int, amendment: Amendment) -> DocumentLine:
    tax = money_sum((each.amount for each in amendment.taxes), amendment.amount.currency)
    nothing = Money.zero(amendment.amount.currency)
    charge = Charge(amendment.amount - tax, amendment.taxes, amendment.amount, nothing)
    name = f"{amendment.name} ({amendment.reason})" if amendment.reason else amendment.name
    return DocumentLine(number, amendment.sku, name[:LONGEST_NAME], amendment.units, charge)


def _check_what_remains(bill: BillFacts, invoice: Document, issued: Sequence[Document], total: Money) -> None:
    """The invoice less all credit notes, this one too, is what the order charges: else the facts are wrong, or
    something was added to the order that is on no invoice.
    """
    notes = [document for document in issued if document.kind is DocumentKind.CREDIT_NOTE]
    credited = _total(notes, bill.currency) + total
    remains = _total([invoice], bill.currency) - credited
    if remains != bill.total:
        raise DoesNotAddUp(f"the invoice of order {invoice.order} less its credit notes", bill.total, remains)


def _total(documents: Sequence[Document], currency: Currency) -> Money:
    return money_sum((document.total for document in documents if document.total is not None), currency)


def _view(document: Document) -> DocumentView:
    return DocumentView(
        id=document.id,
        kind=document.kind,
        number=document.number,
        order=document.order,
        order_number=document.order_number,
        issued_at=document.issued_at,
        issued_on=document.issued_on,
        ordered_on=document.ordered_on,
        seller=document.seller,
        lines=document.lines,
        delivery=document.delivery,
        taxes=document.taxes,
        total=document.total,
        payments=document.payments,
        refers_to=document.refers_to,
        shipment=document.shipment,
        recipient=document.recipient,
        vat_id=document.vat_id,
        note=document.note,
    )
