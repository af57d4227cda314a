"""What there is to be counted: a variant, or one lot of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import field, frozen

from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.text import Validator, an_id, empty_or_text

__all__ = ["LONGEST_LOT", "CountedItem", "a_lot", "named"]

LONGEST_LOT: Final = 100
"""The most characters of the name of a lot."""

_MOST_NAMED = 4

a_lot: Final[Validator] = empty_or_text(LONGEST_LOT)
"""Validate a field that names a lot or a serial number; empty where units are not told apart."""


@frozen
class CountedItem:
    """A variant, or one lot of it."""

    variant: VariantId = field(validator=an_id)
    lot: str = field(default="", validator=a_lot)

    def __str__(self) -> str:
        return f"{self.variant} (lot {self.lot})" if self.lot else self.variant


def named(items: Sequence[object]) -> str:
    """The first few by name, and how many more there are, on one line."""
    shown = [text if len(text) <= 60 else f"{text[:59]}…" for text in map(str, items[:_MOST_NAMED])]
    rest = len(items) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
