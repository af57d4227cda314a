"""The use cases of counting: load, decide, save. A count is locked before the board of its location."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import evolve

from ecomcore.counting.board import CountBoard
from ecomcore.counting.commands import ApproveCount, CancelCount, FinishCount, RecordCount, RejectCount, StartCount
from ecomcore.counting.errors import NothingToCount
from ecomcore.counting.items import CountedItem
from ecomcore.counting.ports import CountBoards, StockCounts, Stocks
from ecomcore.counting.queries import (
    SEE_EXPECTED,
    CountedLineView,
    CountFilter,
    CountSummary,
    CountView,
    GetCount,
    ListCountEntries,
    ListCounts,
    ListDueCounts,
)
from ecomcore.counting.stock_count import CountState, StockCount
from ecomcore.counting.values import AbcGrade, Books, CountEntry, CountingPolicy, CountKind, DueItem
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, NotFound
from ecomcore.kernel.ids import Ids, LocationId, StockCountId, VariantId
from ecomcore.kernel.messages import Envelope, Staff
from ecomcore.kernel.text import LONGEST_ID_LIST

_ANY_GRADE: tuple[AbcGrade | None, ...] = (*AbcGrade, None)


def start_count(
    command: StartCount,
    stock_counts: StockCounts,
    count_boards: CountBoards,
    stocks: Stocks,
    policy: CountingPolicy,
    clock: Clock,
    ids: Ids,
    envelope: Envelope,
) -> StockCountId:
    if not stocks.knows(command.location):
        raise NotFound("Location", command.location)
    id_, at = command.id or StockCountId(ids.new()), clock.now()
    if stock_counts.find(id_):
        raise AlreadyExists("stock count", "id", id_)
    board = count_boards.find(command.location, lock=True) or CountBoard.empty(command.location)
    variants = command.variants
    stocks.check(variants)
    if command.grade is not None:
        due = _due(command.location, _counted_like(command.grade), board, stocks, policy, at)
        variants = tuple(item.variant for item in due[:LONGEST_ID_LIST])
        if not variants:
            raise NothingToCount(command.location, command.grade)
    count_boards.save(board.put(id_, variants))
    stock_counts.save(
        StockCount.start(
            id_,
            command.location,
            command.kind,
            _by(envelope),
            at,
            variants=variants,
            grade=command.grade,
            blind=command.blind,
        )
    )
    return id_


def record_count(
    command: RecordCount,
    stock_counts: StockCounts,
    stocks: Stocks,
    policy: CountingPolicy,
    clock: Clock,
    envelope: Envelope,
) -> tuple[CountedItem, ...]:
    count = stock_counts.get(command.count, lock=True)
    books = _books_of_lines(command, count.location, stocks)
    recorded = count.record(command.lines, books, _by(envelope), clock.now(), policy)
    stocks.check({line.variant for line in command.lines if line.counted} - books.keys())
    stock_counts.save(recorded)
    said = {line.item for line in command.lines}
    return tuple(item for item in recorded.doubted if item in said)


def finish_count(
    command: FinishCount,
    stock_counts: StockCounts,
    count_boards: CountBoards,
    stocks: Stocks,
    policy: CountingPolicy,
    clock: Clock,
    envelope: Envelope,
) -> CountState:
    count = stock_counts.get(command.count, lock=True)
    books = _books_of(count, stocks)
    finished = count.finish(books, _by(envelope), clock.now(), policy, rest_is_zero=command.rest_is_zero)
    _save(finished, stock_counts, count_boards)
    return finished.state


def approve_count(
    command: ApproveCount, stock_counts: StockCounts, count_boards: CountBoards, clock: Clock, envelope: Envelope
) -> None:
    count = stock_counts.get(command.count, lock=True)
    _save(count.approve(_by(envelope), clock.now()), stock_counts, count_boards)


def reject_count(
    command: RejectCount, stock_counts: StockCounts, count_boards: CountBoards, clock: Clock, envelope: Envelope
) -> None:
    count = stock_counts.get(command.count, lock=True)
    _save(count.reject(command.reason, _by(envelope), clock.now()), stock_counts, count_boards)


def cancel_count(
    command: CancelCount, stock_counts: StockCounts, count_boards: CountBoards, clock: Clock, envelope: Envelope
) -> None:
    count = stock_counts.get(command.count, lock=True)
    _save(count.cancel(command.reason, _by(envelope), clock.now()), stock_counts, count_boards)


def get_count(query: GetCount, stock_counts: StockCounts, envelope: Envelope) -> CountView:
    count = stock_counts.get(query.count)
    open_ = _may_see(count, envelope)
    lines = count.lines[query.skip : query.skip + query.limit]
    return CountView(
        summary_of(count), count.variants, _views(lines, _by(envelope), open_=open_), count.off if open_ else None
    )


def list_count_entries(
    query: ListCountEntries, stock_counts: StockCounts, envelope: Envelope
) -> tuple[CountedLineView, ...]:
    count = stock_counts.get(query.count)
    entries = count.entries[query.after : query.after + query.limit]
    return _views(entries, _by(envelope), open_=_may_see(count, envelope))


def list_counts(query: ListCounts, stock_counts: StockCounts) -> tuple[CountSummary, ...]:
    return tuple(stock_counts.listed(CountFilter(query.location, query.state), query.before, query.limit))


def list_due_counts(
    query: ListDueCounts, count_boards: CountBoards, stocks: Stocks, policy: CountingPolicy, clock: Clock
) -> tuple[DueItem, ...]:
    if not stocks.knows(query.location):
        raise NotFound("Location", query.location)
    board = count_boards.find(query.location) or CountBoard.empty(query.location)
    return tuple(_due(query.location, _ANY_GRADE, board, stocks, policy, clock.now())[: query.limit])


def summary_of(count: StockCount) -> CountSummary:
    """The count as it is listed."""
    return CountSummary(
        id=count.id,
        location=count.location,
        kind=count.kind,
        grade=count.grade,
        blind=count.blind,
        state=count.state,
        lines=len(count.lines),
        doubted=len(count.doubted),
        started_at=count.started_at,
        started_by=count.started_by,
        ended_at=count.ended_at,
        ended_by=count.ended_by,
        reason=count.reason,
    )


def _due(
    location: LocationId,
    grades: Iterable[AbcGrade | None],
    board: CountBoard,
    stocks: Stocks,
    policy: CountingPolicy,
    now: Instant,
) -> Sequence[DueItem]:
    """What is due, the longest overdue first, without what is being counted."""
    found = stocks.due(location, {grade: now - policy.interval(grade) for grade in grades})
    free = frozenset(board.without_what_is_counted(item.variant for item in found))
    due = [
        DueItem(
            item.variant,
            item.grade,
            item.counted_at,
            None if item.counted_at is None else item.counted_at + policy.interval(item.grade),
        )
        for item in found
        if item.variant in free
    ]
    return sorted(due, key=_urgency)


def _urgency(item: DueItem) -> tuple[float, str, VariantId]:
    """What was never counted comes first, by grade."""
    return item.due_at.timestamp() if item.due_at else float("-inf"), item.grade or "z", item.variant


def _books_of_lines(command: RecordCount, location: LocationId, stocks: Stocks) -> Mapping[VariantId, Books]:
    """What the books say of what is there; of what they do not have, whether it can be there."""
    books = stocks.expected(location, {line.variant for line in command.lines})
    found = [line for line in command.lines if line.counted]
    more = {
        line.variant for line in found if (known := books.get(line.variant)) and known.single and not known.has(line)
    }
    away = stocks.elsewhere(location, more) if more else {}
    return {**books, **{variant: evolve(books[variant], elsewhere=serials) for variant, serials in away.items()}}


def _counted_like(grade: AbcGrade) -> tuple[AbcGrade | None, ...]:
    """The grades that are counted as often: what has none is counted like C."""
    return (grade, None) if grade is AbcGrade.C else (grade,)


def _books_of(count: StockCount, stocks: Stocks) -> Collection[Books]:
    """What the books say of all that the count is about."""
    if count.kind is CountKind.FULL:
        return stocks.on_the_books(count.location)
    known = stocks.expected(count.location, count.variants)
    return [known.get(variant) or Books(variant) for variant in count.variants]


def _save(count: StockCount, stock_counts: StockCounts, count_boards: CountBoards) -> None:
    """The count, and the board without it once it has ended."""
    stock_counts.save(count)
    if not count.is_under_way:
        count_boards.save(count_boards.get(count.location, lock=True).take_off(count.id))


def _by(envelope: Envelope) -> str:
    """Who counts: a member of staff, or the shop itself on somebody's request."""
    actor = envelope.actor
    return actor.scope if isinstance(actor, Staff) else envelope.origin or actor.scope


def _may_see(count: StockCount, envelope: Envelope) -> bool:
    return not count.is_sealed or envelope.actor.holds(SEE_EXPECTED)


def _views(entries: Iterable[CountEntry], by: str, *, open_: bool) -> tuple[CountedLineView, ...]:
    return tuple(
        CountedLineView(
            entry.number,
            entry.kind,
            entry.variant,
            entry.lot,
            entry.counted if open_ or entry.by == by else None,
            entry.expected if open_ else None,
            entry.difference if open_ else None,
            entry.by,
            entry.at,
        )
        for entry in entries
    )
