"""What the inventory can be asked to set aside, to give back and to let go."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.inventory.commands import MOST_LINES
from ecomcore.inventory.lots import LotPick
from ecomcore.inventory.values import WITHHELD, MovementKind, Purpose, ReservedLine, StockLine
from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, OrderId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.place import Place
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple, instance_of, optional

__all__ = [
    "ConsumeStock",
    "ExpireReservations",
    "KeepStock",
    "ReleasePart",
    "ReleaseStock",
    "ReserveMore",
    "ReserveStock",
    "RestockOrder",
]

RESERVE = Permission("inventory.reserve", Who.SYSTEM)


def _refuse_names_of_what_is_withheld(source: str) -> None:
    if source.startswith(WITHHELD):
        raise Invalid("source", source, f"an id that does not begin with {WITHHELD}")


@frozen
class ReserveStock(Command[None]):
    """Set units aside for a source, all lines or none, until ``expires_at`` or without end.

    Takes from the named location only, buffer and all; or from the locations that serve the ``channel``, as the shop's
    sourcing rule chooses for the ``destination``. Of a bundle its components are set aside. Units of reservations whose
    time has run out are free, whether anybody has looked or not. To be moved (``Purpose.TRANSFER``) only units are set
    aside that lie there. ``instead_of`` names a queue ticket of the ``owner``, whose offer ends in favour of this
    reservation; an offer whose time has run out is worth nothing. Asked again for the same source it changes nothing,
    but if the time of what is set aside has run out and nobody has taken it, that holds as long as is asked now.

    Raises ``OutOfStock``, ``NotServed``, ``OthersAreWaiting``, ``NotFound`` for a ticket of somebody else, and
    ``ReservationClosed`` for a source whose reservation has ended.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    lines: tuple[StockLine, ...] = field(converter=as_tuple, validator=a_list_of(StockLine, MOST_LINES))
    location: LocationId | None = field(default=None, validator=an_optional_id)
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    purpose: Purpose = field(default=Purpose.ORDER, validator=instance_of(Purpose))
    channel: str = field(default="", validator=a_text(empty=True))
    destination: Place | None = field(default=None, validator=optional(instance_of(Place)))
    instead_of: str | None = field(default=None, validator=an_optional_id)
    owner: str = field(default="", repr=False, validator=a_text(empty=True))

    def __attrs_post_init__(self) -> None:
        if self.purpose is not Purpose.WITHHELD:
            _refuse_names_of_what_is_withheld(self.source)


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
    """The source's reservation holds until then, or without an end. Raises ``Conflict`` when it has ended meanwhile.

    One whose time has run out has not ended before somebody takes its units, or a job ends it: who pays late still has
    what nobody else wanted.

    In a shop that holds nothing for unpaid orders the ``lines`` are set aside now, as ``ReserveStock`` would; where
    they are not there any more, ``StockNotThere`` is told.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    until: Instant | None = field(default=None, validator=an_optional_instant)
    lines: tuple[StockLine, ...] = field(default=(), converter=as_tuple, validator=a_list_of(StockLine, MOST_LINES, 0))
    location: LocationId | None = field(default=None, validator=an_optional_id)
    channel: str = field(default="", validator=a_text(empty=True))

    def __attrs_post_init__(self) -> None:
        _refuse_names_of_what_is_withheld(self.source)


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


def _goes_out(_: object, attribute: Attribute[Any], value: object) -> None:
    if value not in (MovementKind.SALE, MovementKind.TRANSFER_OUT):
        raise Invalid(attribute.name, value, "sale or transfer_out")


@frozen
class ConsumeStock(Command[None]):
    """The source's units leave the house under a reference: these lines, or all that is still set aside.

    Of lots, the ``picks`` leave, and for the rest what expires first. Does nothing when units have left under the
    reference before, or when all have left and no lines are named. Raises ``NotSetAside``, ``NotOnHand`` (promised, and
    not there yet), ``NotReleased``, ``LotUnknown``, and ``ReservationClosed`` when the reservation has ended otherwise.
    """

    permission = RESERVE
    source: str = field(validator=an_id)
    reference: str = field(validator=an_id)
    lines: tuple[ReservedLine, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(ReservedLine, MOST_LINES, 0)
    )
    picks: tuple[LotPick, ...] = field(default=(), converter=as_tuple, validator=a_list_of(LotPick, MOST_LINES, 0))
    kind: MovementKind = field(default=MovementKind.SALE, validator=_goes_out)


@frozen
class RestockOrder(Command[None]):
    """What was withheld of a cancelled order can be bought again. Raises ``NotFound`` where nothing is withheld."""

    permission = Permission("inventory.restock", Who.STAFF)
    order: OrderId = field(validator=an_id)


@frozen
class ExpireReservations(Command[int]):
    """Let go of what was set aside and not claimed in time, oldest first. Answers with how many reservations ended."""

    permission = Permission("inventory.expire", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)
