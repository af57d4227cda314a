"""What the source data says, in words of a shop: products, baskets, totals, oddities.

Money is whole US cents. Ids are the numbers of the data set, written as text.
"""

from datetime import datetime
from typing import Final

import attrs

NOTICE: Final = (
    "This package contains simulated data based on real grocery shopping patterns. It is intended for "
    "**educational and exploratory data analysis purposes only**. This data should not be used for academic "
    "research, commercial decision-making, or any purpose requiring authentic consumer behavior data.",
    "The underlying data is provided by 84.51° for research and educational purposes.",
)
"""What the README of the data's package says about it, word for word."""


FUEL: Final = "GASOLINE-REG UNLEADED"
"""The one product type that is sold by volume: its quantity is no number of pieces (see `oddities`)."""


@attrs.frozen
class Product:
    """Something that was sold. `name` and `department` are never empty: a gap gets a stated stand-in."""

    id: str
    name: str
    department: str
    category: str | None = None
    brand: str | None = None
    package: str | None = None
    fuel: bool = False


UNCOUNTED: Final = Product(id="uncounted", name="Amount rung up without a quantity", department="(no quantity)")
"""Stands for money taken for quantity 0: revenue, but no goods, so it touches no stock and counts as no unit.

A basket that has such money gets one line of this product, quantity 1, for the sum of it.
"""


@attrs.frozen
class Line:
    """`quantity` (at least 1) of one product for `amount_minor` cents together (never negative, may be 0)."""

    product: str
    quantity: int
    amount_minor: int

    @property
    def units(self) -> int:
        """How many units of goods changed hands: the quantity, except that uncounted money is no goods."""
        return 0 if self.product == UNCOUNTED.id else self.quantity


@attrs.frozen
class Basket:
    """One trip to one store: at least one line, each product once. `at` is in UTC."""

    id: str
    at: datetime
    household: str
    store: str
    lines: tuple[Line, ...]

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


@attrs.frozen
class Totals:
    """What a shop and its source must agree on."""

    orders: int = 0
    units: int = 0
    revenue_minor: int = 0


@attrs.frozen
class Oddity:
    """Something in the data a reader should know: how often it happens, and what was done about it."""

    name: str
    count: int
    explanation: str
