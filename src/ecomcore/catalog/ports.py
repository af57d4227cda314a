"""What the catalogue needs from a store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ecomcore.catalog.product import Category, Product
from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.kernel.work import Repository

__all__ = ["Categories", "Products"]


class Categories(Repository[Category, CategoryId], Protocol):
    """All categories."""

    kind: type[Category] = Category


class Products(Repository[Product, ProductId], Protocol):
    """All products."""

    kind: type[Product] = Product

    @abstractmethod
    def with_variants(self, variants: Collection[VariantId]) -> Mapping[VariantId, Product]:
        """The products that these variants belong to; unknown variants are missing from the answer."""

    @abstractmethod
    def taken(self, skus: Collection[str], variants: Collection[VariantId]) -> tuple[frozenset[str], frozenset[str]]:
        """Which of these SKUs, and which of these variant ids, exist already."""

    @abstractmethod
    def on_sale(self, category: CategoryId | None, after: ProductId | None, limit: int) -> Sequence[Product]:
        """The published products in the order of their ids."""
