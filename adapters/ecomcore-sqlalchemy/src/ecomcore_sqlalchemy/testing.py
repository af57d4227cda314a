"""For tests: empty a store in a few milliseconds, ledgers included."""

from __future__ import annotations

from ecomcore_sqlalchemy.persistence import SqlPersistence
from ecomcore_sqlalchemy.tables import METADATA

__all__ = ["erase_everything"]


def erase_everything(persistence: SqlPersistence) -> None:
    """Delete every row of every table. The triggers that guard the ledgers are set aside meanwhile."""
    names = [table.name for table in reversed(METADATA.sorted_tables)]
    with persistence.engine.connect() as connection:
        if persistence.engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"TRUNCATE {', '.join(names)}")
            return
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for trigger, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        for name in names:
            connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - our own tables
        for _, statement in triggers:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("COMMIT")
