"""How many: whole units, never fractions.

Things sold by weight or length are counted in their smallest sold unit (grams, centimetres), so that stock,
orders and refunds add up exactly.
"""

from __future__ import annotations

from typing import Any, Final, NewType

from attrs import Attribute

from ecomcore.kernel.errors import Invalid

__all__ = [
    "LONGEST_PAGE",
    "MAX_QUANTITY",
    "Quantity",
    "a_change",
    "a_count",
    "a_page",
    "a_quantity",
    "a_rank",
    "quantity",
]

Quantity = NewType("Quantity", int)
"""A number of units, 1 to ``MAX_QUANTITY``."""

MAX_QUANTITY: Final = 1_000_000_000
"""The most units one line, reservation or stock movement may name."""

LONGEST_PAGE: Final = 1_000
"""The most rows one answer of a query holds."""

_A_QUANTITY: Final = f"a whole number from 1 to {MAX_QUANTITY}"
_A_COUNT: Final = f"a whole number from 0 to {MAX_QUANTITY}"


def quantity(value: object, field: str = "quantity") -> Quantity:
    """The value as a ``Quantity``; ``Invalid`` for anything but an ``int`` of 1 to ``MAX_QUANTITY``."""
    if type(value) is not int or not 1 <= value <= MAX_QUANTITY:
        raise Invalid(field, value, _A_QUANTITY)
    return Quantity(value)


def a_quantity(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds at least one unit: an ``int`` (no ``bool``) of 1 to ``MAX_QUANTITY``."""
    if type(value) is not int or not 1 <= value <= MAX_QUANTITY:
        raise Invalid(attribute.name, value, _A_QUANTITY)


def a_count(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that may also hold none: an ``int`` (no ``bool``) of 0 to ``MAX_QUANTITY``."""
    if type(value) is not int or not 0 <= value <= MAX_QUANTITY:
        raise Invalid(attribute.name, value, _A_COUNT)


def a_change(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that adds or takes away units: up to ``MAX_QUANTITY`` either way, not 0."""
    if type(value) is not int or not 1 <= abs(value) <= MAX_QUANTITY:
        raise Invalid(attribute.name, value, f"a whole number from {-MAX_QUANTITY} to {MAX_QUANTITY}, not 0")


def a_rank(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that orders things, the lowest first: an ``int`` of 0 to 1,000,000."""
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise Invalid(attribute.name, value, "a whole number from 0 to 1000000")


def a_page(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate the length of a page: an ``int`` of 1 to ``LONGEST_PAGE``."""
    if type(value) is not int or not 1 <= value <= LONGEST_PAGE:
        raise Invalid(attribute.name, value, f"a whole number from 1 to {LONGEST_PAGE}")
