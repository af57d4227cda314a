"""The invariants of a whole shop, verified on any store: what must hold between ledgers, totals, states and events.

    for breach in shop.audit():
        print(breach)

Nothing is repaired and nothing is written. Every breach names the rule and the rows. It reads page by page, each in
a unit of work of its own, so a shop that is open meanwhile may show breaches that are none: audit a quiet one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from ecomcore.catalog import Categories, Products
from ecomcore.inventory import (
    Locations,
    Reservation,
    Reservations,
    ReservationState,
    StockItem,
    StockItems,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import DeliveryId, OrderId, ReservationId, ShipmentId
from ecomcore.kernel.work import Persistence, UnitOfWork
from ecomcore.ordering import EntryKind, Order, Orders, OrderState
from ecomcore.shipping import Shipment, Shipments, ShipmentState

__all__ = ["Breach", "check"]

_PAGE = 500


@frozen
class Breach:
    """A rule that does not hold, the rows it does not hold for, and what they say."""

    rule: str
    rows: tuple[str, ...]
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {', '.join(self.rows)}: {self.detail}"


def check(persistence: Persistence, *, most: int = 1_000) -> Sequence[Breach]:
    """Verify every invariant; at most ``most`` breaches are listed. An empty answer means all hold."""
    breaches: list[Breach] = []
    for rules in (_stock, _orders_and_shipments, _reservations, _products, _categories, _locations):
        for breach in rules(persistence):
            breaches.append(breach)
            if len(breaches) >= most:
                return breaches
    return breaches


def _stock(persistence: Persistence) -> Iterator[Breach]:
    for work, items in _pages(persistence, StockItems):
        stock_items: StockItems = work.repository(StockItems)
        ids = [item.id for item in items]
        ledgers, reserved = stock_items.ledger_sums(ids), stock_items.reserved_sums(ids)
        for item in items:
            entries, units = ledgers.get(item.id, (0, 0))
            yield from _stock_item(item, entries, units, reserved.get(item.id, 0))
        yield from _told(work, items)


def _stock_item(item: StockItem, entries: int, units: int, reserved: int) -> Iterator[Breach]:
    row = (f"stock item {item.id}",)
    if item.on_hand != units:
        yield Breach("on hand = sum of movements", row, f"{item.on_hand} on hand, movements sum to {units}")
    if item.entries != entries:
        yield Breach("no movement is lost", row, f"{item.entries} entries made, {entries} kept")
    if item.reserved != reserved:
        yield Breach(
            "reserved = sum of open reservations", row, f"{item.reserved} reserved, open reservations sum to {reserved}"
        )
    if not 0 <= item.reserved <= item.on_hand:
        yield Breach("0 <= reserved <= on hand", row, f"{item.reserved} reserved of {item.on_hand} on hand")


def _orders_and_shipments(persistence: Persistence) -> Iterator[Breach]:
    waiting = _orders_with_deliveries(persistence)
    ordered: set[ShipmentId] = set()
    for work, orders in _pages(persistence, Orders):
        reservations: Mapping[ReservationId, Reservation] = work.repository(Reservations).many(
            [ReservationId(order.id) for order in orders]
        )
        shipments: dict[OrderId, list[Shipment]] = {order.id: [] for order in orders}
        for shipment in work.repository(Shipments).of_orders(list(shipments)):
            if shipment.order in shipments:
                shipments[shipment.order].append(shipment)
                ordered.add(shipment.id)
        for order in orders:
            yield from _order_money(order, waiting)
            yield from _order_stock(order, reservations.get(ReservationId(order.id)))
            yield from _order_shipments(order, shipments[order.id])
        yield from _told(work, orders)
    yield from _shipments(persistence, ordered)


def _order_money(order: Order, waiting: frozenset[str]) -> Iterator[Breach]:
    row = (f"order {order.id}",)
    lines = sum(line.total.minor for line in order.lines)
    if lines != order.total.minor:
        yield Breach("sum of lines = order total", row, f"lines sum to {lines}, the total is {order.total.minor}")
    for line in order.lines:
        if line.price.total(line.quantity) != line.total:
            yield Breach(
                "line total = price x quantity",
                (*row, f"line {line.number}"),
                f"{line.quantity} at {line.price} is not {line.total}",
            )
    currencies = {order.total.currency, order.ledger.currency, *(line.total.currency for line in order.lines)} | {
        entry.amount.currency for entry in order.ledger.entries
    }
    if len(currencies) > 1:
        yield Breach("one currency per order", row, ", ".join(sorted(currencies)))
    numbers = [entry.number for entry in order.ledger.entries]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Breach("no payment entry is lost", row, f"the ledger's entries are numbered {numbers}")
    yield from _order_payments(order, waiting)


def _order_payments(order: Order, waiting: frozenset[str]) -> Iterator[Breach]:
    row = (f"order {order.id}",)
    for balance in order.ledger.balances():
        payment = (*row, f"payment {balance.payment}")
        if balance.authorised > balance.intended:
            yield Breach("authorised <= intended", payment, f"{balance.authorised} > {balance.intended}")
        if balance.captured + balance.voided > balance.authorised:
            yield Breach(
                "captured + voided <= authorised",
                payment,
                f"{balance.captured} + {balance.voided} > {balance.authorised}",
            )
        if balance.refunded > balance.captured:
            yield Breach("refunded <= captured", payment, f"{balance.refunded} > {balance.captured}")
    held = order.ledger.covered.minor
    due = order.total.minor - held
    if order.state in (OrderState.CONFIRMED, OrderState.SHIPPED, OrderState.COMPLETED) and due > 0:
        yield Breach("a confirmed order is covered", row, f"{due} is covered by nothing")
    refused = any(entry.kind is EntryKind.REFUSED for entry in order.ledger.entries)
    taken = sum(balance.kept for balance in order.ledger.balances())
    costs = max(order.total.minor, sum(line.total.minor for line in order.lines))
    if order.state is not OrderState.CANCELLED and taken > costs and order.id not in waiting:
        yield Breach("no more is kept than the order costs", row, f"{taken} is kept, it costs {costs}")
    if order.state is OrderState.CANCELLED and held > 0 and not refused and order.id not in waiting:
        yield Breach("a cancelled order keeps no money", row, f"{held} is still held, and nothing is under way")


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
    ordered, reserved = _units(order.lines), _units(reservation.lines)
    if ordered != reserved:
        yield Breach("reserved units = ordered units", row, f"{ordered} ordered, {reserved} reserved")


def _units(lines: Iterable[Any]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.variant] = units.get(line.variant, 0) + line.quantity
    return units


def _reservations(persistence: Persistence) -> Iterator[Breach]:
    for work, reservations in _pages(persistence, Reservations):
        yield from _told(work, reservations)


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
    for work, shipments in _pages(persistence, Shipments):
        for shipment in shipments:
            if shipment.id not in ordered:
                row = (f"shipment {shipment.id}", f"order {shipment.order}")
                yield Breach("every shipment has its order", row, "there is none")
        yield from _told(work, shipments)


def _products(persistence: Persistence) -> Iterator[Breach]:
    for work, products in _pages(persistence, Products):
        yield from _told(work, products)


def _categories(persistence: Persistence) -> Iterator[Breach]:
    for work, categories in _pages(persistence, Categories):
        yield from _told(work, categories)


def _locations(persistence: Persistence) -> Iterator[Breach]:
    for work, locations in _pages(persistence, Locations):
        yield from _told(work, locations)


def _told(work: UnitOfWork, aggregates: Sequence[Aggregate]) -> Iterator[Breach]:
    """Each committed fact has exactly its events: as many as told, numbered without a gap."""
    if not aggregates:
        return
    kind = type(aggregates[0]).__name__
    tallies = work.outbox.tallies(kind, [aggregate.id for aggregate in aggregates])
    for aggregate in aggregates:
        kept, last = tallies.get(aggregate.id, (0, 0))
        if not aggregate.told == kept == last:
            yield Breach(
                "the outbox keeps every event",
                (f"{kind} {aggregate.id}",),
                f"{aggregate.told} told, {kept} kept, the last is number {last}",
            )


def _orders_with_deliveries(persistence: Persistence) -> frozenset[str]:
    """The orders about which something is still to be delivered (or has failed to be)."""
    orders: set[str] = set()
    after: DeliveryId | None = None
    while True:
        with persistence.begin(write=False) as work:
            page = work.outbox.deliveries(after=after, limit=_PAGE)
        orders.update(getattr(delivery.message, "order", "") for delivery in page)
        if len(page) < _PAGE:
            return frozenset(orders)
        after = page[-1].id


def _pages(persistence: Persistence, port: type) -> Iterator[tuple[UnitOfWork, Sequence[Any]]]:
    """All aggregates of a repository, page by page, each with the unit of work that read it."""
    after: str | None = None
    while True:
        with persistence.begin(write=False) as work:
            page = work.repository(port).page(after, _PAGE)
            if page:
                yield work, page
        if len(page) < _PAGE:
            return
        after = page[-1].id
