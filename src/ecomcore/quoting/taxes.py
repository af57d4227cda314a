"""Zones, rates and the arithmetic of tax."""

from __future__ import annotations

from itertools import pairwise

from attrs import field, frozen

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import DeliveryMethodId, TaxZoneId
from ecomcore.kernel.money import Currency, Money, an_amount, currency
from ecomcore.kernel.percent import Percent
from ecomcore.kernel.text import a_list_of, a_text, an_id, as_tuple, instance_of, optional
from ecomcore.quoting.places import MOST_AREAS, Area

__all__ = [
    "SHIPPING",
    "STANDARD",
    "DeliveryMethod",
    "DeliveryPrice",
    "DeliveryStep",
    "TaxComponent",
    "TaxRate",
    "TaxZone",
]

STANDARD = "standard"
"""The tax category of goods that name no other; its rate also stands in for a category that a zone does not know."""

SHIPPING = "shipping"
"""The tax category of delivery."""


@frozen
class TaxComponent:
    """One of the taxes that make up a rate: state, county, city."""

    name: str = field(validator=a_text(100))
    percent: Percent = field(validator=instance_of(Percent))


@frozen
class TaxRate:
    """What goods of a category are taxed with in a zone, within a period. A rate without components is 0 %."""

    category: str = field(validator=an_id)
    components: tuple[TaxComponent, ...] = field(converter=as_tuple, validator=a_list_of(TaxComponent, 10, 0))
    period: Period | None = field(default=None, validator=optional(instance_of(Period)))


@frozen(kw_only=True)
class TaxZone:
    """A part of the world with its tax rates. Of several zones that a place is in, the one that names it most closely
    counts, and of those the one with the lowest id.

    ``reverse_charge``: businesses with a valid VAT id owe the tax there themselves (Directive 2006/112/EC, art. 196).
    """

    id: TaxZoneId = field(validator=an_id)
    name: str = field(validator=a_text())
    areas: tuple[Area, ...] = field(converter=as_tuple, validator=a_list_of(Area, MOST_AREAS))
    rates: tuple[TaxRate, ...] = field(converter=as_tuple, validator=a_list_of(TaxRate, 500, 0))
    reverse_charge: bool = field(default=False, validator=instance_of(bool))

    def rate(self, category: str, at: Instant) -> TaxRate | None:
        """The rate of a category at a moment: the last that is named for it, or else that of ``STANDARD``."""
        for wanted in (category, STANDARD):
            for rate in reversed(self.rates):
                if rate.category == wanted and (rate.period is None or rate.period.contains(at)):
                    return rate
        return None


@frozen
class DeliveryStep:
    """From goods worth ``goods`` on, delivery costs ``price``."""

    goods: Money = field(validator=an_amount)
    price: Money = field(validator=an_amount)


def _check_steps(steps: tuple[DeliveryStep, ...], wanted: Currency) -> None:
    for index, step in enumerate(steps):
        for amount in (step.goods, step.price):
            if amount.currency != wanted:
                raise Invalid(f"steps[{index}]", amount, f"amounts in {wanted}")
    for index, (low, high) in enumerate(pairwise(steps), 1):
        if not low.goods < high.goods:
            raise Invalid(f"steps[{index}].goods", high.goods, f"more than the step before it, {low.goods}")
    if not steps[0].goods.is_zero:
        raise Invalid("steps[0].goods", steps[0].goods, f"{Money.zero(wanted)}, where delivery begins")


@frozen(kw_only=True)
class DeliveryPrice:
    """What a method costs in some areas and one currency, by what the goods are worth as shown.

    The first step is from 0 on.
    """

    currency: Currency = field(converter=currency)
    areas: tuple[Area, ...] = field(converter=as_tuple, validator=a_list_of(Area, MOST_AREAS))
    steps: tuple[DeliveryStep, ...] = field(converter=as_tuple, validator=a_list_of(DeliveryStep, 20))

    def __attrs_post_init__(self) -> None:
        _check_steps(self.steps, self.currency)


@frozen(kw_only=True)
class DeliveryMethod:
    """A way to have goods delivered, and what it costs: by area, currency and what the goods are worth as shown.

    The first step is from 0 on. ``others`` are its prices in other areas and currencies: of all that have the currency
    of the cart the one that names the destination most closely counts, and of those the first.
    """

    id: DeliveryMethodId = field(validator=an_id)
    name: str = field(validator=a_text())
    currency: Currency = field(converter=currency)
    areas: tuple[Area, ...] = field(converter=as_tuple, validator=a_list_of(Area, MOST_AREAS))
    steps: tuple[DeliveryStep, ...] = field(converter=as_tuple, validator=a_list_of(DeliveryStep, 20))
    tax_category: str = field(default=SHIPPING, validator=an_id)
    others: tuple[DeliveryPrice, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(DeliveryPrice, MOST_AREAS, 0)
    )

    def __attrs_post_init__(self) -> None:
        _check_steps(self.steps, self.currency)

    @property
    def prices(self) -> tuple[DeliveryMethod | DeliveryPrice, ...]:
        """All its prices."""
        return (self, *self.others)
