"""What the inventory needs from a store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ecomcore.inventory.reservation import Reservation
from ecomcore.inventory.stock_item import Location, StockItem
from ecomcore.inventory.values import Movement
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, VariantId
from ecomcore.kernel.work import Repository

__all__ = ["Locations", "Reservations", "StockItems"]


class Locations(Repository[Location, LocationId], Protocol):
    """All locations."""

    kind: type[Location] = Location


class StockItems(Repository[StockItem, StockItemId], Protocol):
    """All stock items. Saving one appends its fresh ledger entries and empties ``fresh``."""

    kind: type[StockItem] = StockItem

    @abstractmethod
    def of_variants(self, variants: Collection[VariantId], *, lock: bool = False) -> Sequence[StockItem]:
        """The stock of these variants at all locations, in the order of their ids; with ``lock`` locked in it."""

    @abstractmethod
    def movements(self, item: StockItemId, after: int = 0, limit: int = 100) -> Sequence[Movement]:
        """The item's ledger in order, from the entry after the given number."""

    @abstractmethod
    def ledger_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, tuple[int, int]]:
        """For each item the number of ledger entries and the sum of their quantities."""

    @abstractmethod
    def reserved_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
        """For each item the units in open reservations; items without any may be missing."""


class Reservations(Repository[Reservation, ReservationId], Protocol):
    """All reservations."""

    kind: type[Reservation] = Reservation

    @abstractmethod
    def expired(self, now: Instant, limit: int) -> Sequence[Reservation]:
        """Open reservations whose time has run out, longest ago first."""
