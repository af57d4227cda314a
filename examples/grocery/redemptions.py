"""Which coupon took which discount off which goods: the data does not say, so it is worked out here, in DuckDB.

The data has four tables about it: campaigns with their days, the households that got each, the products each coupon is
for, and who redeemed which coupon on which day. None says what a coupon is worth or with which basket it was redeemed.
The till's own rows say what manufacturers' coupons (`coupon_disc`), and the grocer matching those
(`coupon_match_disc`), took off each product of a basket. So:

- a redemption is about the household's first basket of that day with a product of the coupon off which the till took a
  coupon's discount; it is worth what the till took off those products there, at most what they cost;
- a product that several redemptions could be about is the one's that could be about the fewest; then that of the lower
  campaign, then of the lower coupon;
- a redemption that is left without a product is not replayed, and counted with the reason;
- a discount no redemption is about stays what it is: part of the till's price.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grocery.clock import window
from grocery.records import Campaign, CampaignInData, Coupon, TillDiscounts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES: Final = {
    "campaign_descriptions": "campaign_id BIGINT, campaign_type VARCHAR, start_date TIMESTAMP, end_date TIMESTAMP",
    "campaigns": "campaign_id BIGINT, household_id BIGINT",
    "coupons": "coupon_upc BIGINT, product_id BIGINT, campaign_id BIGINT",
    "coupon_redemptions": "household_id BIGINT, coupon_upc BIGINT, campaign_id BIGINT, redemption_date TIMESTAMP",
}
"""The data's tables about coupons. A folder has all of them, or none: then there are no campaigns."""

REASONS: Final = {
    "stranger": "redeemed by a household that did not get the campaign",
    "unlisted": "of a coupon that is not one of the campaign's",
    "outside": "redeemed outside of the campaign's days",
    "no basket": "redeemed on a day without a basket of the household",
    "absent": "none of the coupon's products is in the household's baskets of that day",
    "full price": "the coupon's products are there, but the till took no coupon's discount off them",
    "other": "the only discounts it could be about are those of other coupons redeemed that day",
}
"""Why a redemption cannot be replayed."""


def read_redemptions(connection: "DuckDBPyConnection", folder: Path) -> None:
    """Make the tables `claimed` and `redemption`. The connection knows `kept`."""
    present = [name for name in TABLES if (folder / f"{name}.parquet").is_file()]
    if present and len(present) < len(TABLES):
        missing = ", ".join(f"{name}.parquet" for name in TABLES if name not in present)
        raise FileNotFoundError(missing)
    for name, columns in TABLES.items():
        if present:
            connection.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        else:
            connection.execute(f"CREATE TABLE {name} ({columns})")
    days = [day for (day,) in connection.execute(_DAYS).fetchall()]
    opens, closes = [window([day])[0] for day in days], [window([day])[1] for day in days]
    connection.execute(_OPEN, [days, opens, closes])
    for query in (_LISTED, _ASKED, _CANDIDATE, _CHOSEN, _WON, _REDEEMED, _REDEMPTION, _CLAIMED):
        connection.execute(query)


class Redemptions:
    """The campaigns, their coupons, and what was redeemed."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        self._connection = connection
        self.campaigns = tuple(Campaign(*row) for row in connection.execute(_CAMPAIGNS).fetchall())
        """All campaigns, in the order of their first days."""

    def households(self) -> dict[str, list[int]]:
        """The campaigns that each household got."""
        return dict(self._connection.execute(_HOUSEHOLDS).fetchall())

    def coupons(self, campaign: int) -> Iterator[Coupon]:
        """The coupons of a campaign, each at every value it was redeemed at."""
        for code, value, times, products in self._connection.execute(_COUPONS, [campaign]).fetchall():
            yield Coupon(code, campaign, value, times, tuple(products))

    def of_days(self, days: Sequence[date]) -> list[CampaignInData]:
        """What the data says about each campaign that runs on one of these days."""
        span = days[0], days[-1]
        money = {id_: minors for id_, *minors in self._connection.execute(_MONEY, span).fetchall()}
        rows: dict[int, int] = {}
        refused: dict[int, list[tuple[str, int]]] = {}
        for campaign, reason, count in self._connection.execute(_REFUSED, span).fetchall():
            rows[campaign] = rows.get(campaign, 0) + count
            if reason:
                refused.setdefault(campaign, []).append((reason, count))
        told = []
        for each in self.campaigns:
            if each.id in rows or (each.first <= days[-1] and each.last >= days[0]):
                taken, over, other = money.get(each.id, (0, 0, 0))
                why = tuple(refused.get(each.id, ()))
                told.append(CampaignInData(each, rows.get(each.id, 0), taken, over, other, why))
        return told

    def till_discounts(self, days: Sequence[date]) -> TillDiscounts:
        """All that coupons took off on these days, next to what no redemption explains."""
        [row] = self._connection.execute(_TILL, window(days)).fetchall()
        return TillDiscounts(*row)


_DAYS = "SELECT DISTINCT redemption_date::DATE FROM coupon_redemptions ORDER BY ALL"

_OPEN = """
CREATE TEMP TABLE redemption_day AS
SELECT unnest(?::DATE[]) AS day, unnest(?::TIMESTAMP[]) AS opens, unnest(?::TIMESTAMP[]) AS closes
"""

_LISTED = """
CREATE TABLE listed AS
SELECT DISTINCT campaign_id AS campaign, coupon_upc AS upc, product_id AS product FROM coupons
"""

_ASKED = """
CREATE TABLE asked AS
SELECT row_number() OVER (ORDER BY redemption_date, household_id, campaign_id, coupon_upc) AS number,
       household_id AS household, coupon_upc AS upc, campaign_id AS campaign, redemption_date::DATE AS day,
       opens, closes,
       CASE WHEN (campaign_id, household_id) NOT IN (SELECT (campaign_id, household_id) FROM campaigns) THEN 'stranger'
            WHEN (campaign_id, coupon_upc) NOT IN (SELECT (campaign, upc) FROM listed) THEN 'unlisted'
            WHEN NOT coalesce(redemption_date::DATE BETWEEN start_date::DATE AND end_date::DATE, false) THEN 'outside'
       END AS refused
