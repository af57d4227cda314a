"""The inventory: how many units of a variant lie where, and for whom they are set aside.

Ask:    OpenLocation, ReceiveStock, CorrectStock; ReserveStock, KeepStock, ReleaseStock, ConsumeStock,
        ExpireReservations; GetAvailability, ListStock, ListMovements.
Tells:  LocationOpened, StockReceived, StockCorrected, StockReserved, StockKept, StockReleased, StockConsumed,
        ReservationExpired.
Refuses: OutOfStock, StockIsReserved, ReservationClosed, TooMuchStock.
"""

from ecomcore.inventory.commands import (
    ConsumeStock,
    CorrectStock,
    ExpireReservations,
    KeepStock,
    OpenLocation,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
)
from ecomcore.inventory.errors import OutOfStock, ReservationClosed, StockIsReserved, TooMuchStock
from ecomcore.inventory.events import (
    LocationOpened,
    ReservationExpired,
    StockConsumed,
    StockCorrected,
    StockKept,
    StockReceived,
    StockReleased,
    StockReserved,
)
from ecomcore.inventory.ports import Locations, Reservations, StockItems
from ecomcore.inventory.queries import Availability, GetAvailability, ListMovements, ListStock, StockView
from ecomcore.inventory.reservation import LIFECYCLE, Reservation, ReservationState
from ecomcore.inventory.stock_item import Location, StockItem
from ecomcore.inventory.usecases import (
    consume_stock,
    correct_stock,
    expire_reservations,
    get_availability,
    keep_stock,
    list_movements,
    list_stock,
    open_location,
    receive_stock,
    release_stock,
    reserve_stock,
)
from ecomcore.inventory.values import Movement, MovementKind, ReservedLine, StockLine, stock_item_id
from ecomcore.kernel.room import Room

__all__ = [
    "ROOM",
    "Availability",
    "ConsumeStock",
    "CorrectStock",
    "ExpireReservations",
    "GetAvailability",
    "KeepStock",
    "ListMovements",
    "ListStock",
    "Location",
    "LocationOpened",
    "Locations",
    "Movement",
    "MovementKind",
    "OpenLocation",
    "OutOfStock",
    "ReceiveStock",
    "ReleaseStock",
    "Reservation",
    "ReservationClosed",
    "ReservationExpired",
    "ReservationState",
    "Reservations",
    "ReserveStock",
    "ReservedLine",
    "StockConsumed",
    "StockCorrected",
    "StockIsReserved",
    "StockItem",
    "StockItems",
    "StockKept",
    "StockLine",
    "StockReceived",
    "StockReleased",
    "StockReserved",
    "StockView",
    "TooMuchStock",
    "stock_item_id",
]

ROOM = Room(
    name="inventory",
    deciders={
        OpenLocation: open_location,
        ReceiveStock: receive_stock,
        CorrectStock: correct_stock,
        ReserveStock: reserve_stock,
        KeepStock: keep_stock,
        ReleaseStock: release_stock,
        ConsumeStock: consume_stock,
        ExpireReservations: expire_reservations,
    },
    answers={GetAvailability: get_availability, ListStock: list_stock, ListMovements: list_movements},
    events=(
        LocationOpened,
        StockReceived,
        StockCorrected,
        StockReserved,
        StockKept,
        StockReleased,
        StockConsumed,
        ReservationExpired,
    ),
    lifecycles=(LIFECYCLE,),
    repositories=(Locations, StockItems, Reservations),
)
