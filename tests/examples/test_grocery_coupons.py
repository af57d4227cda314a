"""Which coupon took off what: in the real data, and on tiny made-up tables with one thing odd in each."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from grocery.campaigns import launch
from grocery.clock import opening
from grocery.grocer import CLERK
from grocery.records import Basket, Coupon, Line, Redeemed, TillDiscounts
from grocery.redemptions import TABLES
from grocery.source import CompleteJourney, DataMissing, NoRuleForIt
from grocery.till import Households, ReplayClock, TillOffers

from ecomcore import assemble
from ecomcore.kernel.ids import MemberId, VariantId
from ecomcore.kernel.messages import Member
from ecomcore.ordering import CartLine, QuoteCart

DAY = date(2017, 1, 2)

Row = tuple[int, int, int, int, float, float, float]
"""household, basket (its last digit is the hour), product, quantity, amount, coupon, matched"""

Open = Callable[..., CompleteJourney]


@pytest.fixture(scope="module")
def year() -> CompleteJourney:
    return CompleteJourney()


@pytest.fixture
def till(tmp_path: Path) -> Open:
    """These rows of one day, and these redemptions of it: household, coupon, campaign.

    Campaign 1 went to households 7 and 8, campaign 2 to 7. Coupon 10 of both is for products 1 and 2, coupon 20 of
    campaign 1 for product 2. Campaign 3 was over the day before; its coupon 30 is for product 1.
    """

    def write(rows: list[Row], *redeemed: tuple[int, int, int]) -> CompleteJourney:
        connection = duckdb.connect()
        connection.execute(
            """CREATE TABLE transactions (household_id BIGINT, basket_id BIGINT, product_id BIGINT, quantity BIGINT,
                 sales_value DOUBLE, coupon_disc DOUBLE, coupon_match_disc DOUBLE, store_id BIGINT DEFAULT 3,
                 retail_disc DOUBLE DEFAULT 0, week BIGINT DEFAULT 2, transaction_timestamp TIMESTAMP)"""
        )
        for row in rows:
            moment = f"2017-01-02 {17 + row[1] % 10}:00:00"
            connection.execute("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, 3, 0, 2, ?)", (*row, moment))
        connection.execute(
            """CREATE TABLE products AS SELECT 1 AS product_id, '' AS department, '' AS brand, '' AS product_category,
                 'SOUP' AS product_type, '' AS package_size"""
        )
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
        connection.execute(
            """INSERT INTO campaign_descriptions VALUES (1, 'Type A', '2017-01-02', '2017-01-02'),
                 (2, 'Type B', '2016-12-01', '2017-02-01'), (3, 'Type C', '2016-12-01', '2017-01-01')"""
        )
        connection.execute("INSERT INTO campaigns VALUES (1, 7), (1, 8), (2, 7), (3, 7)")
        connection.execute(
            """INSERT INTO coupons VALUES (10, 1, 1), (10, 2, 1), (20, 2, 1), (10, 1, 2), (10, 2, 2), (30, 1, 3),
                 (20, 2, 1)"""
        )
        for redemption in redeemed:
            connection.execute("INSERT INTO coupon_redemptions VALUES (?, ?, ?, '2017-01-02')", redemption)
        for name in ("transactions", "products", *TABLES):
            connection.table(name).write_parquet(str(tmp_path / f"{name}.parquet"))
        return CompleteJourney(tmp_path)

    return write


class TestARedemption:
    def test_takes_off_what_the_till_took_off_with_what_the_grocer_matched(self, till: Open) -> None:
        data = till([(7, 100, 1, 2, 3.00, 0.50, 0.25), (7, 100, 5, 1, 1.00, 0, 0)], (7, 10, 1))

        [basket] = data.baskets(DAY)

        assert basket.lines == (Line("1", 2, 325), Line("5", 1, 100))
        assert basket.coupons == (Redeemed("10-C1-V75", 75),)
        assert basket.amount_minor == data.totals([DAY]).revenue_minor == 350

    def test_is_about_all_products_of_the_coupon_that_became_cheaper(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0.50, 0), (7, 100, 2, 1, 1.00, 0.20, 0)], (7, 10, 1))

        assert coupons_of(data) == {"100": [("10-C1-V70", 70)]}

    def test_takes_no_more_off_than_the_goods_cost(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 0.40, 1.00, 0.25)], (7, 10, 1))

        [basket] = data.baskets(DAY)

        assert basket.lines == (Line("1", 1, 65),)
        assert basket.coupons == (Redeemed("10-C1-V65", 65),)
        assert basket.amount_minor == data.totals([DAY]).revenue_minor == 0
        assert told(data, 1)[:4] == (1, 125, 60, 0)

    def test_is_about_the_first_basket_of_the_day_where_the_till_took_something_off(self, till: Open) -> None:
        data = till(
            [(7, 100, 1, 1, 3.00, 0, 0), (7, 101, 1, 1, 3.00, 0.50, 0), (7, 102, 1, 1, 3.00, 0.60, 0)], (7, 10, 1)
        )

        assert coupons_of(data) == {"101": [("10-C1-V50", 50)]}

    def test_that_could_be_about_less_comes_first(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0.50, 0), (7, 100, 2, 1, 3.00, 0.60, 0)], (7, 10, 1), (7, 20, 1))

        assert coupons_of(data) == {"100": [("10-C1-V50", 50), ("20-C1-V60", 60)]}

    def test_of_the_lower_campaign_comes_first_where_both_could_be_about_as_much(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0.50, 0)], (7, 10, 2), (7, 10, 1))

        assert coupons_of(data) == {"100": [("10-C1-V50", 50)]}
        assert told(data, 2) == (1, 50, 0, 50, (("other", 1),))

    @pytest.mark.parametrize(
        ("row", "redeemed", "reason"),
        [
            ((7, 100, 1, 1, 3.00, 0.50, 0), (8, 10, 2), "stranger"),
            ((7, 100, 2, 1, 3.00, 0.50, 0), (7, 20, 2), "unlisted"),
            ((7, 100, 1, 1, 3.00, 0.50, 0), (7, 30, 3), "outside"),
            ((7, 100, 1, 1, 3.00, 0.50, 0), (8, 10, 1), "no basket"),
            ((7, 100, 5, 1, 3.00, 0.50, 0), (7, 10, 1), "absent"),
            ((7, 100, 1, 1, 3.00, 0, 0), (7, 10, 1), "full price"),
            ((7, 100, 1, 1, 0.00, 0.50, 0), (7, 10, 1), "full price"),
        ],
    )
    def test_that_cannot_be_replayed_is_counted_with_the_reason(
        self, till: Open, row: Row, redeemed: tuple[int, int, int], reason: str
    ) -> None:
        data = till([row], redeemed)

        assert coupons_of(data) == {}
        assert told(data, redeemed[2])[4] == ((reason, 1),)


class TestADiscount:
    def test_that_no_redemption_explains_is_part_of_the_price(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0.50, 0.25)])

        [basket] = data.baskets(DAY)

        assert (basket.lines, basket.coupons) == ((Line("1", 1, 250),), ())
        assert data.totals([DAY]).revenue_minor == 250
        assert data.redemptions.till_discounts([DAY]) == TillDiscounts(75, 0, 1, 75)

    def test_off_a_row_without_goods_is_counted_and_takes_nothing_off(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0.50, 0), (7, 100, 2, 0, 0.00, 2.00, 0)], (7, 10, 1))

        [basket] = data.baskets(DAY)

        assert basket.amount_minor == data.totals([DAY]).revenue_minor == 250
        assert data.redemptions.till_discounts([DAY]) == TillDiscounts(250, 0, 1, 200)

    @pytest.mark.parametrize("row", [(7, 100, 1, 1, 3.00, -0.5, 0), (7, 100, 1, 1, 3.00, 0.005, 0)])
    def test_that_no_rule_covers_is_refused(self, till: Open, row: Row) -> None:
        with pytest.raises(NoRuleForIt):
            till([row])


class TestACoupon:
    def test_is_one_for_each_value_it_was_redeemed_at(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0.50, 0), (8, 101, 1, 1, 3.00, 0.60, 0)], (7, 10, 1), (8, 10, 1))

        assert list(data.redemptions.coupons(1)) == [
            Coupon("10-C1-V50", 1, 50, 1, ("1", "2")),
            Coupon("10-C1-V60", 1, 60, 1, ("1", "2")),
            Coupon("20-C1-V50", 1, 50, 1, ("2",)),
        ]

    def test_that_was_never_redeemed_is_worth_what_most_are(self, till: Open) -> None:
        data = till([(7, 100, 1, 1, 3.00, 0, 0)])

        assert [(coupon.code, coupon.value_minor) for coupon in data.redemptions.coupons(2)] == [("10-C2-V100", 100)]


def test_a_folder_with_some_files_about_coupons_is_refused(till: Open, tmp_path: Path) -> None:
    till([(7, 100, 1, 1, 3.00, 0, 0)])
    (tmp_path / "coupons.parquet").unlink()

    with pytest.raises(DataMissing, match=r"not coupons\.parquet"):
        CompleteJourney(tmp_path)


class TestTheRealData:
    def test_every_redemption_is_replayed_or_has_a_reason(self, year: CompleteJourney) -> None:
        campaigns = year.redemptions.of_days(year.days())

        refused: Counter[str] = Counter()
        for each in campaigns:
            refused.update(dict(each.refused))

        assert len(campaigns) == 27
        assert sum(each.redemptions for each in campaigns) == 2_102
        assert refused == {"full price": 710, "absent": 259, "other": 31, "no basket": 4}

    def test_every_cent_a_coupon_took_off_is_replayed_or_counted(self, year: CompleteJourney) -> None:
        days = year.days()
        campaigns = year.redemptions.of_days(days)

        replayed = sum(each.discount_minor - each.over_minor - each.other_minor for each in campaigns)
        till = year.redemptions.till_discounts(days)

        assert replayed == 131_483
        assert till == TillDiscounts(3_090_255, 1_061, 20_718, 2_957_711)
        assert replayed + till.over_minor + till.unexplained_minor == till.all_minor

    @pytest.mark.parametrize(
        ("start", "days", "redeemed"),
        [(date(2017, 11, 13), 14, 110), (date(2017, 11, 9), 1, 11)],
        ids=["two busy weeks", "a coupon for few products must come before one for many"],
    )
    def test_the_shop_takes_off_what_the_till_took_off(
        self, year: CompleteJourney, start: date, days: int, redeemed: int
    ) -> None:
        """Quoted with all the campaigns that run then."""
        span = year.days(days, start)
        till = TillOffers({product.id: product.name for product in year.products(span)})
        clock = ReplayClock(opening(start))
        shop = assemble(offers=till, buyers=Households(year.redemptions.households()), clock=clock)
        for campaign in year.redemptions.campaigns:
            if campaign.first <= span[-1] and campaign.last >= start:
                launch(shop.desk(CLERK), campaign, year.redemptions)

        replayed = 0
        for basket in (basket for day in span for basket in year.baskets(day) if basket.coupons):
            clock.set(basket.at)
            till.ring_up(basket)
            quote = shop.ask(cart_of(basket), by=Member(MemberId(basket.household)))

            taken: Counter[str] = Counter()
            for each in (each for line in quote.lines for each in line.discounts):
                taken[each.promotion] += each.amount.minor
            assert taken == {coupon.code: coupon.amount_minor for coupon in basket.coupons}
            assert quote.total.minor == basket.amount_minor
            replayed += len(taken)

        assert replayed == redeemed


def cart_of(basket: Basket) -> QuoteCart:
    return QuoteCart(
        tuple(CartLine(VariantId(line.product), line.quantity) for line in basket.lines),
        currency="USD",
        coupons=tuple(coupon.code for coupon in basket.coupons),
    )


def coupons_of(data: CompleteJourney) -> dict[str, list[tuple[str, int]]]:
    """The codes redeemed with each basket, and what each took off."""
    return {
        basket.id: [(coupon.code, coupon.amount_minor) for coupon in basket.coupons]
        for basket in data.baskets(DAY)
        if basket.coupons
    }


def told(data: CompleteJourney, campaign: int) -> tuple[int, int, int, int, tuple[tuple[str, int], ...]]:
    """What the data says about a campaign: redemptions, discount, what of it is over and another's, and refusals."""
    [each] = (each for each in data.redemptions.of_days([DAY]) if each.campaign.id == campaign)
    return each.redemptions, each.discount_minor, each.over_minor, each.other_minor, each.refused
