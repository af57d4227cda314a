"""Pricing: price lists, prices with their history, tax zones, delivery methods, exchange rates; the edition of all rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of

revision = "0002"
down_revision = "0001"

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

APPEND_ONLY = ("price_list_versions", "price_points", "exchange_rates")


def upgrade() -> None:
    op.create_table(
        "currency_pairs",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.CheckConstraint("base <> quote", name=op.f("ck_currency_pairs_two_currencies")),
        sa.CheckConstraint("length(base) = 3", name=op.f("ck_currency_pairs_base")),
        sa.CheckConstraint("length(quote) = 3", name=op.f("ck_currency_pairs_quote")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_currency_pairs_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_currency_pairs_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_currency_pairs")),
        sa.UniqueConstraint("base", "quote", name=op.f("uq_currency_pairs_base_quote")),
    )
    op.create_table(
        "delivery_methods",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.CheckConstraint("told >= 0", name=op.f("ck_delivery_methods_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_delivery_methods_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_methods")),
    )
    op.create_table(
        "editions",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 'rules'", name=op.f("ck_editions_one")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_editions_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_editions_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
    )
    op.create_table(
        "price_lists",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("id NOT IN ('base', 'floor')", name=op.f("ck_price_lists_not_the_shops_own")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_price_lists_currency")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_price_lists_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_price_lists_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
    )
    op.create_table(
        "tax_zones",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.CheckConstraint("told >= 0", name=op.f("ck_tax_zones_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tax_zones_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_zones")),
    )
    op.create_table(
        "exchange_rates",
        sa.Column("pair", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("per", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_exchange_rates_number")),
        sa.CheckConstraint("per BETWEEN 1 AND 1000000000", name=op.f("ck_exchange_rates_per")),
        sa.CheckConstraint("units BETWEEN 1 AND 1000000000", name=op.f("ck_exchange_rates_units")),
        sa.ForeignKeyConstraint(["pair"], ["currency_pairs.id"], name=op.f("fk_exchange_rates_pair")),
        sa.PrimaryKeyConstraint("pair", "number", name=op.f("pk_exchange_rates")),
    )
    op.create_table(
        "price_list_versions",
        sa.Column("list", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_price_list_versions_number")),
        sa.ForeignKeyConstraint(["list"], ["price_lists.id"], name=op.f("fk_price_list_versions_list")),
        sa.PrimaryKeyConstraint("list", "number", name=op.f("pk_price_list_versions")),
    )
    op.create_table(
        "price_series",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("list", ID, nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("head", ID, nullable=True),
        sa.CheckConstraint("(list IN ('base', 'floor')) = (head IS NULL)", name=op.f("ck_price_series_has_a_head")),
        sa.CheckConstraint("head IS NULL OR head = list", name=op.f("ck_price_series_head")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_price_series_currency")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_price_series_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_price_series_version")),
        sa.ForeignKeyConstraint(["head"], ["price_lists.id"], name=op.f("fk_price_series_head")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_series")),
        sa.UniqueConstraint("variant", "list", "currency", name=op.f("uq_price_series_variant_list_currency")),
    )
    op.create_table(
        "price_points",
        sa.Column("series", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("per", sa.Integer(), nullable=True),
        sa.CheckConstraint("(price IS NULL) = (per IS NULL)", name=op.f("ck_price_points_has_a_base_quantity")),
        sa.CheckConstraint("(quantity = 0) = (price IS NULL)", name=op.f("ck_price_points_has_a_price")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_price_points_number")),
        sa.CheckConstraint("per BETWEEN 1 AND 1000000000", name=op.f("ck_price_points_per")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_price_points_price")),
        sa.CheckConstraint("quantity BETWEEN 0 AND 1000000000", name=op.f("ck_price_points_quantity")),
        sa.ForeignKeyConstraint(["series"], ["price_series.id"], name=op.f("fk_price_points_series")),
        sa.PrimaryKeyConstraint("series", "number", "quantity", name=op.f("pk_price_points")),
    )

    for table in APPEND_ONLY:
        refuse_changes_of(table)
