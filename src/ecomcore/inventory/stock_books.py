"""The books of a stock item: its running totals, what can be had by them, and how an entry is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from attrs import evolve, field, frozen

from ecomcore.inventory.errors import LotUnknown, NotOnHand, SerialKnown, TooMuchStock, WrongTracking
from ecomcore.inventory.events import StockBack, StockLow, StockOut, StockShort
from ecomcore.inventory.lots import Lot, Tracking, expired_units, first_end, with_units
from ecomcore.inventory.values import (
    BackOrders,
    Beyond,
    Condition,
    Grade,
    Level,
    Movement,
    MovementKind,
    PreOrders,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockItemId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY

__all__ = ["StockBooks"]


@frozen(kw_only=True)
class StockBooks(Aggregate):
    """The fields of a stock item, what follows from them, and how entries are made.

    ``on_hand`` (good units), ``damaged`` and ``reserved`` are checked running totals of the ledger and of the open
    reservations. ``buffer`` is kept back from the channels; ``beyond`` is what may be promised without being there;
    ``low`` is the threshold below which staff want to know. ``lots`` are kept where ``tracking`` says so. A ``queued``
    item is sold in the order of a queue. ``stripes`` says over how many rows a store may spread a hot item: it changes
    nothing here. ``active_at`` is when units were last sold, or came when there were none; ``dead``, that staff
    were told that nobody buys it. ``due_at`` is when time alone will change it next: a lot expires, or it is released.
    ``short`` is what staff were told of; by now it may be more (``short_at``). ``entries`` counts the ledger; ``fresh``
    holds the entries made since it was loaded.
    """

    id: StockItemId
    variant: VariantId
    location: LocationId
    on_hand: int = 0
    damaged: int = 0
    reserved: int = 0
    short: int = 0
    buffer: int = 0
    beyond: Beyond | None = None
    low: int = 0
    tracking: Tracking = Tracking.NONE
    lots: tuple[Lot, ...] = ()
    queued: bool = False
    grade: Grade | None = None
    stripes: int = 0
    level: Level = Level.OUT
    counted_at: Instant | None = None
    active_at: Instant | None = None
    dead: bool = False
    due_at: Instant | None = None
    entries: int = 0
    fresh: tuple[Movement, ...] = field(default=(), repr=False)

    @property
    def cap(self) -> int:
        """How many units may be promised beyond what is on hand, at any time."""
        match self.beyond:
            case BackOrders(cap):
                return cap
            case PreOrders(quota):
                return quota
            case None:
                return 0

    def cap_at(self, at: Instant) -> int:
        """How many units may be promised beyond what is on hand at a moment: none that are to be there by then."""
        return 0 if isinstance(self.beyond, PreOrders) and at >= self.beyond.release_at else self.cap

    def short_at(self, at: Instant) -> int:
        """How many promises cannot be kept at a moment."""
        return max(self.reserved - self.usable(at) - self.cap_at(at), 0)

    def usable(self, at: Instant) -> int:
        """Good units whose time has not run out."""
        return self.on_hand - expired_units(self.lots, at) if self.lots else self.on_hand

    def available(self, at: Instant) -> int:
        """Units that can be set aside at a moment; below zero where more is promised than can be kept."""
        match self.beyond:
            case None:
                return self.usable(at) - self.reserved
            case BackOrders(cap):
                return self.usable(at) + cap - self.reserved
            case PreOrders(quota, release_at):
                return (quota if at < release_at else self.usable(at)) - self.reserved

    def lying(self, at: Instant) -> int:
        """Units that can be set aside at a moment and lie there: nothing that is only promised."""
        return min(self.available(at), self.usable(at) - self.reserved)

    def offered(self, at: Instant) -> int:
        """Units that the channels may sell at a moment: what is available without the buffer."""
        return self.available(at) - self.buffer

    def _changed(
        self, kind: MovementKind, quantity: int, reference: str, at: Instant, lot: str, reason: str, actor: str
    ) -> Self:
        """Good units come or go by what staff say; of which lots, where they are told apart."""
        if self.on_hand + quantity < 0:
            raise NotOnHand(self.variant, self.location, -quantity, self.on_hand)
        if self.tracking is Tracking.NONE:
            if lot:
                raise WrongTracking(self.variant, self.tracking, "no lot")
            return self._moved(kind, quantity, reference, at, reason=reason, actor=actor)
        if not lot:
            raise WrongTracking(self.variant, self.tracking, "the lot or serial number")
        known = next((each for each in self.lots if each.code == lot), None)
        left = (known.quantity if known else 0) + quantity
        if known is None or left < 0:
            raise LotUnknown(lot, abs(quantity), known.quantity if known else 0)
        if self.tracking is Tracking.SERIALS and left > 1:
            raise SerialKnown(self.variant, lot)
        item = self._moved(kind, quantity, reference, at, lot=lot, reason=reason, actor=actor)
        return item.having(lots=with_units(item.lots, evolve(known, quantity=quantity)))

    def _moved(
        self,
        kind: MovementKind,
        quantity: int,
        reference: str,
        at: Instant,
        condition: Condition = Condition.GOOD,
        lot: str = "",
        reason: str = "",
        actor: str = "",
    ) -> Self:
        return self._entered(kind, ((lot, quantity),), reference, at, condition, reason, actor)

    def _entered(
        self,
        kind: MovementKind,
        parts: Sequence[tuple[str, int]],
        reference: str,
        at: Instant,
        condition: Condition,
        reason: str,
        actor: str,
    ) -> Self:
        """An entry for each of these lots, or for the one without a name."""
        good, fresh = condition is Condition.GOOD, []
        balance = self.on_hand if good else self.damaged
        for number, (lot, quantity) in enumerate(parts, self.entries + 1):
            balance += quantity
            if balance > MAX_QUANTITY:
                raise TooMuchStock(self.variant, MAX_QUANTITY)
            if balance < 0:
                raise NotOnHand(self.variant, self.location, -quantity, balance - quantity)
            fresh.append(Movement(number, kind, quantity, balance, reference, at, condition, lot, reason, actor))
        item = self.having(entries=self.entries + len(fresh), fresh=(*self.fresh, *fresh))
        return item.having(on_hand=balance) if good else item.having(damaged=balance)

    def _settled(self, at: Instant, before: StockBooks | None = None) -> Self:
        """What follows: how many promises cannot be kept, and whether staff and those who wait want to know.

        ``before``: what the shop decided about. Only time may have broken its promises by now; nothing if it is a fact.
        """
        short = self.short_at(at)
        if before is not None:
            short = min(short, before.short_at(at))  # a decision breaks no promise: the store refuses the rest
        due_at = self._due_after(at)
        item = self if (short, due_at) == (self.short, self.due_at) else self.having(short=short, due_at=due_at)
        if short > self.short:
            item = item.telling(StockShort(self.variant, self.location, short))
        offered = item.offered(at)
        level = self._level(offered)
        if level is self.level or self.stripes:  # of a striped item a store may see a part only: a job looks at it
            return item
        return item._at_level(level, offered)

    def _due_after(self, at: Instant) -> Instant | None:
        """When time alone will change the item next."""
        end = first_end(self.lots, at) if self.lots else None
        if not isinstance(self.beyond, PreOrders) or at >= self.beyond.release_at:
            return end
        return min(self.beyond.release_at, end or self.beyond.release_at)

    def _level(self, offered: int) -> Level:
        return Level.OUT if offered <= 0 else Level.LOW if offered <= self.low else Level.PLENTY

    def _at_level(self, level: Level, offered: int) -> Self:
        """So much is left; told when that is new."""
        if level is self.level:
            return self
        item = self.having(level=level)
        if self.level is Level.OUT:
            item = item.telling(StockBack(self.variant, self.location, offered, self.queued))
        if level is Level.LOW:
            return item.telling(StockLow(self.variant, self.location, offered, self.low))
        return item.telling(StockOut(self.variant, self.location)) if level is Level.OUT else item
