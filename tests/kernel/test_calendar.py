import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.calendar import (
    BusinessHours,
    LeapBirthday,
    Period,
    TimeZone,
    age,
    birthday,
    day,
    end_of_day,
    is_birthday,
    local,
    month,
    time_zone,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid

BERLIN, NEW_YORK, LORD_HOWE, SAMOA = map(
    TimeZone, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
)
SAO_PAULO, HAVANA, TORONTO, ST_JOHNS = map(
    TimeZone, ("America/Sao_Paulo", "America/Havana", "America/Toronto", "America/St_Johns")
)
ZONES = [
    BERLIN,
    NEW_YORK,
    LORD_HOWE,
    SAO_PAULO,
    HAVANA,
    ST_JOHNS,
    TimeZone("UTC"),
    TimeZone("Asia/Kathmandu"),
]

zones = st.sampled_from(ZONES)
dates = st.dates(date(1990, 1, 1), date(2035, 12, 31))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def utc_at(*parts: int) -> Instant:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour …


def test_the_calendar_is_not_paid_for_until_a_zone_is_asked_for() -> None:
    code = "import sys, ecomcore.kernel.calendar as c; c.birthday; sys.exit('pendulum' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Zones


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_of_the_iana_database_is_known(zone: TimeZone) -> None:
    assert time_zone(zone) == zone


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ".",
        "Europe",
        "Europe/Nowhere",
        "../etc/passwd",
        "/etc/passwd",
        "x\0",
        "Zürich",
        "a" * 5_000,
        3600,
        None,
    ],
)
def test_any_other_zone_is_refused_by_name(bad: object) -> None:
    with pytest.raises(Invalid, match=r"^shop_zone: "):
        time_zone(bad, "shop_zone")


def test_local_time_is_what_the_clocks_there_show() -> None:
    noon = local(utc_at(2026, 7, 1, 10), BERLIN)

    assert (noon.hour, noon.utcoffset()) == (12, timedelta(hours=2))
    assert local(utc_at(2026, 1, 1, 11), BERLIN).hour == 12
    with pytest.raises(Invalid):
        local(datetime.max.replace(tzinfo=UTC), BERLIN)


# Periods

endings = st.none() | st.integers(1, 20)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, length = draw(st.integers(0, 20)), draw(endings)
    return Period(hour(start), None if length is None else hour(start + length))


def hour(number: int) -> Instant:
    return utc_at(2026, 1, 1) + timedelta(hours=number)


@given(periods(), periods())
def test_what_two_periods_share_is_what_lies_in_both(one: Period, other: Period) -> None:
    shared = one.intersection(other)

    hours = [hour(n) for n in range(45)]
    both = [at for at in hours if one.contains(at) and other.contains(at)]
    assert [at for at in hours if shared is not None and shared.contains(at)] == both
    assert one.overlaps(other) is other.overlaps(one) is bool(both)
    assert shared == other.intersection(one)


def test_a_period_begins_with_its_start_and_is_over_at_its_end() -> None:
    first, second = Period(hour(0), hour(1)), Period(hour(1))

    assert first.contains(hour(0))
    assert not first.contains(hour(1))
    assert not first.overlaps(second)
    assert second.contains(utc_at(9999, 1, 1))
    assert not second.contains(hour(0))


def test_a_period_keeps_its_moments_in_utc() -> None:
    there = timezone(timedelta(hours=2))

    period = Period(hour(0).astimezone(there), hour(1).astimezone(there))

    assert period == Period(hour(0), hour(1))
    assert period.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("field", "start", "end"),
    [
        ("end", hour(1), hour(1)),
        ("end", hour(1), hour(0)),
        ("start", datetime(2026, 1, 1), None),  # noqa: DTZ001 refused
        ("end", hour(0), datetime(2027, 1, 1)),  # noqa: DTZ001 refused
        ("start", None, None),
        ("start", "2026-01-01", None),
    ],
)
def test_a_period_that_never_is_and_one_without_a_zone_are_refused(field: str, start: Any, end: Any) -> None:
    with pytest.raises(Invalid, match=f"^{field}: "):
        Period(start, end)


