"""What documents need from outside: a store, the facts about orders, and somebody who puts documents on paper."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ecomcore.documents.document import Document
from ecomcore.documents.queries import DocumentView
from ecomcore.documents.series import Series
from ecomcore.documents.values import BillFacts, PackingFacts
from ecomcore.kernel.ids import DocumentId, OrderId, SeriesId, ShipmentId
from ecomcore.kernel.work import Repository

__all__ = ["AllSeries", "Billing", "DocumentRenderer", "Documents"]


class Documents(Repository[Document, DocumentId], Protocol):
    """All documents. The store refuses a number of a series twice, an order's second invoice, and an amendment of an
    order on two documents.
    """

    kind: type[Document] = Document

    @abstractmethod
    def of_order(self, order: OrderId) -> Sequence[Document]:
        """The documents of an order, the first issued first, then in the order of their ids."""


class AllSeries(Repository[Series, SeriesId], Protocol):
    """All series of numbers."""

    kind: type[Series] = Series


class Billing(Protocol):
    """Tells what an order charges. The shop's own orders answer."""

    @abstractmethod
    def of_order(self, order: OrderId) -> BillFacts:
        """What the order charges now. Raises ``NotFound``."""

    @abstractmethod
    def of_shipment(self, order: OrderId, shipment: ShipmentId) -> PackingFacts:
        """What is in a shipment of the order. Raises ``NotFound``."""


class DocumentRenderer(Protocol):
    """Puts documents on screens and on paper. The same document in the same language is rendered the same each time."""

    @abstractmethod
    def languages(self) -> frozenset[str]:
        """The languages it has words for, such as ``en``; each for screens and for paper."""

    @abstractmethod
    def html(self, view: DocumentView, language: str) -> str:
        """The document as a page. Raises ``Invalid`` for a language that it has no words for."""

    @abstractmethod
    def pdf(self, view: DocumentView, language: str) -> bytes:
        """The document to be printed or kept. Raises ``Invalid`` for a language that it has no words for."""
