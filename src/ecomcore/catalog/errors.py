"""How the catalogue refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused

__all__ = ["CategoryTooDeep", "NothingToSell"]


@define(eq=False, str=False)
class NothingToSell(Refused):
    """A product without variants cannot be published."""

    product: str

    def sentence(self) -> str:
        return f"product {self.product} has no variants; add one before publishing it"


@define(eq=False, str=False)
class CategoryTooDeep(Refused):
    """The category tree has a limit to its depth."""

    category: str
    deepest: int

    def sentence(self) -> str:
        return f"category {self.category} already lies {self.deepest} levels deep; nothing goes below it"
