"""What the source data says, in words of a shop: products, baskets, totals, oddities.

Money is whole US cents. Ids are the numbers of the data set, written as text.
"""

from datetime import date, datetime
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
    """`quantity` (at least 1) of one product for `amount_minor` cents together (never negative, may be 0).

    The amount is the till's before the coupons that are replayed, and after everything else it took off.
    """

    product: str
    quantity: int
    amount_minor: int

    @property
    def units(self) -> int:
        """How many units of goods changed hands: the quantity, except that uncounted money is no goods."""
        return 0 if self.product == UNCOUNTED.id else self.quantity


@attrs.frozen
class Redeemed:
    """A coupon that was redeemed with a basket, by its code, and what it took off."""

    code: str
    amount_minor: int


@attrs.frozen
class Basket:
    """One trip to one store: at least one line, each product once. `at` is in UTC."""

    id: str
    at: datetime
    household: str
    store: str
    lines: tuple[Line, ...]
    coupons: tuple[Redeemed, ...] = ()

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def amount_minor(self) -> int:
        """What the household paid."""
        return sum(line.amount_minor for line in self.lines) - sum(coupon.amount_minor for coupon in self.coupons)


@attrs.frozen
class Campaign:
    """Coupons sent to some households. It runs from its first day to the end of its last."""

    id: int
    kind: str
    first: date
    last: date
    households: int
    coupons: int


@attrs.frozen
class Coupon:
    """A coupon of a campaign that takes `value_minor` off these products, at most `times` for one household.

    The data does not say what a coupon is worth. One that was redeemed at several values is several coupons here; one
    whose value never shows has the value that most have, and is never used.
    """

    code: str
    campaign: int
    value_minor: int
    times: int
    products: tuple[str, ...]


@attrs.frozen
class CampaignInData:
    """What the data says about a campaign on some days.

    `redemptions` are rows, `discount_minor` what the till took off the goods they could be about. Of it, `over_minor`
    was more than those goods cost, and `other_minor` belongs to the coupon of another redemption.
    """

    campaign: Campaign
    redemptions: int
    discount_minor: int
    over_minor: int
    other_minor: int
    refused: tuple[tuple[str, int], ...]
    """Why redemptions cannot be replayed, and how many for each reason."""


@attrs.frozen
class TillDiscounts:
    """All that coupons took off at the till on some days, matching included: whole, and what is not replayed of it."""

    all_minor: int = 0
    over_minor: int = 0
    unexplained_rows: int = 0
    unexplained_minor: int = 0


@attrs.frozen
class Totals:
    """What a shop and its source must agree on. Revenue is what households paid."""

    orders: int = 0
    units: int = 0
    revenue_minor: int = 0


@attrs.frozen
class Counted:
    """What the counts of the stores on some days come to: how many there were, and the units that lay there."""

    counts: int = 0
    units: int = 0


@attrs.frozen
class Oddity:
    """Something in the data a reader should know: how often it happens, and what was done about it."""

    name: str
    count: int
    explanation: str
