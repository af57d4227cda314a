"""What follows from what around the stock: supply, transfers, counts, queues, wishes and points."""

from typing import Any

from ecomcore.counting import BookedLine, CountBooked
from ecomcore.flows import Policy, counting, order_to_delivery, rewards, supplying, waiting
from ecomcore.inventory import (
    BookCount,
    ConsumeStock,
    CountedDifference,
    LapseOffer,
    LotPick,
    MovementKind,
    Purpose,
    QueueJoined,
    QueueLeft,
    ReceivedLine,
    ReceiveStock,
    ReleaseStock,
    ReservationExpired,
    ReservedLine,
    ReserveStock,
    ServeQueue,
    StockBack,
    StockConsumed,
    StockLine,
    StockNotThere,
    StockReceived,
    StockReleased,
    TakeOffer,
    TellWishes,
)
from ecomcore.kernel.ids import (
    InboundId,
    LocationId,
    MemberId,
    OrderId,
    QueueTicketId,
    ReservationId,
    StockCountId,
    TransferId,
    VariantId,
)
from ecomcore.kernel.messages import Command, Event
from ecomcore.ordering import CallOrderOff, OrderCompleted
from ecomcore.supply import ArrivedLine, InboundReceived
from ecomcore.testing import euros
from ecomcore.transfers import (
    ArrivedLot,
    NoteTransferLots,
    TransferCancelled,
    TransferLine,
    TransferLot,
    TransferReceived,
    TransferRequested,
    TransferShipped,
)
from ecomcore.wallet import EarnPoints

__all__ = ["NAMES", "RULES_OF_STOCK"]

MAIN, STORE, TEA = LocationId("main"), LocationId("store"), VariantId("tea")
TRANSFER, TICKET, ORDER = TransferId("transfer"), QueueTicketId("ticket"), OrderId("order")
COUNT = StockCountId("count")
HELD, OFFERED = ReservationId(ORDER), ReservationId(TICKET)
ONE_TEA = (ReservedLine(TEA, MAIN, 1),)

RULES_OF_STOCK: list[tuple[Policy, Event, list[Command[Any]]]] = [
    (
        counting.book_the_count,
        CountBooked(COUNT, MAIN, (BookedLine(TEA, 5, -1),), 1, 1, "staff:mia"),
        [BookCount(MAIN, COUNT, (CountedDifference(TEA, 5, -1),), (TEA,))],
    ),
    (
        supplying.take_in_the_delivery,
        InboundReceived(InboundId("inbound"), MAIN, (ArrivedLine(TEA, 2),), "slip", (), complete=True),
        [ReceiveStock(MAIN, (ReceivedLine(TEA, 2),), "slip")],
    ),
    (
        supplying.set_aside_what_is_to_move,
        TransferRequested(TRANSFER, MAIN, STORE, (TransferLine(TEA, 2),)),
        [ReserveStock(TRANSFER, (StockLine(TEA, 2),), MAIN, purpose=Purpose.TRANSFER)],
    ),
    (
        supplying.send_what_moves,
        TransferShipped(TRANSFER, MAIN, STORE, (TransferLine(TEA, 2),)),
        [ConsumeStock(TRANSFER, TRANSFER, kind=MovementKind.TRANSFER_OUT)],
    ),
    (
        supplying.note_the_lots_that_moved,
        StockConsumed(
            ReservationId(TRANSFER), TRANSFER, (), TRANSFER, Purpose.TRANSFER, (LotPick(TEA, MAIN, "L1", 2),)
        ),
        [NoteTransferLots(TRANSFER, (TransferLot(TEA, 2, "L1"),))],
    ),
    (
        supplying.take_in_what_moved,
        TransferReceived(TRANSFER, STORE, (ArrivedLot(TEA, 2),), "slip", complete=True),
        [ReceiveStock(STORE, (ReceivedLine(TEA, 2),), TRANSFER, MovementKind.TRANSFER_IN)],
    ),
    (
        supplying.give_back_what_was_to_move,
        TransferCancelled(TRANSFER, MAIN, "no"),
        [ReleaseStock(TRANSFER)],
    ),
    (
        order_to_delivery.call_off_what_is_not_there,
        StockNotThere(HELD, ORDER, TEA, 2, 1),
        [CallOrderOff(ORDER, "out of stock")],
    ),
    (order_to_delivery.call_off_what_is_not_there, StockNotThere(HELD, ORDER, TEA, 2, 1, Purpose.OTHER), []),
    (
        rewards.give_the_points,
        OrderCompleted(ORDER, "member:ada", euros(5), 2),
        [EarnPoints(MemberId("ada"), ORDER, euros(5), 2)],
    ),
    (rewards.give_the_points, OrderCompleted(ORDER, "guest:x", euros(5), 2), []),
    (waiting.lapse_the_offer, ReservationExpired(OFFERED, TICKET, ONE_TEA, Purpose.QUEUE), [LapseOffer(TICKET)]),
    (waiting.lapse_the_offer, ReservationExpired(HELD, ORDER, ONE_TEA), []),
    (waiting.serve_the_queues_again, ReservationExpired(HELD, ORDER, ONE_TEA), [ServeQueue((TEA,))]),
    (waiting.serve_the_queues_again, StockReleased(HELD, ORDER, ONE_TEA), [ServeQueue((TEA,))]),
    (waiting.serve_the_queues_again, StockReleased(HELD, ORDER), []),
    (waiting.take_the_offer, StockReleased(OFFERED, TICKET, ONE_TEA, Purpose.QUEUE), [TakeOffer(TICKET)]),
    (waiting.take_the_offer, StockReleased(HELD, ORDER, ONE_TEA), []),
    (waiting.serve_the_queue, StockReceived(TEA, MAIN, 1, 1, "slip", queued=True), [ServeQueue((TEA,))]),
    (waiting.serve_the_queue, StockBack(TEA, MAIN, 1, queued=True), [ServeQueue((TEA,))]),
    (waiting.serve_the_queue, StockReceived(TEA, MAIN, 1, 1, "slip"), []),
    (waiting.serve_the_queue, QueueJoined(TICKET, "member:ada", TEA, 1, 1), [ServeQueue((TEA,))]),
    (waiting.serve_the_queue, QueueLeft(TICKET, TEA, offered=False), [ServeQueue((TEA,))]),
    (waiting.give_the_offer_back, QueueLeft(TICKET, TEA, offered=True), [ReleaseStock(TICKET)]),
    (waiting.give_the_offer_back, QueueLeft(TICKET, TEA, offered=False), []),
    (waiting.tell_the_wishes, StockBack(TEA, MAIN, 3), [TellWishes(TEA, MAIN)]),
]

NAMES = (
    *order_to_delivery.__all__,
    *rewards.__all__,
    *waiting.__all__,
    *(name for each in (counting, supplying) for name in each.__all__ if name.islower()),
)
"""The policies of these files."""
