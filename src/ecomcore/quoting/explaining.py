"""Why a cart costs what it does: the trail of a quote, as steps, as text to read out, and as plain data.

    trail(quote)      every amount with the rule it comes from; they add up to the quote's total
    render(quote)     the same in words, for a customer
    explained(quote)  the same as data that JSON can hold

All of it is read off the quote alone, so that a quote of long ago can still be explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from ecomcore.kernel.calendar import TimeZone
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CouponId
from ecomcore.kernel.money import Money, Price
from ecomcore.kernel.percent import WHOLE, Percent
from ecomcore.quoting.effects import Lane
from ecomcore.quoting.listing import CONVERTED
from ecomcore.quoting.prices import BASE
from ecomcore.quoting.quote import Discount, Quote, QuoteLine, ShippingCharge, TaxAmount
from ecomcore.quoting.wording import Row, aligned, answer_in_words, instalment_in_words, miss_in_words

__all__ = ["Step", "StepKind", "explained", "render", "trail"]


class StepKind(StrEnum):
    """What a step does to an amount."""

    LISTED = "listed"
    """The price in force, of all units of the line; or what delivery costs."""
    DISCOUNT = "discount"
    GIFT = "gift"
    """The whole price of a gift is taken off."""
    TAX_ADDED = "tax_added"
    TAX_CONTAINED = "tax_contained"
    """Part of the price already: the step's amount is nothing, the computation names it."""
    RELIEF = "relief"
    """Tax that is contained in the price and not owed is taken out."""


@frozen
class Step:
    """One step from the listed price to the total of a line; ``line`` is its number, and nothing for shipping.

    ``rule``: the id of the price list, delivery method or promotion, or the tax. ``base``: what the amount was
    computed of, a unit's price for ``LISTED``. ``amount`` is negative where something is taken off. ``share_of``: what
    the promotion took off in one go, where this is a share of it.
    """

    kind: StepKind
    line: int | None
    rule: str
    name: str
    base: Money
    computation: str
    amount: Money
    share_of: Money | None = None


def trail(quote: Quote) -> tuple[Step, ...]:
    """Every step of every line, then those of shipping.

    The amounts of a line's steps add up to its total, those of shipping to its total, and all to the quote's total.
    """
    codes = {each.coupon: each.code for each in quote.coupons if each.coupon is not None}
    found: list[Step] = []
    for line in quote.lines:
        listed = Step(
            StepKind.LISTED, line.number, line.source, line.name, line.price.amount, _listed(line), line.listed
        )
        found += (listed, *_changes(line, line.number, codes))
    if quote.shipping:
        charge = quote.shipping
        words = f"delivery by {charge.name}"
        found.append(Step(StepKind.LISTED, None, charge.method, charge.name, charge.listed, words, charge.listed))
        found += _changes(charge, None, codes)
    return tuple(found)


def _changes(of: QuoteLine | ShippingCharge, number: int | None, codes: Mapping[CouponId, str]) -> Iterator[Step]:
    kind = StepKind.GIFT if isinstance(of, QuoteLine) and of.gift else StepKind.DISCOUNT
    for each in of.discounts:
        words = "for nothing" if kind is StepKind.GIFT else _taken_off(each)
        if each.coupon is not None:
            words += f", coupon {codes.get(each.coupon, each.coupon)}"
        yield Step(kind, number, each.promotion, each.name, each.base, words, -each.amount, each.whole)
    for tax in of.taxes:
        if of.tax_included:
            words, nothing = f"{tax.percent} of {tax.base}, {tax.amount} contained", Money.zero(tax.amount.currency)
            yield Step(StepKind.TAX_CONTAINED, number, tax.name, tax.name, tax.base, words, nothing)
        else:
            words = f"{tax.percent} of {tax.base}"
            yield Step(StepKind.TAX_ADDED, number, tax.name, tax.name, tax.base, words, tax.amount)
    if not of.relief.is_zero:
        base, words = of.total + of.relief, "contained in the price and not owed"
        yield Step(StepKind.RELIEF, number, "relief", "Tax", base, words, -of.relief)


