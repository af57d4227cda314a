"""What must hold of an order's money: every amount is the sum of its parts, and no more moves than is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.kernel.money import Money
from ecomcore.ordering import EntryKind, Order, OrderState
from ecomcore.quoting import QuoteLine, ShippingCharge

__all__ = ["order_money"]

Row = tuple[str, ...]


def order_money(order: Order, waiting: frozenset[str]) -> Iterator[Breach]:
    """The breaches of one order; about those that are ``waiting`` something is still under way."""
    row = (f"order {order.id}",)
    lines, delivery = sum(line.total.minor for line in order.lines), _delivery(order)
    if lines + delivery != order.total.minor:
        yield Breach(
            "lines + delivery = order total",
            row,
            f"lines sum to {lines}, delivery is {delivery}, the total is {order.total.minor}",
        )
    for line in order.lines:
        yield from _charge(line, (*row, f"line {line.number}"))
    if order.shipping is not None:
        yield from _charge(order.shipping, (*row, "delivery"))
    yield from _listed(order, row)
    parts = sum(each.amount.minor for each in order.instalments)
    if order.instalments and parts != order.total.minor:
        yield Breach("instalments add up to the total", row, f"they sum to {parts}, the total is {order.total.minor}")
    currencies = {amount.currency for amount in _amounts(order)} | {order.ledger.currency}
    if len(currencies) > 1:
        yield Breach("one currency per order", row, ", ".join(sorted(currencies)))
    numbers = [entry.number for entry in order.ledger.entries]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Breach("no payment entry is lost", row, f"the ledger's entries are numbered {numbers}")
    yield from _payments(order, waiting)


def _delivery(order: Order) -> int:
    return order.shipping.total.minor if order.shipping else 0


def _charge(charge: QuoteLine | ShippingCharge, row: Row) -> Iterator[Breach]:
    """A line, or delivery, costs what it is listed at, less what is taken off, and with what is put on."""
    off = sum(each.amount.minor for each in charge.discounts)
    tax = 0 if charge.tax_included else sum(each.amount.minor for each in charge.taxes)
    costs = charge.listed.minor - off + tax - charge.relief.minor
    if charge.total.minor != costs:
        yield Breach(
            "total = listed - discounts + tax - relief",
            row,
            f"{charge.listed.minor} - {off} + {tax} - {charge.relief.minor} is not {charge.total.minor}",
        )


def _listed(order: Order, row: Row) -> Iterator[Breach]:
    """Lines of one variant share what it is listed at, which is rounded once, or once for each of them."""
    alike: dict[tuple[object, ...], list[QuoteLine]] = defaultdict(list)
    for line in order.lines:
        alike[line.variant, line.gift, line.price].append(line)
    for lines in alike.values():
        price, units = lines[0].price, sum(line.quantity for line in lines)
        listed = sum(line.listed.minor for line in lines)
        if abs(listed * price.per - price.amount.minor * units) >= price.per * len(lines):
            variant = f"variant {lines[0].variant}"
            yield Breach("listed = price x quantity", (*row, variant), f"{units} at {price} are not {listed}")


def _amounts(order: Order) -> Iterator[Money]:
    yield order.total
    charges: tuple[QuoteLine | ShippingCharge, ...] = order.lines
    if order.shipping is not None:
        charges = (*charges, order.shipping)
    for charge in charges:
        yield from (charge.listed, charge.relief, charge.total)
        yield from (discount.amount for discount in charge.discounts)
        yield from (tax.amount for tax in charge.taxes)
    for line in order.lines:
        yield from (line.price.amount, line.shown.amount, line.original.amount)
    yield from (part.amount for part in order.instalments)
    yield from (entry.amount for entry in order.ledger.entries)


def _payments(order: Order, waiting: frozenset[str]) -> Iterator[Breach]:
    row = (f"order {order.id}",)
    for balance in order.ledger.balances():
        payment = (*row, f"payment {balance.payment}")
        if balance.authorised > balance.intended:
            yield Breach("authorised <= intended", payment, f"{balance.authorised} > {balance.intended}")
        if balance.captured + balance.voided > balance.authorised:
            yield Breach(
                "captured + voided <= authorised",
                payment,
                f"{balance.captured} + {balance.voided} > {balance.authorised}",
            )
        if balance.refunded > balance.captured:
            yield Breach("refunded <= captured", payment, f"{balance.refunded} > {balance.captured}")
    held = order.ledger.covered.minor
    due = order.total.minor - held
    if order.state in (OrderState.CONFIRMED, OrderState.SHIPPED, OrderState.COMPLETED) and due > 0:
        yield Breach("a confirmed order is covered", row, f"{due} is covered by nothing")
    refused = any(entry.kind is EntryKind.REFUSED for entry in order.ledger.entries)
    taken = sum(balance.kept for balance in order.ledger.balances())
    costs = max(order.total.minor, sum(line.total.minor for line in order.lines) + _delivery(order))
    if order.state is not OrderState.CANCELLED and taken > costs and order.id not in waiting:
        yield Breach("no more is kept than the order costs", row, f"{taken} is kept, it costs {costs}")
    if order.state is OrderState.CANCELLED and held > 0 and not refused and order.id not in waiting:
        yield Breach("a cancelled order keeps no money", row, f"{held} is still held, and nothing is under way")
