"""What every benchmark here shares: a figure is one JSON object on one line.

``ratio`` compares the value with a reference measured in the same run, on the same machine; ``reach`` is what is aimed
at (of the ratio where there is one, else of the value), ``reached`` says whether it was.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    reference: tuple[str, float] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    **more: Any,
) -> None:
    """Print one figure."""
    ratio = value / reference[1] if reference else None
    judged = value if ratio is None else ratio
    reach = at_least if at_least is not None else at_most
    reached = None
    if at_least is not None:
        reached = judged >= at_least
    elif at_most is not None:
        reached = judged <= at_most
    line = {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "reference": {"name": reference[0], "value": round(reference[1], 3)} if reference else None,
        "ratio": None if ratio is None else round(ratio, 3),
        "reach": reach,
        "reached": reached,
        **more,
    }
    print(json.dumps(line), flush=True)


def repeated(times: int, measure: Callable[[], float]) -> list[float]:
    """The same measurement several times."""
    return [measure() for _ in range(times)]
