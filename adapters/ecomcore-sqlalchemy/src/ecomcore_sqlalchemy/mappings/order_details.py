"""What an order has besides its lines and ledger: amendments as rows, the rest as one short text; and heard notices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, NoticeId, ShipmentId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    Amendment,
    AmendmentKind,
    EntryKind,
    FactKind,
    HeardNotice,
    Hold,
    HoldKind,
    Ledger,
    Order,
    PaymentLink,
    ShippedPart,
    Source,
    WebhookOutcome,
)
from ecomcore.quoting import CartLine, Destination, TaxAmount
from ecomcore_sqlalchemy import order_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped
from ecomcore_sqlalchemy.writes import Row

__all__ = ["NOTICES", "dumped_details", "fresh_amendments", "loaded_amendment", "loaded_details", "totals"]


def totals(ledger: Ledger) -> tuple[int, int]:
    """What was taken, and what of it was given back, for the database to compare."""
    captured = returned = 0
    for entry in ledger.entries:
        match entry.kind:
            case EntryKind.CAPTURED:
                captured += entry.amount.minor
            case EntryKind.REFUNDED:
                returned += entry.amount.minor
            case _:
                pass
    return captured, returned


def dumped_details(order: Order, dialect: Dialect) -> str:  # noqa: ARG001
    """What changes about an order and is never searched for."""
    found: dict[str, Any] = {}
    if order.sources:
        found["sources"] = [(each.variant, each.location, each.quantity) for each in order.sources]
    if order.shipped:
        found["shipped"] = [
            (part.shipment, part.delivered, [(line.variant, line.quantity) for line in part.lines])
            for part in order.shipped
        ]
    if order.holds:
        found["holds"] = [(each.kind, each.reason, each.by, each.at.isoformat()) for each in order.holds]
    if order.link:
        found["link"] = (order.link.digest, order.link.until.isoformat())
    if order.destination:
        found["to"] = (order.destination.country, order.destination.region, order.destination.postcode)
    if order.vat_id:
        found["vat"] = order.vat_id
    if order.screening:
        found["screening"] = True
    return json.dumps(found, separators=(",", ":")) if found else ""


def loaded_details(text: str, dialect: Dialect) -> Mapping[str, Any]:  # noqa: ARG001
    """The same as fields of the order."""
    found = json.loads(text) if text else {}
    link = found.get("link")
    return {
        "sources": tuple(Source(VariantId(v), LocationId(at), units) for v, at, units in found.get("sources", ())),
        "shipped": tuple(
            ShippedPart(ShipmentId(id_), tuple(CartLine(VariantId(v), units) for v, units in lines), arrived)
            for id_, arrived, lines in found.get("shipped", ())
        ),
        "holds": tuple(
            Hold(HoldKind(kind), reason, by, Instant.fromisoformat(at))
            for kind, reason, by, at in found.get("holds", ())
        ),
        "link": None if link is None else PaymentLink(link[0], Instant.fromisoformat(link[1])),
        "destination": Destination(*found["to"]) if "to" in found else None,
        "vat_id": found.get("vat"),
        "screening": bool(found.get("screening", False)),
    }


def fresh_amendments(before: Order | None, now: Order, dialect: Dialect) -> Iterable[Row]:
    """The rows of the amendments made since."""
    for each in now.amendments[len(before.amendments) if before else 0 :]:
        yield (
            now.id,
            each.number,
            each.kind.value,
            each.line,
            each.units,
            each.amount.minor,
            each.reason,
            each.by,
            dialect.instant(each.at),
            dialect.documents.dump_value(each.taxes, tuple[TaxAmount, ...]),
        )


def loaded_amendment(row: Row, currency: Currency, dialect: Dialect) -> Amendment:
    """An amendment again."""
    _, number, kind, line, units, amount, reason, by, at, taxes = row
    return Amendment(
        number,
        AmendmentKind(kind),
        line,
        units,
        Money(amount, currency),
        reason,
        by,
        dialect.moment(at),
        dialect.documents.load_value(tuple[TaxAmount, ...], taxes),
    )


def _notice_values(notice: HeardNotice, dialect: Dialect) -> Row:
    return (
        notice.order,
        notice.outcome.value,
        notice.reason,
        notice.method,
        notice.name,
        notice.kind.value,
        notice.payment,
        notice.amount.currency,
        notice.amount.minor,
        notice.reference,
        dialect.instant(notice.heard_at),
    )


def _notice(row: Row, _: Sequence[Sequence[Row]], dialect: Dialect) -> HeardNotice:
    id_, version, told, order, outcome, reason, method, name, kind, payment, code, amount, reference, heard_at = row
    return HeardNotice(
        id=NoticeId(id_),
        version=version,
        told=told,
        method=method,
        name=name,
        kind=FactKind(kind),
        payment=payment,
        order=order,
        amount=Money(amount, Currency(code)),
        reference=reference,
        outcome=WebhookOutcome(outcome),
        reason=reason,
        heard_at=dialect.moment(heard_at),
    )


NOTICES: Mapped[HeardNotice] = Mapped(
    HeardNotice,
    tables.heard_notices,
    ("order", "outcome", "reason"),
    ("method", "name", "kind", "payment", "currency", "amount", "reference", "heard_at"),
    _notice_values,
    _notice,
)
