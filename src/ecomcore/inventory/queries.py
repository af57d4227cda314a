"""What the inventory can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.inventory.lots import LONGEST_CODE, Lot
from ecomcore.inventory.months import MonthLine
from ecomcore.inventory.ports import TracedMovement
from ecomcore.inventory.reservation import ReservationState
from ecomcore.inventory.values import (
    Grade,
    Level,
    Movement,
    Purpose,
    ReservationEntry,
    ReservedLine,
    StockLine,
    a_source,
    a_span_of_days,
    an_item_id,
)
from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.place import Place
from ecomcore.kernel.quantity import a_count, a_page, a_rank
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_id_list, an_optional_id, as_tuple, instance_of, optional

__all__ = [
    "Availability",
    "DeadStock",
    "ExpiringLot",
    "ExplainSourcing",
    "GetAvailability",
    "GetPromise",
    "GetReservation",
    "ListDeadStock",
    "ListExpiringLots",
    "ListLocationStock",
    "ListMovements",
    "ListReservations",
    "ListStock",
    "ListStockMonth",
    "Promise",
    "ReservationView",
    "SourcingView",
    "StockView",
    "TraceLot",
]

VIEW = Permission("inventory.view", Who.STAFF)


@frozen
class Availability:
    """How many units of a variant can be ordered now, over all locations; of a bundle, how many whole ones."""

    variant: VariantId
    available: int


@frozen
class StockView:
    """A variant at a location, as staff see it.

    ``available``: can be set aside now; below zero, more is promised than can be kept. ``incoming``: to be delivered;
    ``in_transit``: on its way from another location; ``expired``: on hand, and good no longer.
    """

    variant: VariantId
    location: LocationId
    on_hand: int
    reserved: int
    available: int
    damaged: int = 0
    incoming: int = 0
    in_transit: int = 0
    buffer: int = 0
    expired: int = 0
    short: int = 0
    level: Level = Level.PLENTY
    grade: Grade | None = None
    stripes: int = 0
    lots: tuple[Lot, ...] = ()


@frozen
class Promise:
    """From when how many units can be had, until the next line of the variant; nothing for ``at``: now."""

    variant: VariantId
    at: Instant | None
    available: int


@frozen
class ReservationView:
    """What is set aside for a source, and what became of it.

    ``promised_at``: the latest day that was promised for units that were not there when they were set aside; nothing
    where all were, or where nobody knew.
    """

    id: ReservationId
    purpose: Purpose
    state: ReservationState
    expires_at: Instant | None
    lines: tuple[ReservedLine, ...]
    entries: tuple[ReservationEntry, ...]
    promised_at: Instant | None = None


@frozen
class SourcingView:
    """From where the goods would come, and why: a line for each location."""

    lines: tuple[ReservedLine, ...]
    missing: tuple[StockLine, ...]
    rule: str
    explained: tuple[str, ...]


@frozen
class ExpiringLot:
    """A lot with units on hand that are soon good no longer."""

    variant: VariantId
    location: LocationId
    lot: Lot


@frozen
class DeadStock:
    """Units that nobody has bought since then."""

    variant: VariantId
    location: LocationId
    on_hand: int
    since: Instant


@frozen
class GetAvailability(Query[tuple[Availability, ...]]):
    """How many units of each variant can be ordered now; a variant without stock has none.

    The ``channel`` is that of whoever asks where none is named.
    """

    permission = Permission("inventory.availability", Who.ANYONE)
    variants: tuple[VariantId, ...] = field(converter=as_tuple, validator=an_id_list)
    channel: str | None = field(default=None, validator=an_optional_id)


@frozen
class GetPromise(Query[tuple[Promise, ...]]):
    """From when how many units of each variant can be promised: a line for now, and one for each date that changes it.

    Never more than the facts allow: what is promised already is served first, lots that will have expired do not count,
    pre-orders count from their release, back-orders not at all. A delivery that is late is not promised until it has
    come or has a new date. The ``channel`` is that of whoever asks where none is named.
    """

    permission = Permission("inventory.promise", Who.ANYONE)
    variants: tuple[VariantId, ...] = field(converter=as_tuple, validator=an_id_list)
    channel: str | None = field(default=None, validator=an_optional_id)
    until: Instant | None = field(default=None, validator=an_optional_instant)


@frozen
class ExplainSourcing(Query[SourcingView]):
    """From where these lines would be sent now, and why; in the channel of whoever asks where none is named."""

    permission = Permission("inventory.explain_sourcing", Who.STAFF)
    lines: tuple[StockLine, ...] = field(converter=as_tuple, validator=a_list_of(StockLine, 1_000))
    channel: str | None = field(default=None, validator=an_optional_id)
    destination: Place | None = field(default=None, validator=optional(instance_of(Place)))
    location: LocationId | None = field(default=None, validator=an_optional_id)


@frozen
class ListStock(Query[tuple[StockView, ...]]):
    """The stock of these variants at each location, those included where nothing is yet and units are to come."""

    permission = VIEW
    variants: tuple[VariantId, ...] = field(converter=as_tuple, validator=an_id_list)


@frozen
class ListLocationStock(Query[tuple[StockView, ...]]):
    """The stock at a location in the order of the variants, from the one after this."""

    permission = VIEW
    location: LocationId = field(validator=an_id)
    after: VariantId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListMovements(Query[tuple[Movement, ...]]):
    """The ledger of a variant at a location, in order, from the entry after the given number."""

    permission = VIEW
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)


@frozen
class TraceLot(Query[tuple[TracedMovement, ...]]):
    """Where the units of a lot, or the one of a serial number, came from and went, in the order of time."""

    permission = VIEW
    variant: VariantId = field(validator=an_id)
    lot: str = field(validator=a_text(LONGEST_CODE))
    limit: int = field(default=100, validator=a_page)


@frozen
class GetReservation(Query[ReservationView]):
    """What is set aside for a source, such as an order."""

    permission = VIEW
    source: str = field(validator=a_source)


@frozen
class ListReservations(Query[tuple[ReservationView, ...]]):
    """Who has units of a variant at a location set aside, from the one after this."""

    permission = VIEW
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    after: ReservationId | None = field(default=None, validator=optional(a_source))
    limit: int = field(default=100, validator=a_page)


@frozen
class ListExpiringLots(Query[tuple[ExpiringLot, ...]]):
    """Lots with units on hand whose time runs out within so many days, expired ones included."""

    permission = VIEW
    days: int = field(default=14, validator=a_rank)
    after_item: StockItemId | None = field(default=None, validator=an_item_id)
    after_lot: str = field(default="", validator=a_text(LONGEST_CODE, empty=True))
    limit: int = field(default=100, validator=a_page)


@frozen
class ListDeadStock(Query[tuple[DeadStock, ...]]):
    """Items of which nothing was sold for so many days, from the one after this."""

    permission = VIEW
    days: int = field(default=180, validator=a_span_of_days)
    after: StockItemId | None = field(default=None, validator=an_item_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListStockMonth(Query[tuple[MonthLine, ...]]):
    """What was on hand at the end of a closed month (``YYYY-MM``), from the item after this. Raises ``NotFound``."""

    permission = VIEW
    month: str = field(validator=a_text(7))
    after: StockItemId | None = field(default=None, validator=an_item_id)
    limit: int = field(default=100, validator=a_page)
