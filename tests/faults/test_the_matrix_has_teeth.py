"""What the matrix is for: it notices a provider without keys, a host without a worker, callers without keys."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ecomcore import Shop
from ecomcore.kernel.errors import Refused
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import PaymentRequest
from ecomcore.testing import euros
from tests.faults.grounds import MemoryGround
from tests.faults.provider import Mischief
from tests.faults.scenarios import SCENARIOS
from tests.faults.striking import Blow, Kind, Stage
from tests.faults.world import World


def a_stage(name: str) -> Stage:
    return Stage(next(scenario for scenario in SCENARIOS if scenario.name == name), MemoryGround())


@pytest.mark.parametrize("name", ["check out", "ship", "capture a part", "refund", "edit"])
def test_a_provider_that_forgets_keys_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, asked = a_stage(name), MemoryGateway._once
    calls: list[PaymentRequest] = []

    def forgetful(self: MemoryGateway, operation: str, request: PaymentRequest, *effect: Any, **answers: Any) -> Any:
        calls.append(request)
        return asked(self, operation, evolve(request, key=f"{request.key} {len(calls)}"), *effect, **answers)

    monkeypatch.setattr(MemoryGateway, "_once", forgetful)

    with pytest.raises(AssertionError):
        stage.strike(Blow(Mischief.TIMEOUT_WITH_EFFECT, 1))


@pytest.mark.parametrize("name", ["check out", "cancel", "refund", "cancel units that are paid"])
def test_a_host_without_a_worker_is_noticed(name: str) -> None:
    stage = a_stage(name)
    stage.world.recover = lambda **_: None  # type: ignore[method-assign]  # nobody is there

    with pytest.raises(AssertionError):
        stage.strike(Blow(Kind.GONE_FOR_GOOD, stage.calls.index(stage.outside[0]) + 1))


@pytest.mark.parametrize("name", ["refund", "edit", "capture a part", "cancel units"])
def test_a_caller_without_keys_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Shop.handle

    def keyless(self: Shop, command: Any, *, key: str | None = None, **rest: Any) -> Any:
        return handle(self, command, **rest)

    monkeypatch.setattr(Shop, "handle", keyless)
    stage = a_stage(name)

    with pytest.raises((AssertionError, Refused)):
        stage.strike(Blow(Kind.COMMIT_UNHEARD, stage.calls.index("commit") + 1))


def test_money_that_moves_unheard_is_noticed() -> None:
    stage = a_stage("check out")
    stage.strike(Blow(Kind.CRASH_BEFORE, 1))
    world: World = stage.world

    world.gateway.capture_outside(world.known_payments[0], euros(1))

    with pytest.raises(AssertionError, match="the shop's books are the provider's"):
        world.check()


def test_a_fault_that_never_strikes_is_noticed() -> None:
    stage = a_stage("check out")

    with pytest.raises(AssertionError, match="the call was never made"):
        stage.strike(Blow(Kind.CRASH_BEFORE, len(stage.calls) + 1))