# Days and months


@pytest.mark.parametrize(
    ("zone", "on", "hours", "begins"),
    [
        (BERLIN, date(2026, 3, 28), 24, utc_at(2026, 3, 27, 23)),
        (BERLIN, date(2026, 3, 29), 23, utc_at(2026, 3, 28, 23)),
        (BERLIN, date(2026, 10, 25), 25, utc_at(2026, 10, 24, 22)),
        (NEW_YORK, date(2026, 3, 8), 23, utc_at(2026, 3, 8, 5)),
        (NEW_YORK, date(2026, 11, 1), 25, utc_at(2026, 11, 1, 4)),
        (LORD_HOWE, date(2025, 10, 5), 23.5, utc_at(2025, 10, 4, 13, 30)),
        (SAO_PAULO, date(2018, 11, 4), 23, utc_at(2018, 11, 4, 3)),  # there was no midnight
        (HAVANA, date(2012, 11, 4), 25, utc_at(2012, 11, 4, 4)),  # midnight came twice
        (TORONTO, date(1919, 3, 31), 23.5, utc_at(1919, 3, 31, 4, 30)),  # 23:30 became 00:30
        (ST_JOHNS, date(2006, 10, 29), 25, utc_at(2006, 10, 29, 2, 30)),  # 00:01 became 23:01
        (SAMOA, date(2011, 12, 29), 24, utc_at(2011, 12, 29, 10)),
        (SAMOA, date(2011, 12, 31), 24, utc_at(2011, 12, 30, 10)),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: TimeZone, on: date, hours: float, begins: Instant) -> None:
    there = day(on, zone)

    assert there == Period(begins, begins + timedelta(hours=hours))
    assert end_of_day(on, zone) == there.end


def test_a_day_the_date_line_took_is_refused() -> None:
    with pytest.raises(Invalid, match="date line"):
        day(date(2011, 12, 30), SAMOA)


@given(dates, zones)
def test_days_follow_each_other_without_gap_or_overlap(on: date, zone: TimeZone) -> None:
    assert day(on, zone).end == day(on + timedelta(days=1), zone).start
    assert local(day(on, zone).start, zone).date() == on


@given(st.integers(1990, 2035), zones)
def test_the_months_of_a_year_are_all_its_days(year: int, zone: TimeZone) -> None:
    months = [month(year, number, zone) for number in range(1, 13)]

    assert months[0].start == day(date(year, 1, 1), zone).start
    assert months[-1].end == day(date(year, 12, 31), zone).end
    assert all(earlier.end == later.start for earlier, later in pairwise(months))


@pytest.mark.parametrize("bad", [date.min, date.max, utc_at(2026, 1, 1), "2026-01-01", None])
def test_what_is_no_date_is_refused(bad: Any) -> None:
    with pytest.raises(Invalid, match=r"^on: "):
        day(bad, BERLIN)
    with pytest.raises(Invalid, match=r"^on: "):
        end_of_day(bad, BERLIN)


@pytest.mark.parametrize(
    ("year", "number"), [(2026, 0), (2026, 13), (2026, 1.0), (0, 1), (9999, 12), (1, 1), ("2026", 1)]
)
def test_what_is_no_month_is_refused(year: Any, number: Any) -> None:
    with pytest.raises(Invalid):
        month(year, number, BERLIN)


# Opening hours

MORNING, EVENING = time(9), time(17)
WEEKDAYS = tuple((weekday, MORNING, EVENING) for weekday in range(5))
DESK = BusinessHours(BERLIN, WEEKDAYS, frozenset({date(2026, 5, 1)}))
NIGHTS = BusinessHours(
    BERLIN,
    [hours for n in range(7) for hours in ((n, time(22), time(0)), (n, time(0), time(6)))],
)
LUNCH = BusinessHours(
    NEW_YORK,
    ((5, time(1), time(2, 30)), (5, time(2, 30), time(4)), (6, time(1), time(2, 30)), (6, time(3), time(4))),
)
HOURS = st.sampled_from([DESK, NIGHTS, LUNCH])
moments = st.integers(0, 400 * 24 * 12).map(lambda n: utc_at(2026, 1, 1) + n * timedelta(minutes=5))


def test_a_desk_is_open_in_its_hours_and_closed_on_holidays_and_weekends() -> None:
    thursday = utc_at(2026, 4, 30)

    assert DESK.is_open(thursday + timedelta(hours=7))  # 09:00 in Berlin
    assert not DESK.is_open(thursday + timedelta(hours=7, microseconds=-1))
    assert not DESK.is_open(thursday + timedelta(hours=15))  # 17:00 in Berlin
    assert not DESK.is_open(thursday + timedelta(days=1, hours=10))  # the holiday
    assert not DESK.is_open(thursday + timedelta(days=2, hours=10))  # Saturday


def test_work_that_does_not_fit_a_day_goes_on_the_next_open_one() -> None:
    thursday_at_16 = utc_at(2026, 4, 30, 14)

    assert DESK.add(thursday_at_16, timedelta(hours=1)) == utc_at(2026, 4, 30, 15)
    assert DESK.add(thursday_at_16, timedelta(hours=2)) == utc_at(2026, 5, 4, 8)  # Monday at 10
    assert DESK.elapsed(thursday_at_16, utc_at(2026, 5, 4, 8)) == timedelta(hours=2)


def test_a_night_shift_is_longer_or_shorter_when_the_clocks_change() -> None:
    def night(on: date) -> timedelta:
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        return NIGHTS.elapsed(noon, noon + timedelta(days=1))

    assert night(date(2026, 6, 1)) == timedelta(hours=8)
    assert night(date(2026, 3, 28)) == timedelta(hours=7)
    assert night(date(2026, 10, 24)) == timedelta(hours=9)


def test_hours_that_the_clocks_skip_are_not_counted_twice() -> None:
    skipped = day(date(2026, 3, 8), NEW_YORK)  # 02:00 became 03:00, a Sunday
    assert skipped.end is not None

    assert LUNCH.elapsed(skipped.start, skipped.end) == timedelta(hours=2)  # 01:00 to 02:00, 03:00 to 04:00


@given(HOURS, moments, st.integers(1, 100 * 60).map(lambda n: timedelta(minutes=n)))
def test_the_open_time_until_work_is_done_is_the_work(hours: BusinessHours, start: Instant, working: timedelta) -> None:
    done = hours.add(start, working)

    assert hours.elapsed(start, done) == working
    assert hours.elapsed(start, done - timedelta(seconds=1)) == working - timedelta(seconds=1)  # and not a second later


@given(HOURS, st.tuples(moments, moments, moments).map(sorted))
def test_open_time_adds_up(hours: BusinessHours, at: list[Instant]) -> None:
    start, between, end = at

    assert hours.elapsed(start, between) + hours.elapsed(between, end) == hours.elapsed(start, end)
    assert timedelta(0) <= hours.elapsed(start, end) <= end - start


@given(HOURS, moments)
def test_time_passes_exactly_while_the_place_is_open(hours: BusinessHours, at: Instant) -> None:
    minute = timedelta(minutes=1)

    assert hours.elapsed(at, at + minute) == (minute if hours.is_open(at) else timedelta(0))


@given(moments)
def test_a_place_is_open_when_the_clock_on_its_wall_says_so(at: Instant) -> None:
    wall = local(at, BERLIN)

    expected = wall.weekday() < 5 and MORNING <= wall.time() < EVENING and wall.date() != date(2026, 5, 1)
    assert DESK.is_open(at) is expected


def test_open_time_is_counted_over_many_years() -> None:
    always = BusinessHours(TimeZone("UTC"), tuple((weekday, time(0), time(0)) for weekday in range(7)))

    assert always.elapsed(utc_at(2000, 1, 1), utc_at(2020, 1, 1)) == utc_at(2020, 1, 1) - utc_at(2000, 1, 1)


def test_no_work_is_done_at_once_and_impossible_work_is_refused() -> None:
    sunday = utc_at(2026, 5, 3)

    assert DESK.add(sunday, timedelta(0)) == sunday
    with pytest.raises(Invalid, match=r"^working: "):
        DESK.add(sunday, timedelta(seconds=-1))
    with pytest.raises(Invalid, match="within ten years"):
        DESK.add(sunday, timedelta(days=36_500))
    with pytest.raises(Invalid, match=r"^end: "):
        DESK.elapsed(sunday, sunday - timedelta(seconds=1))


NINE, FIVE = MORNING, EVENING


@pytest.mark.parametrize(
    "weekly",
    [
        (),
        "mon",
        None,
        ((7, NINE, FIVE),),
        ((-1, NINE, FIVE),),
        ((True, NINE, FIVE),),
        ((0, FIVE, NINE),),
        ((0, NINE, NINE),),
        ((0, NINE),),
        ((0, "09:00", "17:00"),),
        ((0, NINE.replace(tzinfo=UTC), FIVE.replace(tzinfo=UTC)),),
        ((0, NINE, FIVE), (0, time(16), time(18))),
        ((0, NINE, time(0)), (0, FIVE, time(18))),
        ((0, NINE, FIVE), None),
    ],
)
def test_hours_that_make_no_week_are_refused(weekly: Any) -> None:
    with pytest.raises(Invalid, match=r"^weekly: "):
        BusinessHours(BERLIN, weekly)


def test_a_place_without_a_zone_or_with_holidays_that_are_no_dates_is_refused() -> None:
    with pytest.raises(Invalid, match=r"^zone: "):
        BusinessHours("Mars/Olympus", WEEKDAYS)
    for bad in ({date(2026, 5, 1)}, frozenset({"2026-05-01"}), frozenset({utc_at(2026, 5, 1)}), None):
        with pytest.raises(Invalid, match=r"^holidays: "):
            BusinessHours(BERLIN, WEEKDAYS, bad)  # type: ignore[arg-type] # what the outside sends


# Birthdays

LEAP_DAY = date(2004, 2, 29)


def test_those_born_on_29_february_celebrate_when_the_shop_says() -> None:
    assert birthday(LEAP_DAY, 2025) == date(2025, 3, 1)
    assert birthday(LEAP_DAY, 2025, LeapBirthday.FEBRUARY_28) == date(2025, 2, 28)
    assert birthday(LEAP_DAY, 2028) == birthday(LEAP_DAY, 2028, LeapBirthday.FEBRUARY_28) == date(2028, 2, 29)


def test_nobody_comes_of_age_too_early() -> None:
    assert age(LEAP_DAY, date(2022, 2, 28)) == 17
    assert age(LEAP_DAY, date(2022, 2, 28), LeapBirthday.FEBRUARY_28) == 18
    assert age(LEAP_DAY, date(2022, 3, 1)) == 18


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 110), st.sampled_from(LeapBirthday))
def test_everybody_has_one_birthday_a_year_and_turns_a_year_older_on_it(
    born: date, years: int, leap: LeapBirthday
) -> None:
    party = birthday(born, born.year + years, leap)

    assert age(born, party, leap) == years
    assert is_birthday(born, party, leap) is (years > 0)
    if years:
        eve = party - timedelta(days=1)
        assert age(born, eve, leap) == years - 1
        assert not is_birthday(born, eve, leap)


def test_nobody_has_an_age_before_birth_or_a_birthday_outside_the_calendar() -> None:
    with pytest.raises(Invalid, match=r"^on: "):
        age(LEAP_DAY, date(2004, 2, 28))
    for year in (0, 10_000):
        with pytest.raises(Invalid, match=r"^year: "):
            birthday(LEAP_DAY, year)
