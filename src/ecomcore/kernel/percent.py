"""Shares of a hundred: exact, never a float."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Rounding, divide

__all__ = ["WHOLE", "Percent", "percent"]

WHOLE: Final = 1_000_000
"""A hundred percent, in millionths."""

_ACCEPTED: Final = "a percentage from 0 to 100 with up to 4 decimals, such as 12.5"
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,4}))?")


def _millionths(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= WHOLE:
        raise Invalid(attribute.name, value, f"a whole number from 0 to {WHOLE}")


@frozen
class Percent:
    """A share from 0 to 100 %, in millionths of the whole: ``Percent(125_000)`` is 12.5 %. See ``percent``."""

    millionths: int = field(validator=_millionths)

    def of(self, minor: int, rounding: Rounding) -> int:
        """This share of so many minor units, rounded once."""
        return divide(minor * self.millionths, WHOLE, rounding)

    def __str__(self) -> str:
        whole, rest = divmod(self.millionths, 10_000)
        return f"{whole}.{rest:04}".rstrip("0").rstrip(".") + " %"


def percent(value: object, field: str = "percent") -> Percent:
    """The percentage that a whole number or decimal text names: ``percent(15)``, ``percent("8.875")``.

    Raises ``Invalid`` for anything else, floats included, and outside 0 to 100.
    """
    text = str(value) if type(value) is int else value
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    millionths = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0")) if match else WHOLE + 1
    if millionths > WHOLE:
        raise Invalid(field, value, _ACCEPTED)
    return Percent(millionths)
