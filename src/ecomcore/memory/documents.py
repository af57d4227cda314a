"""The documents in memory, and the series of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ecomcore.documents import AllSeries, Document, Documents, Series
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId
from ecomcore.memory.repositories import MemoryRepository

__all__ = ["MemoryAllSeries", "MemoryDocuments"]


class MemoryDocuments(MemoryRepository[Document, DocumentId], Documents):
    kind: ClassVar[type[Document]] = Document  # type: ignore[misc]

    def of_order(self, order: OrderId) -> Sequence[Document]:
        stored = self._tables.issued.of_order.get(order, ())
        return sorted(self._with(stored, order=order), key=lambda document: (document.issued_at, document.id))


class MemoryAllSeries(MemoryRepository[Series, SeriesId], AllSeries):
    kind: ClassVar[type[Series]] = Series  # type: ignore[misc]
