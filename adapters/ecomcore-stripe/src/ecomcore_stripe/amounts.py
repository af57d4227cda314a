"""Amounts as Stripe counts them: mostly the minor units of ISO 4217, and where not, this file says so.

Source: Stripe's list of supported currencies, with its special cases and its rule for three decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Currency, Money, currency, exponent

__all__ = ["EXACT", "to_money", "to_units", "why_unsaid"]

# The decimals Stripe counts with, where they are not those of ISO 4217: the krona and the shilling lost theirs, and
# requests kept two zeros for old clients; the ariary has fifths, which no card knows.
_DECIMALS: Final[Mapping[str, int]] = {"ISK": 2, "UGX": 2, "MGA": 0}

_THREE: Final = 3
_LAST_DIGIT: Final = 10
"""With three decimals the last digit must be 0: card networks have no third decimal."""


def _is_exact(code: str) -> bool:
    return EXPONENTS[code] < _THREE and _DECIMALS.get(code, EXPONENTS[code]) >= EXPONENTS[code]


EXACT: Final = frozenset(Currency(code) for code in EXPONENTS if _is_exact(code))
"""The currencies of which every amount can be said to Stripe. Whether an account takes them, Stripe decides."""


def to_units(amount: Money) -> int | None:
    """The amount as Stripe counts, or ``None`` if it cannot be said exactly: an amount is never rounded here."""
    more, fewer = _scale(amount.currency)
    if amount.minor % fewer or (exponent(amount.currency) == _THREE and amount.minor % _LAST_DIGIT):
        return None
    return amount.minor * more // fewer


def why_unsaid(amount: Money) -> str:
    """Why ``to_units`` had no answer."""
    step = _LAST_DIGIT if exponent(amount.currency) == _THREE else _scale(amount.currency)[1]
    return f"Stripe takes {amount.currency} in steps of {step} minor units only, and {amount.minor} is none"


def to_money(units: object, code: object) -> Money:
    """What Stripe counts as money. Raises ``Invalid`` for anything that is none."""
    known = currency(code.upper() if isinstance(code, str) else code)
    more, fewer = _scale(known)
    if not isinstance(units, int) or isinstance(units, bool) or units % more:
        raise Invalid("amount", units, f"a whole amount of {known} in multiples of {more}")
    return Money(units // more * fewer, known)


def _scale(code: Currency) -> tuple[int, int]:
    """By what minor units are multiplied, and by what divided, to become what Stripe counts."""
    beyond = _DECIMALS.get(code, exponent(code)) - exponent(code)
    return 10 ** max(beyond, 0), 10 ** max(-beyond, 0)
