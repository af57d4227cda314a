"""What the supply can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import an_id, an_optional_id, instance_of
from ecomcore.supply.inbound_delivery import InboundState
from ecomcore.supply.values import InboundEntry, InboundTotal

__all__ = ["GetInbound", "InboundSummary", "InboundView", "ListInbound"]

VIEW = Permission("supply.view", Who.STAFF)


@frozen(kw_only=True)
class InboundView:
    """A delivery as staff see it. ``receipts`` is all that has come, line by line, in the order in which it did."""

    id: InboundId
    source: str
    location: LocationId
    state: InboundState
    expected_at: Instant
    totals: tuple[InboundTotal, ...]
    receipts: tuple[InboundEntry, ...]
    overdue: bool


@frozen(kw_only=True)
class InboundSummary:
    """An open delivery in a list: how many units of how many variants are ``outstanding`` of those ``ordered``."""

    id: InboundId
    source: str
    location: LocationId
    state: InboundState
    expected_at: Instant
    variants: int
    ordered: int
    outstanding: int
    overdue: bool


@frozen
class GetInbound(Query[InboundView]):
    """One delivery."""

    permission = VIEW
    inbound: InboundId = field(validator=an_id)


@frozen
class ListInbound(Query[tuple[InboundSummary, ...]]):
    """The open deliveries, oldest first: to a location, with outstanding units of a variant, or only those that are
    ``overdue``. Page on with the last id.
    """

    permission = VIEW
    location: LocationId | None = field(default=None, validator=an_optional_id)
    variant: VariantId | None = field(default=None, validator=an_optional_id)
    overdue: bool = field(default=False, validator=instance_of(bool))
    after: InboundId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
