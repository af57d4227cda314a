"""Holds the shop against its source, and makes the report of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from ecomcore import Shop
from ecomcore.deliveries import ListDeliveries
from ecomcore.kernel.messages import System
from ecomcore.kernel.work import Persistence
from grocery.books import (
    Flow,
    Redeeming,
    Sales,
    day_finder,
    read_counts,
    read_departments,
    read_redeeming,
    read_sales,
    read_stock,
    read_stores,
    receipt_of,
)
from grocery.campaign_report import CampaignResult
from grocery.records import CampaignInData
from grocery.report import Check, DayMovement, DaySales, DepartmentSales, ReportData, StockFlow
from grocery.source import CompleteJourney
from grocery.till import segment_of


def prove(shop: Shop, store: Persistence, data: CompleteJourney, days: Sequence[date]) -> ReportData:
    """Everything about these days, as the shop has it, next to what the source says."""
    day_of, wanted = day_finder(data.days()), frozenset(days)
    sales = read_sales(store, wanted, day_of)
    fuel = {product.id for product in data.products(days) if product.fuel}
    goods, fuels = read_stock(store, wanted, day_of, fuel)
    counted, off = read_counts(store, wanted, day_of)
    breaches = shop.audit()
    left = shop.ask(ListDeliveries(limit=1_000), by=System())

    redeeming = read_redeeming(store, wanted, day_of)
    campaigns = tuple(_campaign(told, redeeming) for told in data.redemptions.of_days(days))
    till = data.redemptions.till_discounts(days)
    applied, taken_off = redeeming.coupons.total(), redeeming.discount.total()
    refused = sum(each.refused for each in campaigns)

    source, to_count = data.totals(days), data.counted(days)
    receipts = Counter(receipt_of(basket) for day in days for basket in data.baskets(day))
    return ReportData(
        checks=(
            Check("Orders, paid and delivered", source.orders, sales.orders.total()),
            Check("Orders that repeat a basket, line by line", source.orders, (receipts & sales.receipts).total()),
            Check("Orders astray", 0, sales.astray),
            Check("Units ordered", source.units, sales.units),
            Check("Units taken off the shelves", source.units, goods.sold.total() + fuels.sold.total()),
            Check("Stores", len(data.stores()), read_stores(store)),
            Check("Full counts of stores, one a week each", to_count.counts, counted.counts),
            Check("Units found by the counts", to_count.units, counted.units),
            Check("Differences found by the counts", 0, off),
            Check("Revenue", source.revenue_minor, sales.revenue.total(), money=True),
            Check("Money in the till", source.revenue_minor, sales.taken, money=True),
            Check("Redemptions, applied or listed", sum(each.in_data for each in campaigns), applied + refused),
            Check("Redemptions as matched with the till", sum(each.expected for each in campaigns), applied),
            Check("Campaigns that agree to the cent", len(campaigns), sum(each.holds for each in campaigns)),
            Check(
                "Coupons' discounts, replayed or listed",
                till.all_minor,
                taken_off + till.over_minor + till.unexplained_minor,
                money=True,
            ),
            Check("Errands left undone", 0, len(left)),
            Check("Breaches found by the audit", 0, len(breaches)),
        ),
        sales=tuple(DaySales(day, sales.orders[day], sales.revenue[day]) for day in days),
        departments=_departments(sales, read_departments(store)),
        campaigns=campaigns,
        unexplained=(till.unexplained_rows, till.unexplained_minor),
        stock=(_flow("Goods by the piece", days, goods), _flow("Fuel, by volume", days, fuels)),
        oddities=tuple(data.oddities(days)),
        facts=tuple((f"Breach {n}", str(breach)) for n, breach in enumerate(breaches[:20], 1)),
    )


def _campaign(told: CampaignInData, redeeming: Redeeming) -> CampaignResult:
    name = segment_of(told.campaign.id)
    return CampaignResult(told, redeeming.coupons[name], redeeming.discount[name])


def _departments(sales: Sales, department_of: dict[str, str]) -> tuple[DepartmentSales, ...]:
    revenue: Counter[str] = Counter()
    for product, minor in sales.revenue_of_product.items():
        revenue[department_of[product]] += minor
    return tuple(DepartmentSales(name, minor) for name, minor in revenue.items())


def _flow(name: str, days: Sequence[date], flow: Flow) -> StockFlow:
    return StockFlow(name, tuple(DayMovement(day, flow.received[day], flow.sold[day]) for day in days))
