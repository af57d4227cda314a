"""What a promotion gives, as data.

``on`` says what an effect works on and so when it is applied: the shown price, then the items, then the order, then
shipping. An amount holds in its own currency only: a promotion that names EUR does nothing in a cart of USD.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Money, a_positive_amount, an_amount
from ecomcore.kernel.percent import Percent
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_list_of, an_id, as_tuple, instance_of, optional
from ecomcore.quoting.conditions import EVERYTHING, Items

__all__ = [
    "MOST_STEPS",
    "AmountOff",
    "BundlePart",
    "BundlePrice",
    "BuyAndGet",
    "Deposit",
    "EachNth",
    "Effect",
    "FixedPrice",
    "Gift",
    "Lane",
    "PercentOff",
    "Pick",
    "Points",
    "SavingStep",
    "SpendAndSave",
    "Which",
]

MOST_STEPS = 20
"""Steps of one ``SpendAndSave``, parts of one bundle."""


class Lane(StrEnum):
    """What an effect works on; the lanes are gone through in this order."""

    CATALOGUE = "catalogue"
    """The price that is shown before anything is in a cart."""
    ITEM = "item"
    ORDER = "order"
    SHIPPING = "shipping"


class Which(StrEnum):
    """Which units are meant, by their price as shown."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


@frozen
class Pick:
    """Only so many of the cheapest or dearest units."""

    which: Which = field(default=Which.CHEAPEST, validator=instance_of(Which))
    units: int = field(default=1, validator=a_quantity)


def _some(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, Percent) or not value.millionths:
        raise Invalid(attribute.name, value, "a Percent above 0")


@frozen
class PercentOff:
    """So much per cent off each item, off the items' part of the order, or off shipping."""

    percent: Percent = field(validator=_some)
    on: Lane = field(default=Lane.ITEM, validator=instance_of(Lane))
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))
    pick: Pick | None = field(default=None, validator=optional(instance_of(Pick)))

    def __attrs_post_init__(self) -> None:
        _picks_items(self.pick, self.on)


@frozen
class AmountOff:
    """An amount off: off every unit (``each``), or once off the items together, the order or shipping."""

    amount: Money = field(validator=a_positive_amount)
    on: Lane = field(default=Lane.ORDER, validator=instance_of(Lane))
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))
    each: bool = field(default=False, validator=instance_of(bool))
    pick: Pick | None = field(default=None, validator=optional(instance_of(Pick)))

    def __attrs_post_init__(self) -> None:
        _picks_items(self.pick, self.on)
        if self.each and self.on not in (Lane.ITEM, Lane.CATALOGUE):
            raise Invalid("each", self.each, "off each unit only on items or in the catalogue")
        if not self.each and self.on is Lane.CATALOGUE:
            raise Invalid("each", self.each, "off each unit, for a price shown is that of a unit")


@frozen
class FixedPrice:
    """A unit of the items, or shipping, costs this and no more."""

    amount: Money = field(validator=an_amount)
    on: Lane = field(default=Lane.ITEM, validator=instance_of(Lane))
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))

    def __attrs_post_init__(self) -> None:
        if self.on is Lane.ORDER:
            raise Invalid("on", self.on, "items, the catalogue or shipping, for an order has no unit")


@frozen
class SavingStep:
    """From ``spend`` on, save an amount or a percentage."""

    spend: Money = field(validator=a_positive_amount)
    save: Money | None = field(default=None, validator=optional(a_positive_amount))
    percent: Percent | None = field(default=None, validator=optional(_some))

    def __attrs_post_init__(self) -> None:
        if (self.save is None) == (self.percent is None):
            raise Invalid("save", self.save, "either an amount or a percentage")
        if self.save is not None and not self.save <= self.spend:
            raise Invalid("save", self.save, f"at most what is spent, {self.spend}")


@frozen
class SpendAndSave:
    """Spend so much on the items and save: the highest step that is reached counts.

    With ``repeating`` the only step counts as often as it is reached, at most ``times``.
    """

    steps: tuple[SavingStep, ...] = field(converter=as_tuple, validator=a_list_of(SavingStep, MOST_STEPS))
    repeating: bool = field(default=False, validator=instance_of(bool))
    times: int | None = field(default=None, validator=optional(a_quantity))
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))

    def __attrs_post_init__(self) -> None:
        for index, (low, high) in enumerate(pairwise(self.steps), 1):
            if not low.spend < high.spend:
                raise Invalid(f"steps[{index}].spend", high.spend, f"more than the step before it, {low.spend}")
        if self.repeating and (len(self.steps) > 1 or self.steps[0].save is None):
            raise Invalid("repeating", self.repeating, "a single step with an amount to save")


@frozen
class BuyAndGet:
    """Buy so many units of some items and get so many of these or others for less; without ``percent`` for nothing.

    Each unit counts once: what is bought for one gift is not bought for the next. ``times`` limits how often.
    """

    buy_quantity: int = field(validator=a_quantity)
    get_quantity: int = field(default=1, validator=a_quantity)
    buy: Items = field(default=EVERYTHING, validator=instance_of(Items))
    get: Items = field(default=EVERYTHING, validator=instance_of(Items))
    percent: Percent = field(default=Percent(1_000_000), validator=_some)
    times: int | None = field(default=None, validator=optional(a_quantity))


@frozen
class BundlePart:
    """So many units of some items in a bundle."""

    items: Items = field(validator=instance_of(Items))
    quantity: int = field(default=1, validator=a_quantity)


@frozen
class BundlePrice:
    """These together cost this. ``times`` limits how many bundles."""

    parts: tuple[BundlePart, ...] = field(converter=as_tuple, validator=a_list_of(BundlePart, MOST_STEPS))
    price: Money = field(validator=an_amount)
    times: int | None = field(default=None, validator=optional(a_quantity))


@frozen
class EachNth:
    """Every so-manyeth unit of the items is so much cheaper, counted from the dearest on: the second at half price."""

    n: int = field(validator=a_quantity)
    percent: Percent = field(validator=_some)
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))
    times: int | None = field(default=None, validator=optional(a_quantity))


@frozen
class Gift:
    """So many units of a variant are added for nothing."""

    variant: VariantId = field(validator=an_id)
    quantity: int = field(default=1, validator=a_quantity)


def _factor(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 2 <= value <= 100:
        raise Invalid(attribute.name, value, "a whole number from 2 to 100")


@frozen
class Points:
    """The order earns so many times the points."""

    times: int = field(default=2, validator=_factor)


@frozen
class Deposit:
    """Pre-sale: a part of the items is paid at once, the rest from ``balance_from`` until before ``balance_until``."""

    percent: Percent = field(validator=_some)
    balance_from: Instant = field(validator=an_instant)
    balance_until: Instant = field(validator=an_instant)
    items: Items = field(default=EVERYTHING, validator=instance_of(Items))

    def __attrs_post_init__(self) -> None:
        if self.balance_until <= self.balance_from:
            raise Invalid("balance_until", self.balance_until, f"a moment after balance_from, {self.balance_from}")
        if self.percent.millionths == 1_000_000:
            raise Invalid("percent", self.percent, "less than all of it")


Effect: TypeAlias = (
    PercentOff | AmountOff | FixedPrice | SpendAndSave | BuyAndGet | BundlePrice | EachNth | Gift | Points | Deposit
)
"""What a promotion gives."""


def _picks_items(pick: Pick | None, on: Lane) -> None:
    if pick is not None and on is not Lane.ITEM:
        raise Invalid("pick", pick, "units of items only")
