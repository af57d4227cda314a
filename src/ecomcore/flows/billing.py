"""Answers the documents' questions from the orders and the shipments: what was charged, what is in a parcel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ecomcore import ordering
from ecomcore.documents import (
    Amendment,
    BillFacts,
    Billing,
    Charge,
    DeliveryLine,
    DocumentLine,
    PackingFacts,
    PaymentLine,
    TaxPart,
)
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import OrderId, ShipmentId
from ecomcore.kernel.money import Money, allocate, money_sum
from ecomcore.kernel.percent import Percent
from ecomcore.ordering import SHIPPING, WHOLE, AmendmentKind, Ledger, LineState, Order, Orders, OrderState
from ecomcore.quoting import QuoteLine, ShippingCharge, TaxAmount
from ecomcore.shipping import Shipments

__all__ = ["OrderBilling"]

_CALLED_OFF = 1_000_000
"""The number of what takes everything off the bill of a cancelled order: beyond those of its amendments."""

_BY_GATEWAY = "gateway"


class OrderBilling(Billing):
    """The bills of the shop's own orders, as they were charged."""

    def __init__(self, orders: Orders, shipments: Shipments) -> None:
        self._orders = orders
        self._shipments = shipments

    def of_order(self, order: OrderId) -> BillFacts:
        known = self._orders.get(order)
        off = known.state is OrderState.CANCELLED
        return BillFacts(
            owner=known.buyer,
            number=known.number or known.id,
            placed_at=known.placed_at,
            currency=known.total.currency,
            lines=() if off else tuple(_lines(known)),
            delivery=None if off or known.shipping is None else _delivery(known.shipping, known.delivery),
            total=Money.zero(known.total.currency) if off else known.total,
            recipient=known.bill_to or known.ship_to,
            vat_id=known.vat_id,
            payments=tuple(_payments(known.ledger)),
            amendments=(*_amendments(known), *(_called_off(known) if off else ())),
        )

    def of_shipment(self, order: OrderId, shipment: ShipmentId) -> PackingFacts:
        known = self._orders.get(order)
        packed = next((each for each in self._shipments.of_order(order) if each.id == shipment), None)
        if packed is None:
            raise NotFound("Shipment", shipment)
        named = {line.variant: line for line in reversed(known.lines)}
        return PackingFacts(
            owner=known.buyer,
            number=known.number or known.id,
            placed_at=known.placed_at,
            lines=tuple(
                DocumentLine(number, named[line.variant].sku, named[line.variant].name, line.quantity)
                for number, line in enumerate(packed.lines, 1)
            ),
            recipient=known.ship_to,
        )


def _lines(order: Order) -> Iterator[DocumentLine]:
    """What is left of each line; one of which nothing is left is no line."""
    repriced = {each.line for each in order.amendments if each.kind is AmendmentKind.REPRICED}
    for line in order.lines:
        state = order.line(line.number)
        if state.units or not state.total.is_zero:
            charge = _line_charge(line, state, repriced=line.number in repriced)
            yield DocumentLine(line.number, line.sku, line.name, state.units, charge)


