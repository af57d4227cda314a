"""The use cases that look after the stock: what expires, what nobody buys, what matters, and the ends of months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import accumulate
from typing import Final

from ecomcore.inventory.months import MonthLine, StockMonth
from ecomcore.inventory.ports import Locations, StockItems, StockMonths
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import Grade, InventoryPolicy
from ecomcore.inventory.watching_commands import CloseStockMonth, GradeStock, WatchStock
from ecomcore.kernel.calendar import month
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, Invalid
from ecomcore.kernel.ids import LocationId, StockItemId, StockMonthId, VariantId

PAGE: Final = 1_000


def watch_stock(command: WatchStock, stock_items: StockItems, policy: InventoryPolicy, clock: Clock) -> int:
    now = clock.now()
    soon = stock_items.expiring(now + policy.expires_within, None, command.limit, untold=True)
    due = stock_items.due(now, command.limit)
    dead = stock_items.unsold(now - policy.dead_after, None, command.limit, untold=True)
    striped = _changed_stripes(stock_items, now, command.limit)
    ids = {each.item for each in soon} | {item.id for item in (*due, *dead, *striped)}
    items: dict[StockItemId, StockItem] = dict(stock_items.many(sorted(ids), lock=True))

    before = dict(items)
    for each in soon:
        items[each.item] = items[each.item].warn(each.lot.code)
    for item in dead:
        held = items[item.id]
        if held.active_at is not None and held.active_at < now - policy.dead_after:
            items[item.id] = held.lie_dead(held.active_at)
    items = {id_: item.looked_at(now) for id_, item in items.items()}
    changed = [items[id_] for id_ in sorted(items) if items[id_] is not before[id_]]
    stock_items.save(*changed)
    return sum(len(item.news) for item in changed)


def _changed_stripes(stock_items: StockItems, now: Instant, limit: int) -> list[StockItem]:
    """Striped items of which there is something to tell. The others do not stand in their way, however many."""
    changed: list[StockItem] = []
    after: StockItemId | None = None
    while len(changed) < limit and (page := stock_items.striped(after, PAGE)):
        changed.extend(item for item in page if item.looked_at(now) is not item)
        after = page[-1].id
    return changed[:limit]


def grade_stock(command: GradeStock, locations: Locations, stock_items: StockItems, clock: Clock) -> int:
    location = locations.get(command.location).id
    sold = stock_items.sold(location, clock.now() - timedelta(days=command.days))
    grades = _grades(sold, command.a_percent, command.b_percent)
    graded = 0
    for page in _pages_of(location, stock_items):
        wanted = {item.id: grades.get(item.variant, Grade.C) for item in page}
        other = sorted(item.id for item in page if item.grade is not wanted[item.id])
        changed = [item.graded(wanted[id_]) for id_, item in stock_items.many(other, lock=True).items()]
        stock_items.save(*changed)
        graded += len(changed)
    return graded


def _grades(sold: Mapping[VariantId, int], a_percent: int, b_percent: int) -> dict[VariantId, Grade]:
    """A item has the grade of the share of all units that is sold before it: the first one is always A."""
    ranked = sorted(sold.items(), key=lambda each: (-each[1], each[0]))
    total = sum(units for _, units in ranked)
    before = accumulate((units for _, units in ranked), initial=0)
    return {
        variant: Grade.A if done * 100 < a_percent * total else Grade.B if done * 100 < b_percent * total else Grade.C
        for (variant, _), done in zip(ranked, before, strict=False)
    }


def _pages_of(location: LocationId, stock_items: StockItems) -> Iterator[list[StockItem]]:
    after: VariantId | None = None
    while page := list(stock_items.at_location(location, after, PAGE)):
        yield page
        after = page[-1].variant


def close_stock_month(
    command: CloseStockMonth, months: StockMonths, stock_items: StockItems, policy: InventoryPolicy, clock: Clock
) -> int:
    year, number = _month(command.month)
    until = month(year, number, policy.time_zone).end
    if until is None or until > clock.now():
        raise Invalid("month", command.month, "a month that is over")
    id_ = StockMonthId(command.month)
    if months.find(id_) is not None:
        raise AlreadyExists("stock month", "month", command.month)
    lines: list[MonthLine] = []
    after: StockItemId | None = None
    while page := stock_items.balances(until, after, PAGE):
        lines.extend(page)
        after = page[-1].item
    months.save(StockMonth.close(id_, until, tuple(lines)))
    return len(lines)


def _month(text: str) -> tuple[int, int]:
    year, _, number = text.partition("-")
    if not (len(year) == 4 and len(number) == 2 and text.isascii() and (year + number).isdigit()):
        raise Invalid("month", text, "a year and a month such as 2026-11")
    if not (1 <= int(number) <= 12 and int(year) >= 1):
        raise Invalid("month", text, "a year and a month such as 2026-11")
    return int(year), int(number)
