"""What the model of the stock writes down. No code of the shop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["CONSUMED", "EXPIRED", "LIMIT", "OPEN", "RELEASED", "Held", "Item", "Lot", "No", "Part", "Place"]

LIMIT = 8
"""The most units of one correction or write-off."""

OPEN, CONSUMED, RELEASED, EXPIRED = "open", "consumed", "released", "expired"

Place = tuple[str, str]
"""A variant and a location."""


class No(Exception):
    """Refused, for one of these reasons."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = set(reasons)


@dataclass
class Lot:
    quantity: int
    end: datetime | None
    owner: str | None
    came: datetime


@dataclass
class Item:
    """What is known of a variant at a location; ``good`` and ``bad`` list every unit that came or went."""

    good: list[int] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    lots: dict[str, Lot] = field(default_factory=dict)
    tracking: str = "none"
    buffer: int = 0
    low: int = 0
    cap: int = 0
    release_at: datetime | None = None
    stripes: int = 0


@dataclass
class Part:
    """Units set aside at one place: for a bundle, of which each takes so many."""

    variant: str
    location: str
    bundle: str | None
    each: int
    quantity: int


@dataclass
class Held:
    """A reservation."""

    until: datetime | None
    channel: str
    parts: list[Part]
    state: str = OPEN
    references: set[str] = field(default_factory=set)
