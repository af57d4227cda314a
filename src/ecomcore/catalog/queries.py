"""What the catalogue can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.catalog.product import ProductState
from ecomcore.catalog.values import Variant
from ecomcore.kernel.ids import CategoryId, ProductId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import an_id, an_optional_id
from ecomcore.quoting import STANDARD

__all__ = ["CategoryView", "GetProduct", "ListCategories", "ListProducts", "ProductView"]

BROWSE = Permission("catalog.browse", Who.ANYONE)


@frozen
class ProductView:
    """A product as it is shown."""

    id: ProductId
    name: str
    category: CategoryId | None
    state: ProductState
    variants: tuple[Variant, ...]
    tax_category: str = STANDARD
    most_per_order: int | None = None


@frozen
class CategoryView:
    """A category as it is shown; ``depth`` is 0 at the root."""

    id: CategoryId
    name: str
    parent: CategoryId | None
    depth: int


@frozen
class GetProduct(Query[ProductView]):
    """One product. What is not on sale is found only by staff with ``catalog.edit``."""

    permission = BROWSE
    product: ProductId = field(validator=an_id)


@frozen
class ListProducts(Query[tuple[ProductView, ...]]):
    """The products on sale in the order of their ids, of one category if it is named; page on with the last id."""

    permission = BROWSE
    category: CategoryId | None = field(default=None, validator=an_optional_id)
    after: ProductId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListCategories(Query[tuple[CategoryView, ...]]):
    """The categories in the order of their ids; page on with the last id."""

    permission = BROWSE
    after: CategoryId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
