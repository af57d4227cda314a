"""A store of the whole shop on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.work import Changes, Codec, Persistence, Told, UnitOfWork
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mappings import MAPPED
from ecomcore_sqlalchemy.outbox import SqlOutbox, SqlReplies
from ecomcore_sqlalchemy.postgres import Postgres
from ecomcore_sqlalchemy.repositories import REPOSITORIES
from ecomcore_sqlalchemy.session import Session, Statements
from ecomcore_sqlalchemy.sqlite import Sqlite
from ecomcore_sqlalchemy.writes import Write

__all__ = ["SqlPersistence"]


class SqlPersistence(Persistence):
    """All data of a shop in one database. Safe to share between threads; not across a fork.

    ``url`` is SQLAlchemy's: ``sqlite:///shop.db`` or ``postgresql://user@host/shop``. With ``migrate`` the schema is
    created, or brought up to date, when the store is opened; without it, that is the host's business (``upgrade``).
    Raises ``PortUnavailable`` when the database cannot be opened.
    """

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        self.dialect: Dialect = _dialect(url)
        self.engine: Engine = self.dialect.engine(_with_driver(url))
        self._statements = Statements(self.dialect)
        self._codec: Codec | None = None
        if migrate:
            from ecomcore_sqlalchemy.migrations import upgrade

            try:
                upgrade(self.engine)
            except DBAPIError as error:
                raise PortUnavailable(f"the database cannot be opened ({type(error.orig).__name__})", error) from error

    def use(self, codec: Codec) -> None:
        self._codec = self.dialect.documents = codec

    def begin(self, *, write: bool = True) -> UnitOfWork:
        if self._codec is None:
            raise RuntimeError("a store is used by a shop: assemble(persistence)")
        return _SqlWork(Session(self.engine, self._statements, write=write), self._codec, write=write)

    @property
    def statements(self) -> int:
        """How many SQL statements were run so far, begin and commit included."""
        return self._statements.run

    def close(self) -> None:
        self.engine.dispose()


class _SqlWork(UnitOfWork):
    def __init__(self, session: Session, codec: Codec, *, write: bool) -> None:
        self._session = session
        self._write = write
        self._changes = Changes()
        self._made: dict[type, Any] = {}
        self._outbox = self.outbox = SqlOutbox(session, codec)
        self._replies = self.replies = SqlReplies(session, codec)

    def repository(self, port: type) -> Any:
        made = self._made.get(port)
        if made is None:
            made = self._made[port] = REPOSITORIES[port](self._session, self._changes)
        return made

    def take_news(self) -> Sequence[Told]:
        return self._changes.take_news()

    def commit(self) -> None:
        if not self._write:
            raise RuntimeError("this unit of work only reads")
        self._session.commit(self._writes())

    def rollback(self) -> None:
        self._session.rollback()

    def _writes(self) -> Sequence[Write]:
        """Everything, in the order in which the tables refer to each other."""
        changed = self._changes.changed()
        made = {repository.kind: repository for repository in self._made.values()}
        state = [write for kind in MAPPED if kind in made for write in made[kind].writes(changed.get(kind, ()))]
        return [*state, *self._outbox.writes(), *self._replies.writes()]


def _dialect(url: str) -> Dialect:
    name = make_url(url).get_backend_name()
    if name == "sqlite":
        return Sqlite()
    if name == "postgresql":
        return Postgres()
    raise ValueError(f"ecomcore-sqlalchemy speaks to sqlite and postgresql, not to {name}")


def _with_driver(url: str) -> str:
    """The URL with our driver: psycopg 3 for PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)
