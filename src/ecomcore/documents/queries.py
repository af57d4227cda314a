"""What documents can be asked to show."""

from __future__ import annotations

from datetime import date

from attrs import field, frozen

from ecomcore.documents.values import (
    DeliveryLine,
    DocumentKind,
    DocumentLine,
    PaymentLine,
    Reference,
    SellerDetails,
    TaxPart,
)
from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import DocumentId, OrderId, ShipmentId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Money
from ecomcore.kernel.text import an_id

__all__ = ["DocumentView", "GetDocument", "ListDocuments"]

VIEW = Permission("documents.view", Who.OWNER)


@frozen(kw_only=True)
class DocumentView:
    """A document as its buyer and staff see it: all that a renderer puts on paper.

    The amounts of a credit note are positive: they are what goes back. A packing slip has no ``total``.
    """

    id: DocumentId
    kind: DocumentKind
    number: str
    order: OrderId
    order_number: str
    issued_at: Instant
    issued_on: date
    ordered_on: date
    seller: SellerDetails
    lines: tuple[DocumentLine, ...]
    delivery: DeliveryLine | None = None
    taxes: tuple[TaxPart, ...] = ()
    total: Money | None = None
    payments: tuple[PaymentLine, ...] = ()
    refers_to: Reference | None = None
    shipment: ShipmentId | None = None
    recipient: Address | None = None
    vat_id: str | None = field(default=None, repr=False)
    note: str = ""


@frozen
class GetDocument(Query[DocumentView]):
    """One document. Somebody else's is not found."""

    permission = VIEW
    document: DocumentId = field(validator=an_id)


@frozen
class ListDocuments(Query[tuple[DocumentView, ...]]):
    """All documents of an order, the first issued first. Somebody else's order is not found."""

    permission = VIEW
    order: OrderId = field(validator=an_id)
