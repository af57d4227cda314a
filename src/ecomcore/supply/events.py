"""What the supply tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import InboundId, LocationId
from ecomcore.kernel.messages import Event
from ecomcore.supply.values import ArrivedLine, Difference, InboundLine

__all__ = ["InboundCancelled", "InboundClosed", "InboundExpected", "InboundReceived", "InboundRescheduled"]


@frozen
class InboundExpected(Event):
    """Units are on order; ``source`` names the purchase order."""

    inbound: InboundId
    source: str
    location: LocationId
    lines: tuple[InboundLine, ...]
    expected_at: Instant


@frozen
class InboundRescheduled(Event):
    """What is outstanding comes at another time than it ``was`` to."""

    inbound: InboundId
    location: LocationId
    expected_at: Instant
    was: Instant


@frozen
class InboundReceived(Event):
    """This is actually there; ``complete`` when nothing is outstanding any more.

    ``differences`` names the variants of these lines of which more has come by now than was ordered.
    """

    inbound: InboundId
    location: LocationId
    lines: tuple[ArrivedLine, ...]
    reference: str
    differences: tuple[Difference, ...]
    complete: bool


@frozen
class InboundClosed(Event):
    """What is ``missing`` will not come any more."""

    inbound: InboundId
    location: LocationId
    missing: tuple[InboundLine, ...]
    reason: str


@frozen
class InboundCancelled(Event):
    """The delivery was called off before anything came."""

    inbound: InboundId
    location: LocationId
    reason: str
