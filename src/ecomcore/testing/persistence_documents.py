"""The promises about documents: they come back as they were issued, and no number is given twice."""

from __future__ import annotations

from functools import partial

import pytest

from ecomcore.choices import Retries
from ecomcore.documents import AllSeries, Document, DocumentLine, Documents, NumberFormat, Series, take_number
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import TimeZone
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money
from ecomcore.kernel.work import Persistence
from ecomcore.testing.clock import NOON
from ecomcore.testing.document_builders import (
    a_billed_line,
    a_credit_note,
    a_packing_slip,
    a_recipient,
    a_series,
    an_invoice,
    invoices,
)
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsDocuments"]

_FORMAT = NumberFormat("ORD")
_ZONE = TimeZone("UTC")
_EACH, _AT_ONCE = 5, 8


class KeepsDocuments(PersistenceCase):
    """What was issued comes back, and the store refuses what must not be issued twice, whatever the code does."""

    def _is_issued(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_every_invoice_comes_back_as_it_was_issued(self, persistence: Persistence) -> None:
        def check(prefix_and_invoice: tuple[str, Document]) -> None:
            prefix, invoice = prefix_and_invoice
            keep(persistence, a_series(f"{prefix}s"))
            self._is_issued(persistence, invoice)

        for_all(lambda prefix: invoices(prefix, f"{prefix}s").map(lambda invoice: (prefix, invoice)), check)

    def test_credit_notes_and_packing_slips_come_back_as_they_were_issued(self, persistence: Persistence) -> None:
        invoice = an_invoice(amendments=[7])
        keep(persistence, a_series(), a_series("CN:2030"), a_series("PS:2030"), invoice)

        self._is_issued(persistence, a_credit_note(invoice, amendments=(1, 3), note="Sorry,\nwe were late."))
        self._is_issued(persistence, a_packing_slip(recipient=None))
        self._is_issued(persistence, a_packing_slip("another", "shipment", sequence=2, recipient=a_recipient("雷")))

    def test_large_amounts_and_numbers_are_exact(self, persistence: Persistence) -> None:
        keep(persistence, a_series(next=2**53 + 1))

        line = a_billed_line(total=MAX_MINOR, tax=2**53 + 1)
        self._is_issued(persistence, an_invoice(lines=[line], sequence=2**53))

        assert fetch(self._again(persistence), Series, "INV:2030").next == 2**53 + 1

    def test_amounts_of_every_currency_come_back_in_it(self, persistence: Persistence) -> None:
        keep(persistence, a_series())
        for sequence, code in enumerate(("JPY", "KWD"), 1):
            charge = a_billed_line(tax=0).charge
            assert charge is not None
            amount, nothing = Money(5, Currency(code)), Money(0, Currency(code))
            line = DocumentLine(1, "", "x", 0, type(charge)(amount, (), amount, nothing))

            self._is_issued(persistence, an_invoice(code, sequence=sequence, lines=[line]))

    def test_the_documents_of_an_order_are_found_in_the_order_of_their_issue(self, persistence: Persistence) -> None:
        invoice, other = an_invoice(id=DocumentId("b")), an_invoice("other", sequence=2)
        keep(persistence, a_series(), a_series("CN:2030"), a_series("PS:2030"), invoice, other)
        keep(persistence, a_credit_note(invoice, id=DocumentId("a"), issued_at=NOON.replace(minute=1)))

        with writing(persistence) as work:
            documents: Documents = work.repository(Documents)
            documents.save(a_packing_slip(id=DocumentId("c")))
            found = documents.of_order(OrderId("order"))

        assert [document.id for document in found] == ["b", "c", "a"]
        with reading(self._again(persistence)) as work:
            again: Documents = work.repository(Documents)
            assert [document.id for document in again.of_order(OrderId("order"))] == ["b", "c", "a"]
            assert not again.of_order(OrderId("none"))

    def test_a_number_is_given_once_whatever_the_code_does(self, persistence: Persistence) -> None:
        keep(persistence, a_series(), a_series("INV:2031"), an_invoice())

        for twin in (
            an_invoice("other", number="another text"),
            an_invoice("other", series="INV:2031", number=an_invoice().number),
        ):
            with pytest.raises(Duplicate):
                keep(persistence, twin)

        with reading(persistence) as work:
            assert [document.order for document in work.repository(Documents).page()] == ["order"]

    def test_an_order_has_one_invoice_and_a_shipment_one_slip(self, persistence: Persistence) -> None:
        keep(persistence, a_series(), a_series("PS:2030"), an_invoice(), a_packing_slip())

        for twin in (
            an_invoice(sequence=2, id=DocumentId("second")),
            a_packing_slip(sequence=2, id=DocumentId("another")),
        ):
            with pytest.raises(Duplicate):
                keep(persistence, twin)

    def test_an_amendment_is_credited_once_whatever_the_code_does(self, persistence: Persistence) -> None:
        invoice = an_invoice(amendments=[5])
        keep(persistence, a_series(), a_series("CN:2030"), invoice)
        keep(persistence, a_credit_note(invoice, sequence=1, amendments=(1, 2)))

        for sequence, again in enumerate(((2, 3), (5,)), 2):
            with pytest.raises(Duplicate):
                keep(persistence, a_credit_note(invoice, sequence=sequence, amendments=again))
        keep(persistence, a_credit_note(invoice, sequence=4, amendments=(3,)))

    def test_what_names_a_series_or_an_invoice_that_there_is_not_is_refused(self, persistence: Persistence) -> None:
        with pytest.raises(InvariantViolated):
            keep(persistence, an_invoice())

        keep(persistence, a_series("CN:2030"))
        with pytest.raises(InvariantViolated):
            keep(persistence, a_credit_note(an_invoice()))

    def test_a_stale_series_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_series())
        stale = fetch(persistence, Series, "INV:2030")

        keep(persistence, stale.take()[0])

        with pytest.raises(Conflict):
            keep(persistence, stale.take(2)[0])

    def test_a_number_taken_in_vain_is_free_again(self, persistence: Persistence) -> None:
        def take(*, keep_it: bool) -> str:
            work = persistence.begin()
            try:
                number = take_number(work.repository(AllSeries), _FORMAT, NOON, _ZONE)
                if keep_it:
                    work.commit()
            finally:
                work.rollback()
            return number.text

        given = [take(keep_it=keep_it) for keep_it in (True, False, False, True, True)]

        first, second, third = "ORD-2030-000001", "ORD-2030-000002", "ORD-2030-000003"
        assert given == [first, second, second, second, third]

    def test_of_many_at_once_nobody_gets_the_number_of_another_and_none_is_left_out(
        self, persistence: Persistence
    ) -> None:
        """The first of the year creates the series, and the others, who did too, look again as a shop would."""

        def take(handle: Persistence) -> list[int]:
            def once(_: int) -> int:
                with writing(handle) as work:
                    return take_number(work.repository(AllSeries), _FORMAT, NOON, _ZONE).sequence

            return [Retries(tries=20, most=0.02).until_it_works(once) for _ in range(_EACH)]

        handles = [persistence, self._again(persistence)] * (_AT_ONCE // 2)
        outcomes = at_once([partial(take, handle) for handle in handles])

        given = [number for outcome in outcomes for number in outcome.value]
        assert sorted(given) == list(range(1, _AT_ONCE * _EACH + 1))
        assert fetch(persistence, Series, SeriesId("ORD:2030")).next == _AT_ONCE * _EACH + 1
