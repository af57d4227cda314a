"""The README keeps its word: its commands, its first program, its paths."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
QUICKSTART = REPOSITORY / "examples" / "quickstart.py"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_main_job_and_the_tests_are_the_first_shell_commands() -> None:
    first, second, *_ = blocks("sh")

    assert first == "pip install uv && uv run examples/grocery_year.py\n"
    assert second == "pip install uv && uv run pytest\n"


def test_the_quickstart_is_under_forty_lines() -> None:
    assert len(QUICKSTART.read_text(encoding="utf-8").splitlines()) < 40


def test_the_readme_shows_the_quickstart_as_it_is() -> None:
    assert blocks("python")[0] == QUICKSTART.read_text(encoding="utf-8")


def test_the_quickstart_prints_what_the_readme_shows() -> None:
    run = subprocess.run([sys.executable, QUICKSTART], capture_output=True, text=True, check=True, timeout=60)

    assert run.stderr == ""
    assert run.stdout == blocks("text")[0]


def test_the_readme_names_only_files_that_exist() -> None:
    named = re.findall(r"\b(?:tests|examples|benchmarks|docs|adapters|src)/[\w./-]*\w", README)

    assert [path for path in named if not (REPOSITORY / path).exists()] == []
