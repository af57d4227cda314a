"""Units of work as ``with`` blocks, and aggregates kept and fetched in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, TypeVar

from ecomcore.carts import Cart, Carts
from ecomcore.catalog import Categories, Category, Product, Products
from ecomcore.counting import CountBoard, CountBoards, StockCount, StockCounts
from ecomcore.documents import AllSeries, Document, Documents, Series
from ecomcore.inventory import (
    Bundle,
    Bundles,
    ChannelSupplies,
    ChannelSupply,
    Location,
    Locations,
    QueueLine,
    QueueLines,
    QueueTicket,
    QueueTickets,
    Reservation,
    Reservations,
    StockItem,
    StockItems,
    StockMonth,
    StockMonths,
    UnitTables,
    VariantUnits,
    Wish,
    Wishes,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.work import Persistence, UnitOfWork
from ecomcore.ordering import HeardNotice, HeardNotices, Order, Orders
from ecomcore.pricing import (
    Delivery,
    DeliveryMethods,
    ExchangeRates,
    PriceList,
    PriceLists,
    PriceSeries,
    Rates,
    SeriesOfPrices,
    Zone,
    Zones,
)
from ecomcore.promotions import (
    Allowance,
    Allowances,
    Campaign,
    Campaigns,
    Coupon,
    CouponBatch,
    CouponBatches,
    Coupons,
    GroupBuy,
    GroupBuys,
    Promotion,
    Promotions,
    Redemption,
    Redemptions,
)
from ecomcore.quoting import Edition, Editions
from ecomcore.shipping import Shipment, Shipments
from ecomcore.supply import InboundDeliveries, InboundDelivery
from ecomcore.transfers import Transfer, Transfers
from ecomcore.wallet import Account, Accounts, CreditHold, CreditHolds, SavedMethod, SavedMethods

__all__ = ["PORTS", "as_kept", "fetch", "keep", "reading", "repository_of", "writing"]

A = TypeVar("A", bound=Aggregate)

PORTS: Final = MappingProxyType(
    {
        Category: Categories,
        Product: Products,
        Location: Locations,
        StockItem: StockItems,
        StockMonth: StockMonths,
        Reservation: Reservations,
        ChannelSupply: ChannelSupplies,
        Bundle: Bundles,
        VariantUnits: UnitTables,
        Order: Orders,
        HeardNotice: HeardNotices,
        Shipment: Shipments,
        PriceList: PriceLists,
        PriceSeries: SeriesOfPrices,
        Zone: Zones,
        Delivery: DeliveryMethods,
        Rates: ExchangeRates,
        Edition: Editions,
        Campaign: Campaigns,
        Promotion: Promotions,
        Coupon: Coupons,
        CouponBatch: CouponBatches,
        Allowance: Allowances,
        Redemption: Redemptions,
        GroupBuy: GroupBuys,
        Series: AllSeries,
        Document: Documents,
        Account: Accounts,
        CreditHold: CreditHolds,
        SavedMethod: SavedMethods,
        Cart: Carts,
        InboundDelivery: InboundDeliveries,
        Transfer: Transfers,
        StockCount: StockCounts,
        CountBoard: CountBoards,
        QueueLine: QueueLines,
        QueueTicket: QueueTickets,
        Wish: Wishes,
    }
)
"""Which port keeps which aggregate, in an order in which one may refer to those before it."""


@contextmanager
def writing(persistence: Persistence) -> Iterator[UnitOfWork]:
    """A unit of work that is committed at the end of the block, and rolled back if the block raises."""
    work = persistence.begin()
    try:
        yield work
        work.commit()
    finally:
        work.rollback()


@contextmanager
def reading(persistence: Persistence) -> Iterator[UnitOfWork]:
    """A unit of work that only reads."""
    work = persistence.begin(write=False)
    try:
        yield work
    finally:
        work.rollback()


def repository_of(work: UnitOfWork, kind: type[Aggregate]) -> Any:
    """The repository for aggregates of this kind."""
    return work.repository(PORTS[kind])


def keep(persistence: Persistence, *aggregates: Aggregate) -> None:
    """Save these in one unit of work of their own."""
    with writing(persistence) as work:
        for aggregate in aggregates:
            repository_of(work, type(aggregate)).save(aggregate)


def fetch(persistence: Persistence, kind: type[A], id: str) -> A:
    """The aggregate as it is stored. Raises ``NotFound``."""
    with reading(persistence) as work:
        found: A = repository_of(work, kind).get(id)
        return found


def as_kept(aggregate: A, saves: int = 1) -> A:
    """What a new aggregate must look like when it comes back after so many saves."""
    kept = aggregate.having(version=aggregate.version + saves, told=aggregate.told + len(aggregate.news), news=())
    return kept.having(fresh=()) if isinstance(aggregate, StockItem | StockMonth | CouponBatch | Account) else kept
