"""The page a replay leaves behind, its charts, and the progress shown on the way."""

import io
import re
import sys
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import attrs
import pytest
from grocery.campaign_report import CampaignResult
from grocery.charts import bars_by_day, in_and_out_by_day, ranked_bars
from grocery.progress import Bar, Lines, progress
from grocery.records import Campaign, CampaignInData, Oddity
from grocery.report import (
    Check,
    DayMovement,
    DaySales,
    DepartmentSales,
    ReportData,
    StockFlow,
    page,
    write_report,
)
from grocery.source import CompleteJourney
from grocery.tables import dollars

FIRST, SECOND = date(2017, 1, 1), date(2017, 1, 2)

REPORT = ReportData(
    checks=(Check("Orders", 3, 3), Check("Revenue", 12_345, 12_345, money=True)),
    sales=(DaySales(FIRST, 1, 345), DaySales(SECOND, 2, 12_000)),
    departments=(DepartmentSales("DELI", 345), DepartmentSales("GROCERY", 12_000)),
    stock=(StockFlow("Goods by the piece", (DayMovement(FIRST, 40, 1), DayMovement(SECOND, 0, 7))),),
    oddities=(Oddity("Rows of nothing", 0, "Left out."), Oddity("Fuel", 1234, "Sold as it stands.")),
    facts=(("Orders per second", "812"),),
)


SPRING = CampaignInData(
    Campaign(26, "Type B", FIRST, SECOND, households=118, coupons=33),
    redemptions=5,
    discount_minor=420,
    over_minor=20,
    other_minor=100,
    refused=(("absent", 2), ("other", 1)),
)


class TestThePage:
    def test_says_that_shop_and_source_agree(self) -> None:
        text = _text(page(REPORT))

        assert "✓ Shop and source agree on everything" in text
        assert "Orders 3 3 ✓ equal" in text
        assert "Revenue $123.45 $123.45 ✓ equal" in text
        assert "✗" not in text

    @pytest.mark.parametrize(
        ("check", "said"),
        [
            (Check("Units", 10, 9), "Units 10 9 ✗ off by -1"),
            (Check("Revenue", 100, 101, money=True), "Revenue $1.00 $1.01 ✗ off by $0.01"),
        ],
    )
    def test_says_what_does_not_agree(self, check: Check, said: str) -> None:
        text = _text(page(attrs.evolve(REPORT, checks=(*REPORT.checks, check))))

        assert said in text
        assert "✗ Shop and source do not agree" in text
        assert "agree on everything" not in text

    def test_claims_nothing_that_was_not_checked(self) -> None:
        assert "agree on everything" not in page(attrs.evolve(REPORT, checks=()))

    def test_tells_the_oddities_that_were_found_before_those_that_were_not(self) -> None:
        text = _text(page(REPORT))

        assert "1,234 Fuel Sold as it stands." in text
        assert text.index("Sold as it stands.") < text.index("none Rows of nothing Left out.")

    def test_tells_of_each_campaign_what_the_data_says_what_the_shop_did_and_why_they_differ(self) -> None:
        data = attrs.evolve(REPORT, campaigns=(CampaignResult(SPRING, 2, 300),), unexplained=(12, 3_450))

        text = _text(page(data))

        assert (
            "26, Type B 1 January 2017 to 2 January 2017 118 33 5 2 $4.20 $3.00 $1.20 2 without its products; "
            "1 that are another coupon's; $0.20 more than the goods cost; $1.00 by another coupon" in text
        )
        assert "All 33 5 2 $4.20 $3.00 $1.20" in text
        assert "2 none of the coupon's products is in the household's baskets" in text
        assert "12 more discounts by coupons at the till, $34.50 in all" in text

    @pytest.mark.parametrize(("applied", "discount"), [(1, 300), (2, 299), (3, 300)])
    def test_does_not_explain_away_what_nothing_explains(self, applied: int, discount: int) -> None:
        result = CampaignResult(SPRING, applied, discount)

        text = _text(page(attrs.evolve(REPORT, campaigns=(result,))))

        assert not result.holds
        assert "and something that nothing explains" in text

    def test_ranks_the_departments_and_gathers_the_small_ones(self) -> None:
        departments = tuple(DepartmentSales(f"D{i:02}", i) for i in range(1, 16))

        text = _text(page(attrs.evolve(REPORT, departments=departments)))

        chart = text[text.index("Top departments") : text.index("The numbers", text.index("Top departments"))]
        assert re.findall(r"D\d\d", chart) == [f"D{i:02}" for i in range(15, 3, -1)]
        assert "3 others" in chart
        assert "$0.06" in chart

    def test_quotes_what_the_data_says_of_itself(self) -> None:
        text = _text(page(REPORT))

        assert "This package contains simulated data based on real grocery shopping patterns." in text
        assert "provided by 84.51° for research and educational purposes" in text

    def test_escapes_every_text(self) -> None:
        evil = "<script>alert('&')</script>"
        data = ReportData(
            checks=(Check(evil, 1, 1),),
            sales=REPORT.sales,
            departments=(DepartmentSales(evil, 5),),
            stock=(StockFlow(evil, REPORT.stock[0].days),),
            oddities=(Oddity(evil, 1, evil),),
            facts=((evil, evil),),
        )

        written = page(data)

        assert "<script" not in written
        assert _text(written).count(evil) == 8  # as often as it was given, and twice more for the numbers of charts

    def test_needs_nothing_from_elsewhere(self) -> None:
        written = page(REPORT)

        assert "://" not in written
        assert not re.search(r"<(script|link|img|iframe)|@import|url\(|\b(src|href)=", written)

    def test_closes_what_it_opens(self) -> None:
        parser = _Balance()

        parser.feed(page(REPORT))

        assert parser.open == []

    def test_can_be_of_nothing(self) -> None:
        empty = ReportData(checks=(), sales=(), departments=(), stock=(), oddities=())

        assert "No day was replayed." in page(empty)
        assert "No campaign ran on these days." in page(empty)

    def test_is_written_where_it_is_wanted(self, tmp_path: Path) -> None:
        target = tmp_path / "report.html"
        target.write_text("old " * 10_000)

        write_report(target, REPORT)

        assert target.read_text(encoding="utf-8") == page(REPORT)

    def test_shows_the_real_data(self) -> None:
        data = CompleteJourney()
        days = data.days(2)
        sales = tuple(
            DaySales(day, len(baskets), sum(basket.amount_minor for basket in baskets))
            for day in days
            for baskets in [data.baskets(day)]
        )

        text = _text(page(attrs.evolve(REPORT, sales=sales, oddities=tuple(data.oddities(days)))))

        assert "1 January 2017 to 2 January 2017, 2 days." in text
        assert f"1 January 2017 382 {dollars(data.totals([days[0]]).revenue_minor)}" in text
        assert "40 Lines of fuel counted by volume" in text


