"""When a promotion holds, as data. ``AllOf``, ``AnyOf`` and ``Not`` combine the others.

Amounts and quantities are looked at as the catalogue shows them: after catalogue promotions and before all others, so
that no promotion can undo another's condition.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from ecomcore.kernel.calendar import BusinessHours
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.kernel.money import Currency, Money, an_amount
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_list_of, an_id_list, as_tuple, instance_of, optional
from ecomcore.quoting.places import MOST_AREAS, Area

__all__ = [
    "DEEPEST_CONDITION",
    "EVERYTHING",
    "MOST_CONDITIONS",
    "AllOf",
    "AnyOf",
    "Condition",
    "DeliveredBy",
    "InChannel",
    "InCurrency",
    "InGroup",
    "InSegment",
    "InTier",
    "ItemQuantity",
    "ItemTotal",
    "Items",
    "Not",
    "OfCompany",
    "OpenHours",
    "OrderNumber",
    "PaysBy",
    "Registered",
    "ShipsTo",
    "conditions",
    "depth",
]

MOST_CONDITIONS = 50
"""Conditions side by side."""

DEEPEST_CONDITION = 6
"""Conditions inside of each other."""


def _ids(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value != ():
        an_id_list(instance, attribute, value)


def _names() -> Any:
    return field(converter=as_tuple, validator=an_id_list)


def _names_or_none() -> Any:
    return field(default=(), converter=as_tuple, validator=_ids)


@frozen
class Items:
    """Which items of a cart: those of these products, variants or categories (and all categories below), or all if
    none is named; less the excluded; with a unit price as shown from ``price_from`` to ``price_to``, both included.
    """

    products: tuple[ProductId, ...] = _names_or_none()
    variants: tuple[VariantId, ...] = _names_or_none()
    categories: tuple[CategoryId, ...] = _names_or_none()
    without_products: tuple[ProductId, ...] = _names_or_none()
    without_variants: tuple[VariantId, ...] = _names_or_none()
    without_categories: tuple[CategoryId, ...] = _names_or_none()
    price_from: Money | None = field(default=None, validator=optional(an_amount))
    price_to: Money | None = field(default=None, validator=optional(an_amount))

    def __attrs_post_init__(self) -> None:
        if self.price_from and self.price_to and not self.price_from <= self.price_to:
            raise Invalid("price_to", self.price_to, f"an amount not below price_from, {self.price_from}")


EVERYTHING = Items()
"""All items of a cart."""


@frozen
class ItemQuantity:
    """The cart holds so many units of the items in all, both ends included."""

    items: Items = field(default=EVERYTHING, validator=instance_of(Items))
    at_least: int = field(default=1, validator=a_quantity)
    at_most: int | None = field(default=None, validator=optional(a_quantity))

    def __attrs_post_init__(self) -> None:
        if self.at_most is not None and self.at_most < self.at_least:
            raise Invalid("at_most", self.at_most, f"a number not below at_least, {self.at_least}")


@frozen
class ItemTotal:
    """The items in the cart are worth so much as shown, both ends included."""

    at_least: Money = field(validator=an_amount)
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))
    at_most: Money | None = field(default=None, validator=optional(an_amount))

    def __attrs_post_init__(self) -> None:
        if self.at_most is not None and self.at_most < self.at_least:
            raise Invalid("at_most", self.at_most, f"an amount not below at_least, {self.at_least}")


@frozen
class InTier:
    """The buyer is of one of these tiers."""

    tiers: tuple[str, ...] = _names()


@frozen
class InSegment:
    """The buyer is in one of these segments."""

    segments: tuple[str, ...] = _names()


@frozen
class InGroup:
    """The buyer is in one of these groups."""

    groups: tuple[str, ...] = _names()


@frozen
class OfCompany:
    """The buyer buys for one of these companies."""

    companies: tuple[str, ...] = _names()


@frozen
class Registered:
    """The buyer is a member, not a guest."""


@frozen
class OrderNumber:
    """It would be the buyer's order of this number: from ``first`` to ``last``, counted from ``first`` every
    so-manyeth.

    ``OrderNumber(1, 1)`` is the first purchase, ``OrderNumber(3, every=3)`` each third. Cancelled orders do not count;
    guests are known by their e-mail address.
    """

    first: int = field(default=1, validator=a_quantity)
    last: int | None = field(default=None, validator=optional(a_quantity))
    every: int = field(default=1, validator=a_quantity)

    def __attrs_post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise Invalid("last", self.last, f"a number not below first, {self.first}")


@frozen
class InChannel:
    """The cart is in one of these channels."""

    channels: tuple[str, ...] = _names()


@frozen
class InCurrency:
    """The cart is in one of these currencies."""

    currencies: tuple[Currency, ...] = _names()


@frozen
class ShipsTo:
    """The goods go to one of these areas."""

    areas: tuple[Area, ...] = field(converter=as_tuple, validator=a_list_of(Area, MOST_AREAS))


@frozen
class OpenHours:
    """It is one of these hours of the week, where the zone says."""

    hours: BusinessHours = field(validator=instance_of(BusinessHours))


@frozen
class PaysBy:
    """It is paid by one of these means."""

    means: tuple[str, ...] = _names()


@frozen
class DeliveredBy:
    """It is delivered by one of these methods."""

    methods: tuple[str, ...] = _names()


@frozen
class AllOf:
    """All of these hold."""

    conditions: tuple[Condition, ...] = field(converter=as_tuple)

    def __attrs_post_init__(self) -> None:
        conditions("conditions", self.conditions, 1)


@frozen
class AnyOf:
    """At least one of these holds."""

    conditions: tuple[Condition, ...] = field(converter=as_tuple)

    def __attrs_post_init__(self) -> None:
        conditions("conditions", self.conditions, 1)


@frozen
class Not:
    """This does not hold."""

    condition: Condition

    def __attrs_post_init__(self) -> None:
        conditions("condition", (self.condition,), 1)


Condition: TypeAlias = (
    AllOf
    | AnyOf
    | Not
    | ItemQuantity
    | ItemTotal
    | InTier
    | InSegment
    | InGroup
    | OfCompany
    | Registered
    | OrderNumber
    | InChannel
    | InCurrency
    | ShipsTo
    | OpenHours
    | PaysBy
    | DeliveredBy
)
"""When a promotion holds."""


def conditions(field: str, value: object, fewest: int) -> None:
    """Check a tuple of conditions. Raises ``Invalid``."""
    if not isinstance(value, tuple) or not fewest <= len(value) <= MOST_CONDITIONS:
        raise Invalid(field, value, f"a list of {fewest} to {MOST_CONDITIONS} conditions")
    for index, each in enumerate(value):
        if not isinstance(each, Condition):
            raise Invalid(f"{field}[{index}]", each, "a condition such as ItemTotal or AllOf")
        if depth(each) > DEEPEST_CONDITION:
            raise Invalid(f"{field}[{index}]", each, f"conditions at most {DEEPEST_CONDITION} deep")


def depth(condition: Condition) -> int:
    """How deep conditions stand inside of each other."""
    match condition:
        case AllOf(inner) | AnyOf(inner):
            return 1 + max(depth(each) for each in inner)
        case Not(inner):
            return 1 + depth(inner)
        case _:
            return 1
