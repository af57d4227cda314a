"""When time alone changes a stock item next: a lot expires, or it is released."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.tables import INSTANT

revision = "0015"
down_revision = "0014"

FILLED = (
    """
UPDATE stock_items SET due_at = (
    SELECT min(lot.expires_at) FROM stock_lots AS lot WHERE lot.item = stock_items.id AND lot.quantity > 0
) WHERE tracking <> 'none'
""",
    """
UPDATE stock_items SET due_at = release_at
WHERE beyond = 'pre_orders' AND (due_at IS NULL OR release_at < due_at)
""",
)
"""Of lots the first that expires, or the release if that is sooner."""


def upgrade() -> None:
    """What has run out already is due as well: it is looked at once more."""
    op.add_column("stock_items", sa.Column("due_at", INSTANT, nullable=True))
    for statement in FILLED:
        op.execute(sa.text(statement))
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_stock_items_due_at", "stock_items", ["due_at", "id"], sqlite_where=is_due, postgresql_where=is_due
    )
