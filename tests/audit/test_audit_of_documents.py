"""The audit finds documents that do not add up, numbers that are missing, and credit without a bill."""

from __future__ import annotations

import pytest

from ecomcore import audit
from ecomcore.documents import Series
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import OrderId
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import keep
from ecomcore.testing.document_builders import a_billed_line, a_credit_note, a_series, an_invoice


def breaches(*aggregates: Aggregate) -> dict[str, str]:
    store = MemoryPersistence()
    keep(store, *aggregates)
    return {breach.rule: breach.detail for breach in audit.check(store)}


def test_documents_as_they_are_issued_breach_nothing() -> None:
    invoice = an_invoice()

    assert not breaches(a_series(next=2), a_series("CN:2030", next=2), invoice, a_credit_note(invoice, amount=11_90))


def test_a_document_that_does_not_add_up_any_more_is_found() -> None:
    tampered = an_invoice().having(lines=(a_billed_line(total=11_91, tax=1_90),))

    found = breaches(a_series(next=2), tampered)

    assert found.keys() == {"a document adds up"}


@pytest.mark.parametrize("next_", [1, 3])
def test_a_number_that_is_missing_or_was_never_taken_is_found(next_: int) -> None:
    found = breaches(a_series(next=next_), an_invoice())

    assert found == {"the numbers of documents have no gaps": f"{next_ - 1} numbers taken, 1 documents"}


def test_a_series_that_numbers_something_else_is_not_counted() -> None:
    assert not breaches(Series(id=a_series("ORD:2030").id, next=100))


def test_more_credit_than_was_billed_is_found() -> None:
    invoice = an_invoice()
    notes = [a_credit_note(invoice, sequence=sequence, amount=6_00) for sequence in (1, 2)]

    found = breaches(a_series(next=2), a_series("CN:2030", next=3), invoice, *notes)

    assert found == {"no more is credited than was billed": "1190 billed, 1200 credited"}


def test_credit_on_what_is_no_invoice_of_the_order_is_found() -> None:
    invoice = an_invoice()
    note = a_credit_note(invoice, amount=1_00).having(order=OrderId("other"))

    found = breaches(a_series(next=2), a_series("CN:2030", next=2), invoice, note)

    assert found == {"a credit note is about an invoice of its order": f"it is about {invoice.id}"}


def test_events_that_were_not_kept_are_found() -> None:
    found = breaches(a_series(next=2), an_invoice().having(told=1))

    assert found.keys() == {"the outbox keeps every event"}
