"""A transfer moves units from one location to another. Once it is requested they are set aside at the origin. When they
leave, all or some of them, they are on hand nowhere: they are in transit, in the lots in which they have left. They
arrive at once or in parts, good or damaged; where no lot is named, what expires first has arrived first. When none is
in transit any more the transfer is received; or it is closed, and what has not arrived is lost, which is told and stays
visible. Until the units leave the transfer can be cancelled.

Nothing is made or lost on the way without being told: of every variant, what has left is what has arrived, good or
damaged, plus what is missing, plus what is in transit. Every change is an entry in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self, TypeAlias, TypeVar

from attrs import evolve, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, TransferId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.transfers.errors import (
    LotsAreNoted,
    MoreThanWasRequested,
    MoreThanWasShipped,
    TransferReceivedOtherwise,
)
from ecomcore.transfers.events import (
    TransferCancelled,
    TransferClosed,
    TransferLotsNoted,
    TransferReceived,
    TransferRequested,
    TransferShipped,
)
from ecomcore.transfers.values import (
    ArrivedLot,
    TransferArrival,
    TransferEntry,
    TransferEntryKind,
    TransferLine,
    TransferLot,
    TransferPick,
    TransferTotal,
    per_variant,
)

__all__ = ["LIFECYCLE", "Transfer", "TransferState"]


class TransferState(StrEnum):
    """Requested: set aside at the origin. Shipped: in transit. Partly received: some have arrived. Received: all have.
    Closed: the rest is lost. Cancelled: they stayed."""

    REQUESTED = "requested"
    SHIPPED = "shipped"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_MOVING = (TransferState.SHIPPED, TransferState.PARTLY_RECEIVED)

LIFECYCLE = Lifecycle(
    "transfer",
    TransferState.REQUESTED,
    {
        "ship": move(TransferState.REQUESTED, to=TransferState.SHIPPED),
        "note_lots": move(TransferState.SHIPPED, to=TransferState.SHIPPED),
        "receive_part": move(*_MOVING, to=TransferState.PARTLY_RECEIVED),
        "receive": move(*_MOVING, to=TransferState.RECEIVED),
        "close": move(*_MOVING, to=TransferState.CLOSED),
        "cancel": move(TransferState.REQUESTED, to=TransferState.CANCELLED),
    },
)

_Place: TypeAlias = tuple[VariantId, str]
"""A variant and a lot of it."""

_Key = TypeVar("_Key")

_ARRIVED = (TransferEntryKind.RECEIVED, TransferEntryKind.DAMAGED)
_FIELD_OF: Final = {
    TransferEntryKind.SHIPPED: "shipped",
    TransferEntryKind.RECEIVED: "received",
    TransferEntryKind.DAMAGED: "damaged",
    TransferEntryKind.MISSING: "missing",
}
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@frozen(kw_only=True)
class Transfer(Aggregate):
    """Units on their way between two locations. ``totals`` has one line for each variant: checked running totals of
    ``entries``, the ledger. ``lots`` are those in which the units have left.
    """

    id: TransferId
    origin: LocationId
    destination: LocationId
    totals: tuple[TransferTotal, ...]
    state: TransferState
    tracking: str = ""
    lots: tuple[TransferLot, ...] = ()
    entries: tuple[TransferEntry, ...] = ()

    @classmethod
    def request(
        cls, id: TransferId, origin: LocationId, destination: LocationId, lines: Iterable[TransferLine]
    ) -> Self:
        """Units are wanted at another location."""
        wanted = per_variant(lines, "lines")
        new = cls(
            id=id,
            origin=origin,
            destination=destination,
            totals=tuple(TransferTotal(variant, units) for variant, units in wanted.items()),
            state=LIFECYCLE.initial,
        )
        return new.telling(TransferRequested(id, origin, destination, _lines(wanted)))

    @property
    def is_moving(self) -> bool:
        """Whether units are in transit."""
        return self.state in _MOVING

    @property
    def in_transit(self) -> tuple[TransferLot, ...]:
        """What has left and is neither there nor lost, by lot: what expires first stands first."""
        known = self._known_lots()
        return tuple(
            evolve(known.get((variant, lot)) or TransferLot(variant, units, lot), quantity=units)
            for variant, lots in self._left().items()
            for lot, units in lots.items()
            if units
        )

    def ship(self, lines: Iterable[TransferLine], picks: tuple[TransferPick, ...], tracking: str, at: Instant) -> Self:
        """These units leave, or all of them. Raises ``MoreThanWasRequested``, and ``Invalid`` for too many picks."""
        state = LIFECYCLE.after("ship", self.state)
        requested = {total.variant: total.requested for total in self.totals}
        leaving = per_variant(lines, "lines") or requested
        for variant, wanted in leaving.items():
            if wanted > requested.get(variant, 0):
                raise MoreThanWasRequested(self.id, variant, requested.get(variant, 0), wanted)
        for variant, picked in per_variant(picks, "picks").items():
            if picked > leaving.get(variant, 0):
                raise Invalid("picks", picked, f"at most the {leaving.get(variant, 0)} of {variant} that leave")
        kept = {variant: units - leaving.get(variant, 0) for variant, units in requested.items()}
        told = TransferShipped(self.id, self.origin, self.destination, _lines(leaving), _lines(kept), picks, tracking)
        shipped = {(variant, ""): units for variant, units in leaving.items()}
        return self._entered(TransferEntryKind.SHIPPED, shipped, at).telling(told, state=state, tracking=tracking)

    def note_lots(self, lots: Iterable[TransferLot]) -> Self:
        """Of which lots the units were that have left. Raises ``LotsAreNoted``, ``MoreThanWasShipped``."""
        noted = _merged(lots)
        if self.lots:
            if set(noted) != set(self.lots):
                raise LotsAreNoted(self.id)
            return self
        state = LIFECYCLE.after("note_lots", self.state)
        shipped = {total.variant: total.shipped for total in self.totals}
        for variant, units in per_variant(noted, "lots").items():
            if units > shipped.get(variant, 0):
                raise MoreThanWasShipped(self.id, variant, shipped.get(variant, 0), units)
        return self.telling(TransferLotsNoted(self.id, noted), lots=noted, state=state)

    def receive(
        self, lines: tuple[TransferArrival, ...], reference: str, at: Instant, serials: Collection[VariantId] = ()
    ) -> Self:
        """This is actually there; the same under the same reference changes nothing: as many units of each variant, and
        of each lot that is named.

        Units of the variants in ``serials`` have serial numbers at the destination. Raises
        ``TransferReceivedOtherwise``, ``MoreThanWasShipped``.
        """
        if reference and (known := self._received_under(reference)):
            if not _are_the_same(known, lines):
                raise TransferReceivedOtherwise(self.id, reference)
            return self
        LIFECYCLE.after("receive", self.state)
        good, damaged = self._taken(lines)
        received = self._entered(TransferEntryKind.RECEIVED, good, at, reference)
        received = received._entered(TransferEntryKind.DAMAGED, damaged, at, reference, len(good))
        complete = not any(total.in_transit for total in received.totals)
        arrived = (
            *self._arrived(good, serials, damaged=False),
            *self._arrived(damaged, serials, damaged=True),
        )
        return received.telling(
            TransferReceived(self.id, self.destination, arrived, reference, complete),
            state=LIFECYCLE.after("receive" if complete else "receive_part", self.state),
        )

    def close(self, reason: str, at: Instant) -> Self:
        """What is still in transit is lost."""
        state, missing = LIFECYCLE.after("close", self.state), self.in_transit
        lost = {(lot.variant, lot.lot): lot.quantity for lot in missing}
        return self._entered(TransferEntryKind.MISSING, lost, at).telling(
            TransferClosed(self.id, self.origin, self.destination, missing, reason), state=state
        )

    def cancel(self, reason: str) -> Self:
        """The units stay where they are."""
        state = LIFECYCLE.after("cancel", self.state)
        return self.telling(TransferCancelled(self.id, self.origin, reason), state=state)

    def _taken(self, lines: Iterable[TransferArrival]) -> tuple[dict[_Place, int], dict[_Place, int]]:
        """The good and the damaged units by lot: named lots first, so that nobody else takes of them."""
        moving = {total.variant: total.in_transit for total in self.totals}
        for variant, (good, damaged) in _by_variant(lines).items():
            if good + damaged > moving.get(variant, 0):
                raise MoreThanWasShipped(self.id, variant, moving.get(variant, 0), good + damaged)
        left = self._left()
        taken: tuple[dict[_Place, int], dict[_Place, int]] = {}, {}
        for line in sorted(lines, key=lambda each: not each.lot):
            lots = left[line.variant]
            if line.lot and line.units > lots.get(line.lot, 0):
                raise MoreThanWasShipped(self.id, line.variant, lots.get(line.lot, 0), line.units, line.lot)
            for wanted, into in zip((line.quantity, line.damaged), taken, strict=True):
                _take(lots, line, wanted, into)
        return taken

    def _left(self) -> dict[VariantId, dict[str, int]]:
        """What is in transit of each variant by lot: what expires first, and at last what has no lot."""
        left: dict[VariantId, dict[str, int]] = {total.variant: {} for total in self.totals}
        for lot in sorted(self.lots, key=_first):
            left[lot.variant][lot.lot] = lot.quantity
        for total in self.totals:
            lots = left[total.variant]
            named = sum(units for lot, units in lots.items() if lot)
            lots.pop("", None)
            lots[""] = total.shipped - named
        for entry in self.entries:
            if entry.kind is not TransferEntryKind.SHIPPED:
                left[entry.variant][entry.lot] += entry.quantity
        return left

    def _known_lots(self) -> dict[_Place, TransferLot]:
        return {(lot.variant, lot.lot): lot for lot in self.lots}

    def _arrived(
        self, units: Mapping[_Place, int], serials: Collection[VariantId], *, damaged: bool
    ) -> Iterator[ArrivedLot]:
        known = self._known_lots()
        for (variant, code), quantity in units.items():
            lot = known.get((variant, code))
            end, owner = (lot.expires_at, lot.owner) if lot else (None, None)
            yield ArrivedLot(variant, quantity, code, end, owner, damaged, bool(code) and variant in serials)

    def _received_under(self, reference: str) -> tuple[TransferArrival, ...]:
        """What has arrived under a reference, by lot."""
        arrived = (each for each in self.entries if each.kind in _ARRIVED and each.reference == reference)
        return tuple(
            TransferArrival(each.variant, -each.quantity, lot=each.lot)
            if each.kind is TransferEntryKind.RECEIVED
            else TransferArrival(each.variant, 0, -each.quantity, each.lot)
            for each in arrived
        )

    def _entered(
        self, kind: TransferEntryKind, units: Mapping[_Place, int], at: Instant, reference: str = "", lines: int = 0
    ) -> Self:
        """With one more entry for each lot, after so many ``lines`` of the same receipt, and the totals that follow."""
        totals, entries = {total.variant: total for total in self.totals}, list(self.entries)
        for line, ((variant, lot), quantity) in enumerate(units.items(), lines + 1):
            total = totals[variant]
            name = _FIELD_OF[kind]
            totals[variant] = total = evolve(total, **{name: getattr(total, name) + quantity})
            change = quantity if kind is TransferEntryKind.SHIPPED else -quantity
            number, balance = len(entries) + 1, total.in_transit
            entries.append(TransferEntry(number, kind, variant, change, balance, at, lot, line, reference))
        return self.having(totals=tuple(totals.values()), entries=tuple(entries))


def _take(left: dict[str, int], line: TransferArrival, wanted: int, into: dict[_Place, int]) -> None:
    """Take so many units out of what is left of the variant: of the lot that is named, or of what comes first."""
    for lot in (line.lot,) if line.lot else left:
        if part := min(wanted, left[lot]):
            left[lot] -= part
            into[line.variant, lot] = into.get((line.variant, lot), 0) + part
            wanted -= part


def _are_the_same(known: Iterable[TransferArrival], lines: Iterable[TransferArrival]) -> bool:
    """Whether these are the units of before; where lines name no lot they are whichever were taken then."""
    by_lot = _sums(known, lambda line: (line.variant, line.lot))
    named = _sums((line for line in lines if line.lot), lambda line: (line.variant, line.lot))
    there = {lot: by_lot.get(lot, (0, 0)) for lot in named}
    enough = all(good <= there[lot][0] and bad <= there[lot][1] for lot, (good, bad) in named.items())
    return enough and _by_variant(known) == _by_variant(lines)


def _by_variant(lines: Iterable[TransferArrival]) -> dict[VariantId, tuple[int, int]]:
    """The good and the damaged units of each variant."""
    return _sums(lines, lambda line: line.variant)


def _sums(lines: Iterable[TransferArrival], of: Callable[[TransferArrival], _Key]) -> dict[_Key, tuple[int, int]]:
    sums: dict[_Key, tuple[int, int]] = {}
    for line in lines:
        good, damaged = sums.get(of(line), (0, 0))
        sums[of(line)] = good + line.quantity, damaged + line.damaged
    return sums


def _merged(lots: Iterable[TransferLot]) -> tuple[TransferLot, ...]:
    """Each lot once."""
    merged: dict[_Place, TransferLot] = {}
    for lot in lots:
        known = merged.get((lot.variant, lot.lot))
        units = lot.quantity + (known.quantity if known else 0)
        merged[lot.variant, lot.lot] = evolve(lot, quantity=units)
    return tuple(merged.values())


def _first(lot: TransferLot) -> tuple[Instant, str]:
    return lot.expires_at or _NEVER, lot.lot


def _lines(units: Mapping[VariantId, int]) -> tuple[TransferLine, ...]:
    return tuple(TransferLine(variant, quantity) for variant, quantity in units.items() if quantity)
