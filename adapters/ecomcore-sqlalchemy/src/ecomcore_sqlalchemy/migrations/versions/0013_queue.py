"""Queues for what is sold in the order of coming, and wishes to be told when something is back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0013"
down_revision = "0012"

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "queue_lines",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.CheckConstraint("told >= 0", name=op.f("ck_queue_lines_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_queue_lines_version")),
        sa.CheckConstraint("waiting >= 0 AND waiting <= last", name=op.f("ck_queue_lines_waiting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_lines")),
    )
    _partial_index("ix_queue_lines_waiting", "queue_lines", ["id"], "waiting > 0")
    op.create_table(
        "queue_tickets",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("offered_until", INSTANT, nullable=True),
        sa.Column("owner", ID, nullable=False),
        sa.Column("source", ID, nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("location", ID, nullable=True),
        sa.Column("hold_for", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.CheckConstraint("hold_for >= 1", name=op.f("ck_queue_tickets_hold_for")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_queue_tickets_number")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_queue_tickets_quantity")),
        sa.CheckConstraint(
            "state = 'left' OR (state = 'waiting') = (offered_until IS NULL)", name=op.f("ck_queue_tickets_offered")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'taken', 'lapsed', 'left')", name=op.f("ck_queue_tickets_state")
        ),
        sa.CheckConstraint("told >= 0", name=op.f("ck_queue_tickets_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_queue_tickets_version")),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_queue_tickets_location")),
        sa.ForeignKeyConstraint(["variant"], ["queue_lines.id"], name=op.f("fk_queue_tickets_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_tickets")),
        sa.UniqueConstraint("variant", "number", name=op.f("uq_queue_tickets_variant_number")),
    )
    _partial_index(
        "ix_queue_tickets_waiting_variant_number", "queue_tickets", ["variant", "number"], "state = 'waiting'"
    )
    _partial_index(
        "uq_queue_tickets_live_variant_owner_source",
        "queue_tickets",
        ["variant", "owner", "source"],
        "state IN ('waiting', 'offered')",
        unique=True,
    )
    op.create_table(
        "wishes",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("member", ID, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("variant", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.CheckConstraint("(state = 'told') = (told_at IS NOT NULL)", name=op.f("ck_wishes_told_at")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_wishes_quantity")),
        sa.CheckConstraint("state <> 'open' OR person <> ''", name=op.f("ck_wishes_open_of_somebody")),
        sa.CheckConstraint("state IN ('open', 'told', 'withdrawn')", name=op.f("ck_wishes_state")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_wishes_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_wishes_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    op.create_index("ix_wishes_person", "wishes", ["person"], unique=False)
    _partial_index("ix_wishes_open_variant_asked_at_id", "wishes", ["variant", "asked_at", "id"], "state = 'open'")
    _partial_index("uq_wishes_open_variant_person", "wishes", ["variant", "person"], "state = 'open'", unique=True)


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
