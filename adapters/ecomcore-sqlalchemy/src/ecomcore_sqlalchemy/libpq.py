"""A channel to PostgreSQL through libpq itself, in psycopg's own bindings.

Every statement is prepared once for each connection and then only bound and run, in C: a statement takes a third of the
client's time that it takes through a cursor. Parameters are text, and PostgreSQL reads them as the statement says.
"""

from __future__ import annotations

import selectors
from collections.abc import Sequence
from itertools import count
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, TypeAlias

from psycopg import Connection
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from ecomcore_sqlalchemy.writes import Row

__all__ = ["OUTDATED", "Channel", "Failed"]

Value: TypeAlias = str | int | None

OUTDATED = frozenset({"0A000", "26000"})
"""The SQLSTATEs of a prepared statement whose tables have changed since, or that is not there any more."""

_SELECTOR: type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.SelectSelector)
_FINE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Failed(Exception):
    """PostgreSQL refused a statement, or is gone: then there is no ``state``."""

    def __init__(self, state: str, message: str, table: str = "", constraint: str = "") -> None:
        super().__init__(f"{state}: {message}")
        self.state = state
        self.table = table
        self.constraint = constraint


class Channel:
    """One connection, with the statements that are prepared on it."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._prepared: dict[str, bytes] = {}
        self._names = count()
        self._read = Transformer(connection)
        self._selector = _SELECTOR()
        self._watched = EVENT_READ
        self._selector.register(connection.pgconn.socket, self._watched)

    @property
    def is_broken(self) -> bool:
        """Whether nothing more can be said on this connection."""
        connection = self._connection.pgconn
        return (
            self._connection.closed
            or connection.status != ConnStatus.OK
            or connection.transaction_status == TransactionStatus.UNKNOWN
        )

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> Sequence[Row]:
        """Run the statement and read its rows. Raises ``Failed``."""
        name = self._prepared.get(statement) or self._prepare(statement)
        result = self._connection.pgconn.exec_prepared(name, _encoded(parameters))
        if result.status not in _FINE:
            raise self._failed(result)
        self._read.set_pgresult(result)
        return self._read.load_rows(0, result.ntuples, tuple)

    def execute_all(self, statements: Sequence[tuple[str, Sequence[Value]]]) -> Sequence[int]:
        """Run all statements in one round trip; how many rows each has changed. Raises ``Failed`` of the first."""
        named = [(self._prepared.get(text) or self._prepare(text), parameters) for text, parameters in statements]
        connection = self._connection.pgconn
        connection.enter_pipeline_mode()
        try:
            for name, parameters in named:
                connection.send_query_prepared(name, _encoded(parameters))
            connection.pipeline_sync()
            changed, failed = self._results(len(statements))
        except BaseException:
            connection.finish()  # interrupted in the middle of a conversation, it is of no more use
            raise
        connection.exit_pipeline_mode()
        if failed is not None:
            raise self._failed(failed)
        return changed

    def _results(self, statements: int) -> tuple[Sequence[int], PGresult | None]:
        """The results of all statements and of the sync after them, which must all be read; and the first failure."""
        changed, failed = [], None
        for _ in range(statements):
            result = self._result()
            if result.status not in _FINE:
                failed = failed or result
            changed.append(result.command_tuples or 0)
            self._wait()
            self._connection.pgconn.get_result()  # nothing: the end of this statement
        self._result()
        return changed, failed

    def _result(self) -> PGresult:
        self._wait()
        result = self._connection.pgconn.get_result()
        if result is None:
            raise Failed("", "the server has closed the connection")
        return result

    def _wait(self) -> None:
        """Wait until a result can be had; other threads go on meanwhile."""
        connection = self._connection.pgconn
        while connection.flush():
            self._wait_for_the_socket(EVENT_READ | EVENT_WRITE)
        while connection.is_busy():
            self._wait_for_the_socket(EVENT_READ)

    def _wait_for_the_socket(self, events: int) -> None:
        selector, connection = self._selector, self._connection.pgconn
        if events != self._watched:
            selector.modify(connection.socket, events)
            self._watched = events
        if any(ready & EVENT_READ for _, ready in selector.select()):
            connection.consume_input()

    def _failed(self, result: PGresult) -> Failed:
        """The error; prepared statements that do not fit any more are forgotten, and made again when next needed."""
        failed = _failed(result)
        if failed.state in OUTDATED:
            self._prepared.clear()
        return failed

    def _prepare(self, statement: str) -> bytes:
        name = f"ecomcore_{next(self._names)}".encode()
        result = self._connection.pgconn.prepare(name, statement.encode())
        if result.status not in _FINE:
            raise _failed(result)
        self._prepared[statement] = name
        return name


def _encoded(parameters: Sequence[Value]) -> Any:
    return [None if parameter is None else str(parameter).encode() for parameter in parameters]


def _failed(result: PGresult) -> Failed:
    def said(field: DiagnosticField) -> str:
        return (result.error_field(field) or b"").decode(errors="replace")

    return Failed(
        said(DiagnosticField.SQLSTATE),
        said(DiagnosticField.MESSAGE_PRIMARY),
        said(DiagnosticField.TABLE_NAME),
        said(DiagnosticField.CONSTRAINT_NAME),
    )
