"""What counting can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.counting.stock_count import CountState
from ecomcore.counting.values import AbcGrade, CountEntryKind, CountKind, DueItem
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import an_id, an_optional_id, instance_of, optional

__all__ = [
    "SEE_EXPECTED",
    "CountFilter",
    "CountSummary",
    "CountView",
    "CountedLineView",
    "GetCount",
    "ListCountEntries",
    "ListCounts",
    "ListDueCounts",
]

VIEW = Permission("counting.view", Who.STAFF)

SEE_EXPECTED = Permission("counting.see_expected", Who.STAFF)
"""Who may see what the books expect, and what others have counted, while a blind count is still open."""


@frozen(kw_only=True)
class CountSummary:
    """A count in a list. ``lines`` were counted, ``doubted`` of them wait for a recount."""

    id: StockCountId
    location: LocationId
    kind: CountKind
    grade: AbcGrade | None
    blind: bool
    state: CountState
    lines: int
    doubted: int
    started_at: Instant
    started_by: str
    ended_at: Instant | None
    ended_by: str | None
    reason: str


@frozen
class CountedLineView:
    """What was counted of an item, or is one entry of the count's history. ``number`` is that of the entry.

    ``expected`` and ``difference`` are nothing as long as they are kept from the one who asks; so is what somebody
    else has ``counted``.
    """

    number: int
    kind: CountEntryKind
    variant: VariantId
    lot: str
    counted: int | None
    expected: int | None
    difference: int | None
    by: str
    at: Instant


@frozen
class CountView:
    """A count, what it is about (nothing named: everything at the location), and a page of what was counted.

    ``off`` is how many units differ in all, whichever way; nothing as long as it is kept from the one who asks.
    """

    summary: CountSummary
    variants: tuple[VariantId, ...]
    lines: tuple[CountedLineView, ...]
    off: int | None


@frozen
class CountFilter:
    """Which counts are wanted; nothing means any."""

    location: LocationId | None = None
    state: CountState | None = None


@frozen
class GetCount(Query[CountView]):
    """One count and its lines, in the order in which they were counted first, without the first ``skip`` of them.

    Of a blind count that is not finished nobody sees what the books expect or others have counted, but with
    ``counting.see_expected``.
    """

    permission = VIEW
    count: StockCountId = field(validator=an_id)
    skip: int = field(default=0, validator=a_count)
    limit: int = field(default=1_000, validator=a_page)


@frozen
class ListCountEntries(Query[tuple[CountedLineView, ...]]):
    """All that was ever said in a count, corrected or not, in order, from the entry after this number."""

    permission = VIEW
    count: StockCountId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListCounts(Query[tuple[CountSummary, ...]]):
    """Counts, latest first; page on with the last id."""

    permission = Permission("counting.list", Who.STAFF)
    location: LocationId | None = field(default=None, validator=an_optional_id)
    state: CountState | None = field(default=None, validator=optional(instance_of(CountState)))
    before: StockCountId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListDueCounts(Query[tuple[DueItem, ...]]):
    """What is to be counted at a location, the longest overdue first; without what is being counted now."""

    permission = Permission("counting.list_due", Who.STAFF)
    location: LocationId = field(validator=an_id)
    limit: int = field(default=100, validator=a_page)
