"""A product is born as a draft, with at least one variant that can be sold. Once published it is on sale; unpublished
it is hidden from every public question, and may come back. Prices belong to variants and change by command only; what
was ordered keeps the price it was ordered at.

A category is a place in a tree. It is made under its parent and stays there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from attrs import evolve, frozen

from ecomcore.catalog.errors import NothingToSell
from ecomcore.catalog.events import (
    CategoryAdded,
    PriceChanged,
    ProductAdded,
    ProductPublished,
    ProductUnpublished,
    QuantityLimited,
    TaxCategoryChanged,
    VariantAdded,
)
from ecomcore.catalog.values import Variant
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import AlreadyExists, NotFound
from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.kernel.money import Price
from ecomcore.quoting import STANDARD

__all__ = ["DEEPEST_CATEGORY", "LIFECYCLE", "Category", "Product", "ProductState"]

DEEPEST_CATEGORY = 16


class ProductState(StrEnum):
    """Draft: not on sale yet. Published: on sale. Unpublished: not on sale any more."""

    DRAFT = "draft"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"


LIFECYCLE = Lifecycle(
    "product",
    ProductState.DRAFT,
    {
        "publish": move(ProductState.DRAFT, ProductState.UNPUBLISHED, to=ProductState.PUBLISHED),
        "unpublish": move(ProductState.PUBLISHED, to=ProductState.UNPUBLISHED),
    },
)


@frozen(kw_only=True)
class Category(Aggregate):
    """A place in the tree. ``above`` are its parent and all above it, the root last."""

    id: CategoryId
    name: str
    above: tuple[CategoryId, ...]

    @classmethod
    def add(cls, id: CategoryId, name: str, parent: Category | None) -> Self:
        """A new place under its parent, or at the root."""
        above = (parent.id, *parent.above) if parent else ()
        return cls(id=id, name=name, above=above).telling(CategoryAdded(id, parent.id if parent else None))

    @property
    def parent(self) -> CategoryId | None:
        """The category it was made under."""
        return self.above[0] if self.above else None

    @property
    def depth(self) -> int:
        """How far it is from the root: 0 there."""
        return len(self.above)


@frozen(kw_only=True)
class Product(Aggregate):
    """Something the shop offers, in one or more variants. ``most_per_order``: units of each variant in one order."""

    id: ProductId
    name: str
    category: CategoryId | None
    variants: tuple[Variant, ...]
    state: ProductState
    tax_category: str = STANDARD
    most_per_order: int | None = None
    seller: str | None = None

    @classmethod
    def add(
        cls,
        id: ProductId,
        name: str,
        category: CategoryId | None,
        variants: tuple[Variant, ...],
        tax_category: str = STANDARD,
        most_per_order: int | None = None,
        seller: str | None = None,
    ) -> Self:
        """A new draft."""
        product = cls(
            id=id,
            name=name,
            category=category,
            variants=variants,
            state=LIFECYCLE.initial,
            tax_category=tax_category,
            most_per_order=most_per_order,
            seller=seller,
        )
        return product.telling(ProductAdded(id, name, tuple(variant.id for variant in variants)))

    def add_variant(self, variant: Variant) -> Self:
        """One variant more. Raises ``AlreadyExists`` for an id it has already."""
        if any(other.id == variant.id for other in self.variants):
            raise AlreadyExists("variant", "id", variant.id)
        return self.telling(VariantAdded(self.id, variant.id, variant.sku), variants=(*self.variants, variant))

    def change_price(self, variant: VariantId, price: Price) -> Self:
        """A variant costs something else. Raises ``NotFound``."""
        old = self.variant(variant).price
        if old == price:
            return self
        return self.telling(
            PriceChanged(self.id, variant, old, price),
            variants=tuple(evolve(v, price=price) if v.id == variant else v for v in self.variants),
        )

    def classify(self, tax_category: str) -> Self:
        """It is taxed as goods of this category."""
        if tax_category == self.tax_category:
            return self
        return self.telling(TaxCategoryChanged(self.id, self.tax_category, tax_category), tax_category=tax_category)

    def limit(self, most_per_order: int | None) -> Self:
        """One order may have so many units of each of its variants, or as many as one likes."""
        if most_per_order == self.most_per_order:
            return self
        return self.telling(QuantityLimited(self.id, most_per_order), most_per_order=most_per_order)

    def publish(self) -> Self:
        """Put it on sale. Raises ``NothingToSell`` without variants."""
        state = LIFECYCLE.after("publish", self.state)
        if not self.variants:
            raise NothingToSell(self.id)
        return self.telling(ProductPublished(self.id), state=state)

    def unpublish(self) -> Self:
        """Take it off sale."""
        return self.telling(ProductUnpublished(self.id), state=LIFECYCLE.after("unpublish", self.state))

    def variant(self, id: VariantId) -> Variant:
        """The variant of this id. Raises ``NotFound``."""
        for variant in self.variants:
            if variant.id == id:
                return variant
        raise NotFound("variant", id)

    @property
    def on_sale(self) -> bool:
        """Whether it can be bought."""
        return self.state is ProductState.PUBLISHED
