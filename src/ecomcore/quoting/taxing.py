"""Tax on what is left of every item and of shipping. See "How a price is made", 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ecomcore.kernel.money import Rounding, allocate_trusted, divide
from ecomcore.kernel.percent import WHOLE
from ecomcore.quoting.context import Context
from ecomcore.quoting.policy import PricingPolicy, TaxBasis
from ecomcore.quoting.selecting import Facts
from ecomcore.quoting.taxes import DeliveryMethod, TaxComponent, TaxZone

__all__ = ["Portion", "Taxed", "taxed", "zone_of"]


class Portion(NamedTuple):
    """An amount before tax is looked at: a line's share of an item, or shipping."""

    amount: int
    units: int


class Taxed(NamedTuple):
    """The tax on each line of an item: so much is owed, or so much that is contained is not owed."""

    components: tuple[TaxComponent, ...]
    taxes: Sequence[int]
    reliefs: Sequence[int]


_UNTAXED = Taxed((), (), ())


def zone_of(context: Context, facts: Facts) -> TaxZone | None:
    """The zone that names the destination most closely; of several the one with the lowest id."""
    destination = facts.cart.destination
    best: tuple[int, TaxZone] | None = None
    if destination is not None:
        for zone in context.rulebook.zones:
            fit = max(area.match(destination) for area in zone.areas)
            if fit and (best is None or fit > best[0]):
                best = fit, zone
    return best[1] if best else None


def taxed(
    context: Context,
    facts: Facts,
    zone: TaxZone | None,
    items: Sequence[Sequence[Portion]],
    shipping: Portion | None,
    delivery: DeliveryMethod | None,
) -> tuple[list[Taxed], Taxed]:
    """The tax of every item, by its lines, and of shipping. Lines of an item come in the order of their portions."""
    if zone is None:
        return [_UNTAXED] * len(items), _UNTAXED
    policy, buyer = context.policy, context.buyer
    relieved = buyer.exempt or (buyer.business and zone.reverse_charge)
    rates: dict[str, tuple[tuple[TaxComponent, ...], int]] = {}

    def rate_of(category: str) -> tuple[tuple[TaxComponent, ...], int]:
        known = rates.get(category)
        if known is None:
            rate = zone.rate(category, context.at)
            components = rate.components if rate else ()
            known = rates[category] = components, sum(each.percent.millionths for each in components)
        return known

    carried = shipping and delivery and (rate_of(delivery.tax_category), policy.tax_included, (shipping,))
    if policy.tax_basis is not TaxBasis.ORDER:
        found = [
            _by_line(rate_of(item.offer.tax_category), item.included, lines, policy, relieved=relieved)
            for item, lines in zip(facts.items, items, strict=True)
        ]
        return found, _by_line(*carried, policy, relieved=relieved) if carried else _UNTAXED

    goods = [
        (*rate_of(item.offer.tax_category), item.included, lines)
        for item, lines in zip(facts.items, items, strict=True)
    ]
    everything = [*goods, (*carried[0], *carried[1:])] if carried else goods
    results = [
        _owed(components, included, taxes, relieved) if components else _UNTAXED
        for (components, _, included, _), taxes in zip(everything, _by_order(everything, policy.rounding), strict=True)
    ]
    return (results[:-1], results[-1]) if carried else (results, _UNTAXED)


def _by_line(
    rated: tuple[tuple[TaxComponent, ...], int],
    included: bool,
    lines: Sequence[Portion],
    policy: PricingPolicy,
    *,
    relieved: bool,
) -> Taxed:
    """The tax of each line by itself, or of each of its units."""
    components, rate = rated
    if not components:
        return _UNTAXED
    by_unit, rounding = policy.tax_basis is TaxBasis.UNIT, policy.rounding
    return _owed(components, included, [_tax_of(line, rate, included, by_unit, rounding) for line in lines], relieved)


def _owed(components: tuple[TaxComponent, ...], included: bool, taxes: Sequence[int], relieved: bool) -> Taxed:
    if not relieved:
        return Taxed(components, taxes, ())
    return Taxed((), (), taxes if included else ())


def _tax(amount: int, rate: int, included: bool, rounding: Rounding) -> int:
    if not rate or not amount:
        return 0
    if included:
        return amount - divide(amount * WHOLE, WHOLE + rate, rounding)
    return divide(amount * rate, WHOLE, rounding)


def _tax_of(line: Portion, rate: int, included: bool, by_unit: bool, rounding: Rounding) -> int:
    if not by_unit or line.units == 1:
        return _tax(line.amount, rate, included, rounding)
    each, more = divmod(line.amount, line.units)
    low = _tax(each, rate, included, rounding) * (line.units - more)
    return low + (_tax(each + 1, rate, included, rounding) * more if more else 0)


_Rated = tuple[tuple[TaxComponent, ...], int, bool, Sequence[Portion]]


def _by_order(everything: Sequence[_Rated], rounding: Rounding) -> list[list[int]]:
    """Tax computed once for all that has the same rate, and allocated by amount."""
    alike: dict[tuple[tuple[TaxComponent, ...], bool], list[int]] = {}
    for index, (components, _, included, _) in enumerate(everything):
        alike.setdefault((components, included), []).append(index)
    found: list[list[int]] = [[] for _ in everything]
    for (_, included), indexes in alike.items():
        amounts = [sum(line.amount for line in everything[index][3]) for index in indexes]
        tax = _tax(sum(amounts), everything[indexes[0]][1], included, rounding)
        for index, part in zip(indexes, allocate_trusted(tax, amounts), strict=True):
            lines = everything[index][3]
            found[index] = [part] if len(lines) == 1 else allocate_trusted(part, [line.units for line in lines])
    return found
