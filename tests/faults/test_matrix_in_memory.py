"""Every command that moves money, every call that it makes, every way in which that can fail: in memory, all of it.

After each fault the caller sends the same again under the same key, and what a host has running goes on. In the end
everything is as if nothing had gone wrong; or it never happened; or the order is off and its money returned.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.grounds import MemoryGround
from tests.faults.matrix import Report, strike_all
from tests.faults.provider import Mischief
from tests.faults.scenarios import SCENARIOS
from tests.faults.striking import Kind, Stage


@pytest.fixture(scope="module", params=SCENARIOS, ids=lambda scenario: scenario.name)
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage(request.param, MemoryGround())


@pytest.mark.failure("F093")
def test_whatever_call_fails_the_end_is_the_same(stage: Stage, record_property: Report) -> None:
    blows = list(stage.blows(Kind))

    strike_all(stage, blows, record_property)


@pytest.mark.failure("F093")
def test_whatever_the_provider_does_each_intention_has_one_effect(stage: Stage, record_property: Report) -> None:
    blows = list(stage.blows(Mischief))

    strike_all(stage, blows, record_property)


def test_commands_that_move_money_have_the_provider_asked() -> None:
    asked: dict[str, Any] = {scenario.name: Stage(scenario, MemoryGround()).outside for scenario in SCENARIOS}

    assert asked["check out"] == ["authorise"]
    assert asked["check out, the money at once"] == ["authorise", "capture"]
    assert asked["ship"] == asked["capture a part"] == ["capture"]
    assert asked["cancel"] == ["void"]
    assert asked["cancel what is paid"] == asked["refund"] == ["refund"]
    assert asked["reconcile"] == ["status"]
