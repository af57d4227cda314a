"""What transfers can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, TransferId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple
from ecomcore.transfers.values import (
    MOST_LINES,
    MOST_LOTS,
    TransferArrival,
    TransferLine,
    TransferLot,
    TransferPick,
)

__all__ = [
    "CancelTransfer",
    "CloseTransfer",
    "NoteTransferLots",
    "ReceiveTransfer",
    "RequestTransfer",
    "ShipTransfer",
]

PLAN = Permission("transfers.plan", Who.STAFF)
RECEIVE = Permission("transfers.receive", Who.STAFF)


@frozen
class RequestTransfer(Command[TransferId]):
    """Units are to go from one location to another; until they leave they are set aside at the origin, all or none.

    Answers with the transfer's id. Lines of the same variant are added up. Raises ``NotFound`` for an unknown location,
    and what the inventory refuses: more than there is, bundles, units told apart otherwise at the destination.
    """

    permission = PLAN
    origin: LocationId = field(validator=an_id)
    destination: LocationId = field(validator=an_id)
    lines: tuple[TransferLine, ...] = field(converter=as_tuple, validator=a_list_of(TransferLine, MOST_LINES))
    id: TransferId | None = field(default=None, validator=an_optional_id)

    def __attrs_post_init__(self) -> None:
        if self.origin == self.destination:
            raise Invalid("destination", self.destination, "another location than the origin")


@frozen
class ShipTransfer(Command[None]):
    """The units leave: these, or all that were requested. What is not shipped is given back at the origin.

    ``picks`` names lots for some or all of them; the rest is what expires first. Raises ``MoreThanWasRequested``.
    """

    permission = Permission("transfers.ship", Who.STAFF)
    transfer: TransferId = field(validator=an_id)
    lines: tuple[TransferLine, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(TransferLine, MOST_LINES, 0)
    )
    tracking: str = field(default="", validator=a_text(empty=True))
    picks: tuple[TransferPick, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(TransferPick, MOST_LINES, 0)
    )


@frozen
class NoteTransferLots(Command[None]):
    """Write down of which lots the units were that have left. The same lots again change nothing.

    Raises ``MoreThanWasShipped``, and ``LotsAreNoted`` for others than were noted before.
    """

    permission = Permission("transfers.note_lots", Who.SYSTEM)
    transfer: TransferId = field(validator=an_id)
    lots: tuple[TransferLot, ...] = field(converter=as_tuple, validator=a_list_of(TransferLot, MOST_LOTS))


@frozen
class ReceiveTransfer(Command[None]):
    """Take in at the destination what is actually there, all lines or none; it may be a part, and may be damaged.

    Under a ``reference`` the same lines are received once; others, also of another lot, are refused with
    ``TransferReceivedOtherwise``. Raises ``MoreThanWasShipped``.
    """

    permission = RECEIVE
    transfer: TransferId = field(validator=an_id)
    lines: tuple[TransferArrival, ...] = field(converter=as_tuple, validator=a_list_of(TransferArrival, MOST_LINES))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class CloseTransfer(Command[None]):
    """What is still in transit will not arrive: it is lost, and the difference is told."""

    permission = RECEIVE
    transfer: TransferId = field(validator=an_id)
    reason: str = field(validator=a_text())


@frozen
class CancelTransfer(Command[None]):
    """The units stay where they are. Only before they have left."""

    permission = PLAN
    transfer: TransferId = field(validator=an_id)
    reason: str = field(validator=a_text())
