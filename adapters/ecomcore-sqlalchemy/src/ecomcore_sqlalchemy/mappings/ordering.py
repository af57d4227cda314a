"""Orders, with their lines and the ledger of their payments, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.ids import OrderId, PaymentId, VariantId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.ordering import Capture, EntryKind, Ledger, LedgerEntry, Order, OrderLine, OrderState
from ecomcore_sqlalchemy import tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _order_values(order: Order, dialect: Dialect) -> Row:
    return (
        order.state.value,
        order.buyer,
        order.channel,
        order.total.currency,
        order.total.minor,
        order.capture.value,
        order.location,
        dialect.instant(order.placed_at),
    )


def _order(row: Row, parts: Parts, dialect: Dialect) -> Order:
    id_, version, told, state, buyer, channel, code, total, capture, location, placed_at = row
    currency = Currency(code)
    return Order(
        id=OrderId(id_),
        version=version,
        told=told,
        buyer=buyer,
        channel=channel,
        total=Money(total, currency),
        capture=Capture(capture),
        location=location,
        placed_at=dialect.moment(placed_at),
        state=OrderState(state),
        lines=tuple(
            OrderLine(
                number,
                VariantId(variant),
                sku,
                name,
                quantity,
                Price(Money(price, currency), per),
                Money(line_total, currency),
            )
            for _, number, variant, sku, name, quantity, price, per, line_total in parts[0]
        ),
        ledger=Ledger(
            currency,
            tuple(
                LedgerEntry(
                    number,
                    EntryKind(kind),
                    PaymentId(payment),
                    Money(amount, currency),
                    reference,
                    dialect.moment(at),
                )
                for _, number, kind, payment, amount, reference, at in parts[1]
            ),
        ),
    )


def _fresh_order_lines(before: Order | None, now: Order, _: Dialect) -> Iterable[Row]:
    if before is None:
        for line in now.lines:
            price = line.price
            yield (
                now.id,
                line.number,
                line.variant,
                line.sku,
                line.name,
                line.quantity,
                price.amount.minor,
                price.per,
                line.total.minor,
            )


def _fresh_entries(before: Order | None, now: Order, dialect: Dialect) -> Iterable[Row]:
    known = len(before.ledger.entries) if before else 0
    for entry in now.ledger.entries[known:]:
        at = dialect.instant(entry.at)
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.payment,
            entry.amount.minor,
            entry.reference,
            at,
        )


MAPPED: Mapping[type, Mapped[Any]] = {
    Order: Mapped(
        Order,
        tables.orders,
        ("state",),
        ("buyer", "channel", "currency", "total", "capture", "location", "placed_at"),
        _order_values,
        _order,
        (
            Part(
                tables.order_lines,
                (
                    "order",
                    "number",
                    "variant",
                    "sku",
                    "name",
                    "quantity",
                    "price",
                    "per",
                    "total",
                ),
                "number",
                _fresh_order_lines,
            ),
            Part(
                tables.payment_entries,
                ("order", "number", "kind", "payment", "amount", "reference", "at"),
                "number",
                _fresh_entries,
            ),
        ),
    ),
}
