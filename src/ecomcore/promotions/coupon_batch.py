"""A batch is up to a million codes for one promotion, none of which is stored: they are derived from the batch's secret
(see ``codes``). Each has the limits of the batch for itself.

What is said about single codes is marked: that a code belongs to a member, in the order of the numbers, and that one is
withdrawn. Of a personal batch a code gives something only to the member it was assigned to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from attrs import field, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CouponBatchId, CouponId, MemberId, PromotionId
from ecomcore.promotions.codes import BODY, CodeMaker, batch_coupon_id, canonical, grouped
from ecomcore.promotions.coupon import Code
from ecomcore.promotions.errors import NoCodesLeft
from ecomcore.promotions.events import CodeWithdrawn, CouponAssigned, CouponsGenerated
from ecomcore.promotions.values import Mark, MarkKind
from ecomcore.quoting import Limits

__all__ = ["CouponBatch"]


@frozen(kw_only=True)
class CouponBatch(Aggregate):
    """``size`` codes with a prefix, numbered from 1.

    ``assigned`` is the number that was assigned last; ``fresh`` holds the marks made since it was loaded.
    """

    id: CouponBatchId
    promotion: PromotionId
    prefix: str
    size: int
    secret: str = field(repr=False)
    limits: Limits
    period: Period | None = None
    personal: bool = False
    assigned: int = 0
    fresh: tuple[Mark, ...] = field(default=(), repr=False)

    @classmethod
    def generate(
        cls,
        id: CouponBatchId,
        promotion: PromotionId,
        prefix: str,
        size: int,
        secret: str,
        limits: Limits,
        period: Period | None,
        *,
        personal: bool,
    ) -> Self:
        """A new batch; ``secret`` is 128 bits of chance in hexadecimal."""
        batch = cls(
            id=id,
            promotion=promotion,
            prefix=prefix,
            size=size,
            secret=secret,
            limits=limits,
            period=period,
            personal=personal,
        )
        return batch.telling(CouponsGenerated(id, promotion, size))

    @property
    def root(self) -> str:
        """The prefix in its canonical form: the batch is found by it."""
        return canonical(self.prefix)

    def maker(self) -> CodeMaker:
        """What makes the codes; keep it while many are made."""
        return CodeMaker(self.secret, self.id)

    def coupon(self, number: int) -> CouponId:
        """The id of a code."""
        return batch_coupon_id(self.root, number)

    def code(self, number: int, maker: CodeMaker | None = None) -> str:
        """A code as people read it."""
        return grouped(self.prefix, (maker or self.maker()).body(number))

    def number_of(self, code: str) -> int | None:
        """The number of a code however it is typed; ``None`` if the batch has no such code."""
        plain = canonical(code)
        if plain[:-BODY] != self.root:
            return None
        number = self.maker().number(plain[-BODY:])
        return number if number is not None and 1 <= number <= self.size else None

    def as_code(self, number: int, marks: Iterable[Mark]) -> Code:
        """What a code is worth, given its marks."""
        member, withdrawn = None, False
        for mark in marks:
            withdrawn = withdrawn or mark.kind is MarkKind.WITHDRAWN
            member = mark.member or member
        void = withdrawn or not 1 <= number <= self.size or (self.personal and member is None)
        return Code(self.coupon(number), self.promotion, self.limits, self.period, member, void)

    def unassigned(self, most: int) -> tuple[int, ...]:
        """The numbers that come next, so many at most. Raises ``NoCodesLeft``."""
        if self.assigned >= self.size:
            raise NoCodesLeft(self.id, self.size)
        return tuple(range(self.assigned + 1, min(self.size, self.assigned + most) + 1))

    def assign(self, number: int, member: MemberId, at: Instant) -> Self:
        """The code belongs to the member; those before it are assigned to nobody any more."""
        mark = Mark(self.coupon(number), number, MarkKind.ASSIGNED, member, at)
        told = CouponAssigned(self.id, number, member)
        return self.telling(told, assigned=number, fresh=(*self.fresh, mark))

    def withdraw(self, number: int, at: Instant) -> Self:
        """The code gives nothing any more."""
        mark = Mark(self.coupon(number), number, MarkKind.WITHDRAWN, None, at)
        return self.telling(CodeWithdrawn(self.id, number), fresh=(*self.fresh, mark))
