"""A document is issued once and never changes: an invoice with what an order charges, a credit note for what was taken
off that bill later, a packing slip for what is in a shipment. It bears a number of a series without gaps. What is wrong
on an invoice is put right by a credit note, never on the invoice.

Its sums are checked when it is made: one that does not add up cannot be. Only the address can be forgotten one day,
when the law no longer asks for it; all else stays as it was issued.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any, Self

from attrs import field, frozen

from ecomcore.documents.errors import DoesNotAddUp
from ecomcore.documents.events import CreditNoteIssued, InvoiceIssued, PackingSlipIssued
from ecomcore.documents.values import (
    Charge,
    DeliveryLine,
    DocumentKind,
    DocumentLine,
    PaymentLine,
    Reference,
    SellerDetails,
    TaxPart,
    tax_summary,
)
from ecomcore.kernel.address import Address
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId, ShipmentId
from ecomcore.kernel.money import Money, money_sum

__all__ = ["Document", "discrepancies", "document_id"]


def document_id(kind: DocumentKind, *names: str) -> DocumentId:
    """The id of the one document of this kind about these things."""
    told = "\0".join((kind, *names))
    return DocumentId("d" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:48])


@frozen(kw_only=True)
class Document(Aggregate):
    """What was issued. ``owner`` is the owner name of the buyer, ``sequence`` the place in its series.

    ``issued_on`` and ``ordered_on`` are days by the clocks of the shop. ``amendments`` are those of the order that this
    document accounts for: on an invoice they are left out of the bill, on a credit note they are its lines.

    Raises ``DoesNotAddUp``, and ``Invalid`` for what a document of its kind does not have.
    """

    id: DocumentId
    kind: DocumentKind
    series: SeriesId
    sequence: int
    number: str
    order: OrderId
    order_number: str
    owner: str
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
    amendments: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        _check_kind(self)
        for what, stated, parts in discrepancies(self):
            raise DoesNotAddUp(what, stated, parts)

    @classmethod
    def invoice(cls, **content: Any) -> Self:
        """The invoice of an order; its taxes are those of its lines and its delivery."""
        made = cls(kind=DocumentKind.INVOICE, taxes=_taxes_of(content), **content)
        return made.telling(InvoiceIssued(made.id, made.order, made.number, made._owed))

    @classmethod
    def credit_note(cls, invoice: Document, **content: Any) -> Self:
        """Takes back a part of an invoice, from whom and to whom the invoice was."""
        made = cls(
            kind=DocumentKind.CREDIT_NOTE,
            refers_to=Reference(invoice.id, invoice.number),
            order=invoice.order,
            order_number=invoice.order_number,
            owner=invoice.owner,
            ordered_on=invoice.ordered_on,
            seller=invoice.seller,
            recipient=invoice.recipient,
            vat_id=invoice.vat_id,
            taxes=_taxes_of(content),
            **content,
        )
        return made.telling(CreditNoteIssued(made.id, made.order, made.number, made._owed, invoice.id))

    @classmethod
    def packing_slip(cls, *, shipment: ShipmentId, **content: Any) -> Self:
        """Lists what is in a shipment."""
        made = cls(kind=DocumentKind.PACKING_SLIP, shipment=shipment, **content)
        return made.telling(PackingSlipIssued(made.id, made.order, made.number, shipment))

    @classmethod
    def as_kept(cls, **state: Any) -> Self:
        """The document as a store has it, with a value for each field. Nothing is checked: what does not add up any
        more is for the audit to find, and no reason to show nothing.
        """
        kept = object.__new__(cls)
        for name, value in state.items():
            object.__setattr__(kept, name, value)
        return kept

    @property
    def _owed(self) -> Money:
        if self.total is None:
            raise Invalid("total", None, "the total of a document that is about money")
        return self.total


def _taxes_of(content: dict[str, Any]) -> tuple[TaxPart, ...]:
    return tax_summary(tax for charge in _charges(content["lines"], content.get("delivery")) for tax in charge.taxes)


def _charges(lines: tuple[DocumentLine, ...], delivery: DeliveryLine | None) -> Iterator[Charge]:
    yield from (line.charge for line in lines if line.charge is not None)
    if delivery is not None:
        yield delivery.charge


def _check_kind(document: Document) -> None:
    """What a document of its kind has, and what it does not have."""
    about_money = document.kind is not DocumentKind.PACKING_SLIP
    if not document.lines and document.delivery is None:
        raise Invalid("lines", (), "at least one line, or a delivery")
    if len({line.number for line in document.lines}) < len(document.lines):
        raise Invalid("lines", [line.number for line in document.lines], "lines with a number of their own each")
    if (document.total is not None) != about_money:
        raise Invalid("total", document.total, "a total on what is about money, none on a packing slip")
    if any((line.charge is not None) != about_money for line in document.lines):
        raise Invalid("lines", document.lines, "a charge on each line that is about money, none on a packing slip")
    if not about_money and (document.delivery or document.taxes or document.payments or document.amendments):
        raise Invalid("kind", document.kind, "no delivery, taxes, payments and amendments on a packing slip")
    if (document.refers_to is not None) != (document.kind is DocumentKind.CREDIT_NOTE):
        raise Invalid("refers_to", document.refers_to, "the invoice that a credit note is about, and nothing else")
    if (document.shipment is not None) == about_money:
        raise Invalid("shipment", document.shipment, "the shipment of a packing slip, and nothing else")


def discrepancies(document: Document) -> Iterator[tuple[str, Money, Money]]:
    """The sums that are not those of their parts: what it is, what is stated, what the parts come to."""
    if document.total is None:
        return
    currency = document.total.currency
    charges = tuple(_charges(document.lines, document.delivery))
    for number, charge in enumerate(charges, 1):
        what = f"line {number}" if number <= len(document.lines) else "delivery"
        parts = charge.net + money_sum((tax.amount for tax in charge.taxes), currency)
        if parts != charge.total:
            yield what, charge.total, parts
    total = money_sum((charge.total for charge in charges), currency)
    if total != document.total:
        yield "the total", document.total, total
    yield from _tax_discrepancies(document.taxes, tax_summary(tax for charge in charges for tax in charge.taxes))


def _tax_discrepancies(stated: tuple[TaxPart, ...], parts: tuple[TaxPart, ...]) -> Iterator[tuple[str, Money, Money]]:
    """Each row of the summary against the taxes of the lines, wherever it stands."""
    left = {(part.name, part.percent.millionths): part for part in parts}
    for row in stated:
        nothing = Money.zero(row.amount.currency)
        part = left.pop((row.name, row.percent.millionths), TaxPart(row.name, row.percent, nothing, nothing))
        if row.base != part.base:
            yield f"what {row.name} {row.percent} is of", row.base, part.base
        if row.amount != part.amount:
            yield f"{row.name} {row.percent}", row.amount, part.amount
    for part in left.values():
        yield f"{part.name} {part.percent}", Money.zero(part.amount.currency), part.amount
