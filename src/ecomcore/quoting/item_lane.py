"""The item lane: what each effect takes off items. See "How a price is made", 4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from ecomcore.kernel.ids import CouponId
from ecomcore.kernel.percent import Percent
from ecomcore.quoting.applying import Run, reduced, spread
from ecomcore.quoting.effects import (
    AmountOff,
    BundlePrice,
    BuyAndGet,
    EachNth,
    FixedPrice,
    Gift,
    Lane,
    PercentOff,
    Pick,
    Which,
)
from ecomcore.quoting.ready import ReadyEffect, ReadyRule
from ecomcore.quoting.selecting import Units

__all__ = ["ITEM_EFFECTS"]

T = TypeVar("T")


def _percent_off_items(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: PercentOff = ready.effect
    percent, rounding = effect.percent, run.rounding
    _take_each(run, rule, ready, coupon, lambda base, _: reduced(base, percent, rounding), percent)


def _amount_off_items(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: AmountOff = ready.effect
    amount = effect.amount.minor
    if effect.each:
        _take_each(run, rule, ready, coupon, lambda _, units: amount * units, None)
    else:
        found = run.open(rule, ready.selector, Lane.ITEM)
        chosen = sorted(_picked(run, found, effect.pick)) if effect.pick else _all(run, found)
        _take_spread(run, rule, Lane.ITEM, chosen, amount, coupon)


def _fixed_price_of_items(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: FixedPrice = ready.effect
    amount = effect.amount.minor
    _take_each(run, rule, ready, coupon, lambda base, units: base - amount * units, None)


def _take_each(
    run: Run,
    rule: ReadyRule,
    ready: ReadyEffect,
    coupon: CouponId | None,
    off: Callable[[int, int], int],
    percent: Percent | None,
) -> None:
    """Take off each item what ``off`` says of the base of so many units, within the promotion's limit of units."""
    found, limit = run.open(rule, ready.selector, Lane.ITEM), run.units_left(rule)
    pick = getattr(ready.effect, "pick", None)
    chosen = _picked(run, found, pick) if pick else _all(run, found)
    wanted, counts = [], {}
    for index, units in chosen:
        count = min(units, limit)
        base = run.portion(index, count)
        amount = min(off(base, count), run.most_off(index))
        if amount > 0 and count > 0:
            wanted.append((index, base, amount))
            counts[index] = count
            limit -= count
    wanted.sort()
    run.take(rule, Lane.ITEM, wanted, coupon=coupon, percent=percent, counts=counts)


