"""Fixtures every test may ask for, and the runner of the documentation's code."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from tests.support.postgres import postgres_database, postgres_server

# A test is never timed: a busy machine is no defect.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """One PostgreSQL per test process, started by the first test that asks. A missing server is a failure."""
    with postgres_server(fsync=False) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database, one for each test module."""
    with postgres_database(postgres_server_url) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file that does not exist yet, one for each test."""
    return f"sqlite:///{tmp_path / 'shop.db'}"


def _enter_a_scratch_folder(namespace: dict[str, Any]) -> None:
    stack = namespace["_scratch"] = contextlib.ExitStack()
    stack.enter_context(contextlib.chdir(stack.enter_context(tempfile.TemporaryDirectory())))


def _leave_the_scratch_folder(namespace: dict[str, Any]) -> None:
    namespace["_scratch"].close()


# Every fenced python block of every document runs; the blocks of one document are one program.
pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["*.md"],
    setup=_enter_a_scratch_folder,
    teardown=_leave_the_scratch_folder,
).pytest()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``-n``, keep a module together (it shares a database) and a document too (it is one program)."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    return LoadScopeScheduling(config, log)
