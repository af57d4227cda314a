"""Orders, with their lines and the ledger of their payments, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.address import Address
from ecomcore.kernel.ids import OrderId, PaymentId, PromotionId, VariantId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.ordering import Capture, EntryKind, HeardNotice, Ledger, LedgerEntry, Order, OrderState
from ecomcore.quoting import Instalment, QuoteLine, ShippingCharge
from ecomcore_sqlalchemy import order_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.mappings.order_charges import NOTHING, SHIPPING, Charges, charges_of, fresh_charges
from ecomcore_sqlalchemy.mappings.order_details import (
    NOTICES,
    dumped_details,
    fresh_amendments,
    loaded_amendment,
    loaded_details,
    totals,
)
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _order_values(order: Order, dialect: Dialect) -> Row:
    charge, instalments, documents = order.shipping, order.instalments, dialect.documents
    captured, returned = totals(order.ledger)
    return (
        order.state.value,
        " ".join(order.waits_for),
        order.total.minor,
        None if order.ask_at is None else dialect.instant(order.ask_at),
        None if order.pay_by is None else dialect.instant(order.pay_by),
        captured,
        returned,
        len(order.amendments),
        dumped_details(order, dialect),
        "" if order.ship_to is None else documents.dump_value(order.ship_to, Address),
        order.buyer,
        order.channel,
        order.total.currency,
        order.capture.value,
        order.location,
        dialect.instant(order.placed_at),
        order.contact,
        order.redeems,
        order.earns,
        charge.method if charge else None,
        charge.name if charge else "",
        charge.listed.minor if charge else 0,
        charge.tax_included if charge else False,
        charge.relief.minor if charge else 0,
        charge.total.minor if charge else 0,
        documents.dump_value(instalments, tuple[Instalment, ...]) if instalments else "",
        order.number,
        order.capture_parts,
        "" if order.bill_to is None else documents.dump_value(order.bill_to, Address),
        order.terms,
        order.cart,
    )


def _order(row: Row, parts: Parts, dialect: Dialect) -> Order:
    id_, version, told, state, waits_for, total, ask_at, pay_by, _, _, _, details, ship_to, *fixed = row
    buyer, channel, code, capture, location, placed_at, contact, redeems, earns, *rest = fixed
    delivery, name, listed, included, relief, delivered, instalments, number, *last = rest
    capture_parts, bill_to, terms, cart = last
    documents = dialect.documents
    currency = Currency(code)
    charges = charges_of(parts[1], currency)
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
        lines=tuple(_line(line, charges.get(line[1], NOTHING), currency) for line in parts[0]),
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
                    method,
                    request,
                )
                for _, number, kind, payment, amount, reference, at, method, request in parts[2]
            ),
        ),
        shipping=None
        if delivery is None
        else ShippingCharge(
            delivery,
            name,
            Money(listed, currency),
            tuple(charges.get(SHIPPING, NOTHING)[0]),
            bool(included),
            tuple(charges.get(SHIPPING, NOTHING)[1]),
            Money(relief, currency),
            Money(delivered, currency),
        ),
        instalments=documents.load_value(tuple[Instalment, ...], instalments) if instalments else (),
        earns=earns,
        contact=contact,
        redeems=bool(redeems),
        waits_for=tuple(PromotionId(each) for each in waits_for.split()),
        number=number,
        pay_by=None if pay_by is None else dialect.moment(pay_by),
        ask_at=None if ask_at is None else dialect.moment(ask_at),
        amendments=tuple(loaded_amendment(each, currency, dialect) for each in parts[3]),
        capture_parts=bool(capture_parts),
        ship_to=documents.load_value(Address, ship_to) if ship_to else None,
        bill_to=documents.load_value(Address, bill_to) if bill_to else None,
        terms=terms,
        cart=cart,
        **loaded_details(details, dialect),
    )


_AMENDMENTS = 10
"""The column of a root that counts its amendments."""


def _line(row: Row, charges: Charges, currency: Currency) -> QuoteLine:
    _, number, variant, sku, name, quantity, price, per, original, original_per, shown, source, *rest = row
    listed, included, relief, total, gift, seller = rest
    return QuoteLine(
        number,
        VariantId(variant),
        sku,
        name,
        quantity,
        Price(Money(price, currency), per),
        Price(Money(original, currency), original_per),
        Price(Money(shown, currency), per),
        source,
        Money(listed, currency),
        tuple(charges[0]),
        bool(included),
        tuple(charges[1]),
        Money(relief, currency),
        Money(total, currency),
        gift,
        seller,
    )


def _fresh_order_lines(before: Order | None, now: Order, _: Dialect) -> Iterable[Row]:
    for line in now.lines[len(before.lines) if before else 0 :]:
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
            line.original.amount.minor,
            line.original.per,
            line.shown.amount.minor,
            line.source,
            line.listed.minor,
            line.tax_included,
            line.relief.minor,
            line.total.minor,
            line.gift,
            line.seller,
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
            entry.method,
            entry.request,
        )


MAPPED: Mapping[type, Mapped[Any]] = {
    Order: Mapped(
        Order,
        tables.orders,
        (
            "state",
            "waits_for",
            "total",
            "ask_at",
            "pay_by",
            "captured",
            "returned",
            "amendments",
            "details",
            "ship_to",
        ),
        (
            "buyer",
            "channel",
            "currency",
            "capture",
            "location",
            "placed_at",
            "contact",
            "redeems",
            "earns",
            "delivery",
            "delivery_name",
            "delivery_listed",
            "delivery_tax_included",
            "delivery_relief",
            "delivery_total",
            "instalments",
            "number",
            "capture_parts",
            "bill_to",
            "terms",
            "cart",
        ),
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
                    "original",
                    "original_per",
                    "shown",
                    "source",
                    "listed",
                    "tax_included",
                    "relief",
                    "total",
                    "gift",
                    "seller",
                ),
                "number",
                _fresh_order_lines,
            ),
            Part(
                tables.order_charges,
                (
                    "order",
                    "line",
                    "kind",
                    "number",
                    "name",
                    "base",
                    "percent",
                    "amount",
                    "promotion",
                    "lane",
                    "whole",
                    "coupon",
                ),
                "number",
                fresh_charges,
            ),
            Part(
                tables.payment_entries,
                ("order", "number", "kind", "payment", "amount", "reference", "at", "method", "request"),
                "number",
                _fresh_entries,
            ),
            Part(
                tables.order_amendments,
                ("order", "number", "kind", "line", "units", "amount", "reason", "by", "at", "taxes"),
                "number",
                fresh_amendments,
                needed=lambda root: bool(root[_AMENDMENTS]),
            ),
        ),
    ),
    HeardNotice: NOTICES,
}
