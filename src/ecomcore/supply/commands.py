"""What the supply can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.ids import InboundId, LocationId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_optional_id, as_tuple
from ecomcore.supply.values import MOST_LINES, ArrivedLine, InboundLine

__all__ = ["CancelInbound", "CloseInbound", "ExpectInbound", "ReceiveInbound", "RescheduleInbound"]

PLAN = Permission("supply.plan", Who.STAFF)


@frozen
class ExpectInbound(Command[InboundId]):
    """Units are on order: ``source`` names the purchase order, of which there may be several deliveries.

    Answers with the delivery's id. Lines of the same variant are added up. Raises ``NotFound`` for an unknown location,
    and what the inventory refuses: bundles, whose components are ordered.
    """

    permission = PLAN
    source: str = field(validator=a_text())
    location: LocationId = field(validator=an_id)
    lines: tuple[InboundLine, ...] = field(converter=as_tuple, validator=a_list_of(InboundLine, MOST_LINES))
    expected_at: Instant = field(validator=an_instant)
    id: InboundId | None = field(default=None, validator=an_optional_id)


@frozen
class RescheduleInbound(Command[None]):
    """What is outstanding comes at another time. Raises ``IllegalTransition`` when nothing is."""

    permission = PLAN
    inbound: InboundId = field(validator=an_id)
    expected_at: Instant = field(validator=an_instant)


@frozen
class ReceiveInbound(Command[None]):
    """Take in what is actually there, all lines or none; it may be less than was ordered, more, or something else.

    What is more is taken in and told as a difference, unless the shop's policy refuses with ``MoreThanWasOrdered``.
    Under a ``reference`` the same lines are received once; other lines are refused with ``ReceivedOtherwise``.
    """

    permission = Permission("supply.receive", Who.STAFF)
    inbound: InboundId = field(validator=an_id)
    lines: tuple[ArrivedLine, ...] = field(converter=as_tuple, validator=a_list_of(ArrivedLine, MOST_LINES))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class CloseInbound(Command[None]):
    """The rest will not come: nothing is outstanding any more."""

    permission = PLAN
    inbound: InboundId = field(validator=an_id)
    reason: str = field(validator=a_text())


@frozen
class CancelInbound(Command[None]):
    """Call the delivery off before anything has come."""

    permission = PLAN
    inbound: InboundId = field(validator=an_id)
    reason: str = field(validator=a_text())
