"""From the outcome of an evaluation to the quote: amounts divided among lines, and written down with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import maker
from ecomcore.kernel.ids import CouponId, PromotionId
from ecomcore.kernel.money import MAX_MINOR, Price, allocate_trusted, divide
from ecomcore.kernel.percent import WHOLE
from ecomcore.quoting.applying import SHIPPING_INDEX, Off, Present, Run, spread
from ecomcore.quoting.coins import Coins
from ecomcore.quoting.effects import Lane
from ecomcore.quoting.errors import OrderTooLarge
from ecomcore.quoting.plans import Plan
from ecomcore.quoting.quote import Discount, Instalment, QuoteLine, ShippingCharge, Take, TaxAmount
from ecomcore.quoting.selecting import Item
from ecomcore.quoting.taxes import DeliveryMethod
from ecomcore.quoting.taxing import Portion, Taxed

__all__ = ["Outcome", "instalments", "lines", "portions_of", "presents", "shipping", "takes"]

_A_LINE: Final = maker(QuoteLine)
_A_DISCOUNT: Final = maker(Discount)
_A_TAX: Final = maker(TaxAmount)


class Outcome(NamedTuple):
    """An evaluated plan: what is left of everything, by line, and its tax."""

    run: Run
    plan: Plan
    portions: Sequence[Sequence[Portion]]
    goods: Sequence[Taxed]
    carriage: Taxed
    shipping_included: bool

    def cost(self) -> int:
        """What the buyer pays in all."""
        total = sum(self.run.left) + self.run.shipping + _more(self.carriage, self.shipping_included)
        for item, taxed in zip(self.run.facts.items, self.goods, strict=True):
            total += _more(taxed, item.included)
        return total


def _more(taxed: Taxed, included: bool) -> int:
    """What tax adds to an amount, or relief takes away."""
    return -sum(taxed.reliefs) if included else sum(taxed.taxes)


def portions_of(item: Item, left: int) -> Sequence[Portion]:
    """What is left of an item, divided among its lines by quantity."""
    if len(item.lines) == 1:
        return (Portion(left, item.quantity),)
    quantities = [quantity for _, quantity in item.lines]
    parts = allocate_trusted(left, quantities)
    return [Portion(part, quantity) for part, quantity in zip(parts, quantities, strict=True)]


def lines(outcome: Outcome, coin: Coins) -> list[QuoteLine]:
    """The cart's lines in their order. Raises ``OrderTooLarge``."""
    run = outcome.run
    offs: list[list[Off]] = [list(item.taken) for item in run.facts.items]
    for off in run.offs:
        if off.index != SHIPPING_INDEX:
            offs[off.index].append(off)
    made: dict[int, QuoteLine] = {}
    for index, item in enumerate(run.facts.items):
        portions, taxed = outcome.portions[index], outcome.goods[index]
        own = offs[index]
        shares = [[off.amount for off in own]] if len(portions) == 1 else _shares(item, own, portions)
        for place, (number, quantity) in enumerate(item.lines):
            amount = portions[place].amount
            made[number] = _line(number, quantity, item, amount, shares[place], own, taxed, place, coin)
    return [made[number] for number in sorted(made)]


def _shares(item: Item, offs: Sequence[Off], portions: Sequence[Portion]) -> list[list[int]]:
    """Every discount of an item divided among its lines.

    A line whose price is that of one unit is listed at exactly that, times its quantity; all that is more than its
    portion is discount. Where a price is that of many units, the discounts are divided by quantity.
    """
    quantities = [quantity for _, quantity in item.lines]
    if item.per == 1:
        rest = [item.amount * part.units - part.amount for part in portions]
    else:
        rest = allocate_trusted(sum([off.amount for off in offs]), quantities)
    by_line: list[list[int]] = [[] for _ in quantities]
    for off in offs:
        for place, part in enumerate(spread(off.amount, quantities, rest)):
            by_line[place].append(part)
            rest[place] -= part
    return by_line


def _line(
    number: int,
    quantity: int,
    item: Item,
    amount: int,
    shares: Sequence[int],
    offs: Sequence[Off],
    taxed: Taxed,
    place: int,
    coin: Coins,
) -> QuoteLine:
    tax = taxed.taxes[place] if taxed.taxes else 0
    relief = taxed.reliefs[place] if taxed.reliefs else 0
    total = amount - relief if item.included else amount + tax
    if total > MAX_MINOR:
        raise OrderTooLarge(item.variant)
    offer = item.offer
    return _A_LINE(  # type: ignore[no-any-return]
        number,
        item.variant,
        offer.sku,
        offer.name,
        quantity,
        item.price,
        item.original,
        item.price if item.shown == item.amount else Price(coin[item.shown], item.per),
        item.source,
        coin[amount + sum(shares)],
        _discounts(offs, shares, coin) if offs else (),
        item.included,
        _components(taxed, amount, tax, item.included, coin) if taxed.components else (),
        coin[relief],
        coin[total],
        None,
        offer.seller,
    )


