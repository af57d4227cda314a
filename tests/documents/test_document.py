"""A document is issued once, with sums that are those of its parts, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve, fields_dict
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.documents import (
    Charge,
    CreditNoteIssued,
    DeliveryLine,
    Document,
    DocumentLine,
    DoesNotAddUp,
    InvoiceIssued,
    PackingSlipIssued,
    PaymentLine,
    TaxPart,
    discrepancies,
    tax_summary,
)
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import DocumentId, ShipmentId
from ecomcore.kernel.money import Currency, CurrencyMismatch, Money
from ecomcore.kernel.percent import percent
from ecomcore.testing import euros
from ecomcore.testing.document_builders import (
    a_billed_line,
    a_charge,
    a_credit_note,
    a_packing_slip,
    an_invoice,
    invoices,
)


def vat(base: int, amount: int, rate: int = 19, name: str = "VAT") -> TaxPart:
    return TaxPart(name, percent(rate), euros(base), euros(amount))


def charged(net: int, *taxes: TaxPart, total: int) -> DocumentLine:
    return DocumentLine(1, "SKU", "Tea", 1, Charge(euros(net), taxes, euros(total), euros(0)))


def test_an_invoice_tells_its_number_and_total() -> None:
    made = an_invoice(lines=[a_billed_line(1), a_billed_line(2)], delivery=DeliveryLine("Post", a_charge(1_19, 19)))

    again = Document.invoice(**content_of(made))

    assert again.news == (InvoiceIssued(made.id, made.order, "INV-2030-000001", euros(24_99)),)
    assert again.taxes == (vat(21_00, 3_99),)


def content_of(document: Document) -> dict[str, Any]:
    left_out = {"kind", "taxes", "news", "version", "told", "refers_to", "shipment"}
    return {name: getattr(document, name) for name in fields_dict(Document) if name not in left_out}


def test_a_credit_note_is_about_its_invoice_and_to_whom_that_was() -> None:
    invoice = an_invoice(vat_id="DE136695976")

    note = a_credit_note(invoice, amount=5_00)

    assert note.refers_to is not None
    assert (note.refers_to.document, note.refers_to.number) == (invoice.id, invoice.number)
    assert (note.order, note.owner, note.recipient, note.vat_id) == (
        invoice.order,
        invoice.owner,
        invoice.recipient,
        "DE136695976",
    )


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([charged(10_00, vat(10_00, 1_90), total=11_91)], 11_91),
        ([charged(10_00, total=9_99)], 9_99),
        ([a_billed_line(total=11_90)], 11_89),
        ([a_billed_line(total=11_90)], 0),
    ],
    ids=["a line with a cent too much", "a line with a cent too few", "a total with a cent too few", "no total at all"],
)
def test_a_document_that_does_not_add_up_cannot_be_made(lines: list[DocumentLine], total: int) -> None:
    with pytest.raises(DoesNotAddUp):
        an_invoice(lines=lines, total=euros(total))


def test_the_refusal_says_what_does_not_add_up_and_by_how_much() -> None:
    with pytest.raises(DoesNotAddUp) as refusal:
        an_invoice(total=euros(11_89))

    assert (refusal.value.what, refusal.value.stated, refusal.value.parts) == ("the total", euros(11_89), euros(11_90))
    assert str(refusal.value) == "the total does not add up: 11.89 EUR is stated, its parts come to 11.90 EUR"


@pytest.mark.parametrize(
    "taxes",
    [
        (),
        (vat(10_00, 1_91),),
        (vat(10_01, 1_90),),
        (vat(10_00, 1_90, rate=20),),
        (vat(10_00, 1_90, name="GST"),),
        (vat(10_00, 1_90), vat(1, 1, rate=7)),
        (vat(5_00, 95), vat(5_00, 95)),
    ],
    ids=["none", "amount", "base", "percent", "name", "one too many", "in two rows"],
)
def test_the_summary_of_taxes_is_that_of_the_lines(taxes: tuple[TaxPart, ...]) -> None:
    made = an_invoice()

    with pytest.raises(DoesNotAddUp):
        evolve(made, taxes=taxes)


@given(invoices("x-"))
def test_every_invoice_adds_up_and_one_with_another_total_does_not(invoice: Document) -> None:
    assert not list(discrepancies(invoice))
    assert invoice.total is not None

    with pytest.raises(DoesNotAddUp):
        evolve(invoice, total=invoice.total + euros(1))


@given(st.lists(st.builds(vat, st.integers(0, 999), st.integers(0, 99), st.sampled_from([7, 19]))))
def test_a_summary_loses_nothing_and_has_each_rate_once(taxes: list[TaxPart]) -> None:
    summary = tax_summary(taxes)

    assert sum(part.amount.minor for part in summary) == sum(part.amount.minor for part in taxes)
    assert sum(part.base.minor for part in summary) == sum(part.base.minor for part in taxes)
    assert len({part.percent for part in summary}) == len(summary)


def test_amounts_of_two_currencies_stand_on_no_document() -> None:
    dollars = Money(5_00, Currency("USD"))
    line = DocumentLine(2, "", "x", 1, Charge(dollars, (), dollars, Money(0, Currency("USD"))))

    with pytest.raises(CurrencyMismatch):
        an_invoice(lines=[a_billed_line(), line], total=euros(16_90))


_INVOICE, _SLIP = an_invoice(), a_packing_slip()


@pytest.mark.parametrize(
    ("document", "field", "value"),
    [
        (_INVOICE, "lines", ()),
        (_INVOICE, "lines", (DocumentLine(1, "", "x", 1),)),
        (_INVOICE, "lines", (a_billed_line(1), a_billed_line(1))),
        (_INVOICE, "total", None),
        (_INVOICE, "shipment", "shipment"),
        (_INVOICE, "refers_to", a_credit_note(_INVOICE).refers_to),
        (a_credit_note(_INVOICE), "refers_to", None),
        (_SLIP, "total", euros(0)),
        (_SLIP, "lines", (a_billed_line(),)),
        (_SLIP, "shipment", None),
    ],
)
def test_what_a_document_of_its_kind_does_not_have_is_refused(document: Document, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        evolve(document, **{field: value})

    assert refusal.value.field == field


def test_a_packing_slip_is_not_about_money() -> None:
    with pytest.raises(Invalid, match="packing slip"):
        evolve(_SLIP, payments=(PaymentLine("card", euros(1)),))


def test_no_document_shows_an_address_or_a_vat_id_by_accident() -> None:
    shown = repr(an_invoice(vat_id="DE136695976"))

    assert "Lovelace" not in shown
    assert "DE136695976" not in shown


def test_credit_notes_and_slips_tell_what_they_are_about() -> None:
    invoice = an_invoice()
    content = {"series": invoice.series, "sequence": 2, "number": "N-2", "issued_at": invoice.issued_at}
    dated = {"issued_on": invoice.issued_on, "lines": (a_billed_line(),), "total": euros(11_90)}

    note = Document.credit_note(invoice, id=DocumentId("n"), **content, **dated)
    slip = Document.packing_slip(**content_of(_SLIP), shipment=ShipmentId("shipment"))

    assert note.news == (CreditNoteIssued(note.id, note.order, "N-2", euros(11_90), invoice.id),)
    assert slip.news == (PackingSlipIssued(slip.id, slip.order, slip.number, ShipmentId("shipment")),)
