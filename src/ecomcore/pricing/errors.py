"""How pricing refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Refused

__all__ = ["PriceListOver", "PriceScheduled", "RateScheduled"]


@define(eq=False, str=False)
class PriceListOver(Refused):
    """The price list has ended: nothing about it changes any more."""

    list: str
    ended_at: Instant

    def sentence(self) -> str:
        return f"price list {self.list} ended at {self.ended_at.isoformat()}; add another one"


@define(eq=False, str=False)
class PriceScheduled(Refused):
    """A price that begins later was set before; nothing is put in front of it."""

    list: str
    variant: str
    since: Instant

    def sentence(self) -> str:
        since = self.since.isoformat()
        return f"{self.variant} has a price in list {self.list} that begins at {since}; set another from then on"


@define(eq=False, str=False)
class RateScheduled(Refused):
    """A rate that begins later was set before; nothing is put in front of it."""

    pair: str
    since: Instant

    def sentence(self) -> str:
        return f"{self.pair} has a rate that begins at {self.since.isoformat()}; set another from then on"
