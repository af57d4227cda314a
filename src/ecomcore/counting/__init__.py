"""Stock counts: people say what they see on the shelf, and the books follow.

Ask:    StartCount, RecordCount, FinishCount, ApproveCount, RejectCount, CancelCount; GetCount, ListCountEntries,
        ListCounts, ListDueCounts.
Tells:  CountStarted, CountRecorded, RecountWanted, CountFinished, CountBooked, CountCancelled.
Refuses: AlreadyCounting, NothingToCount, NotInCount, WrongLot, SameCounter, RecountMissing, NotCounted, NothingCounted,
        CounterCannotApprove.
"""

from ecomcore.counting.audits import board_breaches, count_breaches
from ecomcore.counting.board import CountBoard, UnderCount
from ecomcore.counting.commands import (
    ApproveCount,
    CancelCount,
    FinishCount,
    RecordCount,
    RejectCount,
    StartCount,
)
from ecomcore.counting.errors import (
    AlreadyCounting,
    CounterCannotApprove,
    NotCounted,
    NothingCounted,
    NothingToCount,
    NotInCount,
    RecountMissing,
    SameCounter,
    WrongLot,
)
from ecomcore.counting.events import (
    CountBooked,
    CountCancelled,
    CountFinished,
    CountRecorded,
    CountStarted,
    RecountWanted,
)
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
from ecomcore.counting.stock_count import COUNT_LIFECYCLE, CountState, StockCount
from ecomcore.counting.usecases import (
    approve_count,
    cancel_count,
    finish_count,
    get_count,
    list_count_entries,
    list_counts,
    list_due_counts,
    record_count,
    reject_count,
    start_count,
    summary_of,
)
from ecomcore.counting.values import (
    AbcGrade,
    BookedLine,
    Books,
    CountEntry,
    CountEntryKind,
    CountingPolicy,
    CountKind,
    CountLine,
    DueItem,
    LastCount,
)
from ecomcore.kernel.room import Room

__all__ = [
    "COUNT_LIFECYCLE",
    "ROOM",
    "SEE_EXPECTED",
    "AbcGrade",
    "AlreadyCounting",
    "ApproveCount",
    "BookedLine",
    "Books",
    "CancelCount",
    "CountBoard",
    "CountBoards",
    "CountBooked",
    "CountCancelled",
    "CountEntry",
    "CountEntryKind",
    "CountFilter",
    "CountFinished",
    "CountKind",
    "CountLine",
    "CountRecorded",
    "CountStarted",
    "CountState",
    "CountSummary",
    "CountView",
    "CountedItem",
    "CountedLineView",
    "CounterCannotApprove",
    "CountingPolicy",
    "DueItem",
    "FinishCount",
    "GetCount",
    "LastCount",
    "ListCountEntries",
    "ListCounts",
    "ListDueCounts",
    "NotCounted",
    "NotInCount",
    "NothingCounted",
    "NothingToCount",
    "RecordCount",
    "RecountMissing",
    "RecountWanted",
    "RejectCount",
    "SameCounter",
    "StartCount",
    "StockCount",
    "StockCounts",
    "Stocks",
    "UnderCount",
    "WrongLot",
    "board_breaches",
    "count_breaches",
    "summary_of",
]

ROOM = Room(
    name="counting",
    deciders={
        StartCount: start_count,
        RecordCount: record_count,
        FinishCount: finish_count,
        ApproveCount: approve_count,
        RejectCount: reject_count,
        CancelCount: cancel_count,
    },
    answers={
        GetCount: get_count,
        ListCountEntries: list_count_entries,
        ListCounts: list_counts,
        ListDueCounts: list_due_counts,
    },
    events=(CountStarted, CountRecorded, RecountWanted, CountFinished, CountBooked, CountCancelled),
    lifecycles=(COUNT_LIFECYCLE,),
    repositories=(StockCounts, CountBoards),
    ports=(Stocks,),
)
