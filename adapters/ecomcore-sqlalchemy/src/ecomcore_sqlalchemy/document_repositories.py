"""The repositories of the documents and of the series of their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import bindparam

from ecomcore.documents import AllSeries, Document, Documents, Series
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId
from ecomcore_sqlalchemy.document_tables import documents
from ecomcore_sqlalchemy.repository import SqlRepository

__all__ = ["DOCUMENT_REPOSITORIES"]


class SqlDocuments(SqlRepository[Document, DocumentId], Documents):
    kind: ClassVar[type[Document]] = Document  # type: ignore[misc]

    def of_order(self, order: OrderId) -> Sequence[Document]:
        columns = documents.c
        stored = self._load(
            "of_order",
            lambda roots: roots.where(columns.order == bindparam("order")).order_by(columns.id),
            order=order,
        )
        merged = self._merged(stored, lambda document: document.order == order)
        return sorted(merged, key=lambda document: (document.issued_at, document.id))


class SqlAllSeries(SqlRepository[Series, SeriesId], AllSeries):
    kind: ClassVar[type[Series]] = Series  # type: ignore[misc]


DOCUMENT_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    Documents: SqlDocuments,
    AllSeries: SqlAllSeries,
}
"""Which repository implements which port of the documents."""
