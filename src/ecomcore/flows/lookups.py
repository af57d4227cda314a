"""Answers to a context's questions from the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ecomcore.catalog import Products
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import VariantId
from ecomcore.ordering import Offer, Offers

__all__ = ["CatalogOffers"]


class CatalogOffers(Offers):
    """The offers of the catalogue: what is published, at the price of its variant, in every channel alike."""

    def __init__(self, products: Products) -> None:
        self._products = products

    def of(self, variants: Collection[VariantId], channel: str, at: Instant) -> Mapping[VariantId, Offer]:  # noqa: ARG002
        offers = {}
        for id_, product in self._products.with_variants(variants).items():
            if product.on_sale:
                variant = product.variant(id_)
                name = f"{product.name} {variant.name}" if variant.name else product.name
                offers[id_] = trusted(Offer, id_, variant.sku, name, variant.price)
        return offers
