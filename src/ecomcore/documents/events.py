"""What documents tell."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import DocumentId, OrderId, ShipmentId
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Money

__all__ = ["CreditNoteIssued", "InvoiceIssued", "PackingSlipIssued"]


@frozen
class InvoiceIssued(Event):
    """An order has its invoice."""

    document: DocumentId
    order: OrderId
    number: str
    total: Money


@frozen
class CreditNoteIssued(Event):
    """A part of an invoice is taken back."""

    document: DocumentId
    order: OrderId
    number: str
    total: Money
    invoice: DocumentId


@frozen
class PackingSlipIssued(Event):
    """A shipment has the list of what is in it."""

    document: DocumentId
    order: OrderId
    number: str
    shipment: ShipmentId
