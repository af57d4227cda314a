"""What a database would refuse of documents, in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from ecomcore.documents import Document, DocumentKind, Series
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import DocumentId, OrderId
from ecomcore.kernel.work import Changed

__all__ = ["IssuedDocuments", "check_documents"]

Rows = Mapping[type, Mapping[str, Any]]
Changes = Mapping[type, Sequence[Changed[Any]]]


@frozen
class IssuedDocuments:
    """The documents by their orders, and what only one of them may have."""

    of_order: dict[OrderId, list[DocumentId]] = field(factory=dict)
    claims: dict[tuple[object, ...], DocumentId] = field(factory=dict)

    def add(self, document: Document) -> None:
        """One more document."""
        self.of_order.setdefault(document.order, []).append(document.id)
        self.claims.update((claim, document.id) for claim in _claims(document))


def check_documents(changed: Changes, rows: Rows, issued: IssuedDocuments) -> None:
    """Raises ``Duplicate`` and ``InvariantViolated``."""
    for change in changed.get(Series, ()):
        if change.now.next < 1:
            raise InvariantViolated(f"series {change.now.id}: {change.now.next} comes next")
    claims: dict[tuple[object, ...], DocumentId] = {}
    for change in changed.get(Document, ()):
        document: Document = change.now
        for claim in _claims(document):
            if claims.setdefault(claim, issued.claims.get(claim, document.id)) != document.id:
                raise Duplicate("Document", document.id)
        _check_known(document, Series, document.series, rows, changed)
        if document.refers_to is not None:
            _check_known(document, Document, document.refers_to.document, rows, changed)
        if document.total is not None and document.total.is_negative:
            raise InvariantViolated(f"document {document.id}: its total is negative")


def _claims(document: Document) -> Iterator[tuple[object, ...]]:
    """What no other document may have: a number, an order's invoice, an amendment of an order."""
    yield "sequence", document.series, document.sequence
    yield "number", document.number
    if document.kind is DocumentKind.INVOICE:
        yield "invoice", document.order
    if document.shipment is not None:
        yield "shipment", document.order, document.shipment
    for number in document.amendments:
        yield "amendment", document.order, number


def _check_known(document: Document, kind: type, id_: str, rows: Rows, changed: Changes) -> None:
    if id_ not in rows[kind] and all(change.now.id != id_ for change in changed.get(kind, ())):
        raise InvariantViolated(f"document {document.id} names a {kind.__name__} that there is not")
