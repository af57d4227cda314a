"""The values of carts: an item, and what a shop chooses about its carts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import a_duration
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.text import Validator, a_text, instance_of
from ecomcore.quoting import MOST_LINES

__all__ = ["LONGEST_NOTE", "CartItem", "CartsPolicy", "MergePolicy", "Offered", "a_note"]

LONGEST_NOTE = 500
"""The most characters of a note on an item or on a cart."""

a_note: Validator = a_text(LONGEST_NOTE, empty=True, lines=True)
"""Validate a field that holds a note; there may be none."""

Offered: TypeAlias = Mapping[VariantId, int | None]
"""Variants that are for sale, with the most units of each that one order may have (``None``: any number)."""


@frozen
class CartItem:
    """So many units of a variant, with a note. ``number`` is the item's for good: no later item of its cart gets it.

    An item saved for ``later`` stays in the cart and is not bought with it.
    """

    number: int
    variant: VariantId
    quantity: int
    note: str = ""
    later: bool = False

    @property
    def key(self) -> tuple[VariantId, str, bool]:
        """What a cart has once: two items of the same variant, with the same note, in the same place are one."""
        return self.variant, self.note, self.later


class MergePolicy(StrEnum):
    """How many units there are of what a member's cart and a guest's cart both hold. What one of them holds stays."""

    ADD_UP = "add_up"
    """Those of both."""
    LARGER = "larger"
    """The larger number."""
    MEMBERS = "members"
    """As many as in the member's cart."""
    GUESTS = "guests"
    """As many as in the guest's cart."""


def _most_items(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= value <= MOST_LINES:
        raise Invalid(attribute.name, value, f"a whole number from 1 to {MOST_LINES}")


@frozen
class CartsPolicy:
    """The shop's choices about carts.

    ``merge``: how a guest's cart becomes part of a member's. Untouched for ``expires_after`` a cart ends; untouched for
    ``abandoned_after`` it is told of as abandoned, if there is something in it. ``most_items``: items of one cart,
    those saved for later included.
    """

    merge: MergePolicy = field(default=MergePolicy.ADD_UP, validator=instance_of(MergePolicy))
    expires_after: timedelta = field(default=timedelta(days=30), validator=a_duration)
    abandoned_after: timedelta = field(default=timedelta(days=1), validator=a_duration)
    most_items: int = field(default=MOST_LINES, validator=_most_items)
