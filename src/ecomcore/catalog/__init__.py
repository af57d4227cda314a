"""The catalogue: what the shop offers, at what price.

Ask:    AddCategory, AddProduct, AddProducts, AddVariant, ChangePrice, ChangeTaxCategory, LimitQuantity,
        PublishProduct, UnpublishProduct; GetProduct, ListProducts, ListCategories.
Tells:  CategoryAdded, ProductAdded, VariantAdded, PriceChanged, TaxCategoryChanged, QuantityLimited, ProductPublished,
        ProductUnpublished.
Refuses: NothingToSell, CategoryTooDeep; AlreadyExists for a SKU or id that is taken.
"""

from ecomcore.catalog.commands import (
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
from ecomcore.catalog.errors import CategoryTooDeep, NothingToSell
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
from ecomcore.catalog.ports import Categories, Products
from ecomcore.catalog.product import LIFECYCLE, Category, Product, ProductState
from ecomcore.catalog.queries import CategoryView, GetProduct, ListCategories, ListProducts, ProductView
from ecomcore.catalog.usecases import (
    add_category,
    add_product,
    add_products,
    add_variant,
    change_price,
    change_tax_category,
    get_product,
    limit_quantity,
    list_categories,
    list_products,
    publish_product,
    unpublish_product,
)
from ecomcore.catalog.values import NewVariant, Variant
from ecomcore.kernel.room import Room

__all__ = [
    "ROOM",
    "AddCategory",
    "AddProduct",
    "AddProducts",
    "AddVariant",
    "Categories",
    "Category",
    "CategoryAdded",
    "CategoryTooDeep",
    "CategoryView",
    "ChangePrice",
    "ChangeTaxCategory",
    "GetProduct",
    "LimitQuantity",
    "ListCategories",
    "ListProducts",
    "NewVariant",
    "NothingToSell",
    "PriceChanged",
    "Product",
    "ProductAdded",
    "ProductPublished",
    "ProductState",
    "ProductUnpublished",
    "ProductView",
    "Products",
    "PublishProduct",
    "QuantityLimited",
    "TaxCategoryChanged",
    "UnpublishProduct",
    "Variant",
    "VariantAdded",
]

ROOM = Room(
    name="catalog",
    deciders={
        AddCategory: add_category,
        AddProduct: add_product,
        AddProducts: add_products,
        AddVariant: add_variant,
        ChangePrice: change_price,
        ChangeTaxCategory: change_tax_category,
        LimitQuantity: limit_quantity,
        PublishProduct: publish_product,
        UnpublishProduct: unpublish_product,
    },
    answers={
        GetProduct: get_product,
        ListProducts: list_products,
        ListCategories: list_categories,
    },
    events=(
        CategoryAdded,
        ProductAdded,
        VariantAdded,
        PriceChanged,
        TaxCategoryChanged,
        QuantityLimited,
        ProductPublished,
        ProductUnpublished,
    ),
    lifecycles=(LIFECYCLE,),
    repositories=(Categories, Products),
)
