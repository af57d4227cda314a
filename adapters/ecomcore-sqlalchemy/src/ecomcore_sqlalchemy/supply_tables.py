"""The tables of inbound deliveries and of transfers: what is wanted, what was received, what is on its way.

Receipts, the ledger of a transfer and its lots are never changed or deleted. The running totals of each variant stand
beside them: what is still to come is found by an index over it, however long the history, and the law of each line is
a check.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ecomcore.supply import InboundState
from ecomcore.transfers import TransferEntryKind, TransferState
from ecomcore_sqlalchemy.tables import ID, INSTANT, METADATA, aggregate, one_of

__all__ = [
    "IS_OPEN",
    "SUPPLY_APPEND_ONLY",
    "inbound_deliveries",
    "inbound_entries",
    "inbound_totals",
    "transfer_entries",
    "transfer_lots",
    "transfer_totals",
    "transfers",
]

inbound_deliveries = Table(
    "inbound_deliveries",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("expected_at", INSTANT, nullable=False),
    Column("source", Text, nullable=False),
    Column("location", ID, ForeignKey("locations.id"), nullable=False),
    one_of("state", InboundState, "state"),
)

IS_OPEN = inbound_deliveries.c.state.in_(("expected", "partly_received"))
"""Deliveries of which anything is still to come."""

Index(
    "ix_inbound_deliveries_open",
    inbound_deliveries.c.id,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)

inbound_totals = Table(
    "inbound_totals",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("inbound", ID, ForeignKey("inbound_deliveries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("variant", ID, nullable=False),
    Column("ordered", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    # What is still to come: nothing once the delivery has ended.
    Column("outstanding", Integer, nullable=False),
    UniqueConstraint("inbound", "number"),
    UniqueConstraint("inbound", "variant"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("ordered >= 0 AND received >= 0 AND damaged >= 0", name="units"),
    CheckConstraint(
        "outstanding = 0 OR (outstanding > 0 AND outstanding = ordered - received - damaged)", name="outstanding"
    ),
)
Index(
    "ix_inbound_totals_outstanding",
    inbound_totals.c.variant,
    sqlite_where=inbound_totals.c.outstanding > 0,
    postgresql_where=inbound_totals.c.outstanding > 0,
)

inbound_entries = Table(
    "inbound_entries",
    METADATA,
    Column("inbound", ID, ForeignKey("inbound_deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("variant", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    Column("lot", Text, nullable=False),
    Column("expires_at", INSTANT, nullable=True),
    Column("owner", ID, nullable=True),
    Column("serials", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    CheckConstraint("number >= 1 AND line >= 1", name="number"),
    CheckConstraint("quantity >= 0 AND damaged >= 0 AND quantity + damaged >= 1", name="quantity"),
)
# What is received under a reference is received once, whatever the code does.
Index(
    "uq_inbound_entries_one_receipt",
    inbound_entries.c.inbound,
    inbound_entries.c.reference,
    inbound_entries.c.line,
    unique=True,
    sqlite_where=inbound_entries.c.reference != "",
    postgresql_where=inbound_entries.c.reference != "",
)

transfers = Table(
    "transfers",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("tracking", Text, nullable=False),
    Column("origin", ID, ForeignKey("locations.id"), nullable=False),
    Column("destination", ID, ForeignKey("locations.id"), nullable=False),
    one_of("state", TransferState, "state"),
    CheckConstraint("origin <> destination", name="leads_elsewhere"),
    Index("ix_transfers_origin_id", "origin", "id"),
    Index("ix_transfers_destination_id", "destination", "id"),
)

transfer_totals = Table(
    "transfer_totals",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("transfer", ID, ForeignKey("transfers.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("variant", ID, nullable=False),
    Column("requested", Integer, nullable=False),
    Column("shipped", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("in_transit", Integer, nullable=False),
    UniqueConstraint("transfer", "number"),
    UniqueConstraint("transfer", "variant"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("requested >= 1 AND shipped BETWEEN 0 AND requested", name="shipped"),
    CheckConstraint("received >= 0 AND damaged >= 0 AND missing >= 0 AND in_transit >= 0", name="units"),
    CheckConstraint("shipped = received + damaged + missing + in_transit", name="none_made_none_lost"),
)
Index(
    "ix_transfer_totals_in_transit",
    transfer_totals.c.variant,
    sqlite_where=transfer_totals.c.in_transit > 0,
    postgresql_where=transfer_totals.c.in_transit > 0,
)

transfer_lots = Table(
    "transfer_lots",
    METADATA,
    Column("transfer", ID, ForeignKey("transfers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("variant", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("lot", Text, nullable=False),
    Column("expires_at", INSTANT, nullable=True),
    Column("owner", ID, nullable=True),
    UniqueConstraint("transfer", "variant", "lot"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("quantity >= 1", name="quantity"),
)

transfer_entries = Table(
    "transfer_entries",
    METADATA,
    Column("transfer", ID, ForeignKey("transfers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("variant", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("balance", Integer, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("lot", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reference", Text, nullable=False),
    one_of("kind", TransferEntryKind, "kind"),
    CheckConstraint("number >= 1 AND line >= 1", name="number"),
    CheckConstraint("quantity <> 0", name="quantity"),
    CheckConstraint("balance >= 0 AND balance >= quantity", name="balance"),
    CheckConstraint("(kind = 'shipped') = (quantity > 0)", name="shipped_adds"),
)
# What is received under a reference is received once, whatever the code does.
Index(
    "uq_transfer_entries_one_receipt",
    transfer_entries.c.transfer,
    transfer_entries.c.reference,
    transfer_entries.c.line,
    unique=True,
    sqlite_where=transfer_entries.c.reference != "",
    postgresql_where=transfer_entries.c.reference != "",
)

SUPPLY_APPEND_ONLY = ("inbound_entries", "transfer_lots", "transfer_entries")
"""Ledgers and what stands beside them: triggers refuse to change or delete these rows."""
