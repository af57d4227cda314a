"""The spine: catalogue, inventory, orders with their payments, shipments, outbox and replies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of

revision = "0001"
down_revision = None

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

APPEND_ONLY = ("stock_movements", "payment_entries", "events", "order_lines", "reservation_lines", "shipment_lines")


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", ID, nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.CheckConstraint("depth >= 0", name=op.f("ck_categories_depth")),
        sa.CheckConstraint("parent IS NULL OR parent <> id", name=op.f("ck_categories_no_self_parent")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_categories_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_categories_version")),
        sa.ForeignKeyConstraint(["parent"], ["categories.id"], name=op.f("fk_categories_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("correlation", ID, nullable=False),
        sa.Column("origin", ID, nullable=True),
        sa.Column("subscriber", ID, nullable=False),
        sa.Column("stream", ID, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_deliveries_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_dead_due_at", "deliveries", ["dead", "due_at"], unique=False)
    op.create_index(
        "ix_deliveries_stream_position",
        "deliveries",
        ["stream", "position"],
        unique=False,
        sqlite_where=sa.text("stream IS NOT NULL"),
        postgresql_where=sa.text("stream IS NOT NULL"),
    )
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("aggregate", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("correlation", ID, nullable=False),
        sa.Column("origin", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_events_sequence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("kind", "aggregate", "sequence", name=op.f("uq_events_kind_aggregate_sequence")),
    )
    op.create_table(
        "locations",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.CheckConstraint("told >= 0", name=op.f("ck_locations_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_locations_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
    )
    op.create_table(
        "replies",
        sa.Column("scope", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_replies")),
    )
    op.create_table(
        "reservations",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'consumed', 'released', 'expired')", name=op.f("ck_reservations_state")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_reservations_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_reservations_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index(
        "ix_reservations_open_expires_at",
        "reservations",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("buyer", ID, nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("capture", sa.String(length=20), nullable=False),
        sa.Column("location", ID, nullable=True),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.CheckConstraint("capture IN ('at_once', 'at_shipping')", name=op.f("ck_orders_capture")),
        sa.CheckConstraint(
            "state IN ('placed', 'confirmed', 'shipped', 'completed', 'cancelled')", name=op.f("ck_orders_state")
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_orders_currency")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_orders_told")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_orders_total")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_orders_version")),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_orders_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_buyer_id", "orders", ["buyer", "id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", ID, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'unpublished')", name=op.f("ck_products_state")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_products_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_products_version")),
        sa.ForeignKeyConstraint(["category"], ["categories.id"], name=op.f("fk_products_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(op.f("ix_products_category"), "products", ["category"], unique=False)
    op.create_table(
        "stock_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("location", ID, nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_stock_items_entries")),
        sa.CheckConstraint("on_hand - reserved >= 0", name=op.f("ck_stock_items_not_oversold")),
        sa.CheckConstraint("on_hand <= 1000000000", name=op.f("ck_stock_items_on_hand")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_items_reserved")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_stock_items_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_stock_items_version")),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_stock_items_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_items")),
        sa.UniqueConstraint("variant", "location", name=op.f("uq_stock_items_variant_location")),
    )
    op.create_table(
        "order_lines",
        sa.Column("order", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("sku", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("per", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("per >= 1", name=op.f("ck_order_lines_per")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_order_lines_price")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_order_lines_total")),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name=op.f("fk_order_lines_order")),
        sa.PrimaryKeyConstraint("order", "number", name=op.f("pk_order_lines")),
    )
    op.create_table(
        "payment_entries",
        sa.Column("order", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payment", ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('intended', 'action_required', 'declined', 'authorised', 'captured', 'refused', 'voided', 'refunded')",
            name=op.f("ck_payment_entries_kind"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payment_entries_amount")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_payment_entries_number")),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name=op.f("fk_payment_entries_order")),
        sa.PrimaryKeyConstraint("order", "number", name=op.f("pk_payment_entries")),
        sa.UniqueConstraint(
            "order", "kind", "payment", "reference", name=op.f("uq_payment_entries_order_kind_payment_reference")
        ),
    )
    op.create_table(
        "reservation_lines",
        sa.Column("reservation", ID, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("location", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_reservation_lines_quantity")),
        sa.ForeignKeyConstraint(["item"], ["stock_items.id"], name=op.f("fk_reservation_lines_item")),
        sa.ForeignKeyConstraint(["reservation"], ["reservations.id"], name=op.f("fk_reservation_lines_reservation")),
        sa.PrimaryKeyConstraint("reservation", "item", name=op.f("pk_reservation_lines")),
    )
    op.create_index(op.f("ix_reservation_lines_item"), "reservation_lines", ["item"], unique=False)
    op.create_table(
        "shipments",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("order", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('prepared', 'shipped', 'delivered', 'cancelled')", name=op.f("ck_shipments_state")
        ),
        sa.CheckConstraint("told >= 0", name=op.f("ck_shipments_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_shipments_version")),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name=op.f("fk_shipments_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
    )
    op.create_index(op.f("ix_shipments_order"), "shipments", ["order"], unique=False)
    op.create_table(
        "stock_movements",
        sa.Column("item", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("(kind = 'receipt') <= (quantity > 0)", name=op.f("ck_stock_movements_receipt_adds")),
        sa.CheckConstraint("(kind = 'sale') <= (quantity < 0)", name=op.f("ck_stock_movements_sale_takes")),
        sa.CheckConstraint("kind IN ('receipt', 'sale', 'correction')", name=op.f("ck_stock_movements_kind")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_stock_movements_balance")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_stock_movements_number")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_movements_quantity")),
        sa.ForeignKeyConstraint(["item"], ["stock_items.id"], name=op.f("fk_stock_movements_item")),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_stock_movements")),
    )
    op.create_index(
        "uq_stock_movements_one_sale",
        "stock_movements",
        ["item", "reference"],
        unique=True,
        sqlite_where=sa.text("kind = 'sale'"),
        postgresql_where=sa.text("kind = 'sale'"),
    )
    op.create_table(
        "variants",
        sa.Column("id", ID, nullable=False),
        sa.Column("product", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("per", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_variants_currency")),
        sa.CheckConstraint("per BETWEEN 1 AND 1000000000", name=op.f("ck_variants_per")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_variants_price")),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name=op.f("fk_variants_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("product", "position", name=op.f("uq_variants_product_position")),
        sa.UniqueConstraint("sku", name=op.f("uq_variants_sku")),
    )
    op.create_table(
        "shipment_lines",
        sa.Column("shipment", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_shipment_lines_quantity")),
        sa.ForeignKeyConstraint(["shipment"], ["shipments.id"], name=op.f("fk_shipment_lines_shipment")),
        sa.PrimaryKeyConstraint("shipment", "number", name=op.f("pk_shipment_lines")),
    )

    for table in APPEND_ONLY:
        refuse_changes_of(table)
