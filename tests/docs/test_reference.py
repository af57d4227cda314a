"""The reference says what the code says."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGES = REPOSITORY / "docs" / "reference"
STALE = "the reference is stale; run: uv run docs/generate_reference.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", REPOSITORY / "docs" / "generate_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says(generator: ModuleType) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}

    made = generator.pages()

    assert committed.keys() == made.keys(), STALE
    assert [name for name in made if committed[name] != made[name]] == [], STALE


def test_the_same_code_gives_the_same_reference(generator: ModuleType) -> None:
    assert generator.pages() == generator.pages()


def test_the_generator_removes_pages_that_are_no_more(generator: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("once upon a time")

    generator.write(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == generator.pages().keys()


def test_every_message_has_its_place_in_the_reference(generator: ModuleType) -> None:
    pages = generator.pages()

    for room in generator.ROOMS:
        for message in (*room.deciders, *room.couriers, *room.answers, *room.events):
            assert f"### {message.__name__}\n" in pages[f"{room.name}.md"]
            assert f'"{message.__name__}": {{' in pages["messages.schema.json"]


def test_what_a_host_may_choose_has_its_place_in_the_reference(generator: ModuleType) -> None:
    page = generator.pages()["host.md"]

    for kind in generator.HOST:
        assert f"### {kind.__name__}\n" in page
    for name in inspect.signature(generator.bootstrap.assemble).parameters:
        assert f"    {name}: " in page


def test_the_attributes_of_a_port_are_told(generator: ModuleType) -> None:
    assert "`outbox: Outbox`, `replies: Replies`" in generator.pages()["ports.md"]


def test_every_message_says_what_it_means(generator: ModuleType) -> None:
    for room in generator.ROOMS:
        for message in (*room.deciders, *room.couriers, *room.answers, *room.events):
            assert message.__doc__, message
            assert not message.__doc__.startswith(f"{message.__name__}("), message  # attrs would write that


def test_types_are_told_as_they_are(generator: ModuleType) -> None:
    page = generator.pages()["values.md"]

    for row in (
        "| `holidays` | set of day |",
        "| `weekly` | list of (`int`, time of day, time of day) |",
        "| `conditions` | list of [`Condition`](values.md#condition) |",
        "| `effects` | list of [`Effect`](values.md#effect) |",
        "| `instalments` | list of [`Instalment`](values.md#instalment) |",
        "| `expired_at` | `Instant` or none |",
    ):
        assert row in page, row


def test_every_class_of_a_union_has_its_place_in_the_reference(generator: ModuleType) -> None:
    page = generator.pages()["values.md"]

    for name, union in generator.UNIONS.items():
        assert f"## {name}\n" in page
        for kind in get_args(union):
            assert f"## {kind.__name__}\n" in page
            assert f"- [`{kind.__name__}`](values.md#{kind.__name__.lower()}): " in page
