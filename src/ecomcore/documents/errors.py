"""How documents refuse."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.money import Money

__all__ = ["DoesNotAddUp", "NothingToBill"]


@define(eq=False, str=False)
class DoesNotAddUp(Refused):
    """A sum on a document is not the sum of its parts."""

    what: str
    stated: Money
    parts: Money

    def sentence(self) -> str:
        return f"{self.what} does not add up: {self.stated} is stated, its parts come to {self.parts}"


@define(eq=False, str=False)
class NothingToBill(Refused):
    """The order charges for nothing."""

    order: OrderId

    def sentence(self) -> str:
        return f"order {self.order} has nothing left to bill; there is no invoice without a line"
