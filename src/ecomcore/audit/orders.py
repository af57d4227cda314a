"""What must hold of every order, and between it and what belongs to it: stock, shipments, limits, credit, its cart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ecomcore.audit.breach import Breach
from ecomcore.audit.goods import order_shipments, order_stock
from ecomcore.audit.money import order_money
from ecomcore.audit.pages import orders_with_deliveries, pages, told
from ecomcore.carts import Cart, Carts
from ecomcore.inventory import Reservation, Reservations
from ecomcore.kernel.ids import AccountId, CartId, OrderId, ReservationId, ShipmentId
from ecomcore.kernel.work import Persistence, UnitOfWork
from ecomcore.ordering import CREDIT, EntryKind, Order, Orders, OrderState, PaymentBalance
from ecomcore.promotions import Redemption, Redemptions, RedemptionState
from ecomcore.shipping import Shipment, Shipments
from ecomcore.wallet import CreditHold, CreditHolds, HoldId, hold_id

__all__ = ["orders_and_shipments"]


def orders_and_shipments(persistence: Persistence) -> Iterator[Breach]:
    """Every order with what belongs to it; then the shipments of no order."""
    waiting = orders_with_deliveries(persistence)
    ordered: set[ShipmentId] = set()
    numbers: dict[str, OrderId] = {}
    for work, orders in pages(persistence, Orders):
        reservations: Mapping[ReservationId, Reservation] = work.repository(Reservations).many(
            [ReservationId(order.id) for order in orders]
        )
        redemptions = _redemptions(work, [order.id for order in orders if order.redeems])
        carts, holds = _carts(work, orders), _holds(work, orders)
        shipments: dict[OrderId, list[Shipment]] = {order.id: [] for order in orders}
        for shipment in work.repository(Shipments).of_orders(list(shipments)):
            if shipment.order in shipments:
                shipments[shipment.order].append(shipment)
                ordered.add(shipment.id)
        for order in orders:
            yield from _number(order, numbers)
            yield from order_money(order, waiting)
            yield from order_stock(order, reservations.get(ReservationId(order.id)))
            yield from order_shipments(order, shipments[order.id])
            yield from _order_credit(order, holds)
            if order.redeems:
                yield from _order_benefits(order, redemptions.get(order.id))
            if order.cart is not None:
                yield from _order_cart(order, carts.get(order.cart))
        yield from told(work, orders)
    yield from _shipments(persistence, ordered)


def _number(order: Order, numbers: dict[str, OrderId]) -> Iterator[Breach]:
    known = numbers.setdefault(order.number, order.id) if order.number else order.id
    if known != order.id:
        yield Breach("an order's number is its own", (f"order {order.id}", f"order {known}"), order.number)


def _carts(work: UnitOfWork, orders: Sequence[Order]) -> Mapping[CartId, Cart]:
    wanted = [order.cart for order in orders if order.cart is not None]
    found: Mapping[CartId, Cart] = work.repository(Carts).many(wanted) if wanted else {}
    return found


def _order_cart(order: Order, cart: Cart | None) -> Iterator[Breach]:
    if cart is None or cart.order != order.id:
        became = "there is none" if cart is None else f"it has become {cart.order or 'nothing'}"
        yield Breach("the cart of an order has become that order", (f"order {order.id}", f"cart {order.cart}"), became)


def _by_credit(order: Order) -> Iterator[tuple[HoldId, PaymentBalance]]:
    for balance in order.ledger.balances():
        if balance.method == CREDIT:
            yield hold_id(AccountId(balance.reference), balance.payment), balance


def _holds(work: UnitOfWork, orders: Sequence[Order]) -> Mapping[HoldId, CreditHold]:
    wanted = [id_ for order in orders for id_, _ in _by_credit(order)]
    found: Mapping[HoldId, CreditHold] = work.repository(CreditHolds).many(wanted) if wanted else {}
    return found


def _order_credit(order: Order, holds: Mapping[HoldId, CreditHold]) -> Iterator[Breach]:
    """The order says of credit what the wallet says: it is told of everything in the same unit of work. What was paid
    with credit may also be given back by hand, or as new credit, of which the account knows nothing.
    """
    for id_, balance in _by_credit(order):
        row = (f"order {order.id}", f"payment {balance.payment}")
        hold = holds.get(id_)
        if hold is None:
            yield Breach("credit that pays is held by the wallet", row, "it holds nothing")
            continue
        back = sum(
            entry.amount.minor
            for entry in order.ledger.entries
            if entry.payment == balance.payment and entry.kind is EntryKind.REFUNDED and entry.method == CREDIT
        )
        says = (balance.authorised, balance.captured, balance.voided, back)
        released = hold.amount - hold.spent - hold.held
        knows = tuple(each.minor for each in (hold.amount, hold.spent, released, hold.refunded))
        if says != knows:
            detail = f"held, spent, released, refunded: the order says {says}, the wallet {knows}"
            yield Breach("the order and the wallet say the same of credit", row, detail)


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


def _shipments(persistence: Persistence, ordered: Collection[ShipmentId]) -> Iterator[Breach]:
    for work, shipments in pages(persistence, Shipments):
        for shipment in shipments:
            if shipment.id not in ordered:
                row = (f"shipment {shipment.id}", f"order {shipment.order}")
                yield Breach("every shipment has its order", row, "there is none")
        yield from told(work, shipments)
