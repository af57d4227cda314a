"""What transfers can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import LocationId, TransferId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import an_id, an_optional_id, instance_of, optional
from ecomcore.transfers.transfer import TransferState
from ecomcore.transfers.values import TransferEntry, TransferLot, TransferTotal

__all__ = ["GetTransfer", "ListTransfers", "TransferSummary", "TransferView"]

VIEW = Permission("transfers.view", Who.STAFF)


@frozen(kw_only=True)
class TransferView:
    """A transfer as staff see it. ``in_transit`` is what has not arrived, by lot; ``entries`` is the whole ledger."""

    id: TransferId
    origin: LocationId
    destination: LocationId
    state: TransferState
    tracking: str
    totals: tuple[TransferTotal, ...]
    in_transit: tuple[TransferLot, ...]
    entries: tuple[TransferEntry, ...]


@frozen(kw_only=True)
class TransferSummary:
    """A transfer in a list, with its units over all variants."""

    id: TransferId
    origin: LocationId
    destination: LocationId
    state: TransferState
    tracking: str
    requested: int
    in_transit: int
    missing: int


@frozen
class GetTransfer(Query[TransferView]):
    """One transfer."""

    permission = VIEW
    transfer: TransferId = field(validator=an_id)


@frozen
class ListTransfers(Query[tuple[TransferSummary, ...]]):
    """Transfers, latest first: from an origin, to a destination, in a state. Page on with the last id."""

    permission = VIEW
    origin: LocationId | None = field(default=None, validator=an_optional_id)
    destination: LocationId | None = field(default=None, validator=an_optional_id)
    state: TransferState | None = field(default=None, validator=optional(instance_of(TransferState)))
    before: TransferId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
