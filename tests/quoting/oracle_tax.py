"""Steps 7 to 9 of the page: tax, lines, and paying in parts. And what of a quote is compared."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Price
from ecomcore.quoting import Gift, TaxBasis, TaxComponent, TaxZone
from tests.quoting.oracle_case import Case, Cut, Item, State
from tests.quoting.oracle_items import gift_price
from tests.quoting.oracle_matching import closeness
from tests.quoting.oracle_numbers import allocate, divide, share, spread
from tests.quoting.oracle_prices import base_price

__all__ = ["ToldCut", "ToldInstalment", "ToldLine", "ToldShipping", "ToldTax", "instalments", "lines", "shipping"]


@frozen
class ToldCut:
    """A discount as it is compared."""

    promotion: str
    lane: str
    amount: int
    coupon: str | None = None


@frozen
class ToldTax:
    """A tax as it is compared."""

    name: str
    millionths: int
    base: int
    amount: int


@frozen(kw_only=True)
class ToldLine:
    """A line as it is compared."""

    number: int
    variant: str
    quantity: int
    price: Price
    original: Price
    shown: Price
    source: str
    listed: int
    discounts: tuple[ToldCut, ...]
    tax_included: bool
    taxes: tuple[ToldTax, ...]
    relief: int
    total: int
    gift: str | None = None


@frozen(kw_only=True)
class ToldShipping:
    """Shipping as it is compared."""

    method: str
    listed: int
    discounts: tuple[ToldCut, ...]
    tax_included: bool
    taxes: tuple[ToldTax, ...]
    relief: int
    total: int


@frozen(order=True)
class ToldInstalment:
    """An instalment as it is compared; what is due at once has no moments."""

    since: str
    until: str
    amount: int


# Step 7: tax


def zone_of(case: Case) -> TaxZone | None:
    """The zone that fits most closely, then the one with the lowest id."""
    if case.cart.destination is None:
        return None
    found = None
    for zone in sorted(case.context.rulebook.zones, key=lambda each: each.id):
        close = closeness(zone.areas, case.cart.destination)
        if close and (found is None or close > closeness(found.areas, case.cart.destination)):
            found = zone
    return found


def components_of(case: Case, category: str) -> tuple[TaxComponent, ...]:
    """The last rate of the category in its period, else that of the standard category, else none."""
    zone = zone_of(case)
    for wanted in (category, "standard"):
        rates = [
            rate
            for rate in (zone.rates if zone else ())
            if rate.category == wanted and (rate.period is None or rate.period.contains(case.context.at))
        ]
        if rates:
            return rates[-1].components
    return ()


def nothing_is_owed(case: Case) -> bool:
    buyer, zone = case.context.buyer, zone_of(case)
    return buyer.exempt or (buyer.business and zone is not None and zone.reverse_charge)


def tax_on(case: Case, amount: int, components: tuple[TaxComponent, ...], included: bool) -> int:
    """The tax on an amount: added to it, or contained in it."""
    rate = (
        sum((share(each.percent) for each in components), start=share(components[0].percent) * 0) if components else 0
    )
    if included:
        return amount - divide(amount, 1 + rate, case.policy.rounding)
    return divide(amount * rate, 1, case.policy.rounding)


def tax_by_units(case: Case, amount: int, n: int, components: tuple[TaxComponent, ...], included: bool) -> int:
    units = [amount // n + (1 if place < amount % n else 0) for place in range(n)]
    return sum(tax_on(case, unit, components, included) for unit in units)


@frozen
class Taxed:
    """What is owed on a part of the order, or taken out of it."""

    taxes: tuple[ToldTax, ...]
    added: int
    relief: int


def taxed(case: Case, amount: int, tax: int, components: tuple[TaxComponent, ...], included: bool) -> Taxed:
    """Owed tax divided among the components; tax that is not owed is relief if it was in the price."""
    if nothing_is_owed(case):
        return Taxed((), 0, tax if included else 0)
    if not components:
        return Taxed((), 0, 0)
    parts = allocate(tax, [each.percent.millionths for each in components])
    base = amount - tax if included else amount
    told = tuple(
        ToldTax(each.name, each.percent.millionths, base, part) for each, part in zip(components, parts, strict=True)
    )
    return Taxed(told, 0 if included else tax, 0)


def taxes_by_order(case: Case, state: State) -> tuple[dict[str, int], int]:
    """``TaxBasis.ORDER``: the tax of each item and of shipping."""
    groups: dict[tuple[tuple[TaxComponent, ...], bool], list[tuple[str, int]]] = {}
    for item in state.items:
        key = components_of(case, item.offer.tax_category), item.included
        groups.setdefault(key, []).append((item.variant, item.left))
    if state.shipping:
        key = components_of(case, state.shipping.method.tax_category), case.policy.tax_included
        groups.setdefault(key, []).append(("", state.shipping.left))  # no variant has an empty id
    taxes: dict[str, int] = {}
    for (components, included), members in groups.items():
        whole = tax_on(case, sum(amount for _, amount in members), components, included)
        parts = allocate(whole, [amount for _, amount in members])
        taxes |= {name: part for (name, _), part in zip(members, parts, strict=True)}
    return taxes, taxes.get("", 0)


# Step 8: lines


def lines(case: Case, state: State) -> list[ToldLine]:
    """The lines of the cart in their order, then the gifts."""
    by_order, _ = taxes_by_order(case, state)
    told = [line for item in state.items for line in _lines_of(case, item, by_order[item.variant])]
    told.sort(key=lambda line: line.number)
    for promotion, coupon, variant, quantity in state.gifts:
        told.append(_gift(case, len(told) + 1, promotion, coupon, variant, quantity))
    return told


def _lines_of(case: Case, item: Item, tax_by_order: int) -> list[ToldLine]:
    quantities = [quantity for quantity, _ in item.lines]
    left = allocate(item.left, quantities)
    if item.price.per == 1:
        off = [item.price.amount.minor * n - rest for n, rest in zip(quantities, left, strict=True)]
    else:
        off = allocate(sum(cut.amount for cut in item.cuts), quantities)
    cuts: list[list[ToldCut]] = [[] for _ in quantities]
    remains = list(off)
    for cut in item.cuts:
        for place, part in enumerate(spread(cut.amount, quantities, remains)):
            remains[place] -= part
            if part:
                cuts[place].append(_told(cut, part))
    taxes_by_order = allocate(tax_by_order, quantities)
    components = components_of(case, item.offer.tax_category)
    told = []
    for place, (quantity, number) in enumerate(item.lines):
        match case.policy.tax_basis:
            case TaxBasis.UNIT:
                tax = tax_by_units(case, left[place], quantity, components, item.included)
            case TaxBasis.LINE:
                tax = tax_on(case, left[place], components, item.included)
            case TaxBasis.ORDER:
                tax = taxes_by_order[place]
        result = taxed(case, left[place], tax, components, item.included)
        told.append(
            ToldLine(
                number=number,
                variant=item.variant,
                quantity=quantity,
                price=item.price,
                original=item.original,
                shown=item.shown,
                source=item.source,
                listed=left[place] + off[place],
                discounts=tuple(cuts[place]),
                tax_included=item.included,
                taxes=result.taxes,
                relief=result.relief,
                total=left[place] + result.added - result.relief,
            )
        )
    return told


def _told(cut: Cut, amount: int) -> ToldCut:
    return ToldCut(cut.promotion, cut.lane.value, amount, cut.coupon)


def _gift(case: Case, number: int, promotion: str, coupon: str | None, variant: VariantId, quantity: int) -> ToldLine:
    found = gift_price(case, Gift(variant, quantity))
    assert found is not None
    price, source, included = found
    base = base_price(case, variant, quantity)
    listed = divide(price.amount.minor * quantity, price.per, case.policy.rounding)
    return ToldLine(
        number=number,
        variant=variant,
        quantity=quantity,
        price=price,
        original=base if base.amount.currency == case.cart.currency else price,
        shown=price,
        source=source,
        listed=listed,
        discounts=(ToldCut(promotion, "item", listed, coupon),) if listed else (),
        tax_included=included,
        taxes=(),
        relief=0,
        total=0,
        gift=promotion,
    )


def shipping(case: Case, state: State) -> ToldShipping | None:
    """The charge with its discounts and its tax: a unit and a line of its own."""
    charge, included = state.shipping, case.policy.tax_included
    if charge is None:
        return None
    components = components_of(case, charge.method.tax_category)
    tax = tax_on(case, charge.left, components, included)
    if case.policy.tax_basis is TaxBasis.ORDER:
        _, tax = taxes_by_order(case, state)
    result = taxed(case, charge.left, tax, components, included)
    return ToldShipping(
        method=charge.method.id,
        listed=charge.charge,
        discounts=tuple(_told(cut, cut.amount) for cut in charge.cuts),
        tax_included=included,
        taxes=result.taxes,
        relief=result.relief,
        total=charge.left + result.added - result.relief,
    )


# Step 9: paying in parts


def instalments(case: Case, state: State, told: list[ToldLine], total: int) -> tuple[ToldInstalment, ...]:
    """What is paid when; at once is what no deposit puts off."""
    later: dict[tuple[str, str], int] = {}
    for variant, deposit in state.deposits.items():
        whole = sum(line.total for line in told if line.variant == variant and line.gift is None)
        at_once = divide(whole * share(deposit.percent), 1, case.policy.rounding)
        moments = str(deposit.balance_from), str(deposit.balance_until)
        later[moments] = later.get(moments, 0) + whole - at_once
    told_later = [ToldInstalment(*moments, amount) for moments, amount in later.items() if amount]
    now = total - sum(later.values())
    return tuple(sorted([*([ToldInstalment("", "", now)] if now else []), *told_later]))
