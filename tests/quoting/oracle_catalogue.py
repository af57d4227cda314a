"""Step 2 of the page: promotions on the price that is shown."""

from __future__ import annotations

from fractions import Fraction

from ecomcore.kernel.money import Money, Price
from ecomcore.quoting import AmountOff, Effect, FixedPrice, Lane, PercentOff, Stacking
from tests.quoting.oracle_case import Case, Cut, Item, Promo, State, of_the_catalogue
from tests.quoting.oracle_matching import holds, selects, settled
from tests.quoting.oracle_numbers import divide, round_up, taken_by_percent

__all__ = ["catalogue_lane"]


def catalogue_lane(case: Case, state: State, promos: list[Promo]) -> None:
    """Gone through item by item; units and budgets are shared by the items in their order."""
    ours = [promo for promo in promos if of_the_catalogue(promo)]
    for index, item in enumerate(state.items):
        holding = [promo for promo in ours if _holds_for(case, state, promo, item)]

        def left_after(plan: list[Promo], index: int = index) -> int:
            copy = state.copy()
            _apply(case, copy, copy.items[index], plan)
            return copy.items[index].left

        _apply(case, state, item, settled(holding, case.policy.exclusive, left_after))
        item.worth = item.left


def _holds_for(case: Case, state: State, promo: Promo, item: Item) -> bool:
    if not all(holds(condition, case, []) for condition in promo.terms.conditions):
        return False
    if state.units_left.get(promo.id) == 0:
        return False
    return any(_lowers(case, item, effect) for effect in promo.terms.effects)


def _lowers(case: Case, item: Item, effect: Effect) -> bool:
    return _selects(effect, item) and _new_amount(case, item, effect, item.price) < item.price.amount.minor


def _selects(effect: Effect, item: Item) -> bool:
    assert isinstance(effect, PercentOff | AmountOff | FixedPrice)
    return selects(effect.items, item, item.price)


def _new_amount(case: Case, item: Item, effect: Effect, so_far: Price) -> int:
    p, per = so_far.amount.minor, so_far.per
    match effect:
        case PercentOff(percent):
            base = item.price.amount.minor if case.policy.stacking is Stacking.ORIGINAL else p
            return max(0, p - taken_by_percent(base, percent, case.policy.rounding))
        case AmountOff(amount):
            return max(0, p - amount.minor * per)
        case FixedPrice(amount):
            return min(p, amount.minor * per)
        case _:
            raise AssertionError(effect)


def _apply(case: Case, state: State, item: Item, plan: list[Promo]) -> None:
    someone_lowered = False
    for promo in plan:
        if someone_lowered and case.policy.stacking is Stacking.ONE:
            break
        if promo.terms.only_undiscounted and item.cuts:
            continue
        before = item.left, item.shown
        for effect in promo.terms.effects:
            if _selects(effect, item):
                _one_effect(case, state, item, promo, effect)
        someone_lowered = someone_lowered or (item.left, item.shown) != before


def _one_effect(case: Case, state: State, item: Item, promo: Promo, effect: Effect) -> None:
    so_far, rounding = item.shown, case.policy.rounding
    p, per, new = so_far.amount.minor, so_far.per, _new_amount(case, item, effect, so_far)
    units = state.units_left[promo.id]
    k = item.n if units is None else min(item.n, units)
    wanted = divide(p * k, per, rounding) - divide(new * k, per, rounding)
    above_floor = min(wanted, item.room)
    campaign = promo.terms.campaign
    taken = min(above_floor, state.budgets[campaign]) if campaign in state.budgets else above_floor

    if taken:
        _charge(state, item, promo, k, taken)
    if k < item.n or taken < above_floor:
        return
    if taken < wanted:  # the floor cut it
        new = min(p, round_up(Fraction(item.left * per, item.n)))
    item.shown = Price(Money(new, case.cart.currency), per)


def _charge(state: State, item: Item, promo: Promo, k: int, taken: int) -> None:
    item.left -= taken
    item.cuts.append(Cut(promo.id, Lane.CATALOGUE, taken, None))
    state.taken[promo.id, None] += taken
    state.gave.add((promo.id, None))
    state.units[promo.id, None] += k
    units = state.units_left[promo.id]
    if units is not None:
        state.units_left[promo.id] = units - k
    if promo.terms.campaign in state.budgets:
        state.budgets[promo.terms.campaign] -= taken
