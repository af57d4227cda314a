"""What is wanted, by whom, and where it shall go."""

from __future__ import annotations

import re
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CategoryId, DeliveryMethodId, LocationId, ProductId, VariantId
from ecomcore.kernel.money import Currency, Price, currency
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_id_list, an_optional_id, as_tuple, instance_of, optional

__all__ = [
    "ANYBODY",
    "LONGEST_CODE",
    "MOST_CODES",
    "MOST_LINES",
    "Buyer",
    "Cart",
    "CartLine",
    "Destination",
    "Offer",
    "a_country",
    "coupon_codes",
]

MOST_LINES = 1_000
"""Lines of one cart or order."""

MOST_CODES = 20
"""Coupon codes of one cart."""

LONGEST_CODE = 64
"""The most characters a coupon code may have as it is typed."""

_is_country = re.compile("[A-Z]{2}").fullmatch


def a_country(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds a country."""
    if not isinstance(value, str) or not _is_country(value):
        raise Invalid(attribute.name, value, "two upper-case letters of ISO 3166-1 such as DE")


_code = a_text(LONGEST_CODE)
_codes = a_list_of(str, MOST_CODES, 0)


def coupon_codes(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Validate a field that holds the coupon codes of a cart, as they were typed."""
    _codes(instance, attribute, value)
    for index, code in enumerate(value):
        try:
            _code(instance, attribute, code)
        except Invalid as refusal:
            raise Invalid(f"{attribute.name}[{index}]", code, refusal.accepted) from None


@frozen
class CartLine:
    """So many units of a variant, wanted. It names no price: prices come from the shop."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)


@frozen
class Destination:
    """Where the goods go, as far as tax and shipping need to know. ``region`` is the state or province."""

    country: str = field(validator=a_country)
    region: str | None = field(default=None, validator=optional(a_text(100)))
    postcode: str | None = field(default=None, repr=False, validator=optional(a_text(20)))


@frozen
class Cart:
    """What somebody wants to buy. The codes are as they were typed; ``payment`` names the means of payment;
    ``location`` is the only place that the goods shall come from."""

    currency: Currency = field(converter=currency)
    lines: tuple[CartLine, ...] = field(converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES, 0))
    coupons: tuple[str, ...] = field(default=(), converter=as_tuple, repr=False, validator=coupon_codes)
    delivery: DeliveryMethodId | None = field(default=None, validator=an_optional_id)
    destination: Destination | None = field(default=None, validator=optional(instance_of(Destination)))
    payment: str | None = field(default=None, validator=an_optional_id)
    location: LocationId | None = field(default=None, validator=an_optional_id)


def _ids_or_none(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value != ():
        an_id_list(instance, attribute, value)


@frozen
class Offer:
    """What the shop offers: a variant as it is called, and its base price.

    ``categories`` are the product's category and all above it. ``tax_category`` decides which rate of a zone it has.
    ``most``: so many units of it in one order, and no more. ``seller``: who sells it, if not the shop itself.
    """

    variant: VariantId = field(validator=an_id)
    sku: str = field(validator=a_text())
    name: str = field(validator=a_text(500))
    price: Price = field(validator=instance_of(Price))
    product: ProductId | None = field(default=None, validator=an_optional_id)
    categories: tuple[CategoryId, ...] = field(default=(), converter=as_tuple, validator=_ids_or_none)
    tax_category: str = field(default="standard", validator=an_id)
    most: int | None = field(default=None, validator=optional(a_quantity))
    seller: str | None = field(default=None, validator=an_optional_id)


@frozen(kw_only=True)
class Buyer:
    """What is known of who buys. ``orders`` counts what they have ordered before and not cancelled.

    ``business``: their VAT id was found valid, so that where the zone says so they owe the tax themselves.
    """

    id: str | None = None
    registered: bool = False
    groups: frozenset[str] = frozenset()
    tier: str | None = None
    segments: frozenset[str] = frozenset()
    company: str | None = None
    orders: int = 0
    business: bool = False
    exempt: bool = False


ANYBODY = Buyer()
"""Somebody of whom nothing is known."""
