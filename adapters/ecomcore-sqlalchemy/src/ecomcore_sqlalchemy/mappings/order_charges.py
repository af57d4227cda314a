"""What was taken off the lines of an order and off its delivery, and the taxes on them, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import Percent
from ecomcore.ordering import Order
from ecomcore.quoting import Discount, Lane, TaxAmount
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.writes import Row

__all__ = ["NOTHING", "SHIPPING", "Charges", "charges_of", "fresh_charges"]

SHIPPING: Final = 0
"""Stands for delivery where a row names a line."""
Charges: TypeAlias = tuple[list[Discount], list[TaxAmount]]
NOTHING: Final[Charges] = ([], [])


def charges_of(rows: Sequence[Row], currency: Currency) -> Mapping[int, Charges]:
    """The discounts and taxes of each line; those of shipping under 0."""
    found: dict[int, Charges] = {}
    for _, line, kind, _, name, base, percent, amount, promotion, lane, whole, coupon in rows:
        discounts, taxes = found.setdefault(line, ([], []))
        share = None if percent is None else Percent(percent)
        if kind == "discount":
            discounts.append(
                Discount(
                    promotion,
                    name,
                    Lane(lane),
                    Money(base, currency),
                    Money(amount, currency),
                    share,
                    None if whole is None else Money(whole, currency),
                    coupon,
                )
            )
        else:
            taxes.append(TaxAmount(name, share or Percent(0), Money(base, currency), Money(amount, currency)))
    return found


def fresh_charges(before: Order | None, now: Order, _: Dialect) -> Iterable[Row]:
    for line in now.lines[len(before.lines) if before else 0 :]:
        yield from _charge_rows(now.id, line.number, line.discounts, line.taxes)
    if before is None and now.shipping is not None:
        yield from _charge_rows(now.id, SHIPPING, now.shipping.discounts, now.shipping.taxes)


def _charge_rows(order: OrderId, line: int, discounts: Iterable[Discount], taxes: Iterable[TaxAmount]) -> Iterable[Row]:
    for number, each in enumerate(discounts, 1):
        share = each.percent.millionths if each.percent else None
        whole = each.whole.minor if each.whole else None
        head = (order, line, "discount", number, each.name, each.base.minor, share, each.amount.minor)
        yield (*head, each.promotion, each.lane.value, whole, each.coupon)
    for number, tax in enumerate(taxes, 1):
        head = (order, line, "tax", number, tax.name, tax.base.minor, tax.percent.millionths, tax.amount.minor)
        yield (*head, None, None, None, None)
