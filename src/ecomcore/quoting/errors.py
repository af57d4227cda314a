"""How a quote is refused."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import VariantId

__all__ = ["NotDelivered", "NotForSale", "OrderTooLarge", "PriceMissing", "TooManyUnits"]


@define(eq=False, str=False)
class NotForSale(Refused):
    """The shop does not offer this variant now."""

    variant: VariantId

    def sentence(self) -> str:
        return f"{self.variant} is not for sale"


@define(eq=False, str=False)
class PriceMissing(Refused):
    """The variant has no price in the currency of the cart."""

    variant: VariantId
    currency: str
    priced_in: str

    def sentence(self) -> str:
        return f"{self.variant} has no price in {self.currency}, only in {self.priced_in}"


@define(eq=False, str=False)
class OrderTooLarge(Refused):
    """The total is more than an amount can be."""

    variant: VariantId

    def sentence(self) -> str:
        return f"the amount for {self.variant} is too large; order fewer units"


@define(eq=False, str=False)
class TooManyUnits(Refused):
    """More units than one order may have."""

    variant: VariantId
    most: int
    wanted: int

    def sentence(self) -> str:
        return f"one order may have {self.most} of {self.variant}, not {self.wanted}"


@define(eq=False, str=False)
class NotDelivered(Refused):
    """The delivery method does not go there, or not in the currency of the cart."""

    method: str

    def sentence(self) -> str:
        return f"delivery by {self.method} has no price for this destination; choose another method"
