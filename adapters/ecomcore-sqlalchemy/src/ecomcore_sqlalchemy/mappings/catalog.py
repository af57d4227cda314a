"""Categories and products as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.catalog import Category, Product, ProductState, Variant
from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore_sqlalchemy import tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _category_values(category: Category, _: Dialect) -> Row:
    return category.name, category.parent, category.depth, " ".join(category.above)


def _category(row: Row, _parts: Parts, _dialect: Dialect) -> Category:
    id_, version, told, name, _, _, above = row
    above = tuple(CategoryId(each) for each in above.split())
    return Category(id=CategoryId(id_), version=version, told=told, name=name, above=above)


def _product_values(product: Product, _: Dialect) -> Row:
    state = product.state.value
    return product.name, product.category, state, product.tax_category, product.most_per_order, product.seller


def _product(row: Row, parts: Parts, _: Dialect) -> Product:
    id_, version, told, name, category, state, tax_category, most_per_order, seller = row
    return Product(
        id=ProductId(id_),
        version=version,
        told=told,
        name=name,
        category=category,
        state=ProductState(state),
        tax_category=tax_category,
        most_per_order=most_per_order,
        seller=seller,
        variants=tuple(
            Variant(VariantId(variant), sku, label, Price(Money(price, Currency(currency)), per))
            for _, variant, _, sku, label, price, per, currency in parts[0]
        ),
    )


def _variant_row(product: Product, position: int, variant: Variant) -> Row:
    amount = variant.price.amount
    return (
        product.id,
        variant.id,
        position,
        variant.sku,
        variant.name,
        amount.minor,
        variant.price.per,
        amount.currency,
    )


def _fresh_variants(before: Product | None, now: Product, _: Dialect) -> Iterable[Row]:
    known = len(before.variants) if before else 0
    for position, variant in enumerate(now.variants[known:], known):
        yield _variant_row(now, position, variant)


def _changed_variants(before: Product, now: Product, _: Dialect) -> Iterable[Row]:
    for position, (old, new) in enumerate(zip(before.variants, now.variants, strict=False)):
        if old != new:
            product, id_, *rest = _variant_row(now, position, new)
            yield id_, product, *rest


MAPPED: Mapping[type, Mapped[Any]] = {
    Category: Mapped(
        Category, tables.categories, ("name", "parent", "depth", "above"), (), _category_values, _category
    ),
    Product: Mapped(
        Product,
        tables.products,
        ("name", "category", "state", "tax_category", "most_per_order"),
        ("seller",),
        _product_values,
        _product,
        (
            Part(
                tables.variants,
                ("product", "id", "position", "sku", "name", "price", "per", "currency"),
                "position",
                _fresh_variants,
                _changed_variants,
            ),
        ),
    ),
}
