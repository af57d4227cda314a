"""What may go wrong with a call to the gateway in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from random import Random
from typing import Final

__all__ = ["PASSING", "Fault", "noise", "silence"]


class Fault(StrEnum):
    """What may go wrong with one call."""

    DECLINE = "decline"
    """An authorisation is declined; anything else is refused. Nothing happens."""
    ACTION = "action"
    """An authorisation wants the buyer to do something first: see ``act`` and ``walk_away``."""
    DOWN = "down"
    """The gateway does not answer; nothing happens."""
    ERROR = "error"
    """The gateway answers that it is broken (500), and nothing happened, but who can know; the next call is fine."""
    TIMEOUT_BEFORE = "timeout_before"
    """Nobody knows what happened; nothing did."""
    TIMEOUT_AFTER = "timeout_after"
    """Nobody knows what happened; it did."""
    DELAY = "delay"
    """It happens, but ``delay`` more askings hear nothing of it: under its key, and of its status."""
    DUPLICATE = "duplicate"
    """It happens once, and its webhook comes twice."""


PASSING: Final = (
    Fault.DOWN,
    Fault.ERROR,
    Fault.TIMEOUT_BEFORE,
    Fault.TIMEOUT_AFTER,
    Fault.DELAY,
    Fault.DUPLICATE,
)
"""Those that asking again gets over."""


def silence() -> Fault | None:
    """Nothing goes wrong by itself."""
    return None


def noise(seed: int, percent: int, faults: Iterable[Fault] = PASSING) -> Callable[[], Fault | None]:
    """One of these in so many of a hundred calls; the same seed, the same faults."""
    chance, choice = Random(seed), tuple(faults)
    return lambda: chance.choice(choice) if chance.randrange(100) < percent else None
