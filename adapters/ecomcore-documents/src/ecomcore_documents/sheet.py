"""What stands where on a document, in words: the same for screens and for paper."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from ecomcore.documents import Charge, DocumentKind, DocumentLine, DocumentView
from ecomcore.kernel.money import Money, Price
from ecomcore_documents.labels import Labels

__all__ = ["Column", "Sheet", "Table", "sheet_of"]

Pair = tuple[str, str]


@frozen
class Column:
    """A column of a table: its label, its share of the width, whether it holds numbers."""

    label: str
    share: int
    numeric: bool = False


@frozen
class Table:
    """Rows of text below labels; without rows it is not shown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@frozen(kw_only=True)
class Sheet:
    """A document in the words of one language."""

    language: str
    labels: Labels
    title: str
    number: str
    seller: tuple[str, ...]
    recipient: tuple[str, ...]
    facts: tuple[Pair, ...]
    lines: Table
    sums: tuple[Pair, ...]
    taxes: Table
    payments: tuple[Pair, ...]
    note: str


def sheet_of(view: DocumentView, language: str, labels: Labels) -> Sheet:
    """The document in these words."""
    return Sheet(
        language=language,
        labels=labels,
        title=_title(view.kind, labels),
        number=view.number,
        seller=tuple(_seller(view, labels)),
        recipient=tuple(_recipient(view)),
        facts=tuple(_facts(view, labels)),
        lines=_packed(view, labels) if view.total is None else _billed(view, labels),
        sums=() if view.total is None else ((_total_label(view.kind, labels), str(view.total)),),
        taxes=_taxes(view, labels),
        payments=tuple((_method(payment.method, labels), str(payment.amount)) for payment in view.payments),
        note=view.note,
    )


def _title(kind: DocumentKind, labels: Labels) -> str:
    match kind:
        case DocumentKind.INVOICE:
            return labels.invoice
        case DocumentKind.CREDIT_NOTE:
            return labels.credit_note
        case DocumentKind.PACKING_SLIP:
            return labels.packing_slip


def _total_label(kind: DocumentKind, labels: Labels) -> str:
    return labels.credited if kind is DocumentKind.CREDIT_NOTE else labels.total


def _seller(view: DocumentView, labels: Labels) -> Iterator[str]:
    yield view.seller.name
    yield from view.seller.address
    if view.seller.vat_id:
        yield f"{labels.vat_id}: {view.seller.vat_id}"


def _recipient(view: DocumentView) -> Iterator[str]:
    if view.recipient is not None:
        address = view.recipient
        yield address.recipient.value
        yield from (line.value for line in address.lines)
        yield f"{address.postcode.value} {address.city.value}"
        yield f"{address.region}, {address.country}" if address.region else address.country


def _facts(view: DocumentView, labels: Labels) -> Iterator[Pair]:
    yield labels.number, view.number
    yield labels.date, view.issued_on.isoformat()
    yield labels.order, view.order_number
    yield labels.order_date, view.ordered_on.isoformat()
    if view.refers_to is not None:
        yield labels.refers_to, view.refers_to.number
    if view.vat_id:
        yield labels.your_vat_id, view.vat_id


def _packed(view: DocumentView, labels: Labels) -> Table:
    columns = (
        Column(labels.position, 1, numeric=True),
        Column(labels.sku, 3),
        Column(labels.item, 8),
        Column(labels.quantity, 2, numeric=True),
    )
    rows = ((str(line.number), line.sku, line.name, str(line.quantity)) for line in view.lines)
    return Table(columns, tuple(rows))


def _billed(view: DocumentView, labels: Labels) -> Table:
    """Lines with what they cost, delivery last."""
    columns = (
        Column(labels.position, 3, numeric=True),
        Column(labels.sku, 7),
        Column(labels.item, 15),
        Column(labels.quantity, 5, numeric=True),
        Column(labels.price, 8, numeric=True),
        Column(labels.discount, 7, numeric=True),
        Column(labels.net, 8, numeric=True),
        Column(labels.tax, 6, numeric=True),
        Column(labels.amount, 8, numeric=True),
    )
    rows = [_billed_row(line, line.charge) for line in view.lines if line.charge is not None]
    if view.delivery is not None:
        named = f"{labels.delivery}: {view.delivery.name}"
        rows.append(("", "", named, "", "", *_amounts(view.delivery.charge)))
    return Table(columns, tuple(rows))


def _billed_row(line: DocumentLine, charge: Charge) -> tuple[str, ...]:
    head = (str(line.number), line.sku, line.name, str(line.quantity))
    return (*head, "" if charge.price is None else _price(charge.price), *_amounts(charge))


def _amounts(charge: Charge) -> tuple[str, ...]:
    rates = ", ".join(dict.fromkeys(str(tax.percent) for tax in charge.taxes))
    discount = "" if charge.discount.is_zero else str(Money(-charge.discount.minor, charge.discount.currency))
    return discount, str(charge.net), rates, str(charge.total)


def _price(price: Price) -> str:
    return str(price.amount) if price.per == 1 else f"{price.amount} / {price.per}"


def _taxes(view: DocumentView, labels: Labels) -> Table:
    columns = (
        Column(labels.tax, 4),
        Column(labels.tax_base, 3, numeric=True),
        Column(labels.tax_amount, 3, numeric=True),
    )
    rows = ((f"{tax.name} {tax.percent}", str(tax.base), str(tax.amount)) for tax in view.taxes)
    return Table(columns, tuple(rows))


def _method(method: str, labels: Labels) -> str:
    return labels.methods.get(method, method)
