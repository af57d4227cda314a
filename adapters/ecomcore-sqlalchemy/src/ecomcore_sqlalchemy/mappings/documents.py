"""Documents and the series of their numbers as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ecomcore.documents import (
    Charge,
    DeliveryLine,
    Document,
    DocumentKind,
    DocumentLine,
    PaymentLine,
    Reference,
    SellerDetails,
    Series,
    TaxPart,
)
from ecomcore.kernel.address import Address
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId, ShipmentId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.percent import Percent
from ecomcore_sqlalchemy import document_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _series_values(series: Series, _: Dialect) -> Row:
    return (series.next,)


def _series(row: Row, _: Parts, __: Dialect) -> Series:
    id_, version, told, next_ = row
    return Series(id=SeriesId(id_), version=version, told=told, next=next_)


def _document_values(document: Document, dialect: Dialect) -> Row:
    dump, about = dialect.documents.dump_value, document.refers_to
    return (
        None if document.recipient is None else dump(document.recipient, Address),
        document.kind.value,
        document.series,
        document.sequence,
        document.number,
        document.order,
        document.order_number,
        document.owner,
        dialect.instant(document.issued_at),
        document.issued_on.isoformat(),
        document.ordered_on.isoformat(),
        dump(document.seller, SellerDetails),
        None if document.delivery is None else dump(document.delivery, DeliveryLine),
        None if document.total is None else document.total.currency,
        None if document.total is None else document.total.minor,
        dump(document.payments, tuple[PaymentLine, ...]),
        None if about is None else about.document,
        None if about is None else about.number,
        document.shipment,
        document.vat_id,
        document.note,
    )


def _document(row: Row, parts: Parts, dialect: Dialect) -> Document:
    id_, version, told, recipient, kind, series, sequence, number, order, order_number, owner, *rest = row
    issued_at, issued_on, ordered_on, seller, delivery, code, total, payments, about, about_number, *last = rest
    shipment, vat_id, note = last
    load, currency = dialect.documents.load_value, Currency(code)
    return Document.as_kept(
        id=DocumentId(id_),
        version=version,
        told=told,
        news=(),
        kind=DocumentKind(kind),
        series=SeriesId(series),
        sequence=sequence,
        number=number,
        order=OrderId(order),
        order_number=order_number,
        owner=owner,
        issued_at=dialect.moment(issued_at),
        issued_on=date.fromisoformat(issued_on),
        ordered_on=date.fromisoformat(ordered_on),
        seller=load(SellerDetails, seller),
        lines=tuple(_line(line, currency, dialect) for line in parts[0]),
        delivery=None if delivery is None else load(DeliveryLine, delivery),
        taxes=tuple(
            TaxPart(name, Percent(percent), Money(base, currency), Money(amount, currency))
            for _, _, name, percent, base, amount in parts[1]
        ),
        total=None if total is None else Money(total, currency),
        payments=load(tuple[PaymentLine, ...], payments),
        refers_to=None if about is None else Reference(DocumentId(about), about_number),
        shipment=None if shipment is None else ShipmentId(shipment),
        recipient=None if recipient is None else load(Address, recipient),
        vat_id=vat_id,
        note=note,
        amendments=tuple(each for _, _, each in parts[2]),
    )


def _line(row: Row, currency: Currency, dialect: Dialect) -> DocumentLine:
    _, number, sku, name, quantity, price, per, discount, net, _, total, taxes = row
    if total is None:
        return DocumentLine(number, sku, name, quantity)
    charge = Charge(
        Money(net, currency),
        dialect.documents.load_value(tuple[TaxPart, ...], taxes) if taxes else (),
        Money(total, currency),
        Money(discount, currency),
        None if price is None else Price(Money(price, currency), per),
    )
    return DocumentLine(number, sku, name, quantity, charge)


def _fresh_lines(before: Document | None, now: Document, dialect: Dialect) -> Iterable[Row]:
    if before is None:
        for line in now.lines:
            yield (now.id, line.number, line.sku, line.name, line.quantity, *_charge(line.charge, dialect))


def _charge(charge: Charge | None, dialect: Dialect) -> Row:
    if charge is None:
        return None, None, None, None, None, None, ""
    return (
        None if charge.price is None else charge.price.amount.minor,
        None if charge.price is None else charge.price.per,
        charge.discount.minor,
        charge.net.minor,
        charge.tax.minor,
        charge.total.minor,
        dialect.documents.dump_value(charge.taxes, tuple[TaxPart, ...]) if charge.taxes else "",
    )


def _fresh_taxes(before: Document | None, now: Document, _: Dialect) -> Iterable[Row]:
    if before is None:
        for number, tax in enumerate(now.taxes, 1):
            yield now.id, number, tax.name, tax.percent.millionths, tax.base.minor, tax.amount.minor


def _fresh_amendments(before: Document | None, now: Document, _: Dialect) -> Iterable[Row]:
    if before is None:
        for number in now.amendments:
            yield now.id, now.order, number


_FIXED = (
    *("kind", "series", "sequence", "number", "order", "order_number", "owner", "issued_at", "issued_on"),
    *("ordered_on", "seller", "delivery", "currency", "total", "payments", "refers_to", "refers_to_number"),
    *("shipment", "vat_id", "note"),
)
_LINE = ("sku", "name", "quantity", "price", "per", "discount", "net", "tax", "total", "taxes")

MAPPED: Mapping[type, Mapped[Any]] = {
    Series: Mapped(Series, tables.series, ("next",), (), _series_values, _series),
    Document: Mapped(
        Document,
        tables.documents,
        ("recipient",),
        _FIXED,
        _document_values,
        _document,
        (
            Part(tables.document_lines, ("document", "number", *_LINE), "number", _fresh_lines),
            Part(
                tables.document_taxes,
                ("document", "number", "name", "percent", "base", "amount"),
                "number",
                _fresh_taxes,
            ),
            Part(tables.document_amendments, ("document", "order", "number"), "number", _fresh_amendments),
        ),
    ),
}
