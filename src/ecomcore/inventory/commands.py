"""What the inventory can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.inventory.values import ReservedLine, StockLine
from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.quantity import a_change, a_page, a_rank
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple

__all__ = [
    "MOST_LINES",
    "ConsumeStock",
    "CorrectStock",
    "ExpireReservations",
    "KeepStock",
    "OpenLocation",
    "ReceiveStock",
    "ReleasePart",
    "ReleaseStock",
    "ReserveMore",
    "ReserveStock",
]

MOST_LINES = 10_000
"""Lines of one receipt or reservation."""

RESERVE = Permission("inventory.reserve", Who.SYSTEM)


@frozen
class OpenLocation(Command[LocationId]):
    """Open a place where stock can lie. Lower ``priority`` is asked first. Answers with its id."""

    permission = Permission("inventory.open_location", Who.STAFF)
    name: str = field(validator=a_text())
    priority: int = field(default=100, validator=a_rank)
    id: LocationId | None = field(default=None, validator=an_optional_id)


@frozen
class ReceiveStock(Command[None]):
    """Units arrive at a location; ``reference`` names the delivery. All lines or none.

    Lines name variants by id, not by SKU. The inventory does not know the catalogue: units of an id that no variant
    has are kept, and nobody can buy them.
    """

    permission = Permission("inventory.receive", Who.STAFF)
    location: LocationId = field(validator=an_id)
    lines: tuple[StockLine, ...] = field(converter=as_tuple, validator=a_list_of(StockLine, MOST_LINES))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class CorrectStock(Command[None]):
    """Set the books right by so many units, up or down, with the reason."""

    permission = Permission("inventory.correct", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_change)
    reason: str = field(validator=a_text())


@frozen
class ReserveStock(Command[None]):
    """Set units aside for a source, all lines or none, until ``expires_at`` or without end.

    Takes from the named location only, or from all locations in the order of their priority. Asked again for the
    same source it changes nothing. Raises ``OutOfStock``, and ``ReservationClosed`` for a source whose reservation has
    ended.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    lines: tuple[StockLine, ...] = field(converter=as_tuple, validator=a_list_of(StockLine, MOST_LINES))
    location: LocationId | None = field(default=None, validator=an_optional_id)
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)


@frozen
class ReserveMore(Command[None]):
    """Set more units aside for a source whose reservation is open, all lines or none.

    They are taken as ``ReserveStock`` takes them. It is no wish for a total: asked again, it sets as many aside again,
    so it belongs into the unit of work that decides it, such as the edit of an order. Raises ``OutOfStock``, and
    ``ReservationClosed`` when the reservation has ended.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    lines: tuple[StockLine, ...] = field(converter=as_tuple, validator=a_list_of(StockLine, MOST_LINES))
    location: LocationId | None = field(default=None, validator=an_optional_id)


@frozen
class KeepStock(Command[None]):
    """The source's reservation holds until then, or without an end. Raises ``Conflict`` when it has ended meanwhile."""

    permission = RESERVE
    source: str = field(validator=an_id)
    until: Instant | None = field(default=None, validator=an_optional_instant)


@frozen
class ReleasePart(Command[None]):
    """Some of the source's units become available again, all lines or none: those that were set aside last.

    So the location that was asked first keeps its units. Like ``ReserveMore`` it does again what it is asked again.
    Raises ``NotSetAside``, and ``ReservationClosed`` when the reservation has ended.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    lines: tuple[StockLine, ...] = field(converter=as_tuple, validator=a_list_of(StockLine, MOST_LINES))


@frozen
class ReleaseStock(Command[None]):
    """The source's units become available again. Does nothing when there is no open reservation."""

    permission = RESERVE
    source: str = field(validator=an_id)


@frozen
class ConsumeStock(Command[None]):
    """The source's units leave the house under a reference: these lines, or all that is still set aside.

    Does nothing when units have left under the reference before, or when all have left and no lines are named. Raises
    ``NotSetAside``, and ``ReservationClosed`` when the reservation has ended otherwise.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    reference: str = field(validator=an_id)
    lines: tuple[ReservedLine, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(ReservedLine, MOST_LINES, 0)
    )


@frozen
class ExpireReservations(Command[int]):
    """Let go of what was set aside and not claimed in time, oldest first. Answers with how many reservations ended."""

    permission = Permission("inventory.expire", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)
