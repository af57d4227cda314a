"""The supply: what is on order from suppliers, when it should come, and what has actually come.

Ask:    ExpectInbound, RescheduleInbound, ReceiveInbound, CloseInbound, CancelInbound; GetInbound, ListInbound.
Tells:  InboundExpected, InboundRescheduled, InboundReceived, InboundClosed, InboundCancelled.
Refuses: MoreThanWasOrdered, ReceivedOtherwise.
"""

from ecomcore.kernel.room import Room
from ecomcore.supply.audits import breaches
from ecomcore.supply.commands import CancelInbound, CloseInbound, ExpectInbound, ReceiveInbound, RescheduleInbound
from ecomcore.supply.errors import MoreThanWasOrdered, ReceivedOtherwise
from ecomcore.supply.events import (
    InboundCancelled,
    InboundClosed,
    InboundExpected,
    InboundReceived,
    InboundRescheduled,
)
from ecomcore.supply.inbound_delivery import LIFECYCLE, InboundDelivery, InboundState
from ecomcore.supply.ports import InboundDeliveries, InboundFilter, ReceivingPlaces
from ecomcore.supply.queries import GetInbound, InboundSummary, InboundView, ListInbound
from ecomcore.supply.usecases import (
    cancel_inbound,
    close_inbound,
    expect_inbound,
    get_inbound,
    list_inbound,
    receive_inbound,
    reschedule_inbound,
)
from ecomcore.supply.values import (
    ArrivedLine,
    Difference,
    InboundEntry,
    InboundLine,
    InboundTotal,
    Outstanding,
    SupplyPolicy,
)

__all__ = [
    "ROOM",
    "ArrivedLine",
    "CancelInbound",
    "CloseInbound",
    "Difference",
    "ExpectInbound",
    "GetInbound",
    "InboundCancelled",
    "InboundClosed",
    "InboundDeliveries",
    "InboundDelivery",
    "InboundEntry",
    "InboundExpected",
    "InboundFilter",
    "InboundLine",
    "InboundReceived",
    "InboundRescheduled",
    "InboundState",
    "InboundSummary",
    "InboundTotal",
    "InboundView",
    "ListInbound",
    "MoreThanWasOrdered",
    "Outstanding",
    "ReceiveInbound",
    "ReceivedOtherwise",
    "ReceivingPlaces",
    "RescheduleInbound",
    "SupplyPolicy",
    "breaches",
]

ROOM = Room(
    name="supply",
    deciders={
        ExpectInbound: expect_inbound,
        RescheduleInbound: reschedule_inbound,
        ReceiveInbound: receive_inbound,
        CloseInbound: close_inbound,
        CancelInbound: cancel_inbound,
    },
    answers={GetInbound: get_inbound, ListInbound: list_inbound},
    events=(InboundExpected, InboundRescheduled, InboundReceived, InboundClosed, InboundCancelled),
    lifecycles=(LIFECYCLE,),
    repositories=(InboundDeliveries,),
    ports=(ReceivingPlaces,),
)
