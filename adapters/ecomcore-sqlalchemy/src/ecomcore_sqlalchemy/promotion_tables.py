"""The tables of the promotions: what is given away, the codes that unlock it, and what orders have taken.

Terms, limits and periods are documents, read and written whole. All that is said once and for ever is a row that is
added: versions, what was in force from when on, marks of codes, what an order got, who joined a group buy.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ecomcore.promotions import AllowanceKind, GroupBuyState, MarkKind, PromotionState, RedemptionState
from ecomcore_sqlalchemy.tables import AMOUNT, CURRENCY, ID, INSTANT, METADATA, aggregate, one_of

__all__ = [
    "PROMOTIONS_APPEND_ONLY",
    "allowances",
    "campaigns",
    "coupon_batches",
    "coupon_marks",
    "coupons",
    "group_buy_entries",
    "group_buys",
    "promotion_switches",
    "promotion_versions",
    "promotions",
    "redemption_lines",
    "redemption_takes",
    "redemptions",
]

campaigns = Table(
    "campaigns",
    METADATA,
    *aggregate(),
    Column("name", Text, nullable=False),
    Column("budget", AMOUNT, nullable=True),
    Column("currency", CURRENCY, nullable=True),
    CheckConstraint("budget >= 0", name="budget"),
    CheckConstraint("(budget IS NULL) = (currency IS NULL)", name="has_a_currency"),
    CheckConstraint("length(currency) = 3", name="currency"),
)

promotions = Table(
    "promotions",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("approved", Integer, nullable=True),
    one_of("state", PromotionState, "state"),
    CheckConstraint("approved >= 1", name="approved"),
    CheckConstraint("state <> 'draft' OR approved IS NULL", name="draft"),
    CheckConstraint("state NOT IN ('approved', 'paused') OR approved IS NOT NULL", name="in_force"),
)

promotion_versions = Table(
    "promotion_versions",
    METADATA,
    Column("promotion", ID, ForeignKey("promotions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("terms", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    CheckConstraint("number >= 1", name="number"),
)

# From ``at`` on this version is in force, or none.
promotion_switches = Table(
    "promotion_switches",
    METADATA,
    Column("promotion", ID, ForeignKey("promotions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("version", Integer, nullable=True),
    Column("at", INSTANT, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("(number % 2 = 1) = (version IS NOT NULL)", name="on_and_off"),
)

coupons = Table(
    "coupons",
    METADATA,
    *aggregate(),
    Column("withdrawn", Boolean(create_constraint=False), nullable=False),
    Column("code", Text, nullable=False),
    Column("promotion", ID, ForeignKey("promotions.id"), nullable=False, index=True),
    Column("limits", Text, nullable=False),
    Column("period", Text, nullable=True),
    Column("member", ID, nullable=True),
)

coupon_batches = Table(
    "coupon_batches",
    METADATA,
    *aggregate(),
    Column("assigned", Integer, nullable=False),
    Column("promotion", ID, ForeignKey("promotions.id"), nullable=False, index=True),
    Column("prefix", ID, nullable=False),
    # The prefix in its canonical form: batches are found by it.
    Column("root", ID, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("secret", Text, nullable=False),
    Column("limits", Text, nullable=False),
    Column("period", Text, nullable=True),
    Column("personal", Boolean(create_constraint=False), nullable=False),
    CheckConstraint("size BETWEEN 1 AND 1000000", name="size"),
    CheckConstraint("assigned BETWEEN 0 AND size", name="assigned"),
    CheckConstraint("length(root) BETWEEN 2 AND 12", name="root"),
    CheckConstraint("length(secret) = 32", name="secret"),
)

coupon_marks = Table(
    "coupon_marks",
    METADATA,
    Column("batch", ID, ForeignKey("coupon_batches.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(20), primary_key=True),
    Column("coupon", ID, primary_key=True),
    Column("member", ID, nullable=True),
    Column("at", INSTANT, nullable=False),
    UniqueConstraint("batch", "number", "kind"),
    one_of("kind", MarkKind, "kind"),
    CheckConstraint("number BETWEEN 1 AND 1000000", name="number"),
    CheckConstraint("(kind = 'assigned') = (member IS NOT NULL)", name="member"),
)

allowances = Table(
    "allowances",
    METADATA,
    *aggregate(),
    Column("cap", BigInteger, nullable=True),
    Column("taken", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", ID, nullable=False),
    Column("buyer", ID, nullable=False),
    Column("window", ID, nullable=False),
    UniqueConstraint("subject", "kind", "buyer", "window"),
    one_of("kind", AllowanceKind, "kind"),
    CheckConstraint("taken >= 0", name="taken"),
    CheckConstraint("cap IS NULL OR taken <= cap", name="not_overdrawn"),
)

redemptions = Table(
    "redemptions",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("buyer", ID, nullable=False),
    Column("at", INSTANT, nullable=False),
    one_of("state", RedemptionState, "state"),
)

redemption_lines = Table(
    "redemption_lines",
    METADATA,
    Column("redemption", ID, ForeignKey("redemptions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("promotion", ID, ForeignKey("promotions.id"), nullable=False, index=True),
    Column("coupon", ID, nullable=True),
    Column("campaign", ID, ForeignKey("campaigns.id"), nullable=True, index=True),
    Column("units", Integer, nullable=False),
    Column("amount", AMOUNT, nullable=False),
    Column("currency", CURRENCY, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("units >= 0", name="units"),
    CheckConstraint("amount >= 0", name="amount"),
    CheckConstraint("length(currency) = 3", name="currency"),
)

redemption_takes = Table(
    "redemption_takes",
    METADATA,
    Column("redemption", ID, ForeignKey("redemptions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("allowance", ID, ForeignKey("allowances.id"), nullable=False, index=True),
    Column("count", BigInteger, nullable=False),
    UniqueConstraint("redemption", "line", "allowance"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("line >= 1", name="line"),
    CheckConstraint("count >= 1", name="count"),
)

group_buys = Table(
    "group_buys",
    METADATA,
    Column("id", ID, ForeignKey("promotions.id"), primary_key=True),
    *aggregate()[1:],
    Column("state", String(20), nullable=False),
    Column("buyers_needed", Integer, nullable=False),
    Column("until", INSTANT, nullable=False),
    one_of("state", GroupBuyState, "state"),
    CheckConstraint("buyers_needed >= 1", name="buyers_needed"),
)
Index(
    "ix_group_buys_open_until",
    group_buys.c.until,
    sqlite_where=group_buys.c.state == "open",
    postgresql_where=group_buys.c.state == "open",
)

group_buy_entries = Table(
    "group_buy_entries",
    METADATA,
    Column("group", ID, ForeignKey("group_buys.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("order", ID, nullable=False),
    Column("buyer", ID, nullable=False),
    Column("joined", Boolean(create_constraint=False), nullable=False),
    CheckConstraint("number >= 1", name="number"),
)

PROMOTIONS_APPEND_ONLY = (
    "promotion_versions",
    "promotion_switches",
    "coupon_marks",
    "redemption_lines",
    "redemption_takes",
    "group_buy_entries",
)
"""What was said or taken once: triggers refuse to change or delete these rows."""
