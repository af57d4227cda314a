"""What Alembic runs: the migrations, on the connection it was handed, in the transaction that is open there."""

from alembic import context

from ecomcore_sqlalchemy.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=False)
context.run_migrations()
