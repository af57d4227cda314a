"""The tests of the stock have teeth: for each of many ways to get it wrong there is one that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import PersistenceConformance
from ecomcore.testing.outbox_data import use_wire
from ecomcore.wire import Wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.inventory.broken_stock import BROKEN, MODEL, Broken
from tests.inventory.test_stock_model import live

LIVES = 40
"""So many lives are lived until one goes wrong; the most hidden defect here needs about a dozen."""
EXAMPLES = 300


@pytest.fixture(autouse=True)
def no_shrinking() -> Iterator[None]:
    """That there is a difference is enough here; nobody reads the shortest story of it."""
    before = settings.get_current_profile_name()
    settings.register_profile(
        "first difference",
        phases=[Phase.generate],
        report_multiple_bugs=False,
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
    )
    settings.load_profile("first difference")
    yield
    settings.load_profile(before)


@pytest.fixture
def ask(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Runs a test by its name: of this folder (``file:name``), a promise of every store, or the model."""

    def run(finds: str) -> None:
        if finds == MODEL:
            for life in range(LIVES):
                live(Random(f"teeth {life}"))
            return
        file, _, name = finds.rpartition(":")
        if not file:
            store: Persistence = MemoryPersistence()
            store.use(Wire(ROOMS))
            _run(getattr(PersistenceConformance(), f"test_{name}"), persistence=store)
            return
        module = import_module(f"tests.inventory.{file}")
        test = getattr(module, f"test_{name}")
        needs_one = "store" in signature(test).parameters
        _run(test, **({"store": request.getfixturevalue("an_empty_store")} if needs_one else {}))

    return run


@pytest.fixture
def an_empty_store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = use_wire(SqlPersistence(postgres_url))
    erase_everything(persistence)
    yield persistence
    persistence.close()


def _run(test: Callable[..., None], **fixtures: Any) -> None:
    """With every case of its list, where it has one."""
    cases: list[dict[str, Any]] = [{}]
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names, values = mark.args
            assert isinstance(names, str), "one name for each list"
            cases = [{**case, names: value} for case in cases for value in values]
    for case in cases:
        test(**fixtures, **case)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_defect_is_found(broken: Broken, ask: Callable[[str], None]) -> None:
    with broken.at_work(), pytest.raises((Exception, BaseExceptionGroup, pytest.fail.Exception)):
        ask(broken.finds)


@pytest.mark.parametrize("finds", sorted({broken.finds for broken in BROKEN}))
def test_what_finds_defects_finds_none_where_there_is_none(finds: str, ask: Callable[[str], None]) -> None:
    ask(finds)
