"""The only place where contexts meet. ``POLICIES`` is the index of the system's behaviour: what follows from what.

Read a line as "when this is told, these are asked". The commands run in the same unit of work as the event; errands
(payments) run after its commit.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ecomcore.catalog import PriceChanged
from ecomcore.flows.benefits import (
    call_the_orders_off,
    confirm_the_benefits,
    hold_the_benefits,
    let_the_orders_go,
    note_the_price,
    release_the_benefits,
)
from ecomcore.flows.lookups import CatalogOffers
from ecomcore.flows.order_to_delivery import (
    cancel_the_shipments,
    cancel_what_nobody_paid_in_time,
    capture_at_once,
    capture_what_was_promised,
    complete_the_order,
    consume_the_stock,
    give_the_money_back,
    keep_the_stock,
    keep_the_stock_for_now,
    mark_the_order_shipped,
    prepare_a_shipment,
    release_the_stock,
    request_the_payment,
    reserve_the_stock,
)
from ecomcore.flows.pricing import ShopPricing
from ecomcore.flows.shelf import Shelf
from ecomcore.inventory import ReservationExpired
from ecomcore.kernel.messages import Command, Event
from ecomcore.ordering import (
    OrderCancelled,
    OrderConfirmed,
    OrderCovered,
    OrderPlaced,
    OrderShipped,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentRequested,
)
from ecomcore.promotions import GroupBuyFailed, GroupBuySucceeded
from ecomcore.shipping import ShipmentDelivered, ShipmentShipped

__all__ = ["POLICIES", "CatalogOffers", "Policies", "Policy", "Shelf", "ShopPricing"]

Policy = Callable[[Any], Iterable[Command[Any]]]
Policies = Mapping[type[Event], tuple[Policy, ...]]

POLICIES: Policies = {
    PriceChanged: (note_the_price,),
    OrderPlaced: (reserve_the_stock, hold_the_benefits),
    PaymentRequested: (request_the_payment,),
    PaymentAuthorised: (capture_at_once,),
    PaymentArrivedLate: (give_the_money_back,),
    OrderCovered: (keep_the_stock_for_now, confirm_the_benefits),
    OrderConfirmed: (keep_the_stock, prepare_a_shipment, confirm_the_benefits),
    ShipmentShipped: (consume_the_stock, mark_the_order_shipped),
    OrderShipped: (capture_what_was_promised,),
    ShipmentDelivered: (complete_the_order,),
    OrderCancelled: (release_the_stock, cancel_the_shipments, release_the_benefits, give_the_money_back),
    GroupBuySucceeded: (let_the_orders_go,),
    GroupBuyFailed: (call_the_orders_off,),
    ReservationExpired: (cancel_what_nobody_paid_in_time,),
}
