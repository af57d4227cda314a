"""The use cases of the catalogue: load, decide, save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecomcore.catalog.commands import (
    EDIT,
    AddCategory,
    AddProduct,
    AddProducts,
    AddVariant,
    ChangePrice,
    ChangeTaxCategory,
    LimitQuantity,
    PublishProduct,
    UnpublishProduct,
)
from ecomcore.catalog.errors import CategoryTooDeep
from ecomcore.catalog.ports import Categories, Products
from ecomcore.catalog.product import DEEPEST_CATEGORY, Category, Product
from ecomcore.catalog.queries import CategoryView, GetProduct, ListCategories, ListProducts, ProductView
from ecomcore.catalog.values import NewVariant, Variant
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound
from ecomcore.kernel.ids import CategoryId, Ids, ProductId, VariantId
from ecomcore.kernel.messages import Envelope


def add_category(command: AddCategory, categories: Categories, ids: Ids) -> CategoryId:
    parent = categories.get(command.parent) if command.parent else None
    if parent and parent.depth + 1 >= DEEPEST_CATEGORY:
        raise CategoryTooDeep(parent.id, DEEPEST_CATEGORY)
    id_ = command.id or CategoryId(ids.new())
    if categories.find(id_):
        raise AlreadyExists("category", "id", id_)
    categories.save(Category.add(id_, command.name, parent))
    return id_


def add_product(command: AddProduct, products: Products, categories: Categories, ids: Ids) -> ProductId:
    return add_products(AddProducts((command,)), products, categories, ids)[0]


def add_products(command: AddProducts, products: Products, categories: Categories, ids: Ids) -> tuple[ProductId, ...]:
    wanted = {new.category for new in command.products if new.category}
    missing = wanted - categories.many(sorted(wanted)).keys()
    if missing:
        raise NotFound("category", min(missing))

    added = [
        Product.add(
            new.id or ProductId(ids.new()),
            new.name,
            new.category,
            tuple(_variant(v, ids) for v in new.variants),
            new.tax_category,
            new.most_per_order,
            new.seller,
        )
        for new in command.products
    ]
    _refuse_repeats("products", "product id", [product.id for product in added])
    _refuse_taken(products, added)
    products.save(
        *(product.publish() if new.publish else product for product, new in zip(added, command.products, strict=True))
    )
    return tuple(product.id for product in added)


def add_variant(command: AddVariant, products: Products, ids: Ids) -> VariantId:
    product = products.get(command.product)
    variant = _variant(command.variant, ids)
    _refuse_taken_variants(products, [variant])
    products.save(product.add_variant(variant))
    return variant.id


def change_price(command: ChangePrice, products: Products) -> None:
    product = products.with_variants((command.variant,)).get(command.variant)
    if product is None:
        raise NotFound("variant", command.variant)
    products.save(product.change_price(command.variant, command.price))


def change_tax_category(command: ChangeTaxCategory, products: Products) -> None:
    product = products.get(command.product)
    changed = product.classify(command.tax_category)
    if changed is not product:
        products.save(changed)


def limit_quantity(command: LimitQuantity, products: Products) -> None:
    product = products.get(command.product)
    limited = product.limit(command.most_per_order)
    if limited is not product:
        products.save(limited)


def publish_product(command: PublishProduct, products: Products) -> None:
    products.save(products.get(command.product).publish())


def unpublish_product(command: UnpublishProduct, products: Products) -> None:
    products.save(products.get(command.product).unpublish())


def get_product(query: GetProduct, products: Products, envelope: Envelope) -> ProductView:
    product = products.get(query.product)
    if not product.on_sale and not envelope.actor.holds(EDIT):
        raise NotFound("Product", query.product)
    return _view(product)


def list_products(query: ListProducts, products: Products) -> tuple[ProductView, ...]:
    return tuple(_view(product) for product in products.on_sale(query.category, query.after, query.limit))


def list_categories(query: ListCategories, categories: Categories) -> tuple[CategoryView, ...]:
    return tuple(
        CategoryView(category.id, category.name, category.parent, category.depth)
        for category in categories.page(query.after, query.limit)
    )


def _view(product: Product) -> ProductView:
    return ProductView(
        product.id,
        product.name,
        product.category,
        product.state,
        product.variants,
        product.tax_category,
        product.most_per_order,
    )


def _variant(new: NewVariant, ids: Ids) -> Variant:
    return Variant(new.id or VariantId(ids.new()), new.sku, new.name, new.price)


def _refuse_taken(products: Products, added: Sequence[Product]) -> None:
    existing = products.many(sorted(product.id for product in added))
    if existing:
        raise AlreadyExists("product", "id", min(existing))
    _refuse_taken_variants(products, [variant for product in added for variant in product.variants])


def _refuse_taken_variants(products: Products, variants: Sequence[Variant]) -> None:
    _refuse_repeats("variants", "SKU", [variant.sku for variant in variants])
    _refuse_repeats("variants", "variant id", [variant.id for variant in variants])
    skus, ids = products.taken([variant.sku for variant in variants], [variant.id for variant in variants])
    if skus:
        raise AlreadyExists("variant", "sku", min(skus))
    if ids:
        raise AlreadyExists("variant", "id", min(ids))


def _refuse_repeats(field: str, what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise Invalid(field, value, f"each {what} once")
        seen.add(value)
