"""Holds the shop against its source, and makes the report of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from ecomcore import Shop
from ecomcore.deliveries import ListDeliveries
from ecomcore.kernel.messages import System
from ecomcore.kernel.work import Persistence
from grocery.books import Flow, Sales, day_finder, read_departments, read_sales, read_stock, receipt_of
from grocery.report import Check, DayMovement, DaySales, DepartmentSales, ReportData, StockFlow
from grocery.source import CompleteJourney


def prove(shop: Shop, store: Persistence, data: CompleteJourney, days: Sequence[date]) -> ReportData:
    """Everything about these days, as the shop has it, next to what the source says."""
    day_of, wanted = day_finder(data.days()), frozenset(days)
    sales = read_sales(store, wanted, day_of)
    fuel = {product.id for product in data.products(days) if product.fuel}
    goods, fuels = read_stock(store, wanted, day_of, fuel)
    breaches = shop.audit()
    left = shop.ask(ListDeliveries(limit=1_000), by=System())

    source = data.totals(days)
    receipts = Counter(receipt_of(basket) for day in days for basket in data.baskets(day))
    return ReportData(
        checks=(
            Check("Orders, paid and delivered", source.orders, sales.orders.total()),
            Check("Orders that repeat a basket, line by line", source.orders, (receipts & sales.receipts).total()),
            Check("Orders astray", 0, sales.astray),
            Check("Units ordered", source.units, sales.units),
            Check("Units taken off the shelves", source.units, goods.sold.total() + fuels.sold.total()),
            Check("Revenue", source.revenue_minor, sales.revenue.total(), money=True),
            Check("Money in the till", source.revenue_minor, sales.taken, money=True),
            Check("Errands left undone", 0, len(left)),
            Check("Breaches found by the audit", 0, len(breaches)),
        ),
        sales=tuple(DaySales(day, sales.orders[day], sales.revenue[day]) for day in days),
        departments=_departments(sales, read_departments(store)),
        stock=(_flow("Goods by the piece", days, goods), _flow("Fuel, by volume", days, fuels)),
        oddities=tuple(data.oddities(days)),
        facts=tuple((f"Breach {n}", str(breach)) for n, breach in enumerate(breaches[:20], 1)),
    )


def _departments(sales: Sales, department_of: dict[str, str]) -> tuple[DepartmentSales, ...]:
    revenue: Counter[str] = Counter()
    for product, minor in sales.revenue_of_product.items():
        revenue[department_of[product]] += minor
    return tuple(DepartmentSales(name, minor) for name, minor in revenue.items())


def _flow(name: str, days: Sequence[date], flow: Flow) -> StockFlow:
    return StockFlow(name, tuple(DayMovement(day, flow.received[day], flow.sold[day]) for day in days))
