"""Promotions with their versions, campaigns, coupons, allowances, redemptions and group buys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of

revision = "0003"
down_revision = "0002"

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

APPEND_ONLY = (
    "promotion_versions",
    "promotion_switches",
    "coupon_marks",
    "redemption_lines",
    "redemption_takes",
    "group_buy_entries",
)


def upgrade() -> None:
    op.create_table(
        "allowances",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("buyer", ID, nullable=False),
        sa.Column("window", ID, nullable=False),
        sa.CheckConstraint(
            "kind IN ('uses', 'uses_per_buyer', 'uses_per_period', 'units', 'units_per_buyer', 'budget')",
            name=op.f("ck_allowances_kind"),
        ),
        sa.CheckConstraint("cap IS NULL OR taken <= cap", name=op.f("ck_allowances_not_overdrawn")),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_allowances_taken")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_allowances_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_allowances_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowances")),
        sa.UniqueConstraint("subject", "kind", "buyer", "window", name=op.f("uq_allowances_subject_kind_buyer_window")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.CheckConstraint("(budget IS NULL) = (currency IS NULL)", name=op.f("ck_campaigns_has_a_currency")),
        sa.CheckConstraint("budget >= 0", name=op.f("ck_campaigns_budget")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_campaigns_currency")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_campaigns_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_campaigns_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "promotions",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=True),
        sa.CheckConstraint("state <> 'draft' OR approved IS NULL", name=op.f("ck_promotions_draft")),
        sa.CheckConstraint("state IN ('draft', 'approved', 'paused', 'archived')", name=op.f("ck_promotions_state")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'paused') OR approved IS NOT NULL", name=op.f("ck_promotions_in_force")
        ),
        sa.CheckConstraint("approved >= 1", name=op.f("ck_promotions_approved")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_promotions_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_promotions_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )
    op.create_table(
        "redemptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("buyer", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('held', 'confirmed', 'released')", name=op.f("ck_redemptions_state")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_redemptions_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_redemptions_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
    )
    op.create_table(
        "coupon_batches",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("assigned", sa.Integer(), nullable=False),
        sa.Column("promotion", ID, nullable=False),
        sa.Column("prefix", ID, nullable=False),
        sa.Column("root", ID, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.CheckConstraint("assigned BETWEEN 0 AND size", name=op.f("ck_coupon_batches_assigned")),
        sa.CheckConstraint("length(root) BETWEEN 2 AND 12", name=op.f("ck_coupon_batches_root")),
        sa.CheckConstraint("length(secret) = 32", name=op.f("ck_coupon_batches_secret")),
        sa.CheckConstraint("size BETWEEN 1 AND 1000000", name=op.f("ck_coupon_batches_size")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_coupon_batches_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_coupon_batches_version")),
        sa.ForeignKeyConstraint(["promotion"], ["promotions.id"], name=op.f("fk_coupon_batches_promotion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_batches")),
        sa.UniqueConstraint("root", name=op.f("uq_coupon_batches_root")),
    )
    op.create_index(op.f("ix_coupon_batches_promotion"), "coupon_batches", ["promotion"], unique=False)
    op.create_table(
        "coupons",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("promotion", ID, nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("member", ID, nullable=True),
        sa.CheckConstraint("told >= 0", name=op.f("ck_coupons_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_coupons_version")),
        sa.ForeignKeyConstraint(["promotion"], ["promotions.id"], name=op.f("fk_coupons_promotion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
    )
    op.create_index(op.f("ix_coupons_promotion"), "coupons", ["promotion"], unique=False)
    op.create_table(
        "group_buys",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("buyers_needed", sa.Integer(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('open', 'succeeded', 'failed')", name=op.f("ck_group_buys_state")),
        sa.CheckConstraint("buyers_needed >= 1", name=op.f("ck_group_buys_buyers_needed")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_group_buys_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_group_buys_version")),
        sa.ForeignKeyConstraint(["id"], ["promotions.id"], name=op.f("fk_group_buys_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_buys")),
    )
    op.create_index(
        "ix_group_buys_open_until",
        "group_buys",
        ["until"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "promotion_switches",
        sa.Column("promotion", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("(number % 2 = 1) = (version IS NOT NULL)", name=op.f("ck_promotion_switches_on_and_off")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_promotion_switches_number")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_promotion_switches_version")),
        sa.ForeignKeyConstraint(["promotion"], ["promotions.id"], name=op.f("fk_promotion_switches_promotion")),
        sa.PrimaryKeyConstraint("promotion", "number", name=op.f("pk_promotion_switches")),
    )
    op.create_table(
        "promotion_versions",
        sa.Column("promotion", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_promotion_versions_number")),
        sa.ForeignKeyConstraint(["promotion"], ["promotions.id"], name=op.f("fk_promotion_versions_promotion")),
        sa.PrimaryKeyConstraint("promotion", "number", name=op.f("pk_promotion_versions")),
    )
    op.create_table(
        "redemption_lines",
        sa.Column("redemption", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("promotion", ID, nullable=False),
        sa.Column("coupon", ID, nullable=True),
        sa.Column("campaign", ID, nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_redemption_lines_amount")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_redemption_lines_currency")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_redemption_lines_number")),
        sa.CheckConstraint("units >= 0", name=op.f("ck_redemption_lines_units")),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.id"], name=op.f("fk_redemption_lines_campaign")),
        sa.ForeignKeyConstraint(["promotion"], ["promotions.id"], name=op.f("fk_redemption_lines_promotion")),
        sa.ForeignKeyConstraint(["redemption"], ["redemptions.id"], name=op.f("fk_redemption_lines_redemption")),
        sa.PrimaryKeyConstraint("redemption", "number", name=op.f("pk_redemption_lines")),
    )
    op.create_index(op.f("ix_redemption_lines_campaign"), "redemption_lines", ["campaign"], unique=False)
    op.create_index(op.f("ix_redemption_lines_promotion"), "redemption_lines", ["promotion"], unique=False)
    op.create_table(
        "redemption_takes",
        sa.Column("redemption", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("allowance", ID, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count >= 1", name=op.f("ck_redemption_takes_count")),
        sa.CheckConstraint("line >= 1", name=op.f("ck_redemption_takes_line")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_redemption_takes_number")),
        sa.ForeignKeyConstraint(["allowance"], ["allowances.id"], name=op.f("fk_redemption_takes_allowance")),
        sa.ForeignKeyConstraint(["redemption"], ["redemptions.id"], name=op.f("fk_redemption_takes_redemption")),
        sa.PrimaryKeyConstraint("redemption", "number", name=op.f("pk_redemption_takes")),
        sa.UniqueConstraint(
            "redemption", "line", "allowance", name=op.f("uq_redemption_takes_redemption_line_allowance")
        ),
    )
    op.create_index(op.f("ix_redemption_takes_allowance"), "redemption_takes", ["allowance"], unique=False)
    op.create_table(
        "coupon_marks",
        sa.Column("batch", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("coupon", ID, nullable=False),
        sa.Column("member", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("(kind = 'assigned') = (member IS NOT NULL)", name=op.f("ck_coupon_marks_member")),
        sa.CheckConstraint("kind IN ('assigned', 'withdrawn')", name=op.f("ck_coupon_marks_kind")),
        sa.CheckConstraint("number BETWEEN 1 AND 1000000", name=op.f("ck_coupon_marks_number")),
        sa.ForeignKeyConstraint(["batch"], ["coupon_batches.id"], name=op.f("fk_coupon_marks_batch")),
        sa.PrimaryKeyConstraint("kind", "coupon", name=op.f("pk_coupon_marks")),
        sa.UniqueConstraint("batch", "number", "kind", name=op.f("uq_coupon_marks_batch_number_kind")),
    )
    op.create_table(
        "group_buy_entries",
        sa.Column("group", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order", ID, nullable=False),
        sa.Column("buyer", ID, nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_group_buy_entries_number")),
        sa.ForeignKeyConstraint(["group"], ["group_buys.id"], name=op.f("fk_group_buy_entries_group")),
        sa.PrimaryKeyConstraint("group", "number", name=op.f("pk_group_buy_entries")),
    )

    for table in APPEND_ONLY:
        refuse_changes_of(table)
