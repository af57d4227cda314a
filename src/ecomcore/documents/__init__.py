"""The documents: invoices, credit notes and packing slips, as immutable data with numbers that have no gaps.

Ask:    IssueInvoice, IssueCreditNote, IssuePackingSlip; GetDocument, ListDocuments.
Tells:  InvoiceIssued, CreditNoteIssued, PackingSlipIssued.
Refuses: DoesNotAddUp, NothingToBill.

Whatever else is numbered without gaps, such as orders, takes its number here too: see ``take_number``.
"""

from ecomcore.documents.commands import IssueCreditNote, IssueInvoice, IssuePackingSlip
from ecomcore.documents.document import Document, discrepancies, document_id
from ecomcore.documents.errors import DoesNotAddUp, NothingToBill
from ecomcore.documents.events import CreditNoteIssued, InvoiceIssued, PackingSlipIssued
from ecomcore.documents.numbering import Number, take_number
from ecomcore.documents.policy import DocumentsPolicy, NumberFormat
from ecomcore.documents.ports import AllSeries, Billing, DocumentRenderer, Documents
from ecomcore.documents.queries import DocumentView, GetDocument, ListDocuments
from ecomcore.documents.series import Series
from ecomcore.documents.usecases import (
    get_document,
    issue_credit_note,
    issue_invoice,
    issue_packing_slip,
    list_documents,
    only_the_buyers_document,
    only_the_buyers_order,
)
from ecomcore.documents.values import (
    Amendment,
    BillFacts,
    Charge,
    DeliveryLine,
    DocumentKind,
    DocumentLine,
    PackingFacts,
    PaymentLine,
    Reference,
    SellerDetails,
    TaxPart,
    tax_summary,
)
from ecomcore.kernel.room import Room

__all__ = [
    "ROOM",
    "AllSeries",
    "Amendment",
    "BillFacts",
    "Billing",
    "Charge",
    "CreditNoteIssued",
    "DeliveryLine",
    "Document",
    "DocumentKind",
    "DocumentLine",
    "DocumentRenderer",
    "DocumentView",
    "Documents",
    "DocumentsPolicy",
    "DoesNotAddUp",
    "GetDocument",
    "InvoiceIssued",
    "IssueCreditNote",
    "IssueInvoice",
    "IssuePackingSlip",
    "ListDocuments",
    "NothingToBill",
    "Number",
    "NumberFormat",
    "PackingFacts",
    "PackingSlipIssued",
    "PaymentLine",
    "Reference",
    "SellerDetails",
    "Series",
    "TaxPart",
    "discrepancies",
    "document_id",
    "take_number",
    "tax_summary",
]

ROOM = Room(
    name="documents",
    deciders={
        IssueInvoice: issue_invoice,
        IssueCreditNote: issue_credit_note,
        IssuePackingSlip: issue_packing_slip,
    },
    answers={GetDocument: get_document, ListDocuments: list_documents},
    guards={GetDocument: only_the_buyers_document, ListDocuments: only_the_buyers_order},
    events=(InvoiceIssued, CreditNoteIssued, PackingSlipIssued),
    repositories=(Documents, AllSeries),
    ports=(Billing, DocumentRenderer),
)
