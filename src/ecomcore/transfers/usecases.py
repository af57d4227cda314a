"""The use cases of transfers: load, decide, save."""

from __future__ import annotations

from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import AlreadyExists
from ecomcore.kernel.ids import Ids, TransferId
from ecomcore.transfers.commands import (
    CancelTransfer,
    CloseTransfer,
    NoteTransferLots,
    ReceiveTransfer,
    RequestTransfer,
    ShipTransfer,
)
from ecomcore.transfers.ports import TransferFilter, TransferPlaces, Transfers
from ecomcore.transfers.queries import GetTransfer, ListTransfers, TransferSummary, TransferView
from ecomcore.transfers.transfer import Transfer


def request_transfer(command: RequestTransfer, transfers: Transfers, places: TransferPlaces, ids: Ids) -> TransferId:
    id_ = command.id or TransferId(ids.new())
    if transfers.find(id_):
        raise AlreadyExists("transfer", "id", id_)
    places.check(id_, command.origin, command.destination, {line.variant for line in command.lines})
    transfers.save(Transfer.request(id_, command.origin, command.destination, command.lines))
    return id_


def ship_transfer(command: ShipTransfer, transfers: Transfers, clock: Clock) -> None:
    transfer = transfers.get(command.transfer, lock=True)
    transfers.save(transfer.ship(command.lines, command.picks, command.tracking, clock.now()))


def note_transfer_lots(command: NoteTransferLots, transfers: Transfers) -> None:
    transfer = transfers.get(command.transfer, lock=True)
    _save_changed(transfers, transfer, transfer.note_lots(command.lots))


def receive_transfer(command: ReceiveTransfer, transfers: Transfers, places: TransferPlaces, clock: Clock) -> None:
    transfer = transfers.get(command.transfer, lock=True)
    serials = places.with_serials(transfer.destination, {line.variant for line in command.lines})
    received = transfer.receive(command.lines, command.reference, clock.now(), serials)
    _save_changed(transfers, transfer, received)


def close_transfer(command: CloseTransfer, transfers: Transfers, clock: Clock) -> None:
    transfers.save(transfers.get(command.transfer, lock=True).close(command.reason, clock.now()))


def cancel_transfer(command: CancelTransfer, transfers: Transfers) -> None:
    transfers.save(transfers.get(command.transfer, lock=True).cancel(command.reason))


def get_transfer(query: GetTransfer, transfers: Transfers) -> TransferView:
    transfer = transfers.get(query.transfer)
    return TransferView(
        id=transfer.id,
        origin=transfer.origin,
        destination=transfer.destination,
        state=transfer.state,
        tracking=transfer.tracking,
        totals=transfer.totals,
        in_transit=transfer.in_transit,
        entries=transfer.entries,
    )


def list_transfers(query: ListTransfers, transfers: Transfers) -> tuple[TransferSummary, ...]:
    wanted = TransferFilter(query.origin, query.destination, query.state)
    return tuple(_summary(transfer) for transfer in transfers.search(wanted, query.before, query.limit))


def _summary(transfer: Transfer) -> TransferSummary:
    return TransferSummary(
        id=transfer.id,
        origin=transfer.origin,
        destination=transfer.destination,
        state=transfer.state,
        tracking=transfer.tracking,
        requested=sum(total.requested for total in transfer.totals),
        in_transit=sum(total.in_transit for total in transfer.totals),
        missing=sum(total.missing for total in transfer.totals),
    )


def _save_changed(transfers: Transfers, before: Transfer, after: Transfer) -> None:
    if after is not before:
        transfers.save(after)