def _discounts(offs: Sequence[Off], shares: Sequence[int], coin: Coins) -> tuple[Discount, ...]:
    found = []
    for off, share in zip(offs, shares, strict=True):
        if share:
            rule, whole = off.rule, off.whole or off.amount
            found.append(
                _A_DISCOUNT(
                    rule.promotion,
                    rule.terms.name,
                    off.lane,
                    coin[off.base],
                    coin[share],
                    off.percent,
                    coin[whole] if share != whole else None,
                    off.coupon,
                )
            )
    return tuple(found)


def _components(taxed: Taxed, amount: int, tax: int, included: bool, coin: Coins) -> tuple[TaxAmount, ...]:
    base = coin[amount - tax if included else amount]
    components = taxed.components
    if len(components) == 1:
        return (_A_TAX(components[0].name, components[0].percent, base, coin[tax]),)
    if len(components) == 2:
        first, second = components
        part = _first_of_two(tax, first.percent.millionths, second.percent.millionths)
        return (
            _A_TAX(first.name, first.percent, base, coin[part]),
            _A_TAX(second.name, second.percent, base, coin[tax - part]),
        )
    parts = allocate_trusted(tax, [each.percent.millionths for each in components])
    return tuple(
        _A_TAX(each.name, each.percent, base, coin[part]) for each, part in zip(components, parts, strict=True)
    )


def _first_of_two(amount: int, first: int, second: int) -> int:
    """The first part of an amount allocated to two weights by largest remainder."""
    whole = first + second
    if not whole:
        return amount - amount // 2
    part, rest = divmod(amount * first, whole)
    return part + 1 if 2 * rest >= whole else part


def presents(outcome: Outcome, first: int, coin: Coins) -> list[QuoteLine]:
    """The lines of the gifts, in order of their promotions."""
    return [_present(number, each, coin) for number, each in enumerate(outcome.run.presents, first)]


def _present(number: int, present: Present, coin: Coins) -> QuoteLine:
    offer, price, quantity, listed = present.gift
    rule = present.rule
    discount = Discount(
        rule.promotion, rule.terms.name, Lane.ITEM, coin[listed], coin[listed], None, None, present.coupon
    )
    return QuoteLine(
        number,
        offer.variant,
        offer.sku,
        offer.name,
        quantity,
        price.price,
        price.original,
        price.price,
        price.source,
        coin[listed],
        (discount,) if listed else (),
        price.included,
        (),
        coin[0],
        coin[0],
        rule.promotion,
        offer.seller,
    )


def shipping(outcome: Outcome, method: DeliveryMethod, coin: Coins) -> ShippingCharge:
    """What delivery costs."""
    run, taxed = outcome.run, outcome.carriage
    offs = [off for off in run.offs if off.index == SHIPPING_INDEX]
    tax = taxed.taxes[0] if taxed.taxes else 0
    relief = taxed.reliefs[0] if taxed.reliefs else 0
    included = outcome.shipping_included
    return ShippingCharge(
        method.id,
        method.name,
        coin[run.charge or 0],
        _discounts(offs, [off.amount for off in offs], coin),
        included,
        _components(taxed, run.shipping, tax, included, coin) if taxed.components else (),
        coin[relief],
        coin[run.shipping - relief if included else run.shipping + tax],
    )


def takes(outcome: Outcome, coin: Coins) -> tuple[Take, ...]:
    """What the order takes of limits and budgets, of the promotions that count something."""
    run = outcome.run
    if not (run.facts.taken or any(rule.counted for rule in outcome.plan)):
        return ()
    given: dict[tuple[PromotionId, CouponId | None], list[int]] = {key: list(value) for key, value in run.given.items()}
    rules = {rule.promotion: rule for rule in outcome.plan}
    for item in run.facts.items:
        for off in item.taken:
            rules[off.rule.promotion] = off.rule
            sums = given.setdefault((off.rule.promotion, None), [0, 0])
            sums[1] += off.amount
        for promotion, units in item.counted.items():
            given[promotion, None][0] += units
    return tuple(
        Take(rule.promotion, units, coin[amount], coupon, rule.terms.campaign)
        for (promotion, coupon), (units, amount) in sorted(given.items(), key=_by_name)
        if (rule := rules[promotion]).counted
    )


def _by_name(given: tuple[tuple[PromotionId, CouponId | None], object]) -> tuple[str, str]:
    (promotion, coupon), _ = given
    return promotion, coupon or ""


def instalments(outcome: Outcome, made: Sequence[QuoteLine], total: int, coin: Coins) -> tuple[Instalment, ...]:
    """What is to be paid when; nothing where all is paid at once."""
    run = outcome.run
    if not run.deferred:
        return ()
    later: dict[tuple[Instant, Instant], int] = {}
    for index, deposit in run.deferred.items():
        worth = sum(made[number - 1].total.minor for number, _ in run.facts.items[index].lines)
        now = divide(worth * deposit.percent.millionths, WHOLE, run.rounding)
        moments = deposit.balance_from, deposit.balance_until
        later[moments] = later.get(moments, 0) + worth - now
    rest = [Instalment(coin[amount], *moments) for moments, amount in sorted(later.items()) if amount]
    return (Instalment(coin[total - sum(each.amount.minor for each in rest)]), *rest) if rest else ()
