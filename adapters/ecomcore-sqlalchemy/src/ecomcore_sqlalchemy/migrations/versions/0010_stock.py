"""The stock in full: kinds of locations, damaged and short units, rules, lots, stripes, purposes, closed months."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of
from ecomcore_sqlalchemy.tables import ID, INSTANT

revision = "0010"
down_revision = "0009"

MOST = 1_000_000_000

# Table, column, type, the rest, and the checks that come with it by their names.
COLUMNS: tuple[tuple[str, str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "locations",
        "kind",
        "word",
        "NOT NULL DEFAULT 'warehouse'",
        (("kind", "kind IN ('warehouse', 'store', 'drop_ship')"),),
    ),
    ("locations", "country", "VARCHAR(2)", "NULL", ()),
    ("locations", "region", "TEXT", "NULL", ()),
    ("locations", "postcode", "TEXT", "NULL", ()),
    ("locations", "latitude", "double", "NULL", ()),
    ("locations", "longitude", "double", "NULL", (("coordinates", "(latitude IS NULL) = (longitude IS NULL)"),)),
    ("locations", "ships", "BOOLEAN", "NOT NULL DEFAULT true", ()),
    ("locations", "collects", "BOOLEAN", "NOT NULL DEFAULT false", ()),
    ("locations", "parcel_cost", "BIGINT", "NULL", ()),
    (
        "locations",
        "parcel_currency",
        "VARCHAR(3)",
        "NULL",
        (("parcel_cost", "(parcel_cost IS NULL) = (parcel_currency IS NULL)"),),
    ),
    ("stock_items", "damaged", "INTEGER", "NOT NULL DEFAULT 0", (("damaged", f"damaged BETWEEN 0 AND {MOST}"),)),
    ("stock_items", "short", "INTEGER", "NOT NULL DEFAULT 0", (("short", "short >= 0"),)),
    ("stock_items", "buffer", "INTEGER", "NOT NULL DEFAULT 0", ()),
    ("stock_items", "beyond", "word", "NOT NULL DEFAULT ''", ()),
    ("stock_items", "cap", "INTEGER", "NOT NULL DEFAULT 0", ()),
    ("stock_items", "days", "INTEGER", "NULL", ()),
    (
        "stock_items",
        "release_at",
        "instant",
        "NULL",
        (
            (
                "beyond",
                "(beyond = 'back_orders' AND cap > 0 AND release_at IS NULL) OR "
                "(beyond = 'pre_orders' AND cap > 0 AND release_at IS NOT NULL AND days IS NULL) OR "
                "(beyond = '' AND cap = 0 AND release_at IS NULL AND days IS NULL)",
            ),
        ),
    ),
    ("stock_items", "low", "INTEGER", "NOT NULL DEFAULT 0", (("rules", "buffer >= 0 AND low >= 0"),)),
    (
        "stock_items",
        "tracking",
        "word",
        "NOT NULL DEFAULT 'none'",
        (("tracking", "tracking IN ('none', 'lots', 'serials')"),),
    ),
    ("stock_items", "queued", "BOOLEAN", "NOT NULL DEFAULT false", ()),
    ("stock_items", "grade", "VARCHAR(1)", "NULL", (("grade", "grade IN ('a', 'b', 'c')"),)),
    (
        "stock_items",
        "stripes",
        "INTEGER",
        "NOT NULL DEFAULT 0",
        (("stripes", "stripes >= 0 AND (stripes = 0 OR tracking = 'none')"),),
    ),
    ("stock_items", "level", "word", "NOT NULL DEFAULT 'out'", (("level", "level IN ('plenty', 'low', 'out')"),)),
    ("stock_items", "counted_at", "instant", "NULL", ()),
    ("stock_items", "active_at", "instant", "NULL", ()),
    ("stock_items", "dead", "BOOLEAN", "NOT NULL DEFAULT false", ()),
    (
        "stock_movements",
        "condition",
        "word",
        "NOT NULL DEFAULT 'good'",
        (
            ("condition", "condition IN ('good', 'damaged')"),
            ("others_add", "(kind IN ('return', 'transfer_in')) <= (quantity > 0)"),
            ("others_take", "(kind IN ('write_off', 'transfer_out')) <= (quantity < 0)"),
        ),
    ),
    ("stock_movements", "lot", "id", "NOT NULL DEFAULT ''", ()),
    ("stock_movements", "reason", "TEXT", "NOT NULL DEFAULT ''", ()),
    ("stock_movements", "actor", "TEXT", "NOT NULL DEFAULT ''", ()),
    (
        "reservations",
        "purpose",
        "word",
        "NOT NULL DEFAULT 'order'",
        (("purpose", "purpose IN ('order', 'transfer', 'queue', 'withheld', 'other')"),),
    ),
    ("reservations", "channel", "id", "NOT NULL DEFAULT ''", ()),
    ("reservation_lines", "bundle", "id", "NOT NULL DEFAULT ''", ()),
    ("reservation_lines", "each", "INTEGER", "NOT NULL DEFAULT 1", (("each", "each >= 1"),)),
)

# Table, constraint, what it said, and what it says from now on.
CHECKS = (
    ("stock_items", "not_oversold", "on_hand - reserved >= 0", "on_hand + cap + short - reserved >= 0"),
    ("stock_items", "on_hand", f"on_hand <= {MOST}", f"on_hand BETWEEN 0 AND {MOST}"),
    (
        "stock_movements",
        "kind",
        "kind IN ('receipt', 'sale', 'correction')",
        "kind IN ('receipt', 'sale', 'return', 'damage', 'write_off', 'correction', 'transfer_out', 'transfer_in', "
        "'count')",
    ),
)


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    types = {
        "id": "VARCHAR" if sqlite else 'TEXT COLLATE "C"',
        "word": "VARCHAR(20)",
        "double": "DOUBLE" if sqlite else "DOUBLE PRECISION",
        "instant": "BIGINT" if sqlite else "TIMESTAMP WITH TIME ZONE",
    }
    for table, column, kind, rest, checks in COLUMNS:
        checked = "".join(f" CONSTRAINT ck_{table}_{name} CHECK ({check})" for name, check in checks)
        type_ = types.get(kind, kind)
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {type_} {rest}{checked}")
    for table, name, before, now in CHECKS:
        _restate(table, name, before, now, sqlite=sqlite)
    _what_is_left_and_when_it_moved()
    _indexes()
    _new_tables()
    if not sqlite:  # room beside each row, so that one that changes often stays on its page
        op.execute("ALTER TABLE stock_items SET (fillfactor = 80)")
        op.execute("ALTER TABLE stock_stripes SET (fillfactor = 25)")


def _restate(table: str, name: str, before: str, now: str, *, sqlite: bool) -> None:
    """Exchange a check. SQLite cannot: its own documentation says to edit the text of the table."""
    if not sqlite:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({now})")
        return
    connection = op.get_bind()
    text = connection.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE name = :name"), {"name": table})
    if f"CHECK ({before})" not in text:
        raise RuntimeError(f"the table {table} has another check {name} than the releases before made")
    following = int(connection.scalar(sa.text("PRAGMA schema_version"))) + 1
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": text.replace(f"CHECK ({before})", f"CHECK ({now})"), "name": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {following}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _what_is_left_and_when_it_moved() -> None:
    op.execute("UPDATE stock_items SET level = 'plenty' WHERE on_hand > reserved")
    op.execute(
        "UPDATE stock_items SET active_at = COALESCE("
        "(SELECT MAX(m.at) FROM stock_movements AS m WHERE m.item = stock_items.id AND m.kind = 'sale'), "
        "(SELECT MIN(m.at) FROM stock_movements AS m WHERE m.item = stock_items.id))"
    )


def _indexes() -> None:
    op.drop_index("uq_stock_movements_one_sale", table_name="stock_movements")
    op.drop_index("uq_reservation_lines_one_consumption", table_name="reservation_lines")
    op.drop_index("ix_reservation_lines_item", table_name="reservation_lines")
    op.create_index("ix_stock_items_location_variant", "stock_items", ["location", "variant"])
    op.create_index("ix_reservation_lines_item_reservation", "reservation_lines", ["item", "reservation"])
    for name, table, columns, condition in (
        (
            "uq_stock_movements_one_sale",
            "stock_movements",
            ["item", "reference", "lot"],
            "kind IN ('sale', 'transfer_out')",
        ),
        (
            "uq_reservation_lines_one_consumption",
            "reservation_lines",
            ["reservation", "item", "bundle", "reference"],
            "kind = 'consumed'",
        ),
        ("ix_stock_items_active_at", "stock_items", ["active_at"], "on_hand > 0"),
        ("ix_stock_items_striped", "stock_items", ["id"], "stripes > 0"),
        ("ix_stock_movements_lot", "stock_movements", ["lot", "item"], "lot != ''"),
        ("ix_stock_movements_sold", "stock_movements", ["item", "at"], "kind = 'sale'"),
        ("ix_stock_movements_damaged", "stock_movements", ["item", "number"], "condition = 'damaged'"),
    ):
        where = sa.text(condition)
        unique = name.startswith("uq_")
        op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _new_tables() -> None:
    op.create_table(
        "stock_stripes",
        sa.Column("id", ID, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.CheckConstraint("free >= 0", name=op.f("ck_stock_stripes_free")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_stock_stripes_number")),
        sa.ForeignKeyConstraint(["item"], ["stock_items.id"], name=op.f("fk_stock_stripes_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_stripes")),
        sa.UniqueConstraint("item", "number", name=op.f("uq_stock_stripes_item_number")),
    )
    op.create_table(
        "stock_lots",
        sa.Column("id", ID, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("code", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("owner", ID, nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_stock_lots_code")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_stock_lots_position")),
        sa.CheckConstraint("quantity >= 0 AND (quantity <= 1 OR NOT serial)", name=op.f("ck_stock_lots_quantity")),
        sa.ForeignKeyConstraint(["item"], ["stock_items.id"], name=op.f("fk_stock_lots_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_lots")),
    )
    op.create_index("ix_stock_lots_item", "stock_lots", ["item"])
    somewhere, left = sa.text("serial AND quantity > 0"), sa.text("quantity > 0")
    op.create_index(
        "uq_stock_lots_one_place",
        "stock_lots",
        ["variant", "code"],
        unique=True,
        sqlite_where=somewhere,
        postgresql_where=somewhere,
    )
    op.create_index("ix_stock_lots_expires_at", "stock_lots", ["expires_at"], sqlite_where=left, postgresql_where=left)
    op.create_table(
        "stock_months",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("items >= 0 AND units >= 0", name=op.f("ck_stock_months_units")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_stock_months_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_stock_months_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_months")),
    )
    op.create_table(
        "stock_month_lines",
        sa.Column("month", ID, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0 AND damaged >= 0", name=op.f("ck_stock_month_lines_units")),
        sa.ForeignKeyConstraint(["item"], ["stock_items.id"], name=op.f("fk_stock_month_lines_item")),
        sa.ForeignKeyConstraint(["month"], ["stock_months.id"], name=op.f("fk_stock_month_lines_month")),
        sa.PrimaryKeyConstraint("month", "item", name=op.f("pk_stock_month_lines")),
    )
    refuse_changes_of("stock_month_lines")
