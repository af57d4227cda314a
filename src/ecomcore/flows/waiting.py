"""Who waits for units, and what is done for them when there are some. Pure functions: event in, commands out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ecomcore.inventory import (
    LapseOffer,
    Purpose,
    QueueJoined,
    QueueLeft,
    ReleaseStock,
    ReservationExpired,
    ReservedLine,
    ServeQueue,
    StockBack,
    StockReceived,
    StockReleased,
    TakeOffer,
    TellWishes,
)
from ecomcore.kernel.ids import QueueTicketId
from ecomcore.kernel.messages import Command

__all__ = [
    "give_the_offer_back",
    "lapse_the_offer",
    "serve_the_queue",
    "serve_the_queues_again",
    "take_the_offer",
    "tell_the_wishes",
]

Commands = Iterator[Command[Any]]


def serve_the_queue(event: QueueJoined | QueueLeft | StockReceived | StockBack) -> Commands:
    """What is there is offered to those who wait for it, before anybody else hears of it."""
    if not isinstance(event, StockReceived | StockBack) or event.queued:
        yield ServeQueue((event.variant,))


def serve_the_queues_again(event: StockReleased | ReservationExpired) -> Commands:
    """What one does not want, the next in line may have."""
    yield from _serve(event.lines)


def take_the_offer(event: StockReleased) -> Commands:
    """What was set aside for a ticket is given up for an order only, or for nobody when its owner has left."""
    if event.purpose is Purpose.QUEUE:
        yield TakeOffer(QueueTicketId(event.source))


def lapse_the_offer(event: ReservationExpired) -> Commands:
    """Nobody came for what was set aside for a ticket."""
    if event.purpose is Purpose.QUEUE:
        yield LapseOffer(QueueTicketId(event.source))


def give_the_offer_back(event: QueueLeft) -> Commands:
    """What was set aside for somebody who has left is free."""
    if event.offered:
        yield ReleaseStock(event.ticket)


def tell_the_wishes(event: StockBack) -> Commands:
    """Those who wished for it are told at once. Of whatever else can be had, a job tells them."""
    yield TellWishes(event.variant, event.location)


def _serve(lines: Iterable[ReservedLine]) -> Commands:
    variants = tuple(dict.fromkeys(line.variant for line in lines))
    if variants:
        yield ServeQueue(variants)
