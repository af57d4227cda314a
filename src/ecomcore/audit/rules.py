"""What must hold of that by which prices are made: categories, prices, exchange rates, limits and budgets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.catalog import Categories, Products
from ecomcore.inventory import Locations
from ecomcore.kernel.work import Persistence
from ecomcore.pricing import DeliveryMethods, ExchangeRates, PriceLists, SeriesOfPrices, Zones
from ecomcore.promotions import (
    Allowances,
    Campaigns,
    CouponBatches,
    Coupons,
    GroupBuys,
    Promotions,
    Redemptions,
    breaches,
)

__all__ = ["benefits", "categories", "exchange_rates", "prices", "what_only_tells"]


def categories(persistence: Persistence) -> Iterator[Breach]:
    """Each category is below its parent and all that is above that."""
    for work, page in pages(persistence, Categories):
        parents = work.repository(Categories).many(sorted({each.parent for each in page if each.parent is not None}))
        for category in page:
            parent = parents.get(category.parent) if category.parent is not None else None
            above = (parent.id, *parent.above) if parent else ()
            if category.above != above:
                detail = f"it is below {' '.join(category.above)}, its parent says {' '.join(above) or 'nothing'}"
                yield Breach("a category is below its parent", (f"category {category.id}",), detail)
        yield from told(work, page)


def prices(persistence: Persistence) -> Iterator[Breach]:
    """The points of every series follow each other in time, in its currency."""
    for work, page in pages(persistence, SeriesOfPrices):
        for series in page:
            row = (f"price series {series.id}", f"variant {series.variant}")
            for before, after in pairwise(series.points):
                if after.since < before.since:
                    detail = f"{after.since} comes after {before.since}"
                    yield Breach("prices follow each other in time", row, detail)
            others = {each.price.amount.currency for point in series.points for each in point.breaks}
            if others - {series.currency}:
                yield Breach("one currency per series", row, f"{', '.join(sorted(others))} in one of {series.currency}")
        yield from told(work, page)


def exchange_rates(persistence: Persistence) -> Iterator[Breach]:
    """The rates of every pair follow each other in time."""
    for work, page in pages(persistence, ExchangeRates):
        for pair in page:
            for before, after in pairwise(pair.rates):
                if after.since < before.since:
                    detail = f"{after.since} comes after {before.since}"
                    yield Breach("rates follow each other in time", (f"rates {pair.id}",), detail)
        yield from told(work, page)


def benefits(persistence: Persistence) -> Iterator[Breach]:
    """What is taken of limits and budgets is what orders hold, and group buys are as full as they say."""
    for work, allowances in pages(persistence, Allowances):
        taken = work.repository(Redemptions).taken_sums([allowance.id for allowance in allowances])
        yield from (Breach(*found) for found in breaches(allowances=allowances, taken=taken))
        yield from told(work, allowances)
    for work, redemptions in pages(persistence, Redemptions):
        yield from (Breach(*found) for found in breaches(redemptions=redemptions))
        yield from told(work, redemptions)
    for work, groups in pages(persistence, GroupBuys):
        yield from (Breach(*found) for found in breaches(groups=groups))
        yield from told(work, groups)


_TELLING = (Products, Locations, PriceLists, Zones, DeliveryMethods, Campaigns, Promotions, Coupons, CouponBatches)


def what_only_tells(persistence: Persistence) -> Iterator[Breach]:
    """The events of all of which nothing else can be wrong."""
    for port in _TELLING:
        for work, page in pages(persistence, port):
            yield from told(work, page)
