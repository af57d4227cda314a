"""The laws of prices in time: what was in force stays written, and nothing is put in front of what is scheduled."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PriceListId, VariantId
from ecomcore.kernel.money import MAX_MINOR, Currency, CurrencyMismatch, Money, Price
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import LONGEST_ID
from ecomcore.pricing import PriceScheduled, PriceSet, by_variant, lowest_before, series_id, unit_price
from ecomcore.quoting import BASE, FLOOR, Break, PricePoint
from ecomcore.testing import NOON, a_price
from ecomcore.testing.pricing import a_point, a_series
from tests.support.refusals import refused

TEA = VariantId("tea")
EUR = Currency("EUR")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

POINTS = st.lists(
    st.tuples(st.integers(0, 60), st.none() | st.integers(0, 5), st.sampled_from([1, 2, 10])), max_size=8
).map(
    lambda drawn: tuple(
        a_point(minor, since=NOON + days * DAY, per=per) for days, minor, per in sorted(drawn, key=lambda d: d[0])
    )
)
"""Points on up to sixty days, several on one day among them."""


def in_force(points: tuple[PricePoint, ...], at: datetime) -> Price | None:
    return unit_price(a_series(points=points).as_series().at(at))


def test_a_price_holds_from_its_point_on() -> None:
    series = a_series().set(a_point(8_90, since=NOON + DAY), NOON)

    assert in_force(series.points, NOON + DAY - timedelta(microseconds=1)) is None
    assert in_force(series.points, NOON + DAY) == a_price(8_90)
    assert series.news == (PriceSet(BASE, TEA, EUR, NOON + DAY, (Break(1, a_price(8_90)),)),)


def test_what_is_in_force_already_changes_nothing() -> None:
    series = a_series(points=[a_point(8_90)])

    assert series.set(a_point(8_90, since=NOON + DAY), NOON) is series
    assert a_series().set(a_point(None), NOON) == a_series()


def test_a_price_without_breaks_ends_the_one_before() -> None:
    series = a_series(points=[a_point(8_90)]).set(a_point(None, since=NOON + DAY), NOON)

    assert in_force(series.points, NOON) == a_price(8_90)
    assert in_force(series.points, NOON + DAY) is None


def test_the_past_is_not_written_again() -> None:
    series = a_series(points=[a_point(8_90)])

    with pytest.raises(Invalid, match=r"^since: .*now or later; it is 2"):
        series.set(a_point(1, since=NOON + HOUR), NOON + DAY)


def test_nothing_is_put_in_front_of_a_scheduled_price_but_it_can_be_replaced() -> None:
    scheduled = a_series(points=[a_point(8_90), a_point(7_90, since=NOON + DAY)])

    with refused(PriceScheduled("base", "tea", NOON + DAY)):
        scheduled.set(a_point(1, since=NOON + HOUR), NOON)
    replaced = scheduled.set(a_point(7_50, since=NOON + DAY), NOON)

    assert in_force(replaced.points, NOON + DAY) == a_price(7_50)
    assert replaced.history(None, 10) == (a_point(7_50, since=NOON + DAY), a_point(8_90))


def test_a_series_has_one_currency() -> None:
    with refused(CurrencyMismatch("USD", "EUR")):
        a_series(currency="USD").set(a_point(1), NOON)


def test_what_is_noted_while_another_clock_is_ahead_follows_what_is_there() -> None:
    ahead = NOON + timedelta(milliseconds=5)

    noted = a_series(points=[a_point(1, since=ahead)]).note((Break(1, a_price(2)),), NOON)

    assert noted.points[-1] == a_point(2, since=ahead)


def test_the_history_is_told_backwards_and_paged_by_its_moments() -> None:
    points = [a_point(day, since=NOON + day * DAY) for day in range(5)]
    series = a_series(points=points)

    first = series.history(None, 2)
    second = series.history(first[-1].since, 2)

    assert [*first, *second, *series.history(second[-1].since, 2)] == points[::-1]


def test_the_id_of_a_series_is_short_whatever_its_three_ids_are() -> None:
    longest = series_id(PriceListId("l" * LONGEST_ID), VariantId("v" * LONGEST_ID), EUR)

    assert len(longest) <= LONGEST_ID
    assert series_id(BASE, VariantId("a"), EUR) != series_id(FLOOR, VariantId("a"), EUR)
    assert series_id(PriceListId("ab"), VariantId("c"), EUR) != series_id(PriceListId("a"), VariantId("bc"), EUR)


def test_series_are_sorted_by_variant_list_and_currency() -> None:
    cup, usd, floor = a_series("cup"), a_series(currency="USD"), a_series(list=FLOOR)

    assert by_variant([floor, usd, cup, a_series()]) == {"cup": (cup,), "tea": (a_series(), usd, floor)}


@given(POINTS, st.integers(0, 60), st.none() | st.integers(0, 5))
def test_setting_a_price_never_changes_what_was_in_force_before(
    points: tuple[PricePoint, ...], days: int, minor: int | None
) -> None:
    at = NOON + days * DAY
    before = a_series(points=[point for point in points if point.since <= at])

    after = before.set(a_point(minor, since=at), at)

    assert after.points[: len(before.points)] == before.points
    assert in_force(after.points, at) == (None if minor is None else a_price(minor))
    for earlier in range(days):
        moment = NOON + earlier * DAY
        assert in_force(after.points, moment) == in_force(before.points, moment)


# The lowest price of the days before ----------------------------------------------------------------------------


def test_the_prior_price_is_the_lowest_of_the_last_thirty_days() -> None:
    points = (a_point(9), a_point(7, since=NOON + 40 * DAY), a_point(8, since=NOON + 50 * DAY))

    assert lowest_before(points, NOON + 60 * DAY) == a_price(7)


def test_the_price_in_force_when_the_days_begin_counts() -> None:
    points = (a_point(7), a_point(9, since=NOON + 10 * DAY))

    assert lowest_before(points, NOON + 40 * DAY - HOUR) == a_price(7)
    assert lowest_before(points, NOON + 40 * DAY) == a_price(9), "it ended just as they begin"


def test_a_price_that_begins_at_the_moment_itself_does_not_count() -> None:
    points = (a_point(9), a_point(7, since=NOON + DAY))

    assert lowest_before(points, NOON + DAY) == a_price(9)
    assert lowest_before(points, NOON + DAY + timedelta(microseconds=1)) == a_price(7)


def test_a_price_that_was_replaced_at_once_does_not_count() -> None:
    points = (a_point(9), a_point(1, since=NOON + DAY), a_point(8, since=NOON + DAY))

    assert lowest_before(points, NOON + 2 * DAY) == a_price(8)


def test_without_a_price_of_one_unit_there_is_no_lowest() -> None:
    for_ten = PricePoint(NOON, (Break(10, a_price(1)),))

    assert lowest_before((), NOON) is None
    assert lowest_before((a_point(None),), NOON + DAY) is None
    assert lowest_before((for_ten,), NOON + DAY) is None
    assert lowest_before((a_point(5),), NOON) is None


def test_a_price_per_many_is_compared_by_the_unit() -> None:
    points = (a_point(100, per=10), a_point(11, since=NOON + DAY))

    assert lowest_before(points, NOON + 2 * DAY) == a_price(100, per=10)


def test_the_largest_prices_are_compared_too() -> None:
    dear, dearer = Price(Money(MAX_MINOR - 1, EUR), MAX_QUANTITY), Price(Money(MAX_MINOR, EUR), MAX_QUANTITY)
    points = (PricePoint(NOON, (Break(1, dearer),)), PricePoint(NOON + DAY, (Break(1, dear),)))

    assert lowest_before(points, NOON + 2 * DAY) == dear


def test_the_first_days_of_all_have_nothing_before_them() -> None:
    first = datetime.min.replace(tzinfo=NOON.tzinfo)

    assert lowest_before((a_point(1, since=first),), first + HOUR) == a_price(1)


@given(POINTS, st.integers(0, 70), st.integers(1, 40))
def test_the_lowest_price_is_what_somebody_finds_who_looks_at_every_day(
    points: tuple[PricePoint, ...], day: int, days: int
) -> None:
    at = NOON + day * DAY
    seen = [price for back in range(1, days + 1) if (price := in_force(points, at - back * DAY))]

    found = lowest_before(points, at, days)

    worth = [Fraction(price.amount.minor, price.per) for price in seen]
    assert (None if found is None else Fraction(found.amount.minor, found.per)) == min(worth, default=None)