FROM coupon_redemptions JOIN redemption_day ON day = redemption_date::DATE
LEFT JOIN campaign_descriptions USING (campaign_id)
"""

# One row for a redemption and a product of its coupon that was bought that day.
_CANDIDATE = """
CREATE TABLE candidate AS
SELECT number, asked.household AS household, campaign, upc, day, moment, basket, product,
       sum(coupon + matched)::BIGINT AS taken, sum(least(coupon, value) + matched)::BIGINT AS off
FROM asked
JOIN kept ON kept.household = asked.household AND moment >= opens AND moment < closes AND quantity > 0
JOIN listed USING (campaign, upc, product)
WHERE refused IS NULL
GROUP BY number, asked.household, campaign, upc, day, moment, basket, product
"""

_CHOSEN = """
CREATE TABLE chosen AS
SELECT number, arg_min(basket, (moment, basket)) AS basket, count(*) AS choices
FROM candidate WHERE off > 0 GROUP BY number
"""

_WON = """
CREATE TABLE won AS
SELECT candidate.* FROM candidate JOIN chosen USING (number, basket) WHERE off > 0
QUALIFY row_number() OVER (PARTITION BY basket, product ORDER BY choices, campaign, upc, number) = 1
"""

_REDEEMED = """
CREATE TABLE redeemed AS
SELECT number, basket, campaign, upc, household, day, sum(off)::BIGINT AS value,
       concat(upc, '-C', campaign, '-V', sum(off)::BIGINT) AS code
FROM won GROUP BY number, basket, campaign, upc, household, day
"""

_REDEMPTION = """
CREATE TABLE redemption AS
SELECT asked.number, asked.campaign, asked.upc, asked.household, asked.day, redeemed.basket, redeemed.code,
       CASE WHEN redeemed.code IS NOT NULL THEN NULL
            WHEN refused IS NOT NULL THEN refused
            WHEN number IN (SELECT number FROM chosen) THEN 'other'
            WHEN number IN (SELECT number FROM candidate) THEN 'full price'
            WHEN EXISTS (FROM kept WHERE kept.household = asked.household AND moment >= opens AND moment < closes
                         AND (quantity > 0 OR value > 0)) THEN 'absent'
            ELSE 'no basket' END AS reason
FROM asked LEFT JOIN redeemed USING (number)
"""

_CLAIMED = """
CREATE TABLE claimed AS
SELECT basket, product AS item, code, off FROM won JOIN redeemed USING (number, basket)
"""

_CAMPAIGNS = """
SELECT campaign_id, campaign_type, start_date::DATE, end_date::DATE,
       (SELECT count(DISTINCT household_id) FROM campaigns AS got WHERE got.campaign_id = told.campaign_id),
       (SELECT count(DISTINCT upc) FROM listed WHERE campaign = told.campaign_id)
FROM campaign_descriptions AS told ORDER BY start_date, campaign_id
"""

_HOUSEHOLDS = """
SELECT household_id::VARCHAR, list(DISTINCT campaign_id) FROM campaigns GROUP BY household_id
"""

_COUPONS = """
WITH worth AS (
    SELECT upc, code, any_value(value) AS value, max(n) AS times
    FROM (SELECT upc, code, value, count(*) OVER (PARTITION BY upc, code, household) AS n
          FROM redeemed WHERE campaign = $1)
    GROUP BY upc, code
), usual AS (
    SELECT coalesce((SELECT value FROM redeemed GROUP BY value ORDER BY count(*) DESC, value LIMIT 1), 100) AS value
), goods AS (
    SELECT upc, list(product::VARCHAR ORDER BY product) AS products FROM listed WHERE campaign = $1 GROUP BY upc
)
SELECT coalesce(code, concat(upc, '-C', $1, '-V', usual.value)), coalesce(worth.value, usual.value),
       coalesce(times, 1), products
FROM goods LEFT JOIN worth USING (upc), usual ORDER BY ALL
"""

_REFUSED = """
SELECT campaign, reason, count(*) FROM redemption WHERE day BETWEEN ? AND ? GROUP BY ALL ORDER BY ALL
"""

_MONEY = """
SELECT campaign, sum(taken)::BIGINT, sum(CASE WHEN won THEN taken - off ELSE 0 END)::BIGINT,
       sum(CASE WHEN won THEN 0 ELSE taken END)::BIGINT
FROM (SELECT campaign, basket, product, any_value(taken) AS taken, any_value(off) AS off,
             bool_or((number, basket, product) IN (SELECT (number, basket, product) FROM won)) AS won
      FROM candidate WHERE day BETWEEN ? AND ? GROUP BY campaign, basket, product)
GROUP BY campaign
"""

_TILL = """
SELECT coalesce(sum(taken), 0)::BIGINT, coalesce(sum(taken - off) FILTER (off > 0), 0)::BIGINT,
       count(*) FILTER (off IS NULL), coalesce(sum(taken) FILTER (off IS NULL), 0)::BIGINT
FROM (SELECT basket, product, quantity > 0 AS goods, sum(coupon + matched) AS taken FROM kept
      WHERE moment >= ? AND moment < ? AND coupon + matched > 0 GROUP BY basket, product, goods) AS row
LEFT JOIN claimed ON claimed.basket = row.basket AND claimed.item = row.product AND row.goods
"""
