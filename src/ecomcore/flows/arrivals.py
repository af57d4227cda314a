"""What is to arrive, as the inventory wants to know it: from suppliers, and from other locations of the shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ecomcore.inventory import Arrival, Arrivals
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.supply import InboundDeliveries
from ecomcore.transfers import Transfers

__all__ = ["ShopArrivals"]


class ShopArrivals(Arrivals):
    """The shop's own supply and transfers."""

    def __init__(self, deliveries: InboundDeliveries, transfers: Transfers) -> None:
        self._deliveries = deliveries
        self._transfers = transfers

    def of(self, variants: Collection[VariantId]) -> Sequence[Arrival]:
        found = self._deliveries.outstanding(variants)
        return [Arrival(each.variant, each.location, each.quantity, each.expected_at) for each in found]

    def in_transit(self, variants: Collection[VariantId]) -> Mapping[tuple[VariantId, LocationId], int]:
        found = self._transfers.in_transit(variants)
        return {(each.variant, each.destination): each.units for each in found}