class TestCharts:
    def test_a_bar_is_as_tall_as_its_value(self) -> None:
        days = [(FIRST, 50), (SECOND, 100), (SECOND + timedelta(days=1), 0)]

        small, large, none = _rectangles(bars_by_day("Sales", days, str))

        assert large["height"] == pytest.approx(2 * small["height"])
        assert none["height"] == 0
        assert small["y"] + small["height"] == pytest.approx(large["y"] + large["height"])
        assert small["x"] + small["width"] < large["x"]

    def test_what_came_stands_on_the_line_from_which_what_went_hangs(self) -> None:
        came, went = _rectangles(in_and_out_by_day("Stock", [(FIRST, 30, 60)], str))

        assert came["y"] + came["height"] == pytest.approx(went["y"])
        assert went["height"] == pytest.approx(2 * came["height"])

    def test_a_lying_bar_is_as_long_as_its_value(self) -> None:
        long, short = _rectangles(ranked_bars("Departments", [("A", 400), ("B", 100)], str))

        assert long["width"] == pytest.approx(4 * short["width"])
        assert long["x"] == short["x"]
        assert long["y"] < short["y"]

    @pytest.mark.parametrize("n", [1, 7, 31, 365])
    def test_everything_is_within_the_picture(self, n: int) -> None:
        days = [(FIRST + timedelta(days=i), 1000 + i, 10 * i) for i in range(n)]
        upright = bars_by_day("Sales", [(day, value) for day, value, _ in days], str)

        for chart in (upright, in_and_out_by_day("Stock", days, str)):
            _, _, width, height = map(float, ElementTree.fromstring(chart).attrib["viewBox"].split())  # noqa: S314 - our own text
            for bar in _rectangles(chart):
                assert bar["x"] >= 0
                assert bar["y"] >= 0
                assert bar["x"] + bar["width"] <= width
                assert bar["y"] + bar["height"] <= height

    @pytest.mark.parametrize(("n", "labels"), [(7, 7), (31, 5), (365, 12)])
    def test_days_are_labelled_as_densely_as_can_be_read(self, n: int, labels: int) -> None:
        days = [(FIRST + timedelta(days=i), 1) for i in range(n)]

        chart = bars_by_day("Sales", days, lambda _: "")

        said = [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", chart) if text]
        assert len(said) == labels

    @pytest.mark.parametrize(
        "chart",
        [
            bars_by_day("Sales", [], str),
            bars_by_day("Sales", [(FIRST, 0)], str),
            in_and_out_by_day("Stock", [(FIRST, 0, 0)], str),
            ranked_bars("Departments", [], str),
            ranked_bars("Departments", [("A", 0)], str),
        ],
    )
    def test_nothing_sold_is_drawn_too(self, chart: str) -> None:
        assert ElementTree.fromstring(chart).tag == "svg"  # noqa: S314 - our own text


@pytest.mark.parametrize(
    ("minor", "said"), [(0, "$0.00"), (5, "$0.05"), (123_456_789, "$1,234,567.89"), (-150, "-$1.50")]
)
def test_dollars_are_written_to_the_cent(minor: int, said: str) -> None:
    assert dollars(minor) == said


class TestProgress:
    def test_says_rate_and_time_left_every_few_seconds(self) -> None:
        stream, clock = io.StringIO(), _Clock()

        with Lines(1000, 0, "orders", stream, every=5, clock=clock) as shown:
            clock.now = 4
            shown.advance(100)
            clock.now = 5
            shown.advance(100, note="1 January")
            assert stream.getvalue() == "200 of 1,000 orders (20.0%), 40 orders/s, 0:00:20 left, 1 January\n"

    def test_ends_with_what_was_done(self) -> None:
        stream, clock = io.StringIO(), _Clock()

        with Lines(200, 0, "orders", stream, clock=clock) as shown:
            clock.now = 2
            shown.advance(200)

        assert stream.getvalue() == "200 of 200 orders (100.0%), 100 orders/s\n"

    def test_does_not_rate_what_an_earlier_run_did(self) -> None:
        stream, clock = io.StringIO(), _Clock()

        with Lines(1000, 900, "orders", stream, clock=clock) as shown:
            clock.now = 10
            shown.advance(50)

        assert stream.getvalue().splitlines()[-1] == "950 of 1,000 orders (95.0%), 5.0 orders/s, 0:00:10 left"

    def test_says_that_it_was_stopped(self) -> None:
        stream, clock = io.StringIO(), _Clock()

        def work() -> None:
            with Lines(10, 0, "orders", stream, clock=clock) as shown:
                clock.now = 1
                shown.advance(2)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            work()

        assert stream.getvalue().endswith("2 of 10 orders (20.0%), 2.0 orders/s, 0:00:04 left, stopped\n")

    def test_is_a_bar_on_a_terminal_and_lines_elsewhere(self) -> None:
        assert isinstance(progress(10, stream=_Terminal()), Bar)
        assert isinstance(progress(10, stream=io.StringIO()), Lines)

    def test_is_lines_on_a_terminal_without_rich(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in sys.modules if name.split(".")[0] == "rich"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "rich", None)

        assert isinstance(progress(10, stream=_Terminal()), Lines)

    def test_a_bar_shows_what_is_done_of_how_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "120")
        stream = _Terminal()

        with progress(1000, done=250, stream=stream) as shown:
            shown.advance(250, note="1 January")

        last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).strip().splitlines()[-1]
        assert "1 January" in last
        assert "500/1000" in last


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Balance(HTMLParser):
    """Keeps the elements that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class _Words(HTMLParser):
    """What a reader sees, tooltips left out."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.inside):
            self.words.append(data)


def _text(written: str) -> str:
    parser = _Words()
    parser.feed(written)
    parser.close()
    return " ".join(" ".join(parser.words).split())


def _rectangles(chart: str) -> list[dict[str, float]]:
    found = ElementTree.fromstring(chart).findall("rect")  # noqa: S314 - our own text
    return [{side: float(bar.attrib[side]) for side in ("x", "y", "width", "height")} for bar in found]
