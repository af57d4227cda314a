"""The inventory: how many units of a variant lie where, and for whom they are set aside.

Ask:    OpenLocation, ReceiveStock, CorrectStock; ReserveStock, ReserveMore, KeepStock, ReleasePart, ReleaseStock,
        ConsumeStock, ExpireReservations; GetAvailability, ListStock, ListMovements.
Tells:  LocationOpened, StockReceived, StockCorrected, StockReserved, MoreStockReserved, StockKept, StockPartReleased,
        StockReleased, StockConsumed, ReservationExpired.
Refuses: OutOfStock, StockIsReserved, NotSetAside, ReservationClosed, TooMuchStock.
"""

from ecomcore.inventory.commands import (
    ConsumeStock,
    CorrectStock,
    ExpireReservations,
    KeepStock,
    OpenLocation,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    ReserveMore,
    ReserveStock,
)
from ecomcore.inventory.errors import NotSetAside, OutOfStock, ReservationClosed, StockIsReserved, TooMuchStock
from ecomcore.inventory.events import (
    LocationOpened,
    MoreStockReserved,
    ReservationExpired,
    StockConsumed,
    StockCorrected,
    StockKept,
    StockPartReleased,
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
    release_part,
    release_stock,
    reserve_more,
    reserve_stock,
)
from ecomcore.inventory.values import (
    Movement,
    MovementKind,
    ReservationEntry,
    ReservationEntryKind,
    ReservedLine,
    StockLine,
    stock_item_id,
)
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
    "MoreStockReserved",
    "Movement",
    "MovementKind",
    "NotSetAside",
    "OpenLocation",
    "OutOfStock",
    "ReceiveStock",
    "ReleasePart",
    "ReleaseStock",
    "Reservation",
    "ReservationClosed",
    "ReservationEntry",
    "ReservationEntryKind",
    "ReservationExpired",
    "ReservationState",
    "Reservations",
    "ReserveMore",
    "ReserveStock",
    "ReservedLine",
    "StockConsumed",
    "StockCorrected",
    "StockIsReserved",
    "StockItem",
    "StockItems",
    "StockKept",
    "StockLine",
    "StockPartReleased",
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
        ReserveMore: reserve_more,
        KeepStock: keep_stock,
        ReleasePart: release_part,
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
        MoreStockReserved,
        StockKept,
        StockPartReleased,
        StockReleased,
        StockConsumed,
        ReservationExpired,
    ),
    lifecycles=(LIFECYCLE,),
    repositories=(Locations, StockItems, Reservations),
)
