"""``VatIds`` on python-stdnum: the rules of each country are the library's, what counts as an id at all is ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from stdnum.ch import vat as switzerland
from stdnum.eu import vat as europe
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as united_kingdom
from stdnum.no import mva as norway

from ecomcore.ordering import VatIds

__all__ = ["EuVatIds"]

_LONGEST: Final = 40
"""More characters than any id has, however it is spaced."""

_between = re.compile(r"[\s./-]+")
_is_an_id = re.compile("[A-Z]{2}[A-Z0-9+*]{2,14}").fullmatch

# Sellers in a one-stop shop have such ids, and nobody buys with them.
_ONE_STOP_SHOPS: Final = ("EU", "IM")

_BESIDE_THE_UNION: Final[Mapping[str, Callable[[str], str]]] = {
    "CH": switzerland.validate,
    "GB": united_kingdom.validate,
    "NO": norway.validate,
}


class EuVatIds(VatIds):
    """VAT ids of the member states of the EU and of ``XI``, ``GB``, ``CH`` and ``NO``, with their country in front.

    Valid is what has the form and the check digits of its country (Directive 2006/112/EC, art. 215, for the prefix). A
    well-formed id may still not exist, or be somebody else's: whether it exists only the authorities know, for the EU
    by VIES, and to ask them is the host's business. Case, spaces, dots, dashes and slashes do not matter.
    """

    def is_valid(self, vat_id: str) -> bool:
        """Whether the id is well-formed. Text that is no id at all is not; nothing raises."""
        if len(vat_id) > _LONGEST or not vat_id.isascii():
            return False
        number = _between.sub("", vat_id).upper()
        if not _is_an_id(number) or number[:2] in _ONE_STOP_SHOPS:
            return False
        validate = _BESIDE_THE_UNION.get(number[:2], europe.validate)
        try:
            validate(number)
        except ValidationError:
            return False
        return True
