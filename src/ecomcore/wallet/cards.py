"""Numbers of payment cards never come in: a text that holds one is refused, and not shown.

A card number has 12 to 19 digits (ISO/IEC 7812-1, with the shorter ones of old schemes), which pass the check of Luhn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

from attrs import Attribute

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import HIDDEN, Validator, hidden

__all__ = ["has_card_number", "no_card_number"]

_SHORTEST, _LONGEST = 12, 19
_BETWEEN: Final = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf", "Cc"})
_runs_in = re.compile(r"[0-9](?:[ 0-9]*[0-9])?").findall


def has_card_number(text: str) -> bool:
    """Whether some groups of digits, with spaces and dashes between them or none, look like a card's number."""
    plain = unicodedata.normalize("NFKC", text)
    spaced = "".join(_plain(character) for character in plain)
    return any(_names_a_card(run.split()) for run in _runs_in(spaced))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return " " if unicodedata.category(character) in _BETWEEN else character


def _names_a_card(groups: Sequence[str]) -> bool:
    for start in range(len(groups)):
        for digits in accumulate(groups[start:]):
            if len(digits) > _LONGEST:
                break
            if len(digits) >= _SHORTEST and _passes_luhn(digits):
                return True
    return False


def _passes_luhn(digits: str) -> bool:
    """Every second digit from the right is doubled, and its digits added; the sum ends in 0."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + doubled) % 10 == 0


def no_card_number(text: Validator) -> Validator:
    """The same validator of text, which also refuses a card's number; no refusal shows the value."""
    check_text = hidden(text)

    def check(instance: object, attribute: Attribute[Any], value: Any) -> None:
        check_text(instance, attribute, value)
        if has_card_number(value):
            raise Invalid(attribute.name, HIDDEN, "text without the number of a card, such as a token")

    return check
