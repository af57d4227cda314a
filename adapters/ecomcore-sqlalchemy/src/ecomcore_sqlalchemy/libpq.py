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

from psycopg import Connection, OperationalError
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from ecomcore_sqlalchemy.writes import Row

__all__ = ["NOT_SENT", "OUTDATED", "Asked", "Channel", "Failed"]

Value: TypeAlias = str | int | None
Asked: TypeAlias = tuple[str, Sequence[Value]]
"""A statement and its parameters."""

NOT_SENT = "08006"
"""The SQLSTATE of a connection that was gone before the statement was sent: nothing of it was done."""

OUTDATED = frozenset({"0A000", "26000"})
"""The SQLSTATEs of a prepared statement whose tables have changed since, or that is not there any more."""

_SELECTOR: type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.SelectSelector)
_FINE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Failed(Exception):
    """PostgreSQL refused a statement, or is gone: then there is no ``state``. ``number`` counts the statements of one
    round trip, from 0: those after it were not run.
    """

    def __init__(self, state: str, message: str, table: str = "", constraint: str = "", number: int = 0) -> None:
        super().__init__(f"{state}: {message}")
        self.state = state
        self.table = table
        self.constraint = constraint
        self.number = number


class Channel:
    """One connection, with the statements that are prepared on it."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._prepared: dict[str, bytes] = {}
        self._names = count()
        self._first: tuple[Asked, ...] = ()
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

    def begin(self, statement: str) -> None:
        """Begin a transaction with what is run next, in the same round trip."""
        self._first = ((statement, ()),)

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> Sequence[Row]:
        """Run the statement and read its rows. Raises ``Failed``."""
        if self._first:
            result = self._run((statement, parameters))[-1]
        else:
            name = self._prepared.get(statement) or self._prepare(statement)
            result = self._connection.pgconn.exec_prepared(name, _encoded(parameters))
            if result.status not in _FINE:
                raise self._failed(result)
        self._read.set_pgresult(result)
        return self._read.load_rows(0, result.ntuples, tuple)

    def execute_all(self, statements: Sequence[Asked]) -> None:
        """Run all statements in one round trip. Raises ``Failed`` of the first that fails; no later one is run."""
        self._run(*statements)

    def _run(self, *statements: Asked) -> Sequence[PGresult]:
        first = len(self._first)
        named = [
            (self._prepared.get(text) or self._prepare(text), _encoded(parameters))
            for text, parameters in (*self._first, *statements)
        ]
        self._first, connection, results = (), self._connection.pgconn, list[PGresult]()
        connection.enter_pipeline_mode()
        try:
            for name, parameters in named:
                connection.send_query_prepared(name, parameters)
            connection.pipeline_sync()
            self._collect(results, len(named))
            connection.exit_pipeline_mode()
        except BaseException as error:
            connection.finish()  # interrupted in the middle of a conversation, it is of no more use
            if not isinstance(error, OperationalError | Failed):
                raise
            self._refuse(results, first)  # what the server said before it was gone
            raise
        self._refuse(results, first)
        return results

    def _collect(self, results: list[PGresult], statements: int) -> None:
        """The results of all statements and of the sync after them, which must all be read."""
        for _ in range(statements):
            results.append(self._result())
            self._wait()
            self._connection.pgconn.get_result()  # nothing: the end of this statement
        self._result()

    def _refuse(self, results: Sequence[PGresult], first: int) -> None:
        for number, result in enumerate(results):
            if result.status not in _FINE:
                raise self._failed(result, max(number - first, 0))

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

    def _failed(self, result: PGresult, number: int = 0) -> Failed:
        """The error; prepared statements that do not fit any more are forgotten, and made again when next needed."""
        failed = _failed(result, number)
        if failed.state in OUTDATED:
            self._prepared.clear()
        return failed

    def _prepare(self, statement: str) -> bytes:
        name = f"ecomcore_{next(self._names)}".encode()
        result = self._connection.pgconn.prepare(name, statement.encode())
        if result.status not in _FINE:
            failed = _failed(result)
            failed.state = failed.state or NOT_SENT
            raise failed
        self._prepared[statement] = name
        return name


def _encoded(parameters: Sequence[Value]) -> Any:
    return [None if parameter is None else str(parameter).encode() for parameter in parameters]


def _failed(result: PGresult, number: int = 0) -> Failed:
    def said(field: DiagnosticField) -> str:
        return (result.error_field(field) or b"").decode(errors="replace")

    return Failed(
        said(DiagnosticField.SQLSTATE),
        said(DiagnosticField.MESSAGE_PRIMARY),
        said(DiagnosticField.TABLE_NAME),
        said(DiagnosticField.CONSTRAINT_NAME),
        number,
    )
