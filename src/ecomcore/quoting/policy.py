"""The shop's choices about prices, in one place instead of constants in the code."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Currency, Rounding, currency
from ecomcore.kernel.percent import Percent
from ecomcore.kernel.text import as_tuple, instance_of, optional
from ecomcore.quoting.prices import PriceEnding
from ecomcore.quoting.terms import Choice

__all__ = ["Conversion", "PricingPolicy", "Stacking", "TaxBasis"]


class Stacking(StrEnum):
    """How several discounts of one item go together."""

    REDUCED = "reduced"
    """Each percentage is taken of what is left after those before it."""
    ORIGINAL = "original"
    """Each percentage is taken of the price as shown."""
    ONE = "one"
    """An item gets one discount in the item lane, the first by priority."""


class TaxBasis(StrEnum):
    """What tax is rounded for."""

    UNIT = "unit"
    LINE = "line"
    ORDER = "order"


@frozen
class Conversion:
    """In a currency in which something has no price of its own, its base price is converted and so rounded."""

    currency: Currency = field(converter=currency)
    ending: PriceEnding | None = field(default=None, validator=optional(instance_of(PriceEnding)))


def _conversions(_: object, __: object, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(each, Conversion) for each in value):
        raise Invalid("conversions", value, "a list of Conversion")


@frozen(kw_only=True)
class PricingPolicy:
    """How the shop computes. ``rounding`` is used wherever a fraction of a minor unit arises.

    ``tax_included``: whether prices contain tax where their list does not say. ``exclusive``: which of several
    exclusive promotions wins, and whether it must beat the others together. ``max_discount``: the most that promotions
    take off one order, of its value as shown.
    """

    rounding: Rounding = field(default=Rounding.HALF_EVEN, validator=instance_of(Rounding))
    stacking: Stacking = field(default=Stacking.REDUCED, validator=instance_of(Stacking))
    exclusive: Choice = field(default=Choice.BEST, validator=instance_of(Choice))
    max_discount: Percent | None = field(default=None, validator=optional(instance_of(Percent)))
    tax_basis: TaxBasis = field(default=TaxBasis.LINE, validator=instance_of(TaxBasis))
    tax_included: bool = field(default=True, validator=instance_of(bool))
    conversions: tuple[Conversion, ...] = field(default=(), converter=as_tuple, validator=_conversions)