def _buy_and_get(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: BuyAndGet = ready.effect
    buy = set(run.open(rule, ready.source or ready.selector, Lane.ITEM))
    get = run.open(rule, ready.selector, Lane.ITEM)
    items = run.facts.items
    got_first = sorted(get, key=lambda index: (index in buy, items[index].unit, index))
    bought_first = sorted(buy, key=lambda index: (-items[index].unit, index))

    def done(times: int) -> tuple[Units, Units] | None:
        left = dict(_available(run, {*get, *buy}))
        got = _draw(left, got_first, times * effect.get_quantity)
        bought = _draw(left, bought_first, times * effect.buy_quantity)
        return None if got is None or bought is None else (got, bought)

    most = sum([units for _, units in _available(run, {*get, *buy})]) // (effect.get_quantity + effect.buy_quantity)
    most = min(most, effect.times or most, run.units_left(rule) // effect.get_quantity)
    _, taken = _most_times(done, most)
    if taken is not None:
        got, bought = taken
        _take_cheaper(run, rule, got, effect.percent, coupon)
        _use(run, (*got, *bought))


def _bundle_price(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: BundlePrice = ready.effect
    items = run.facts.items
    parts = []
    for selector, quantity in ready.parts:
        found = run.open(rule, selector, Lane.ITEM)
        parts.append((sorted(found, key=lambda index: (-items[index].unit, index)), quantity))
    every = {index for found, _ in parts for index in found}

    def done(times: int) -> dict[int, int] | None:
        left = dict(_available(run, every))
        taken: dict[int, int] = {}
        for found, quantity in parts:
            drawn = _draw(left, found, times * quantity)
            if drawn is None:
                return None
            for index, units in drawn:
                taken[index] = taken.get(index, 0) + units
        return taken

    size = sum(quantity for _, quantity in parts)
    most = sum(units for _, units in _available(run, every)) // size
    times, taken = _most_times(done, min(most, effect.times or most, run.units_left(rule) // size))
    chosen = sorted((taken or {}).items())
    worth = sum(run.portion(index, units) for index, units in chosen)
    if worth > effect.price.minor * times:
        _take_spread(run, rule, Lane.ITEM, chosen, worth - effect.price.minor * times, coupon, counts=dict(chosen))
        _use(run, chosen)


def _each_nth(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: EachNth = ready.effect
    items = run.facts.items
    found = sorted(run.open(rule, ready.selector, Lane.ITEM), key=lambda index: (-items[index].unit, index))
    row = _available(run, found)
    places = sum(units for _, units in row) // effect.n
    places = min(places, effect.times or places, run.units_left(rule))
    chosen, used, start, last = [], [], 0, places * effect.n
    for index, units in row:
        end = min(start + units, last)
        if end > start:
            used.append((index, end - start))
            if cheaper := end // effect.n - start // effect.n:
                chosen.append((index, cheaper))
        start += units
    _take_cheaper(run, rule, sorted(chosen), effect.percent, coupon)
    _use(run, used)


def _take_cheaper(run: Run, rule: ReadyRule, units: Units, percent: Percent, coupon: CouponId | None) -> None:
    """These units become cheaper by a percentage."""
    wanted = []
    for index, count in units:
        base = run.portion(index, count)
        wanted.append((index, base, min(reduced(base, percent, run.rounding), run.most_off(index))))
    run.take(rule, Lane.ITEM, wanted, coupon=coupon, percent=percent, counts=dict(units))


def _gift(run: Run, rule: ReadyRule, ready: ReadyEffect, coupon: CouponId | None) -> None:
    effect: Gift = ready.effect
    run.give(rule, effect.variant, effect.quantity, coupon)


# -- units -----------------------------------------------------------------------------------------------------------


def _picked(run: Run, found: Sequence[int], pick: Pick) -> Units:
    """The cheapest or dearest units, in that order."""
    items = run.facts.items
    sign = 1 if pick.which is Which.CHEAPEST else -1
    return _first(run, sorted(found, key=lambda index: (sign * items[index].unit, index)), pick.units)


def _all(run: Run, found: Iterable[int]) -> Units:
    items = run.facts.items
    return [(index, items[index].quantity) for index in found]


def _first(run: Run, found: Iterable[int], limit: int) -> Units:
    chosen = []
    for index in found:
        units = min(run.facts.items[index].quantity, limit)
        if units > 0:
            chosen.append((index, units))
            limit -= units
    return chosen


def _available(run: Run, found: Iterable[int]) -> Units:
    """The units that no promotion has used."""
    items, used = run.facts.items, run.used
    return [(index, items[index].quantity - used[index]) for index in found]


def _draw(left: dict[int, int], order: Sequence[int], wanted: int) -> Units | None:
    """Take so many units in this order, or nothing if there are not enough."""
    drawn = []
    for index in order:
        if wanted <= 0:
            break
        units = min(left[index], wanted)
        if units > 0:
            left[index] -= units
            wanted -= units
            drawn.append((index, units))
    return None if wanted > 0 else sorted(drawn)


def _most_times(done: Callable[[int], T | None], most: int) -> tuple[int, T | None]:
    """How often it can be done, and what that takes: what can be done so often can be done less often."""
    best = done(most) if most > 0 else None
    if best is not None:
        return most, best
    low, most = 0, most - 1
    while low < most:
        middle = (low + most + 1) // 2
        tried = done(middle)
        if tried is None:
            most = middle - 1
        else:
            low, best = middle, tried
    return low, best


def _use(run: Run, units: Iterable[tuple[int, int]]) -> None:
    for index, count in units:
        run.used[index] += count


def _take_spread(
    run: Run,
    rule: ReadyRule,
    lane: Lane,
    chosen: Units,
    amount: int,
    coupon: CouponId | None,
    counts: Mapping[int, int] | None = None,
) -> None:
    """Take an amount off the chosen units together."""
    portions = [run.portion(index, count) for index, count in chosen]
    limits = [min(part, run.most_off(index)) for part, (index, _) in zip(portions, chosen, strict=True)]
    parts = spread(amount, portions, limits)
    wanted = [(index, base, part) for (index, _), base, part in zip(chosen, portions, parts, strict=True)]
    run.take(rule, lane, wanted, coupon=coupon, whole=True, counts=counts or {}, together=True)


ITEM_EFFECTS: Final[Mapping[type, Callable[[Run, ReadyRule, ReadyEffect, CouponId | None], None]]] = {
    PercentOff: _percent_off_items,
    AmountOff: _amount_off_items,
    FixedPrice: _fixed_price_of_items,
    BuyAndGet: _buy_and_get,
    BundlePrice: _bundle_price,
    EachNth: _each_nth,
    Gift: _gift,
}
"""What is done for each effect on items."""
