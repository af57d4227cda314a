"""Words, cells and tables of a page. Every text is escaped."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape


def dollars(minor: int) -> str:
    """Cents as a reader writes them: `-$1,234.50`."""
    return f"{'-' if minor < 0 else ''}${abs(minor) // 100:,}.{abs(minor) % 100:02}"


def counted(value: int) -> str:
    """A number as a reader writes it: `1,234`."""
    return f"{value:,}"


def cells(values: Iterable[str]) -> str:
    """Cells of numbers."""
    return "".join(f'<td class="number">{escape(value)}</td>' for value in values)


def table(heads: Sequence[str], rows: Sequence[str], texts: Sequence[int] = (0,)) -> str:
    """`texts` are the columns of words; the others are of numbers, and stand to the right."""
    kinds = ("" if i in texts else " class=number" for i in range(len(heads)))
    names = "".join(f'<th scope="col"{kind}>{escape(head)}</th>' for kind, head in zip(kinds, heads, strict=True))
    head = f"<thead><tr>{names}</tr></thead>" if heads else ""
    return f'<div class="wide"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'


def day_in_words(day: date) -> str:
    """A day as a reader writes it: `1 January 2017`."""
    return f"{day.day} {day:%B %Y}"
