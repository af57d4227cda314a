"""What the catalogue can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.catalog.values import NewVariant
from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.money import Price
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple, instance_of, optional
from ecomcore.quoting import STANDARD

__all__ = [
    "EDIT",
    "MOST_PRODUCTS",
    "MOST_VARIANTS",
    "AddCategory",
    "AddProduct",
    "AddProducts",
    "AddVariant",
    "ChangePrice",
    "ChangeTaxCategory",
    "LimitQuantity",
    "PublishProduct",
    "UnpublishProduct",
]

MOST_VARIANTS = 500
"""Variants of one product."""
MOST_PRODUCTS = 1_000
"""Products in one ``AddProducts``."""

EDIT = Permission("catalog.edit", Who.STAFF)
"""Staff who keep the catalogue."""


@frozen
class AddCategory(Command[CategoryId]):
    """Add a category to the tree, under a parent or at the root. Answers with its id."""

    permission = EDIT
    name: str = field(validator=a_text())
    parent: CategoryId | None = field(default=None, validator=an_optional_id)
    id: CategoryId | None = field(default=None, validator=an_optional_id)


@frozen
class AddProduct(Command[ProductId]):
    """Add a product with its variants, as a draft or, with ``publish``, on sale at once. Answers with its id.

    SKUs and variant ids are unique in the whole shop. Without an ``id`` the shop makes one. ``seller``: who sells it,
    if not the shop itself.
    """

    permission = EDIT
    name: str = field(validator=a_text())
    variants: tuple[NewVariant, ...] = field(converter=as_tuple, validator=a_list_of(NewVariant, MOST_VARIANTS))
    category: CategoryId | None = field(default=None, validator=an_optional_id)
    publish: bool = field(default=False, validator=instance_of(bool))
    id: ProductId | None = field(default=None, validator=an_optional_id)
    tax_category: str = field(default=STANDARD, validator=an_id)
    most_per_order: int | None = field(default=None, validator=optional(a_quantity))
    seller: str | None = field(default=None, validator=an_optional_id)


@frozen
class AddProducts(Command[tuple[ProductId, ...]]):
    """Add up to 1,000 products, all or none. Answers with their ids in the same order."""

    permission = EDIT
    products: tuple[AddProduct, ...] = field(converter=as_tuple, validator=a_list_of(AddProduct, MOST_PRODUCTS))


@frozen
class AddVariant(Command[VariantId]):
    """Add a variant to a product. Answers with its id."""

    permission = EDIT
    product: ProductId = field(validator=an_id)
    variant: NewVariant = field(validator=instance_of(NewVariant))


@frozen
class ChangePrice(Command[None]):
    """Give a variant another price. Orders already placed keep theirs."""

    permission = Permission("catalog.change_price", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    price: Price = field(validator=instance_of(Price))


@frozen
class ChangeTaxCategory(Command[None]):
    """Tax a product as goods of another category; the zones say what that means. Orders already placed keep theirs."""

    permission = Permission("catalog.change_price", Who.STAFF)
    product: ProductId = field(validator=an_id)
    tax_category: str = field(validator=an_id)


@frozen
class LimitQuantity(Command[None]):
    """Let one order have so many units of each variant of a product at most; without a number as many as one likes."""

    permission = EDIT
    product: ProductId = field(validator=an_id)
    most_per_order: int | None = field(default=None, validator=optional(a_quantity))


@frozen
class PublishProduct(Command[None]):
    """Put a product on sale."""

    permission = EDIT
    product: ProductId = field(validator=an_id)


@frozen
class UnpublishProduct(Command[None]):
    """Take a product off sale."""

    permission = EDIT
    product: ProductId = field(validator=an_id)
