"""The repositories of the promotions in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponBatchId, CouponId, OrderId, PromotionId
from ecomcore.memory.repositories import MemoryRepository
from ecomcore.promotions import (
    Allowance,
    Allowances,
    Campaign,
    Campaigns,
    Coupon,
    CouponBatch,
    CouponBatches,
    Coupons,
    GroupBuy,
    GroupBuys,
    Mark,
    Promotion,
    Promotions,
    Redemption,
    Redemptions,
)

__all__ = [
    "MemoryAllowances",
    "MemoryCampaigns",
    "MemoryCouponBatches",
    "MemoryCoupons",
    "MemoryGroupBuys",
    "MemoryPromotions",
    "MemoryRedemptions",
]


class MemoryPromotions(MemoryRepository[Promotion, PromotionId], Promotions):
    kind: ClassVar[type[Promotion]] = Promotion  # type: ignore[misc]


class MemoryCampaigns(MemoryRepository[Campaign, CampaignId], Campaigns):
    kind: ClassVar[type[Campaign]] = Campaign  # type: ignore[misc]


class MemoryCoupons(MemoryRepository[Coupon, CouponId], Coupons):
    kind: ClassVar[type[Coupon]] = Coupon  # type: ignore[misc]


class MemoryCouponBatches(MemoryRepository[CouponBatch, CouponBatchId], CouponBatches):
    kind: ClassVar[type[CouponBatch]] = CouponBatch  # type: ignore[misc]

    def by_prefixes(self, roots: Collection[str]) -> Mapping[str, CouponBatch]:
        wanted = frozenset(roots)
        ids = sorted(batch.id for batch in self._all() if batch.root in wanted)
        return {batch.root: batch for batch in self.many(ids).values()}

    def marks(self, coupons: Collection[CouponId]) -> Mapping[CouponId, Sequence[Mark]]:
        wanted = frozenset(coupons)
        found = {coupon: list(marks) for coupon in wanted if (marks := self._tables.marks.get(coupon))}
        for batch in self._changes.changed_now(CouponBatch):
            for mark in batch.fresh:
                if mark.coupon in wanted:
                    found.setdefault(mark.coupon, []).append(mark)
        return {coupon: sorted(marks, key=lambda mark: mark.kind) for coupon, marks in found.items()}


class MemoryAllowances(MemoryRepository[Allowance, AllowanceId], Allowances):
    kind: ClassVar[type[Allowance]] = Allowance  # type: ignore[misc]


class MemoryRedemptions(MemoryRepository[Redemption, OrderId], Redemptions):
    kind: ClassVar[type[Redemption]] = Redemption  # type: ignore[misc]

    def taken_sums(self, allowances: Collection[AllowanceId]) -> Mapping[AllowanceId, int]:
        wanted = frozenset(allowances)
        sums: Counter[AllowanceId] = Counter()
        for redemption in self._all():
            if redemption.is_live:
                sums.update({id_: count for id_, count in redemption.taken().items() if id_ in wanted})
        return sums


class MemoryGroupBuys(MemoryRepository[GroupBuy, PromotionId], GroupBuys):
    kind: ClassVar[type[GroupBuy]] = GroupBuy  # type: ignore[misc]

    def overdue(self, now: Instant, limit: int) -> Sequence[GroupBuy]:
        due = sorted((group.until, group.id) for group in self._all() if group.is_open and group.until <= now)
        return list(self.many([id_ for _, id_ in due[:limit]]).values())
