"""The only place where contexts meet. ``POLICIES`` is the index of the system's behaviour: what follows from what.

Read a line as "when this is told, these are asked". The commands run in the same unit of work as the event; errands
(payments) run after its commit.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ecomcore.catalog import PriceChanged
from ecomcore.counting import CountBooked
from ecomcore.flows.arrivals import ShopArrivals
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
from ecomcore.flows.counting import ShopStocks, book_the_count
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
    call_off_what_is_not_there,
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
from ecomcore.flows.rewards import give_the_points
from ecomcore.flows.shelf import Shelf
from ecomcore.flows.supplying import (
    ShopReceivingPlaces,
    ShopTransferPlaces,
    give_back_what_was_to_move,
    note_the_lots_that_moved,
    send_what_moves,
    set_aside_what_is_to_move,
    take_in_the_delivery,
    take_in_what_moved,
)
from ecomcore.flows.waiting import (
    give_the_offer_back,
    lapse_the_offer,
    serve_the_queue,
    serve_the_queues_again,
    take_the_offer,
    tell_the_wishes,
)
from ecomcore.inventory import (
    MoreStockReserved,
    QueueJoined,
    QueueLeft,
    ReservationExpired,
    StockBack,
    StockConsumed,
    StockNotThere,
    StockPartReleased,
    StockReceived,
    StockReleased,
    StockReserved,
)
from ecomcore.kernel.messages import Command, Event
from ecomcore.ordering import (
    FulfilmentChanged,
    HoldReleased,
    OrderAmended,
    OrderCancelled,
    OrderCompleted,
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
from ecomcore.supply import InboundReceived
from ecomcore.transfers import TransferCancelled, TransferReceived, TransferRequested, TransferShipped
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
    "ShopArrivals",
    "ShopBaskets",
    "ShopCartQuotes",
    "ShopCredits",
    "ShopNumbers",
    "ShopPricing",
    "ShopReceivingPlaces",
    "ShopStocks",
    "ShopTransferPlaces",
]

Policy = Callable[[Any], Iterable[Command[Any]]]
Policies = Mapping[type[Event], tuple[Policy, ...]]

POLICIES: Policies = {
    PriceChanged: (note_the_price,),
    CountBooked: (book_the_count,),
    InboundReceived: (take_in_the_delivery,),
    TransferRequested: (set_aside_what_is_to_move,),
    TransferShipped: (send_what_moves,),
    StockConsumed: (note_the_lots_that_moved,),
    TransferReceived: (take_in_what_moved,),
    TransferCancelled: (give_back_what_was_to_move,),
    OrderPlaced: (reserve_the_stock, hold_the_benefits, complete_the_cart),
    StockReserved: (assign_the_fulfilment,),
    MoreStockReserved: (assign_the_fulfilment,),
    StockNotThere: (call_off_what_is_not_there,),
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
    OrderCompleted: (give_the_points,),
    OrderRefunded: (give_the_money_back, give_credit_instead),
    OrderCancelled: (release_the_stock, cancel_the_shipments, release_the_benefits, give_the_money_back),
    GroupBuySucceeded: (let_the_orders_go,),
    GroupBuyFailed: (call_the_orders_off,),
    ReservationExpired: (cancel_what_nobody_paid_in_time, lapse_the_offer, serve_the_queues_again),
    StockReleased: (take_the_offer, serve_the_queues_again),
    StockReceived: (serve_the_queue,),
    StockBack: (serve_the_queue, tell_the_wishes),
    QueueJoined: (serve_the_queue,),
    QueueLeft: (give_the_offer_back, serve_the_queue),
}
