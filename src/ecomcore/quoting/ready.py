"""A promotion made ready: what is looked at again and again while quotes are made, worked out once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, TypeAlias

from ecomcore.kernel.ids import PromotionId, VariantId
from ecomcore.kernel.money import MAX_MINOR
from ecomcore.quoting.conditions import (
    Condition,
    InChannel,
    InCurrency,
    InGroup,
    InSegment,
    InTier,
    ItemQuantity,
    Items,
    ItemTotal,
    OfCompany,
)
from ecomcore.quoting.effects import (
    AmountOff,
    BundlePrice,
    BuyAndGet,
    Deposit,
    EachNth,
    Effect,
    FixedPrice,
    Gift,
    Lane,
    PercentOff,
    Points,
    SpendAndSave,
)
from ecomcore.quoting.holding import made_ready
from ecomcore.quoting.selecting import Facts, Selector
from ecomcore.quoting.terms import Terms, amounts, lane

__all__ = ["Key", "ReadyEffect", "ReadyRule"]

Key: TypeAlias = tuple[str, str]
"""What must be there for a promotion to match: a kind of fact, and its name."""

_NO_CURRENCY: Final = ""


class ReadyEffect:
    """An effect with the selectors of its items, the index of its steps, and its lane."""

    __slots__ = ("effect", "lane", "parts", "selector", "source")

    def __init__(self, effect: Effect) -> None:
        self.effect: Any = effect
        self.lane = lane(effect)
        self.source: Selector | None = None
        self.parts: tuple[tuple[Selector, int], ...] = ()
        match effect:
            case BuyAndGet():
                self.selector = Selector.of(effect.get)
                self.source = self.selector if effect.buy == effect.get else Selector.of(effect.buy)
            case BundlePrice():
                self.selector = Selector.of(effect.parts[0].items)
                self.parts = tuple((Selector.of(part.items), part.quantity) for part in effect.parts)
            case Gift() | Points():
                self.selector = Selector.of(Items())
            case _:
                self.selector = Selector.of(effect.items)

    def has_work(self, facts: Facts, *, shipping: bool, gifts: Collection[tuple[VariantId, int]]) -> bool:
        """Whether there is anything that the effect could be applied to."""
        effect: Effect = self.effect
        match effect:
            case Points():
                return True
            case Gift():
                return (effect.variant, effect.quantity) in gifts
            case SpendAndSave():
                found, _, worth = facts.totals(self.selector)
                return bool(found) and worth >= effect.steps[0].spend.minor
            case EachNth():
                return facts.totals(self.selector)[1] >= int(effect.n)
            case BuyAndGet():
                return self._can_be_got(facts)
            case BundlePrice():
                return self._can_be_bundled(facts)
            case _:
                return bool(facts.select(self.selector)) and (shipping or self.lane is not Lane.SHIPPING)

    def _can_be_got(self, facts: Facts) -> bool:
        get, got, _ = facts.totals(self.selector)
        buy, bought, _ = facts.totals(self.source or self.selector)
        effect: BuyAndGet = self.effect
        needed = effect.get_quantity, effect.buy_quantity
        both = sum(facts.items[index].quantity for index in set(get) & set(buy))
        return got >= needed[0] and bought >= needed[1] and got + bought - both >= sum(needed)

    def _can_be_bundled(self, facts: Facts) -> bool:
        left = [item.quantity for item in facts.items]
        for selector, wanted in self.parts:
            dearest = sorted(facts.select(selector), key=lambda index: -facts.items[index].unit)
            for index in dearest:
                taken = min(left[index], wanted)
                left[index] -= taken
                wanted -= taken
            if wanted:
                return False
        return True


class ReadyRule:
    """The terms of a promotion, made ready."""

    __slots__ = (
        "conditions",
        "counted",
        "currency",
        "effects",
        "ends_at",
        "key",
        "keys",
        "max_discount",
        "may_be_missed",
        "promotion",
        "spend",
        "terms",
    )

    def __init__(self, promotion: PromotionId, terms: Terms) -> None:
        self.promotion = promotion
        self.terms = terms
        self.key = (terms.priority, promotion)
        self.currency = next((amount.currency for amount in amounts(terms)), _NO_CURRENCY)
        self.conditions = tuple(made_ready(condition) for condition in terms.conditions)
        self.effects = tuple(ReadyEffect(effect) for effect in terms.effects)
        self.max_discount = terms.max_discount.minor if terms.max_discount else MAX_MINOR
        self.counted = bool(terms.limits.count or terms.campaign or terms.needs_coupon or terms.group_buy)
        self.ends_at = terms.group_buy.until if terms.group_buy else None
        self.keys, self.spend = _keys(terms, self.currency)
        self.may_be_missed = any(isinstance(each, ItemTotal | ItemQuantity) for each in terms.conditions) or any(
            isinstance(each, SpendAndSave | Gift) for each in terms.effects
        )

    def holds(self, facts: Facts) -> bool:
        """Whether all conditions hold, in the currency of the cart."""
        if self.currency and self.currency != facts.currency:
            return False
        if self.ends_at is not None and facts.at >= self.ends_at:
            return False
        return all(holds(facts) for holds in self.conditions)


def _keys(terms: Terms, currency: str) -> tuple[tuple[Key, ...], int | None]:
    """Facts of which at least one must be there for the promotion to match; or what must be spent on everything.

    Nothing of either means that it may always match.
    """
    found = sorted(_necessary(terms), key=lambda keys: (_RARITY[keys[0][0]], len(keys)))
    spend = max(_spends(terms), default=None)
    if found and (_RARITY[found[0][0][0]] < _RARITY["channel"] or spend is None):
        return tuple(dict.fromkeys(found[0])), None
    if spend is None and currency:
        return (("currency", currency),), None
    return (), spend


_RARITY: Final = {
    name: rank
    for rank, names in enumerate(
        (
            ("variant", "product"),
            ("company",),
            ("segment",),
            ("category",),
            ("group",),
            ("tier",),
            ("channel",),
            ("currency",),
        )
    )
    for name in names
}


def _necessary(terms: Terms) -> Iterator[list[Key]]:
    """Lists of facts, of each of which at least one is necessary."""
    for condition in terms.conditions:
        keys = _keys_of_condition(condition)
        if keys:
            yield keys
    for_effects: list[Key] = []
    for effect in terms.effects:
        keys = _keys_of_effect(effect)
        if not keys:
            break
        for_effects += keys
    else:
        yield for_effects


def _keys_of_condition(condition: Condition) -> list[Key]:
    match condition:
        case InTier(names):
            return [("tier", name) for name in names]
        case InSegment(names):
            return [("segment", name) for name in names]
        case InGroup(names):
            return [("group", name) for name in names]
        case OfCompany(names):
            return [("company", name) for name in names]
        case InChannel(names):
            return [("channel", name) for name in names]
        case InCurrency(names):
            return [("currency", name) for name in names]
        case ItemQuantity(items):
            return _keys_of_items(items)
        case ItemTotal(at_least, items) if at_least.minor > 0:
            return _keys_of_items(items)
        case _:
            return []


def _keys_of_effect(effect: Effect) -> list[Key]:
    match effect:
        case PercentOff() | AmountOff() | FixedPrice() | SpendAndSave() | EachNth() | Deposit():
            return _keys_of_items(effect.items)
        case BuyAndGet():
            return _keys_of_items(effect.get) or _keys_of_items(effect.buy)
        case BundlePrice():
            return next((keys for part in effect.parts if (keys := _keys_of_items(part.items))), [])
        case Gift() | Points():
            return []


def _keys_of_items(items: Items) -> list[Key]:
    keys: list[Key] = [("variant", id_) for id_ in items.variants]
    keys += [("product", id_) for id_ in items.products]
    keys += [("category", id_) for id_ in items.categories]
    if items.variants and not (items.products or items.categories):
        return keys
    return sorted(keys, key=lambda key: -_RARITY[key[0]])


def _spends(terms: Terms) -> Iterator[int]:
    """What must at least be spent on everything for the promotion to match."""
    everything = Items()
    for condition in terms.conditions:
        if isinstance(condition, ItemTotal) and condition.items == everything:
            yield condition.at_least.minor
    if len(terms.effects) == 1 and isinstance(terms.effects[0], SpendAndSave):
        effect = terms.effects[0]
        if effect.items == everything:
            yield effect.steps[0].spend.minor
