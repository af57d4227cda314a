"""An inbound delivery is what a supplier was asked to bring to one location: the lines of a purchase order, or some of
them. It is expected at a time, which may change. Goods arrive at once or in parts: every receipt says what is actually
there, good or damaged, with lots and serial numbers, and each is an entry in the ledger. When nothing is outstanding
any more the delivery is received. What comes beyond the order is taken in and shown as a difference, or refused, as the
shop decides. If the rest will not come it is closed, and what is missing is told; before anything has come it can be
cancelled.

Outstanding is what was ordered less what has come, never below zero; once the delivery has ended, nothing is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from attrs import evolve, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.supply.errors import MoreThanWasOrdered, ReceivedOtherwise
from ecomcore.supply.events import (
    InboundCancelled,
    InboundClosed,
    InboundExpected,
    InboundReceived,
    InboundRescheduled,
)
from ecomcore.supply.values import (
    ArrivedLine,
    Difference,
    InboundEntry,
    InboundLine,
    InboundTotal,
    Outstanding,
    SupplyPolicy,
    per_variant,
)

__all__ = ["LIFECYCLE", "InboundDelivery", "InboundState"]


class InboundState(StrEnum):
    """Expected: nothing has come yet. Partly received: the rest is to come. Received: all has come. Closed: the rest
    will not come. Cancelled: nothing will."""

    EXPECTED = "expected"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_OPEN = (InboundState.EXPECTED, InboundState.PARTLY_RECEIVED)

LIFECYCLE = Lifecycle(
    "inbound delivery",
    InboundState.EXPECTED,
    {
        "reschedule": move(InboundState.EXPECTED, to=InboundState.EXPECTED),
        "reschedule_rest": move(InboundState.PARTLY_RECEIVED, to=InboundState.PARTLY_RECEIVED),
        "receive_part": move(*_OPEN, to=InboundState.PARTLY_RECEIVED),
        "receive": move(*_OPEN, to=InboundState.RECEIVED),
        "close": move(*_OPEN, to=InboundState.CLOSED),
        "cancel": move(InboundState.EXPECTED, to=InboundState.CANCELLED),
    },
)


@frozen(kw_only=True)
class InboundDelivery(Aggregate):
    """Goods on their way from a supplier. ``totals`` has one line for each variant that was ordered or has come: the
    checked running totals of ``entries``, the ledger of the receipts.
    """

    id: InboundId
    source: str
    location: LocationId
    totals: tuple[InboundTotal, ...]
    expected_at: Instant
    state: InboundState
    entries: tuple[InboundEntry, ...] = ()

    @classmethod
    def expect(
        cls, id: InboundId, source: str, location: LocationId, lines: Iterable[InboundLine], expected_at: Instant
    ) -> Self:
        """Units are on order."""
        totals = tuple(InboundTotal(variant, units) for variant, units in per_variant(lines).items())
        new = cls(
            id=id,
            source=source,
            location=location,
            totals=totals,
            expected_at=expected_at,
            state=LIFECYCLE.initial,
        )
        return new.telling(InboundExpected(id, source, location, new.missing, expected_at))

    @property
    def is_open(self) -> bool:
        """Whether anything is still to come."""
        return self.state in _OPEN

    @property
    def missing(self) -> tuple[InboundLine, ...]:
        """What was ordered and has not come, whether it is still to come or not."""
        return tuple(InboundLine(each.variant, each.outstanding) for each in self.totals if each.outstanding)

    @property
    def outstanding(self) -> tuple[Outstanding, ...]:
        """What is still to come."""
        return tuple(
            Outstanding(line.variant, self.location, line.quantity, self.expected_at, self.id)
            for line in (self.missing if self.is_open else ())
        )

    def reschedule(self, expected_at: Instant) -> Self:
        """What is outstanding comes at another time."""
        verb = "reschedule_rest" if self.state is InboundState.PARTLY_RECEIVED else "reschedule"
        state = LIFECYCLE.after(verb, self.state)
        if expected_at == self.expected_at:
            return self
        return self.telling(
            InboundRescheduled(self.id, self.location, expected_at, self.expected_at),
            state=state,
            expected_at=expected_at,
        )

    def receive(self, lines: tuple[ArrivedLine, ...], reference: str, at: Instant, policy: SupplyPolicy) -> Self:
        """This is actually there; the same under the same reference changes nothing.

        Raises ``ReceivedOtherwise``, ``MoreThanWasOrdered``, and ``Invalid`` for more units of a variant than can be.
        """
        if reference and (known := self.received_under(reference)):
            if Counter(known) != Counter(lines):
                raise ReceivedOtherwise(self.id, reference)
            return self
        LIFECYCLE.after("receive", self.state)
        totals = self._with(lines, policy)
        complete = not any(each.outstanding for each in totals)
        arrived = {line.variant for line in lines}
        differences = tuple(
            Difference(each.variant, each.ordered, each.arrived)
            for each in totals
            if each.variant in arrived and each.surplus
        )
        entries = [
            InboundEntry(len(self.entries) + line, line, what, reference, at) for line, what in enumerate(lines, 1)
        ]
        return self.telling(
            InboundReceived(self.id, self.location, lines, reference, differences, complete),
            totals=totals,
            entries=(*self.entries, *entries),
            state=LIFECYCLE.after("receive" if complete else "receive_part", self.state),
        )

    def received_under(self, reference: str) -> tuple[ArrivedLine, ...]:
        """What was received under a reference."""
        return tuple(entry.arrived for entry in self.entries if entry.reference == reference)

    def close(self, reason: str) -> Self:
        """The rest will not come."""
        state = LIFECYCLE.after("close", self.state)
        return self.telling(InboundClosed(self.id, self.location, self.missing, reason), state=state)

    def cancel(self, reason: str) -> Self:
        """Nothing has come, and nothing will."""
        state = LIFECYCLE.after("cancel", self.state)
        return self.telling(InboundCancelled(self.id, self.location, reason), state=state)

    def _with(self, lines: Iterable[ArrivedLine], policy: SupplyPolicy) -> tuple[InboundTotal, ...]:
        """The totals once this has come."""
        totals: dict[VariantId, InboundTotal] = {each.variant: each for each in self.totals}
        for line in lines:
            known = totals.get(line.variant) or InboundTotal(line.variant, 0)
            now = evolve(known, received=known.received + line.quantity, damaged=known.damaged + line.damaged)
            if now.arrived > MAX_QUANTITY:
                raise Invalid("lines", now.arrived, f"at most {MAX_QUANTITY} units of {line.variant}")
            totals[line.variant] = now
        if not policy.takes_more:
            before = {each.variant: each for each in self.totals}
            for now in totals.values():
                known = before.get(now.variant) or InboundTotal(now.variant, 0)
                if now.surplus > known.surplus:
                    came = now.arrived - known.arrived
                    raise MoreThanWasOrdered(self.id, now.variant, known.outstanding, came)
        return tuple(totals.values())
