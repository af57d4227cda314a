"""How queues and wishes refuse."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import LocationId, VariantId

__all__ = ["NotQueued", "NothingToWaitFor", "OthersAreWaiting", "TooManyWanted"]


@define(eq=False, str=False)
class OthersAreWaiting(Refused):
    """People wait in line for the variant: ``ahead`` of them come first."""

    variant: VariantId
    ahead: int

    def sentence(self) -> str:
        return f"{self.ahead} waiting for {self.variant} come first; join the queue"


@define(eq=False, str=False)
class NotQueued(Refused):
    """The variant is not sold in the order of a queue there; it can be ordered at once."""

    variant: VariantId
    location: LocationId | None = None

    def sentence(self) -> str:
        where = f" at {self.location}" if self.location else ""
        return f"there is no queue for {self.variant}{where}; order it"


@define(eq=False, str=False)
class TooManyWanted(Refused):
    """One ticket may not wait for so many units."""

    variant: VariantId
    wanted: int
    most: int

    def sentence(self) -> str:
        return f"{self.wanted} of {self.variant} wanted by one ticket, {self.most} are allowed"


@define(eq=False, str=False)
class NothingToWaitFor(Refused):
    """There are units to be had now."""

    variant: VariantId
    available: int

    def sentence(self) -> str:
        return f"{self.available} of {self.variant} are available now; order them"
