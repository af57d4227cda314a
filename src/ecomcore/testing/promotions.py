"""Promotions, coupons, allowances, redemptions and group buys for tests: builders with defaults.

a_promotion("tea-week", terms_of(PercentOff(percent(10)), limits=Limits(uses=3)))
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from attrs import evolve

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CampaignId, CouponBatchId, MemberId, OrderId, PromotionId
from ecomcore.kernel.money import Money
from ecomcore.kernel.percent import percent
from ecomcore.promotions import (
    Allowance,
    AllowanceKind,
    Campaign,
    Counter,
    Coupon,
    CouponBatch,
    GroupBuy,
    GroupBuyState,
    GroupEntry,
    Promotion,
    PromotionState,
    Redemption,
    RedemptionLine,
    RedemptionState,
    Secrets,
    Span,
    Taken,
    Version,
)
from ecomcore.quoting import (
    UNLIMITED,
    Effect,
    Limits,
    PercentOff,
    Terms,
)
from ecomcore.testing.builders import euros
from ecomcore.testing.clock import NOON

__all__ = [
    "NumberedSecrets",
    "a_campaign",
    "a_coupon",
    "a_coupon_batch",
    "a_group_buy",
    "a_line_of",
    "a_promotion",
    "a_redemption",
    "an_allowance",
    "terms_of",
]


class NumberedSecrets(Secrets):
    """Secrets that anybody can guess, the same ones in every run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"{next(self._numbers):032x}"


def terms_of(*effects: Effect, **changes: Any) -> Terms:
    """10 % off everything, for everybody, for good."""
    return Terms(**({"name": "Ten off", "effects": effects or (PercentOff(percent(10)),)} | changes))


def a_promotion(
    id: str = "promo",
    terms: Terms | None = None,
    *,
    state: PromotionState = PromotionState.APPROVED,
    at: Instant = NOON,
) -> Promotion:
    """A promotion in its first version, in force since noon."""
    draft = state is PromotionState.DRAFT
    return Promotion(
        id=PromotionId(id),
        state=state,
        versions=(Version(1, terms or terms_of(), at),),
        approved=None if draft else 1,
        spans=() if draft else (Span(1, at, None if state is PromotionState.APPROVED else at),),
    )


def a_campaign(id: str = "summer", *, name: str = "Summer", budget: Money | None = None) -> Campaign:
    """A campaign without a budget."""
    return Campaign(id=CampaignId(id), name=name, budget=budget)


def a_coupon(
    code: str = "HELLO",
    promotion: str = "promo",
    *,
    limits: Limits = UNLIMITED,
    period: Period | None = None,
    member: str | None = None,
) -> Coupon:
    """A code for everybody."""
    coupon = Coupon.add(code, PromotionId(promotion), limits, period, None if member is None else MemberId(member))
    return evolve(coupon, news=())


def a_coupon_batch(
    id: str = "batch",
    promotion: str = "promo",
    *,
    prefix: str = "SAVE",
    size: int = 100,
    secret: str = "0123456789abcdef" * 2,
    limits: Limits = Limits(uses=1),  # noqa: B008 - frozen
    period: Period | None = None,
    personal: bool = False,
) -> CouponBatch:
    """A hundred codes that each serve once."""
    return CouponBatch(
        id=CouponBatchId(id),
        promotion=PromotionId(promotion),
        prefix=prefix,
        size=size,
        secret=secret,
        limits=limits,
        period=period,
        personal=personal,
    )


def an_allowance(subject: str = "promotion:promo", *, cap: int | None = 10, taken: int = 0) -> Allowance:
    """The uses of a promotion, none of which is taken."""
    return Allowance.of(Counter(AllowanceKind.USES, subject, "", "", cap)).having(taken=taken)


def a_line_of(promotion: str = "promo", *allowances: Taken, amount: int = 1_00, units: int = 1) -> RedemptionLine:
    """What an order got of a promotion."""
    return RedemptionLine(PromotionId(promotion), None, None, units, euros(amount), allowances)


def a_redemption(
    order: str = "order",
    *,
    buyer: str = "member:ada",
    lines: Iterable[RedemptionLine] | None = None,
    state: RedemptionState = RedemptionState.HELD,
    at: Instant = NOON,
) -> Redemption:
    """Ada's order got something of one promotion."""
    own = (a_line_of(),) if lines is None else tuple(lines)
    return Redemption(id=OrderId(order), buyer=buyer, lines=own, state=state, at=at)


def a_group_buy(
    promotion: str = "promo",
    *,
    buyers: int = 2,
    until: Instant = NOON,
    state: GroupBuyState = GroupBuyState.OPEN,
    entries: Iterable[GroupEntry] = (),
) -> GroupBuy:
    """A group of two that nobody has joined."""
    return GroupBuy(id=PromotionId(promotion), buyers_needed=buyers, until=until, state=state, entries=tuple(entries))
