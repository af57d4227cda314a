"""The store in memory. A unit of work that writes has the whole store for itself, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any, ClassVar

from ecomcore.carts import Carts
from ecomcore.catalog import Categories, Products
from ecomcore.counting import CountBoards, StockCounts
from ecomcore.documents import AllSeries, Documents
from ecomcore.inventory import (
    Bundles,
    ChannelSupplies,
    Locations,
    QueueLines,
    QueueTickets,
    Reservations,
    StockItems,
    StockMonths,
    UnitTables,
    Wishes,
)
from ecomcore.kernel.work import Changes, Codec, Persistence, Told, UnitOfWork
from ecomcore.memory.carts import MemoryCarts
from ecomcore.memory.counting import MemoryCountBoards, MemoryStockCounts
from ecomcore.memory.documents import MemoryAllSeries, MemoryDocuments
from ecomcore.memory.outbox import MemoryOutbox, MemoryReplies
from ecomcore.memory.pricing import (
    MemoryDeliveryMethods,
    MemoryEditions,
    MemoryExchangeRates,
    MemoryPriceLists,
    MemorySeriesOfPrices,
    MemoryZones,
)
from ecomcore.memory.promotions import (
    MemoryAllowances,
    MemoryCampaigns,
    MemoryCouponBatches,
    MemoryCoupons,
    MemoryGroupBuys,
    MemoryPromotions,
    MemoryRedemptions,
)
from ecomcore.memory.queueing import MemoryQueueLines, MemoryQueueTickets, MemoryWishes
from ecomcore.memory.repositories import (
    MemoryCategories,
    MemoryHeardNotices,
    MemoryOrders,
    MemoryProducts,
    MemoryRepository,
    MemoryShipments,
)
from ecomcore.memory.stock import MemoryLocations, MemoryReservations, MemoryStockItems, MemoryStockMonths
from ecomcore.memory.stock_rules import MemoryBundles, MemoryChannelSupplies, MemoryUnitTables
from ecomcore.memory.supply import MemoryInboundDeliveries, MemoryTransfers
from ecomcore.memory.tables import Tables
from ecomcore.memory.wallet import MemoryAccounts, MemoryCreditHolds, MemorySavedMethods
from ecomcore.ordering import HeardNotices, Orders
from ecomcore.pricing import DeliveryMethods, ExchangeRates, PriceLists, SeriesOfPrices, Zones
from ecomcore.promotions import (
    Allowances,
    Campaigns,
    CouponBatches,
    Coupons,
    GroupBuys,
    Promotions,
    Redemptions,
)
from ecomcore.quoting import Editions
from ecomcore.shipping import Shipments
from ecomcore.supply import InboundDeliveries
from ecomcore.transfers import Transfers
from ecomcore.wallet import Accounts, CreditHolds, SavedMethods

__all__ = ["MemoryPersistence"]


class MemoryPersistence(Persistence):
    """A whole shop's data in this process. Safe to share between threads."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._lock = RLock()

    def use(self, codec: Codec) -> None:
        """Nothing is turned into text here: messages never change, so they are kept as they are."""

    def begin(self, *, write: bool = True) -> UnitOfWork:
        return _MemoryWork(self._tables, self._lock, write=write)

    def close(self) -> None:
        """There is nothing to let go of."""


class _MemoryWork(UnitOfWork):
    _REPOSITORIES: ClassVar[Mapping[type, type[MemoryRepository[Any, Any]]]] = {
        Categories: MemoryCategories,
        Products: MemoryProducts,
        Locations: MemoryLocations,
        StockMonths: MemoryStockMonths,
        ChannelSupplies: MemoryChannelSupplies,
        Bundles: MemoryBundles,
        UnitTables: MemoryUnitTables,
        StockItems: MemoryStockItems,
        Reservations: MemoryReservations,
        PriceLists: MemoryPriceLists,
        SeriesOfPrices: MemorySeriesOfPrices,
        Zones: MemoryZones,
        DeliveryMethods: MemoryDeliveryMethods,
        ExchangeRates: MemoryExchangeRates,
        Editions: MemoryEditions,
        Promotions: MemoryPromotions,
        Campaigns: MemoryCampaigns,
        Coupons: MemoryCoupons,
        CouponBatches: MemoryCouponBatches,
        Allowances: MemoryAllowances,
        Redemptions: MemoryRedemptions,
        GroupBuys: MemoryGroupBuys,
        Orders: MemoryOrders,
        HeardNotices: MemoryHeardNotices,
        Shipments: MemoryShipments,
        Accounts: MemoryAccounts,
        CreditHolds: MemoryCreditHolds,
        SavedMethods: MemorySavedMethods,
        Documents: MemoryDocuments,
        AllSeries: MemoryAllSeries,
        Carts: MemoryCarts,
        StockCounts: MemoryStockCounts,
        CountBoards: MemoryCountBoards,
        InboundDeliveries: MemoryInboundDeliveries,
        Transfers: MemoryTransfers,
        QueueLines: MemoryQueueLines,
        QueueTickets: MemoryQueueTickets,
        Wishes: MemoryWishes,
    }

    def __init__(self, tables: Tables, lock: RLock, *, write: bool) -> None:
        self._tables = tables
        self._lock = lock
        self._write = write
        self._changes = Changes()
        self._made: dict[type, MemoryRepository[Any, Any]] = {}
        self._ended = False
        self._lock.acquire()
        self.outbox = MemoryOutbox(tables)
        self.replies = MemoryReplies(tables)

    def repository(self, port: type) -> Any:
        made = self._made.get(port)
        if made is None:
            made = self._made[port] = self._REPOSITORIES[port](self._tables, self._changes)
        return made

    def take_news(self) -> list[Told]:
        return list(self._changes.take_news())

    def commit(self) -> None:
        if not self._write:
            raise RuntimeError("this unit of work only reads")
        changed = self._changes.changed()
        self._tables.check(changed)
        self.outbox.check()
        self.replies.check()
        self._tables.apply(changed)
        self.outbox.apply()
        self.replies.apply()
        self._end()

    def rollback(self) -> None:
        if not self._ended:
            self._end()

    def _end(self) -> None:
        self._ended = True
        self._lock.release()
