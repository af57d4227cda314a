from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.clock import Instant, SystemClock, an_instant, an_optional_instant, utc
from ecomcore.kernel.errors import Invalid

OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@frozen
class Visit:
    at: Instant = field(default=NOON, validator=an_instant)
    left_at: Instant | None = field(default=None, validator=an_optional_instant)


def test_the_system_clock_tells_utc() -> None:
    before = datetime.now(UTC)

    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS))  # noqa: DTZ001 hypothesis adds zones
def test_any_aware_moment_becomes_the_same_moment_in_utc(at: datetime) -> None:
    assert utc(at) == at
    assert utc(at).tzinfo is UTC
    assert Visit(at=utc(at), left_at=utc(at)).at == at


NOT_AWARE: list[Any] = [datetime(2026, 6, 1), date(2026, 6, 1), "2026-06-01T12:00:00Z", 0, 1.5]  # noqa: DTZ001 refused


@pytest.mark.parametrize("bad", NOT_AWARE)
def test_what_is_no_aware_moment_is_refused_by_name(bad: Any) -> None:
    with pytest.raises(Invalid, match=r"^due: "):
        utc(bad, "due")
    with pytest.raises(Invalid, match=r"^at: "):
        Visit(at=bad)
    with pytest.raises(Invalid, match=r"^left_at: "):
        Visit(left_at=bad)


def test_an_instant_is_in_utc_and_only_an_optional_one_may_be_missing() -> None:
    with pytest.raises(Invalid, match="in UTC"):
        Visit(at=NOON.astimezone(timezone(timedelta(hours=2))))
    with pytest.raises(Invalid):
        Visit(at=None)  # type: ignore[arg-type] # what the outside sends

    assert Visit(at=NOON.astimezone(timezone(timedelta(0)))).left_at is None


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(Invalid, match=r"^at: "):
        utc(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))))
