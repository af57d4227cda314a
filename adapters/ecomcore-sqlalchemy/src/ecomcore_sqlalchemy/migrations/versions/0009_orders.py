"""The whole life of an order: numbers, addresses, amendments, methods of payment, holds, and what providers told."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.migrations.append_only import allow_changes_of, refuse_changes_of
from ecomcore_sqlalchemy.tables import AMOUNT, CURRENCY, ID, INSTANT

revision = "0009"
down_revision = "0008"

COLUMNS = (
    ("products", "seller", "id", "NULL", None),
    ("order_lines", "seller", "id", "NULL", None),
    ("payment_entries", "method", "id", "NOT NULL DEFAULT ''", None),
    ("payment_entries", "request", "id", "NOT NULL DEFAULT ''", None),
    ("orders", "number", "id", "NOT NULL DEFAULT ''", None),
    ("orders", "ask_at", "instant", "NULL", None),
    ("orders", "amendments", "integer", "NOT NULL DEFAULT 0", "amendments >= 0"),
    ("orders", "details", "text", "NOT NULL DEFAULT ''", None),
    ("orders", "capture_parts", "boolean", "NOT NULL DEFAULT false", None),
    ("orders", "ship_to", "text", "NOT NULL DEFAULT ''", None),
    ("orders", "bill_to", "text", "NOT NULL DEFAULT ''", None),
    ("orders", "terms", "id", "NULL", None),
    ("orders", "cart", "id", "NULL", None),
)

KINDS = (
    "'intended', 'action_required', 'declined', 'authorised', 'capture_requested', 'void_requested', "
    "'refund_requested', 'captured', 'refused', 'answered', 'voided', 'void_refused', 'refunded', 'refund_refused', "
    "'charged_back', 'chargeback_won', 'fee'"
)
CAPTURES = "'at_once', 'at_shipping', 'by_hand'"


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    types = {
        "id": "VARCHAR" if sqlite else 'TEXT COLLATE "C"',
        "text": "TEXT",
        "boolean": "BOOLEAN",
        "integer": "INTEGER",
        "instant": "BIGINT" if sqlite else "TIMESTAMP WITH TIME ZONE",
    }
    allow_changes_of("payment_entries")
    allow_changes_of("order_lines")
    for table, column, kind, rest, check in COLUMNS:
        checked = f" CONSTRAINT ck_{table}_{column} CHECK ({check})" if check else ""
        type_ = types[kind]
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {type_} {rest}{checked}")
    _pay_by(types["instant"], sqlite=sqlite)
    _running_totals()
    _where_the_goods_are(sqlite=sqlite)
    _widen("payment_entries", "kind", KINDS, sqlite=sqlite)
    _widen("orders", "capture", CAPTURES, sqlite=sqlite)
    refuse_changes_of("payment_entries")
    refuse_changes_of("order_lines")
    _indexes()
    _new_tables()


def _pay_by(instant: str, *, sqlite: bool) -> None:
    """What nothing covers yet had half an hour to be paid, as the shop's own policy says unless told otherwise."""
    window = "1800000000" if sqlite else "INTERVAL '30 minutes'"
    op.execute(f"ALTER TABLE orders ADD COLUMN pay_by {instant} NULL")
    op.execute("UPDATE orders SET number = id")
    op.execute(
        f"UPDATE orders SET pay_by = placed_at + {window} "  # noqa: S608 - constants
        "WHERE state = 'placed' AND waits_for = '' AND instalments = ''"
    )


def _running_totals() -> None:
    """What was taken and what went back, for the database to compare."""
    op.execute("ALTER TABLE orders ADD COLUMN captured BIGINT NOT NULL DEFAULT 0")
    op.execute(
        "ALTER TABLE orders ADD COLUMN returned BIGINT NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_orders_returned CHECK (returned >= 0 AND returned <= captured)"
    )
    for column, kind in (("captured", "captured"), ("returned", "refunded")):
        op.execute(
            f"UPDATE orders SET {column} = COALESCE((SELECT SUM(amount) FROM payment_entries "  # noqa: S608 - constants
            f"WHERE payment_entries.\"order\" = orders.id AND payment_entries.kind = '{kind}'), 0)"
        )


