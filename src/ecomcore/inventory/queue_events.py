"""What queues and wishes tell. No event that is kept names an address."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import MemberId, QueueTicketId, VariantId, WishId
from ecomcore.kernel.messages import Event, passing
from ecomcore.kernel.text import Personal

__all__ = [
    "BackInStockTold",
    "OfferLapsed",
    "OfferTaken",
    "QueueJoined",
    "QueueLeft",
    "StockAskedFor",
    "UnitsOffered",
    "WishErased",
    "WishWithdrawn",
]


@frozen
class QueueJoined(Event):
    """Somebody waits in the line of a variant; ``number`` is their place in the order of coming."""

    ticket: QueueTicketId
    owner: str
    variant: VariantId
    quantity: int
    number: int


@frozen
class UnitsOffered(Event):
    """It is their turn: units are set aside for the ticket until then."""

    ticket: QueueTicketId
    owner: str
    variant: VariantId
    quantity: int
    until: Instant


@frozen
class OfferTaken(Event):
    """An order has the units."""

    ticket: QueueTicketId
    variant: VariantId


@frozen
class OfferLapsed(Event):
    """Nobody came for the units in time."""

    ticket: QueueTicketId
    owner: str
    variant: VariantId


@frozen
class QueueLeft(Event):
    """Somebody does not want to wait any more; ``offered``: units were set aside for them."""

    ticket: QueueTicketId
    variant: VariantId
    offered: bool


@frozen
class StockAskedFor(Event):
    """Somebody wants to be told when so many units are back; told again when they want another number."""

    wish: WishId
    variant: VariantId
    quantity: int


@frozen
class WishWithdrawn(Event):
    """Somebody does not want to be told any more."""

    wish: WishId
    variant: VariantId


@frozen
class BackInStockTold(Event):
    """There are units again, and this person wants to know: the ``member``, or whoever reads mail at ``contact``.

    A subscriber sends the message. The address is handed to it, and is not kept with the event.
    """

    wish: WishId
    variant: VariantId
    quantity: int
    channel: str
    member: MemberId | None
    contact: Personal | None = passing(None)  # noqa: RUF009 - a field, as attrs makes them


@frozen
class WishErased(Event):
    """Nothing says any more whose wish it was."""

    wish: WishId
