"""What is on order from suppliers, and what is on its way between locations."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of
from ecomcore_sqlalchemy.tables import ID, INSTANT

revision = "0011"
down_revision = "0010"

APPEND_ONLY = ("inbound_entries", "transfer_lots", "transfer_entries")


def upgrade() -> None:
    _inbound_deliveries()
    _transfers()
    for table in APPEND_ONLY:
        refuse_changes_of(table)


def _inbound_deliveries() -> None:
    op.create_table(
        "inbound_deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("expected_at", INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("location", ID, nullable=False),
        sa.CheckConstraint(
            "state IN ('expected', 'partly_received', 'received', 'closed', 'cancelled')",
            name=op.f("ck_inbound_deliveries_state"),
        ),
        sa.CheckConstraint("told >= 0", name=op.f("ck_inbound_deliveries_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_inbound_deliveries_version")),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_inbound_deliveries_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_deliveries")),
    )
    op.create_index(
        "ix_inbound_deliveries_open",
        "inbound_deliveries",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('expected', 'partly_received')"),
        postgresql_where=sa.text("state IN ('expected', 'partly_received')"),
    )
    op.create_table(
        "inbound_entries",
        sa.Column("inbound", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("owner", ID, nullable=True),
        sa.Column("serials", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("number >= 1 AND line >= 1", name=op.f("ck_inbound_entries_number")),
        sa.CheckConstraint(
            "quantity >= 0 AND damaged >= 0 AND quantity + damaged >= 1", name=op.f("ck_inbound_entries_quantity")
        ),
        sa.ForeignKeyConstraint(["inbound"], ["inbound_deliveries.id"], name=op.f("fk_inbound_entries_inbound")),
        sa.PrimaryKeyConstraint("inbound", "number", name=op.f("pk_inbound_entries")),
    )
    op.create_index(
        "uq_inbound_entries_one_receipt",
        "inbound_entries",
        ["inbound", "reference", "line"],
        unique=True,
        sqlite_where=sa.text("reference != ''"),
        postgresql_where=sa.text("reference != ''"),
    )
    op.create_table(
        "inbound_totals",
        sa.Column("id", ID, nullable=False),
        sa.Column("inbound", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("outstanding", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_inbound_totals_number")),
        sa.CheckConstraint("ordered >= 0 AND received >= 0 AND damaged >= 0", name=op.f("ck_inbound_totals_units")),
        sa.CheckConstraint(
            "outstanding = 0 OR (outstanding > 0 AND outstanding = ordered - received - damaged)",
            name=op.f("ck_inbound_totals_outstanding"),
        ),
        sa.ForeignKeyConstraint(["inbound"], ["inbound_deliveries.id"], name=op.f("fk_inbound_totals_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_totals")),
        sa.UniqueConstraint("inbound", "number", name=op.f("uq_inbound_totals_inbound_number")),
        sa.UniqueConstraint("inbound", "variant", name=op.f("uq_inbound_totals_inbound_variant")),
    )
    op.create_index(
        "ix_inbound_totals_outstanding",
        "inbound_totals",
        ["variant"],
        unique=False,
        sqlite_where=sa.text("outstanding > 0"),
        postgresql_where=sa.text("outstanding > 0"),
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("origin", ID, nullable=False),
        sa.Column("destination", ID, nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'shipped', 'partly_received', 'received', 'closed', 'cancelled')",
            name=op.f("ck_transfers_state"),
        ),
        sa.CheckConstraint("origin <> destination", name=op.f("ck_transfers_leads_elsewhere")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_transfers_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_transfers_version")),
        sa.ForeignKeyConstraint(["destination"], ["locations.id"], name=op.f("fk_transfers_destination")),
        sa.ForeignKeyConstraint(["origin"], ["locations.id"], name=op.f("fk_transfers_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index("ix_transfers_destination_id", "transfers", ["destination", "id"], unique=False)
    op.create_index("ix_transfers_origin_id", "transfers", ["origin", "id"], unique=False)
    op.create_table(
        "transfer_entries",
        sa.Column("transfer", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'shipped') = (quantity > 0)", name=op.f("ck_transfer_entries_shipped_adds")),
        sa.CheckConstraint(
            "kind IN ('shipped', 'received', 'damaged', 'missing')", name=op.f("ck_transfer_entries_kind")
        ),
        sa.CheckConstraint("balance >= 0 AND balance >= quantity", name=op.f("ck_transfer_entries_balance")),
        sa.CheckConstraint("number >= 1 AND line >= 1", name=op.f("ck_transfer_entries_number")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_transfer_entries_quantity")),
        sa.ForeignKeyConstraint(["transfer"], ["transfers.id"], name=op.f("fk_transfer_entries_transfer")),
        sa.PrimaryKeyConstraint("transfer", "number", name=op.f("pk_transfer_entries")),
    )
    op.create_index(
        "uq_transfer_entries_one_receipt",
        "transfer_entries",
        ["transfer", "reference", "line"],
        unique=True,
        sqlite_where=sa.text("reference != ''"),
        postgresql_where=sa.text("reference != ''"),
    )
    op.create_table(
        "transfer_lots",
        sa.Column("transfer", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("owner", ID, nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_transfer_lots_number")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_transfer_lots_quantity")),
        sa.ForeignKeyConstraint(["transfer"], ["transfers.id"], name=op.f("fk_transfer_lots_transfer")),
        sa.PrimaryKeyConstraint("transfer", "number", name=op.f("pk_transfer_lots")),
        sa.UniqueConstraint("transfer", "variant", "lot", name=op.f("uq_transfer_lots_transfer_variant_lot")),
    )
    op.create_table(
        "transfer_totals",
        sa.Column("id", ID, nullable=False),
        sa.Column("transfer", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("requested", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("in_transit", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_transfer_totals_number")),
        sa.CheckConstraint(
            "received >= 0 AND damaged >= 0 AND missing >= 0 AND in_transit >= 0", name=op.f("ck_transfer_totals_units")
        ),
        sa.CheckConstraint(
            "requested >= 1 AND shipped BETWEEN 0 AND requested", name=op.f("ck_transfer_totals_shipped")
        ),
        sa.CheckConstraint(
            "shipped = received + damaged + missing + in_transit", name=op.f("ck_transfer_totals_none_made_none_lost")
        ),
        sa.ForeignKeyConstraint(["transfer"], ["transfers.id"], name=op.f("fk_transfer_totals_transfer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_totals")),
        sa.UniqueConstraint("transfer", "number", name=op.f("uq_transfer_totals_transfer_number")),
        sa.UniqueConstraint("transfer", "variant", name=op.f("uq_transfer_totals_transfer_variant")),
    )
    op.create_index(
        "ix_transfer_totals_in_transit",
        "transfer_totals",
        ["variant"],
        unique=False,
        sqlite_where=sa.text("in_transit > 0"),
        postgresql_where=sa.text("in_transit > 0"),
    )
