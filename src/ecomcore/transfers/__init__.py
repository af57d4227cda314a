"""Transfers: units on their way from one location to another.

Ask:    RequestTransfer, ShipTransfer, NoteTransferLots, ReceiveTransfer, CloseTransfer, CancelTransfer; GetTransfer,
        ListTransfers.
Tells:  TransferRequested, TransferShipped, TransferLotsNoted, TransferReceived, TransferClosed, TransferCancelled.
Refuses: MoreThanWasRequested, MoreThanWasShipped, TransferReceivedOtherwise, LotsAreNoted.
"""

from ecomcore.kernel.room import Room
from ecomcore.transfers.audits import breaches, transit_breaches
from ecomcore.transfers.commands import (
    CancelTransfer,
    CloseTransfer,
    NoteTransferLots,
    ReceiveTransfer,
    RequestTransfer,
    ShipTransfer,
)
from ecomcore.transfers.errors import (
    LotsAreNoted,
    MoreThanWasRequested,
    MoreThanWasShipped,
    TransferReceivedOtherwise,
)
from ecomcore.transfers.events import (
    TransferCancelled,
    TransferClosed,
    TransferLotsNoted,
    TransferReceived,
    TransferRequested,
    TransferShipped,
)
from ecomcore.transfers.ports import TransferFilter, TransferPlaces, Transfers
from ecomcore.transfers.queries import GetTransfer, ListTransfers, TransferSummary, TransferView
from ecomcore.transfers.transfer import LIFECYCLE, Transfer, TransferState
from ecomcore.transfers.usecases import (
    cancel_transfer,
    close_transfer,
    get_transfer,
    list_transfers,
    note_transfer_lots,
    receive_transfer,
    request_transfer,
    ship_transfer,
)
from ecomcore.transfers.values import (
    ArrivedLot,
    InTransit,
    TransferArrival,
    TransferEntry,
    TransferEntryKind,
    TransferLine,
    TransferLot,
    TransferPick,
    TransferTotal,
)

__all__ = [
    "ROOM",
    "ArrivedLot",
    "CancelTransfer",
    "CloseTransfer",
    "GetTransfer",
    "InTransit",
    "ListTransfers",
    "LotsAreNoted",
    "MoreThanWasRequested",
    "MoreThanWasShipped",
    "NoteTransferLots",
    "ReceiveTransfer",
    "RequestTransfer",
    "ShipTransfer",
    "Transfer",
    "TransferArrival",
    "TransferCancelled",
    "TransferClosed",
    "TransferEntry",
    "TransferEntryKind",
    "TransferFilter",
    "TransferLine",
    "TransferLot",
    "TransferLotsNoted",
    "TransferPick",
    "TransferPlaces",
    "TransferReceived",
    "TransferReceivedOtherwise",
    "TransferRequested",
    "TransferShipped",
    "TransferState",
    "TransferSummary",
    "TransferTotal",
    "TransferView",
    "Transfers",
    "breaches",
    "transit_breaches",
]

ROOM = Room(
    name="transfers",
    deciders={
        RequestTransfer: request_transfer,
        ShipTransfer: ship_transfer,
        NoteTransferLots: note_transfer_lots,
        ReceiveTransfer: receive_transfer,
        CloseTransfer: close_transfer,
        CancelTransfer: cancel_transfer,
    },
    answers={GetTransfer: get_transfer, ListTransfers: list_transfers},
    events=(
        TransferRequested,
        TransferShipped,
        TransferLotsNoted,
        TransferReceived,
        TransferClosed,
        TransferCancelled,
    ),
    lifecycles=(LIFECYCLE,),
    repositories=(Transfers,),
    ports=(TransferPlaces,),
)
