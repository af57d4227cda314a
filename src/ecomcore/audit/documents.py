"""What must hold of documents: they add up, their numbers have no gaps, and no more is credited than was billed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.documents import AllSeries, Document, DocumentKind, Documents, discrepancies
from ecomcore.kernel.ids import SeriesId
from ecomcore.kernel.work import Persistence

__all__ = ["documents"]


def documents(persistence: Persistence) -> Iterator[Breach]:
    """Every document, then the series of their numbers."""
    issued: Counter[SeriesId] = Counter()
    for work, page in pages(persistence, Documents):
        every: Documents = work.repository(Documents)
        for document in page:
            issued[document.series] += 1
            row = (f"document {document.number}", f"order {document.order}")
            for what, stated, parts in discrepancies(document):
                yield Breach("a document adds up", row, f"{what}: {stated} is stated, its parts come to {parts}")
            if document.kind is DocumentKind.CREDIT_NOTE:
                yield from _credited(document, every.of_order(document.order), row)
        yield from told(work, page)
    yield from _series(persistence, issued)


def _credited(note: Document, of_order: Sequence[Document], row: tuple[str, ...]) -> Iterator[Breach]:
    about = note.refers_to.document if note.refers_to else None
    invoice = next((each for each in of_order if each.id == about and each.kind is DocumentKind.INVOICE), None)
    if invoice is None:
        yield Breach("a credit note is about an invoice of its order", row, f"it is about {about or 'nothing'}")
        return
    notes = [each for each in of_order if each.kind is DocumentKind.CREDIT_NOTE]
    credited = sum(each.total.minor for each in notes if each.total is not None)
    billed = 0 if invoice.total is None else invoice.total.minor
    if credited > billed:
        yield Breach("no more is credited than was billed", row, f"{billed} billed, {credited} credited")


def _series(persistence: Persistence, issued: Counter[SeriesId]) -> Iterator[Breach]:
    """The store lets no number come twice: so there is no gap where there are as many documents as numbers taken.
    What else may be numbered, such as orders, has series of its own.
    """
    for work, page in pages(persistence, AllSeries):
        for series in page:
            taken, kept = series.next - 1, issued[series.id]
            if kept and kept != taken:
                detail = f"{taken} numbers taken, {kept} documents"
                yield Breach("the numbers of documents have no gaps", (f"series {series.id}",), detail)
        yield from told(work, page)
