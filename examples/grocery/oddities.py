"""What is strange about the source data, counted in the file itself and explained.

`QUESTIONS` is the whole list. A question's first number is the count; the others fill its explanation. Those
that find nothing stay in the list: that they were asked is worth knowing.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import attrs

from grocery.clock import window
from grocery.records import FUEL, Oddity

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST_MONDAY: Final = date(2016, 12, 26)
"""It begins the file's week 1, of which 2017 has only the Sunday."""


@attrs.frozen
class Question:
    name: str
    asks: str
    explanation: str


def count_oddities(connection: "DuckDBPyConnection", days: Sequence[date]) -> list[Oddity]:
    """Ask every question about these days. The connection knows `transactions` and `products`."""
    connection.execute(_LINES, [FUEL, *window(days)])
    connection.execute(_BASKETS)
    opens, closes = zip(*(window([day]) for day in days), strict=True)
    weeks = [(day - FIRST_MONDAY).days // 7 + 1 for day in days]
    connection.execute(_DAYS, [list(opens), list(closes), weeks])
    return [_ask(connection, question) for question in QUESTIONS]


def _ask(connection: "DuckDBPyConnection", question: Question) -> Oddity:
    [(count, *facts)] = connection.execute(question.asks).fetchall()
    return Oddity(question.name, count, question.explanation.format(*facts))


QUESTIONS: Final = (
    Question(
        "Lines of fuel counted by volume",
        """SELECT count(*), coalesce(sum(quantity), 0), (SELECT coalesce(sum(quantity), 0) FROM line),
                  coalesce(max(quantity), 0), coalesce(1000 * sum(amount) / sum(quantity), 0)
           FROM line WHERE fuel AND quantity > 1""",
        "They make {0:,} of all {1:,} units, up to {2:,} on one line. The data does not say units of what; "
        "at ${3:.2f} for 1,000 they look like thousandths of a US gallon. They are sold as they stand, and "
        "drawn apart from goods sold by the piece.",
    ),
    Question(
        "Lines of fuel counted as one",
        "SELECT count(*), coalesce(sum(amount), 0) FROM line WHERE fuel AND quantity = 1",
        "Fuel rung up by its amount, ${0:,.2f} in all: one unit, whatever the volume was. Sold as it stands.",
    ),
    Question(
        "Rows with neither quantity nor amount",
        """SELECT count(*), count(*) FILTER (coupon > 0), count(*) FILTER (NOT known)
           FROM line WHERE quantity = 0 AND amount = 0""",
        "No goods and no money, so no line of an order. {0:,} carry a coupon's discount and {1:,} name a "
        "product that the products table does not know, so many of these look like coupons being scanned.",
    ),
    Question(
        "Rows with an amount but quantity 0",
        """SELECT count(*), coalesce(sum(amount), 0), count(DISTINCT basket)
           FROM line WHERE quantity = 0 AND amount > 0""",
        "${0:,.2f} in {1:,} baskets. The money was taken, so it is revenue; nobody knows for how much of "
        "what, so it moves no stock and counts as no unit. It is sold as a product of its own that is not "
        "goods.",
    ),
    Question(
        "Lines of goods at 0.00",
        """SELECT count(*), coalesce(sum(quantity), 0), count(*) FILTER (loyalty > 0)
           FROM line WHERE quantity > 0 AND amount = 0""",
        "{0:,} units given away; {1:,} of these lines have a loyalty discount, which took the whole price. "
        "Sold at 0.00: the goods left the shelf.",
    ),
    Question(
        "Baskets with nothing in them",
        """SELECT count(*) FILTER (units = 0 AND amount = 0), count(*),
                  count(*) FILTER (units > 0 OR amount > 0) FROM basket""",
        "Nothing but rows with neither quantity nor amount, so there is nothing to order: {0:,} baskets in "
        "the file are {1:,} orders. Units and revenue are not touched.",
    ),
    Question(
        "Baskets of goods for 0.00",
        """SELECT count(*) FILTER (units > 0 AND amount = 0),
                  count(*) FILTER (units = 0 AND amount > 0) FROM basket""",
        "All of it given away: an order with a total of 0.00. (The other way round, baskets of money "
        "without any quantity: {0:,}.)",
    ),
    Question(
        "Amounts that do not divide by the quantity",
        "SELECT count(*) FROM line WHERE quantity > 1 AND (100 * amount)::BIGINT % quantity <> 0",
        "There is no price of one unit in whole cents. The price stays as it was said at the till, so much "
        "for so many (5.00 for 3), and is exact.",
    ),
    Question(
        "Amounts that are dust of floating point",
        "SELECT count(*) FROM line WHERE amount = 0 AND value <> 0",
        "Such as 0.0000000000000018, left behind by somebody's subtraction. They are 0.00.",
    ),
    Question(
        "Amounts that are not whole cents",
        "SELECT count(*) FROM line WHERE abs(value - amount::DOUBLE) > 1e-9",
        "Money is stored as floating point. An amount further than a billionth of a dollar from whole cents "
        "would be refused; the others lose nothing by being read as cents.",
    ),
    Question(
        "Negative or missing quantities and amounts",
        """SELECT count(*) FROM line
           WHERE quantity IS NULL OR value IS NULL OR quantity < 0 OR value < 0""",
        "The data has no returns. A row of this kind would be refused, as no rule here covers it.",
    ),
    Question(
        "Rows that repeat a product of their basket",
        "SELECT count(*) - count(DISTINCT (basket, product)) FROM line",
        "They would be added up into one line.",
    ),
    Question(
        "Baskets of more than one household, store or time",
        "SELECT count(*) - count(DISTINCT basket) FROM basket",
        "Each basket is one trip of one household to one store. Any other would be refused.",
    ),
    Question(
        "Products that the products table does not know",
        """SELECT count(DISTINCT product), count(DISTINCT product) FILTER (quantity > 0),
                  coalesce(sum(quantity), 0), coalesce(sum(amount), 0) FROM line WHERE NOT known""",
        "Sold among them: {0:,} ({1:,} units, ${2:,.2f}), called 'Product' and their number, in the "
        "department '(no department)'. The others stand only on rows without a quantity.",
    ),
    Question(
        "Products sold whose name is missing",
        """SELECT count(DISTINCT product), count(DISTINCT product) FILTER (category IS NULL)
           FROM line WHERE known AND kind IS NULL AND quantity > 0""",
        "A product is called by its type here, or else by its category; the {0:,} without either are called "
        "'Product' and their number.",
    ),
    Question(
        "Products sold whose name is not theirs alone",
        """SELECT coalesce(sum(n) FILTER (n > 1), 0)::BIGINT, count(*)
           FROM (SELECT count(DISTINCT product) AS n FROM line
                 WHERE kind IS NOT NULL AND quantity > 0 GROUP BY kind)""",
        "The data hides what products are called and gives only their type, {0:,} different ones. The "
        "number tells products apart.",
    ),
    Question(
        "Products sold whose package size is missing",
        "SELECT count(DISTINCT product) FROM line WHERE known AND package IS NULL AND quantity > 0",
        "It stays empty.",
    ),
    Question(
        "Rows with a discount",
        """SELECT count(*) FILTER (loyalty > 0 OR coupon > 0 OR matched > 0), coalesce(sum(loyalty), 0),
                  coalesce(sum(coupon), 0), coalesce(sum(matched), 0) FROM line""",
        "${0:,.2f} by loyalty card, ${1:,.2f} by manufacturers' coupons, ${2:,.2f} by the grocer matching "
        "those. The amounts of the file are what the grocer received: loyalty and matching are off already, "
        "coupons are not, as their makers pay for them. An order is what the household paid, so coupons are off. "
        "Loyalty is part of the till's price; coupons that were redeemed in a campaign are replayed.",
    ),
    Question(
        "Coupons off rows without goods",
        """SELECT count(*) FILTER (coupon > 0), coalesce(sum(coupon), 0) FROM line
           WHERE quantity = 0 AND amount = 0""",
        "${0:,.2f} that nobody can take off anything: orders are dearer by that than what left the purse.",
    ),
    Question(
        "Coupons for more than the goods cost",
        """SELECT count(*), coalesce(sum(coupon - amount), 0) FROM line WHERE quantity > 0 AND coupon > amount""",
        "By ${0:,.2f} in all. No line costs less than 0.00.",
    ),
    Question(
        "Baskets at the same second as another",
        """SELECT coalesce(sum(n), 0)::BIGINT, (SELECT count(*) FROM (
                      SELECT 1 FROM basket GROUP BY moment, household HAVING count(*) > 1))
           FROM (SELECT count(*) AS n FROM basket GROUP BY moment HAVING n > 1)""",
        "They are placed in the order of their numbers. Seconds in which one household has several: {0:,}.",
    ),
    Question(
        "Baskets whose second comes from their number",
        "SELECT count(*) FILTER (second(moment) = basket % 100 * 60 // 100), count(*) FROM basket",
        "Of {0:,}. The till only knew minutes; the second, 60 % of the last two digits of the basket's "
        "number, was added when the data set was prepared. Orders are placed at that time all the same.",
    ),
    Question(
        "Baskets whose week is not that of their day",
        """SELECT count(*) FROM basket
           JOIN trading_day AS day ON basket.moment >= day.opens AND basket.moment < day.closes
           WHERE basket.week <> day.week""",
        "The file's times carry no zone. Read as UTC, with days from midnight to midnight in New York, they "
        "fit the file's own weeks, Monday to Sunday, in winter and in summer.",
    ),
    Question(
        "Days without a basket",
        """SELECT count(*), coalesce(string_agg(strftime(opens, '%-d %B'), ', ' ORDER BY opens), 'no day')
           FROM trading_day AS day WHERE NOT EXISTS (
               FROM basket WHERE basket.moment >= day.opens AND basket.moment < day.closes)""",
        "No basket, so no order: {0}. (The grocer is taken to have been closed.)",
    ),
)

_LINES = """
CREATE OR REPLACE TEMP TABLE line AS
SELECT row.transaction_timestamp AS moment, row.week, row.basket_id AS basket, row.household_id AS household,
       row.store_id AS store, row.product_id AS product, row.quantity, row.sales_value AS value,
       row.sales_value::DECIMAL(18, 2) AS amount, row.retail_disc::DECIMAL(18, 2) AS loyalty,
       row.coupon_disc::DECIMAL(18, 2) AS coupon, row.coupon_match_disc::DECIMAL(18, 2) AS matched,
       item.product_id IS NOT NULL AS known, item.product_type AS kind, item.product_category AS category,
       item.package_size AS package, coalesce(item.product_type = ?, false) AS fuel
FROM transactions AS row LEFT JOIN products AS item USING (product_id)
WHERE row.transaction_timestamp >= ? AND row.transaction_timestamp < ?
"""

_BASKETS = """
CREATE OR REPLACE TEMP VIEW basket AS
SELECT basket, moment, week, household, store, sum(quantity) AS units, sum(amount) AS amount
FROM line GROUP BY basket, moment, week, household, store
"""

_DAYS = """
CREATE OR REPLACE TEMP TABLE trading_day AS
SELECT unnest(?::TIMESTAMP[]) AS opens, unnest(?::TIMESTAMP[]) AS closes, unnest(?::INTEGER[]) AS week
"""
