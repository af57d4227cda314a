"""The row of a lot is named so that no two names join alike: a blank, which no id has, parts the item and the lot."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    # In two steps, that no new name meets an old one on the way.
    op.execute("UPDATE stock_lots SET id = ' ' || item || ' ' || code")
    op.execute("UPDATE stock_lots SET id = substr(id, 2)")
