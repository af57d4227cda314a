"""A quote: what a cart costs, line by line, and why. The parts of every amount add up to it."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import cached_property

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CampaignId, CouponId, DeliveryMethodId, PromotionId, VariantId
from ecomcore.kernel.money import Currency, Money, Price, money_sum
from ecomcore.kernel.percent import Percent
from ecomcore.quoting.effects import Lane

__all__ = [
    "CouponAnswer",
    "CouponProblem",
    "Discount",
    "Instalment",
    "LinePart",
    "Miss",
    "NearMiss",
    "Quote",
    "QuoteLine",
    "ShippingCharge",
    "Take",
    "TaxAmount",
]


@frozen
class Discount:
    """What a promotion takes off a line or off shipping. ``amount`` is positive.

    ``base`` is the amount it was computed of, ``percent`` the share if it is one; ``whole`` is what the promotion took
    off in one go, where this is the line's share of it.
    """

    promotion: PromotionId
    name: str
    lane: Lane
    base: Money
    amount: Money
    percent: Percent | None = None
    whole: Money | None = None
    coupon: CouponId | None = None


@frozen
class TaxAmount:
    """One component of the tax on a line or on shipping: ``percent`` of ``base``, which is without tax."""

    name: str
    percent: Percent
    base: Money
    amount: Money


@frozen
class LinePart:
    """What some units of a line cost."""

    total: Money
    tax: Money


@frozen
class QuoteLine:
    """A line of a quote. ``number`` counts from 1 in the order of the cart, gifts last.

    ``price`` is the price in force for a unit, from the list or the catalogue (``source``), ``original`` what the
    catalogue itself asks, ``shown`` the price after catalogue promotions. ``listed`` is quantity times price.

    ``total`` is what the line costs the buyer: ``listed`` less ``discounts``; plus ``tax`` where prices are without it;
    less ``relief``, the tax that is contained in the price and not owed. ``seller``: who sells it, if not the shop.
    """

    number: int
    variant: VariantId
    sku: str
    name: str
    quantity: int
    price: Price
    original: Price
    shown: Price
    source: str
    listed: Money
    discounts: tuple[Discount, ...]
    tax_included: bool
    taxes: tuple[TaxAmount, ...]
    relief: Money
    total: Money
    gift: PromotionId | None = None
    seller: str | None = None

    @property
    def discount(self) -> Money:
        """The sum of the discounts."""
        return money_sum((each.amount for each in self.discounts), self.total.currency)

    @property
    def tax(self) -> Money:
        """The sum of the taxes."""
        return money_sum((each.amount for each in self.taxes), self.total.currency)

    def part(self, units: int, before: int = 0) -> LinePart:
        """What so many units cost if so many were parted from the line before: all parts add up to the line.

        Raises ``Invalid`` for more units than are left.
        """
        if type(units) is not int or type(before) is not int or units < 0 or before < 0:
            raise Invalid("units", units, "whole numbers of units, not negative")
        if before + units > self.quantity:
            raise Invalid("units", units, f"at most {self.quantity - before} units, which are left of the line")
        return LinePart(_part(self.total, self.quantity, before, units), _part(self.tax, self.quantity, before, units))


def _part(whole: Money, of: int, before: int, units: int) -> Money:
    return Money(whole.minor * (before + units) // of - whole.minor * before // of, whole.currency)


@frozen
class ShippingCharge:
    """What delivery costs. The amounts mean what they mean on a line."""

    method: DeliveryMethodId
    name: str
    listed: Money
    discounts: tuple[Discount, ...]
    tax_included: bool
    taxes: tuple[TaxAmount, ...]
    relief: Money
    total: Money


class CouponProblem(StrEnum):
    """Why a code gives nothing."""

    UNKNOWN = "unknown"
    """There is no such code, or it is somebody else's: nobody is told which."""
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED_UP = "used_up"
    CONDITIONS = "conditions"
    """What its promotion asks for is not so; the near misses may say more."""
    OUTDONE = "outdone"
    """Another promotion is applied that it does not go together with."""
    REPEATED = "repeated"
    """The same code is there already, or one too many of its kind."""


@frozen
class CouponAnswer:
    """What became of a code. Without a ``problem`` its promotion is applied."""

    code: str = field(repr=False)
    coupon: CouponId | None = None
    promotion: PromotionId | None = None
    problem: CouponProblem | None = None
    expired_at: Instant | None = None


class Miss(StrEnum):
    """Why a promotion that could have been applied was not, or not further."""

    SPEND_MORE = "spend_more"
    BUY_MORE = "buy_more"
    USED_UP = "used_up"
    OUTDONE = "outdone"
    NOT_OFFERED = "not_offered"
    """Its gift is not for sale now."""


@frozen
class NearMiss:
    """A promotion that is not applied, or one of whose steps is not reached: what is missing, and what it would save.

    ``amount`` more must be spent, or ``units`` more bought; ``saves`` is given where it is a fixed amount, and
    ``percent`` where it is a share.
    """

    promotion: PromotionId
    name: str
    miss: Miss
    amount: Money | None = None
    units: int | None = None
    saves: Money | None = None
    percent: Percent | None = None


@frozen
class Take:
    """What an order takes of a promotion's limits and its campaign's budget."""

    promotion: PromotionId
    units: int
    amount: Money
    coupon: CouponId | None = None
    campaign: CampaignId | None = None


@frozen
class Instalment:
    """A part of the total that is to be paid in its own time: at once, or from ``since`` until before ``until``."""

    amount: Money
    since: Instant | None = None
    until: Instant | None = None


@frozen(slots=False)
class Quote:
    """What a cart costs. ``total`` is the sum of the lines' totals and of shipping's.

    ``digest`` is the same for two quotes that charge the same for the same; an order names the one the buyer accepted.
    ``earns``: how many times the points it earns. ``instalments`` add up to the total.
    """

    currency: Currency
    lines: tuple[QuoteLine, ...]
    total: Money
    shipping: ShippingCharge | None = None
    coupons: tuple[CouponAnswer, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    takes: tuple[Take, ...] = ()
    earns: int = 1
    instalments: tuple[Instalment, ...] = ()
    group_buys: tuple[PromotionId, ...] = ()

    @property
    def goods(self) -> Money:
        """The sum of the lines' totals."""
        return money_sum((line.total for line in self.lines), self.currency)

    @property
    def discount(self) -> Money:
        """Everything that promotions take off, shipping included."""
        taken = [each.amount for line in self.lines for each in line.discounts]
        if self.shipping:
            taken += [each.amount for each in self.shipping.discounts]
        return money_sum(taken, self.currency)

    @property
    def tax(self) -> Money:
        """All tax, that on shipping included."""
        taxes = [each.amount for line in self.lines for each in line.taxes]
        if self.shipping:
            taxes += [each.amount for each in self.shipping.taxes]
        return money_sum(taxes, self.currency)

    @cached_property
    def digest(self) -> str:
        """A fingerprint of what is charged for what."""
        told: list[object] = [self.currency, self.total.minor]
        for line in self.lines:
            told += [line.variant, line.quantity, line.total.minor, line.tax.minor, line.discount.minor, line.gift]
        if self.shipping:
            told += [self.shipping.method, self.shipping.total.minor]
            told += [each.amount.minor for each in self.shipping.taxes]
        told += [(each.amount.minor, str(each.since), str(each.until)) for each in self.instalments]
        told += [*self.group_buys, self.earns]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