def _line_charge(line: QuoteLine, state: LineState, *, repriced: bool) -> Charge:
    """A price that staff gave has replaced the price and all discounts; of fewer units there is less discount."""
    if repriced:
        return _charge(state.total, state.taxes, Money.zero(state.total.currency))
    discount = Money(line.discount.minor * state.units // line.quantity, state.total.currency)
    charge = _charge(state.total, state.taxes, discount)
    return Charge(charge.net, charge.taxes, charge.total, charge.discount, line.price)


def _delivery(shipping: ShippingCharge, state: LineState) -> DeliveryLine:
    discount = money_sum((each.amount for each in shipping.discounts), state.total.currency)
    return DeliveryLine(shipping.name, _charge(state.total, state.taxes, discount))


def _charge(total: Money, taxes: Iterable[TaxAmount], discount: Money) -> Charge:
    parts = _taxes(taxes, total)
    tax = money_sum((part.amount for part in parts), total.currency)
    return Charge(total - tax, parts, total, discount)


def _taxes(taxes: Iterable[TaxAmount], total: Money) -> tuple[TaxPart, ...]:
    """The taxes in an amount. The shares of an amount may be a cent apart: none is below zero, or more than it all."""
    parts, left = [], total.minor
    for each in taxes:
        amount = min(max(0, each.amount.minor), left)
        left -= amount
        base = Money(max(0, each.base.minor), total.currency)
        parts.append(TaxPart(each.name, each.percent, base, Money(amount, total.currency)))
    return tuple(parts)


def _payments(ledger: Ledger) -> Iterator[PaymentLine]:
    """What was taken and not given back, payment by payment."""
    for balance in ledger.balances():
        if balance.kept > 0:
            yield PaymentLine(balance.method or _BY_GATEWAY, Money(balance.kept, ledger.currency))


def _amendments(order: Order) -> Iterator[Amendment]:
    """What was taken off. What was added is on the bill; a credit for the order as a whole is on no line of it."""
    lines = {line.number: line for line in order.lines}
    for each in order.amendments:
        if each.amount.is_negative:
            line = lines.get(each.line)
            yield Amendment(
                number=each.number,
                line=line.number if line else None,
                sku=line.sku if line else "",
                name=_name_of(order, line, each.line),
                units=each.units,
                amount=-each.amount,
                taxes=_taxes((_turned(tax) for tax in each.taxes), -each.amount),
                reason=each.reason,
                netted=each.line != WHOLE,
            )


def _name_of(order: Order, line: QuoteLine | None, number: int) -> str:
    if line is not None:
        return line.name
    return order.shipping.name if number == SHIPPING and order.shipping else (order.number or order.id)


def _turned(tax: TaxAmount) -> TaxAmount:
    return TaxAmount(tax.name, tax.percent, -tax.base, -tax.amount)


def _called_off(order: Order) -> Iterator[Amendment]:
    """All that the order still charged when it was called off, and all the tax in that: what was credited for the order
    as a whole is taken from all parts of it alike.
    """
    parts = [(line, order.line(line.number)) for line in order.lines] + [(None, order.delivery)]
    charged = [(line, state) for line, state in parts if not state.total.is_zero]
    if not charged:
        return
    amounts = allocate(order.total, [state.total.minor for _, state in charged])
    taxes = _shares([state for _, state in charged], [each for each in order.amendments if each.line == WHOLE])
    for (line, state), amount, own in zip(charged, amounts, taxes, strict=True):
        if not amount.is_zero:
            yield Amendment(
                number=_CALLED_OFF,
                line=line.number if line else None,
                sku=line.sku if line else "",
                name=_name_of(order, line, SHIPPING),
                units=state.units if line else 0,
                amount=amount,
                taxes=_taxes(own, amount),
            )


def _shares(states: Sequence[LineState], credits: Iterable[ordering.Amendment]) -> list[list[TaxAmount]]:
    """What is left of each tax after these credits, parted among what it is charged for."""
    left: dict[tuple[str, Percent], tuple[Money, Money]] = {}
    for tax in chain((tax for each in states for tax in each.taxes), (tax for each in credits for tax in each.taxes)):
        base, amount = left.get((tax.name, tax.percent), (tax.base - tax.base, tax.amount - tax.amount))
        left[tax.name, tax.percent] = (base + tax.base, amount + tax.amount)
    shares: list[list[TaxAmount]] = [[] for _ in states]
    for (name, percent), (base, amount) in left.items():
        own = [_of(state, name, percent) for state in states]
        bases = allocate(base, [max(0, tax.base.minor) if tax else 0 for tax in own])
        amounts = allocate(amount, [max(0, tax.amount.minor) if tax else 0 for tax in own])
        for known, share, its_base, its_amount in zip(own, shares, bases, amounts, strict=True):
            if known is not None:
                share.append(TaxAmount(name, percent, its_base, its_amount))
    return shares


def _of(state: LineState, name: str, percent: Percent) -> TaxAmount | None:
    return next((tax for tax in state.taxes if (tax.name, tax.percent) == (name, percent)), None)
