"""Inbound deliveries and transfers as rows, each with its running totals and its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import InboundId, LocationId, TransferId, VariantId
from ecomcore.supply import ArrivedLine, InboundDelivery, InboundEntry, InboundState, InboundTotal
from ecomcore.transfers import (
    Transfer,
    TransferEntry,
    TransferEntryKind,
    TransferLot,
    TransferState,
    TransferTotal,
)
from ecomcore_sqlalchemy import supply_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _inbound_values(delivery: InboundDelivery, dialect: Dialect) -> Row:
    return delivery.state.value, dialect.instant(delivery.expected_at), delivery.source, delivery.location


def _inbound(row: Row, parts: Parts, dialect: Dialect) -> InboundDelivery:
    id_, version, told, state, expected_at, source, location = row
    return InboundDelivery(
        id=InboundId(id_),
        version=version,
        told=told,
        state=InboundState(state),
        expected_at=dialect.moment(expected_at),
        source=source,
        location=LocationId(location),
        totals=tuple(
            InboundTotal(VariantId(variant), ordered, received, damaged)
            for _, _, _, variant, ordered, received, damaged, _ in parts[0]
        ),
        entries=tuple(_inbound_entry(each, dialect) for each in parts[1]),
    )


def _inbound_entry(row: Row, dialect: Dialect) -> InboundEntry:
    _, number, line, variant, quantity, damaged, lot, expires_at, owner, serials, reference, at = row
    arrived = ArrivedLine(
        VariantId(variant),
        quantity,
        lot,
        _moment(expires_at, dialect),
        owner,
        dialect.documents.load_value(tuple[str, ...], serials) if serials else (),
        damaged,
    )
    return InboundEntry(number, line, arrived, reference, dialect.moment(at))


def _inbound_total_row(delivery: InboundDelivery, number: int, total: InboundTotal) -> Row:
    return (
        f"{delivery.id}#{number}",
        delivery.id,
        number,
        total.variant,
        total.ordered,
        total.received,
        total.damaged,
        total.outstanding if delivery.is_open else 0,
    )


def _inbound_totals(delivery: InboundDelivery) -> list[Row]:
    return [_inbound_total_row(delivery, number, total) for number, total in enumerate(delivery.totals, 1)]


def _fresh_inbound_totals(before: InboundDelivery | None, now: InboundDelivery, _: Dialect) -> Iterable[Row]:
    for row in _inbound_totals(now)[len(before.totals) if before else 0 :]:
        id_, inbound, *rest = row
        yield inbound, id_, *rest


def _changed_inbound_totals(before: InboundDelivery, now: InboundDelivery, _: Dialect) -> Iterable[Row]:
    return (new for old, new in zip(_inbound_totals(before), _inbound_totals(now), strict=False) if old != new)


def _fresh_inbound_entries(before: InboundDelivery | None, now: InboundDelivery, dialect: Dialect) -> Iterable[Row]:
    for entry in now.entries[len(before.entries) if before else 0 :]:
        what = entry.arrived
        yield (
            now.id,
            entry.number,
            entry.line,
            what.variant,
            what.quantity,
            what.damaged,
            what.lot,
            _instant(what.expires_at, dialect),
            what.owner,
            dialect.documents.dump_value(what.serials, tuple[str, ...]) if what.serials else "",
            entry.reference,
            dialect.instant(entry.at),
        )


def _transfer_values(transfer: Transfer, _: Dialect) -> Row:
    return transfer.state.value, transfer.tracking, transfer.origin, transfer.destination


def _transfer(row: Row, parts: Parts, dialect: Dialect) -> Transfer:
    id_, version, told, state, tracking, origin, destination = row
    return Transfer(
        id=TransferId(id_),
        version=version,
        told=told,
        state=TransferState(state),
        tracking=tracking,
        origin=LocationId(origin),
        destination=LocationId(destination),
        totals=tuple(
            TransferTotal(VariantId(variant), requested, shipped, received, damaged, missing)
            for _, _, _, variant, requested, shipped, received, damaged, missing, _ in parts[0]
        ),
        lots=tuple(
            TransferLot(VariantId(variant), quantity, lot, _moment(expires_at, dialect), owner)
            for _, _, variant, quantity, lot, expires_at, owner in parts[1]
        ),
        entries=tuple(
            TransferEntry(
                number,
                TransferEntryKind(kind),
                VariantId(variant),
                quantity,
                balance,
                dialect.moment(at),
                lot,
                line,
                reference,
            )
            for _, number, kind, variant, quantity, balance, at, lot, line, reference in parts[2]
        ),
    )


def _transfer_totals(transfer: Transfer) -> list[Row]:
    return [
        (
            f"{transfer.id}#{number}",
            transfer.id,
            number,
            total.variant,
            total.requested,
            total.shipped,
            total.received,
            total.damaged,
            total.missing,
            total.in_transit,
        )
        for number, total in enumerate(transfer.totals, 1)
    ]


def _fresh_transfer_totals(before: Transfer | None, now: Transfer, _: Dialect) -> Iterable[Row]:
    for id_, transfer, *rest in _transfer_totals(now) if before is None else ():
        yield transfer, id_, *rest


def _changed_transfer_totals(before: Transfer, now: Transfer, _: Dialect) -> Iterable[Row]:
    return (new for old, new in zip(_transfer_totals(before), _transfer_totals(now), strict=True) if old != new)


def _fresh_lots(before: Transfer | None, now: Transfer, dialect: Dialect) -> Iterable[Row]:
    known = len(before.lots) if before else 0
    for number, lot in enumerate(now.lots[known:], known + 1):
        yield now.id, number, lot.variant, lot.quantity, lot.lot, _instant(lot.expires_at, dialect), lot.owner


def _fresh_transfer_entries(before: Transfer | None, now: Transfer, dialect: Dialect) -> Iterable[Row]:
    for entry in now.entries[len(before.entries) if before else 0 :]:
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.variant,
            entry.quantity,
            entry.balance,
            dialect.instant(entry.at),
            entry.lot,
            entry.line,
            entry.reference,
        )


def _instant(at: Instant | None, dialect: Dialect) -> Any:
    return None if at is None else dialect.instant(at)


def _moment(value: Any, dialect: Dialect) -> Instant | None:
    return None if value is None else dialect.moment(value)


MAPPED: Mapping[type, Mapped[Any]] = {
    InboundDelivery: Mapped(
        InboundDelivery,
        tables.inbound_deliveries,
        ("state", "expected_at"),
        ("source", "location"),
        _inbound_values,
        _inbound,
        (
            Part(
                tables.inbound_totals,
                ("inbound", "id", "number", "variant", "ordered", "received", "damaged", "outstanding"),
                "number",
                _fresh_inbound_totals,
                _changed_inbound_totals,
            ),
            Part(
                tables.inbound_entries,
                (
                    "inbound",
                    "number",
                    "line",
                    "variant",
                    "quantity",
                    "damaged",
                    "lot",
                    "expires_at",
                    "owner",
                    "serials",
                    "reference",
                    "at",
                ),
                "number",
                _fresh_inbound_entries,
            ),
        ),
    ),
    Transfer: Mapped(
        Transfer,
        tables.transfers,
        ("state", "tracking"),
        ("origin", "destination"),
        _transfer_values,
        _transfer,
        (
            Part(
                tables.transfer_totals,
                (
                    "transfer",
                    "id",
                    "number",
                    "variant",
                    "requested",
                    "shipped",
                    "received",
                    "damaged",
                    "missing",
                    "in_transit",
                ),
                "number",
                _fresh_transfer_totals,
                _changed_transfer_totals,
            ),
            Part(
                tables.transfer_lots,
                ("transfer", "number", "variant", "quantity", "lot", "expires_at", "owner"),
                "number",
                _fresh_lots,
                needed=lambda row: row[3] not in ("requested", "cancelled"),
            ),
            Part(
                tables.transfer_entries,
                (
                    "transfer",
                    "number",
                    "kind",
                    "variant",
                    "quantity",
                    "balance",
                    "at",
                    "lot",
                    "line",
                    "reference",
                ),
                "number",
                _fresh_transfer_entries,
                needed=lambda row: row[3] not in ("requested", "cancelled"),
            ),
        ),
    ),
}
