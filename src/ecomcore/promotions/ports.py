"""What the promotions need from a store, and where their secrets come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponBatchId, CouponId, OrderId, PromotionId
from ecomcore.kernel.work import Repository
from ecomcore.promotions.allowance import Allowance
from ecomcore.promotions.campaign import Campaign
from ecomcore.promotions.coupon import Coupon
from ecomcore.promotions.coupon_batch import CouponBatch
from ecomcore.promotions.group_buy import GroupBuy
from ecomcore.promotions.promotion import Promotion
from ecomcore.promotions.redemption import Redemption
from ecomcore.promotions.values import Mark

__all__ = [
    "Allowances",
    "Campaigns",
    "CouponBatches",
    "Coupons",
    "GroupBuys",
    "Promotions",
    "Redemptions",
    "Secrets",
]


class Secrets(Protocol):
    """Makes what nobody can guess."""

    @abstractmethod
    def new(self) -> str:
        """128 bits of chance, as 32 hexadecimal digits."""


class Promotions(Repository[Promotion, PromotionId], Protocol):
    """All promotions."""

    kind: type[Promotion] = Promotion


class Campaigns(Repository[Campaign, CampaignId], Protocol):
    """All campaigns."""

    kind: type[Campaign] = Campaign


class Coupons(Repository[Coupon, CouponId], Protocol):
    """All coupons that staff have chosen the code of."""

    kind: type[Coupon] = Coupon


class CouponBatches(Repository[CouponBatch, CouponBatchId], Protocol):
    """All batches. Saving one appends its fresh marks and empties ``fresh``."""

    kind: type[CouponBatch] = CouponBatch

    @abstractmethod
    def by_prefixes(self, roots: Collection[str]) -> Mapping[str, CouponBatch]:
        """The batches with these prefixes, given in their canonical form."""

    @abstractmethod
    def marks(self, coupons: Collection[CouponId]) -> Mapping[CouponId, Sequence[Mark]]:
        """What is marked about these codes of batches, a withdrawal last; codes without a mark may be missing."""


class Allowances(Repository[Allowance, AllowanceId], Protocol):
    """All allowances that anybody ever took of."""

    kind: type[Allowance] = Allowance


class Redemptions(Repository[Redemption, OrderId], Protocol):
    """All redemptions."""

    kind: type[Redemption] = Redemption

    @abstractmethod
    def taken_sums(self, allowances: Collection[AllowanceId]) -> Mapping[AllowanceId, int]:
        """For each allowance what live redemptions hold of it; allowances of which none do may be missing."""


class GroupBuys(Repository[GroupBuy, PromotionId], Protocol):
    """All group buys that anybody has joined."""

    kind: type[GroupBuy] = GroupBuy

    @abstractmethod
    def overdue(self, now: Instant, limit: int) -> Sequence[GroupBuy]:
        """Open group buys whose time is over, longest ago first."""
