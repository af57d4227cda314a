"""What the second implementation keeps while it computes: plain things that change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from attrs import fields, has

from ecomcore.kernel.ids import PromotionId, VariantId
from ecomcore.kernel.money import Money, Price
from ecomcore.quoting import Cart, Context, DeliveryMethod, Lane, Offer, PricingPolicy, Terms

__all__ = ["Case", "Cut", "Item", "Promo", "Shipping", "State", "in_force", "names_only", "of_the_catalogue"]


@dataclass(frozen=True)
class Promo:
    """A promotion and the terms it has at the moment."""

    id: PromotionId
    terms: Terms

    @property
    def turn(self) -> tuple[int, str]:
        """Promotions are gone through by priority, then id."""
        return self.terms.priority, self.id


@dataclass(frozen=True)
class Cut:
    """A discount of an item or of shipping."""

    promotion: str
    lane: Lane
    amount: int
    coupon: str | None


@dataclass(eq=False)
class Item:
    """All lines of one variant."""

    offer: Offer
    lines: list[tuple[int, int]]
    """Quantity and number of each."""
    price: Price
    original: Price
    source: str
    included: bool
    listed: int
    floor: int
    shown: Price
    left: int
    worth: int = 0
    cuts: list[Cut] = field(default_factory=list)
    used: int = 0
    tax: int = 0
    relief: int = 0

    @property
    def variant(self) -> VariantId:
        return self.offer.variant

    @property
    def n(self) -> int:
        return sum(quantity for quantity, _ in self.lines)

    @property
    def unit(self) -> Fraction:
        """The price shown of one unit."""
        return Fraction(self.shown.amount.minor, self.shown.per)

    @property
    def room(self) -> int:
        """The most that may still be taken off."""
        return self.left - self.floor


@dataclass(eq=False)
class Shipping:
    """The charge, which is discounted as an item is."""

    method: DeliveryMethod
    charge: int
    left: int
    cuts: list[Cut] = field(default_factory=list)
    tax: int = 0
    relief: int = 0


@dataclass(eq=False)
class State:
    """What one plan has done so far."""

    items: list[Item]
    shipping: Shipping | None = None
    units_left: dict[str, int | None] = field(default_factory=dict)
    budgets: dict[str, int] = field(default_factory=dict)
    promo_left: dict[str, int] = field(default_factory=dict)
    order_left: int | None = None
    taken: dict[tuple[str, str | None], int] = field(default_factory=lambda: defaultdict(int))
    units: dict[tuple[str, str | None], int] = field(default_factory=lambda: defaultdict(int))
    gave: set[tuple[str, str | None]] = field(default_factory=set)
    """Promotion and coupon of whatever gave something."""
    gifts: list[tuple[str, str | None, VariantId, int]] = field(default_factory=list)
    """Promotion, coupon, variant, quantity."""
    earns: int = 1
    deposits: dict[str, Any] = field(default_factory=dict)
    """The deposit that each variant follows."""

    def copy(self) -> State:
        """The same, to try something with."""
        return replace(
            self,
            items=[replace(item, cuts=list(item.cuts)) for item in self.items],
            shipping=replace(self.shipping, cuts=list(self.shipping.cuts)) if self.shipping else None,
            units_left=dict(self.units_left),
            budgets=dict(self.budgets),
            promo_left=dict(self.promo_left),
            taken=self.taken.copy(),
            units=self.units.copy(),
            gave=set(self.gave),
            gifts=list(self.gifts),
            deposits=dict(self.deposits),
        )


@dataclass(frozen=True)
class Case:
    """The question."""

    cart: Cart
    context: Context

    @property
    def policy(self) -> PricingPolicy:
        return self.context.policy


def in_force(case: Case) -> list[Promo]:
    """The promotions whose rule and period contain the moment and whose amounts are in the cart's currency."""
    at = case.context.at
    found = []
    for rule in case.context.rulebook.promotions:
        begun = rule.since <= at
        ended = rule.until is not None and rule.until <= at
        period = rule.terms.period
        group = rule.terms.group_buy
        over = group is not None and group.until <= at
        if (
            begun
            and not ended
            and not over
            and (period is None or period.contains(at))
            and names_only(case, rule.terms)
        ):
            found.append(Promo(rule.promotion, rule.terms))
    return sorted(found, key=lambda promo: promo.id)


def names_only(case: Case, terms: Terms) -> bool:
    """Whether every amount that the terms name is in the cart's currency."""
    return all(money.currency == case.cart.currency for money in _amounts_in(terms))


def _amounts_in(value: Any) -> list[Money]:
    if isinstance(value, Money):
        return [value]
    if isinstance(value, tuple):
        return [money for each in value for money in _amounts_in(each)]
    if has(type(value)):
        return [money for each in fields(type(value)) for money in _amounts_in(getattr(value, each.name))]
    return []


def of_the_catalogue(promo: Promo) -> bool:
    """Whether its effects are on the price shown."""
    return any(getattr(effect, "on", None) is Lane.CATALOGUE for effect in promo.terms.effects)
