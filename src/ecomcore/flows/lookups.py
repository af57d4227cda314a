"""Answers to a context's questions from the others: what is for sale."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ecomcore.catalog import Categories, Products
from ecomcore.flows.shelf import Shelf
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import CategoryId, VariantId
from ecomcore.ordering import Offer, Offers

__all__ = ["CatalogOffers"]


class CatalogOffers(Offers):
    """The offers of the catalogue: what is published, at the price of its variant, in every channel alike."""

    def __init__(self, products: Products, categories: Categories, shelf: Shelf) -> None:
        self._products = products
        self._categories = categories
        self._shelf = shelf

    def of(self, variants: Collection[VariantId], channel: str, at: Instant) -> Mapping[VariantId, Offer]:  # noqa: ARG002
        found = {id_: product for id_, product in self._products.with_variants(variants).items() if product.on_sale}
        above = self._above({product.category for product in found.values() if product.category is not None})
        offers = {}
        for id_, product in found.items():
            variant = product.variant(id_)
            name = f"{product.name} {variant.name}" if variant.name else product.name
            categories = above[product.category] if product.category is not None else ()
            offers[id_] = trusted(
                Offer,
                id_,
                variant.sku,
                name,
                variant.price,
                product.id,
                categories,
                product.tax_category,
                product.most_per_order,
                product.seller,
            )
        return offers

    def _above(self, wanted: Collection[CategoryId]) -> Mapping[CategoryId, tuple[CategoryId, ...]]:
        """Each category and all above it. Categories never move, so whoever knows one knows it for good."""
        known = self._shelf.categories
        missing = [id_ for id_ in wanted if id_ not in known]
        if missing:
            for id_, category in self._categories.many(sorted(missing)).items():
                known[id_] = (id_, *category.above)
        return {id_: known.get(id_, (id_,)) for id_ in wanted}
