"""How transfers refuse."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import TransferId, VariantId

__all__ = ["LotsAreNoted", "MoreThanWasRequested", "MoreThanWasShipped", "TransferReceivedOtherwise"]


@define(eq=False, str=False)
class MoreThanWasRequested(Refused):
    """No more of a variant can be shipped than was set aside for the transfer."""

    transfer: TransferId
    variant: VariantId
    requested: int
    wanted: int

    def sentence(self) -> str:
        return (
            f"{self.wanted} of {self.variant} are to be shipped, {self.requested} were requested by {self.transfer}; "
            "request another transfer for the others"
        )


@define(eq=False, str=False)
class MoreThanWasShipped(Refused):
    """No more of a variant, or of its ``lot`` where one is named, can arrive than is in transit."""

    transfer: TransferId
    variant: VariantId
    in_transit: int
    arrived: int
    lot: str = ""

    def sentence(self) -> str:
        what = f"{self.variant} of lot {self.lot}" if self.lot else self.variant
        return f"{self.arrived} of {what} have arrived, {self.in_transit} are in transit in {self.transfer}"


@define(eq=False, str=False)
class TransferReceivedOtherwise(Refused):
    """Other units were received under this reference before."""

    transfer: TransferId
    reference: str

    def sentence(self) -> str:
        return (
            f"other units were received under {self.reference} for {self.transfer} before; "
            "another receipt needs another reference"
        )


@define(eq=False, str=False)
class LotsAreNoted(Refused):
    """The lots of what has left are written down once."""

    transfer: TransferId

    def sentence(self) -> str:
        return f"other lots have been noted for {self.transfer} before"
