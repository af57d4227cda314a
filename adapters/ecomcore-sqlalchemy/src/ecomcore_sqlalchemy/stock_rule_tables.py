"""The tables of what staff say about stock: who serves a channel, what a bundle is made of, in which units is counted.

The lists are documents, read and written whole.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, Text

from ecomcore_sqlalchemy.tables import METADATA, aggregate

__all__ = ["bundles", "channel_supplies", "variant_units"]

channel_supplies = Table(
    "channel_supplies",
    METADATA,
    *aggregate(),
    Column("locations", Text, nullable=False),
)

# No bundle is a part of another; ``components`` is empty where the variant is none.
bundles = Table(
    "bundles",
    METADATA,
    *aggregate(),
    Column("components", Text, nullable=False),
    Column("used_in", Integer, nullable=False),
    CheckConstraint("used_in >= 0", name="used_in"),
    CheckConstraint("components = '' OR used_in = 0", name="not_in_a_bundle"),
)

variant_units = Table(
    "variant_units",
    METADATA,
    *aggregate(),
    Column("base", String(40), nullable=False),
    Column("units", Text, nullable=False),
    CheckConstraint("base <> ''", name="base"),
)
