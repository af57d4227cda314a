"""Who was told of a variant lately is found without reading all who ever were."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    told = sa.text("state = 'told'")
    op.create_index(
        "ix_wishes_told_variant_told_at", "wishes", ["variant", "told_at"], sqlite_where=told, postgresql_where=told
    )
