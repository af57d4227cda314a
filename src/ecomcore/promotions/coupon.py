"""A coupon is a code that unlocks a promotion, within limits and a period of its own. Staff choose it, for everybody or
for one member, and may withdraw it. Its id follows from the code, so no two coupons have codes that look alike.

What any code is worth, be it a coupon's or one of a batch, is a ``Code``.
"""

from __future__ import annotations

from typing import Self

from attrs import field, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CouponId, MemberId, PromotionId
from ecomcore.kernel.messages import Member
from ecomcore.promotions.codes import coupon_id
from ecomcore.promotions.events import CouponAdded, CouponWithdrawn
from ecomcore.quoting import CouponProblem, Limits

__all__ = ["Code", "Coupon", "owner_of"]


def owner_of(member: MemberId) -> str:
    """The name under which a member buys."""
    return Member(member).owner


@frozen
class Code:
    """What a code is worth. ``void``: nothing, for it is withdrawn or belongs to nobody yet."""

    id: CouponId
    promotion: PromotionId
    limits: Limits
    period: Period | None
    member: MemberId | None
    void: bool

    def problem(self, buyer: str | None, at: Instant) -> CouponProblem | None:
        """Why it gives nothing to this buyer now, limits aside."""
        if self.void or (self.member is not None and buyer != owner_of(self.member)):
            return CouponProblem.UNKNOWN
        if self.period is not None and at < self.period.start:
            return CouponProblem.NOT_YET
        if self.period is not None and not self.period.contains(at):
            return CouponProblem.EXPIRED
        return None


@frozen(kw_only=True)
class Coupon(Aggregate):
    """A code chosen by staff. With a ``member`` it is theirs alone."""

    id: CouponId
    code: str = field(repr=False)
    promotion: PromotionId
    limits: Limits
    period: Period | None = None
    member: MemberId | None = None
    withdrawn: bool = False

    @classmethod
    def add(
        cls, code: str, promotion: PromotionId, limits: Limits, period: Period | None, member: MemberId | None
    ) -> Self:
        """A new coupon."""
        id_ = coupon_id(code)
        coupon = cls(id=id_, code=code, promotion=promotion, limits=limits, period=period, member=member)
        return coupon.telling(CouponAdded(id_, promotion))

    def withdraw(self) -> Self:
        """It gives nothing any more. Withdrawing it again changes nothing."""
        return self if self.withdrawn else self.telling(CouponWithdrawn(self.id), withdrawn=True)

    def as_code(self) -> Code:
        """What its code is worth."""
        return Code(self.id, self.promotion, self.limits, self.period, self.member, void=self.withdrawn)
