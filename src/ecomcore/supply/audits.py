"""The invariants of the supply, as pure functions over what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ecomcore.kernel.ids import InboundId, VariantId
from ecomcore.supply.inbound_delivery import InboundDelivery, InboundState
from ecomcore.supply.values import Outstanding

__all__ = ["Finding", "breaches"]

Finding: TypeAlias = tuple[str, tuple[str, ...], str]
"""A rule that does not hold, the rows it does not hold for, and what they say."""


def breaches(deliveries: Iterable[InboundDelivery], outstanding: Iterable[Outstanding]) -> Iterator[Finding]:
    """What does not hold of deliveries. ``outstanding`` is ``InboundDeliveries.outstanding`` of their variants."""
    known = list(deliveries)
    ids = {delivery.id for delivery in known}
    found: dict[InboundId, dict[VariantId, int]] = {}
    for each in outstanding:
        if each.inbound in ids:
            found.setdefault(each.inbound, {})[each.variant] = each.quantity
    for delivery in known:
        yield from _delivery(delivery, found.get(delivery.id, {}))


def _delivery(delivery: InboundDelivery, found: dict[VariantId, int]) -> Iterator[Finding]:
    row = (f"inbound delivery {delivery.id}",)
    if [entry.number for entry in delivery.entries] != list(range(1, len(delivery.entries) + 1)):
        yield "no receipt is lost", row, "the numbers of its entries have gaps"
    sums: dict[VariantId, tuple[int, int]] = {}
    for entry in delivery.entries:
        good, damaged = sums.get(entry.arrived.variant, (0, 0))
        sums[entry.arrived.variant] = good + entry.arrived.quantity, damaged + entry.arrived.damaged
    totals = {each.variant: (each.received, each.damaged) for each in delivery.totals}
    if {variant: units for variant, units in totals.items() if any(units)} != sums:
        yield "received = sum of receipts", row, f"{totals} received, receipts sum to {sums}"
    says = {each.variant: each.quantity for each in delivery.outstanding}
    if says != found:
        yield "outstanding = ordered - received", row, f"{says} by the delivery, {found} found"
    if delivery.is_open and not says:
        yield "a delivery is open as long as units are outstanding", row, f"it is {delivery.state}, and nothing is"
    if delivery.state is InboundState.RECEIVED and delivery.missing:
        yield "a delivery that is received is complete", row, f"{len(delivery.missing)} variants are missing"
    if delivery.state in (InboundState.EXPECTED, InboundState.CANCELLED) and delivery.entries:
        yield "before anything has come there are no receipts", row, f"it is {delivery.state}, with receipts"
