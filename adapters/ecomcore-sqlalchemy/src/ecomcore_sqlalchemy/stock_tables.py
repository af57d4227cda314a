"""The tables of the stock: locations, stock items with their ledger, lots and stripes, reservations, closed months.

``stock_items.reserved`` of a striped item counts the units that lie free in its stripes as well: what is really set
aside is ``reserved`` without the sum of ``free``. So the checks of both tables together refuse to sell twice.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from ecomcore.inventory import (
    Condition,
    Grade,
    Level,
    LocationKind,
    MovementKind,
    Purpose,
    ReservationEntryKind,
    ReservationState,
    Tracking,
)
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore_sqlalchemy.tables import AMOUNT, CURRENCY, ID, INSTANT, METADATA, aggregate, one_of

__all__ = [
    "STOCK_APPEND_ONLY",
    "locations",
    "reservation_lines",
    "reservations",
    "stock_items",
    "stock_lots",
    "stock_month_lines",
    "stock_months",
    "stock_movements",
    "stock_stripes",
]

STOCK_APPEND_ONLY = ("stock_month_lines",)
"""Beside the ledgers, which ``tables`` lists: what a month said when it was closed."""

locations = Table(
    "locations",
    METADATA,
    *aggregate(),
    Column("name", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("country", String(2), nullable=True),
    Column("region", Text, nullable=True),
    Column("postcode", Text, nullable=True),
    Column("latitude", Double, nullable=True),
    Column("longitude", Double, nullable=True),
    Column("ships", Boolean(create_constraint=False), nullable=False),
    Column("collects", Boolean(create_constraint=False), nullable=False),
    Column("parcel_cost", AMOUNT, nullable=True),
    Column("parcel_currency", CURRENCY, nullable=True),
    one_of("kind", LocationKind, "kind"),
    CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="coordinates"),
    CheckConstraint("(parcel_cost IS NULL) = (parcel_currency IS NULL)", name="parcel_cost"),
)

stock_items = Table(
    "stock_items",
    METADATA,
    *aggregate(),
    Column("variant", ID, nullable=False),
    Column("location", ID, ForeignKey("locations.id"), nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    Column("short", Integer, nullable=False),
    Column("buffer", Integer, nullable=False),
    Column("beyond", String(20), nullable=False),
    Column("cap", Integer, nullable=False),
    Column("days", Integer, nullable=True),
    Column("release_at", INSTANT, nullable=True),
    Column("low", Integer, nullable=False),
    Column("tracking", String(20), nullable=False),
    Column("queued", Boolean(create_constraint=False), nullable=False),
    Column("grade", String(1), nullable=True),
    Column("stripes", Integer, nullable=False),
    Column("level", String(20), nullable=False),
    Column("counted_at", INSTANT, nullable=True),
    Column("active_at", INSTANT, nullable=True),
    Column("dead", Boolean(create_constraint=False), nullable=False),
    Column("due_at", INSTANT, nullable=True),
    UniqueConstraint("variant", "location"),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("on_hand + cap + short - reserved >= 0", name="not_oversold"),
    CheckConstraint(f"on_hand BETWEEN 0 AND {MAX_QUANTITY}", name="on_hand"),
    CheckConstraint("entries >= 0", name="entries"),
    CheckConstraint(f"damaged BETWEEN 0 AND {MAX_QUANTITY}", name="damaged"),
    CheckConstraint("short >= 0", name="short"),
    CheckConstraint("buffer >= 0 AND low >= 0", name="rules"),
    CheckConstraint(
        "(beyond = 'back_orders' AND cap > 0 AND release_at IS NULL) OR "
        "(beyond = 'pre_orders' AND cap > 0 AND release_at IS NOT NULL AND days IS NULL) OR "
        "(beyond = '' AND cap = 0 AND release_at IS NULL AND days IS NULL)",
        name="beyond",
    ),
    CheckConstraint("stripes >= 0 AND (stripes = 0 OR tracking = 'none')", name="stripes"),
    one_of("tracking", Tracking, "tracking"),
    one_of("grade", Grade, "grade"),
    one_of("level", Level, "level"),
    Index("ix_stock_items_location_variant", "location", "variant"),
)
Index(
    "ix_stock_items_active_at",
    stock_items.c.active_at,
    sqlite_where=stock_items.c.on_hand > 0,
    postgresql_where=stock_items.c.on_hand > 0,
)
Index(
    "ix_stock_items_due_at",
    stock_items.c.due_at,
    stock_items.c.id,
    sqlite_where=stock_items.c.due_at.is_not(None),
    postgresql_where=stock_items.c.due_at.is_not(None),
)
Index(
    "ix_stock_items_striped",
    stock_items.c.id,
    sqlite_where=stock_items.c.stripes > 0,
    postgresql_where=stock_items.c.stripes > 0,
)

stock_stripes = Table(
    "stock_stripes",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("item", ID, ForeignKey("stock_items.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("free", Integer, nullable=False),
    UniqueConstraint("item", "number"),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("free >= 0", name="free"),
)

stock_lots = Table(
    "stock_lots",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("item", ID, ForeignKey("stock_items.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("variant", ID, nullable=False),
    Column("code", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("expires_at", INSTANT, nullable=True),
    Column("owner", ID, nullable=True),
    Column("received_at", INSTANT, nullable=False),
    Column("warned", Boolean(create_constraint=False), nullable=False),
    Column("serial", Boolean(create_constraint=False), nullable=False),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint("code <> ''", name="code"),
    CheckConstraint("quantity >= 0 AND (quantity <= 1 OR NOT serial)", name="quantity"),
)
# A unit with a serial number is at one place, whatever the code does.
_IS_SOMEWHERE = and_(stock_lots.c.serial, stock_lots.c.quantity > 0)
Index(
    "uq_stock_lots_one_place",
    stock_lots.c.variant,
    stock_lots.c.code,
    unique=True,
    sqlite_where=_IS_SOMEWHERE,
    postgresql_where=_IS_SOMEWHERE,
)
Index(
    "ix_stock_lots_expires_at",
    stock_lots.c.expires_at,
    sqlite_where=stock_lots.c.quantity > 0,
    postgresql_where=stock_lots.c.quantity > 0,
)

stock_movements = Table(
    "stock_movements",
    METADATA,
    Column("item", ID, ForeignKey("stock_items.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("balance", Integer, nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("condition", String(20), nullable=False),
    Column("lot", ID, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    one_of("kind", MovementKind, "kind"),
    one_of("condition", Condition, "condition"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("quantity <> 0", name="quantity"),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("(kind = 'receipt') <= (quantity > 0)", name="receipt_adds"),
    CheckConstraint("(kind = 'sale') <= (quantity < 0)", name="sale_takes"),
    CheckConstraint("(kind IN ('return', 'transfer_in')) <= (quantity > 0)", name="others_add"),
    CheckConstraint("(kind IN ('write_off', 'transfer_out')) <= (quantity < 0)", name="others_take"),
)
# One shipment takes its units of an item, of one lot, once, whatever the code does.
_LEAVES = stock_movements.c.kind.in_((MovementKind.SALE.value, MovementKind.TRANSFER_OUT.value))
Index(
    "uq_stock_movements_one_sale",
    stock_movements.c.item,
    stock_movements.c.reference,
    stock_movements.c.lot,
    unique=True,
    sqlite_where=_LEAVES,
    postgresql_where=_LEAVES,
)
for _name, _columns, _condition in (
    ("ix_stock_movements_lot", ("lot", "item"), stock_movements.c.lot != ""),
    ("ix_stock_movements_sold", ("item", "at"), stock_movements.c.kind == MovementKind.SALE.value),
    ("ix_stock_movements_damaged", ("item", "number"), stock_movements.c.condition == Condition.DAMAGED.value),
):
    Index(
        _name,
        *(stock_movements.c[column] for column in _columns),
        sqlite_where=_condition,
        postgresql_where=_condition,
    )

reservations = Table(
    "reservations",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("expires_at", INSTANT, nullable=True),
    Column("purpose", String(20), nullable=False),
    Column("channel", ID, nullable=False),
    Column("promised_at", INSTANT, nullable=True),
    one_of("state", ReservationState, "state"),
    one_of("purpose", Purpose, "purpose"),
)
Index(
    "ix_reservations_open_expires_at",
    reservations.c.expires_at,
    sqlite_where=reservations.c.state == "open",
    postgresql_where=reservations.c.state == "open",
)

reservation_lines = Table(
    "reservation_lines",
    METADATA,
    Column("reservation", ID, ForeignKey("reservations.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("item", ID, ForeignKey("stock_items.id"), nullable=False),
    Column("variant", ID, nullable=False),
    Column("location", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("balance", Integer, nullable=False),
    Column("reference", Text, nullable=False),
    Column("bundle", ID, nullable=False),
    Column("each", Integer, nullable=False),
    one_of("kind", ReservationEntryKind, "kind"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("quantity <> 0", name="quantity"),
    CheckConstraint("balance >= 0 AND balance >= quantity", name="balance"),
    CheckConstraint("(kind = 'reserved') = (quantity > 0)", name="reserved_adds"),
    CheckConstraint("(kind = 'consumed') = (reference <> '')", name="consumed_under_a_reference"),
    CheckConstraint("each >= 1", name="each"),
    Index("ix_reservation_lines_item_reservation", "item", "reservation"),
)
# What one shipment takes of an item, for one bundle or for none, it takes once, whatever the code does.
Index(
    "uq_reservation_lines_one_consumption",
    reservation_lines.c.reservation,
    reservation_lines.c.item,
    reservation_lines.c.bundle,
    reservation_lines.c.reference,
    unique=True,
    sqlite_where=reservation_lines.c.kind == "consumed",
    postgresql_where=reservation_lines.c.kind == "consumed",
)

stock_months = Table(
    "stock_months",
    METADATA,
    *aggregate(),
    Column("until", INSTANT, nullable=False),
    Column("items", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
    CheckConstraint("items >= 0 AND units >= 0", name="units"),
)

stock_month_lines = Table(
    "stock_month_lines",
    METADATA,
    Column("month", ID, ForeignKey("stock_months.id"), primary_key=True),
    Column("item", ID, ForeignKey("stock_items.id"), primary_key=True),
    Column("on_hand", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    CheckConstraint("on_hand >= 0 AND damaged >= 0", name="units"),
)
