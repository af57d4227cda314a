"""The grocer's own days.

The file holds times without a zone. Read as UTC, its week column turns over on Mondays at 05:00 in winter and
at 04:00 in summer, all year: that is midnight in New York, also the zone in the script that prepared the
data. So the times are UTC, and a day of trade runs from midnight to midnight in New York. `oddities` counts
the baskets that disagree.
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("America/New_York")


def day_of(moment: datetime) -> date:
    """The grocer's day at a moment as the file writes it."""
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def window(days: Sequence[date]) -> tuple[datetime, datetime]:
    """When a run of days opens and closes, as the file writes moments. The closing moment is no part of it.

    Raises `ValueError` when there is no day, or when the days are not one unbroken run.
    """
    if not days:
        raise ValueError("Name at least one day.")
    for day, following in itertools.pairwise(days):
        if following != day + timedelta(days=1):
            raise ValueError(f"Days must follow each other: {following} does not follow {day}.")
    return _as_the_file(opening(days[0])), _as_the_file(closing(days[-1]))


def opening(day: date) -> datetime:
    """The moment in UTC at which the grocer's day begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def first_of_week(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def closing(day: date) -> datetime:
    """The moment in UTC at which the next day begins."""
    return opening(day + timedelta(days=1))


def _as_the_file(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
