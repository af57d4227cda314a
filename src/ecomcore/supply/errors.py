"""How the supply refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import InboundId, VariantId

__all__ = ["MoreThanWasOrdered", "ReceivedOtherwise"]


@define(eq=False, str=False)
class MoreThanWasOrdered(Refused):
    """The shop's policy takes no more of a variant than was ordered."""

    inbound: InboundId
    variant: VariantId
    outstanding: int
    arrived: int

    def sentence(self) -> str:
        return f"{self.arrived} of {self.variant} have come, {self.outstanding} are outstanding; send the others back"


@define(eq=False, str=False)
class ReceivedOtherwise(Refused):
    """Other units were received under this reference before."""

    inbound: InboundId
    reference: str

    def sentence(self) -> str:
        return (
            f"other units were received under {self.reference} for {self.inbound} before; "
            "another receipt needs another reference"
        )
