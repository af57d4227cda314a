"""What a database would refuse of the promotions, in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import CouponId
from ecomcore.kernel.work import Changed
from ecomcore.promotions import Allowance, Coupon, CouponBatch, Mark, MarkKind, Promotion, Redemption

__all__ = ["check_promotions"]

Rows = Mapping[type, Mapping[str, Any]]
Changes = Mapping[type, Sequence[Changed[Any]]]


def check_promotions(changed: Changes, rows: Rows, marks: Mapping[CouponId, Sequence[Mark]]) -> None:
    """Raises ``Duplicate`` and ``InvariantViolated``."""
    for change in changed.get(Allowance, ()):
        _check_allowance(change.now)
    for kind in (Coupon, CouponBatch):
        for change in changed.get(kind, ()):
            _check_known(change.now, rows, changed, Promotion, [change.now.promotion])
    for change in changed.get(Redemption, ()):
        _check_known(change.now, rows, changed, Promotion, [line.promotion for line in change.now.lines])
        _check_known(change.now, rows, changed, Allowance, list(change.now.taken()))
    batches = [change.now for change in changed.get(CouponBatch, ())]
    if batches:
        _check_batches(batches, rows, marks)


def _check_allowance(allowance: Allowance) -> None:
    if allowance.taken < 0 or (allowance.cap is not None and allowance.taken > allowance.cap):
        raise InvariantViolated(f"allowance {allowance.id}: {allowance.taken} taken of {allowance.cap}")


def _check_known(holder: Any, rows: Rows, changed: Changes, kind: type, ids: Sequence[str]) -> None:
    for id_ in ids:
        if id_ not in rows[kind] and all(change.now.id != id_ for change in changed.get(kind, ())):
            raise InvariantViolated(f"{type(holder).__name__} {holder.id} names a {kind.__name__} that there is not")


def _check_batches(batches: Sequence[CouponBatch], rows: Rows, marks: Mapping[CouponId, Sequence[Mark]]) -> None:
    owners = {batch.root: batch.id for batch in rows[CouponBatch].values()}
    for batch in batches:
        if owners.setdefault(batch.root, batch.id) != batch.id:
            raise Duplicate("CouponBatch", batch.prefix)
        if not 0 <= batch.assigned <= batch.size:
            raise InvariantViolated(f"coupon batch {batch.id}: {batch.assigned} assigned of {batch.size}")
        known: set[tuple[str, MarkKind]] = {
            (mark.coupon, mark.kind) for fresh in batch.fresh for mark in marks.get(fresh.coupon, ())
        }
        for mark in batch.fresh:
            if (mark.coupon, mark.kind) in known:
                raise Duplicate("coupon_marks", mark.coupon)
            known.add((mark.coupon, mark.kind))
