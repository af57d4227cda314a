"""The pages about adapters are test modules: their blocks in one file pass the suite that they show."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


@pytest.mark.parametrize("page", ["write-a-persistence-adapter.md", "write-a-payment-gateway-adapter.md"])
def test_the_adapter_of_the_page_passes_the_suite_of_its_port(page: str, tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (HOW_TO / page).read_text(encoding="utf-8"), re.M | re.S)
    (tmp_path / "test_page.py").write_text("\n\n".join(blocks), encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "passed" in run.stdout
    assert "skipped" not in run.stdout
