"""Reads what the shop holds, all of it, from its store. Nothing here was counted during the replay."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import attrs

from ecomcore.catalog import Categories, Products
from ecomcore.counting import CountKind, CountState, StockCounts
from ecomcore.inventory import LocationKind, Locations, Movement, MovementKind, StockItems
from ecomcore.kernel.ids import MemberId, StockItemId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.work import Persistence, UnitOfWork
from ecomcore.ordering import EntryKind, Order, Orders, OrderState
from ecomcore.promotions import Redemptions, RedemptionState
from grocery.clock import closing, opening
from grocery.records import UNCOUNTED, Basket, Counted
from grocery.till import TILL, location_of

PAGE: Final = 1_000

DayOf = Callable[[datetime], date | None]


@attrs.define
class Sales:
    """What was sold: the orders that were paid, shipped and delivered. Money is in cents."""

    orders: Counter[date] = attrs.Factory(Counter)
    revenue: Counter[date] = attrs.Factory(Counter)
    revenue_of_product: Counter[str] = attrs.Factory(Counter)
    receipts: Counter[int] = attrs.Factory(Counter)
    units: int = 0
    taken: int = 0
    """Captured and not refunded, by the ledgers of the payments."""
    astray: int = 0
    """Orders of no day of the source, and orders that are not delivered."""


@attrs.define
class Redeeming:
    """What was redeemed, by campaign: how many coupons, and what they took off in cents."""

    coupons: Counter[str] = attrs.Factory(Counter)
    discount: Counter[str] = attrs.Factory(Counter)


@attrs.define
class Flow:
    """What came to the shelves and what was sold from them, by the stock ledgers."""

    received: Counter[date] = attrs.Factory(Counter)
    sold: Counter[date] = attrs.Factory(Counter)


def read_sales(store: Persistence, days: Collection[date], day_of: DayOf) -> Sales:
    """All orders in the shop, except those of other days that `day_of` knows: they are of a longer replay."""
    sales = Sales()
    for _, orders in _pages(store, Orders):
        for order in orders:
            day = day_of(order.placed_at)
            if day is None or (day in days and order.state is not OrderState.COMPLETED):
                sales.astray += 1
            elif day in days:
                _add(sales, day, order)
    return sales


def read_redeeming(store: Persistence, days: Collection[date], day_of: DayOf) -> Redeeming:
    """What orders of these days hold of campaigns for good, by the shop's own book of redemptions."""
    redeeming = Redeeming()
    for _, redemptions in _pages(store, Redemptions):
        for redemption in redemptions:
            if redemption.state is not RedemptionState.CONFIRMED or day_of(redemption.at) not in days:
                continue
            for line in redemption.lines:
                redeeming.coupons[line.campaign or ""] += line.coupon is not None
                redeeming.discount[line.campaign or ""] += line.amount.minor
    return redeeming


def read_stock(store: Persistence, days: Collection[date], day_of: DayOf, fuel: Collection[str]) -> tuple[Flow, Flow]:
    """The movements of these days: of goods by the piece, and of fuel. Money without goods is neither."""
    goods, fuels = Flow(), Flow()
    for work, items in _pages(store, StockItems):
        for item in items:
            if item.variant == UNCOUNTED.id:
                continue
            flow = fuels if item.variant in fuel else goods
            for movement in _ledger(work.repository(StockItems), item.id):
                day = day_of(movement.at)
                if day is None or day not in days:
                    continue
                if movement.kind is MovementKind.SALE:
                    flow.sold[day] -= movement.quantity
                else:
                    flow.received[day] += movement.quantity
    return goods, fuels


def read_stores(store: Persistence) -> int:
    """How many locations of the shop are stores."""
    return sum(place.kind is LocationKind.STORE for _, places in _pages(store, Locations) for place in places)


def read_counts(store: Persistence, days: Collection[date], day_of: DayOf) -> tuple[Counted, int]:
    """The full counts that were begun on these days and are booked, and by how many units they differ from the books.

    Money without goods lies nowhere.
    """
    counts = units = off = 0
    for _, page in _pages(store, StockCounts):
        for count in page:
            if count.kind is CountKind.FULL and count.state is CountState.BOOKED and day_of(count.started_at) in days:
                counts += 1
                units += sum(line.counted for line in count.lines if line.variant != UNCOUNTED.id)
                off += count.off
    return Counted(counts, units), off


def read_departments(store: Persistence) -> dict[str, str]:
    """The name of every product's department."""
    names = {category.id: category.name for _, page in _pages(store, Categories) for category in page}
    return {product.id: names[product.category] for _, page in _pages(store, Products) for product in page}


def receipt_of(basket: Basket) -> int:
    """Who bought what, where, when, at what price, and what each coupon took off.

    The same number as the order's that repeats all of it.
    """
    lines = tuple((line.product, line.quantity, line.amount_minor) for line in basket.lines)
    coupons = frozenset((coupon.code, coupon.amount_minor) for coupon in basket.coupons)
    place = TILL, location_of(basket.store)
    return hash((Member(MemberId(basket.household)).owner, place, basket.at, lines, coupons))


def day_finder(days: Sequence[date]) -> DayOf:
    """A function that tells on which of these successive days a moment is, if on any."""
    borders = [*map(opening, days), closing(days[-1])]

    def day_of(moment: datetime) -> date | None:
        n = bisect_right(borders, moment)
        return days[n - 1] if 0 < n <= len(days) else None

    return day_of


def _add(sales: Sales, day: date, order: Order) -> None:
    sales.orders[day] += 1
    sales.revenue[day] += order.total.minor
    sales.taken += order.ledger.sum(EntryKind.CAPTURED).minor - order.ledger.sum(EntryKind.REFUNDED).minor
    sales.receipts[_receipt_of_order(order)] += 1
    for line in order.lines:
        sales.revenue_of_product[line.variant] += line.total.minor
        sales.units += line.quantity if line.variant != UNCOUNTED.id else 0


def _receipt_of_order(order: Order) -> int:
    lines = tuple((line.variant, line.quantity, line.listed.minor) for line in order.lines)
    taken: Counter[str] = Counter()
    for discount in (each for line in order.lines for each in line.discounts):
        taken[discount.promotion] += discount.amount.minor
    place = order.channel, order.location
    return hash((order.buyer, place, order.placed_at, lines, frozenset(taken.items())))


def _ledger(items: StockItems, item: StockItemId) -> Iterator[Movement]:
    after = 0
    while page := items.movements(item, after, PAGE):
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].number


def _pages(store: Persistence, port: type) -> Iterator[tuple[UnitOfWork, Sequence[Any]]]:
    """Everything in a repository, page by page, with the unit of work that reads it."""
    after = None
    while True:
        work = store.begin(write=False)
        try:
            page = work.repository(port).page(after, PAGE)
            if page:
                yield work, page
        finally:
            work.rollback()
        if len(page) < PAGE:
            return
        after = page[-1].id
