"""What transfers tell."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import LocationId, TransferId
from ecomcore.kernel.messages import Event
from ecomcore.transfers.values import ArrivedLot, TransferLine, TransferLot, TransferPick

__all__ = [
    "TransferCancelled",
    "TransferClosed",
    "TransferLotsNoted",
    "TransferReceived",
    "TransferRequested",
    "TransferShipped",
]


@frozen
class TransferRequested(Event):
    """Units are wanted at another location."""

    transfer: TransferId
    origin: LocationId
    destination: LocationId
    lines: tuple[TransferLine, ...]


@frozen
class TransferShipped(Event):
    """These units have left the origin; those that are ``kept`` there were requested as well and stay.

    ``picks`` says of which lots they are to be, where that was chosen.
    """

    transfer: TransferId
    origin: LocationId
    destination: LocationId
    lines: tuple[TransferLine, ...]
    kept: tuple[TransferLine, ...] = ()
    picks: tuple[TransferPick, ...] = ()
    tracking: str = ""


@frozen
class TransferLotsNoted(Event):
    """What has left was of these lots."""

    transfer: TransferId
    lots: tuple[TransferLot, ...]


@frozen
class TransferReceived(Event):
    """These units are at the destination, by lot, good ones and damaged ones; ``complete`` when none is in transit."""

    transfer: TransferId
    destination: LocationId
    lines: tuple[ArrivedLot, ...]
    reference: str
    complete: bool


@frozen
class TransferClosed(Event):
    """What is ``missing`` has been lost on the way."""

    transfer: TransferId
    origin: LocationId
    destination: LocationId
    missing: tuple[TransferLot, ...]
    reason: str


@frozen
class TransferCancelled(Event):
    """The units stay where they are."""

    transfer: TransferId
    origin: LocationId
    reason: str
