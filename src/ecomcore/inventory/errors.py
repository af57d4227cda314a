"""How the inventory refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import LocationId, VariantId

__all__ = [
    "BackordersPromised",
    "CorrectionTooLarge",
    "CountedOtherwise",
    "LotUnknown",
    "NotOnHand",
    "NotReleased",
    "NotServed",
    "NotSetAside",
    "OutOfStock",
    "ReservationClosed",
    "SerialKnown",
    "StockIsReserved",
    "TooMuchStock",
    "WrongTracking",
]


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


@define(eq=False, str=False)
class NotOnHand(Refused):
    """Units that are not there, or whose time has run out, cannot leave."""

    variant: VariantId
    location: LocationId
    wanted: int
    on_hand: int

    def sentence(self) -> str:
        return f"{self.wanted} of {self.variant} wanted at {self.location}, {self.on_hand} usable there"


@define(eq=False, str=False)
class NotReleased(Refused):
    """What is sold ahead of its release does not leave before."""

    variant: VariantId
    release_at: Instant

    def sentence(self) -> str:
        return f"{self.variant} is not to leave before {self.release_at.isoformat()}"


@define(eq=False, str=False)
class BackordersPromised(Refused):
    """So many units are promised beyond what is on hand: the cap cannot go below that."""

    variant: VariantId
    promised: int
    cap: int

    def sentence(self) -> str:
        return f"{self.promised} of {self.variant} are promised beyond what is on hand; a cap of {self.cap} is too low"


@define(eq=False, str=False)
class WrongTracking(Refused):
    """Units are told apart otherwise than it was said."""

    variant: VariantId
    tracking: str
    expected: str

    def sentence(self) -> str:
        return f"{self.variant} is tracked by {self.tracking}: expected is {self.expected}"


@define(eq=False, str=False)
class LotUnknown(Refused):
    """There are not so many units of this lot, or none that may leave."""

    lot: str
    wanted: int
    there: int

    def sentence(self) -> str:
        return f"{self.wanted} of lot {self.lot} wanted, {self.there} there"


@define(eq=False, str=False)
class SerialKnown(Refused):
    """A unit with this serial number is here already."""

    variant: VariantId
    serial: str

    def sentence(self) -> str:
        return f"{self.variant} with the serial number {self.serial} is on hand already"


@define(eq=False, str=False)
class CorrectionTooLarge(Refused):
    """One correction or write-off moves no more units than the shop's policy allows; others may."""

    variant: VariantId
    quantity: int
    most: int
    permission: str = "inventory.correct_beyond_limit"

    def sentence(self) -> str:
        return (
            f"{abs(self.quantity)} of {self.variant} at once, {self.most} allowed; "
            f"somebody with the permission {self.permission} can"
        )


@define(eq=False, str=False)
class NotServed(Refused):
    """Nothing is sold from this location in this channel."""

    location: LocationId
    channel: str

    def sentence(self) -> str:
        return f"{self.location} does not serve the channel {self.channel!r}"


@define(eq=False, str=False)
class CountedOtherwise(Refused):
    """There are not as many units as whoever sets them believed: somebody sold or received some meanwhile."""

    variant: VariantId
    expected: int
    on_hand: int

    def sentence(self) -> str:
        return f"{self.expected} of {self.variant} were expected to be there, {self.on_hand} are"
