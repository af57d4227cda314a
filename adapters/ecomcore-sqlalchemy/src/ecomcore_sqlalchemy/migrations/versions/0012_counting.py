"""Stock counts."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of
from ecomcore_sqlalchemy.tables import ID, INSTANT

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "stock_counts",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("doubted", sa.Integer(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("location", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("variants", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_stock_counts_version")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_stock_counts_told")),
        sa.CheckConstraint(
            "state IN ('open', 'recounting', 'counted', 'booked', 'cancelled')", name=op.f("ck_stock_counts_state")
        ),
        sa.CheckConstraint("kind IN ('full', 'cycle')", name=op.f("ck_stock_counts_kind")),
        sa.CheckConstraint("grade IN ('a', 'b', 'c')", name=op.f("ck_stock_counts_grade")),
        sa.CheckConstraint("(kind = 'full') = (variants = '')", name=op.f("ck_stock_counts_variants")),
        sa.CheckConstraint("lines >= 0 AND doubted >= 0 AND doubted <= lines", name=op.f("ck_stock_counts_lines")),
        sa.CheckConstraint(
            "state = 'cancelled' OR (state = 'recounting') = (doubted > 0)", name=op.f("ck_stock_counts_doubted")
        ),
        sa.CheckConstraint(
            "(state IN ('booked', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_stock_counts_ended_at")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_stock_counts_ended_by")),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_stock_counts_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
    )
    op.create_index("ix_stock_counts_location_id", "stock_counts", ["location", "id"])
    op.create_index("ix_stock_counts_state_id", "stock_counts", ["state", "id"])
    under_way = sa.text("kind = 'full' AND state IN ('open', 'recounting', 'counted')")
    op.create_index(
        "uq_stock_counts_one_full",
        "stock_counts",
        ["location"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_table(
        "count_entries",
        sa.Column("count", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('counted', 'doubted', 'recounted', 'assumed')", name=op.f("ck_count_entries_kind")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_count_entries_number")),
        sa.CheckConstraint("counted BETWEEN 0 AND 1000000000", name=op.f("ck_count_entries_counted")),
        sa.CheckConstraint("expected BETWEEN 0 AND 1000000000", name=op.f("ck_count_entries_expected")),
        sa.CheckConstraint("seen >= 0", name=op.f("ck_count_entries_seen")),
        sa.CheckConstraint("kind <> 'assumed' OR counted = 0", name=op.f("ck_count_entries_assumed")),
        sa.ForeignKeyConstraint(["count"], ["stock_counts.id"], name=op.f("fk_count_entries_count")),
        sa.PrimaryKeyConstraint("count", "number", name=op.f("pk_count_entries")),
    )
    refuse_changes_of("count_entries")
    op.create_table(
        "count_boards",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_count_boards_version")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_count_boards_told")),
        sa.ForeignKeyConstraint(["id"], ["locations.id"], name=op.f("fk_count_boards_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_boards")),
    )
