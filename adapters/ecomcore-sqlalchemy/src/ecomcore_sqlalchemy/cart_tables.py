"""The table of carts. What is in a cart is a document: it is read and written whole, and nothing else refers to it."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, String, Table, Text

from ecomcore.carts import CartState
from ecomcore_sqlalchemy.tables import CURRENCY, ID, INSTANT, METADATA, aggregate, one_of

__all__ = ["carts"]

carts = Table(
    "carts",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("touched_at", INSTANT, nullable=False),
    Column("reminded", Boolean(create_constraint=False), nullable=False),
    # When it was touched last, as long as its owner is still to be reminded of it: carts are found by it.
    Column("waiting_since", INSTANT, nullable=True),
    Column("items", Text, nullable=False),
    Column("last_item", Integer, nullable=False),
    Column("coupons", Text, nullable=False),
    Column("delivery", ID, nullable=True),
    Column("destination", Text, nullable=True),
    Column("payment", ID, nullable=True),
    Column("email", Text, nullable=True),
    Column("note", Text, nullable=False),
    Column("order", ID, nullable=True, unique=True),
    Column("owner", ID, nullable=False),
    Column("draft", Boolean(create_constraint=False), nullable=False),
    Column("currency", CURRENCY, nullable=False),
    Column("channel", ID, nullable=False),
    one_of("state", CartState, "state"),
    CheckConstraint("(state = 'completed') = (\"order\" IS NOT NULL)", name="completed"),
    CheckConstraint("waiting_since IS NULL OR (state = 'open' AND waiting_since = touched_at)", name="waiting"),
    CheckConstraint("last_item >= 0", name="last_item"),
    CheckConstraint("length(currency) = 3", name="currency"),
    Index("ix_carts_owner_id", "owner", "id"),
)
Index(
    "ix_carts_open_touched_at",
    carts.c.touched_at,
    sqlite_where=carts.c.state == "open",
    postgresql_where=carts.c.state == "open",
)
Index(
    "ix_carts_waiting_since",
    carts.c.waiting_since,
    sqlite_where=carts.c.waiting_since.is_not(None),
    postgresql_where=carts.c.waiting_since.is_not(None),
)
