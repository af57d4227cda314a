"""What must hold of an order's money: every amount is the sum of its parts, and no more moves than is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.kernel.money import Money
from ecomcore.ordering import (
    CREDIT,
    MANUAL,
    SHIPPING,
    WHOLE,
    AmendmentKind,
    EntryKind,
    Order,
    OrderState,
    PaymentBalance,
)
from ecomcore.quoting import QuoteLine, ShippingCharge

__all__ = ["order_money"]

Row = tuple[str, ...]


def order_money(order: Order, waiting: frozenset[str]) -> Iterator[Breach]:
    """The breaches of one order; about those that are ``waiting`` something is still under way."""
    row = (f"order {order.id}",)
    yield from _total(order, row)
    for line in order.lines:
        yield from _charge(line, (*row, f"line {line.number}"))
    if order.shipping is not None:
        yield from _charge(order.shipping, (*row, "delivery"))
    yield from _listed(order, row)
    yield from _amendments(order, row)
    currencies = {amount.currency for amount in _amounts(order)} | {order.ledger.currency}
    if len(currencies) > 1:
        yield Breach("one currency per order", row, ", ".join(sorted(currencies)))
    numbers = [entry.number for entry in order.ledger.entries]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Breach("no payment entry is lost", row, f"the ledger's entries are numbered {numbers}")
    for balance in order.ledger.balances():
        yield from _payment(order, balance, (*row, f"payment {balance.payment}"))
    yield from _answers(order, row)
    yield from _covered(order, row)
    if order.id not in waiting:
        yield from _kept(order, row)


# What it costs -----------------------------------------------------------------------------------------------------


def _total(order: Order, row: Row) -> Iterator[Breach]:
    """What was bought, then or later, and what was changed about it. A line that was added is among the lines."""
    lines, delivery = _lines(order), _delivery(order)
    changed = sum(each.amount.minor for each in order.amendments if each.kind is not AmendmentKind.ADDED)
    if lines + delivery + changed != order.total.minor:
        yield Breach(
            "lines + delivery + amendments = order total",
            row,
            f"lines sum to {lines}, delivery is {delivery}, amendments {changed}, the total is {order.total.minor}",
        )
    parts = sum(each.amount.minor for each in order.instalments)
    placed = order.total.minor - sum(each.amount.minor for each in order.amendments)
    if order.instalments and parts != placed:
        yield Breach("instalments add up to the total", row, f"they sum to {parts}, the total was {placed}")


def _lines(order: Order) -> int:
    return sum(line.total.minor for line in order.lines)


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


def _amendments(order: Order, row: Row) -> Iterator[Breach]:
    """None is lost, each is about something of the order, and none takes away more than was there."""
    numbers = [each.number for each in order.amendments]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Breach("no amendment is lost", row, f"they are numbered {numbers}")
    known = {WHOLE, *(line.number for line in order.lines)} | ({SHIPPING} if order.shipping else set())
    for each in order.amendments:
        if each.line not in known:
            yield Breach("an amendment is about a line of the order", row, f"number {each.number} is about {each.line}")
    for line in order.lines:
        state = order.line(line.number)
        if state.units < 0 or state.total.is_negative:
            where = (*row, f"line {line.number}")
            yield Breach("what is left of a line is not below zero", where, f"{state.units} units for {state.total}")
    if order.delivery.total.is_negative:
        yield Breach("what is left of a line is not below zero", (*row, "delivery"), f"{order.delivery.total}")


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
    yield from (each.amount for each in order.amendments)
    yield from (entry.amount for entry in order.ledger.entries)


# What was paid -----------------------------------------------------------------------------------------------------


def _payment(order: Order, balance: PaymentBalance, row: Row) -> Iterator[Breach]:
    """No more is done with the money of one payment than there is, and no more is asked for."""
    asked = _asked(order, balance)
    for rule, part, whole in (
        ("authorised <= intended", balance.authorised, balance.intended),
        ("captured + voided <= authorised", balance.captured + balance.voided, balance.authorised),
        ("refunded <= captured", balance.refunded, balance.captured),
        ("charged back <= captured", balance.charged_back, balance.captured),
        ("won back <= charged back", -balance.charged_back, 0),
        ("asked to capture <= authorised", asked[EntryKind.CAPTURE_REQUESTED], balance.authorised),
        ("asked to void <= authorised", asked[EntryKind.VOID_REQUESTED], balance.authorised),
        ("asked to refund <= captured", asked[EntryKind.REFUND_REQUESTED], balance.captured),
    ):
        if part > whole:
            yield Breach(rule, row, f"{part} > {whole}")


_REQUESTS = (EntryKind.CAPTURE_REQUESTED, EntryKind.VOID_REQUESTED, EntryKind.REFUND_REQUESTED)
_REFUSALS = (EntryKind.REFUSED, EntryKind.VOID_REFUSED, EntryKind.REFUND_REFUSED, EntryKind.ANSWERED)


def _asked(order: Order, balance: PaymentBalance) -> dict[EntryKind, int]:
    """What providers were asked for, less what they would not do, or were asked again."""
    own = [entry for entry in order.ledger.entries if entry.payment == balance.payment]
    void = {entry.request for entry in own if entry.kind in _REFUSALS}
    return {
        kind: sum(entry.amount.minor for entry in own if entry.kind is kind and entry.reference not in void)
        for kind in _REQUESTS
    }


def _answers(order: Order, row: Row) -> Iterator[Breach]:
    """Whoever has not answered will be asked. What is asked of the shop's own wallet is done at once."""
    requests = {(entry.payment, entry.reference) for entry in order.ledger.entries if entry.kind in _REQUESTS}
    answered = [(entry.payment, entry.request) for entry in order.ledger.entries if entry.request]
    for payment, request in dict.fromkeys(answered):
        times = answered.count((payment, request)) if (payment, request) in requests else 0
        if times != 1:
            found = f"{request} is answered {times} times" if times else f"nobody has asked for {request}"
            yield Breach("an answer is to one request", (*row, f"payment {payment}"), found)
    unanswered = [b for b in order.ledger.balances() if b.method not in (CREDIT, MANUAL)]
    asked = [b for b in unanswered if b.capturing or b.voiding or b.refunding]
    if asked and order.ask_at is None:
        names = ", ".join(balance.payment for balance in asked)
        yield Breach("what has no answer will be asked for", row, f"payments {names}, and nobody will ask")
    if order.ask_at is not None and not asked and all(balance.settled for balance in unanswered):
        yield Breach("what has no answer will be asked for", row, f"everything has, but it is asked at {order.ask_at}")
    for balance in order.ledger.balances():
        if balance.method == CREDIT and (balance.capturing or balance.voiding or balance.refunding):
            yield Breach("credit moves at once", (*row, f"payment {balance.payment}"), "something is still under way")


