"""The tables. What the domain promises, the database promises again: the code being wrong must not be enough to
oversell.

Ids and codes sort by their bytes on every database. Amounts are whole minor units; an order, its lines and its
payments have the one currency of the order. Instants are kept to the
microsecond: as ``timestamptz`` on PostgreSQL, as microseconds since 1970 on SQLite.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TEXT

from ecomcore.catalog import ProductState
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.shipping import ShipmentState

__all__ = [
    "AMOUNT",
    "APPEND_ONLY",
    "CURRENCY",
    "ID",
    "INSTANT",
    "METADATA",
    "categories",
    "deliveries",
    "events",
    "products",
    "replies",
    "shipment_lines",
    "shipments",
    "variants",
]

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = BigInteger().with_variant(DateTime(timezone=True), "postgresql")
AMOUNT = BigInteger()
CURRENCY = String(3)


def one_of(column: str, values: Iterable[str], name: str) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=name)


def aggregate() -> tuple[Any, ...]:
    """What the table of every aggregate has."""
    return (
        Column("id", ID, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("told", Integer, nullable=False),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("told >= 0", name="told"),
    )


categories = Table(
    "categories",
    METADATA,
    *aggregate(),
    Column("name", Text, nullable=False),
    Column("parent", ID, ForeignKey("categories.id"), nullable=True),
    Column("depth", Integer, nullable=False),
    Column("above", Text, nullable=False),
    CheckConstraint("parent IS NULL OR parent <> id", name="no_self_parent"),
    CheckConstraint("depth >= 0", name="depth"),
)

products = Table(
    "products",
    METADATA,
    *aggregate(),
    Column("name", Text, nullable=False),
    Column("category", ID, ForeignKey("categories.id"), nullable=True, index=True),
    Column("state", String(20), nullable=False),
    Column("tax_category", ID, nullable=False),
    Column("most_per_order", Integer, nullable=True),
    Column("seller", ID, nullable=True),
    CheckConstraint("most_per_order >= 1", name="most_per_order"),
    one_of("state", ProductState, "state"),
)

variants = Table(
    "variants",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("product", ID, ForeignKey("products.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sku", ID, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("price", AMOUNT, nullable=False),
    Column("per", Integer, nullable=False),
    Column("currency", CURRENCY, nullable=False),
    UniqueConstraint("product", "position"),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint(f"per BETWEEN 1 AND {MAX_QUANTITY}", name="per"),
    CheckConstraint("length(currency) = 3", name="currency"),
)

shipments = Table(
    "shipments",
    METADATA,
    *aggregate(),
    Column("order", ID, ForeignKey("orders.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("tracking", Text, nullable=False),
    Column("location", ID, ForeignKey("locations.id"), nullable=True),
    Column("seller", ID, nullable=True),
    one_of("state", ShipmentState, "state"),
)

shipment_lines = Table(
    "shipment_lines",
    METADATA,
    Column("shipment", ID, ForeignKey("shipments.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("variant", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    CheckConstraint("quantity >= 1", name="quantity"),
)

events = Table(
    "events",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("aggregate", ID, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("name", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("channel", ID, nullable=False),
    Column("correlation", ID, nullable=False),
    Column("origin", ID, nullable=True),
    Column("at", INSTANT, nullable=False),
    UniqueConstraint("kind", "aggregate", "sequence"),
    CheckConstraint("sequence >= 1", name="sequence"),
)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("channel", ID, nullable=False),
    Column("correlation", ID, nullable=False),
    Column("origin", ID, nullable=True),
    Column("subscriber", ID, nullable=False),
    Column("stream", ID, nullable=True),
    Column("position", Integer, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("dead", Boolean(create_constraint=False), nullable=False),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index("ix_deliveries_dead_due_at", "dead", "due_at"),
)
Index(
    "ix_deliveries_stream_position",
    deliveries.c.stream,
    deliveries.c.position,
    sqlite_where=deliveries.c.stream.is_not(None),
    postgresql_where=deliveries.c.stream.is_not(None),
)

replies = Table(
    "replies",
    METADATA,
    Column("scope", ID, primary_key=True),
    Column("key", ID, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
)

APPEND_ONLY = (
    "stock_movements",
    "payment_entries",
    "events",
    "order_lines",
    "order_charges",
    "reservation_lines",
    "shipment_lines",
)
"""Ledgers and snapshots: triggers refuse to change or delete their rows."""
