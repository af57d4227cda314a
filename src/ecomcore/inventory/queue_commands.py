"""What queues and wishes can be asked to do."""

from __future__ import annotations

from datetime import timedelta

from attrs import field, frozen

from ecomcore.inventory.queue_values import a_hold
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, MemberId, QueueTicketId, VariantId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.quantity import a_page, a_quantity
from ecomcore.kernel.text import (
    LONGEST_ID,
    LONGEST_ID_LIST,
    Personal,
    a_list_of,
    a_text,
    an_id,
    an_optional_id,
    as_tuple,
    instance_of,
    optional,
)

__all__ = [
    "MOST_TOLD",
    "AskForStock",
    "EraseWishes",
    "JoinQueue",
    "LapseOffer",
    "LeaveQueue",
    "ServeQueue",
    "TakeOffer",
    "TellWishes",
    "WithdrawWish",
]

MOST_TOLD = 1_000
"""Wishes told at once."""

_SERVE = Permission("inventory.serve_queue", Who.SYSTEM)
_WISH = Permission("inventory.wish", Who.OWNER)

_a_channel = a_text(LONGEST_ID, empty=True)
_an_optional_address = optional(instance_of(Personal))


@frozen
class JoinQueue(Command[QueueTicketId]):
    """Wait in line for units of a variant that is sold in the order of a queue. Answers with the ticket.

    ``source`` names what it is for, such as a cart: while its ticket waits or has an offer, asked again for the same
    source and variant it answers with that one and changes nothing. Units are offered for ``hold_for`` once it is
    their turn. The ``channel`` is that of the envelope where none is named. Staff name the ``member`` it is for, or
    nobody whom the shop knows.

    Raises ``NotQueued``, ``TooManyWanted``, and ``Invalid`` for a longer hold than the shop allows.
    """

    permission = Permission("inventory.join_queue", Who.OWNER)
    source: str = field(validator=an_id)
    variant: VariantId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    channel: str = field(default="", validator=_a_channel)
    location: LocationId | None = field(default=None, validator=an_optional_id)
    hold_for: timedelta = field(default=timedelta(minutes=15), validator=a_hold)
    member: MemberId | None = field(default=None, validator=an_optional_id)


@frozen
class LeaveQueue(Command[None]):
    """Do not wait any more; offered units are given back. Twice is once. Raises ``IllegalTransition`` once it ended."""

    permission = Permission("inventory.leave_queue", Who.OWNER)
    ticket: QueueTicketId = field(validator=an_id)


@frozen
class ServeQueue(Command[int]):
    """Offer what is available to the heads of these lines, or of all, in their order, to ``limit`` of each at most.

    Answers with how many tickets were offered units.
    """

    permission = _SERVE
    variants: tuple[VariantId, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(str, LONGEST_ID_LIST, 0)
    )
    limit: int = field(default=100, validator=a_page)


@frozen
class TakeOffer(Command[None]):
    """An order has the units that were offered to the ticket. Does nothing for a ticket that has ended."""

    permission = _SERVE
    ticket: QueueTicketId = field(validator=an_id)


@frozen
class LapseOffer(Command[None]):
    """Nobody came in time for the units that were offered. Does nothing for a ticket that has ended."""

    permission = _SERVE
    ticket: QueueTicketId = field(validator=an_id)


@frozen
class AskForStock(Command[None]):
    """Tell me when so many units of a variant, or bundles, can be had; each person once, until they are told.

    Members are told themselves; guests leave an ``email`` address; staff name either. Asked again it is about that
    many units. The ``channel`` is that of the envelope where none is named. It answers nothing: nobody learns whether
    an address has asked before. Raises ``NothingToWaitFor`` where the channel can have as many now.
    """

    permission = _WISH
    variant: VariantId = field(validator=an_id)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    email: Personal | None = field(default=None, validator=_an_optional_address)
    channel: str = field(default="", validator=_a_channel)
    quantity: int = field(default=1, validator=a_quantity)

    def __attrs_post_init__(self) -> None:
        _check_person(self)


@frozen
class WithdrawWish(Command[None]):
    """Do not tell me any more. Does nothing where nobody asked, or another guest did."""

    permission = _WISH
    variant: VariantId = field(validator=an_id)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    email: Personal | None = field(default=None, validator=_an_optional_address)

    def __attrs_post_init__(self) -> None:
        _check_person(self)


@frozen
class TellWishes(Command[int]):
    """Tell those who wished for a variant, or for any, and can have it now: the oldest first, by the ``WishPolicy``.

    A ``location`` says where units have just come back: nobody was told of those. At most ``limit`` wishes for each
    variant are told. Answers with how many were; the rest wait for the next time.
    """

    permission = Permission("inventory.tell_wishes", Who.SYSTEM)
    variant: VariantId | None = field(default=None, validator=an_optional_id)
    location: LocationId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=MOST_TOLD, validator=a_page)


@frozen
class EraseWishes(Command[int]):
    """Forget whose the wishes of a member or of an e-mail address were; open ones are withdrawn.

    Answers with how many were erased.
    """

    permission = Permission("inventory.erase_wishes", Who.STAFF)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    email: Personal | None = field(default=None, validator=_an_optional_address)

    def __attrs_post_init__(self) -> None:
        _check_person(self)
        if self.member is None and self.email is None:
            raise Invalid("member", None, "a member, or an e-mail address")


def _check_person(command: AskForStock | WithdrawWish | EraseWishes) -> None:
    if command.member is not None and command.email is not None:
        raise Invalid("email", command.email, "nothing where a member is named")
