"""Numbers of documents: no two alike, none left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.documents import AllSeries, DocumentsPolicy, NumberFormat, SellerDetails, Series, take_number
from ecomcore.kernel.calendar import TimeZone
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import SeriesId
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing.work import writing

_PREFIXES = st.from_regex("[A-Z0-9]{1,4}(-[A-Z][A-Z0-9]{0,3}){0,2}", fullmatch=True)
_FORMATS = st.builds(NumberFormat, _PREFIXES, st.integers(1, 12), st.booleans())
_NUMBERS = st.integers(1, 10**8) | st.sampled_from([1, 9, 10, 2026, 12026, 999_999, 1_000_000])
_YEARS = st.integers(2, 9998) | st.sampled_from([1, 10, 2026, 2027])


def meant(format: NumberFormat, year: int, number: int) -> tuple[str, int | None, int]:
    """What a number stands for, however many zeros it is written with."""
    return format.prefix, year if format.yearly else None, number


@given(_FORMATS, _YEARS, _NUMBERS, _FORMATS, _YEARS, _NUMBERS)
def test_what_stands_for_different_numbers_is_never_written_alike(
    one: NumberFormat, year: int, number: int, other: NumberFormat, other_year: int, other_number: int
) -> None:
    alike = one.format(year, number) == other.format(other_year, other_number)

    assert not alike or meant(one, year, number) == meant(other, other_year, other_number)


@given(_FORMATS, _YEARS, _NUMBERS)
def test_a_number_can_be_read_in_one_way_only(format: NumberFormat, year: int, number: int) -> None:
    *head, counted = format.format(year, number).split("-")
    dated = len(head) > 1 and head[-1].isdigit()

    prefix, of_year = ("-".join(head[:-1]), int(head[-1])) if dated else ("-".join(head), None)

    assert (prefix, of_year, int(counted)) == meant(format, year, number)


@given(_FORMATS, _FORMATS, _YEARS, _YEARS)
def test_series_are_the_same_only_where_prefix_and_year_are(
    one: NumberFormat, other: NumberFormat, year: int, other_year: int
) -> None:
    same = one.series(year) == other.series(other_year)

    assert same == (meant(one, year, 0) == meant(other, other_year, 0))


@pytest.mark.parametrize(
    ("format", "number", "written"),
    [
        (NumberFormat("INV"), 123, "INV-2026-000123"),
        (NumberFormat("INV", yearly=False), 123, "INV-000123"),
        (NumberFormat("R-DE", 3), 7, "R-DE-2026-007"),
        (NumberFormat("R-DE", 3), 1_234_567, "R-DE-2026-1234567"),
    ],
)
def test_a_number_is_written_as_its_format_says_and_gets_longer_when_it_must(
    format: NumberFormat, number: int, written: str
) -> None:
    assert format.format(2026, number) == written


@pytest.mark.parametrize(
    "prefix", ["", "inv", "INV-", "-INV", "INV--DE", "INV-2026", "INV-1A", "INV_1", "INV 1", "ÄÖ", "I" * 21, None, 7]
)
def test_a_prefix_that_could_be_taken_for_a_part_of_the_number_is_refused(prefix: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        NumberFormat(prefix)

    assert refusal.value.field == "prefix"


@pytest.mark.parametrize("digits", [0, 13, -1, True, 6.0, "6"])
def test_a_number_has_1_to_12_digits_at_least(digits: Any) -> None:
    with pytest.raises(Invalid, match="digits"):
        NumberFormat("INV", digits)


def test_kinds_of_documents_do_not_share_a_prefix() -> None:
    with pytest.raises(Invalid, match="prefix"):
        DocumentsPolicy(credit_notes=NumberFormat("INV", yearly=False))


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Mars/Base"), ("seller", "The shop"), ("invoices", "INV"), ("packing_slips", None)],
)
def test_a_policy_that_cannot_be_is_refused_by_the_field(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        DocumentsPolicy(**{field: value})

    assert refusal.value.field == field


@pytest.mark.parametrize("address", ["1 Market Street", ["x"] * 7, [""], ["a\nb"], ["x" * 101], [7]])
def test_a_seller_has_up_to_six_printable_lines(address: Any) -> None:
    with pytest.raises(Invalid, match="address"):
        SellerDetails("The shop", address)


def test_a_series_gives_the_next_numbers_and_several_in_one_go() -> None:
    series, one = Series(id=SeriesId("INV:2026")).take()
    series, more = series.take(3)

    assert (list(one), list(more), series.next) == ([1], [2, 3, 4], 5)


@pytest.mark.parametrize("count", [0, -1, True, 1.0])
def test_a_series_gives_at_least_one_number(count: Any) -> None:
    with pytest.raises(Invalid, match="count"):
        Series(id=SeriesId("INV:2026")).take(count)


@pytest.fixture
def store() -> Persistence:
    return MemoryPersistence()


def taken(store: Persistence, format: NumberFormat, at: datetime, zone: str) -> str:
    with writing(store) as work:
        return take_number(work.repository(AllSeries), format, at, TimeZone(zone)).text


def test_the_year_turns_by_the_clocks_of_the_shop(store: Persistence) -> None:
    sylvester = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    given = [taken(store, NumberFormat("INV"), sylvester, zone) for zone in ("UTC", "Europe/Berlin", "UTC")]

    assert given == ["INV-2026-000001", "INV-2027-000001", "INV-2026-000002"]


def test_a_series_that_is_not_yearly_counts_on(store: Persistence) -> None:
    counting_on = NumberFormat("W", 1, yearly=False)

    given = [taken(store, counting_on, datetime(year, 1, 1, tzinfo=UTC), "UTC") for year in (2026, 2027)]

    assert given == ["W-1", "W-2"]


def test_formats_that_write_the_same_series_longer_or_shorter_count_together(store: Persistence) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    given = [taken(store, NumberFormat("INV", digits), at, "UTC") for digits in (6, 3, 6)]

    assert given == ["INV-2026-000001", "INV-2026-002", "INV-2026-000003"]
