"""What a database would refuse of inbound deliveries and of transfers, in the same words."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from ecomcore.inventory import Location
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import InboundId, TransferId
from ecomcore.kernel.work import Changed
from ecomcore.supply import InboundDelivery
from ecomcore.transfers import Transfer, TransferEntryKind

__all__ = ["UnderWay", "check_supply"]

_ARRIVED = (TransferEntryKind.RECEIVED, TransferEntryKind.DAMAGED)


class UnderWay:
    """The deliveries that are open and the transfers that are in transit, to find them by."""

    def __init__(self) -> None:
        self.inbound: set[InboundId] = set()
        self.transfers: set[TransferId] = set()

    def note(self, now: object) -> None:
        """A delivery or a transfer was saved; anything else is none of its business."""
        if isinstance(now, InboundDelivery):
            (self.inbound.add if now.is_open else self.inbound.discard)(now.id)
        elif isinstance(now, Transfer):
            (self.transfers.add if now.is_moving else self.transfers.discard)(now.id)


def check_supply(changed: Mapping[type, Sequence[Changed[Any]]], rows: Mapping[type, Mapping[str, Any]]) -> None:
    """Raises ``Duplicate`` and ``InvariantViolated``."""
    if not (changed.keys() & {InboundDelivery, Transfer}):
        return
    places = rows[Location].keys() | {change.now.id for change in changed.get(Location, ())}
    for change in changed.get(InboundDelivery, ()):
        _check_inbound(change.now, places)
    for change in changed.get(Transfer, ()):
        _check_transfer(change.now, places)


def _check_inbound(delivery: InboundDelivery, places: Container[str]) -> None:
    row = f"inbound delivery {delivery.id}"
    if delivery.location not in places:
        raise InvariantViolated(f"{row} names a location that there is not")
    if any(min(total.ordered, total.received, total.damaged) < 0 for total in delivery.totals):
        raise InvariantViolated(f"{row}: less than nothing was ordered or has come")
    if len({total.variant for total in delivery.totals}) < len(delivery.totals):
        raise Duplicate("InboundDelivery", delivery.id)
    if any(entry.arrived.quantity < 0 or entry.arrived.units < 1 for entry in delivery.entries):
        raise InvariantViolated(f"{row}: a receipt of nothing")
    _check_once(
        "InboundDelivery", delivery.id, [(entry.reference, entry.line) for entry in delivery.entries if entry.reference]
    )


def _check_transfer(transfer: Transfer, places: Container[str]) -> None:
    row = f"transfer {transfer.id}"
    if transfer.origin not in places or transfer.destination not in places:
        raise InvariantViolated(f"{row} names a location that there is not")
    if transfer.origin == transfer.destination:
        raise InvariantViolated(f"{row} leads to where it starts")
    for total in transfer.totals:
        if min(total.received, total.damaged, total.missing, total.in_transit) < 0:
            raise InvariantViolated(f"{row}: {total.shipped} of {total.variant} shipped, more has arrived or is lost")
        if total.requested < 1 or total.shipped > total.requested:
            raise InvariantViolated(f"{row}: {total.shipped} of {total.variant} shipped, {total.requested} requested")
    if len({total.variant for total in transfer.totals}) < len(transfer.totals):
        raise Duplicate("Transfer", transfer.id)
    for entry in transfer.entries:
        adds = entry.kind is TransferEntryKind.SHIPPED
        if not entry.quantity or adds != (entry.quantity > 0) or entry.balance < max(0, entry.quantity):
            raise InvariantViolated(f"{row}: {entry.quantity} {entry.kind}, {entry.balance} in transit")
    _check_once("Transfer", transfer.id, [(lot.variant, lot.lot) for lot in transfer.lots])
    receipts = [entry for entry in transfer.entries if entry.kind in _ARRIVED and entry.reference]
    _check_once("Transfer", transfer.id, [(entry.reference, entry.line) for entry in receipts])


def _check_once(kind: str, id: str, keys: Iterable[object]) -> None:
    known = list(keys)
    if len(set(known)) < len(known):
        raise Duplicate(kind, id)
