"""Shows how far a long run is: a bar on a terminal, a line every few seconds anywhere else.

    with progress(total=155_520, done=already) as shown:
        for basket in baskets:
            place(basket)
            shown.advance(note=f"{day:%d %B}")

Work done by an earlier run counts as done, but not for the rate.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Task
    from rich.text import Text


class Progress(Protocol):
    """Something to tell about work done. Use it as a context manager."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """`n` more are done. `note` says where the work is; an empty one leaves the last standing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress(total: int, done: int = 0, things: str = "orders", stream: TextIO | None = None) -> Progress:
    """A bar where `stream` (or else standard error) is a terminal and rich is installed, and lines elsewhere."""
    stream = stream or sys.stderr
    if stream.isatty():
        try:
            return Bar(total, done, things, stream)
        except ImportError:
            pass
    return Lines(total, done, things, stream)


class Lines:
    """Writes a line now and then, and one at the end."""

    def __init__(
        self,
        total: int,
        done: int,
        things: str,
        stream: TextIO,
        every: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._done, self._before = total, done, done
        self._things, self._stream, self._every, self._clock = things, stream, every, clock
        self._began = self._spoke = clock()
        self._note = ""

    def advance(self, n: int = 1, note: str = "") -> None:
        self._done += n
        self._note = note or self._note
        if self._clock() - self._spoke >= self._every:
            self._say()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("stopped" if kind else "")

    def _say(self, ending: str = "") -> None:
        self._spoke = self._clock()
        spent = self._spoke - self._began
        rate = (self._done - self._before) / spent if spent else None
        share = self._done / self._total if self._total else 1
        parts = [
            f"{self._done:,} of {self._total:,} {self._things} ({share:.1%})",
            _rate(rate, self._things),
            _time_left(self._total - self._done, rate),
            self._note,
            ending,
        ]
        print(", ".join(part for part in parts if part), file=self._stream, flush=True)


class Bar:
    """Draws a bar with rich. Raises `ImportError` where rich is not installed."""

    def __init__(self, total: int, done: int, things: str, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn
        from rich.progress import Progress as Drawing
        from rich.text import Text

        class Pace(ProgressColumn):
            def render(self, task: "Task") -> "Text":
                left = _time_left(int(task.remaining or 0), task.speed)
                pace = ", ".join(part for part in (_rate(task.speed, things), left) if part)
                return Text(pace, style="progress.remaining")

        self._drawing = Drawing(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            Pace(),
            console=Console(file=stream),
            expand=True,
        )
        self._task = self._drawing.add_task(things, total=total, completed=done)

    def advance(self, n: int = 1, note: str = "") -> None:
        self._drawing.update(self._task, advance=n, description=note or None)

    def __enter__(self) -> Self:
        self._drawing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawing.stop()


def _rate(rate: float | None, things: str) -> str:
    if not rate:
        return ""
    return f"{rate:,.0f} {things}/s" if rate >= 10 else f"{rate:.1f} {things}/s"


def _time_left(left: int, rate: float | None) -> str:
    return f"{timedelta(seconds=round(left / rate))} left" if rate and left > 0 else ""
