"""What must hold of what is on order and of what is moved: ledgers, totals, and what is found to be on its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.inventory import Purpose, Reservation, Reservations, ReservationState
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.supply import InboundDeliveries
from ecomcore.supply import breaches as delivery_breaches
from ecomcore.transfers import Transfer, Transfers, TransferState, transit_breaches
from ecomcore.transfers import breaches as transfer_breaches

__all__ = ["inbound_deliveries", "moved_stock"]

_AT_ONCE = 500

_RESERVATION_OF = {
    TransferState.REQUESTED: ReservationState.OPEN,
    TransferState.SHIPPED: ReservationState.CONSUMED,
    TransferState.PARTLY_RECEIVED: ReservationState.CONSUMED,
    TransferState.RECEIVED: ReservationState.CONSUMED,
    TransferState.CLOSED: ReservationState.CONSUMED,
    TransferState.CANCELLED: ReservationState.RELEASED,
}


def inbound_deliveries(persistence: Persistence) -> Iterator[Breach]:
    """The receipts and totals of each delivery, what is found to be outstanding, and its events."""
    for work, page in pages(persistence, InboundDeliveries):
        variants = {total.variant for delivery in page for total in delivery.totals}
        outstanding = work.repository(InboundDeliveries).outstanding(sorted(variants))
        yield from (Breach(*found) for found in delivery_breaches(page, outstanding))
        yield from told(work, page)


def moved_stock(persistence: Persistence) -> Iterator[Breach]:
    """The ledger and totals of each transfer, the units set aside for it, and what is found to be in transit."""
    moving: Counter[tuple[VariantId, LocationId]] = Counter()
    variants: set[VariantId] = set()
    for work, page in pages(persistence, Transfers):
        ids = [ReservationId(transfer.id) for transfer in page]
        reservations: Mapping[ReservationId, Reservation] = work.repository(Reservations).many(ids)
        yield from (Breach(*found) for found in transfer_breaches(page))
        for transfer in page:
            yield from _set_aside(transfer, reservations.get(ReservationId(transfer.id)))
            for total in transfer.totals:
                variants.add(total.variant)
                moving[total.variant, transfer.destination] += total.in_transit
        yield from told(work, page)
    yield from _in_transit(persistence, moving, sorted(variants))


def _set_aside(transfer: Transfer, reservation: Reservation | None) -> Iterator[Breach]:
    row = (f"transfer {transfer.id}",)
    if reservation is None or reservation.purpose is not Purpose.TRANSFER:
        what = "there is none" if reservation is None else f"it is for an {reservation.purpose}"
        yield Breach("every transfer has its reservation", row, what)
        return
    if reservation.state is not _RESERVATION_OF[transfer.state]:
        detail = f"the transfer is {transfer.state}, its reservation {reservation.state}"
        yield Breach("the reservation follows the transfer", row, detail)
    left: Counter[VariantId] = Counter()
    for line in reservation.consumed:
        left[line.variant] += line.quantity
    shipped = Counter({total.variant: total.shipped for total in transfer.totals if total.shipped})
    if left != shipped:
        detail = f"{dict(shipped)} are shipped, {dict(left)} have left the stock"
        yield Breach("shipped units = units that left the stock", row, detail)


def _in_transit(
    persistence: Persistence, moving: Mapping[tuple[VariantId, LocationId], int], variants: Sequence[VariantId]
) -> Iterator[Breach]:
    for start in range(0, len(variants), _AT_ONCE):
        some = frozenset(variants[start : start + _AT_ONCE])
        says = {place: units for place, units in moving.items() if units and place[0] in some}
        with persistence.begin(write=False) as work:
            found = work.repository(Transfers).in_transit(some)
        yield from (Breach(*each) for each in transit_breaches(says, found))
