"""The repositories of inbound deliveries and of transfers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select

from ecomcore.kernel.ids import InboundId, LocationId, TransferId, VariantId
from ecomcore.supply import InboundDeliveries, InboundDelivery, InboundFilter, Outstanding
from ecomcore.transfers import InTransit, Transfer, TransferFilter, Transfers
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.supply_tables import inbound_deliveries, inbound_totals, transfer_totals, transfers
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["SUPPLY_REPOSITORIES"]

# As the partial indexes say it: a parameter would prove nothing.
_NONE: ColumnElement[int] = literal_column("0")
_IS_OPEN = inbound_deliveries.c.state.in_((literal_column("'expected'"), literal_column("'partly_received'")))


class SqlInboundDeliveries(SqlRepository[InboundDelivery, InboundId], InboundDeliveries):
    kind: ClassVar[type[InboundDelivery]] = InboundDelivery  # type: ignore[misc]

    def outstanding(self, variants: Collection[VariantId]) -> Sequence[Outstanding]:
        dialect, totals, roots = self._session.dialect, inbound_totals.c, inbound_deliveries.c
        saved = {delivery.id: delivery for delivery in self._changes.changed_now(InboundDelivery)}
        wanted = frozenset(variants)
        rows = self._session.fetch(
            "inbound_totals.outstanding",
            lambda: (
                select(totals.variant, roots.location, totals.outstanding, roots.expected_at, roots.id)
                .join(inbound_deliveries, roots.id == totals.inbound)
                .where(totals.outstanding > _NONE, dialect.any_of(totals.variant, "ids"))
            ),
            ids=dialect.list_of(sorted(wanted)),
        )
        found = [
            Outstanding(VariantId(variant), LocationId(location), units, dialect.moment(at), InboundId(id_))
            for variant, location, units, at, id_ in rows
            if id_ not in saved
        ]
        found += [each for delivery in saved.values() for each in delivery.outstanding if each.variant in wanted]
        return sorted(found, key=lambda each: (each.variant, each.expected_at, each.inbound))

    def open_ones(self, wanted: InboundFilter, after: InboundId | None, limit: int) -> Sequence[InboundDelivery]:
        columns, totals, dialect = inbound_deliveries.c, inbound_totals.c, self._session.dialect
        conditions, given = [_IS_OPEN, columns.id > bindparam("after")], dict[str, Any]()
        if wanted.location is not None:
            conditions.append(columns.location == bindparam("location"))
            given["location"] = wanted.location
        if wanted.variant is not None:
            of_variant = select(totals.inbound).where(
                totals.outstanding > _NONE, totals.variant == bindparam("variant")
            )
            conditions.append(columns.id.in_(of_variant))
            given["variant"] = wanted.variant
        if wanted.expected_before is not None:
            conditions.append(columns.expected_at < bindparam("expected_before", type_=INSTANT))
            given["expected_before"] = dialect.instant(wanted.expected_before)
        stored = self._load(
            f"open_{'_'.join(given)}",
            lambda roots: roots.where(*conditions).order_by(columns.id).limit(LIMIT),
            after=after or "",
            limit=self._room_for(limit),
            **given,
        )
        return self._merged(stored, lambda each: wanted.fits(each) and each.id > (after or ""))[:limit]


class SqlTransfers(SqlRepository[Transfer, TransferId], Transfers):
    kind: ClassVar[type[Transfer]] = Transfer  # type: ignore[misc]

    def in_transit(self, variants: Collection[VariantId]) -> Sequence[InTransit]:
        dialect, totals, roots = self._session.dialect, transfer_totals.c, transfers.c
        saved = {transfer.id: transfer for transfer in self._changes.changed_now(Transfer)}
        wanted = frozenset(variants)
        rows = self._session.fetch(
            "transfer_totals.in_transit",
            lambda: (
                select(totals.variant, roots.destination, func.sum(totals.in_transit))
                .join(transfers, roots.id == totals.transfer)
                .where(totals.in_transit > _NONE, dialect.any_of(totals.variant, "ids"))
                .where(~dialect.any_of(roots.id, "saved"))
                .group_by(totals.variant, roots.destination)
            ),
            ids=dialect.list_of(sorted(wanted)),
            saved=dialect.list_of(sorted(saved)),
        )
        sums: Counter[tuple[str, str]] = Counter({(variant, place): int(units) for variant, place, units in rows})
        for transfer in saved.values():
            for total in transfer.totals:
                if total.variant in wanted:
                    sums[total.variant, transfer.destination] += total.in_transit
        return [
            InTransit(VariantId(variant), LocationId(place), units)
            for (variant, place), units in sorted(sums.items())
            if units
        ]

    def search(self, wanted: TransferFilter, before: TransferId | None, limit: int) -> Sequence[Transfer]:
        columns, given = transfers.c, dict[str, Any]()
        for name, value in (
            ("origin", wanted.origin),
            ("destination", wanted.destination),
            ("state", None if wanted.state is None else wanted.state.value),
        ):
            if value is not None:
                given[name] = value
        conditions = [columns[name] == bindparam(name) for name in given]
        if before is not None:
            conditions.append(columns.id < bindparam("before"))
            given["before"] = before
        stored = self._load(
            f"search_{'_'.join(given)}",
            lambda roots: roots.where(*conditions).order_by(columns.id.desc()).limit(LIMIT),
            limit=self._room_for(limit),
            **given,
        )
        found = self._merged(stored, lambda each: wanted.fits(each) and (before is None or each.id < before))
        return sorted(found, key=lambda each: each.id, reverse=True)[:limit]


SUPPLY_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    InboundDeliveries: SqlInboundDeliveries,
    Transfers: SqlTransfers,
}
"""Which repository implements which port of the supply and of transfers."""
