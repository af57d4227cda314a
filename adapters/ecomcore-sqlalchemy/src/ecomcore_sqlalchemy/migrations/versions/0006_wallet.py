"""Gift cards, store credit, points, and saved means of payment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of

revision = "0006"
down_revision = "0005"

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

APPEND_ONLY = ("credit_entries", "credit_slices")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner", ID, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("(kind = 'gift_card') = (code IS NOT NULL)", name=op.f("ck_accounts_code")),
        sa.CheckConstraint("kind = 'gift_card' OR owner IS NOT NULL", name=op.f("ck_accounts_owner")),
        sa.CheckConstraint("kind IN ('gift_card', 'store_credit', 'points')", name=op.f("ck_accounts_kind")),
        sa.CheckConstraint("state <> 'closed' OR balance = 0", name=op.f("ck_accounts_closed_is_empty")),
        sa.CheckConstraint("state IN ('active', 'blocked', 'closed')", name=op.f("ck_accounts_state")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_accounts_balance")),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_accounts_entries")),
        sa.CheckConstraint("expired >= 0", name=op.f("ck_accounts_expired")),
        sa.CheckConstraint("held <= balance", name=op.f("ck_accounts_not_overdrawn")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_accounts_held")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_accounts_currency")),
        sa.CheckConstraint("opened >= 0", name=op.f("ck_accounts_opened")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_accounts_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_accounts_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("code", name=op.f("uq_accounts_code")),
    )
    op.create_index(op.f("ix_accounts_owner"), "accounts", ["owner"], unique=False)
    op.create_index(
        "uq_accounts_one_each",
        "accounts",
        ["owner", "kind", "currency"],
        unique=True,
        sqlite_where=sa.text("kind != 'gift_card'"),
        postgresql_where=sa.text("kind != 'gift_card'"),
    )
    op.create_table(
        "saved_methods",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("expires_year", sa.Integer(), nullable=True),
        sa.Column("expires_month", sa.Integer(), nullable=True),
        sa.Column("owner", ID, nullable=False),
        sa.Column("method", ID, nullable=False),
        sa.CheckConstraint("(state = 'forgotten') = (token = '')", name=op.f("ck_saved_methods_token")),
        sa.CheckConstraint("state IN ('saved', 'forgotten')", name=op.f("ck_saved_methods_state")),
        sa.CheckConstraint("(expires_year IS NULL) = (expires_month IS NULL)", name=op.f("ck_saved_methods_expires")),
        sa.CheckConstraint("chosen >= 0", name=op.f("ck_saved_methods_chosen")),
        sa.CheckConstraint("expires_month BETWEEN 1 AND 12", name=op.f("ck_saved_methods_expires_month")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_saved_methods_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_saved_methods_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_methods")),
    )
    op.create_index(op.f("ix_saved_methods_owner"), "saved_methods", ["owner"], unique=False)
    op.create_index(
        "uq_saved_methods_one_choice",
        "saved_methods",
        ["owner", "chosen"],
        unique=True,
        sqlite_where=sa.text("chosen > 0"),
        postgresql_where=sa.text("chosen > 0"),
    )
    op.create_table(
        "credit_lots",
        sa.Column("id", ID, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.CheckConstraint("held <= remaining", name=op.f("ck_credit_lots_not_overdrawn")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_credit_lots_held")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_credit_lots_number")),
        sa.CheckConstraint("remaining <= units", name=op.f("ck_credit_lots_remaining")),
        sa.CheckConstraint("units >= 1", name=op.f("ck_credit_lots_units")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_credit_lots_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_lots")),
    )
    op.create_index(op.f("ix_credit_lots_account"), "credit_lots", ["account"], unique=False)
    op.create_index(
        "ix_credit_lots_expires_at",
        "credit_lots",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("remaining > held"),
        postgresql_where=sa.text("remaining > held"),
    )
    op.create_table(
        "credit_entries",
        sa.Column("account", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hold", ID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("payment", ID, nullable=True),
        sa.Column("order", ID, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'adjusted' OR (units <> 0 AND held = 0)", name=op.f("ck_credit_entries_adjusted_changes")
        ),
        sa.CheckConstraint(
            "kind <> 'expired' OR (units < 0 AND held = 0)", name=op.f("ck_credit_entries_expired_takes")
        ),
        sa.CheckConstraint(
            "kind <> 'held' OR (units = 0 AND held > 0)", name=op.f("ck_credit_entries_held_sets_aside")
        ),
        sa.CheckConstraint("kind <> 'issued' OR (units > 0 AND held = 0)", name=op.f("ck_credit_entries_issued_adds")),
        sa.CheckConstraint(
            "kind <> 'refunded' OR (units >= 0 AND held = 0)", name=op.f("ck_credit_entries_refunded_adds")
        ),
        sa.CheckConstraint(
            "kind <> 'released' OR (units = 0 AND held <= 0)", name=op.f("ck_credit_entries_released_lets_go")
        ),
        sa.CheckConstraint(
            "kind <> 'spent' OR (units <= 0 AND held = units)", name=op.f("ck_credit_entries_spent_takes_what_is_held")
        ),
        sa.CheckConstraint(
            "kind IN ('issued', 'held', 'released', 'spent', 'refunded', 'expired', 'adjusted')",
            name=op.f("ck_credit_entries_kind"),
        ),
        sa.CheckConstraint(
            "(kind IN ('held', 'spent', 'released', 'refunded')) = (payment IS NOT NULL AND \"order\" IS NOT NULL AND amount IS NOT NULL AND hold IS NOT NULL)",
            name=op.f("ck_credit_entries_of_a_payment"),
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_credit_entries_amount")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_credit_entries_balance")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_credit_entries_number")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_credit_entries_account")),
        sa.PrimaryKeyConstraint("account", "number", name=op.f("pk_credit_entries")),
    )
    op.create_index(op.f("ix_credit_entries_hold"), "credit_entries", ["hold"], unique=False)
    op.create_index(
        "uq_credit_entries_issued_once",
        "credit_entries",
        ["account", "reference"],
        unique=True,
        sqlite_where=sa.text("kind = 'issued' AND reference != ''"),
        postgresql_where=sa.text("kind = 'issued' AND reference != ''"),
    )
    op.create_index(
        "uq_credit_entries_one_fact",
        "credit_entries",
        ["account", "payment", "kind", "reference"],
        unique=True,
        sqlite_where=sa.text("payment IS NOT NULL"),
        postgresql_where=sa.text("payment IS NOT NULL"),
    )
    op.create_table(
        "credit_holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("payment", ID, nullable=False),
        sa.Column("order", ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_credit_holds_amount")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_credit_holds_currency")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_credit_holds_told")),
        sa.CheckConstraint("units >= 1", name=op.f("ck_credit_holds_units")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_credit_holds_version")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_credit_holds_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_holds")),
    )
    op.create_index(op.f("ix_credit_holds_account"), "credit_holds", ["account"], unique=False)
    op.create_index(op.f("ix_credit_holds_order"), "credit_holds", ["order"], unique=False)
    op.create_index("uq_credit_holds_payment_account", "credit_holds", ["payment", "account"], unique=True)
    op.create_table(
        "credit_slices",
        sa.Column("hold", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lot", ID, nullable=False),
        sa.Column("lot_number", sa.Integer(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_credit_slices_number")),
        sa.CheckConstraint("units >= 1", name=op.f("ck_credit_slices_units")),
        sa.ForeignKeyConstraint(["hold"], ["credit_holds.id"], name=op.f("fk_credit_slices_hold")),
        sa.ForeignKeyConstraint(["lot"], ["credit_lots.id"], name=op.f("fk_credit_slices_lot")),
        sa.PrimaryKeyConstraint("hold", "number", name=op.f("pk_credit_slices")),
    )
    op.create_index(op.f("ix_credit_slices_lot"), "credit_slices", ["lot"], unique=False)
    for table in APPEND_ONLY:
        refuse_changes_of(table)
