"""A stock item is one variant at one location. Units arrive and are on hand; some are set aside by reservations, some
turn out to be damaged, some leave. Every change of what is there is an entry in the item's ledger: the ledger's sum is
what is on hand. What is on hand and not set aside is available; some of it can be kept back from the channels as a
buffer, and some can be promised that is not there yet (back-orders, pre-orders).

Nothing is ever set aside that is not there or promised: 0 <= reserved <= on hand + cap, always. Only facts can break
a promise: a count finds fewer units, some are broken, a lot expires, the day of the release has come and not the units.
Then ``short`` says how many promises cannot be kept, until units arrive or promises are taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import evolve, frozen

from ecomcore.inventory.errors import (
    BackordersPromised,
    NotOnHand,
    NotReleased,
    OutOfStock,
    SerialKnown,
    StockIsReserved,
    WrongTracking,
)
from ecomcore.inventory.events import (
    LotExpires,
    StockCorrected,
    StockDamaged,
    StockIsDead,
    StockReceived,
    StockRulesSet,
    StockStriped,
    StockWrittenOff,
)
from ecomcore.inventory.lots import Lot, LotPick, ReceivedLine, Tracking, first_expired, parts_of, with_units
from ecomcore.inventory.stock_books import StockBooks
from ecomcore.inventory.values import Beyond, Condition, Grade, MovementKind, PreOrders, stock_item_id
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, VariantId

__all__ = ["StockItem"]


@frozen(kw_only=True)
class StockItem(StockBooks):
    """A variant at a location."""

    @classmethod
    def empty(cls, variant: VariantId, location: LocationId) -> Self:
        """The item before anything arrived."""
        return cls(id=stock_item_id(variant, location), variant=variant, location=location)

    # Units come and go -----------------------------------------------------------------------------------------------

    def receive(
        self,
        line: ReceivedLine,
        reference: str,
        at: Instant,
        kind: MovementKind = MovementKind.RECEIPT,
        reason: str = "",
        actor: str = "",
    ) -> Self:
        """Units arrive. Raises ``TooMuchStock``, ``WrongTracking``, ``SerialKnown``."""
        item, condition = self if self.on_hand else self.having(active_at=at, dead=False), line.condition
        parts = parts_of(line, self.tracking)
        item = item._entered(kind, parts, reference, at, condition, reason, actor)
        if self.tracking is not Tracking.NONE and condition is Condition.GOOD:
            there = {lot.code for lot in self.lots if lot.quantity}
            twice = next((code for code, _ in parts if code in there), None)
            if self.tracking is Tracking.SERIALS and twice is not None:
                raise SerialKnown(self.variant, twice)
            new = (Lot(code, units, line.expires_at, line.owner, at) for code, units in parts)
            item = item.having(lots=with_units(self.lots, *new))
        told = StockReceived(
            self.variant, self.location, line.quantity, item.on_hand, reference, kind, condition, self.queued
        )
        return item.telling(told)._settled(at, self)

    def correct(
        self,
        quantity: int,
        reason: str,
        at: Instant,
        actor: str = "",
        lot: str = "",
        reference: str = "",
        *,
        even_if_reserved: bool = False,
    ) -> Self:
        """The books are set right, up or down. Raises ``StockIsReserved`` below what is promised, unless told to."""
        moved = self._changed(MovementKind.CORRECTION, quantity, reference, at, lot, reason, actor)
        if not even_if_reserved and moved.short_at(at) > self.short_at(at):
            raise StockIsReserved(self.variant, self.on_hand, self.reserved)
        told = StockCorrected(
            self.variant, self.location, quantity, moved.on_hand, reason or reference, MovementKind.CORRECTION, lot
        )
        return moved.telling(told)._settled(at, None if even_if_reserved else self)

    def count(self, difference: int, reference: str, at: Instant, actor: str = "", lot: str = "") -> Self:
        """A count has found so many more or fewer units. Raises ``NotOnHand`` for more than there are by now."""
        moved = self._changed(MovementKind.COUNT, difference, reference, at, lot, "", actor)
        told = StockCorrected(
            self.variant, self.location, difference, moved.on_hand, reference, MovementKind.COUNT, lot
        )
        return moved.telling(told)._settled(at)

    def counted(self, at: Instant) -> Self:
        """It was counted, whatever the count found."""
        return self.having(counted_at=at)

    def damage(
        self, quantity: int, reason: str, at: Instant, actor: str = "", lot: str = "", reference: str = ""
    ) -> Self:
        """Good units are found to be damaged, or with a quantity below zero damaged ones to be good again."""
        item = self._changed(MovementKind.DAMAGE, -quantity, reference, at, lot, reason, actor)
        item = item._moved(MovementKind.DAMAGE, quantity, reference, at, Condition.DAMAGED, lot, reason, actor)
        told = StockDamaged(self.variant, self.location, quantity, item.on_hand, item.damaged, reason)
        return item.telling(told)._settled(at)

    def write_off(
        self,
        quantity: int,
        condition: Condition,
        reason: str,
        at: Instant,
        actor: str = "",
        lot: str = "",
        reference: str = "",
    ) -> Self:
        """Units are gone for good: damaged, expired or lost ones. Raises ``NotOnHand``."""
        if condition is Condition.GOOD:
            item = self._changed(MovementKind.WRITE_OFF, -quantity, reference, at, lot, reason, actor)
        else:
            item = self._moved(MovementKind.WRITE_OFF, -quantity, reference, at, condition, lot, reason, actor)
        told = StockWrittenOff(self.variant, self.location, quantity, condition, item.on_hand, item.damaged, reason)
        return item.telling(told)._settled(at)

    def consume(
        self,
        quantity: int,
        reference: str,
        at: Instant,
        kind: MovementKind = MovementKind.SALE,
        wanted: Mapping[str, int] | None = None,
        actor: str = "",
    ) -> tuple[Self, tuple[LotPick, ...]]:
        """Units set aside leave the house, and the lots they were of; those ``wanted`` by name, and what expires first.

        Raises ``NotOnHand``, ``NotReleased``, ``LotUnknown``.
        """
        is_sold = kind is MovementKind.SALE
        if is_sold and isinstance(self.beyond, PreOrders) and at < self.beyond.release_at:
            raise NotReleased(self.variant, self.beyond.release_at)
        if quantity > self.usable(at):
            raise NotOnHand(self.variant, self.location, quantity, max(self.usable(at), 0))
        sold = at if is_sold else self.active_at
        dead = self.dead and not is_sold
        item = self.having(reserved=self.reserved - quantity, active_at=sold, dead=dead)
        if self.tracking is Tracking.NONE:
            return item._moved(kind, -quantity, reference, at, actor=actor)._settled(at, self), ()
        taken = first_expired(self.lots, quantity, at, wanted or {})
        parts = [(lot.code, -units) for lot, units in taken]
        item = item._entered(kind, parts, reference, at, Condition.GOOD, "", actor)
        item = item.having(lots=with_units(self.lots, *(evolve(lot, quantity=-units) for lot, units in taken)))
        picks = (LotPick(self.variant, self.location, lot.code, n, lot.expires_at, lot.owner) for lot, n in taken)
        return item._settled(at, self), tuple(picks)

    # Units are set aside ---------------------------------------------------------------------------------------------

    def reserve(self, quantity: int, at: Instant, *, to_move: bool = False) -> Self:
        """Set units aside; ``to_move`` them, only such as lie there. Raises ``OutOfStock``."""
        available = self.lying(at) if to_move else self.available(at)
        if quantity > available:
            raise OutOfStock(self.variant, quantity, max(available, 0))
        return self.having(reserved=self.reserved + quantity)._settled(at, self)

    def release(self, quantity: int, at: Instant) -> Self:
        """Units set aside become available again."""
        return self.having(reserved=self.reserved - quantity)._settled(at, self)

    # Rules -----------------------------------------------------------------------------------------------------------

    def with_rules(
        self,
        at: Instant,
        *,
        buffer: int,
        low: int,
        beyond: Beyond | None,
        tracking: Tracking,
        queued: bool,
        grade: Grade | None,
    ) -> Self:
        """Other rules. Raises ``BackordersPromised``, and ``WrongTracking`` once units are there."""
        changed = self.having(buffer=buffer, low=low, beyond=beyond, tracking=tracking, queued=queued, grade=grade)
        short = self.short_at(at)
        if changed.short_at(at) > short:
            raise BackordersPromised(self.variant, self.reserved - self.usable(at) - short, changed.cap_at(at))
        if tracking is not self.tracking and (self.on_hand or self.damaged or self.stripes):
            raise WrongTracking(self.variant, self.tracking, "no change while units are there, or while it is striped")
        if changed == self:
            return self
        return changed.telling(StockRulesSet(self.variant, self.location))._settled(at, self)

    def stripe(self, stripes: int) -> Self:
        """Spread over so many rows, where the store can; none: as one. Raises ``WrongTracking`` where lots are kept."""
        if self.tracking is not Tracking.NONE and stripes:
            raise WrongTracking(self.variant, self.tracking, "no stripes where units are told apart")
        if stripes == self.stripes:
            return self
        return self.telling(StockStriped(self.variant, self.location, stripes), stripes=stripes)

    def graded(self, grade: Grade) -> Self:
        """It matters that much."""
        return self if grade is self.grade else self.having(grade=grade)

    # Alerts ----------------------------------------------------------------------------------------------------------

    def warn(self, code: str) -> Self:
        """Staff are told that a lot expires; once."""
        lots = tuple(evolve(lot, warned=True) if lot.code == code else lot for lot in self.lots)
        told = [
            LotExpires(self.variant, self.location, code, lot.quantity, lot.expires_at)
            for lot in self.lots
            if lot.code == code and lot.expires_at is not None
        ]
        return self.telling(*told, lots=lots)

    def lie_dead(self, since: Instant) -> Self:
        """Staff are told that nobody buys it; once, until somebody does."""
        return self.telling(StockIsDead(self.variant, self.location, self.on_hand, since), dead=True)

    def looked_at(self, at: Instant) -> Self:
        """Time has passed: what was good may be expired or released, and of a striped item the whole is seen."""
        offered = self.offered(at)
        return self._settled(at)._at_level(self._level(offered), offered)
