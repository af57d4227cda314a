"""The tables of stock counts: what was counted is a ledger, what is under way at a location is one row."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from ecomcore.counting import AbcGrade, CountEntryKind, CountKind, CountState
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore_sqlalchemy.tables import ID, INSTANT, METADATA, aggregate, one_of

__all__ = ["COUNTING_APPEND_ONLY", "count_boards", "count_entries", "stock_counts"]

stock_counts = Table(
    "stock_counts",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    # How many items were counted and how many of them wait for a recount, by the entries.
    Column("lines", Integer, nullable=False),
    Column("doubted", Integer, nullable=False),
    Column("ended_at", INSTANT, nullable=True),
    Column("ended_by", Text, nullable=True),
    Column("reason", Text, nullable=False),
    Column("location", ID, ForeignKey("locations.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("blind", Boolean(create_constraint=False), nullable=False),
    Column("grade", String(1), nullable=True),
    Column("variants", Text, nullable=False),
    Column("started_at", INSTANT, nullable=False),
    Column("started_by", Text, nullable=False),
    one_of("state", CountState, "state"),
    one_of("kind", CountKind, "kind"),
    one_of("grade", AbcGrade, "grade"),
    CheckConstraint("(kind = 'full') = (variants = '')", name="variants"),
    CheckConstraint("lines >= 0 AND doubted >= 0 AND doubted <= lines", name="lines"),
    CheckConstraint("state = 'cancelled' OR (state = 'recounting') = (doubted > 0)", name="doubted"),
    CheckConstraint("(state IN ('booked', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_at"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
    Index("ix_stock_counts_location_id", "location", "id"),
)
Index("ix_stock_counts_state_id", stock_counts.c.state, stock_counts.c.id)
_FULL_AND_UNDER_WAY = (stock_counts.c.kind == "full") & stock_counts.c.state.in_(("open", "recounting", "counted"))
Index(
    "uq_stock_counts_one_full",
    stock_counts.c.location,
    unique=True,
    sqlite_where=_FULL_AND_UNDER_WAY,
    postgresql_where=_FULL_AND_UNDER_WAY,
)

count_entries = Table(
    "count_entries",
    METADATA,
    Column("count", ID, ForeignKey("stock_counts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("variant", ID, nullable=False),
    Column("lot", Text, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("expected", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    one_of("kind", CountEntryKind, "kind"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint(f"counted BETWEEN 0 AND {MAX_QUANTITY}", name="counted"),
    CheckConstraint(f"expected BETWEEN 0 AND {MAX_QUANTITY}", name="expected"),
    CheckConstraint("seen >= 0", name="seen"),
    CheckConstraint("kind <> 'assumed' OR counted = 0", name="assumed"),
)

count_boards = Table(
    "count_boards",
    METADATA,
    *aggregate(),
    Column("counts", Text, nullable=False),
    ForeignKeyConstraint(["id"], ["locations.id"]),
)

COUNTING_APPEND_ONLY = ("count_entries",)
"""What was said in a count is corrected by saying something else."""
