"""What the promotions can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CampaignId, CouponBatchId, CouponId, MemberId, PromotionId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Money
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import an_id, an_optional_id
from ecomcore.promotions.commands import a_coupon_code
from ecomcore.promotions.group_buy import GroupBuyState
from ecomcore.promotions.promotion import PromotionState
from ecomcore.promotions.values import Span, Version
from ecomcore.quoting import Limits

__all__ = [
    "CampaignView",
    "CodeView",
    "CouponView",
    "GetCampaign",
    "GetCoupon",
    "GetGroupBuy",
    "GetPromotion",
    "GroupBuyView",
    "ListCodes",
    "ListPromotions",
    "PromotionView",
]

VIEW = Permission("promotions.view", Who.STAFF)
CODES = Permission("promotions.codes", Who.STAFF)


@frozen
class PromotionView:
    """A promotion with all its versions and the spans in which they were in force."""

    id: PromotionId
    state: PromotionState
    approved: int | None
    versions: tuple[Version, ...]
    spans: tuple[Span, ...]


@frozen
class CampaignView:
    """A campaign. What is spent and what remains is told in the currency of its budget, if it has one."""

    id: CampaignId
    name: str
    budget: Money | None
    spent: Money | None
    remaining: Money | None


@frozen
class CodeView:
    """A code of a batch. ``uses`` counts the orders that took it, where its uses are limited."""

    number: int
    code: str = field(repr=False)
    coupon: CouponId
    member: MemberId | None
    withdrawn: bool
    uses: int


@frozen
class CouponView:
    """What a code is worth: a coupon's own, or code ``number`` of a ``batch``.

    ``uses`` counts the orders that took it, where its uses are limited.
    """

    id: CouponId
    promotion: PromotionId
    limits: Limits
    period: Period | None
    member: MemberId | None
    void: bool
    uses: int
    batch: CouponBatchId | None = None
    number: int | None = None


@frozen
class GroupBuyView:
    """How a group buy stands: so many different buyers of those needed before ``until``."""

    promotion: PromotionId
    buyers: int
    buyers_needed: int
    until: Instant
    state: GroupBuyState


@frozen
class GetPromotion(Query[PromotionView]):
    """One promotion."""

    permission = VIEW
    promotion: PromotionId = field(validator=an_id)


@frozen
class ListPromotions(Query[tuple[PromotionView, ...]]):
    """All promotions in the order of their ids, from the one after the given id."""

    permission = VIEW
    after: PromotionId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class GetCampaign(Query[CampaignView]):
    """One campaign, and what is left of its budget."""

    permission = VIEW
    campaign: CampaignId = field(validator=an_id)


@frozen
class ListCodes(Query[tuple[CodeView, ...]]):
    """The codes of a batch in order, from the one after the given number."""

    permission = CODES
    batch: CouponBatchId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)


@frozen
class GetCoupon(Query[CouponView]):
    """What a code is worth, however it is typed."""

    permission = CODES
    code: str = field(repr=False, validator=a_coupon_code)


@frozen
class GetGroupBuy(Query[GroupBuyView]):
    """How the group buy of a promotion stands."""

    permission = Permission("promotions.group_buy", Who.ANYONE)
    promotion: PromotionId = field(validator=an_id)
