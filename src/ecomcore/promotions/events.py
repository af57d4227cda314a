"""What the promotions tell. No event carries a code: knowing one is as good as having the coupon."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import CampaignId, CouponBatchId, CouponId, MemberId, OrderId, PromotionId
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Money

__all__ = [
    "BenefitsConfirmed",
    "BenefitsHeld",
    "BenefitsReleased",
    "BudgetChanged",
    "CampaignPlanned",
    "CodeWithdrawn",
    "CouponAdded",
    "CouponAssigned",
    "CouponWithdrawn",
    "CouponsGenerated",
    "GroupBuyFailed",
    "GroupBuySucceeded",
    "PromotionApproved",
    "PromotionArchived",
    "PromotionChanged",
    "PromotionCreated",
    "PromotionPaused",
    "PromotionResumed",
]


@frozen
class PromotionCreated(Event):
    """There is a draft."""

    promotion: PromotionId
    name: str


@frozen
class PromotionChanged(Event):
    """There is a new version, which nobody has approved yet."""

    promotion: PromotionId
    version: int


@frozen
class PromotionApproved(Event):
    """This version is in force, and no other."""

    promotion: PromotionId
    version: int


@frozen
class PromotionPaused(Event):
    """It is not in force for the time being."""

    promotion: PromotionId


@frozen
class PromotionResumed(Event):
    """The version approved last is in force again."""

    promotion: PromotionId
    version: int


@frozen
class PromotionArchived(Event):
    """It has ended for good."""

    promotion: PromotionId


@frozen
class CampaignPlanned(Event):
    """There is a new campaign."""

    campaign: CampaignId
    name: str
    budget: Money | None


@frozen
class BudgetChanged(Event):
    """The campaign may spend this much in all; ``None``: as much as it takes."""

    campaign: CampaignId
    budget: Money | None


@frozen
class CouponAdded(Event):
    """There is a code for a promotion."""

    coupon: CouponId
    promotion: PromotionId


@frozen
class CouponWithdrawn(Event):
    """The code gives nothing any more."""

    coupon: CouponId


@frozen
class CouponsGenerated(Event):
    """There are so many codes more for a promotion."""

    batch: CouponBatchId
    promotion: PromotionId
    size: int


@frozen
class CouponAssigned(Event):
    """A code of the batch belongs to a member."""

    batch: CouponBatchId
    number: int
    member: MemberId


@frozen
class CodeWithdrawn(Event):
    """A code of the batch gives nothing any more."""

    batch: CouponBatchId
    number: int


@frozen
class BenefitsHeld(Event):
    """An order has taken what it needs of limits and budgets."""

    order: OrderId
    promotions: tuple[PromotionId, ...]


@frozen
class BenefitsConfirmed(Event):
    """The order keeps what it has taken."""

    order: OrderId


@frozen
class BenefitsReleased(Event):
    """The order has given back all that it had taken."""

    order: OrderId


@frozen
class GroupBuySucceeded(Event):
    """Enough buyers have come together: the price holds for these orders."""

    promotion: PromotionId
    orders: tuple[OrderId, ...]


@frozen
class GroupBuyFailed(Event):
    """Too few have come in time: these orders are to get their money back."""

    promotion: PromotionId
    orders: tuple[OrderId, ...]