def _listed(line: QuoteLine) -> str:
    price, minor = line.price, line.price.amount.minor
    words = f"{line.quantity} x {_price(price)}" if price.per == 1 else f"{line.quantity} at {_price(price)}"
    if line.source == BASE:
        words += ", catalogue"
    elif line.source == CONVERTED:
        words += ", converted"
    else:
        words += f", price list {line.source}"
    if line.original != price:
        words += f" instead of {_price(line.original)}"
    if abs(line.listed.minor * price.per - minor * line.quantity) >= price.per:
        words += ", rounded together with its other lines"
    return words


def _price(price: Price) -> str:
    return str(price.amount) if price.per == 1 else f"{price.amount} per {price.per}"


def _taken_off(discount: Discount) -> str:
    whole = discount.whole or discount.amount
    if discount.percent is None:
        return f"{whole} off {discount.base}{', its share' if discount.whole else ''}"
    words = f"{discount.percent} of {discount.base}"
    if discount.lane is not Lane.CATALOGUE and _is_less(whole, discount.percent, discount.base):
        words += f", of which {whole} is possible"
    return f"{words}, its share of {whole}" if discount.whole else words


def _is_less(amount: Money, percent: Percent, base: Money) -> bool:
    """Whether an amount is below the share by more than rounding: a floor or a cap has cut it.

    Not to be asked of the catalogue, which rounds each unit.
    """
    return base.minor * percent.millionths - amount.minor * WHOLE >= WHOLE


# -- in words --------------------------------------------------------------------------------------------------------

_UTC: Final = TimeZone("UTC")


def render(quote: Quote, zone: TimeZone = _UTC) -> str:
    """The trail in words, to be read out to a customer; days and times as in ``zone``."""
    steps = trail(quote)
    blocks = [_of_line(line, steps) for line in quote.lines]
    if quote.lines:
        blocks.append(_of_goods(quote, steps))
    if quote.shipping:
        blocks.append(_of_shipping(quote.shipping, steps))
    if quote.coupons:
        answers = ((f"  {each.code}: {answer_in_words(each, quote, zone)}", None) for each in quote.coupons)
        blocks.append([("Codes", None), *answers])
    refused = {each.promotion for each in quote.coupons if each.problem}
    misses = [each for each in quote.near_misses if each.promotion not in refused]
    if misses:
        missed = ((f"  {each.name}: {miss_in_words(each, quote)}", None) for each in misses)
        blocks.append([("Not applied, or not further", None), *missed])
    if quote.instalments:
        parts = ((f"  {instalment_in_words(each, zone)}", each.amount) for each in quote.instalments)
        blocks.append([("To be paid", None), *parts])
    blocks.append(_of_all(quote))
    return aligned(blocks)


def _of_line(line: QuoteLine, steps: Sequence[Step]) -> list[Row]:
    heading = f"{line.number}. {line.name} ({line.sku}){', a gift' if line.gift else ''}"
    return [(heading, None), *_rows([step for step in steps if step.line == line.number], line.total)]


def _of_shipping(charge: ShippingCharge, steps: Sequence[Step]) -> list[Row]:
    return [("Shipping", None), *_rows([step for step in steps if step.line is None], charge.total)]


def _rows(steps: Sequence[Step], total: Money) -> Iterator[Row]:
    for step in steps:
        if step.kind in (StepKind.TAX_ADDED, StepKind.TAX_CONTAINED) and step.base.is_zero:
            continue
        amount = None if step.kind is StepKind.TAX_CONTAINED else step.amount
        yield f"  {step.computation if step.kind is StepKind.LISTED else f'{step.name}: {step.computation}'}", amount
    if len(steps) > 1:
        yield "  together", total


def _of_goods(quote: Quote, steps: Sequence[Step]) -> list[Row]:
    """The sums of the lines' steps, one for each rule."""
    sums = {StepKind.LISTED.value: ("  listed", 0)}
    for step in steps:
        if step.line is None or step.kind is StepKind.TAX_CONTAINED:
            continue
        key = step.kind.value if step.kind is StepKind.LISTED else f"{step.kind} {step.rule}"
        name, minor = sums.get(key, (f"  {step.name}", 0))
        sums[key] = name, minor + step.amount.minor
    rows = [(name, Money(minor, quote.currency)) for name, minor in sums.values()]
    return [("Goods", None), *rows, *([("  together", quote.goods)] if len(rows) > 1 else [])]


