"""The tables of queues and wishes. A ticket's number is given once for each variant, and nobody waits twice for the
same thing: the database says so as well.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ecomcore.inventory import TicketState, WishState
from ecomcore_sqlalchemy.tables import ID, INSTANT, METADATA, aggregate, one_of

__all__ = ["queue_lines", "queue_tickets", "wishes"]

queue_lines = Table(
    "queue_lines",
    METADATA,
    *aggregate(),
    Column("last", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    CheckConstraint("waiting >= 0 AND waiting <= last", name="waiting"),
)
Index(
    "ix_queue_lines_waiting",
    queue_lines.c.id,
    sqlite_where=queue_lines.c.waiting > 0,
    postgresql_where=queue_lines.c.waiting > 0,
)

queue_tickets = Table(
    "queue_tickets",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("offered_until", INSTANT, nullable=True),
    Column("owner", ID, nullable=False),
    Column("source", ID, nullable=False),
    Column("variant", ID, ForeignKey("queue_lines.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("channel", ID, nullable=False),
    Column("location", ID, ForeignKey("locations.id"), nullable=True),
    Column("hold_for", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("joined_at", INSTANT, nullable=False),
    one_of("state", TicketState, "state"),
    UniqueConstraint("variant", "number"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("quantity >= 1", name="quantity"),
    CheckConstraint("hold_for >= 1", name="hold_for"),
    CheckConstraint("state = 'left' OR (state = 'waiting') = (offered_until IS NULL)", name="offered"),
)
Index(
    "ix_queue_tickets_waiting_variant_number",
    queue_tickets.c.variant,
    queue_tickets.c.number,
    sqlite_where=queue_tickets.c.state == "waiting",
    postgresql_where=queue_tickets.c.state == "waiting",
)
_LIVE = queue_tickets.c.state.in_(("waiting", "offered"))
# Who waits for something waits for it once.
Index(
    "uq_queue_tickets_live_variant_owner_source",
    queue_tickets.c.variant,
    queue_tickets.c.owner,
    queue_tickets.c.source,
    unique=True,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)

wishes = Table(
    "wishes",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("channel", ID, nullable=False),
    Column("owner", ID, nullable=False),
    Column("person", ID, nullable=False),
    Column("member", ID, nullable=True),
    Column("email", Text, nullable=True),
    Column("told_at", INSTANT, nullable=True),
    Column("variant", ID, nullable=False),
    Column("asked_at", INSTANT, nullable=False),
    one_of("state", WishState, "state"),
    CheckConstraint("quantity >= 1", name="quantity"),
    CheckConstraint("state <> 'open' OR person <> ''", name="open_of_somebody"),
    CheckConstraint("(state = 'told') = (told_at IS NOT NULL)", name="told_at"),
    Index("ix_wishes_person", "person"),
)
Index(
    "ix_wishes_open_variant_asked_at_id",
    wishes.c.variant,
    wishes.c.asked_at,
    wishes.c.id,
    sqlite_where=wishes.c.state == "open",
    postgresql_where=wishes.c.state == "open",
)
Index(
    "ix_wishes_told_variant_told_at",
    wishes.c.variant,
    wishes.c.told_at,
    sqlite_where=wishes.c.state == "told",
    postgresql_where=wishes.c.state == "told",
)
# Nobody is told twice of the same receipt.
Index(
    "uq_wishes_open_variant_person",
    wishes.c.variant,
    wishes.c.person,
    unique=True,
    sqlite_where=wishes.c.state == "open",
    postgresql_where=wishes.c.state == "open",
)
