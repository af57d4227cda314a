"""Local time: days, months and opening hours where the shop stands, birthdays where the member celebrates.

A moment is an ``Instant`` in UTC; what day it is there depends on the zone. On the day the clocks change a
day has 23 or 25 hours, and a time of day may be missing or come twice. One rule settles all of it: a local
time means the first moment at which the clocks there show that time or a later one. It never runs backwards,
so what does not overlap on paper does not overlap in fact.

This is the one place for ``pendulum``, and it is imported only when a zone is first asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NewType, TypeAlias

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, utc
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import as_tuple

__all__ = [
    "BusinessHours",
    "LeapBirthday",
    "OpenHours",
    "Period",
    "TimeZone",
    "age",
    "birthday",
    "day",
    "end_of_day",
    "is_birthday",
    "local",
    "month",
    "time_zone",
]

TimeZone = NewType("TimeZone", str)
"""A name of the IANA time zone database, such as ``Europe/Berlin``."""

OpenHours: TypeAlias = tuple[int, time, time]
"""Weekday (Monday is 0), opening and closing time; closing at 00:00 means the end of that day."""

_ONE_DAY: Final = timedelta(days=1)
_NO_TIME: Final = timedelta(0)
_HORIZON: Final = timedelta(days=3660)


def time_zone(name: object, field: str = "zone") -> TimeZone:
    """The name as a ``TimeZone``. Raises ``Invalid`` for anything the IANA database does not have."""
    accepted = "an IANA time zone such as Europe/Berlin"
    if not isinstance(name, str) or not name.isascii():
        raise Invalid(field, name, accepted)
    try:
        return TimeZone(str(_tz(name)))
    except (ValueError, OSError):
        raise Invalid(field, name, accepted) from None


@lru_cache(maxsize=64)
def _tz(name: str) -> tzinfo:
    import pendulum

    return pendulum.timezone(name)


def local(at: Instant, zone: TimeZone) -> datetime:
    """What the clocks in the zone show at that moment."""
    try:
        return at.astimezone(_tz(zone))
    except OverflowError:
        raise Invalid("at", at, "a moment of the years 2 to 9998") from None


def _reached(wall: datetime, zone: TimeZone) -> Instant:
    """The first moment at which the clocks in the zone show ``wall`` or later."""
    there = wall.replace(tzinfo=_tz(zone))
    first, second = there.astimezone(UTC), there.replace(fold=1).astimezone(UTC)
    if first <= second:  # shown once, or twice
        return first
    # Skipped (PEP 495 then answers the later moment for fold 0): the clocks jump somewhere between the two.
    jump = second.replace(microsecond=0)
    seconds = range(int((first - jump).total_seconds()) + 1)
    ahead = bisect_left(seconds, True, key=lambda n: _shown(jump + timedelta(seconds=n), zone) >= wall)
    return jump + timedelta(seconds=ahead)


def _shown(at: Instant, zone: TimeZone) -> datetime:
    return local(at, zone).replace(tzinfo=None)


def _start(value: Instant) -> Instant:
    return utc(value, "start")


def _end(value: Instant | None) -> Instant | None:
    return None if value is None else utc(value, "end")


@frozen
class Period:
    """From ``start`` until just before ``end``; without ``end``, for good.

    Moments with any offset are accepted and kept in UTC. Raises ``Invalid`` for naive ones, and unless
    ``end`` is after ``start``.
    """

    start: Instant = field(converter=_start)
    end: Instant | None = field(default=None, converter=_end)

    def __attrs_post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise Invalid("end", self.end, f"a moment after the start, {self.start}")

    def contains(self, at: Instant) -> bool:
        """Whether the moment lies in the period; ``start`` does, ``end`` does not."""
        return self.start <= at and (self.end is None or at < self.end)

    def overlaps(self, other: Period) -> bool:
        """Whether the two share a moment."""
        return self.intersection(other) is not None

    def intersection(self, other: Period) -> Period | None:
        """The period that both share, or ``None``."""
        start = max(self.start, other.start)
        end = min((end for end in (self.end, other.end) if end is not None), default=None)
        return Period(start, end) if end is None or start < end else None


def day(on: date, zone: TimeZone) -> Period:
    """That day in the zone: 23, 24 or 25 hours.

    Raises ``Invalid`` for a day the zone skipped, as Samoa did 2011-12-30.
    """
    start, end = _midnight(on, zone), end_of_day(on, zone)
    if start == end:
        raise Invalid("on", on, f"a day that {zone} has; the date line moved over this one")
    return Period(start, end)


def end_of_day(on: date, zone: TimeZone) -> Instant:
    """The end of that day in the zone: the first moment of the next, just past what is due that day."""
    return _midnight(_checked(on) + _ONE_DAY, zone)


def month(year: int, month: int, zone: TimeZone) -> Period:
    """That month in the zone, from its first midnight to that of the next month."""
    if type(year) is not int or type(month) is not int or not 1 <= month <= 12:
        raise Invalid("month", month, "a year and a month from 1 to 12")
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return Period(_midnight(_of(year, month), zone), _midnight(_of(*after), zone))


def _midnight(on: date, zone: TimeZone) -> Instant:
    return _reached(datetime.combine(_checked(on), time()), zone)


def _of(year: int, month: int) -> date:
    try:
        return date(year, month, 1)
    except ValueError:
        raise Invalid("year", year, "a year from 2 to 9998") from None


def _checked(on: object) -> date:
    """The date, if there is room for a time zone before and after it."""
    if not isinstance(on, date) or isinstance(on, datetime) or not 2 <= on.year <= 9998:
        raise Invalid("on", on, "a date of the years 2 to 9998")
    return on


def _weekly(_: object, attribute: Attribute[Any], value: object) -> None:
    accepted = "at least one (weekday 0 to 6, opening time, later closing time), none overlapping"
    if not isinstance(value, tuple) or not value:
        raise Invalid(attribute.name, value, accepted)
    closed_until = (-1, time())
    for hours in sorted(value) if all(map(_are_hours, value)) else [None]:
        if hours is None or (hours[0], hours[1]) < closed_until:
            raise Invalid(attribute.name, value, accepted)
        closed_until = (hours[0], hours[2]) if hours[2] != time() else (hours[0] + 1, time())


def _are_hours(hours: object) -> bool:
    match hours:
        case (weekday, time() as opens, time() as closes) if type(weekday) is int and type(hours) is tuple:
            naive = opens.tzinfo is None and closes.tzinfo is None
            return naive and 0 <= weekday <= 6 and (opens < closes or closes == time())
        case _:
            return False


def _holidays(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, frozenset) or any(not isinstance(on, date) or isinstance(on, datetime) for on in value):
        raise Invalid(attribute.name, value, "a frozenset of dates")


@frozen
class BusinessHours:
    """When a place is open: weekly hours in its time zone, less its holidays.

    Promises such as "answered within eight working hours" are counted with ``add`` and ``elapsed``, in time
    that really passed: a night shift on the night the clocks change is an hour longer or shorter.
    """

    zone: TimeZone = field(converter=time_zone)
    weekly: tuple[OpenHours, ...] = field(converter=as_tuple, validator=_weekly)
    holidays: frozenset[date] = field(default=frozenset(), validator=_holidays)

    def is_open(self, at: Instant) -> bool:
        """Whether the place is open at that moment; it is at opening time, and no longer at closing time."""
        start, end = next(self._open_after(at), (at, at))
        return start <= at < end

    def elapsed(self, start: Instant, end: Instant) -> timedelta:
        """The open time between two moments. Raises ``Invalid`` when ``end`` comes before ``start``."""
        if end < start:
            raise Invalid("end", end, f"a moment not before {start}")
        total = _NO_TIME
        for opens, closes in self._open_after(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def add(self, start: Instant, working: timedelta) -> Instant:
        """The first moment by which that much open time has passed since ``start``.

        Raises ``Invalid`` for a negative time, and for one that ten years of these hours do not fill.
        """
        if working < _NO_TIME:
            raise Invalid("working", working, "a length of time, not negative")
        if not working:
            return start
        left = working
        for opens, closes in self._open_after(start):
            begun = max(opens, start)
            if begun - start > _HORIZON:
                break
            if left <= closes - begun:
                return begun + left
            left -= closes - begun
        raise Invalid("working", working, "an amount of open time that passes within ten years")

    def _open_after(self, at: Instant) -> Iterator[tuple[Instant, Instant]]:
        """The stretches of open time that end after the moment, in order."""
        on = _checked(local(at, self.zone).date())  # every earlier day is over by now
        hours = sorted(self.weekly)
        while on.year <= 9998:
            if on not in self.holidays:
                for weekday, opening, closing in hours:
                    if weekday == on.weekday():
                        opens = _reached(datetime.combine(on, opening), self.zone)
                        ends_on = on if closing > opening else on + _ONE_DAY
                        closes = _reached(datetime.combine(ends_on, closing), self.zone)
                        if closes > at:
                            yield opens, closes
            on += _ONE_DAY


class LeapBirthday(StrEnum):
    """When those born on 29 February have their birthday in other years; laws differ, so the shop decides."""

    FEBRUARY_28 = "february_28"
    """The last day of February, as in New Zealand and Taiwan."""
    MARCH_1 = "march_1"
    """The day after it, as in the United Kingdom: nobody comes of age too early."""


def birthday(born: date, year: int, leap: LeapBirthday = LeapBirthday.MARCH_1) -> date:
    """The birthday in that year of somebody born on that date."""
    try:
        return born.replace(year=year)
    except ValueError:
        if not 1 <= year <= 9999:
            raise Invalid("year", year, "a year from 1 to 9999") from None
        return date(year, 2, 28) if leap is LeapBirthday.FEBRUARY_28 else date(year, 3, 1)


def is_birthday(born: date, on: date, leap: LeapBirthday = LeapBirthday.MARCH_1) -> bool:
    """Whether it is the birthday of somebody born on that date; the day of birth itself is none."""
    return on.year > born.year and birthday(born, on.year, leap) == on


def age(born: date, on: date, leap: LeapBirthday = LeapBirthday.MARCH_1) -> int:
    """The age in whole years on that day. Raises ``Invalid`` for a day before birth."""
    if on < born:
        raise Invalid("on", on, f"a date not before {born}")
    return on.year - born.year - (on < birthday(born, on.year, leap))
