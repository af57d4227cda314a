"""What the supply needs from a store, and what it asks of other contexts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.work import Repository
from ecomcore.supply.inbound_delivery import InboundDelivery
from ecomcore.supply.values import Outstanding

__all__ = ["InboundDeliveries", "InboundFilter", "ReceivingPlaces"]


@frozen
class InboundFilter:
    """Which open deliveries: to this location, with outstanding units of this variant, expected before then."""

    location: LocationId | None = None
    variant: VariantId | None = None
    expected_before: Instant | None = None

    def fits(self, delivery: InboundDelivery) -> bool:
        """Whether the delivery is one of them."""
        return (
            delivery.is_open
            and self.location in (None, delivery.location)
            and (self.variant is None or any(line.variant == self.variant for line in delivery.missing))
            and (self.expected_before is None or delivery.expected_at < self.expected_before)
        )


class InboundDeliveries(Repository[InboundDelivery, InboundId], Protocol):
    """All inbound deliveries."""

    kind: type[InboundDelivery] = InboundDelivery

    @abstractmethod
    def outstanding(self, variants: Collection[VariantId]) -> Sequence[Outstanding]:
        """What is still to come of these variants, by variant, then what is expected first, then by delivery."""

    @abstractmethod
    def open_ones(self, wanted: InboundFilter, after: InboundId | None, limit: int) -> Sequence[InboundDelivery]:
        """The open deliveries that fit, with an id greater than ``after``, in the order of their ids."""


class ReceivingPlaces(Protocol):
    """Knows where which goods can arrive. The shop's own inventory answers."""

    @abstractmethod
    def check(self, location: LocationId, variants: Collection[VariantId]) -> None:
        """Raises ``NotFound`` where there is no such location, and refuses what could not be taken in there."""
