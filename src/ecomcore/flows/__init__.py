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
from ecomcore.flows.billing import OrderBilling
from ecomcore.flows.carts import OfferedGoods, ShopCartQuotes
from ecomcore.flows.lookups import CatalogOffers
from ecomcore.flows.money import (
    ask_what_became_of_the_payment,
    capture_at_once,
    capture_what_was_promised,
    give_credit_instead,
    give_the_money_back,
    record_that_credit_is_held,
    record_that_credit_is_refunded,
    record_that_credit_is_released,
    record_that_credit_is_spent,
    request_the_payment,
    screen_the_order,
)
from ecomcore.flows.order_to_delivery import (
    assign_the_fulfilment,
    cancel_the_shipments,
    cancel_what_nobody_paid_in_time,
    change_the_stock,
    complete_the_cart,
    complete_the_order,
    consume_the_stock,
    keep_the_stock,
    keep_the_stock_for_now,
    mark_the_order_shipped,
    prepare_the_shipments,
    prepare_the_shipments_anew,
    release_the_stock,
    reserve_the_stock,
    take_from_the_fulfilment,
)
from ecomcore.flows.placing import ORDERS, KeptMethods, ShopBaskets, ShopCredits, ShopNumbers
from ecomcore.flows.pricing import ShopPricing
from ecomcore.flows.shelf import Shelf
from ecomcore.inventory import MoreStockReserved, ReservationExpired, StockPartReleased, StockReserved
from ecomcore.kernel.messages import Command, Event
from ecomcore.ordering import (
    FulfilmentChanged,
    HoldReleased,
    OrderAmended,
    OrderCancelled,
    OrderConfirmed,
    OrderCovered,
    OrderPartlyShipped,
    OrderPlaced,
    OrderRefunded,
    OrderShipped,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentRequested,
    PaymentsDue,
    PaymentUnsettled,
    ScreeningRequested,
)
from ecomcore.promotions import GroupBuyFailed, GroupBuySucceeded
from ecomcore.shipping import ShipmentDelivered, ShipmentShipped
from ecomcore.wallet import CreditHeld, CreditRefunded, CreditReleased, CreditSpent

__all__ = [
    "ORDERS",
    "POLICIES",
    "CatalogOffers",
    "KeptMethods",
    "OfferedGoods",
    "OrderBilling",
    "Policies",
    "Policy",
    "Shelf",
    "ShopBaskets",
    "ShopCartQuotes",
    "ShopCredits",
    "ShopNumbers",
    "ShopPricing",
]

Policy = Callable[[Any], Iterable[Command[Any]]]
Policies = Mapping[type[Event], tuple[Policy, ...]]

POLICIES: Policies = {
    PriceChanged: (note_the_price,),
    OrderPlaced: (reserve_the_stock, hold_the_benefits, complete_the_cart),
    StockReserved: (assign_the_fulfilment,),
    MoreStockReserved: (assign_the_fulfilment,),
    StockPartReleased: (take_from_the_fulfilment,),
    ScreeningRequested: (screen_the_order,),
    PaymentRequested: (request_the_payment,),
    CreditHeld: (record_that_credit_is_held,),
    PaymentAuthorised: (capture_at_once,),
    CreditSpent: (record_that_credit_is_spent,),
    PaymentArrivedLate: (give_the_money_back,),
    CreditReleased: (record_that_credit_is_released,),
    CreditRefunded: (record_that_credit_is_refunded,),
    PaymentUnsettled: (ask_what_became_of_the_payment,),
    OrderCovered: (keep_the_stock_for_now, confirm_the_benefits),
    HoldReleased: (capture_what_was_promised,),
    OrderConfirmed: (keep_the_stock, prepare_the_shipments, confirm_the_benefits),
    FulfilmentChanged: (prepare_the_shipments_anew,),
    OrderAmended: (change_the_stock, give_the_money_back),
    PaymentsDue: (capture_what_was_promised,),
    ShipmentShipped: (consume_the_stock, mark_the_order_shipped),
    OrderPartlyShipped: (capture_what_was_promised,),
    OrderShipped: (capture_what_was_promised,),
    ShipmentDelivered: (complete_the_order,),
    OrderRefunded: (give_the_money_back, give_credit_instead),
    OrderCancelled: (release_the_stock, cancel_the_shipments, release_the_benefits, give_the_money_back),
    GroupBuySucceeded: (let_the_orders_go,),
    GroupBuyFailed: (call_the_orders_off,),
    ReservationExpired: (cancel_what_nobody_paid_in_time,),
}
