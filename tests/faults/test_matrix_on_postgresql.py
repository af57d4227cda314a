"""A share of the matrix on PostgreSQL, drawn by chance from all of it; ``ECOMCORE_FAULTS=all`` takes everything."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.faults.grounds import PostgresGround
from tests.faults.matrix import Report, a_seed, a_share, strike_all
from tests.faults.provider import Mischief
from tests.faults.scenarios import SCENARIOS
from tests.faults.striking import Kind, Stage

_COMMANDS, _FAULTS = 7, 6


@pytest.fixture
def ground(postgres_server_url: str) -> Iterator[PostgresGround]:
    ground = PostgresGround(postgres_server_url)
    yield ground
    ground.close()


@pytest.mark.failure("F093")
def test_whatever_call_fails_the_end_is_the_same(ground: PostgresGround, record_property: Report) -> None:
    dice = random.Random(a_seed())

    for scenario in a_share(SCENARIOS, _COMMANDS, dice):
        ground.empty()
        stage = Stage(scenario, ground)
        blows = list(stage.blows((*Kind, *Mischief)))
        strike_all(stage, a_share(blows, _FAULTS, dice), record_property)