def _covered(order: Order, row: Row) -> Iterator[Breach]:
    """What is promised or taken covers an order that goes on: but what an edit has added is due until the goods leave,
    and so is what a provider has given back or let go without having been asked.
    """
    if order.state in (OrderState.PLACED, OrderState.CANCELLED):
        return
    asked = [(balance, _asked(order, balance)) for balance in order.ledger.balances()]
    lost = sum(max(0, balance.voided - max(0, each[EntryKind.VOID_REQUESTED])) for balance, each in asked)
    if order.state is OrderState.CONFIRMED:
        lost += sum(max(0, each.amount.minor) for each in order.amendments)
        lost += sum(max(0, balance.refunded - max(0, each[EntryKind.REFUND_REQUESTED])) for balance, each in asked)
    due = order.total.minor - order.ledger.covered.minor
    if due > lost:
        yield Breach("a confirmed order is covered", row, f"{due} is covered by nothing")


def _kept(order: Order, row: Row) -> Iterator[Breach]:
    """What the shop holds and has not asked anybody to give back: no more than the order costs. What a provider would
    not give back is known to staff.
    """
    balances = list(order.ledger.balances())
    refused = order.ledger.sum(EntryKind.VOID_REFUSED, EntryKind.REFUND_REFUSED).minor
    taken = sum(balance.returnable for balance in balances) - refused
    if order.state is OrderState.CANCELLED:
        held = taken + sum(balance.free for balance in balances)
        if held > 0:
            yield Breach("a cancelled order keeps no money", row, f"{held} is still held, and nothing is under way")
        return
    costs = max(order.total.minor, _lines(order) + _delivery(order) if not order.amendments else 0)
    if taken > costs:
        yield Breach("no more is kept than the order costs", row, f"{taken} is kept, it costs {costs}")
