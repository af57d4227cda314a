"""Reservations and shipments of parts of an order: the lines of a reservation become its ledger."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.migrations.append_only import allow_changes_of, refuse_changes_of
from ecomcore_sqlalchemy.tables import ID

revision = "0008"
down_revision = "0007"

LINES = "reservation_lines"


def upgrade() -> None:
    of_id = "VARCHAR" if op.get_context().dialect.name == "sqlite" else 'TEXT COLLATE "C"'
    op.execute(
        f"ALTER TABLE shipments ADD COLUMN location {of_id} NULL "
        "CONSTRAINT fk_shipments_location REFERENCES locations (id)"
    )
    op.execute(f"ALTER TABLE shipments ADD COLUMN seller {of_id} NULL")
    # A primary key cannot be exchanged in place on every database: the table is made anew.
    allow_changes_of(LINES)
    op.execute(f"CREATE TABLE {LINES}_of_before AS SELECT * FROM {LINES}")  # noqa: S608 - names of our own
    op.drop_table(LINES)
    _make_the_ledger()
    _fill_in()
    op.drop_table(f"{LINES}_of_before")
    refuse_changes_of(LINES)


def _make_the_ledger() -> None:
    op.create_table(
        LINES,
        sa.Column("reservation", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("variant", ID, nullable=False),
        sa.Column("location", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('reserved', 'consumed', 'released')", name=op.f("ck_reservation_lines_kind")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_reservation_lines_number")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_reservation_lines_quantity")),
        sa.CheckConstraint("balance >= 0 AND balance >= quantity", name=op.f("ck_reservation_lines_balance")),
        sa.CheckConstraint("(kind = 'reserved') = (quantity > 0)", name=op.f("ck_reservation_lines_reserved_adds")),
        sa.CheckConstraint(
            "(kind = 'consumed') = (reference <> '')",
            name=op.f("ck_reservation_lines_consumed_under_a_reference"),
        ),
        sa.ForeignKeyConstraint(["item"], ["stock_items.id"], name=op.f("fk_reservation_lines_item")),
        sa.ForeignKeyConstraint(["reservation"], ["reservations.id"], name=op.f("fk_reservation_lines_reservation")),
        sa.PrimaryKeyConstraint("reservation", "number", name=op.f("pk_reservation_lines")),
    )
    op.create_index(op.f("ix_reservation_lines_item"), LINES, ["item"], unique=False)
    op.create_index(
        "uq_reservation_lines_one_consumption",
        LINES,
        ["reservation", "item", "reference"],
        unique=True,
        sqlite_where=sa.text("kind = 'consumed'"),
        postgresql_where=sa.text("kind = 'consumed'"),
    )


def _fill_in() -> None:
    """What was set aside; and, where a reservation has ended, that all of it left at once or was given back at once.

    It left under its order's shipment, of which there was one. Who consumed a reservation of no order by hand gave a
    reference that only the stock's ledger knows; here the reservation's own id stands in.
    """
    names = "reservation, number, kind, item, variant, location, quantity, balance, reference"
    op.execute(
        f"INSERT INTO {LINES} ({names}) "  # noqa: S608
        "SELECT reservation, number, 'reserved', item, variant, location, quantity, quantity, '' "
        f"FROM {LINES}_of_before"
    )
    op.execute(
        f"INSERT INTO {LINES} ({names}) "  # noqa: S608
        "SELECT l.reservation, "
        f"l.number + (SELECT max(m.number) FROM {LINES}_of_before AS m WHERE m.reservation = l.reservation), "
        "CASE r.state WHEN 'consumed' THEN 'consumed' ELSE 'released' END, "
        "l.item, l.variant, l.location, -l.quantity, 0, "
        "CASE r.state WHEN 'consumed' THEN coalesce("
        "(SELECT min(s.id) FROM shipments AS s WHERE s.\"order\" = r.id AND s.state IN ('shipped', 'delivered')), "
        "r.id) ELSE '' END "
        f"FROM {LINES}_of_before AS l JOIN reservations AS r ON r.id = l.reservation WHERE r.state <> 'open'"
    )
