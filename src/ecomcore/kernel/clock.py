"""What time it is: always an aware moment in UTC, always asked of a port.

The core never reads the wall clock: an aggregate is told the time, a use case asks its ``Clock``. Local time,
days and opening hours belong to ``ecomcore.kernel.calendar``.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias

from attrs import Attribute

from ecomcore.kernel.errors import Invalid

__all__ = [
    "LONGEST_DURATION",
    "Clock",
    "Instant",
    "SystemClock",
    "a_duration",
    "an_instant",
    "an_optional_instant",
    "utc",
]

Instant: TypeAlias = datetime
"""A moment: an aware ``datetime`` in UTC. Make one from outside data with ``utc``."""

LONGEST_DURATION: Final = timedelta(days=3_660)
"""The longest a policy of the shop may wait for anything: ten years."""

_NO_OFFSET: Final = timedelta(0)


class Clock(Protocol):
    """Tells the time."""

    @abstractmethod
    def now(self) -> Instant:
        """This moment, aware and in UTC."""


class SystemClock(Clock):
    """The clock of the machine."""

    def now(self) -> Instant:
        return datetime.now(UTC)


def utc(value: object, field: str = "at") -> Instant:
    """The same moment in UTC. Raises ``Invalid`` for a naive ``datetime`` and for anything that is none."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise Invalid(field, value, "a datetime with a time zone or offset")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise Invalid(field, value, "a moment of the years 1 to 9999 in UTC") from None


def an_instant(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds an ``Instant``: refuses a naive ``datetime`` and one that is not in UTC."""
    if not isinstance(value, datetime) or (value.tzinfo is not UTC and value.utcoffset() != _NO_OFFSET):
        raise Invalid(attribute.name, value, "an aware datetime in UTC")


def an_optional_instant(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds an ``Instant`` or ``None``."""
    if value is not None:
        an_instant(instance, attribute, value)


def a_duration(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds a ``timedelta`` of zero to ``LONGEST_DURATION``."""
    if not isinstance(value, timedelta) or not _NO_OFFSET <= value <= LONGEST_DURATION:
        raise Invalid(attribute.name, value, f"a timedelta from 0 to {LONGEST_DURATION.days} days")
