"""The invariants of transfers, as pure functions over what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.transfers.transfer import Transfer, TransferState
from ecomcore.transfers.values import InTransit, TransferEntryKind

__all__ = ["Finding", "breaches", "transit_breaches"]

Finding: TypeAlias = tuple[str, tuple[str, ...], str]
"""A rule that does not hold, the rows it does not hold for, and what they say."""

_BEFORE = (TransferState.REQUESTED, TransferState.CANCELLED)


def breaches(transfers: Iterable[Transfer]) -> Iterator[Finding]:
    """What does not hold of transfers, each on its own."""
    for transfer in transfers:
        yield from _transfer(transfer)


def transit_breaches(
    moving: Mapping[tuple[VariantId, LocationId], int], found: Iterable[InTransit]
) -> Iterator[Finding]:
    """Where ``Transfers.in_transit`` finds other units than the transfers have, by variant and destination."""
    finds = {(each.variant, each.destination): each.units for each in found}
    for place in sorted({*moving, *finds}):
        says, finds_ = moving.get(place, 0), finds.get(place, 0)
        if says != finds_:
            row = (f"variant {place[0]}", f"location {place[1]}")
            yield "in transit = sum over transfers", row, f"{says} by the transfers, {finds_} found"


def _transfer(transfer: Transfer) -> Iterator[Finding]:
    row = (f"transfer {transfer.id}",)
    yield from _entries(transfer, row)
    lots: Counter[VariantId] = Counter()
    for lot in transfer.lots:
        lots[lot.variant] += lot.quantity
    for total in transfer.totals:
        where = (*row, f"variant {total.variant}")
        if not 0 <= total.in_transit <= total.shipped <= total.requested:
            detail = f"{total.in_transit} in transit, {total.shipped} shipped of {total.requested}"
            yield "0 <= in transit <= shipped <= requested", where, detail
        if lots[total.variant] > total.shipped:
            yield "lots sum up to no more than was shipped", where, f"{lots[total.variant]} of {total.shipped}"
    moving = sum(total.in_transit for total in transfer.totals)
    if transfer.is_moving != (moving > 0):
        detail = f"it is {transfer.state}, and {moving} are in transit"
        yield "a transfer moves as long as units are in transit", row, detail
    if (transfer.state in _BEFORE) != (not transfer.entries):
        yield "what has left has entries", row, f"it is {transfer.state}, with {len(transfer.entries)} entries"


def _entries(transfer: Transfer, row: tuple[str, ...]) -> Iterator[Finding]:
    if [entry.number for entry in transfer.entries] != list(range(1, len(transfer.entries) + 1)):
        yield "no entry of a transfer is lost", row, "the numbers of its entries have gaps"
    sums: Counter[tuple[VariantId, TransferEntryKind]] = Counter()
    balances: Counter[VariantId] = Counter()
    for entry in transfer.entries:
        sums[entry.variant, entry.kind] += abs(entry.quantity)
        balances[entry.variant] += entry.quantity
        if not entry.balance == balances[entry.variant] >= 0:
            detail = f"{entry.balance} after entry {entry.number}, the entries sum to {balances[entry.variant]}"
            yield "in transit = sum of entries", (*row, f"variant {entry.variant}"), detail
    for total in transfer.totals:
        says = (total.shipped, total.received, total.damaged, total.missing)
        kept = tuple(sums[total.variant, kind] for kind in TransferEntryKind)
        if says != kept:
            detail = f"shipped, received, damaged, missing: {says}, the entries sum to {kept}"
            yield "a transfer's totals = sum of its entries", (*row, f"variant {total.variant}"), detail
