"""What must hold between an order, the stock that is set aside for it, and its shipments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from ecomcore.audit.breach import Breach
from ecomcore.inventory import Reservation, ReservationState, as_sold
from ecomcore.ordering import Order, OrderState
from ecomcore.shipping import Shipment, ShipmentState

__all__ = ["order_shipments", "order_stock"]

_RESERVATION_OF = {
    OrderState.PLACED: (ReservationState.OPEN,),
    OrderState.CONFIRMED: (ReservationState.OPEN,),
    OrderState.SHIPPED: (ReservationState.CONSUMED,),
    OrderState.COMPLETED: (ReservationState.CONSUMED,),
    OrderState.CANCELLED: (ReservationState.RELEASED, ReservationState.EXPIRED),
}


def order_stock(order: Order, reservation: Reservation | None) -> Iterator[Breach]:
    """The units of an order are set aside, or have left, and it knows where."""
    row = (f"order {order.id}",)
    never_held = order.state in (OrderState.PLACED, OrderState.CANCELLED) and not order.sources
    if never_held and (reservation is None or (not reservation.entries and reservation.told == 1)):
        return  # the shop holds nothing for unpaid orders, or found nothing left once this one was paid for
    if reservation is None:
        yield Breach("every order has its reservation", row, "there is none")
        return
    if reservation.state not in _RESERVATION_OF[order.state]:
        yield Breach(
            "the reservation follows the order", row, f"the order is {order.state}, its reservation {reservation.state}"
        )
        return
    ordered = order.remaining()
    if order.state is OrderState.CANCELLED:  # of what was given back only the sum is known
        reserved = _units(as_sold(reservation.reserved))
        right = all(units <= reserved.get(variant, 0) for variant, units in ordered.items())
    else:
        reserved = _units((*as_sold(reservation.consumed), *as_sold(reservation.lines)))
        right = ordered == reserved
    if not right:
        yield Breach("reserved units = ordered units", row, f"{ordered} ordered, {reserved} reserved")
    known, kept = _places(order.sources), _places(as_sold(reservation.lines) if reservation.is_open else ())
    if known != kept:
        yield Breach("an order knows where its goods are", row, f"it says {dict(known)}, set aside are {dict(kept)}")


def order_shipments(order: Order, shipments: Sequence[Shipment]) -> Iterator[Breach]:
    """What has left is what its shipments say; what is still to leave is packed, once the order is confirmed."""
    row = (f"order {order.id}",)
    living = {shipment.id: shipment for shipment in shipments if shipment.state is not ShipmentState.CANCELLED}
    gone = Counter(_units(line for part in order.shipped for line in part.lines))
    ordered = _units_of(order)
    if gone - ordered:
        yield Breach("shipped units <= ordered units", row, f"{dict(gone)} have left, {dict(ordered)} are ordered")
    for part in order.shipped:
        shipment = living.pop(part.shipment, None)
        where = (f"shipment {part.shipment}", *row)
        if shipment is None:
            yield Breach("what has left has its shipment", where, "there is none")
        elif _units(shipment.lines) != _units(part.lines):
            yield Breach("shipped units = ordered units", where, "the lines differ")
        elif not shipment.has_left or (shipment.state is ShipmentState.DELIVERED) != part.delivered:
            arrived = "has arrived" if part.delivered else "has left"
            yield Breach(
                "the order follows the shipment", where, f"it is {shipment.state}, the order says it {arrived}"
            )
    for shipment in living.values():
        if shipment.has_left or order.state is not OrderState.CONFIRMED:
            detail = f"the shipment is {shipment.state}, the order {order.state}"
            yield Breach("the order follows the shipment", (f"shipment {shipment.id}", *row), detail)
    if order.state is OrderState.CONFIRMED:
        packed = [shipment for shipment in living.values() if not shipment.has_left]
        yield from _packed(order, packed, row, others=len(packed) < len(living))


def _packed(order: Order, packed: Sequence[Shipment], row: tuple[str, ...], *, others: bool) -> Iterator[Breach]:
    """One shipment for each group of the goods that are still here."""
    if not packed:
        if order.groups and not others:
            yield Breach("a confirmed order has its shipment", row, "there is none")
        return
    somewhere = any(shipment.location is None for shipment in packed)  # packed before it was written down where
    wanted = _parcels(order.groups, somewhere=somewhere)
    found = _parcels(packed, somewhere=somewhere)
    if wanted != found:
        names = tuple(f"shipment {shipment.id}" for shipment in packed)
        yield Breach("packed units = units still to leave", (*names, *row), "the lines differ")


def _parcels(parcels: Iterable[Any], *, somewhere: bool) -> Counter[Hashable]:
    """What is in each, as something that can be compared; all in one where nobody knows from where it leaves."""
    if somewhere:
        return Counter([frozenset(_units(line for parcel in parcels for line in parcel.lines).items())])
    return Counter((each.location, each.seller, frozenset(_units(each.lines).items())) for each in parcels)


def _units_of(order: Order) -> Counter[str]:
    return Counter({str(variant): units for variant, units in order.remaining().items()})


def _units(lines: Iterable[Any]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.variant] = units.get(line.variant, 0) + line.quantity
    return units


def _places(lines: Iterable[Any]) -> Counter[tuple[str, str]]:
    places: Counter[tuple[str, str]] = Counter()
    for line in lines:
        places[line.variant, line.location] += line.quantity
    return places
