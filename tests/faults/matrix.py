"""What the tests of all stores share: strike, and count."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from tests.faults.striking import Blow, Kind, Stage, Tally

__all__ = ["Report", "a_seed", "a_share", "kinds_of", "strike_all"]

T = TypeVar("T")
Report = Callable[[str, Any], None]


def strike_all(stage: Stage, blows: Sequence[Blow], report: Report) -> None:
    """Each of these faults in turn; the first that does harm fails the test, which says what it was."""
    tally = stage.tally = Tally()
    for blow in blows:
        try:
            stage.strike(blow)
        except Exception as failure:
            pytest.fail(f"{stage.scenario.name}: {blow}: {type(failure).__name__}: {failure}")
    assert tally.runs == len(blows)
    report("faults", (stage.world.ground.name, stage.scenario.name, dict(tally.same), dict(tally.documented)))


def a_seed() -> int:
    """What chance depends on: ``ECOMCORE_SEED`` repeats it; it is printed with a failure."""
    seed = int(os.environ.get("ECOMCORE_SEED", time.time_ns()))
    print(f"ECOMCORE_SEED={seed}")  # noqa: T201 - shown with a failure
    return seed


def a_share(things: Sequence[T], most: int, dice: random.Random) -> Sequence[T]:
    """So many of them, by chance; all of them where ``ECOMCORE_FAULTS`` is ``all``."""
    return things if _everything() or len(things) <= most else dice.sample(things, most)


def kinds_of(few: Sequence[Kind]) -> Sequence[Kind]:
    """These kinds of faults, or all there are."""
    return tuple(Kind) if _everything() else few


def _everything() -> bool:
    return os.environ.get("ECOMCORE_FAULTS") == "all"
