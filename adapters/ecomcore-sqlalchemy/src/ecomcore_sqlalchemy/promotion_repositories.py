"""The repositories of the promotions: each port's own finders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import bindparam, func, select

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponBatchId, CouponId, MemberId, OrderId, PromotionId
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
    GroupBuyState,
    Mark,
    MarkKind,
    Promotion,
    Promotions,
    Redemption,
    Redemptions,
    RedemptionState,
)
from ecomcore_sqlalchemy.promotion_tables import (
    coupon_batches,
    coupon_marks,
    group_buys,
    redemption_takes,
    redemptions,
)
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["PROMOTION_REPOSITORIES"]


class SqlPromotions(SqlRepository[Promotion, PromotionId], Promotions):
    kind: ClassVar[type[Promotion]] = Promotion  # type: ignore[misc]


class SqlCampaigns(SqlRepository[Campaign, CampaignId], Campaigns):
    kind: ClassVar[type[Campaign]] = Campaign  # type: ignore[misc]


class SqlCoupons(SqlRepository[Coupon, CouponId], Coupons):
    kind: ClassVar[type[Coupon]] = Coupon  # type: ignore[misc]


class SqlCouponBatches(SqlRepository[CouponBatch, CouponBatchId], CouponBatches):
    kind: ClassVar[type[CouponBatch]] = CouponBatch  # type: ignore[misc]

    def by_prefixes(self, roots: Collection[str]) -> Mapping[str, CouponBatch]:
        dialect, wanted = self._session.dialect, frozenset(roots)
        stored = self._load(
            "by_prefixes",
            lambda batches: batches.where(dialect.any_of(coupon_batches.c.root, "roots")),
            roots=dialect.list_of(sorted(wanted)),
        )
        return {batch.root: batch for batch in self._merged(stored, lambda batch: batch.root in wanted)}

    def marks(self, coupons: Collection[CouponId]) -> Mapping[CouponId, Sequence[Mark]]:
        dialect, columns, wanted = self._session.dialect, coupon_marks.c, frozenset(coupons)
        rows = self._session.fetch(
            "coupon_marks.of",
            lambda: (
                select(columns.coupon, columns.number, columns.kind, columns.member, columns["at"])
                .where(dialect.any_of(columns.coupon, "ids"))
                .order_by(columns.coupon, columns.kind)
            ),
            ids=dialect.list_of(sorted(wanted)),
        )
        found: dict[CouponId, list[Mark]] = {}
        for coupon, number, kind, member, at in rows:
            id_, owner = CouponId(coupon), None if member is None else MemberId(member)
            found.setdefault(id_, []).append(Mark(id_, number, MarkKind(kind), owner, dialect.moment(at)))
        for batch in self._changes.changed_now(CouponBatch):
            for mark in batch.fresh:
                if mark.coupon in wanted:
                    found.setdefault(mark.coupon, []).append(mark)
        return {coupon: sorted(marks, key=lambda mark: mark.kind) for coupon, marks in found.items()}


class SqlAllowances(SqlRepository[Allowance, AllowanceId], Allowances):
    kind: ClassVar[type[Allowance]] = Allowance  # type: ignore[misc]


class SqlRedemptions(SqlRepository[Redemption, OrderId], Redemptions):
    kind: ClassVar[type[Redemption]] = Redemption  # type: ignore[misc]

    def taken_sums(self, allowances: Collection[AllowanceId]) -> Mapping[AllowanceId, int]:
        """What is saved here is added from memory, and left out of what the database adds up."""
        dialect, columns = self._session.dialect, redemption_takes.c
        saved = {redemption.id: redemption for redemption in self._changes.changed_now(Redemption)}
        rows = self._session.fetch(
            "redemption_takes.sums",
            lambda: (
                select(columns.allowance, func.sum(columns["count"]))
                .join(redemptions, redemptions.c.id == columns.redemption)
                .where(
                    dialect.any_of(columns.allowance, "ids"),
                    ~dialect.any_of(redemptions.c.id, "saved"),
                    redemptions.c.state != bindparam("state"),
                )
                .group_by(columns.allowance)
            ),
            ids=dialect.list_of(sorted(allowances)),
            saved=dialect.list_of(sorted(saved)),
            state=RedemptionState.RELEASED.value,
        )
        sums = Counter({AllowanceId(id_): int(count) for id_, count in rows})
        wanted = frozenset(allowances)
        for redemption in saved.values():
            if redemption.is_live:
                sums.update({id_: count for id_, count in redemption.taken().items() if id_ in wanted})
        return sums


class SqlGroupBuys(SqlRepository[GroupBuy, PromotionId], GroupBuys):
    kind: ClassVar[type[GroupBuy]] = GroupBuy  # type: ignore[misc]

    def overdue(self, now: Instant, limit: int) -> Sequence[GroupBuy]:
        columns = group_buys.c
        stored = self._load(
            "overdue",
            lambda roots: (
                roots.where(
                    columns.state == bindparam("state"),
                    columns.until <= bindparam("now", type_=INSTANT),
                )
                .order_by(columns.until, columns.id)
                .limit(LIMIT)
            ),
            state=GroupBuyState.OPEN.value,
            now=self._session.dialect.instant(now),
            limit=self._room_for(limit),
        )
        due = self._merged(stored, lambda group: group.is_open and group.until <= now)
        return sorted(due, key=lambda group: (group.until, group.id))[:limit]


PROMOTION_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    Promotions: SqlPromotions,
    Campaigns: SqlCampaigns,
    Coupons: SqlCoupons,
    CouponBatches: SqlCouponBatches,
    Allowances: SqlAllowances,
    Redemptions: SqlRedemptions,
    GroupBuys: SqlGroupBuys,
}
"""Which repository implements which port of the promotions."""
