"""Carts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0005"
down_revision = "0004"

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "carts",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", INSTANT, nullable=True),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("last_item", sa.Integer(), nullable=False),
        sa.Column("coupons", sa.Text(), nullable=False),
        sa.Column("delivery", ID, nullable=True),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("payment", ID, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("order", ID, nullable=True),
        sa.Column("owner", ID, nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.CheckConstraint("(state = 'completed') = (\"order\" IS NOT NULL)", name=op.f("ck_carts_completed")),
        sa.CheckConstraint(
            "waiting_since IS NULL OR (state = 'open' AND waiting_since = touched_at)", name=op.f("ck_carts_waiting")
        ),
        sa.CheckConstraint("last_item >= 0", name=op.f("ck_carts_last_item")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_carts_currency")),
        sa.CheckConstraint("state IN ('open', 'completed', 'merged', 'expired')", name=op.f("ck_carts_state")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_carts_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_carts_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
        sa.UniqueConstraint("order", name=op.f("uq_carts_order")),
    )
    op.create_index("ix_carts_owner_id", "carts", ["owner", "id"], unique=False)
    op.create_index(
        "ix_carts_open_touched_at",
        "carts",
        ["touched_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_carts_waiting_since",
        "carts",
        ["waiting_since"],
        unique=False,
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
