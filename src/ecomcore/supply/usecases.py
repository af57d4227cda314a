"""The use cases of the supply: load, decide, save."""

from __future__ import annotations

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists
from ecomcore.kernel.ids import Ids, InboundId
from ecomcore.supply.commands import CancelInbound, CloseInbound, ExpectInbound, ReceiveInbound, RescheduleInbound
from ecomcore.supply.inbound_delivery import InboundDelivery
from ecomcore.supply.ports import InboundDeliveries, InboundFilter, ReceivingPlaces
from ecomcore.supply.queries import GetInbound, InboundSummary, InboundView, ListInbound
from ecomcore.supply.values import SupplyPolicy


def expect_inbound(
    command: ExpectInbound, inbound_deliveries: InboundDeliveries, places: ReceivingPlaces, ids: Ids
) -> InboundId:
    places.check(command.location, {line.variant for line in command.lines})
    id_ = command.id or InboundId(ids.new())
    if inbound_deliveries.find(id_):
        raise AlreadyExists("inbound delivery", "id", id_)
    inbound_deliveries.save(
        InboundDelivery.expect(id_, command.source, command.location, command.lines, command.expected_at)
    )
    return id_


def reschedule_inbound(command: RescheduleInbound, inbound_deliveries: InboundDeliveries) -> None:
    delivery = inbound_deliveries.get(command.inbound, lock=True)
    _save_changed(inbound_deliveries, delivery, delivery.reschedule(command.expected_at))


def receive_inbound(
    command: ReceiveInbound, inbound_deliveries: InboundDeliveries, policy: SupplyPolicy, clock: Clock
) -> None:
    delivery = inbound_deliveries.get(command.inbound, lock=True)
    received = delivery.receive(command.lines, command.reference, clock.now(), policy)
    _save_changed(inbound_deliveries, delivery, received)


def close_inbound(command: CloseInbound, inbound_deliveries: InboundDeliveries) -> None:
    inbound_deliveries.save(inbound_deliveries.get(command.inbound, lock=True).close(command.reason))


def cancel_inbound(command: CancelInbound, inbound_deliveries: InboundDeliveries) -> None:
    inbound_deliveries.save(inbound_deliveries.get(command.inbound, lock=True).cancel(command.reason))


def get_inbound(query: GetInbound, inbound_deliveries: InboundDeliveries, clock: Clock) -> InboundView:
    delivery = inbound_deliveries.get(query.inbound)
    return InboundView(
        id=delivery.id,
        source=delivery.source,
        location=delivery.location,
        state=delivery.state,
        expected_at=delivery.expected_at,
        totals=delivery.totals,
        receipts=delivery.entries,
        overdue=_is_overdue(delivery, clock.now()),
    )


def list_inbound(query: ListInbound, inbound_deliveries: InboundDeliveries, clock: Clock) -> tuple[InboundSummary, ...]:
    now = clock.now()
    wanted = InboundFilter(query.location, query.variant, now if query.overdue else None)
    return tuple(_summary(each, now) for each in inbound_deliveries.open_ones(wanted, query.after, query.limit))


def _summary(delivery: InboundDelivery, now: Instant) -> InboundSummary:
    return InboundSummary(
        id=delivery.id,
        source=delivery.source,
        location=delivery.location,
        state=delivery.state,
        expected_at=delivery.expected_at,
        variants=len(delivery.totals),
        ordered=sum(each.ordered for each in delivery.totals),
        outstanding=sum(line.quantity for line in delivery.missing),
        overdue=_is_overdue(delivery, now),
    )


def _is_overdue(delivery: InboundDelivery, now: Instant) -> bool:
    return delivery.is_open and delivery.expected_at < now


def _save_changed(inbound_deliveries: InboundDeliveries, before: InboundDelivery, after: InboundDelivery) -> None:
    if after is not before:
        inbound_deliveries.save(after)
