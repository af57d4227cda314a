"""What an audit finds."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Breach"]


@frozen
class Breach:
    """A rule that does not hold, the rows it does not hold for, and what they say."""

    rule: str
    rows: tuple[str, ...]
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {', '.join(self.rows)}: {self.detail}"
