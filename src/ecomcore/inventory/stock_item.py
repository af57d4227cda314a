"""A stock item is one variant at one location. Units arrive and are on hand; some are set aside by reservations. What
is on hand and not set aside is available. Every change of what is on hand is an entry in the item's ledger; the
ledger's sum is what is on hand. Nothing is ever set aside that is not there: 0 <= reserved <= on hand, always.

A location is a place where stock lies. Reservations take from locations in the order of their priority.
"""

from __future__ import annotations

from typing import Self

from attrs import evolve, field, frozen

from ecomcore.inventory.errors import OutOfStock, StockIsReserved, TooMuchStock
from ecomcore.inventory.events import LocationOpened, StockCorrected, StockReceived
from ecomcore.inventory.values import Movement, MovementKind, stock_item_id
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY

__all__ = ["Location", "StockItem"]


@frozen(kw_only=True)
class Location(Aggregate):
    """A place where stock lies; lower ``priority`` is asked first."""

    id: LocationId
    name: str
    priority: int

    @classmethod
    def open(cls, id: LocationId, name: str, priority: int) -> Self:
        """A new place."""
        return cls(id=id, name=name, priority=priority).telling(LocationOpened(id, name))


@frozen(kw_only=True)
class StockItem(Aggregate):
    """A variant at a location.

    ``on_hand`` and ``reserved`` are checked running totals of the ledger and of the open reservations.
    ``entries`` counts the ledger; ``fresh`` holds the entries made since it was loaded.
    """

    id: StockItemId
    variant: VariantId
    location: LocationId
    on_hand: int = 0
    reserved: int = 0
    entries: int = 0
    fresh: tuple[Movement, ...] = field(default=(), repr=False)

    @classmethod
    def empty(cls, variant: VariantId, location: LocationId) -> Self:
        """The item before anything arrived."""
        return cls(id=stock_item_id(variant, location), variant=variant, location=location)

    @property
    def available(self) -> int:
        """Units that can be set aside now."""
        return self.on_hand - self.reserved

    def receive(self, quantity: int, reference: str, at: Instant) -> Self:
        """Units arrive. Raises ``TooMuchStock``."""
        received = self._moved(MovementKind.RECEIPT, quantity, reference, at)
        return received.telling(StockReceived(self.variant, self.location, quantity, received.on_hand, reference))

    def correct(self, quantity: int, reason: str, at: Instant) -> Self:
        """The books are set right, up or down. Raises ``StockIsReserved`` below what is reserved."""
        if self.on_hand + quantity < self.reserved:
            raise StockIsReserved(self.variant, self.on_hand, self.reserved)
        corrected = self._moved(MovementKind.CORRECTION, quantity, reason, at)
        return corrected.telling(StockCorrected(self.variant, self.location, quantity, corrected.on_hand, reason))

    def reserve(self, quantity: int) -> Self:
        """Set units aside. Raises ``OutOfStock``."""
        if quantity > self.available:
            raise OutOfStock(self.variant, quantity, self.available)
        return self.having(reserved=self.reserved + quantity)

    def release(self, quantity: int) -> Self:
        """Units set aside become available again."""
        return self.having(reserved=self.reserved - quantity)

    def consume(self, quantity: int, reference: str, at: Instant) -> Self:
        """Units set aside leave the house: one entry in the ledger for each reference."""
        return evolve(self._moved(MovementKind.SALE, -quantity, reference, at), reserved=self.reserved - quantity)

    def _moved(self, kind: MovementKind, quantity: int, reference: str, at: Instant) -> Self:
        on_hand = self.on_hand + quantity
        if on_hand > MAX_QUANTITY:
            raise TooMuchStock(self.variant, MAX_QUANTITY)
        entry = Movement(self.entries + 1, kind, quantity, on_hand, reference, at)
        return self.having(on_hand=on_hand, entries=entry.number, fresh=(*self.fresh, entry))
