"""Where something is: for distances, tax areas and couriers, without saying who lives there."""

from __future__ import annotations

from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import a_text, optional

__all__ = ["Place", "kilometres"]

_EARTH: Final = 6371.0088
"""Mean radius of the earth in kilometres (International Union of Geodesy and Geophysics)."""


def _a_country(_: object, attribute: Attribute[Any], value: object) -> None:
    if not (isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):
        raise Invalid(attribute.name, value, "two capital letters, as in ISO 3166-1 alpha-2")


def _an_angle(most: int) -> Any:
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if type(value) is not float or not isfinite(value) or abs(value) > most:
            raise Invalid(attribute.name, value, f"degrees as a float from -{most} to {most}")

    return check


@frozen
class Place:
    """A place on earth: at least its country; with coordinates (WGS 84, degrees) distances are exact enough to choose
    between warehouses.
    """

    country: str = field(validator=_a_country)
    region: str | None = field(default=None, validator=optional(a_text(100)))
    postcode: str | None = field(default=None, repr=False, validator=optional(a_text(20)))
    latitude: float | None = field(default=None, repr=False, validator=optional(_an_angle(90)))
    longitude: float | None = field(default=None, repr=False, validator=optional(_an_angle(180)))

    def __attrs_post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            missing = "latitude" if self.latitude is None else "longitude"
            raise Invalid(missing, None, "both latitude and longitude, or neither")


def kilometres(one: Place, other: Place) -> float | None:
    """The great-circle distance, or nothing where one of them has no coordinates."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north, south = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * _EARTH * asin(min(1.0, sqrt(half)))
