"""What is counted, for whom, and in which day or month: caps that hold and counters that begin anew."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.calendar import TimeZone
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict
from ecomcore.promotions import Allowance, AllowanceKind, allowance_id
from ecomcore.promotions.allowance import counters
from ecomcore.quoting import UNLIMITED, Limits, PerPeriod, Recurrence
from ecomcore.testing import NOON
from ecomcore.testing.promotions import an_allowance
from tests.support.refusals import refused


def window(zone: str, recurrence: Recurrence, at: Instant) -> str:
    limits = Limits(uses_per_period=PerPeriod(1, recurrence, TimeZone(zone)))
    (counter,) = counters(limits, "promotion:p", None, at)
    return counter.window


@pytest.mark.parametrize(
    ("zone", "recurrence", "at", "expected"),
    [
        ("UTC", Recurrence.DAY, datetime(2030, 6, 12, 23, 59, tzinfo=UTC), "2030-06-12 UTC"),
        ("Europe/Berlin", Recurrence.DAY, datetime(2030, 6, 12, 21, 59, tzinfo=UTC), "2030-06-12 Europe/Berlin"),
        ("Europe/Berlin", Recurrence.DAY, datetime(2030, 6, 12, 22, 0, tzinfo=UTC), "2030-06-13 Europe/Berlin"),
        ("America/New_York", Recurrence.DAY, datetime(2030, 6, 12, 3, 59, tzinfo=UTC), "2030-06-11 America/New_York"),
        (
            "Pacific/Kiritimati",
            Recurrence.MONTH,
            datetime(2030, 6, 30, 10, 0, tzinfo=UTC),
            "2030-07 Pacific/Kiritimati",
        ),
        ("UTC", Recurrence.MONTH, datetime(2030, 12, 31, 23, 59, tzinfo=UTC), "2030-12 UTC"),
    ],
)
def test_a_day_or_month_is_that_of_the_zone(zone: str, recurrence: Recurrence, at: Instant, expected: str) -> None:
    assert window(zone, recurrence, at) == expected


def test_a_day_of_25_hours_is_one_day() -> None:
    autumn = [datetime(2030, 10, 26, 22, tzinfo=UTC), datetime(2030, 10, 27, 22, 59, tzinfo=UTC)]

    assert {window("Europe/Berlin", Recurrence.DAY, at) for at in autumn} == {"2030-10-27 Europe/Berlin"}


def test_every_limit_is_a_counter_of_its_own() -> None:
    per_day = PerPeriod(3, Recurrence.DAY, TimeZone("UTC"))
    limits = Limits(uses=1, uses_per_buyer=2, uses_per_period=per_day, units=4, units_per_buyer=5)

    found = {(each.kind, each.buyer, each.window, each.cap) for each in counters(limits, "s", "member:ada", NOON)}

    assert found == {
        (AllowanceKind.USES, "", "", 1),
        (AllowanceKind.USES_PER_BUYER, "member:ada", "", 2),
        (AllowanceKind.USES_PER_PERIOD, "", "2030-06-12 UTC", 3),
        (AllowanceKind.UNITS, "", "", 4),
        (AllowanceKind.UNITS_PER_BUYER, "member:ada", "", 5),
    }
    assert list(counters(UNLIMITED, "s", "member:ada", NOON)) == []
    assert list(counters(Limits(per_order=3), "s", "member:ada", NOON)) == []


def test_buyers_without_a_name_are_one_buyer() -> None:
    limits = Limits(uses_per_buyer=1)

    assert list(counters(limits, "s", None, NOON)) == list(counters(limits, "s", "", NOON))
    assert list(counters(limits, "s", None, NOON)) != list(counters(limits, "s", "member:ada", NOON))


@given(st.lists(st.tuples(st.sampled_from(AllowanceKind), st.text(), st.text(), st.text()), unique=True, max_size=20))
def test_allowances_of_other_names_have_other_ids(names: list[tuple[AllowanceKind, str, str, str]]) -> None:
    usual = [each for each in names if all("\0" not in text for text in each)]

    assert len({allowance_id(*each) for each in usual}) == len(usual)
    assert all(len(allowance_id(*each)) <= 64 for each in usual)


def test_what_does_not_fit_is_a_conflict_so_that_a_fresh_quote_is_asked_for() -> None:
    allowance = an_allowance(cap=3, taken=2)

    assert allowance.take(1).taken == 3
    with refused(Conflict("Allowance", allowance.id)):
        allowance.take(2)


def test_a_cap_below_what_is_taken_lets_nobody_in_until_enough_is_given_back() -> None:
    lowered = an_allowance(cap=5, taken=4).capped(2)

    with pytest.raises(Conflict):
        lowered.take(1)
    assert lowered.give_back(3).take(1).taken == 2
    assert lowered.capped(None).take(1_000).taken == 1_004
    assert lowered.capped(2) is lowered


@given(st.integers(0, 10), st.lists(st.integers(-3, 3)))
def test_however_much_is_wanted_never_more_than_the_cap_is_taken(cap: int, wanted: list[int]) -> None:
    allowance: Allowance = an_allowance(cap=cap)
    held: list[int] = []

    for count in wanted:
        if count > 0:
            try:
                allowance = allowance.take(count)
            except Conflict:
                assert sum(held) + count > cap
            else:
                held.append(count)
        elif held:
            allowance = allowance.give_back(held.pop())

        assert allowance.taken == sum(held) <= cap
