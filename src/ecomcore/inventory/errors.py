"""How the inventory refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import LocationId, VariantId

__all__ = ["NotSetAside", "OutOfStock", "ReservationClosed", "StockIsReserved", "TooMuchStock"]


@define(eq=False, str=False)
class OutOfStock(Refused):
    """There are not enough units to set aside."""

    variant: VariantId
    wanted: int
    available: int

    def sentence(self) -> str:
        return f"{self.wanted} of {self.variant} wanted, {self.available} available"


@define(eq=False, str=False)
class StockIsReserved(Refused):
    """Units set aside for somebody cannot be taken away by a correction."""

    variant: VariantId
    on_hand: int
    reserved: int

    def sentence(self) -> str:
        return (
            f"{self.variant} has {self.on_hand} on hand of which {self.reserved} are reserved; "
            "a correction cannot go below what is reserved"
        )


@define(eq=False, str=False)
class TooMuchStock(Refused):
    """A stock item holds no more than the largest quantity."""

    variant: VariantId
    most: int

    def sentence(self) -> str:
        return f"{self.variant} cannot have more than {self.most} units at one location"


@define(eq=False, str=False)
class ReservationClosed(Refused):
    """A reservation ends once; this one has ended otherwise."""

    reservation: str
    state: str

    def sentence(self) -> str:
        return f"the reservation of {self.reservation} is {self.state}; its units are no longer set aside"


@define(eq=False, str=False)
class NotSetAside(Refused):
    """No more units can leave or be given back than are set aside, at the ``location`` where one is named."""

    reservation: str
    variant: VariantId
    wanted: int
    reserved: int
    location: LocationId | None = None

    def sentence(self) -> str:
        where = f" at {self.location}" if self.location else ""
        return f"{self.wanted} of {self.variant}{where} wanted from {self.reservation}, {self.reserved} set aside"
