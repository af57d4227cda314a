"""The values of queues and of wishes, and what a shop decides about them."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import LONGEST_DURATION
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import MemberId, VariantId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import Personal, instance_of

__all__ = ["QueuePolicy", "TicketState", "WishPolicy", "WishState", "WishSum", "a_hold", "person_of"]


class TicketState(StrEnum):
    """Waiting: in the line. Offered: units are set aside for it. Taken: an order has them. Lapsed: nobody came for
    them in time. Left: its owner does not want to wait any more.
    """

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    LAPSED = "lapsed"
    LEFT = "left"


class WishState(StrEnum):
    """Open: still to be told. Told: it was said that units are back. Withdrawn: nobody wants to know any more."""

    OPEN = "open"
    TOLD = "told"
    WITHDRAWN = "withdrawn"


_SECOND: Final = timedelta(seconds=1)


def a_hold(_: object, attribute: Attribute[Any], value: object) -> None:
    """Validate how long an offer holds: a ``timedelta`` of whole seconds, one at least."""
    if not isinstance(value, timedelta) or not _SECOND <= value <= LONGEST_DURATION or value.microseconds:
        raise Invalid(attribute.name, value, f"a timedelta of whole seconds, 1 second to {LONGEST_DURATION.days} days")


@frozen
class QueuePolicy:
    """The shop's choices about queues.

    ``overtaking``: whether who wants less than is there may be served before who came earlier and wants more.
    ``longest_hold``: how long an offer may hold at most. ``most_units``: how many units one ticket may wait for; with
    strict order one ticket that wants too many holds up all that are behind it.
    """

    overtaking: bool = field(default=False, validator=instance_of(bool))
    longest_hold: timedelta = field(default=timedelta(days=1), validator=a_hold)
    most_units: int = field(default=10, validator=a_quantity)


@frozen
class WishPolicy:
    """The shop's choices about wishes.

    ``per_unit``: how many wished units are told of each unit that can be had. ``time_to_come``: so long those who were
    told are waited for; what is still there then is told to those who wished next.
    """

    per_unit: int = field(default=3, validator=a_quantity)
    time_to_come: timedelta = field(default=timedelta(days=1), validator=a_hold)


@frozen
class WishSum:
    """Wishes for a variant in a channel: how many ``units`` they want together, and the ``least`` that one wants."""

    variant: VariantId
    channel: str
    units: int
    least: int


def person_of(member: MemberId | None, email: Personal | None) -> str:
    """What stands for a person: the member, or an e-mail address however it is written, without showing it."""
    if member is not None:
        return Member(member).owner
    if email is None:
        return ""
    normal = unicodedata.normalize("NFKC", email.value).strip().casefold()
    return "mail:" + hashlib.sha256(normal.encode()).hexdigest()[:48]
