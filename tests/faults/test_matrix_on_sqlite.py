"""The matrix on SQLite: a crash after every call, every lost commit, everything a provider can do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.grounds import SqliteGround
from tests.faults.matrix import Report, kinds_of, strike_all
from tests.faults.provider import Mischief
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.striking import Kind, Stage

_KINDS = (Kind.CRASH_AFTER, Kind.COMMIT_UNHEARD, Kind.COMMIT_FAILED)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteGround]:
    ground = SqliteGround(tmp_path_factory.mktemp("ground"))
    yield ground
    ground.close()


@pytest.mark.failure("F093")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_whatever_call_fails_the_end_is_the_same(
    scenario: Scenario, ground: SqliteGround, record_property: Report
) -> None:
    """``ECOMCORE_FAULTS=all`` tries all kinds of faults."""
    ground.empty()
    stage = Stage(scenario, ground)

    strike_all(stage, list(stage.blows((*kinds_of(_KINDS), *Mischief))), record_property)
