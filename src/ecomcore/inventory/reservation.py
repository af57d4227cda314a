"""A reservation sets units aside for one source, such as an order. It is open until exactly one of three things
happens: the units leave the house (consumed), they are given back (released), or its time runs out (expired). Until
the order is confirmed it has an end in time; then it is kept, and no longer expires. It ends once; ending it again the
same way changes nothing, so a second cancellation or a repeated message cannot free the same units twice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.inventory.errors import ReservationClosed
from ecomcore.inventory.events import (
    ReservationExpired,
    StockConsumed,
    StockKept,
    StockReleased,
    StockReserved,
)
from ecomcore.inventory.values import ReservedLine
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import ReservationId
from ecomcore.kernel.lifecycle import Lifecycle, move

__all__ = ["LIFECYCLE", "Reservation", "ReservationState"]


class ReservationState(StrEnum):
    """Open: set aside. Consumed: it has left. Released: given back. Expired: nobody came in time."""

    OPEN = "open"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


LIFECYCLE = Lifecycle(
    "reservation",
    ReservationState.OPEN,
    {
        "consume": move(ReservationState.OPEN, to=ReservationState.CONSUMED),
        "release": move(ReservationState.OPEN, to=ReservationState.RELEASED),
        "expire": move(ReservationState.OPEN, to=ReservationState.EXPIRED),
    },
)


@frozen(kw_only=True)
class Reservation(Aggregate):
    """Units set aside for a source; one per source, under the source's own id."""

    id: ReservationId
    lines: tuple[ReservedLine, ...]
    state: ReservationState
    expires_at: Instant | None

    @classmethod
    def open(cls, source: str, lines: tuple[ReservedLine, ...], expires_at: Instant | None) -> Self:
        """Units are set aside for a source."""
        id_ = ReservationId(source)
        return cls(id=id_, lines=lines, state=LIFECYCLE.initial, expires_at=expires_at).telling(
            StockReserved(id_, source, lines, expires_at)
        )

    @property
    def is_open(self) -> bool:
        """Whether its units are still set aside."""
        return self.state is ReservationState.OPEN

    def keep(self, until: Instant | None = None) -> Self:
        """It expires then, or no longer at all. Raises ``ReservationClosed`` when it has ended."""
        if not self.is_open:
            raise ReservationClosed(self.id, self.state)
        if self.expires_at == until:
            return self
        return self.telling(StockKept(self.id, self.id, until), expires_at=until)

    def release(self) -> Self:
        """The units are given back."""
        return self.telling(StockReleased(self.id, self.id), state=LIFECYCLE.after("release", self.state))

    def consume(self) -> Self:
        """The units leave. Raises ``ReservationClosed`` when it has ended otherwise."""
        if not self.is_open:
            raise ReservationClosed(self.id, self.state)
        return self.telling(StockConsumed(self.id, self.id), state=LIFECYCLE.after("consume", self.state))

    def expire(self) -> Self:
        """Nobody came in time; the units are given back."""
        return self.telling(ReservationExpired(self.id, self.id), state=LIFECYCLE.after("expire", self.state))
