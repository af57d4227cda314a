"""The lanes of a cart: what each effect takes off items, the order and shipping. See "How a price is made", 4 to 6."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ecomcore.kernel.ids import CouponId
from ecomcore.quoting.applying import SHIPPING_INDEX, Run, reduced, spread
from ecomcore.quoting.effects import (
    AmountOff,
    Deposit,
    FixedPrice,
    Lane,
    PercentOff,
    Points,
    SpendAndSave,
)
from ecomcore.quoting.item_lane import ITEM_EFFECTS
from ecomcore.quoting.ready import ReadyEffect, ReadyRule

__all__ = ["carry_out"]

Coupons = Sequence[CouponId | None]


def carry_out(run: Run, plan: Sequence[tuple[ReadyRule, Coupons]]) -> None:
    """Apply the promotions of a plan, which is in order: every lane after the other."""
    for lane in (Lane.ITEM, Lane.ORDER, Lane.SHIPPING):
        if lane is Lane.SHIPPING and run.charge is None:
            return
        for rule, coupons in plan:
            for coupon in coupons:
                for ready in rule.effects:
                    if ready.lane is lane:
                        _EFFECTS[lane][type(ready.effect)](run, rule, ready, coupon)


# -- the order -------------------------------------------------------------------------------------------------------


def _percent_off_order(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: PercentOff = ready.effect
    found = run.open(rule, ready.selector, Lane.ORDER)
    base = run.base_of(found)
    _off_order(run, rule, found, base, reduced(base, effect.percent, run.rounding), coupon, effect.percent)


def _amount_off_order(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    found = run.open(rule, ready.selector, Lane.ORDER)
    base = run.base_of(found)
    _off_order(run, rule, found, base, ready.effect.amount.minor, coupon, None)


def _spend_and_save(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: SpendAndSave = ready.effect
    found = run.open(rule, ready.selector, Lane.ORDER)
    base = run.base_of(found)
    items = run.items
    spent = sum([items[index].worth for index in found])
    step = next((each for each in reversed(effect.steps) if each.spend.minor <= spent), None)
    if step is None:
        return
    if step.percent is not None:
        _off_order(run, rule, found, base, reduced(base, step.percent, run.rounding), coupon, step.percent)
    elif step.save is not None:
        times = spent // step.spend.minor if effect.repeating else 1
        _off_order(run, rule, found, base, step.save.minor * min(times, effect.times or times), coupon, None)


def _off_order(
    run: Run, rule: ReadyRule, found: Sequence[int], base: int, amount: int, coupon: CouponId | None, percent: Any
) -> None:
    left, items = run.left, run.items
    parts = spread(amount, [left[index] for index in found], [left[index] - items[index].floor for index in found])
    wanted = [(index, base, part) for index, part in zip(found, parts, strict=True)]
    run.take(rule, Lane.ORDER, wanted, coupon=coupon, percent=percent, whole=True)


def _points(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    run.earns = max(run.earns, ready.effect.times)
    run.note(rule, coupon)


def _deposit(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    if run.facts.at < ready.effect.balance_until:
        run.defer(rule, ready.effect, run.open(rule, ready.selector, Lane.ORDER), coupon)


# -- shipping --------------------------------------------------------------------------------------------------------


def _off_shipping(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: PercentOff | AmountOff | FixedPrice = ready.effect
    if not run.facts.select(ready.selector) or run.charge is None or run.shipping_is_settled(rule):
        return
    base, percent = run.shipping_base, None
    match effect:
        case PercentOff():
            percent = effect.percent
            amount = reduced(base, percent, run.rounding)
        case AmountOff():
            amount = effect.amount.minor
        case FixedPrice():
            amount = run.shipping - effect.amount.minor
    wanted = [(SHIPPING_INDEX, base, min(amount, run.shipping))]
    run.take(rule, Lane.SHIPPING, wanted, coupon=coupon, percent=percent)


_Apply = Callable[[Run, ReadyRule, ReadyEffect, CouponId | None], None]

_EFFECTS: Final[Mapping[Lane, Mapping[type, _Apply]]] = {
    Lane.ITEM: ITEM_EFFECTS,
    Lane.ORDER: {
        PercentOff: _percent_off_order,
        AmountOff: _amount_off_order,
        SpendAndSave: _spend_and_save,
        Points: _points,
        Deposit: _deposit,
    },
    Lane.SHIPPING: {
        PercentOff: _off_shipping,
        AmountOff: _off_shipping,
        FixedPrice: _off_shipping,
    },
}
