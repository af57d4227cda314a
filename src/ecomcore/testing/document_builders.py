"""Documents with defaults, facts about orders made up, and documents drawn at random.

    an_invoice(lines=[a_billed_line(total=119_00, tax=19_00)])

Each is new: never saved, with nothing to tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ecomcore.documents import (
    Amendment,
    BillFacts,
    Billing,
    Charge,
    DeliveryLine,
    Document,
    DocumentKind,
    DocumentLine,
    PackingFacts,
    PaymentLine,
    SellerDetails,
    Series,
    TaxPart,
    document_id,
)
from ecomcore.kernel.address import Address
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId, ShipmentId
from ecomcore.kernel.money import Currency, Money, Price, money_sum
from ecomcore.kernel.percent import Percent, percent
from ecomcore.kernel.text import Personal
from ecomcore.testing.clock import NOON

__all__ = [
    "MadeUpBilling",
    "a_bill",
    "a_billed_line",
    "a_charge",
    "a_credit_note",
    "a_packing_slip",
    "a_recipient",
    "a_series",
    "an_amendment",
    "an_invoice",
    "invoices",
]

_EUR = Currency("EUR")
_TODAY = date(2030, 6, 12)


def _parts(total: int, tax: int) -> tuple[TaxPart, ...]:
    return (TaxPart("VAT", percent(19), Money(total - tax, _EUR), Money(tax, _EUR)),) if tax else ()


def a_charge(total: int = 11_90, tax: int = 1_90, *, discount: int = 0, price: int | None = None) -> Charge:
    """So many cents, with so much of them tax of 19 %."""
    net, gross = Money(total - tax, _EUR), Money(total, _EUR)
    unit = None if price is None else Price(Money(price, _EUR))
    return Charge(net, _parts(total, tax), gross, Money(discount, _EUR), unit)


def a_billed_line(
    number: int = 1, *, name: str = "Tea", sku: str = "SKU-tea", quantity: int = 1, total: int = 11_90, tax: int = 1_90
) -> DocumentLine:
    """A line that costs so much."""
    return DocumentLine(number, sku, name, quantity, a_charge(total, tax, price=total // max(1, quantity)))


def a_recipient(name: str = "Ada Lovelace") -> Address:
    """Where the buyer lives."""
    return Address(
        recipient=Personal(name),
        lines=(Personal("12 St James's Square"),),
        city=Personal("London"),
        postcode=Personal("SW1Y 4JH"),
        country="GB",
    )


def a_series(id: str = "INV:2030", *, next: int = 1) -> Series:
    """A series of which so many numbers are taken."""
    return Series(id=SeriesId(id), next=next)


def _content(order: str, series: str, sequence: int, number: str | None) -> dict[str, Any]:
    return {
        "series": SeriesId(series),
        "sequence": sequence,
        "number": number or f"{series.replace(':', '-')}-{sequence:06}",
        "issued_at": NOON,
        "issued_on": _TODAY,
        "order": OrderId(order),
        "order_number": order,
        "owner": "member:ada",
        "ordered_on": _TODAY,
        "seller": SellerDetails("The shop", ("1 Market Street", "Leeds"), "GB123456789"),
    }


def an_invoice(
    order: str = "order",
    *,
    series: str = "INV:2030",
    sequence: int = 1,
    number: str | None = None,
    lines: Iterable[DocumentLine] | None = None,
    **more: Any,
) -> Document:
    """An invoice of one line; its total is the sum of its lines and its delivery."""
    lines = (a_billed_line(),) if lines is None else tuple(lines)
    charges = [line.charge for line in lines if line.charge] + ([more["delivery"].charge] if "delivery" in more else [])
    currency = charges[0].total.currency
    content = _content(order, series, sequence, number) | {
        "id": document_id(DocumentKind.INVOICE, order),
        "lines": lines,
        "total": money_sum((charge.total for charge in charges), currency),
        "recipient": a_recipient(),
    }
    return Document.invoice(**(content | more)).having(news=())


def a_credit_note(
    invoice: Document, *, sequence: int = 1, series: str = "CN:2030", amount: int = 11_90, **more: Any
) -> Document:
    """Takes back so much of an invoice."""
    content = {
        name: value
        for name, value in _content(invoice.order, series, sequence, None).items()
        if name in ("series", "sequence", "number", "issued_at", "issued_on")
    } | {
        "id": document_id(DocumentKind.CREDIT_NOTE, invoice.order, str(sequence)),
        "lines": (a_billed_line(total=amount, tax=0),),
        "total": Money(amount, _EUR),
        "amendments": (sequence,),
    }
    return Document.credit_note(invoice, **(content | more)).having(news=())


def a_packing_slip(
    order: str = "order", shipment: str = "shipment", *, sequence: int = 1, series: str = "PS:2030", **more: Any
) -> Document:
    """Two teas in a parcel."""
    content = _content(order, series, sequence, None) | {
        "id": document_id(DocumentKind.PACKING_SLIP, order, shipment),
        "shipment": ShipmentId(shipment),
        "lines": (DocumentLine(1, "SKU-tea", "Tea", 2),),
    }
    return Document.packing_slip(**(content | more)).having(news=())


def an_amendment(number: int = 1, amount: int = 1_00, tax: int = 0, **more: Any) -> Amendment:
    """So much is taken off the bill."""
    facts: dict[str, Any] = {"name": "Tea", "amount": Money(amount, _EUR), "taxes": _parts(amount, tax)}
    return Amendment(number=number, **(facts | more))


def a_bill(lines: Iterable[DocumentLine] | None = None, **more: Any) -> BillFacts:
    """An order of one line; its total is the sum of its lines and its delivery."""
    lines = (a_billed_line(),) if lines is None else tuple(lines)
    charges = [line.charge for line in lines if line.charge] + ([more["delivery"].charge] if "delivery" in more else [])
    facts: dict[str, Any] = {
        "owner": "member:ada",
        "number": "W-1",
        "placed_at": NOON,
        "currency": _EUR,
        "lines": lines,
        "total": money_sum((charge.total for charge in charges), _EUR),
    }
    return BillFacts(**(facts | more))


class MadeUpBilling(Billing):
    """Knows of orders what a test tells it."""

    def __init__(self) -> None:
        self.bills: dict[OrderId, BillFacts] = {}
        self.parcels: dict[tuple[OrderId, ShipmentId], PackingFacts] = {}

    def of_order(self, order: OrderId) -> BillFacts:
        if order not in self.bills:
            raise NotFound("Order", order)
        return self.bills[order]

    def of_shipment(self, order: OrderId, shipment: ShipmentId) -> PackingFacts:
        if (order, shipment) not in self.parcels:
            raise NotFound("Shipment", shipment)
        return self.parcels[order, shipment]


_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).filter(str.strip)


@st.composite
def _charges(draw: st.DrawFn) -> Charge:
    def some() -> Money:
        return Money(draw(st.integers(0, 2**40)), _EUR)

    shares = st.builds(Percent, st.integers(0, 1_000_000))
    taxes = tuple(TaxPart(draw(_TEXTS), draw(shares), some(), some()) for _ in range(draw(st.integers(0, 3))))
    net = some()
    total = net + money_sum((tax.amount for tax in taxes), _EUR)
    price = draw(st.none() | st.builds(Price, st.just(some()), st.integers(1, 1000)))
    return Charge(net, taxes, total, some(), price)


@st.composite
def invoices(draw: st.DrawFn, prefix: str, series: str = "INV:2030") -> Document:
    """Invoices of all sorts; the prefix makes their ids and orders new, their numbers are those of the series."""
    lines = tuple(
        DocumentLine(number, draw(_TEXTS), draw(_TEXTS), draw(st.integers(0, 10**9)), draw(_charges()))
        for number in range(1, 1 + draw(st.integers(1, 4)))
    )
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["delivery"] = DeliveryLine(draw(_TEXTS), draw(_charges()))
    return an_invoice(
        f"{prefix}order",
        series=series,
        sequence=draw(st.integers(1, 2**40)),
        number=f"{prefix}number",
        lines=lines,
        id=DocumentId(f"{prefix}invoice"),
        recipient=draw(st.none() | _TEXTS.map(a_recipient)),
        vat_id=draw(st.none() | st.just("DE136695976")),
        payments=tuple(PaymentLine("card", Money(amount, _EUR)) for amount in draw(st.lists(st.integers(0, 99)))),
        amendments=tuple(draw(st.sets(st.integers(1, 99)).map(sorted))),
        note=draw(st.just("") | _TEXTS),
        **more,
    )
