"""Where somebody lives or a parcel goes. Every part that leads to a person is ``Personal``."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import Personal, a_text, as_tuple, optional

__all__ = ["LONGEST_PART", "Address"]

LONGEST_PART: Final = 100
"""The most characters a recipient, street line, city, postcode or phone may have: labels are narrow."""

_is_country = re.compile("[A-Z]{2}").fullmatch
_one_line = a_text(longest=LONGEST_PART)


def _a_part(instance: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, Personal):
        raise Invalid(attribute.name, value, "Personal text")
    try:
        _one_line(instance, attribute, value.value)
    except Invalid as error:
        raise Invalid(error.field, value, error.accepted) from None  # without the text itself


def _street_lines(instance: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple) or not 1 <= len(value) <= 4:
        raise Invalid(attribute.name, value, "a list of 1 to 4 lines")
    for line in value:
        _a_part(instance, attribute, line)


def _a_country(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not _is_country(value):
        raise Invalid(attribute.name, value, "two upper-case letters of ISO 3166-1 such as DE")


@frozen(kw_only=True)
class Address:
    """A postal address. Its form is checked; whether the place exists, only a carrier knows.

    ``lines`` are 1 to 4 street lines; ``country`` is an ISO 3166-1 code of two letters; ``region`` is the
    state or province where the country needs one for post or tax.
    """

    recipient: Personal = field(validator=_a_part)
    lines: tuple[Personal, ...] = field(converter=as_tuple, validator=_street_lines)
    city: Personal = field(validator=_a_part)
    postcode: Personal = field(validator=_a_part)
    country: str = field(validator=_a_country)
    region: str | None = field(default=None, validator=optional(_one_line))
    phone: Personal | None = field(default=None, validator=optional(_a_part))
