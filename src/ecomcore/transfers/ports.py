"""What transfers need from a store, and what they ask of other contexts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from attrs import frozen

from ecomcore.kernel.ids import LocationId, TransferId, VariantId
from ecomcore.kernel.work import Repository
from ecomcore.transfers.transfer import Transfer, TransferState
from ecomcore.transfers.values import InTransit

__all__ = ["TransferFilter", "TransferPlaces", "Transfers"]


@frozen
class TransferFilter:
    """Which transfers: from this origin, to this destination, in this state."""

    origin: LocationId | None = None
    destination: LocationId | None = None
    state: TransferState | None = None

    def fits(self, transfer: Transfer) -> bool:
        """Whether the transfer is one of them."""
        return (
            self.origin in (None, transfer.origin)
            and self.destination in (None, transfer.destination)
            and self.state in (None, transfer.state)
        )


class Transfers(Repository[Transfer, TransferId], Protocol):
    """All transfers."""

    kind: type[Transfer] = Transfer

    @abstractmethod
    def in_transit(self, variants: Collection[VariantId]) -> Sequence[InTransit]:
        """What is in transit of these variants, by variant and destination, in this order; none is not listed."""

    @abstractmethod
    def search(self, wanted: TransferFilter, before: TransferId | None, limit: int) -> Sequence[Transfer]:
        """The transfers that fit, with an id lower than ``before``, latest first."""


class TransferPlaces(Protocol):
    """Knows what can be moved between which locations. The shop's own inventory answers."""

    @abstractmethod
    def check(
        self, transfer: TransferId, origin: LocationId, destination: LocationId, variants: Collection[VariantId]
    ) -> None:
        """Raises ``NotFound`` where there is no such location, refuses what could not be taken in there, and raises
        ``AlreadyExists`` where units are, or were, set aside for something else of this name.
        """

    @abstractmethod
    def with_serials(self, destination: LocationId, variants: Collection[VariantId]) -> Collection[VariantId]:
        """The variants whose units have serial numbers at the destination: each lot is a unit with its number."""
