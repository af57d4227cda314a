"""The schema's history: each file in ``versions`` is a step that is never changed once released.

upgrade(create_engine(url))      # creates the schema, or brings it up to date; loses no row
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

__all__ = ["config", "head", "revision", "upgrade"]

_LOCK = 0x65636F6D  # one number for all, so that processes that start together upgrade one after the other


def config() -> Config:
    """Alembic's configuration; a connection goes into ``attributes["connection"]``."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    return made


def head() -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(config()).get_current_head()


def revision(engine: Engine) -> str | None:
    """The revision of a database; nothing for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. Processes may do so at the same time; one does it, the others wait."""
    if revision(engine) == head():
        return
    with _exclusive(engine) as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.exec_driver_sql("COMMIT")
        else:
            connection.exec_driver_sql("BEGIN")
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
            connection.exec_driver_sql("COMMIT")
