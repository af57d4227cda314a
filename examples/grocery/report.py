"""Writes what a replay came to as one page that needs nothing else: no script, no font, no picture.

Give it plain values; whoever ran the replay asks the shop for them. Every text is escaped.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Final

import attrs

from grocery.campaign_report import CampaignResult, campaigns_in_words
from grocery.charts import bars_by_day, in_and_out_by_day, ranked_bars
from grocery.records import NOTICE, Oddity
from grocery.tables import cells, counted, day_in_words, dollars, table

DEPARTMENTS_SHOWN: Final = 12


@attrs.frozen
class Check:
    """One number that the shop and the source must agree on. `money` is in cents."""

    name: str
    source: int
    shop: int
    money: bool = False

    @property
    def holds(self) -> bool:
        return self.source == self.shop


@attrs.frozen
class DaySales:
    day: date
    orders: int
    revenue_minor: int


@attrs.frozen
class DepartmentSales:
    name: str
    revenue_minor: int


@attrs.frozen
class DayMovement:
    """What came into stock on a day and what left it."""

    day: date
    received: int
    shipped: int


@attrs.frozen
class StockFlow:
    """Movements of goods counted alike: fuel by volume would bury everything sold by the piece."""

    name: str
    days: tuple[DayMovement, ...]


@attrs.frozen
class ReportData:
    """Everything on the page. `facts` are said as they are, such as ("Orders per second", "812")."""

    checks: tuple[Check, ...]
    sales: tuple[DaySales, ...]
    departments: tuple[DepartmentSales, ...]
    stock: tuple[StockFlow, ...]
    oddities: tuple[Oddity, ...]
    campaigns: tuple[CampaignResult, ...] = ()
    unexplained: tuple[int, int] = (0, 0)
    """Discounts by coupons at the till that no redemption explains: how many, and in cents."""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every check does. No check proves nothing."""
        return bool(self.checks) and all(check.holds for check in self.checks)


def write_report(path: Path, data: ReportData) -> None:
    """Write the page to `path`, replacing what is there."""
    path.write_text(page(data), encoding="utf-8")


def summary(data: ReportData) -> str:
    """The checks as lines of plain text."""
    width = max((len(check.name) for check in data.checks), default=0)
    lines = [f"{'':{width}}  {'source':>15}  {'shop':>15}"]
    for check in data.checks:
        say = dollars if check.money else counted
        mark = "equal" if check.holds else f"DIFFERENT by {say(check.shop - check.source)}"
        lines.append(f"{check.name:{width}}  {say(check.source):>15}  {say(check.shop):>15}  {mark}")
    return "\n".join(lines)


