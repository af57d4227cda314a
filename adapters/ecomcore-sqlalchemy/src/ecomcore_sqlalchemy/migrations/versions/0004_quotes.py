"""Orders keep what their quote said: prices, discounts, taxes, delivery, instalments. Categories know what is above them."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.migrations.append_only import allow_changes_of, refuse_changes_of
from ecomcore_sqlalchemy.tables import ID

revision = "0004"
down_revision = "0003"

CHARGES = "order_charges"

COLUMNS = (
    ("categories", "above", "text", "NOT NULL DEFAULT ''", None),
    ("products", "tax_category", "id", "NOT NULL DEFAULT 'standard'", None),
    ("products", "most_per_order", "integer", "NULL", "most_per_order >= 1"),
    ("orders", "waits_for", "text", "NOT NULL DEFAULT ''", None),
    ("orders", "contact", "id", "NULL", None),
    ("orders", "redeems", "boolean", "NOT NULL DEFAULT false", None),
    ("orders", "earns", "integer", "NOT NULL DEFAULT 1", "earns >= 1"),
    ("orders", "delivery", "id", "NULL", None),
    ("orders", "delivery_name", "text", "NOT NULL DEFAULT ''", None),
    ("orders", "delivery_listed", "bigint", "NOT NULL DEFAULT 0", "delivery_listed >= 0"),
    ("orders", "delivery_tax_included", "boolean", "NOT NULL DEFAULT false", None),
    ("orders", "delivery_relief", "bigint", "NOT NULL DEFAULT 0", "delivery_relief >= 0"),
    ("orders", "delivery_total", "bigint", "NOT NULL DEFAULT 0", "delivery_total >= 0"),
    ("orders", "instalments", "text", "NOT NULL DEFAULT ''", None),
    ("order_lines", "original", "bigint", "NOT NULL DEFAULT 0", "original >= 0"),
    ("order_lines", "original_per", "integer", "NOT NULL DEFAULT 1", "original_per >= 1"),
    ("order_lines", "shown", "bigint", "NOT NULL DEFAULT 0", "shown >= 0"),
    ("order_lines", "source", "id", "NOT NULL DEFAULT 'base'", None),
    ("order_lines", "listed", "bigint", "NOT NULL DEFAULT 0", "listed >= 0"),
    ("order_lines", "tax_included", "boolean", "NOT NULL DEFAULT true", None),
    ("order_lines", "relief", "bigint", "NOT NULL DEFAULT 0", "relief >= 0"),
    ("order_lines", "gift", "id", "NULL", None),
)


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    types = {
        "id": "VARCHAR" if sqlite else 'TEXT COLLATE "C"',
        "text": "TEXT",
        "boolean": "BOOLEAN",
        "integer": "INTEGER",
        "bigint": "BIGINT",
    }
    for table, column, kind, rest, check in COLUMNS:
        checked = f" CONSTRAINT ck_{table}_{column} CHECK ({check})" if check else ""
        of_kind = types[kind]
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {of_kind} {rest}{checked}")
    known = sa.text("contact IS NOT NULL")
    op.create_index("ix_orders_contact", "orders", ["contact"], sqlite_where=known, postgresql_where=known)
    op.create_table(
        CHARGES,
        sa.Column("order", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("promotion", ID, nullable=True),
        sa.Column("lane", sa.String(length=20), nullable=True),
        sa.Column("whole", sa.BigInteger(), nullable=True),
        sa.Column("coupon", ID, nullable=True),
        sa.CheckConstraint("line >= 0 AND number >= 1", name=op.f("ck_order_charges_number")),
        sa.CheckConstraint("kind IN ('discount', 'tax')", name=op.f("ck_order_charges_kind")),
        sa.CheckConstraint("amount >= 0 AND base >= 0", name=op.f("ck_order_charges_amount")),
        sa.CheckConstraint(
            "(kind = 'discount') = (promotion IS NOT NULL AND lane IS NOT NULL)",
            name=op.f("ck_order_charges_discount"),
        ),
        sa.CheckConstraint("kind <> 'tax' OR percent IS NOT NULL", name=op.f("ck_order_charges_tax")),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name=op.f("fk_order_charges_order")),
        sa.PrimaryKeyConstraint("order", "line", "kind", "number", name=op.f("pk_order_charges")),
    )
    refuse_changes_of(CHARGES)
    _fill_in()


def _fill_in() -> None:
    """What was ordered before cost what it cost: no discounts, no taxes; and the tree as it stands."""
    allow_changes_of("order_lines")
    op.execute("UPDATE order_lines SET original = price, original_per = per, shown = price, listed = total")
    refuse_changes_of("order_lines")
    categories = sa.table("categories", sa.column("id"), sa.column("parent"), sa.column("depth"), sa.column("above"))
    connection = op.get_bind()
    above: dict[str, str] = {}
    for id_, parent in connection.execute(sa.select(categories.c.id, categories.c.parent).order_by(categories.c.depth)):
        above[id_] = f"{parent} {above[parent]}".strip() if parent is not None else ""
    for id_, path in above.items():
        connection.execute(sa.update(categories).where(categories.c.id == id_).values(above=path))