def _of_all(quote: Quote) -> list[Row]:
    rows: list[Row] = [("Total", quote.total)]
    if not quote.discount.is_zero:
        rows.append(("  saved", quote.discount))
    everything: list[QuoteLine | ShippingCharge] = [*quote.lines, *([quote.shipping] if quote.shipping else [])]
    for charged in everything:
        for tax in charged.taxes:
            _add(rows, f"  {'contains' if charged.tax_included else 'plus'} {tax.name} {tax.percent}", tax)
    if quote.earns > 1:
        rows.append((f"  earns {quote.earns} times the points", None))
    if quote.group_buys:
        rows.append(("  holds if enough buyers join", None))
    return rows


def _add(rows: list[Row], label: str, tax: TaxAmount) -> None:
    for index, (known, amount) in enumerate(rows):
        if known == label and amount is not None:
            rows[index] = label, amount + tax.amount
            return
    rows.append((label, tax.amount))


# -- as data ---------------------------------------------------------------------------------------------------------


def explained(quote: Quote, zone: TimeZone = _UTC) -> dict[str, object]:
    """The trail as data that JSON can hold: amounts in minor units with their currency, moments in ISO 8601.

    ``text`` is what ``render`` says of a code or a near miss, ``percent`` decimal text such as ``12.5``.
    """
    steps = trail(quote)
    return {
        "currency": quote.currency,
        "lines": [_line_data(line, steps) for line in quote.lines],
        "goods": _money_data(quote.goods),
        "shipping": _shipping_data(quote.shipping, steps) if quote.shipping else None,
        "discount": _money_data(quote.discount),
        "tax": _money_data(quote.tax),
        "coupons": [
            {
                "code": each.code,
                "coupon": each.coupon,
                "promotion": each.promotion,
                "problem": each.problem.value if each.problem else None,
                "expired_at": _moment_data(each.expired_at),
                "text": answer_in_words(each, quote, zone),
            }
            for each in quote.coupons
        ],
        "near_misses": [
            {
                "promotion": each.promotion,
                "name": each.name,
                "miss": each.miss.value,
                "amount": _money_data(each.amount),
                "units": each.units,
                "saves": _money_data(each.saves),
                "percent": str(each.percent).removesuffix(" %") if each.percent else None,
                "text": miss_in_words(each, quote),
            }
            for each in quote.near_misses
        ],
        "instalments": [
            {
                "amount": _money_data(each.amount),
                "since": _moment_data(each.since),
                "until": _moment_data(each.until),
            }
            for each in quote.instalments
        ],
        "earns": quote.earns,
        "group_buys": list(quote.group_buys),
        "total": _money_data(quote.total),
    }


def _line_data(line: QuoteLine, steps: Sequence[Step]) -> dict[str, object]:
    return {
        "number": line.number,
        "variant": line.variant,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "price": _price_data(line.price),
        "original": _price_data(line.original),
        "shown": _price_data(line.shown),
        "source": line.source,
        "gift": line.gift,
        "steps": [_step_data(step) for step in steps if step.line == line.number],
        "total": _money_data(line.total),
    }


def _shipping_data(charge: ShippingCharge, steps: Sequence[Step]) -> dict[str, object]:
    return {
        "method": charge.method,
        "name": charge.name,
        "steps": [_step_data(step) for step in steps if step.line is None],
        "total": _money_data(charge.total),
    }


def _step_data(step: Step) -> dict[str, object]:
    return {
        "kind": step.kind.value,
        "rule": step.rule,
        "name": step.name,
        "base": _money_data(step.base),
        "computation": step.computation,
        "amount": _money_data(step.amount),
        "share_of": _money_data(step.share_of),
    }


def _money_data(money: Money | None) -> dict[str, object] | None:
    return None if money is None else {"minor": money.minor, "currency": money.currency}


def _price_data(price: Price) -> dict[str, object]:
    return {"amount": _money_data(price.amount), "per": price.per}


def _moment_data(at: Instant | None) -> str | None:
    return None if at is None else at.isoformat()
