"""Money: whole minor units of one currency, with the laws of a ledger.

``Money(1234, "EUR")`` is 12.34 EUR, ``Money(1234, "JPY")`` is 1234 JPY. There is no float, no amount without
a currency and no arithmetic across currencies. Whatever splits an amount goes through ``allocate`` and loses
no cent; whatever rounds goes through ``divide`` and says how. Decimal text exists only at the edge:
``parse_money`` and ``format_money``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, NewType

from attrs import Attribute, define, field, frozen

from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.errors import Invalid, Refused
from ecomcore.kernel.quantity import a_quantity

__all__ = [
    "MAX_MINOR",
    "Currency",
    "CurrencyMismatch",
    "Money",
    "Price",
    "Rounding",
    "a_positive_amount",
    "allocate",
    "allocate_minor",
    "allocate_trusted",
    "an_amount",
    "currency",
    "divide",
    "exponent",
    "format_money",
    "money_sum",
    "parse_money",
]

Currency = NewType("Currency", str)
"""An upper-case code of ISO 4217 that has a minor unit."""

MAX_MINOR: Final = 2**63 - 1
"""The largest amount, in minor units, either side of zero: what a 64-bit column holds."""

_A_CURRENCY: Final = "an upper-case ISO 4217 code such as EUR"
_MINOR_UNITS: Final = f"a whole number of minor units from {-MAX_MINOR} to {MAX_MINOR}"


def currency(code: object, field: str = "currency") -> Currency:
    """The code as a ``Currency``. Raises ``Invalid`` for anything but an upper-case ISO 4217 code."""
    if not isinstance(code, str) or code not in EXPONENTS:
        raise Invalid(field, code, _A_CURRENCY)
    return Currency(code)


def exponent(currency: Currency) -> int:
    """The decimal places of the currency: EUR 2, JPY 0, KWD 3."""
    return EXPONENTS[currency]


@define(eq=False, str=False)
class CurrencyMismatch(Refused):
    """Amounts of different currencies do not add up or compare."""

    left: str
    right: str

    def sentence(self) -> str:
        return f"{self.left} and {self.right} do not mix; convert one amount at an agreed rate first"


@frozen
class Money:
    """An amount in ``minor`` units of ``currency``; negative where something is owed back.

    Adds, subtracts and compares within one currency, and raises ``CurrencyMismatch`` across two. Equal means
    the same amount of the same currency. Multiplies by an ``int`` only. Raises ``Invalid`` beyond
    ``MAX_MINOR``.
    """

    minor: int
    currency: Currency

    def __attrs_post_init__(self) -> None:
        if type(self.minor) is not int or not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise Invalid("minor", self.minor, _MINOR_UNITS)
        currency(self.currency)

    @classmethod
    def zero(cls, currency: Currency) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @property
    def is_zero(self) -> bool:
        """Whether this is nothing."""
        return self.minor == 0

    @property
    def is_negative(self) -> bool:
        """Whether this is less than nothing."""
        return self.minor < 0

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, factor: int) -> Money:
        if type(factor) is not int:
            return NotImplemented
        return Money(self.minor * factor, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return not other < self

    def __gt__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return other < self

    def __ge__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return not self < other

    def __str__(self) -> str:
        return format_money(self)


def money_sum(amounts: Iterable[Money], currency: Currency) -> Money:
    """The sum of the amounts; nothing of ``currency`` where there are none."""
    total = 0
    for amount in amounts:
        if amount.currency != currency:
            raise CurrencyMismatch(currency, amount.currency)
        total += amount.minor
    return Money(total, currency)


def allocate(amount: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """The amount split by weight into as many parts, which add up to it exactly.

    By largest remainder: every part is within one minor unit of its exact share, and the units left over go
    to the parts that rounding down cost most; of two parts it cost the same, to the earlier. The split thus
    depends on the order only where remainders tie: callers whose parts have no order of their own sort them
    by id first. A negative amount splits as its mirror image. A part of weight zero gets nothing, unless all
    weights are zero: then all parts count the same. Raises ``Invalid`` for no weights, and for a weight that
    is no ``int`` or negative.
    """
    return tuple(Money(part, amount.currency) for part in allocate_minor(amount.minor, weights))


def allocate_minor(minor: int, weights: Sequence[int]) -> list[int]:
    """``allocate`` for bare minor units."""
    if not weights or any(type(weight) is not int or weight < 0 for weight in weights):
        raise Invalid("weights", weights, "one or more whole numbers, none negative")
    return allocate_trusted(minor, weights)


def allocate_trusted(minor: int, weights: Sequence[int]) -> list[int]:
    """``allocate_minor`` for weights that were checked when they came in."""
    total = sum(weights)
    if not total:
        weights, total = [1] * len(weights), len(weights)
    size = abs(minor)
    parts = [size * weight // total for weight in weights]
    if left := size - sum(parts):
        by_loss = sorted(range(len(weights)), key=lambda part: -(size * weights[part] % total))
        for part in by_loss[:left]:
            parts[part] += 1
    return parts if minor >= 0 else [-part for part in parts]


class Rounding(StrEnum):
    """What becomes of a fraction of a minor unit. Negative amounts mirror positive ones."""

    HALF_UP = "half_up"
    """To the nearest; a half away from zero (commercial rounding)."""
    HALF_EVEN = "half_even"
    """To the nearest; a half to the even neighbour (banker's rounding)."""
    DOWN = "down"
    """Towards zero."""
    UP = "up"
    """Away from zero."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """The quotient as a whole number, rounded once. Raises ``ZeroDivisionError`` for denominator zero."""
    size = abs(denominator)
    quotient, rest = divmod(abs(numerator), size)
    if rest and _away(quotient, 2 * rest - size, rounding):
        quotient += 1
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def _away(quotient: int, beyond_half: int, rounding: Rounding) -> bool:
    """Whether to round away from zero, given how far the rest is beyond a half."""
    match rounding:
        case Rounding.DOWN:
            return False
        case Rounding.UP:
            return True
        case Rounding.HALF_UP:
            return beyond_half >= 0
        case Rounding.HALF_EVEN:
            return beyond_half > 0 or (beyond_half == 0 and quotient % 2 == 1)


def an_amount(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds ``Money`` of zero or more."""
    if not isinstance(value, Money) or value.minor < 0:
        raise Invalid(attribute.name, value, "an amount of money, not negative")


def a_positive_amount(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds ``Money`` of more than zero."""
    if not isinstance(value, Money) or value.minor <= 0:
        raise Invalid(attribute.name, value, "an amount of money above zero")


@frozen
class Price:
    """What ``per`` units cost: 0.89 EUR per 100 grams, 12.00 EUR per piece.

    ``per`` is the base quantity of UBL 2.1 and EN 16931 (BT-149), and keeps prices below one minor unit
    exact.
    """

    amount: Money = field(validator=an_amount)
    per: int = field(default=1, validator=a_quantity)

    def total(self, quantity: int, rounding: Rounding = Rounding.HALF_EVEN) -> Money:
        """What ``quantity`` units cost, rounded once."""
        return Money(divide(self.amount.minor * quantity, self.per, rounding), self.amount.currency)


_DECIMAL: Final = re.compile(r"(-?)(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,9}))?")


def parse_money(text: object, currency: Currency, field: str = "amount") -> Money:
    """The amount that decimal text such as ``12.34`` or ``-0.5`` names.

    Raises ``Invalid`` for anything else: exponents, thousands separators, spaces, a plus sign, leading zeros,
    digits other than ASCII, more decimals than the currency has, or an amount beyond ``MAX_MINOR``.
    """
    places = exponent(currency)
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None or len(match[3] or "") > places:
        example = "12.3456"[: 3 + places].rstrip(".")
        raise Invalid(field, text, f"decimal text in {currency} such as {example}")
    minor = int(match[2] + (match[3] or "").ljust(places, "0"))
    if minor > MAX_MINOR:
        raise Invalid(field, text, f"at most {format_money(Money(MAX_MINOR, currency))}")
    return Money(-minor if match[1] else minor, currency)


def format_money(money: Money) -> str:
    """The amount as decimal text and code, ``12.34 EUR``: the same everywhere. Localise in the host."""
    places = EXPONENTS[money.currency]
    digits = str(abs(money.minor)).rjust(places + 1, "0")
    sign = "-" if money.minor < 0 else ""
    decimals = f".{digits[-places:]}" if places else ""
    return f"{sign}{digits[: len(digits) - places]}{decimals} {money.currency}"
