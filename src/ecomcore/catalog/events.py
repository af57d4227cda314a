"""What the catalogue tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Price

__all__ = [
    "CategoryAdded",
    "PriceChanged",
    "ProductAdded",
    "ProductPublished",
    "ProductUnpublished",
    "QuantityLimited",
    "TaxCategoryChanged",
    "VariantAdded",
]


@frozen
class CategoryAdded(Event):
    """The tree has a new category."""

    category: CategoryId
    parent: CategoryId | None


@frozen
class ProductAdded(Event):
    """There is a new product; it is not on sale yet."""

    product: ProductId
    name: str
    variants: tuple[VariantId, ...]


@frozen
class VariantAdded(Event):
    """A product has one more variant."""

    product: ProductId
    variant: VariantId
    sku: str


@frozen
class PriceChanged(Event):
    """A variant costs something else from now on."""

    product: ProductId
    variant: VariantId
    old: Price
    new: Price


@frozen
class ProductPublished(Event):
    """The product is on sale."""

    product: ProductId


@frozen
class ProductUnpublished(Event):
    """The product is no longer on sale; orders already placed are not touched."""

    product: ProductId


@frozen
class TaxCategoryChanged(Event):
    """A product is taxed as goods of another category from now on."""

    product: ProductId
    old: str
    new: str


@frozen
class QuantityLimited(Event):
    """One order may have so many units of each variant of a product, or without a number as many as one likes."""

    product: ProductId
    most_per_order: int | None
