"""Parts of the world for tax, shipping and conditions: country, region, postcodes, and everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import a_list_of, as_tuple, optional
from ecomcore.quoting.cart import Destination, a_country

__all__ = ["MOST_AREAS", "Area", "most_specific"]

MOST_AREAS = 1_000
"""Areas of one zone, rate or condition."""

_PATTERN = re.compile(r"[A-Z0-9]{1,12}\*?|[A-Z0-9]{1,12}\.\.[A-Z0-9]{1,12}")


def _regions(instance: object, attribute: Attribute[Any], value: Any) -> None:
    a_list_of(str, 200, 0)(instance, attribute, value)
    for index, region in enumerate(value):
        if not region.strip() or len(region) > 100:
            raise Invalid(f"{attribute.name}[{index}]", region, "the name of a region, 1 to 100 characters")


def _postcodes(instance: object, attribute: Attribute[Any], value: Any) -> None:
    a_list_of(str, 1_000, 0)(instance, attribute, value)
    for index, pattern in enumerate(value):
        first, _, last = pattern.partition("..")
        if not _PATTERN.fullmatch(pattern) or (last and (len(first) != len(last) or first > last)):
            accepted = "a postcode in capitals without spaces, the start of one (10*), or a range (10000..19999)"
            raise Invalid(f"{attribute.name}[{index}]", pattern, accepted)


@frozen
class Area:
    """A part of the world. Without a country it is everywhere else; regions and postcodes narrow a country."""

    country: str | None = field(default=None, validator=optional(a_country))
    regions: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_regions)
    postcodes: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_postcodes)

    def __attrs_post_init__(self) -> None:
        if self.country is None and (self.regions or self.postcodes):
            raise Invalid("country", None, "a country, for regions and postcodes are of one")

    def match(self, destination: Destination) -> int:
        """How closely it fits: 0 not at all, 1 everywhere else, 2 country, 3 region, 4 postcode."""
        if self.country is None:
            return 1
        if self.country != destination.country:
            return 0
        if self.regions and (destination.region or "").casefold() not in {name.casefold() for name in self.regions}:
            return 0
        if not self.postcodes:
            return 3 if self.regions else 2
        code = re.sub(r"[\s-]", "", destination.postcode or "").upper()
        return 4 if code and any(_fits(code, pattern) for pattern in self.postcodes) else 0


def _fits(code: str, pattern: str) -> bool:
    first, between, last = pattern.partition("..")
    if between:
        return len(code) == len(first) and first <= code <= last
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def most_specific(areas: Iterable[Area], destination: Destination) -> int:
    """How closely the best of the areas fits; 0 if none does."""
    return max((area.match(destination) for area in areas), default=0)
