"""The suites have teeth: every defect is found by the promise that is there to find it, and honesty is never blamed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import PaymentGateway
from ecomcore.testing import PaymentGatewayConformance, PersistenceConformance
from ecomcore.wire import Wire
from tests.testing import broken, broken_gateways
from tests.testing.broken import STORES, Spoilt
from tests.testing.broken_gateways import GATEWAYS
from tests.testing.memory_gateway_case import MemoryGatewaySuite

BROKEN_PROMISE = (AssertionError, pytest.fail.Exception)
"""Anything else is an accident of the broken adapter, and proves nothing."""


class ManyLives(MemoryGatewaySuite):
    """A random life need not meet the defect; one of so many does."""

    lives = 300


def promised_by(suite: type) -> Iterator[str]:
    return (name.removeprefix("test_") for name in dir(suite) if name.startswith("test_"))


def ask_store(store: Persistence, promise: str) -> None:
    """Ask the store to keep one promise of the suite."""
    store.use(Wire(ROOMS))
    getattr(PersistenceConformance(), f"test_{promise}")(store)


def ask_gateway(gateway: PaymentGateway, promise: str) -> None:
    """Ask the gateway to keep one promise of the suite."""
    getattr(ManyLives(), f"test_{promise}")(gateway)


@pytest.fixture(autouse=True)
def no_shrinking() -> Iterator[None]:
    """That there is a difference is enough here; nobody reads the shortest story of it."""
    before = settings.get_current_profile_name()
    settings.register_profile("first difference", phases=[Phase.generate], report_multiple_bugs=False)
    settings.load_profile("first difference")
    yield
    settings.load_profile(before)


@pytest.mark.parametrize("defect", STORES, ids=str)
def test_a_broken_store_breaks_its_promise(defect: broken.Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOMCORE_MACHINE_RUNS", "500")  # a random life need not meet the defect; one of so many does
    with pytest.raises(BROKEN_PROMISE):
        ask_store(defect.make(), defect.promise)


@pytest.mark.parametrize("promise", sorted({defect.promise for defect in STORES}))
def test_an_honest_store_made_of_the_same_parts_keeps_it(promise: str) -> None:
    ask_store(Spoilt(), promise)


@pytest.mark.parametrize("defect", GATEWAYS, ids=str)
def test_a_broken_gateway_breaks_its_promise(defect: broken_gateways.Broken) -> None:
    with pytest.raises(BROKEN_PROMISE):
        ask_gateway(defect.make(), defect.promise)


@pytest.mark.parametrize("promise", sorted({defect.promise for defect in GATEWAYS}))
def test_an_honest_gateway_keeps_it(promise: str) -> None:
    ask_gateway(MemoryGateway(), promise)


def test_every_promise_of_a_gateway_is_one_that_some_defect_breaks() -> None:
    assert {defect.promise for defect in GATEWAYS} == set(promised_by(PaymentGatewayConformance))


def test_the_promises_named_are_promises_of_the_suite() -> None:
    assert {defect.promise for defect in STORES} <= set(promised_by(PersistenceConformance))


def test_the_suite_as_an_adapter_runs_it_fails_for_the_broken_and_passes_for_the_honest(tmp_path: Path) -> None:
    (tmp_path / "test_conformance.py").write_text(
        "import pytest\n"
        "from ecomcore.testing import PersistenceConformance\n"
        "from tests.testing.broken import AllowsASkuTwice, Spoilt\n"
        "class TestHonest(PersistenceConformance):\n"
        "    @pytest.fixture\n"
        "    def persistence(self): return Spoilt()\n"
        "class TestBroken(PersistenceConformance):\n"
        "    @pytest.fixture\n"
        "    def persistence(self): return AllowsASkuTwice()\n"
    )
    house = Path(__file__).parents[2]
    options = ["-q", "-p", "no:cacheprovider", "-c", str(house / "pyproject.toml"), "-o", f"pythonpath={house}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={tmp_path}", "-k", "sku or refuses", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "TestBroken::test_a_sku_belongs_to_one_variant_of_the_whole_shop" in run.stdout
    assert "TestHonest" not in run.stdout
    assert "1 failed" in run.stdout, run.stdout + run.stderr
