"""Tells at the end of a run how large the matrix was, and how its runs ended."""

from __future__ import annotations

from collections import Counter
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    runs: Counter[str] = Counter()
    ends: dict[str, Counter[str]] = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, told in report.user_properties:
            if name == "faults":
                ground, _, same, documented = told
                runs[ground] += sum(same.values()) + sum(documented.values())
                ends.setdefault(ground, Counter()).update({"as if nothing had happened": sum(same.values())})
                ends[ground].update(documented)
    for ground, count in sorted(runs.items()):
        told = ", ".join(f"{times} {end}" for end, times in sorted(ends[ground].items()))
        terminalreporter.write_line(f"faults on {ground}: {count} runs: {told}")