def _where_the_goods_are(*, sqlite: bool) -> None:
    """Orders of before learn where their goods are set aside, and in which shipment they have left."""
    array, together = ("json_array", "json_group_array") if sqlite else ("json_build_array", "json_agg")
    arrived = "json(CASE s.state WHEN 'delivered' THEN 'true' ELSE 'false' END)" if sqlite else "s.state = 'delivered'"
    as_json, as_text = ("json", "") if sqlite else ("", "::text")
    op.execute(
        "UPDATE orders SET details = '{\"sources\":' || "  # noqa: S608 - constants
        f"(SELECT {together}({array}(l.variant, l.location, l.units)) FROM (SELECT variant, location, "
        "sum(quantity) AS units FROM reservation_lines WHERE reservation = orders.id "
        f"GROUP BY variant, location HAVING sum(quantity) > 0 ORDER BY min(number)) AS l){as_text} || '}}' "
        "WHERE state IN ('placed', 'confirmed') "
        "AND EXISTS (SELECT 1 FROM reservations AS r WHERE r.id = orders.id AND r.state = 'open')"
    )
    lines = (
        f"(SELECT {together}({array}(l.variant, l.quantity)) FROM (SELECT variant, quantity "  # noqa: S608
        "FROM shipment_lines WHERE shipment = s.id ORDER BY number) AS l)"
    )
    op.execute(
        "UPDATE orders SET details = '{\"shipped\":' || "  # noqa: S608
        f"(SELECT {together}({array}(s.id, {arrived}, {as_json}({lines}))) FROM shipments AS s "
        f"WHERE s.\"order\" = orders.id AND s.state IN ('shipped', 'delivered')){as_text} || '}}' "
        "WHERE state IN ('shipped', 'completed') "
        "AND EXISTS (SELECT 1 FROM shipments AS s WHERE s.\"order\" = orders.id AND s.state IN ('shipped', 'delivered'))"
    )


def _widen(table: str, column: str, allowed: str, *, sqlite: bool) -> None:
    """Let a column have more values. SQLite cannot change a constraint: its own documentation says to edit its text."""
    name = f"ck_{table}_{column}"
    if not sqlite:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({allowed}))")
        return
    connection = op.get_bind()
    text = connection.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE name = :name"), {"name": table})
    begin = text.index(f"{column} IN (")
    end = text.index(")", begin)
    widened = f"{text[:begin]}{column} IN ({allowed}{text[end:]}"
    following = int(connection.scalar(sa.text("PRAGMA schema_version"))) + 1
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": widened, "name": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {following}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _indexes() -> None:
    for name, columns, condition, unique in (
        ("uq_orders_number", ["number"], "number != ''", True),
        ("ix_orders_ask_at", ["ask_at"], "ask_at IS NOT NULL", False),
        ("ix_orders_pay_by", ["pay_by"], "pay_by IS NOT NULL", False),
    ):
        where = sa.text(condition)
        op.create_index(name, "orders", columns, unique=unique, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_payment_entries_payment", "payment_entries", ["payment"])
    promised = sa.text("kind = 'authorised'")
    op.create_index(
        "ix_payment_entries_promise",
        "payment_entries",
        ["reference"],
        sqlite_where=promised,
        postgresql_where=promised,
    )
    op.create_index("ix_payment_entries_at", "payment_entries", ["at", "order", "number"])


def _new_tables() -> None:
    op.create_table(
        "order_amendments",
        sa.Column("order", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("taxes", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1 AND line >= -1 AND units >= 0", name=op.f("ck_order_amendments_number")),
        sa.CheckConstraint(
            "kind IN ('removed', 'added', 'repriced', 'credited')", name=op.f("ck_order_amendments_kind")
        ),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name=op.f("fk_order_amendments_order")),
        sa.PrimaryKeyConstraint("order", "number", name=op.f("pk_order_amendments")),
    )
    refuse_changes_of("order_amendments")
    op.create_table(
        "heard_notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("method", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payment", ID, nullable=True),
        sa.Column("order", ID, nullable=True),
        sa.Column("currency", CURRENCY, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("heard_at", INSTANT, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_heard_notices_version")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_heard_notices_told")),
        sa.CheckConstraint(
            "kind IN ('authorised', 'declined', 'captured', 'voided', 'refunded', 'charged_back', 'chargeback_won', "
            "'fee')",
            name=op.f("ck_heard_notices_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('applied', 'known', 'unknown', 'differs')", name=op.f("ck_heard_notices_outcome")
        ),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name=op.f("fk_heard_notices_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heard_notices")),
    )
