"""What answers the queries of the promotions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import CouponId
from ecomcore.kernel.money import Money
from ecomcore.kernel.text import HIDDEN
from ecomcore.promotions.allowance import AllowanceKind, allowance_id, budget, of_coupon
from ecomcore.promotions.codes import numbered
from ecomcore.promotions.group_buy import GroupBuy
from ecomcore.promotions.lookups import known_codes
from ecomcore.promotions.ports import Allowances, Campaigns, CouponBatches, Coupons, GroupBuys, Promotions
from ecomcore.promotions.promotion import Promotion
from ecomcore.promotions.queries import (
    CampaignView,
    CodeView,
    CouponView,
    GetCampaign,
    GetCoupon,
    GetGroupBuy,
    GetPromotion,
    GroupBuyView,
    ListCodes,
    ListPromotions,
    PromotionView,
)
from ecomcore.promotions.values import MarkKind


def get_promotion(query: GetPromotion, promotions: Promotions) -> PromotionView:
    return _view(promotions.get(query.promotion))


def list_promotions(query: ListPromotions, promotions: Promotions) -> tuple[PromotionView, ...]:
    return tuple(_view(promotion) for promotion in promotions.page(query.after, query.limit))


def get_campaign(query: GetCampaign, campaigns: Campaigns, allowances: Allowances) -> CampaignView:
    campaign = campaigns.get(query.campaign)
    planned, spent, left = campaign.budget, None, None
    if planned is not None:
        counted = allowances.find(budget(campaign.id, planned.currency).id)
        spent = Money(counted.taken if counted else 0, planned.currency)
        left = planned - spent
    return CampaignView(campaign.id, campaign.name, planned, spent, left)


def list_codes(query: ListCodes, batches: CouponBatches, allowances: Allowances) -> tuple[CodeView, ...]:
    batch = batches.get(query.batch)
    numbers = range(query.after + 1, min(batch.size, query.after + query.limit) + 1)
    ids = [batch.coupon(number) for number in numbers]
    marks, uses, maker = batches.marks(ids), _uses(ids, allowances), batch.maker()
    return tuple(
        CodeView(
            number,
            batch.code(number, maker),
            id_,
            batch.as_code(number, marks.get(id_, ())).member,
            any(mark.kind is MarkKind.WITHDRAWN for mark in marks.get(id_, ())),
            uses.get(id_, 0),
        )
        for number, id_ in zip(numbers, ids, strict=True)
    )


def get_coupon(query: GetCoupon, coupons: Coupons, batches: CouponBatches, allowances: Allowances) -> CouponView:
    code = known_codes((query.code,), coupons, batches).get(query.code)
    if code is None:
        raise NotFound("Coupon", HIDDEN)
    uses = _uses((code.id,), allowances).get(code.id, 0)
    root, number = numbered(code.id) or (None, None)
    batch = None if root is None else batches.by_prefixes([root])[root].id
    return CouponView(code.id, code.promotion, code.limits, code.period, code.member, code.void, uses, batch, number)


def get_group_buy(query: GetGroupBuy, promotions: Promotions, groups: GroupBuys) -> GroupBuyView:
    group = groups.find(query.promotion)
    if group is None:
        promotion = promotions.find(query.promotion)
        terms = promotion.in_force if promotion else None
        if terms is None or terms.group_buy is None:
            raise NotFound("GroupBuy", query.promotion)
        group = GroupBuy.open(query.promotion, terms.group_buy.buyers, terms.group_buy.until)
    return GroupBuyView(group.id, group.buyers, group.buyers_needed, group.until, group.state)


def _view(promotion: Promotion) -> PromotionView:
    return PromotionView(promotion.id, promotion.state, promotion.approved, promotion.versions, promotion.spans)


def _uses(coupons: Iterable[CouponId], allowances: Allowances) -> Mapping[CouponId, int]:
    """How many orders took each of the coupons, as far as that is counted."""
    ids = {allowance_id(AllowanceKind.USES, of_coupon(coupon), "", ""): coupon for coupon in coupons}
    return {ids[id_]: allowance.taken for id_, allowance in allowances.many(sorted(ids)).items()}
