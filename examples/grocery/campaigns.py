"""Puts the data's campaigns into the shop, each on its first day: its coupons are promotions that need a code.

A promotion holds for the households that got the campaign, on the campaign's days, and takes the coupon's value once
off the coupon's products in the basket. Of several coupons in a basket the one for the fewest products comes first.
"""

from itertools import islice
from typing import Final

from ecomcore import Desk
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.ids import CampaignId, ProductId, PromotionId, VariantId
from ecomcore.kernel.money import Money
from ecomcore.promotions import AddCoupon, ApprovePromotion, CreatePromotion, PlanCampaign
from ecomcore.quoting import AmountOff, InSegment, Items, Lane, Limits, Terms
from grocery.clock import closing, opening
from grocery.records import Campaign, Coupon
from grocery.redemptions import Redemptions
from grocery.till import DOLLARS, segment_of

MOST_NAMES: Final = 10_000
"""Products, and variants, that one selection may name."""


def launch(clerk: Desk, campaign: Campaign, redemptions: Redemptions) -> None:
    """Plan the campaign and put its coupons in force."""
    id_ = CampaignId(segment_of(campaign.id))
    name = f"Campaign {campaign.id}, {campaign.kind}, {campaign.first} to {campaign.last}"
    clerk.handle(PlanCampaign(name, id=id_), key=f"plan-{id_}")
    for coupon in redemptions.coupons(campaign.id):
        promotion = PromotionId(coupon.code)
        clerk.handle(CreatePromotion(_terms(campaign, id_, coupon), id=promotion), key=f"create-{promotion}")
        clerk.handle(ApprovePromotion(promotion, 1), key=f"approve-{promotion}")
        limits = Limits(uses_per_buyer=coupon.times)
        clerk.handle(AddCoupon(coupon.code, promotion, limits), key=f"coupon-{promotion}")


def _terms(campaign: Campaign, id_: CampaignId, coupon: Coupon) -> Terms:
    return Terms(
        name=f"Coupon {coupon.code}",
        effects=(AmountOff(Money(coupon.value_minor, DOLLARS), Lane.ITEM, _items(coupon)),),
        conditions=(InSegment((segment_of(campaign.id),)),),
        period=Period(opening(campaign.first), closing(campaign.last)),
        priority=len(coupon.products),
        needs_coupon=True,
        campaign=id_,
    )


def _items(coupon: Coupon) -> Items:
    """A product here has one variant, of the same id: so two of the coupons get room for their 14,000 products."""
    products = iter(coupon.products)
    return Items(
        products=tuple(map(ProductId, islice(products, MOST_NAMES))),
        variants=tuple(map(VariantId, islice(products, MOST_NAMES))),
    )
