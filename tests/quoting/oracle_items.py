"""Steps 4 to 6 of the page: the item lane, the order lane and shipping."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import count

from ecomcore.kernel.money import Price
from ecomcore.quoting import (
    AmountOff,
    BundlePrice,
    BuyAndGet,
    Deposit,
    EachNth,
    Effect,
    FixedPrice,
    Gift,
    Items,
    Lane,
    PercentOff,
    Pick,
    Points,
    SpendAndSave,
    Stacking,
    Which,
)
from tests.quoting.oracle_case import Case, Cut, Item, Promo, Shipping, State
from tests.quoting.oracle_matching import selected
from tests.quoting.oracle_numbers import allocate, divide, spread, taken_by_percent
from tests.quoting.oracle_prices import price_in_force

__all__ = ["Turn", "bought_and_got", "bundles", "item_effect", "order_effect", "shipping_effect", "works_in"]


@dataclass(frozen=True)
class Turn:
    """One application of a promotion: for one of its coupons, if it needs one."""

    promo: Promo
    coupon: str | None


def works_in(effect: Effect) -> Lane:
    """The lane of an effect."""
    match effect:
        case PercentOff() | AmountOff() | FixedPrice():
            return effect.on
        case BuyAndGet() | BundlePrice() | EachNth() | Gift():
            return Lane.ITEM
        case SpendAndSave() | Points() | Deposit():
            return Lane.ORDER


# Step 4: the item lane


def item_effect(case: Case, state: State, turn: Turn, effect: Effect) -> None:
    """One effect of one application of a promotion in the item lane."""
    match effect:
        case PercentOff():
            _percent_off(case, state, turn, effect)
        case AmountOff():
            _amount_off(case, state, turn, effect)
        case FixedPrice():
            _fixed_price(case, state, turn, effect)
        case BuyAndGet():
            _buy_and_get(case, state, turn, effect)
        case BundlePrice():
            _bundle_price(case, state, turn, effect)
        case EachNth():
            _each_nth(case, state, turn, effect)
        case Gift(variant, quantity):
            if _affordable(case, state, turn, effect):
                state.gifts.append((turn.promo.id, turn.coupon, variant, quantity))
        case _:
            raise AssertionError(effect)


def gift_price(case: Case, gift: Gift) -> tuple[Price, str, bool] | None:
    """The price in force for the gift's quantity, if it is offered with one in the cart's currency."""
    return price_in_force(case, gift.variant, gift.quantity) if gift.variant in case.context.offers else None


def _affordable(case: Case, state: State, turn: Turn, gift: Gift) -> bool:
    """Whether all of the gift is within the caps and the units left; then it uses them."""
    found = gift_price(case, gift)
    if found is None:
        return False
    listed = divide(found[0].amount.minor * gift.quantity, found[0].per, case.policy.rounding)
    left = state.units_left[turn.promo.id]
    if any(listed > cap for cap in _caps(state, turn)) or (left is not None and gift.quantity > left):
        return False
    _book(state, turn, listed)
    _count(state, turn, gift.quantity)
    state.gave.add((turn.promo.id, turn.coupon))
    return True


def _taking_part(case: Case, state: State, turn: Turn, items: Items, lane: Lane = Lane.ITEM) -> list[Item]:
    """The selected items less those that are passed over."""
    part = []
    for item in selected(items, state.items):
        others = [cut for cut in item.cuts if cut.promotion != turn.promo.id]
        if turn.promo.terms.only_undiscounted and others:
            continue
        if case.policy.stacking is Stacking.ONE and lane is Lane.ITEM and any(cut.lane is lane for cut in others):
            continue
        part.append(item)
    return part


def _portion(case: Case, item: Item, k: int) -> int:
    base = item.worth if case.policy.stacking is Stacking.ORIGINAL else item.left
    return base * k // item.n


def _units_of(items: list[Item], which: Which, *, unused: bool = False) -> list[Item]:
    """The single units of the items, the cheapest or dearest first; ties by variant id."""
    units = [item for item in items for _ in range(item.n - (item.used if unused else 0))]
    sign = 1 if which is Which.CHEAPEST else -1
    return sorted(units, key=lambda item: (sign * item.unit, item.variant))


def _counted(units: list[Item], state: State) -> list[tuple[Item, int]]:
    """How many units of each item, items in order."""
    counts = Counter(item.variant for item in units)
    return [(item, counts[item.variant]) for item in state.items if counts[item.variant]]


@dataclass
class Wish:
    """What an effect would take off an item: so much, for so many units that count against the limit."""

    item: Item
    off: int
    k: int


def _percent_off(case: Case, state: State, turn: Turn, effect: PercentOff) -> None:
    def off(item: Item, k: int) -> int:
        return taken_by_percent(_portion(case, item, k), effect.percent, case.policy.rounding)

    _take(case, state, turn, Lane.ITEM, _wishes(case, state, turn, effect.items, effect.pick, off))


def _fixed_price(case: Case, state: State, turn: Turn, effect: FixedPrice) -> None:
    def off(item: Item, k: int) -> int:
        return max(0, _portion(case, item, k) - effect.amount.minor * k)

    _take(case, state, turn, Lane.ITEM, _wishes(case, state, turn, effect.items, None, off))


def _amount_off(case: Case, state: State, turn: Turn, effect: AmountOff) -> None:
    if effect.each:

        def off(item: Item, k: int) -> int:
            return effect.amount.minor * k

        _take(case, state, turn, Lane.ITEM, _wishes(case, state, turn, effect.items, effect.pick, off))
        return
    part = _taking_part(case, state, turn, effect.items)
    picked = [(item, item.n) for item in part]
    if effect.pick:
        picked = _counted(_units_of(part, effect.pick.which)[: effect.pick.units], state)
    _take_spread(case, state, turn, effect.amount.minor, picked, count_units=False)


def _wishes(case: Case, state: State, turn: Turn, items: Items, pick: Pick | None, off: object) -> list[Wish]:
    """What is taken off each item for its ``k`` units."""
    assert callable(off)
    part = _taking_part(case, state, turn, items)
    if pick:
        would_get = list(Counter(_units_of(part, pick.which)[: pick.units]).items())
    else:
        would_get = [(item, item.n) for item in part]
    wishes = []
    left = state.units_left[turn.promo.id]
    for item, units in would_get:
        k = units if left is None else min(units, left)
        amount = min(off(item, k), item.room)
        wishes.append(Wish(item, amount, k))
        if left is not None and amount > 0:
            left -= k
    return sorted(wishes, key=lambda wish: wish.item.variant)


def _take_spread(
    case: Case, state: State, turn: Turn, amount: int, picked: list[tuple[Item, int]], *, count_units: bool
) -> None:
    """An amount spread over items by the ``portion`` of their units."""
    portions = [_portion(case, item, k) for item, k in picked]
    limits = [min(portion, item.room) for portion, (item, _) in zip(portions, picked, strict=True)]
    parts = spread(amount, portions, limits)
    wishes = [Wish(item, part, k if count_units else 0) for (item, k), part in zip(picked, parts, strict=True)]
    _take(case, state, turn, Lane.ITEM, wishes, all_or_none=count_units)


def _buy_and_get(case: Case, state: State, turn: Turn, effect: BuyAndGet) -> None:
    buy = _taking_part(case, state, turn, effect.buy)
    get = _taking_part(case, state, turn, effect.get)
    left = state.units_left[turn.promo.id]
    bought: list[Item] = []
    got: list[Item] = []
    for times in count(1):
        if effect.times is not None and times > effect.times:
            break
        if left is not None and times * effect.get_quantity > left:
            break
        attempt = bought_and_got(buy, get, times * effect.buy_quantity, times * effect.get_quantity)
        if attempt is None:
            break
        bought, got = attempt
    wishes = []
    for item, k in _counted(got, state):
        off = taken_by_percent(_portion(case, item, k), effect.percent, case.policy.rounding)
        wishes.append(Wish(item, min(off, item.room), k))
    _take(case, state, turn, Lane.ITEM, wishes)
    for item in [*bought, *got]:
        item.used += 1


def bought_and_got(buy: list[Item], get: list[Item], to_buy: int, to_get: int) -> tuple[list[Item], list[Item]] | None:
    bought_too = {item.variant for item in buy}
    could_get = _units_of(get, Which.CHEAPEST, unused=True)
    could_get.sort(key=lambda item: item.variant in bought_too)
    got = could_get[:to_get]
    could_buy = _units_of(buy, Which.DEAREST, unused=True)
    for item in got:
        if item in could_buy:
            could_buy.remove(item)
    bought = could_buy[:to_buy]
    return (bought, got) if len(got) == to_get and len(bought) == to_buy else None


def _bundle_price(case: Case, state: State, turn: Turn, effect: BundlePrice) -> None:
    left = state.units_left[turn.promo.id]
    parts = [(_taking_part(case, state, turn, part.items), part.quantity) for part in effect.parts]
    times, bundled = 0, list[Item]()
    for attempt in count(1):
        units = bundles(parts, attempt)
        if units is None or (left is not None and len(units) > left):
            break
        if effect.times is not None and attempt > effect.times:
            break
        times, bundled = attempt, units
    picked = _counted(bundled, state)
    saved = sum(_portion(case, item, k) for item, k in picked) - effect.price.minor * times
    if saved > 0:
        _take_spread(case, state, turn, saved, picked, count_units=True)
        for item in bundled:
            item.used += 1


def bundles(parts: list[tuple[list[Item], int]], times: int) -> list[Item] | None:
    """The units of so many bundles: the dearest for each part in its turn, or nothing if there are not enough."""
    taken: list[Item] = []
    for items, quantity in parts:
        available = _units_of(items, Which.DEAREST, unused=True)
        for item in taken:
            if item in available:
                available.remove(item)
        if len(available) < quantity * times:
            return None
        taken += available[: quantity * times]
    return taken


def _each_nth(case: Case, state: State, turn: Turn, effect: EachNth) -> None:
    row = _units_of(_taking_part(case, state, turn, effect.items), Which.DEAREST, unused=True)
    places = list(range(effect.n - 1, len(row), effect.n))[: effect.times]
    places = places[: state.units_left[turn.promo.id]]
    wishes = []
    for item, k in _counted([row[place] for place in places], state):
        off = taken_by_percent(_portion(case, item, k), effect.percent, case.policy.rounding)
        wishes.append(Wish(item, min(off, item.room), k))
    _take(case, state, turn, Lane.ITEM, wishes)
    if places:
        for item in row[: places[-1] + 1]:
            item.used += 1


# Caps


def _caps(state: State, turn: Turn) -> list[int]:
    promo = turn.promo
    caps = []
    if promo.id in state.promo_left:
        caps.append(state.promo_left[promo.id])
    if promo.terms.campaign in state.budgets:
        caps.append(state.budgets[promo.terms.campaign])
    if state.order_left is not None:
        caps.append(state.order_left)
    return caps


def _book(state: State, turn: Turn, amount: int) -> None:
    """An amount taken off counts against every cap."""
    promo = turn.promo
    state.taken[promo.id, turn.coupon] += amount
    if amount:
        state.gave.add((promo.id, turn.coupon))
    if promo.id in state.promo_left:
        state.promo_left[promo.id] -= amount
    if promo.terms.campaign in state.budgets:
        state.budgets[promo.terms.campaign] -= amount
    if state.order_left is not None:
        state.order_left -= amount


def _take(case: Case, state: State, turn: Turn, lane: Lane, wishes: list[Wish], *, all_or_none: bool = False) -> None:
    """Take it off, cut down to the caps. Units count where something is taken off (a bundle's: all or none)."""
    offs = [wish.off for wish in wishes]
    cap = min([sum(offs), *_caps(state, turn)])
    if cap < sum(offs):
        offs = allocate(cap, offs)
    cheaper = 0
    for wish, off in zip(wishes, offs, strict=True):
        if off:
            wish.item.left -= off
            wish.item.cuts.append(Cut(turn.promo.id, lane, off, turn.coupon))
        if off or (all_or_none and any(offs)):
            cheaper += wish.k
    _book(state, turn, sum(offs))
    _count(state, turn, cheaper)


def _count(state: State, turn: Turn, units: int) -> None:
    """So many units count against the limit."""
    state.units[turn.promo.id, turn.coupon] += units
    left = state.units_left[turn.promo.id]
    if left is not None:
        state.units_left[turn.promo.id] = left - units


# Step 5: the order lane


def order_effect(case: Case, state: State, turn: Turn, effect: Effect) -> None:
    """One effect of one application of a promotion in the order lane."""
    match effect:
        case Points(times):
            state.earns = max(state.earns, times)
            state.gave.add((turn.promo.id, turn.coupon))
            return
        case Deposit():
            for item in _taking_part(case, state, turn, effect.items, Lane.ORDER):
                if item.variant not in state.deposits and case.context.at < effect.balance_until:
                    state.deposits[item.variant] = effect
                    state.gave.add((turn.promo.id, turn.coupon))
            return
        case PercentOff() | AmountOff() | SpendAndSave():
            part = _taking_part(case, state, turn, effect.items, Lane.ORDER)
        case _:
            raise AssertionError(effect)
    reduced = case.policy.stacking is not Stacking.ORIGINAL
    base = sum(item.left if reduced else item.worth for item in part)
    match effect:
        case PercentOff(percent):
            amount = taken_by_percent(base, percent, case.policy.rounding)
        case AmountOff(money):
            amount = money.minor
        case SpendAndSave():
            amount = _spend_and_save(case, effect, sum(item.worth for item in part), base)
    parts = spread(amount, [item.left for item in part], [item.room for item in part])
    _take(case, state, turn, Lane.ORDER, [Wish(item, off, 0) for item, off in zip(part, parts, strict=True)])


def _spend_and_save(case: Case, effect: SpendAndSave, spent: int, base: int) -> int:
    reached = [step for step in effect.steps if step.spend.minor <= spent]
    if not reached:
        return 0
    step = reached[-1]
    if step.percent:
        return taken_by_percent(base, step.percent, case.policy.rounding)
    assert step.save is not None
    if not effect.repeating:
        return step.save.minor
    times = spent // step.spend.minor
    return step.save.minor * (times if effect.times is None else min(times, effect.times))


# Step 6: shipping


def shipping_effect(case: Case, state: State, turn: Turn, effect: Effect) -> None:
    """One effect of one application of a promotion on the charge."""
    assert isinstance(effect, PercentOff | AmountOff | FixedPrice)
    shipping = state.shipping
    if shipping is None or not selected(effect.items, state.items):
        return
    if case.policy.stacking is Stacking.ONE and any(cut.promotion != turn.promo.id for cut in shipping.cuts):
        return
    match effect:
        case PercentOff(percent):
            base = shipping.charge if case.policy.stacking is Stacking.ORIGINAL else shipping.left
            wanted = taken_by_percent(base, percent, case.policy.rounding)
        case AmountOff(amount):
            wanted = amount.minor
        case FixedPrice(amount):
            wanted = max(0, shipping.left - amount.minor)
    _take_off_shipping(state, turn, shipping, min(wanted, shipping.left))


def _take_off_shipping(state: State, turn: Turn, shipping: Shipping, wanted: int) -> None:
    off = min([wanted, *_caps(state, turn)])
    if off:
        shipping.left -= off
        shipping.cuts.append(Cut(turn.promo.id, Lane.SHIPPING, off, turn.coupon))
    _book(state, turn, off)
