"""The values of the catalogue."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Price
from ecomcore.kernel.text import a_code, a_text, an_id, an_optional_id, instance_of

__all__ = ["NewVariant", "Variant"]


@frozen
class Variant:
    """What is actually sold: one size, one colour, one pack of a product, with its price."""

    id: VariantId = field(validator=an_id)
    sku: str = field(validator=a_code())
    name: str = field(validator=a_text(empty=True))
    price: Price = field(validator=instance_of(Price))


@frozen
class NewVariant:
    """A variant to be added. Without an ``id`` the shop makes one."""

    sku: str = field(validator=a_code())
    price: Price = field(validator=instance_of(Price))
    name: str = field(default="", validator=a_text(empty=True))
    id: VariantId | None = field(default=None, validator=an_optional_id)
