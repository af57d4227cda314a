"""How shipping refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused

__all__ = ["ShipmentHasLeft"]


@define(eq=False, str=False)
class ShipmentHasLeft(Refused):
    """What has left the house cannot be called back."""

    shipment: str
    state: str

    def sentence(self) -> str:
        return f"shipment {self.shipment} is {self.state}; it cannot be cancelled any more"
