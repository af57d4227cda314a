"""The repositories of inbound deliveries and of transfers in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import ClassVar

from ecomcore.kernel.ids import InboundId, LocationId, TransferId, VariantId
from ecomcore.memory.repositories import MemoryRepository
from ecomcore.supply import InboundDeliveries, InboundDelivery, InboundFilter, Outstanding
from ecomcore.transfers import InTransit, Transfer, TransferFilter, Transfers

__all__ = ["MemoryInboundDeliveries", "MemoryTransfers"]


class MemoryInboundDeliveries(MemoryRepository[InboundDelivery, InboundId], InboundDeliveries):
    kind: ClassVar[type[InboundDelivery]] = InboundDelivery  # type: ignore[misc]

    def outstanding(self, variants: Collection[VariantId]) -> Sequence[Outstanding]:
        wanted = frozenset(variants)
        found = [each for delivery in self._open() for each in delivery.outstanding if each.variant in wanted]
        return sorted(found, key=lambda each: (each.variant, each.expected_at, each.inbound))

    def open_ones(self, wanted: InboundFilter, after: InboundId | None, limit: int) -> Sequence[InboundDelivery]:
        return self._in_order((each for each in self._open() if wanted.fits(each)), after, limit)

    def _open(self) -> list[InboundDelivery]:
        saved = {delivery.id for delivery in self._changes.changed_now(InboundDelivery)}
        found = self.many(sorted(self._tables.under_way.inbound | saved))
        return [delivery for delivery in found.values() if delivery.is_open]


class MemoryTransfers(MemoryRepository[Transfer, TransferId], Transfers):
    kind: ClassVar[type[Transfer]] = Transfer  # type: ignore[misc]

    def in_transit(self, variants: Collection[VariantId]) -> Sequence[InTransit]:
        wanted = frozenset(variants)
        saved = {transfer.id for transfer in self._changes.changed_now(Transfer)}
        sums: Counter[tuple[VariantId, LocationId]] = Counter()
        for transfer in self.many(sorted(self._tables.under_way.transfers | saved)).values():
            for total in transfer.totals:
                if total.variant in wanted:
                    sums[total.variant, transfer.destination] += total.in_transit
        return [InTransit(variant, place, units) for (variant, place), units in sorted(sums.items()) if units]

    def search(self, wanted: TransferFilter, before: TransferId | None, limit: int) -> Sequence[Transfer]:
        found = (each.id for each in self._all() if wanted.fits(each) and (before is None or each.id < before))
        return list(self.many(sorted(found, reverse=True)[:limit]).values())
