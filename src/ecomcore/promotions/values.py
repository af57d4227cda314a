"""The values of the promotions."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponId, MemberId, OrderId, PromotionId
from ecomcore.kernel.money import Money
from ecomcore.kernel.text import instance_of
from ecomcore.quoting import Terms

__all__ = [
    "GiveBack",
    "GroupEntry",
    "Mark",
    "MarkKind",
    "PromotionsPolicy",
    "RedemptionLine",
    "Span",
    "Taken",
    "Version",
]


@frozen
class Version:
    """The terms of a promotion as somebody wrote them; never changed. ``number`` counts from 1 without gaps."""

    number: int
    terms: Terms
    at: Instant


@frozen
class Span:
    """A version was in force from ``since`` until before ``until`` (``None``: it still is)."""

    version: int
    since: Instant
    until: Instant | None = None


class MarkKind(StrEnum):
    """What was said about one code of a batch."""

    ASSIGNED = "assigned"
    """It belongs to one member."""
    WITHDRAWN = "withdrawn"
    """It gives nothing any more."""


@frozen
class Mark:
    """A fact about one code of a batch, never changed; most codes have none."""

    coupon: CouponId
    number: int
    kind: MarkKind
    member: MemberId | None
    at: Instant


@frozen
class Taken:
    """So much of an allowance: uses, units or minor units of money."""

    allowance: AllowanceId
    count: int


@frozen
class RedemptionLine:
    """What an order got of one promotion, by one coupon if it took one, and what that took of the allowances."""

    promotion: PromotionId
    coupon: CouponId | None
    campaign: CampaignId | None
    units: int
    amount: Money
    allowances: tuple[Taken, ...] = ()


@frozen
class GroupEntry:
    """An order came to a group buy, or left it; never changed."""

    order: OrderId
    buyer: str
    joined: bool


class GiveBack(StrEnum):
    """When a cancelled order gives back what it has taken of limits and budgets."""

    ALWAYS = "always"
    UNPAID = "unpaid"
    """Only until it is confirmed."""
    NEVER = "never"


@frozen
class PromotionsPolicy:
    """The shop's choices about promotions."""

    give_back: GiveBack = field(default=GiveBack.UNPAID, validator=instance_of(GiveBack))
