"""What a host may choose about how its shop works, beside the ports: retries, deliveries, subscribers, jobs."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import a_duration
from ecomcore.kernel.errors import Conflict, Invalid, OutcomeUnknown, TryAgain
from ecomcore.kernel.messages import Command, Envelope, Event
from ecomcore.kernel.text import an_id, as_tuple, instance_of

__all__ = ["Deliveries", "Job", "Retries", "Subscriber"]

T = TypeVar("T")

_MOST_TRIES = 1_000


def _tries(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= value <= _MOST_TRIES:
        raise Invalid(attribute.name, value, f"a whole number from 1 to {_MOST_TRIES}")


def _seconds(_: object, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3_600:
        raise Invalid(attribute.name, value, "seconds from 0 to 3600")


def _event_types(_: object, attribute: Attribute[Any], value: object) -> None:
    known = isinstance(value, tuple) and all(isinstance(each, type) and issubclass(each, Event) for each in value)
    if not known or not value:
        raise Invalid(attribute.name, value, "a list of one or more types of events")


def _something_to_call(_: object, attribute: Attribute[Any], value: object) -> None:
    if not callable(value):
        raise Invalid(attribute.name, value, "something that takes an event and its envelope")


@frozen
class Retries:
    """How often a command is run again after a conflict, and how long is waited: a random time up to a growing cap."""

    tries: int = field(default=8, validator=_tries)
    first: float = field(default=0.004, validator=_seconds)
    most: float = field(default=0.5, validator=_seconds)

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures."""
        return random.uniform(0, min(self.most, self.first * 2**failures))

    def until_it_works(
        self, run: Callable[[int], T], *, settles: bool = False, sleep: Callable[[float], object] = time.sleep
    ) -> T:
        """Run it, and again after a conflict or when the database asks for it; it is told how often it has failed.

        What ``settles`` can find out about an unknown outcome when it is run again.
        """
        failures = 0
        while True:
            try:
                return run(failures)
            except (Conflict, TryAgain, OutcomeUnknown) as failure:
                failures += 1
                unsettled = isinstance(failure, OutcomeUnknown) and not settles
                if unsettled or failures >= self.tries:
                    raise
            sleep(self.pause(failures))


@frozen
class Deliveries:
    """How deliveries are carried out.

    ``at_once``: the process that committed them carries them out itself; otherwise a worker does. ``lease``: how long a
    taken delivery is left alone before somebody else may take it. After ``tries`` failures it is dead; between
    two tries it waits, doubling from ``first`` up to ``most``.
    """

    at_once: bool = field(default=True, validator=instance_of(bool))
    lease: timedelta = field(default=timedelta(seconds=60), validator=a_duration)
    tries: int = field(default=10, validator=_tries)
    first: timedelta = field(default=timedelta(seconds=1), validator=a_duration)
    most: timedelta = field(default=timedelta(hours=1), validator=a_duration)

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        doubled: timedelta = self.first * 2 ** min(attempts - 1, 16)
        return min(self.most, doubled)


@frozen
class Subscriber:
    """Somebody who is told events after the commit, at least once each, in order per aggregate.

    ``name`` is kept with every delivery and must not change. ``call`` must bear being told twice: the ``key`` of the
    envelope is then the same, so a command sent under it happens once.
    """

    name: str = field(validator=an_id)
    events: tuple[type[Event], ...] = field(converter=as_tuple, validator=_event_types)
    call: Callable[[Event, Envelope], None] = field(repr=False, validator=_something_to_call)


@frozen
class Job:
    """A command that a worker sends every so often, or a host under its ``name``: that of the command where none is
    given, ``ExpireUnpaid`` as ``expire_unpaid``.
    """

    command: Command[Any] = field(validator=instance_of(Command))
    every: timedelta = field(validator=a_duration)
    name: str = field(validator=an_id)

    @name.default
    def _name_of_the_command(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self.command).__name__).lower()
