"""What must hold between an order, the stock set aside for it, its shipments, and what it has taken of limits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ecomcore.audit.breach import Breach
from ecomcore.audit.money import order_money
from ecomcore.audit.pages import orders_with_deliveries, pages, told
from ecomcore.inventory import Reservation, Reservations, ReservationState
from ecomcore.kernel.ids import OrderId, ReservationId, ShipmentId
from ecomcore.kernel.work import Persistence, UnitOfWork
from ecomcore.ordering import Order, Orders, OrderState
from ecomcore.promotions import Redemption, Redemptions, RedemptionState
from ecomcore.shipping import Shipment, Shipments, ShipmentState

__all__ = ["orders_and_shipments"]


def orders_and_shipments(persistence: Persistence) -> Iterator[Breach]:
    """Every order with what belongs to it; then the shipments of no order."""
    waiting = orders_with_deliveries(persistence)
    ordered: set[ShipmentId] = set()
    for work, orders in pages(persistence, Orders):
        reservations: Mapping[ReservationId, Reservation] = work.repository(Reservations).many(
            [ReservationId(order.id) for order in orders]
        )
        redemptions = _redemptions(work, [order.id for order in orders if order.redeems])
        shipments: dict[OrderId, list[Shipment]] = {order.id: [] for order in orders}
        for shipment in work.repository(Shipments).of_orders(list(shipments)):
            if shipment.order in shipments:
                shipments[shipment.order].append(shipment)
                ordered.add(shipment.id)
        for order in orders:
            yield from order_money(order, waiting)
            yield from _order_stock(order, reservations.get(ReservationId(order.id)))
            yield from _order_shipments(order, shipments[order.id])
            if order.redeems:
                yield from _order_benefits(order, redemptions.get(order.id))
        yield from told(work, orders)
    yield from _shipments(persistence, ordered)


_RESERVATION_OF = {
    OrderState.PLACED: (ReservationState.OPEN,),
    OrderState.CONFIRMED: (ReservationState.OPEN,),
    OrderState.SHIPPED: (ReservationState.CONSUMED,),
    OrderState.COMPLETED: (ReservationState.CONSUMED,),
    OrderState.CANCELLED: (ReservationState.RELEASED, ReservationState.EXPIRED),
}


def _order_stock(order: Order, reservation: Reservation | None) -> Iterator[Breach]:
    row = (f"order {order.id}",)
    if reservation is None:
        yield Breach("every order has its reservation", row, "there is none")
        return
    allowed = _RESERVATION_OF[order.state]
    if reservation.state not in allowed:
        yield Breach(
            "the reservation follows the order", row, f"the order is {order.state}, its reservation {reservation.state}"
        )
        return
    ordered = _units(order.lines)
    if order.state is OrderState.CANCELLED:  # of what was given back only the sum is known
        reserved = _units(reservation.reserved)
        right = all(units <= reserved.get(variant, 0) for variant, units in ordered.items())
    else:
        reserved = _units((*reservation.consumed, *reservation.lines))
        right = ordered == reserved
    if not right:
        yield Breach("reserved units = ordered units", row, f"{ordered} ordered, {reserved} reserved")


def _units(lines: Iterable[Any]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.variant] = units.get(line.variant, 0) + line.quantity
    return units


_CONFIRMED = (RedemptionState.CONFIRMED,)
_REDEMPTION_OF = {
    OrderState.PLACED: (RedemptionState.HELD, RedemptionState.CONFIRMED),
    OrderState.CONFIRMED: _CONFIRMED,
    OrderState.SHIPPED: _CONFIRMED,
    OrderState.COMPLETED: _CONFIRMED,
    OrderState.CANCELLED: tuple(RedemptionState),
}
"""What a cancelled order gives back is the shop's own choice."""


def _redemptions(work: UnitOfWork, orders: Sequence[OrderId]) -> Mapping[OrderId, Redemption]:
    found: Mapping[OrderId, Redemption] = work.repository(Redemptions).many(orders) if orders else {}
    return found


def _order_benefits(order: Order, redemption: Redemption | None) -> Iterator[Breach]:
    row = (f"order {order.id}",)
    if redemption is None:
        yield Breach("an order that takes of limits has its redemption", row, "there is none")
    elif redemption.state not in _REDEMPTION_OF[order.state]:
        yield Breach(
            "the redemption follows the order", row, f"the order is {order.state}, its redemption {redemption.state}"
        )


_SHIPMENTS_OF = {
    OrderState.PLACED: (),
    OrderState.CONFIRMED: (ShipmentState.PREPARED,),
    OrderState.SHIPPED: (ShipmentState.SHIPPED,),
    OrderState.COMPLETED: (ShipmentState.DELIVERED,),
    OrderState.CANCELLED: (),
}


def _order_shipments(order: Order, shipments: Sequence[Shipment]) -> Iterator[Breach]:
    living = [shipment for shipment in shipments if shipment.state is not ShipmentState.CANCELLED]
    allowed = _SHIPMENTS_OF[order.state]
    if allowed and not living:
        yield Breach("a confirmed order has its shipment", (f"order {order.id}",), "there is none")
    for shipment in living:
        row = (f"shipment {shipment.id}", f"order {order.id}")
        if shipment.state not in allowed:
            yield Breach(
                "the order follows the shipment", row, f"the shipment is {shipment.state}, the order {order.state}"
            )
        if _units(shipment.lines) != _units(order.lines):
            yield Breach("shipped units = ordered units", row, "the lines differ")


def _shipments(persistence: Persistence, ordered: Collection[ShipmentId]) -> Iterator[Breach]:
    for work, shipments in pages(persistence, Shipments):
        for shipment in shipments:
            if shipment.id not in ordered:
                row = (f"shipment {shipment.id}", f"order {shipment.order}")
                yield Breach("every shipment has its order", row, "there is none")
        yield from told(work, shipments)
