"""The shop's choices about documents: who sells, how numbers are written, and by which clock a year begins."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.documents.values import SellerDetails
from ecomcore.kernel.calendar import TimeZone, time_zone
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import SeriesId
from ecomcore.kernel.text import instance_of

__all__ = ["DocumentsPolicy", "NumberFormat"]

_LONGEST_PREFIX: Final = 20
_is_prefix = re.compile("[A-Z0-9]+(-[A-Z][A-Z0-9]*)*").fullmatch


def _a_prefix(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST_PREFIX or not _is_prefix(value):
        accepted = f"1 to {_LONGEST_PREFIX} capitals and digits, such as INV or INV-DE; after a hyphen comes a letter"
        raise Invalid(attribute.name, value, accepted)


def _some_digits(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= value <= 12:
        raise Invalid(attribute.name, value, "a whole number from 1 to 12")


@frozen
class NumberFormat:
    """How the numbers of a series are written: ``INV-2026-000123``, or ``INV-000123`` for one that is not ``yearly``.

    Numbers that outgrow their ``digits`` get longer. No two numbers are written alike, whatever their prefixes: in a
    prefix a letter follows each hyphen, so that the parts with digits only are the year and the number.
    """

    prefix: str = field(validator=_a_prefix)
    digits: int = field(default=6, validator=_some_digits)
    yearly: bool = field(default=True, validator=instance_of(bool))

    def series(self, year: int) -> SeriesId:
        """The series that counts in this year. Formats with one prefix count together."""
        return SeriesId(f"{self.prefix}:{year:04}" if self.yearly else self.prefix)

    def format(self, year: int, number: int) -> str:
        """The number as it is written."""
        counted = f"{number:0{self.digits}}"
        return f"{self.prefix}-{year:04}-{counted}" if self.yearly else f"{self.prefix}-{counted}"


_UTC: Final = TimeZone("UTC")


def _a_zone(value: object) -> TimeZone:
    """The zone; the default one is not looked up, for a shop that knows no other loads no time zones."""
    return _UTC if value == _UTC else time_zone(value, "time_zone")


@frozen(kw_only=True)
class DocumentsPolicy:
    """The shop's choices about documents. Name the ``seller`` before the first invoice.

    ``time_zone``: by its clocks documents are dated, and numbers begin anew with each year.
    """

    seller: SellerDetails = field(default=SellerDetails("The shop"), validator=instance_of(SellerDetails))
    time_zone: TimeZone = field(default=_UTC, converter=_a_zone)
    invoices: NumberFormat = field(default=NumberFormat("INV"), validator=instance_of(NumberFormat))
    credit_notes: NumberFormat = field(default=NumberFormat("CN"), validator=instance_of(NumberFormat))
    packing_slips: NumberFormat = field(default=NumberFormat("PS"), validator=instance_of(NumberFormat))

    def __attrs_post_init__(self) -> None:
        prefixes = [self.invoices.prefix, self.credit_notes.prefix, self.packing_slips.prefix]
        if len(set(prefixes)) < len(prefixes):
            raise Invalid("prefix", ", ".join(prefixes), "a prefix of its own for each kind of document")
