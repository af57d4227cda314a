"""One evaluation of a plan: what is left of every item, and what each promotion took off.

The lanes change a ``Run``; it starts anew for every plan. All amounts are minor units of the cart's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from attrs import define

from ecomcore.kernel.ids import CampaignId, CouponId, PromotionId, VariantId
from ecomcore.kernel.money import MAX_MINOR, Rounding, allocate_trusted, divide
from ecomcore.kernel.percent import WHOLE, Percent
from ecomcore.quoting.cart import Offer
from ecomcore.quoting.effects import Deposit, Lane
from ecomcore.quoting.listing import Listed
from ecomcore.quoting.policy import PricingPolicy, Stacking
from ecomcore.quoting.ready import ReadyRule
from ecomcore.quoting.selecting import Facts, Selector

__all__ = ["SHIPPING_INDEX", "GiftOffer", "Off", "Present", "Run", "Start", "reduced", "spread"]

SHIPPING_INDEX: Final = -1
"""Stands for shipping where an index of an item is asked for."""

_SEVERAL: Final = "several"


@define(eq=False)
class Off:
    """What a promotion took off one item, or off shipping."""

    index: int
    rule: ReadyRule
    lane: Lane
    base: int
    percent: Percent | None
    amount: int
    whole: int | None
    coupon: CouponId | None


class GiftOffer(NamedTuple):
    """A gift that could be added: what it is, and what it would cost."""

    offer: Offer
    price: Listed
    quantity: int
    listed: int


class Present(NamedTuple):
    """A gift that is added."""

    rule: ReadyRule
    gift: GiftOffer
    coupon: CouponId | None


class Start(NamedTuple):
    """What an evaluation starts from: the limits as they are when the catalogue lane is done."""

    units: dict[PromotionId, int]
    budgets: dict[CampaignId, int]
    cap: int
    shipping: int | None
    gifts: Mapping[tuple[VariantId, int], GiftOffer]
    stock: Mapping[VariantId, int]


def reduced(base: int, percent: Percent, rounding: Rounding) -> int:
    """What a percentage takes off: the base less the rounded rest."""
    return base - divide(base * (WHOLE - percent.millionths), WHOLE, rounding)


def spread(amount: int, weights: Sequence[int], limits: Sequence[int]) -> list[int]:
    """The amount split by weight, no part above its limit; cut down to the sum of the limits first."""
    rest = min(amount, sum(limits))
    if rest <= 0 or not any(weights):
        return [0] * len(weights)
    parts = allocate_trusted(rest, weights)
    for part, limit in zip(parts, limits, strict=True):
        if part >= limit:
            return _spread_further(rest, weights, limits)
    return parts


def _spread_further(rest: int, weights: Sequence[int], limits: Sequence[int]) -> list[int]:
    """``spread`` where a part would reach its limit."""
    parts = [0] * len(weights)
    open_ = [index for index in range(len(weights)) if limits[index] > 0]
    while rest > 0 and open_:
        chosen = [weights[index] for index in open_]
        if not any(chosen):
            break
        split = allocate_trusted(rest, chosen)
        full = [(index, part) for index, part in zip(open_, split, strict=True) if part >= limits[index]]
        if not full:
            for index, part in zip(open_, split, strict=True):
                parts[index] = part
            break
        for index, _ in full:
            parts[index] = limits[index]
            rest -= limits[index]
        done = {index for index, _ in full}
        open_ = [index for index in open_ if index not in done]
    return parts


class Run:
    """One plan, as far as it has been carried out."""

    __slots__ = (
        "_budgets",
        "_by",
        "_cap",
        "_maxima",
        "_stacking",
        "_stock",
        "_units",
        "charge",
        "deferred",
        "earns",
        "facts",
        "gifts",
        "given",
        "items",
        "left",
        "offs",
        "presents",
        "rounding",
        "shipping",
        "used",
    )

    def __init__(self, facts: Facts, policy: PricingPolicy, start: Start) -> None:
        self.facts = facts
        self.items = facts.items
        self.rounding = policy.rounding
        self._stacking = policy.stacking
        self.left = [item.worth for item in facts.items]
        self.used = [0] * len(facts.items)
        self.charge = start.shipping
        self.shipping = start.shipping or 0
        self.offs: list[Off] = []
        self.presents: list[Present] = []
        self.gifts = start.gifts
        self._stock = start.stock
        self.earns = 1
        self.deferred: dict[int, Deposit] = {}
        self.given: dict[tuple[PromotionId, CouponId | None], list[int]] = {}
        self._by: list[object] = [None] * len(facts.items)
        self._units = dict(start.units)
        self._budgets = dict(start.budgets)
        self._maxima: dict[PromotionId, int] = {}
        self._cap = start.cap

    # -- what a rule may still do ----------------------------------------------------------------------------------

    def open(self, rule: ReadyRule, selector: Selector, lane: Lane) -> Sequence[int]:
        """The items that are meant and not passed over, in order."""
        found = self.facts.select(selector)
        if rule.terms.only_undiscounted:
            items, by = self.items, self._by
            found = tuple(i for i in found if by[i] in (None, rule) and not items[i].taken)
        if lane is Lane.ITEM and self._stacking is Stacking.ONE:
            by = self._by
            found = tuple(index for index in found if by[index] in (None, rule))
        return found

    def base(self, index: int) -> int:
        """What a percentage of this item is taken of."""
        return self.left[index] if self._stacking is not Stacking.ORIGINAL else self.items[index].worth

    def base_of(self, found: Iterable[int]) -> int:
        """The sum of the bases of some items."""
        if self._stacking is not Stacking.ORIGINAL:
            left = self.left
            return sum([left[index] for index in found])
        items = self.items
        return sum([items[index].worth for index in found])

    def portion(self, index: int, units: int) -> int:
        """The base of so many units of an item."""
        quantity = self.items[index].quantity
        base = self.base(index)
        return base if units == quantity else base * units // quantity

    def most_off(self, index: int) -> int:
        """What can still be taken off an item."""
        return self.left[index] - self.items[index].floor

    def units_left(self, rule: ReadyRule) -> int:
        """How many units may still become cheaper by a promotion."""
        return self._units.get(rule.promotion, MAX_MINOR)

    def room(self, rule: ReadyRule) -> int:
        """What a promotion may still take off within all caps."""
        room = self._cap
        if rule.max_discount != MAX_MINOR:
            room = min(room, rule.max_discount - self._maxima.get(rule.promotion, 0))
        campaign = rule.terms.campaign
        if campaign is not None and campaign in self._budgets:
            room = min(room, self._budgets[campaign])
        return room

    @property
    def shipping_base(self) -> int:
        """What a percentage of shipping is taken of."""
        return self.shipping if self._stacking is not Stacking.ORIGINAL else self.charge or 0

    def shipping_is_settled(self, rule: ReadyRule) -> bool:
        """Whether shipping has had its only discount, from another promotion."""
        if self._stacking is not Stacking.ONE:
            return False
        return any(off.index == SHIPPING_INDEX and off.rule is not rule for off in self.offs)

    # -- what a rule does ------------------------------------------------------------------------------------------

    def take(
        self,
        rule: ReadyRule,
        lane: Lane,
        wanted: Iterable[tuple[int, int, int]],
        *,
        coupon: CouponId | None,
        percent: Percent | None = None,
        whole: bool = False,
        counts: Mapping[int, int] | None = None,
        together: bool = False,
    ) -> None:
        """Take off the wanted amounts, each with its index and its base, within the caps.

        ``counts`` says how many units of an item become cheaper if it gets something; ``together``: all or none.
        """
        offs = [each for each in wanted if each[2] > 0]
        if not offs:
            return
        total = sum([each[2] for each in offs])
        room = self.room(rule)
        if total > room:
            parts = allocate_trusted(room, [each[2] for each in offs])
            offs = [(index, base, part) for (index, base, _), part in zip(offs, parts, strict=True) if part > 0]
            total = room
        if total <= 0:
            return
        units = 0
        if counts:
            units = sum(counts.values()) if together else sum(counts[index] for index, _, _ in offs)
        self._count(rule, coupon, total, units)
        left, by, record = self.left, self._by, self.offs.append
        together_off = total if whole else None
        for index, base, amount in offs:
            if index == SHIPPING_INDEX:
                self.shipping -= amount
            else:
                left[index] -= amount
                before = by[index]
                by[index] = rule if before is None or before is rule else _SEVERAL
            record(Off(index, rule, lane, base, percent, amount, together_off, coupon))

    def give(self, rule: ReadyRule, variant: VariantId, quantity: int, coupon: CouponId | None) -> None:
        """Add a gift, if its value is within the caps."""
        gift = self.gifts.get((variant, quantity))
        given = sum(each.gift.quantity for each in self.presents if each.gift.offer.variant == variant)
        in_stock = self._stock.get(variant, MAX_MINOR) - given
        if gift is None or quantity > min(self.units_left(rule), in_stock) or gift.listed > self.room(rule):
            return
        self._count(rule, coupon, gift.listed, quantity)
        self.presents.append(Present(rule, gift, coupon))

    def defer(self, rule: ReadyRule, deposit: Deposit, indexes: Iterable[int], coupon: CouponId | None) -> None:
        """The items are paid in two parts, unless they are already."""
        fresh = [index for index in indexes if index not in self.deferred]
        if fresh:
            self.deferred.update(dict.fromkeys(fresh, deposit))
            self.note(rule, coupon)

    def note(self, rule: ReadyRule, coupon: CouponId | None) -> None:
        """The promotion gives something that takes nothing off."""
        self.given.setdefault((rule.promotion, coupon), [0, 0])

    def _count(self, rule: ReadyRule, coupon: CouponId | None, total: int, units: int) -> None:
        promotion, campaign = rule.promotion, rule.terms.campaign
        given = self.given.setdefault((promotion, coupon), [0, 0])
        given[0] += units
        given[1] += total
        if promotion in self._units:
            self._units[promotion] -= units
        if rule.max_discount != MAX_MINOR:
            self._maxima[promotion] = self._maxima.get(promotion, 0) + total
        if campaign is not None and campaign in self._budgets:
            self._budgets[campaign] -= total
        if self._cap != MAX_MINOR:
            self._cap -= total
