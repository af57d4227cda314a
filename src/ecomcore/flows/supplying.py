"""From a supplier to the shelf, and from one location to another: what arrives is taken in, what is moved is set aside,
leaves and arrives. The policies are pure functions: event in, commands out. The inventory answers what the supply and
the transfers ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ecomcore.inventory import (
    Bundles,
    Condition,
    ConsumeStock,
    Locations,
    LotPick,
    MovementKind,
    Purpose,
    ReceivedLine,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    Reservations,
    ReserveStock,
    StockConsumed,
    StockItems,
    StockLine,
    Tracking,
    WrongTracking,
    refuse_stock_of_bundles,
    stock_item_id,
)
from ecomcore.kernel.errors import AlreadyExists, NotFound
from ecomcore.kernel.ids import LocationId, ReservationId, TransferId, VariantId
from ecomcore.kernel.messages import Command
from ecomcore.supply import ArrivedLine, InboundReceived, ReceivingPlaces
from ecomcore.transfers import (
    ArrivedLot,
    NoteTransferLots,
    TransferCancelled,
    TransferLine,
    TransferLot,
    TransferPlaces,
    TransferReceived,
    TransferRequested,
    TransferShipped,
)

__all__ = [
    "ShopReceivingPlaces",
    "ShopTransferPlaces",
    "give_back_what_was_to_move",
    "note_the_lots_that_moved",
    "send_what_moves",
    "set_aside_what_is_to_move",
    "take_in_the_delivery",
    "take_in_what_moved",
]

Commands = Iterator[Command[Any]]

_MOST_LINES = 10_000
"""Lines of one receipt of stock: what has more is taken in by several commands, in the same unit of work."""


def take_in_the_delivery(event: InboundReceived) -> Commands:
    """What has come is on hand, good or damaged."""
    lines = [line for arrived in event.lines for line in _received(arrived)]
    for part in _parts(lines):
        yield ReceiveStock(event.location, part, event.reference or event.inbound)


def set_aside_what_is_to_move(event: TransferRequested) -> Commands:
    """What is to move is set aside at the origin, without an end."""
    yield ReserveStock(event.transfer, _stock_lines(event.lines), event.origin, purpose=Purpose.TRANSFER)


def send_what_moves(event: TransferShipped) -> Commands:
    """What stays is given back, and the rest leaves. In this order: a reservation ends with the last of its units."""
    if event.kept:
        yield ReleasePart(event.transfer, _stock_lines(event.kept))
    picks = tuple(LotPick(each.variant, event.origin, each.lot, each.quantity) for each in event.picks)
    yield ConsumeStock(event.transfer, event.transfer, picks=picks, kind=MovementKind.TRANSFER_OUT)


def note_the_lots_that_moved(event: StockConsumed) -> Commands:
    """The transfer learns in which lots its units have left."""
    if event.purpose is Purpose.TRANSFER and event.lots:
        lots = tuple(
            TransferLot(each.variant, each.quantity, each.lot, each.expires_at, each.owner) for each in event.lots
        )
        yield NoteTransferLots(TransferId(event.source), lots)


def take_in_what_moved(event: TransferReceived) -> Commands:
    """What has arrived is on hand at the destination, good or damaged, in the lots in which it left."""
    for part in _parts(list(_moved(event.lines))):
        yield ReceiveStock(event.destination, part, event.transfer, MovementKind.TRANSFER_IN)


def give_back_what_was_to_move(event: TransferCancelled) -> Commands:
    """What was set aside can be had by others."""
    yield ReleaseStock(event.transfer)


def _received(arrived: ArrivedLine) -> Iterator[ReceivedLine]:
    for quantity, condition in ((arrived.quantity, Condition.GOOD), (arrived.damaged, Condition.DAMAGED)):
        if quantity:
            yield ReceivedLine(
                arrived.variant,
                quantity,
                arrived.lot,
                arrived.expires_at,
                arrived.owner,
                arrived.serials,
                condition,
            )


def _moved(lots: Iterable[ArrivedLot]) -> Iterator[ReceivedLine]:
    """A line for each lot; serial numbers that have all else in common are on one line."""
    numbered: dict[tuple[Any, ...], list[str]] = {}
    for each in lots:
        condition = Condition.DAMAGED if each.damaged else Condition.GOOD
        if each.serial and each.quantity == 1:
            numbered.setdefault((each.variant, each.expires_at, each.owner, condition), []).append(each.lot)
        else:
            yield ReceivedLine(each.variant, each.quantity, each.lot, each.expires_at, each.owner, condition=condition)
    for (variant, expires_at, owner, condition), serials in numbered.items():
        for start in range(0, len(serials), _MOST_LINES):
            some = tuple(serials[start : start + _MOST_LINES])
            yield ReceivedLine(variant, len(some), "", expires_at, owner, some, condition)


def _parts(lines: Sequence[ReceivedLine]) -> Iterator[tuple[ReceivedLine, ...]]:
    for start in range(0, len(lines), _MOST_LINES):
        yield tuple(lines[start : start + _MOST_LINES])


def _stock_lines(lines: Iterable[TransferLine]) -> tuple[StockLine, ...]:
    return tuple(StockLine(line.variant, line.quantity) for line in lines)


class ShopReceivingPlaces(ReceivingPlaces):
    """Goods arrive at the locations of the inventory: what has stock of its own."""

    def __init__(self, locations: Locations, bundles: Bundles) -> None:
        self._locations = locations
        self._bundles = bundles

    def check(self, location: LocationId, variants: Collection[VariantId]) -> None:
        self._locations.get(location)
        refuse_stock_of_bundles(variants, self._bundles)


class ShopTransferPlaces(TransferPlaces):
    """Goods move between the locations of the inventory: what has stock of its own, and is told apart alike at both."""

    def __init__(
        self, locations: Locations, stock_items: StockItems, reservations: Reservations, bundles: Bundles
    ) -> None:
        self._locations = locations
        self._reservations = reservations
        self._stock_items = stock_items
        self._bundles = bundles

    def check(
        self, transfer: TransferId, origin: LocationId, destination: LocationId, variants: Collection[VariantId]
    ) -> None:
        if self._reservations.find(ReservationId(transfer)) is not None:  # of an order: its units are not to move
            raise AlreadyExists("transfer", "id", transfer)
        known = self._locations.many(sorted({origin, destination}))
        for place in (origin, destination):
            if place not in known:
                raise NotFound("Location", place)
        refuse_stock_of_bundles(variants, self._bundles)
        here, there = self._trackings(origin, variants), self._trackings(destination, variants)
        for variant in sorted(variants):
            if here[variant] is not there[variant]:
                expected = f"{here[variant]}, as at {origin}; set its rules at {destination} first"
                raise WrongTracking(variant, there[variant], expected)

    def with_serials(self, destination: LocationId, variants: Collection[VariantId]) -> Collection[VariantId]:
        trackings = self._trackings(destination, variants)
        return {variant for variant, tracking in trackings.items() if tracking is Tracking.SERIALS}

    def _trackings(self, location: LocationId, variants: Collection[VariantId]) -> Mapping[VariantId, Tracking]:
        items = self._stock_items.many(sorted(stock_item_id(variant, location) for variant in variants))
        known = {item.variant: item.tracking for item in items.values()}
        return {variant: known.get(variant, Tracking.NONE) for variant in variants}
