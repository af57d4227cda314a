"""The tables of pricing, and of the edition of all rules.

A price in a list is one row for each of its quantity breaks; a point in time from which on there is no price is one row
of quantity 0. What a list, a zone or a delivery method says is one document, read and written whole.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore_sqlalchemy.tables import AMOUNT, CURRENCY, ID, INSTANT, METADATA, aggregate

__all__ = [
    "PRICING_APPEND_ONLY",
    "currency_pairs",
    "delivery_methods",
    "editions",
    "exchange_rates",
    "price_list_versions",
    "price_lists",
    "price_points",
    "price_series",
    "tax_zones",
]

price_lists = Table(
    "price_lists",
    METADATA,
    *aggregate(),
    Column("ended_at", INSTANT, nullable=True),
    Column("currency", CURRENCY, nullable=False),
    CheckConstraint("length(currency) = 3", name="currency"),
    CheckConstraint("id NOT IN ('base', 'floor')", name="not_the_shops_own"),
)

price_list_versions = Table(
    "price_list_versions",
    METADATA,
    Column("list", ID, ForeignKey("price_lists.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("since", INSTANT, nullable=False),
    Column("terms", Text, nullable=False),
    CheckConstraint("number >= 1", name="number"),
)

price_series = Table(
    "price_series",
    METADATA,
    *aggregate(),
    Column("list", ID, nullable=False),
    Column("variant", ID, nullable=False),
    Column("currency", CURRENCY, nullable=False),
    # The head of the list, which the shop's own two lists do without.
    Column("head", ID, ForeignKey("price_lists.id"), nullable=True),
    UniqueConstraint("variant", "list", "currency"),
    CheckConstraint("length(currency) = 3", name="currency"),
    CheckConstraint("(list IN ('base', 'floor')) = (head IS NULL)", name="has_a_head"),
    CheckConstraint("head IS NULL OR head = list", name="head"),
)

price_points = Table(
    "price_points",
    METADATA,
    Column("series", ID, ForeignKey("price_series.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("quantity", Integer, primary_key=True),
    Column("since", INSTANT, nullable=False),
    Column("price", AMOUNT, nullable=True),
    Column("per", Integer, nullable=True),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint(f"quantity BETWEEN 0 AND {MAX_QUANTITY}", name="quantity"),
    CheckConstraint("(quantity = 0) = (price IS NULL)", name="has_a_price"),
    CheckConstraint("(price IS NULL) = (per IS NULL)", name="has_a_base_quantity"),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint(f"per BETWEEN 1 AND {MAX_QUANTITY}", name="per"),
)

tax_zones = Table(
    "tax_zones",
    METADATA,
    *aggregate(),
    Column("removed", Boolean(create_constraint=False), nullable=False),
    Column("terms", Text, nullable=False),
)

delivery_methods = Table(
    "delivery_methods",
    METADATA,
    *aggregate(),
    Column("ended", Boolean(create_constraint=False), nullable=False),
    Column("terms", Text, nullable=False),
)

currency_pairs = Table(
    "currency_pairs",
    METADATA,
    *aggregate(),
    Column("base", CURRENCY, nullable=False),
    Column("quote", CURRENCY, nullable=False),
    UniqueConstraint("base", "quote"),
    CheckConstraint("length(base) = 3", name="base"),
    CheckConstraint("length(quote) = 3", name="quote"),
    CheckConstraint("base <> quote", name="two_currencies"),
)

exchange_rates = Table(
    "exchange_rates",
    METADATA,
    Column("pair", ID, ForeignKey("currency_pairs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("units", Integer, nullable=False),
    Column("per", Integer, nullable=False),
    Column("since", INSTANT, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint(f"units BETWEEN 1 AND {MAX_QUANTITY}", name="units"),
    CheckConstraint(f"per BETWEEN 1 AND {MAX_QUANTITY}", name="per"),
)

editions = Table(
    "editions",
    METADATA,
    *aggregate(),
    CheckConstraint("id = 'rules'", name="one"),
)

PRICING_APPEND_ONLY = ("price_list_versions", "price_points", "exchange_rates")
"""What was once in force: triggers refuse to change or delete these rows."""
