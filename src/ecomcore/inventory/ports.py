"""What the inventory needs from a store, and from others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from ecomcore.inventory.location import Location
from ecomcore.inventory.lots import Lot
from ecomcore.inventory.months import MonthLine, StockMonth
from ecomcore.inventory.reservation import Reservation
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import Movement
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, StockMonthId, VariantId
from ecomcore.kernel.work import Repository

__all__ = [
    "Arrival",
    "Arrivals",
    "ItemLot",
    "LedgerSum",
    "Locations",
    "NoArrivals",
    "Reservations",
    "StockItems",
    "StockMonths",
    "TracedMovement",
]


@frozen
class LedgerSum:
    """How many entries an item's ledger has, and what they sum to."""

    entries: int
    good: int
    damaged: int


@frozen
class ItemLot:
    """A lot of a stock item."""

    item: StockItemId
    variant: VariantId
    location: LocationId
    lot: Lot


@frozen
class TracedMovement:
    """A movement, and of which item it was."""

    item: StockItemId
    movement: Movement


@frozen
class Arrival:
    """Units of a variant that are to arrive at a location."""

    variant: VariantId
    location: LocationId
    quantity: int
    expected_at: Instant


class Locations(Repository[Location, LocationId], Protocol):
    """All locations."""

    kind: type[Location] = Location


class StockItems(Repository[StockItem, StockItemId], Protocol):
    """All stock items. Saving one appends its fresh ledger entries and empties ``fresh``.

    A store may spread a striped item over several rows. Whatever is answered here is the whole item, except by
    ``shares``.
    """

    kind: type[StockItem] = StockItem

    @abstractmethod
    def of_variants(self, variants: Collection[VariantId], *, lock: bool = False) -> Sequence[StockItem]:
        """The stock of these variants at all locations, in the order of their ids; with ``lock`` locked in it."""

    @abstractmethod
    def shares(
        self, wanted: Mapping[StockItemId, int], keep: Mapping[StockItemId, int] | None = None
    ) -> Mapping[StockItemId, StockItem]:
        """The items to set so many units aside of, or to give units back where none are wanted.

        What is answered is ours until the end, and may be a share: its available units are those of the share, and
        nothing but ``reserve`` and ``release`` makes sense with it. Where no share has as many as are wanted, the whole
        item is answered. Whoever wants the whole afterwards locks it.

        A store need not lock where there is plenty: if there is not any more at the commit, then that raises
        ``Conflict``. There ``keep`` says how many units are to be left beyond the item's buffer.
        """

    @abstractmethod
    def at_location(
        self, location: LocationId, after: VariantId | None, limit: int, *, on_hand: bool = False
    ) -> Sequence[StockItem]:
        """The stock at a location in the order of the variants, from the one after this; with ``on_hand`` without that
        of which nothing is left.
        """

    @abstractmethod
    def movements(self, item: StockItemId, after: int = 0, limit: int = 100) -> Sequence[Movement]:
        """The item's ledger in order, from the entry after the given number."""

    @abstractmethod
    def movements_of_lot(self, variant: VariantId, lot: str, limit: int) -> Sequence[TracedMovement]:
        """Where the units of a lot came from and went, at all locations, in the order of time."""

    @abstractmethod
    def ledger_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, LedgerSum]:
        """For each item what its ledger sums to; items without entries may be missing."""

    @abstractmethod
    def reserved_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
        """For each item the units in open reservations; items without any may be missing."""

    @abstractmethod
    def expiring(
        self, before: Instant, after: tuple[StockItemId, str] | None, limit: int, *, untold: bool = False
    ) -> Sequence[ItemLot]:
        """Lots with units on hand whose time runs out before then, by item and code, from the one after this;
        ``untold``: without those of which staff were warned.
        """

    @abstractmethod
    def unsold(
        self, since: Instant, after: StockItemId | None, limit: int, *, untold: bool = False
    ) -> Sequence[StockItem]:
        """Items with units on hand that were not active since then, in the order of their ids; ``untold``: without
        those of which staff were told.
        """

    @abstractmethod
    def due(self, now: Instant, limit: int) -> Sequence[StockItem]:
        """Items that time has changed since somebody looked at them (``due_at``), longest ago first, then by id."""

    @abstractmethod
    def striped(self, after: StockItemId | None, limit: int) -> Sequence[StockItem]:
        """The striped items in the order of their ids."""

    @abstractmethod
    def sold(self, location: LocationId, since: Instant) -> Mapping[VariantId, int]:
        """How many units of each variant were sold from a location since then; variants without any are missing."""

    @abstractmethod
    def balances(self, until: Instant, after: StockItemId | None, limit: int) -> Sequence[MonthLine]:
        """What was on hand before an instant, by the ledger, of the items that had entries by then."""


class Reservations(Repository[Reservation, ReservationId], Protocol):
    """All reservations."""

    kind: type[Reservation] = Reservation

    @abstractmethod
    def expired(self, now: Instant, limit: int) -> Sequence[Reservation]:
        """Open reservations whose time has run out, longest ago first."""

    @abstractmethod
    def overdue(self, items: Collection[StockItemId], now: Instant, limit: int) -> Sequence[Reservation]:
        """Open reservations with units of these items whose time has run out, longest ago first, locked; without those
        that somebody else has locked: they are just ending, and nobody waits for them.
        """

    @abstractmethod
    def overdue_sums(self, items: Collection[StockItemId], now: Instant) -> Mapping[StockItemId, int]:
        """For each item the units in open reservations whose time has run out; items without any may be missing."""

    @abstractmethod
    def of_item(self, item: StockItemId, after: ReservationId | None, limit: int) -> Sequence[Reservation]:
        """Open reservations with units of an item, in the order of their ids."""


class StockMonths(Repository[StockMonth, StockMonthId], Protocol):
    """What was on hand at the end of each month that was closed."""

    kind: type[StockMonth] = StockMonth

    @abstractmethod
    def lines(self, month: StockMonthId, after: StockItemId | None, limit: int) -> Sequence[MonthLine]:
        """The items of a month in the order of their ids, from the one after this."""


class Arrivals(Protocol):
    """What is to arrive. The shop's own supply and transfers answer unless the host binds another."""

    @abstractmethod
    def of(self, variants: Collection[VariantId]) -> Sequence[Arrival]:
        """What is still to arrive of these variants, by when it is expected."""

    @abstractmethod
    def in_transit(self, variants: Collection[VariantId]) -> Mapping[tuple[VariantId, LocationId], int]:
        """Units on their way to a location from another one of the shop, by variant and destination."""


class NoArrivals(Arrivals):
    """Knows of nothing to arrive."""

    def of(self, variants: Collection[VariantId]) -> Sequence[Arrival]:  # noqa: ARG002
        return ()

    def in_transit(
        self,
        variants: Collection[VariantId],  # noqa: ARG002
    ) -> Mapping[tuple[VariantId, LocationId], int]:
        return {}