def page(data: ReportData) -> str:
    """The page as text."""
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    sections = [
        _section("The shop against its source", _checks(data.checks), _facts(data.facts)),
        _section("Sales per day", _sales(data.sales)),
        _section("Top departments", _departments(data.departments)),
        _section("Campaigns and coupons", *campaigns_in_words(data.campaigns, data.unexplained)),
        _section("Stock movements", *(_flow(flow) for flow in data.stock)),
        _section("What is odd about the data, and what was done about it", _oddities(data.oddities)),
    ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>A grocer's year</title>
<style>
{style}</style>
</head>
<body>
{_header(data)}
{"".join(sections)}
{_footer()}
</body>
</html>
"""


def _header(data: ReportData) -> str:
    days = [sale.day for sale in data.sales]
    span = f"{day_in_words(days[0])} to {day_in_words(days[-1])}, {len(days)} days." if days else "No day was replayed."
    verdict = (
        '<p class="verdict holds">✓ Shop and source agree on everything</p>'
        if data.holds
        else '<p class="verdict fails">✗ Shop and source do not agree</p>'
    )
    return f"""<header>
<h1>A grocer's year</h1>
<p>Every basket of dunnhumby's “Complete Journey”, placed, paid and shipped in a shop at its own time.
{span}</p>
{verdict}
</header>"""


def _checks(checks: Sequence[Check]) -> str:
    rows = []
    for check in checks:
        say = dollars if check.money else counted
        mark = "✓ equal" if check.holds else f"✗ off by {say(check.shop - check.source)}"
        rows.append(
            f'<tr class="{"holds" if check.holds else "fails"}"><th scope="row">{escape(check.name)}</th>'
            f"{cells([say(check.source), say(check.shop)])}"
            f'<td class="number mark">{mark}</td></tr>'
        )
    return table(["", "Source data", "Shop", ""], rows)


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    if not facts:
        return ""
    rows = [f'<tr><th scope="row">{escape(name)}</th>{cells([value])}</tr>' for name, value in facts]
    return f"<details open><summary>How it ran</summary>{table([], rows)}</details>"


def _sales(sales: Sequence[DaySales]) -> str:
    revenue = [(sale.day, sale.revenue_minor) for sale in sales]
    orders = [(sale.day, sale.orders) for sale in sales]
    rows = [(day_in_words(sale.day), counted(sale.orders), dollars(sale.revenue_minor)) for sale in sales]
    return (
        _figure("Revenue", bars_by_day("Revenue per day", revenue, dollars))
        + _figure("Orders", bars_by_day("Orders per day", orders, counted, height=160))
        + _numbers(["Day", "Orders", "Revenue"], rows)
    )


def _departments(departments: Sequence[DepartmentSales]) -> str:
    ranked = sorted(departments, key=lambda each: (-each.revenue_minor, each.name))
    rows = [(each.name, each.revenue_minor) for each in ranked]
    shown, rest = rows[:DEPARTMENTS_SHOWN], rows[DEPARTMENTS_SHOWN:]
    if rest:
        shown.append((f"{len(rest)} others", sum(revenue for _, revenue in rest)))
    said = [(name, dollars(revenue)) for name, revenue in rows]
    return _figure("Revenue", ranked_bars("Revenue by department", shown, dollars)) + _numbers(
        ["Department", "Revenue"], said
    )


def _flow(flow: StockFlow) -> str:
    days = [(each.day, each.received, each.shipped) for each in flow.days]
    received, shipped = sum(came for _, came, _ in days), sum(went for _, _, went in days)
    caption = (
        f'{escape(flow.name)}: <span class="key">{received:,} received</span>, '
        f'<span class="key gone">{shipped:,} shipped</span>'
    )
    chart = in_and_out_by_day(f"Stock movements per day: {flow.name}", days, counted)
    rows = [(day_in_words(day), counted(came), counted(went)) for day, came, went in days]
    return _figure(caption, chart) + _numbers(["Day", "Received", "Shipped"], rows)


def _oddities(oddities: Sequence[Oddity]) -> str:
    rows = [
        f"<tr{'' if oddity.count else ' class=none'}>"
        f'<td class="number">{f"{oddity.count:,}" if oddity.count else "none"}</td>'
        f'<th scope="row">{escape(oddity.name)}</th><td>{escape(oddity.explanation)}</td></tr>'
        for oddity in sorted(oddities, key=lambda oddity: oddity.count == 0)
    ]
    return table(["Count", "What", "What was done"], rows, texts=(1, 2))


def _footer() -> str:
    quotes = "".join(f"<blockquote>{escape(words.replace('**', ''))}</blockquote>" for words in NOTICE)
    return f"<footer><p>The README of the data's own package calls it simulated:</p>{quotes}</footer>"


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>\n"


def _figure(caption: str, chart: str) -> str:
    return f'<figure class="wide"><figcaption>{caption}</figcaption>{chart}</figure>'


def _numbers(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The numbers of a chart, folded away: a name, then numbers."""
    body = [f'<tr><th scope="row">{escape(name)}</th>{cells(values)}</tr>' for name, *values in rows]
    return f"<details><summary>The numbers</summary>{table(heads, body)}</details>"
