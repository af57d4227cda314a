"""The terms of a promotion: when it holds, what it gives, and how it goes together with others."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.calendar import Period, TimeZone, time_zone
from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CampaignId
from ecomcore.kernel.money import Money, a_positive_amount
from ecomcore.kernel.quantity import a_quantity, a_rank
from ecomcore.kernel.text import a_text, an_id, an_optional_id, as_tuple, instance_of, optional
from ecomcore.quoting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    DeliveredBy,
    ItemQuantity,
    Items,
    ItemTotal,
    Not,
    PaysBy,
    ShipsTo,
    conditions,
)
from ecomcore.quoting.effects import (
    AmountOff,
    BundlePart,
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
    SavingStep,
    SpendAndSave,
)

__all__ = [
    "UNLIMITED",
    "Choice",
    "ExclusivityGroup",
    "GroupBuy",
    "Limits",
    "PerPeriod",
    "Recurrence",
    "Terms",
    "amounts",
    "lane",
]


class Choice(StrEnum):
    """Which of several promotions that exclude each other is applied."""

    BEST = "best"
    """The one with which the buyer pays least."""
    FIRST = "first"
    """The one of the lowest priority number."""


@frozen
class ExclusivityGroup:
    """Of all promotions in a group of this name at most one is applied."""

    name: str = field(validator=an_id)
    choice: Choice = field(default=Choice.BEST, validator=instance_of(Choice))


class Recurrence(StrEnum):
    """A period that comes again, in calendar units."""

    DAY = "day"
    MONTH = "month"


@frozen
class PerPeriod:
    """So many uses a day or month of a time zone."""

    uses: int = field(validator=a_quantity)
    recurrence: Recurrence = field(validator=instance_of(Recurrence))
    zone: TimeZone = field(converter=time_zone)


@frozen(kw_only=True)
class Limits:
    """How often and how much. ``uses``: orders in all; ``uses_per_buyer``; ``uses_per_period``: orders of all buyers.

    ``units`` and ``units_per_buyer`` count the units that become cheaper: the quota of a flash sale. ``per_order``:
    how many coupons of one promotion count in one order.
    """

    uses: int | None = field(default=None, validator=optional(a_quantity))
    uses_per_buyer: int | None = field(default=None, validator=optional(a_quantity))
    uses_per_period: PerPeriod | None = field(default=None, validator=optional(instance_of(PerPeriod)))
    units: int | None = field(default=None, validator=optional(a_quantity))
    units_per_buyer: int | None = field(default=None, validator=optional(a_quantity))
    per_order: int = field(default=1, validator=a_quantity)

    @property
    def count(self) -> bool:
        """Whether anything has to be counted."""
        return self != Limits(per_order=self.per_order)


UNLIMITED = Limits()
"""As often and as much as anybody likes."""


@frozen
class GroupBuy:
    """The price holds if so many buyers have paid before ``until``; else all get their money back."""

    buyers: int = field(validator=a_quantity)
    until: Instant = field(validator=an_instant)


def _effects(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple) or not 1 <= len(value) <= 10:
        raise Invalid(attribute.name, value, "a list of 1 to 10 effects")
    for index, each in enumerate(value):
        if not isinstance(each, Effect):
            raise Invalid(f"{attribute.name}[{index}]", each, "an effect such as PercentOff or BuyAndGet")


@frozen(kw_only=True)
class Terms:
    """What a promotion says.

    All ``conditions`` must hold. Promotions are applied by ``priority``, the lowest number first. An ``exclusive`` one
    is applied alone; of a ``group`` at most one is. ``max_discount`` caps what one order gets. With ``needs_coupon`` it
    holds only for a code that unlocks it. ``campaign``: its budget pays.
    """

    name: str = field(validator=a_text())
    effects: tuple[Effect, ...] = field(converter=as_tuple, validator=_effects)
    conditions: tuple[Condition, ...] = field(default=(), converter=as_tuple)
    period: Period | None = field(default=None, validator=optional(instance_of(Period)))
    priority: int = field(default=100, validator=a_rank)
    exclusive: bool = field(default=False, validator=instance_of(bool))
    group: ExclusivityGroup | None = field(default=None, validator=optional(instance_of(ExclusivityGroup)))
    only_undiscounted: bool = field(default=False, validator=instance_of(bool))
    max_discount: Money | None = field(default=None, validator=optional(a_positive_amount))
    needs_coupon: bool = field(default=False, validator=instance_of(bool))
    limits: Limits = field(default=UNLIMITED, validator=instance_of(Limits))
    group_buy: GroupBuy | None = field(default=None, validator=optional(instance_of(GroupBuy)))
    campaign: CampaignId | None = field(default=None, validator=an_optional_id)

    def __attrs_post_init__(self) -> None:
        conditions("conditions", self.conditions, 0)
        self._check_lanes()
        currencies = {money.currency for money in amounts(self)}
        if len(currencies) > 1:
            raise Invalid("effects", sorted(currencies), "amounts in one currency")

    def _check_lanes(self) -> None:
        shown = [lane(effect) is Lane.CATALOGUE for effect in self.effects]
        if not any(shown):
            return
        if not all(shown):
            raise Invalid("effects", self.effects, "effects on the price shown, or on a cart, not both")
        if self.needs_coupon:
            raise Invalid("needs_coupon", True, "no coupon, for the price is shown before anybody enters one")
        if self.limits.uses or self.limits.uses_per_buyer or self.limits.uses_per_period:
            raise Invalid("limits", self.limits, "only units, for uses are counted by the order")
        if self.max_discount:
            raise Invalid("max_discount", self.max_discount, "no cap by the order for a price that is shown")
        for index, condition in enumerate(self.conditions):
            if any(isinstance(each, _ABOUT_THE_CART) for each in _flat(condition)):
                raise Invalid(
                    f"conditions[{index}]",
                    condition,
                    "nothing about the cart, for the price is shown before there is one",
                )


_ABOUT_THE_CART = (ItemQuantity, ItemTotal, ShipsTo, PaysBy, DeliveredBy)


def lane(effect: Effect) -> Lane:
    """In which lane an effect is applied."""
    match effect:
        case PercentOff() | AmountOff() | FixedPrice():
            return effect.on
        case SpendAndSave() | Deposit() | Points():
            return Lane.ORDER
        case BuyAndGet() | BundlePrice() | EachNth() | Gift():
            return Lane.ITEM


def amounts(terms: Terms) -> Iterator[Money]:
    """Every amount that the terms name: they hold in its currency only."""
    if terms.max_discount:
        yield terms.max_discount
    for condition in terms.conditions:
        for each in _flat(condition):
            yield from _amounts_of(each)
    for effect in terms.effects:
        yield from _amounts_of(effect)


def _amounts_of(value: Any) -> Iterator[Money]:
    """The amounts of one condition or effect, wherever they stand in it."""
    for name in value.__slots__:
        each = getattr(value, name, None)
        if isinstance(each, Money):
            yield each
        elif isinstance(each, Items | SavingStep | BundlePart):
            yield from _amounts_of(each)
        elif isinstance(each, tuple) and each and isinstance(each[0], SavingStep | BundlePart):
            for part in each:
                yield from _amounts_of(part)


def _flat(condition: Condition) -> Iterator[Condition]:
    yield condition
    match condition:
        case AllOf(inner) | AnyOf(inner):
            for each in inner:
                yield from _flat(each)
        case Not(inner):
            yield from _flat(inner)
        case _:
            pass
