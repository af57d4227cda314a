"""Who serves a channel, what a bundle is made of, and in which units a variant is counted."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.tables import ID

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _table("channel_supplies", sa.Column("locations", sa.Text(), nullable=False))
    _table(
        "bundles",
        sa.Column("components", sa.Text(), nullable=False),
        sa.Column("used_in", sa.Integer(), nullable=False),
        sa.CheckConstraint("used_in >= 0", name=op.f("ck_bundles_used_in")),
        sa.CheckConstraint("components = '' OR used_in = 0", name=op.f("ck_bundles_not_in_a_bundle")),
    )
    _table(
        "variant_units",
        sa.Column("base", sa.String(length=40), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.CheckConstraint("base <> ''", name=op.f("ck_variant_units_base")),
    )


def _table(name: str, *columns: sa.Column[Any] | sa.CheckConstraint) -> None:
    op.create_table(
        name,
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        *columns,
        sa.CheckConstraint("version >= 1", name=op.f(f"ck_{name}_version")),
        sa.CheckConstraint("told >= 0", name=op.f(f"ck_{name}_told")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
