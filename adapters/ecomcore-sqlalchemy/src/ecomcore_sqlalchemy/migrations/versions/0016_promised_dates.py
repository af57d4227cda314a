"""A reservation says when the last of what it was promised should be there."""

import sqlalchemy as sa
from alembic import op

from ecomcore_sqlalchemy.tables import INSTANT

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("reservations", sa.Column("promised_at", INSTANT, nullable=True))
