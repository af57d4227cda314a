"""What changed about an order after it was placed: facts, appended, each with what it does to the total.

The lines stay as they were bought. What a line costs now, and how many units are left of it, is derived: a part of a
line is worth its part of what was charged for it, and all parts together are worth all of it, to the last unit of
money.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.money import Currency, Money
from ecomcore.quoting import QuoteLine, ShippingCharge, TaxAmount

__all__ = ["SHIPPING", "WHOLE", "Amendment", "AmendmentKind", "LineState", "line_state", "repriced", "shipping_state"]

WHOLE = 0
"""Stands for the order as a whole where an amendment names a line."""
SHIPPING = -1
"""Stands for delivery where an amendment names a line."""


class AmendmentKind(StrEnum):
    """What was changed."""

    REMOVED = "removed"
    """Units that had not left were taken out, at what was charged for them; their stock is given back."""
    ADDED = "added"
    """A line was added; its amount is the line's total."""
    REPRICED = "repriced"
    """Staff gave a line another price."""
    CREDITED = "credited"
    """The buyer gets money back for units, for delivery, or for the order as a whole; no stock moves."""


@frozen
class Amendment:
    """One change of what an order costs. ``number`` counts from 1 without gaps.

    ``line`` is the number of a line, ``WHOLE`` or ``SHIPPING``. ``amount`` is what it adds to the order's total,
    negative where it takes away; ``taxes`` are the parts of it that are tax, signed alike. ``by`` names who did it.
    """

    number: int
    kind: AmendmentKind
    line: int
    units: int
    amount: Money
    reason: str
    by: str
    at: Instant
    taxes: tuple[TaxAmount, ...] = field(default=())


@frozen
class LineState:
    """A line as it stands: the ``units`` still bought, the ``total`` charged for them, and the tax in it."""

    units: int
    total: Money
    taxes: tuple[TaxAmount, ...]

    def part(self, units: int) -> tuple[Money, tuple[TaxAmount, ...]]:
        """What so many of the units cost, and the tax in it: of all units, all of it."""
        return self.share(units, self.units)

    def worth(self, amount: Money) -> tuple[Money, tuple[TaxAmount, ...]]:
        """An amount of the line, at most all of it, and the tax in that."""
        return (
            self.share(min(amount.minor, self.total.minor), self.total.minor)
            if self.total.minor
            else (
                Money.zero(amount.currency),
                (),
            )
        )

    def share(self, part: int, of: int) -> tuple[Money, tuple[TaxAmount, ...]]:
        """Such a share of it."""
        taxes = tuple(
            TaxAmount(tax.name, tax.percent, _share(tax.base, part, of), _share(tax.amount, part, of))
            for tax in self.taxes
        )
        return _share(self.total, part, of), taxes


def line_state(line: QuoteLine, amendments: Iterable[Amendment]) -> LineState:
    """What is left of a line, after all that was done to it."""
    own = [each for each in amendments if each.line == line.number and each.kind is not AmendmentKind.ADDED]
    gone = sum(each.units for each in own if each.kind is not AmendmentKind.REPRICED)
    return _state(line.quantity - gone, line.total, line.taxes, own)


def shipping_state(charge: ShippingCharge | None, amendments: Iterable[Amendment], currency: Currency) -> LineState:
    """What is left of what delivery cost."""
    if charge is None:
        return LineState(0, Money.zero(currency), ())
    return _state(1, charge.total, charge.taxes, [each for each in amendments if each.line == SHIPPING])


def repriced(state: LineState, price: Money, *, tax_included: bool) -> tuple[Money, tuple[TaxAmount, ...]]:
    """What the units of a line cost at another price for each, and the tax in it, at the rates it has."""
    whole = price * state.units
    rates = sum(tax.percent.millionths for tax in state.taxes)
    net = _rounded(whole.minor * _ONE, _ONE + rates) if tax_included else whole.minor
    tax = whole.minor - net if tax_included else _rounded(net * rates, _ONE)
    parts, left = [], tax
    for index, each in enumerate(state.taxes):
        last = index == len(state.taxes) - 1
        amount = left if last else _rounded(tax * each.percent.millionths, rates) if rates else 0
        left -= amount
        parts.append(TaxAmount(each.name, each.percent, Money(net, price.currency), Money(amount, price.currency)))
    return Money(net + tax, price.currency), tuple(parts)


_ONE = 1_000_000


def _rounded(numerator: int, denominator: int) -> int:
    """Half away from zero; the amounts are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def _state(units: int, total: Money, taxes: tuple[TaxAmount, ...], amendments: Iterable[Amendment]) -> LineState:
    for each in amendments:
        total += each.amount
        by_rate = {(tax.name, tax.percent): tax for tax in each.taxes}
        taxes = tuple(_plus(tax, by_rate.get((tax.name, tax.percent))) for tax in taxes)
    return LineState(units, total, taxes)


def _plus(tax: TaxAmount, change: TaxAmount | None) -> TaxAmount:
    if change is None:
        return tax
    return TaxAmount(tax.name, tax.percent, tax.base + change.base, tax.amount + change.amount)


def _share(amount: Money, part: int, of: int) -> Money:
    return Money(amount.minor * part // of, amount.currency)
