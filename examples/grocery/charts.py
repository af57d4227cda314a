"""Draws three kinds of chart as SVG text, to stand inside a page that styles them.

Colours come from the page, by class: `bar`, `in`, `out`, `grid`, `label`, `value`. Each mark has a tooltip.
"""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from itertools import count
from typing import Final

Say = Callable[[int], str]

WIDTH: Final = 960
LEFT: Final = 84
RIGHT: Final = 14
TOP: Final = 10
FOOT: Final = 26
WIDEST_BAR: Final = 72


def bars_by_day(name: str, days: Sequence[tuple[date, int]], say: Say, height: int = 260) -> str:
    """One upright bar for each day."""
    step, top = _scale(max((value for _, value in days), default=0))
    room = height - TOP - FOOT
    ground = TOP + room
    marks = [_grid(ground - room * at / top, say(at)) for at in range(0, top + 1, step)]
    for (x, width), (day, value) in zip(_places(len(days)), days, strict=True):
        tall = room * value / top
        marks.append(_bar("bar", x, ground - tall, width, tall, f"{_day(day)}: {say(value)}"))
    return _svg(name, height, [*marks, *_day_labels([day for day, _ in days], height)])


def in_and_out_by_day(name: str, days: Sequence[tuple[date, int, int]], say: Say, height: int = 260) -> str:
    """For each day what came in, upwards, and what went out, downwards."""
    step, top = _scale(max((max(came, went) for _, came, went in days), default=0))
    room = (height - TOP - FOOT) / 2
    ground = TOP + room
    marks = [_grid(ground - room * at / top, say(abs(at))) for at in range(-top, top + 1, step)]
    for (x, width), (day, came, went) in zip(_places(len(days)), days, strict=True):
        tip = f"{_day(day)}: {say(came)} in, {say(went)} out"
        up, down = room * came / top, room * went / top
        marks += [_bar("in", x, ground - up, width, up, tip), _bar("out", x, ground, width, down, tip)]
    return _svg(name, height, [*marks, *_day_labels([day for day, *_ in days], height)])


def ranked_bars(name: str, rows: Sequence[tuple[str, int]], say: Say) -> str:
    """One lying bar for each row, in the order given: its name before, its value behind."""
    start, tall = 210, 26
    room = WIDTH - start - 130
    most = max((value for _, value in rows), default=0) or 1
    marks = []
    for i, (label, value) in enumerate(rows):
        y, length = i * tall + 3, room * value / most
        marks += [
            _text("label", start - 10, y + 14, label, "end"),
            _bar("bar", start, y, length, tall - 6, f"{label}: {say(value)}"),
            _text("value", start + length + 8, y + 14, say(value), "start"),
        ]
    return _svg(name, max(len(rows), 1) * tall, marks)


def _scale(most: int) -> tuple[int, int]:
    """A round step, and the first of its multiples that is not below `most`: at most five steps."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if most <= 5 * step)
    return step, max(-(-most // step), 1) * step


def _places(n: int) -> list[tuple[float, float]]:
    """Where the bars of `n` days stand: their left edges and widths."""
    slot = (WIDTH - LEFT - RIGHT) / max(n, 1)
    width = min(slot * 0.8, WIDEST_BAR)
    return [(LEFT + slot * i + (slot - width) / 2, width) for i in range(n)]


def _day_labels(days: Sequence[date], height: int) -> list[str]:
    """Every day of up to two weeks, the Mondays of up to three months, the months of anything longer."""
    labels = []
    for (x, width), day in zip(_places(len(days)), days, strict=True):
        if len(days) <= 14 or (len(days) <= 92 and day.weekday() == 0):
            labels.append(_text("label", x + width / 2, height - 6, f"{day.day} {day:%b}", "middle"))
        elif len(days) > 92 and day.day == 1:
            labels.append(_text("label", x, height - 6, f"{day:%b}", "start"))
    return labels


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"


def _grid(y: float, label: str) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text("label", LEFT - 8, y + 4, label.removesuffix(".00"), "end")


def _bar(kind: str, x: float, y: float, width: float, height: float, tip: str) -> str:
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {size}><title>{escape(tip)}</title></rect>'


def _text(kind: str, x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(name: str, height: int, marks: Sequence[str]) -> str:
    inside = "\n".join(marks)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(name)}">\n{inside}\n</svg>'
