"""One transaction on one connection: begun with the first statement, ended once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.sql import Executable

from ecomcore.kernel.errors import Conflict, OutcomeUnknown, TryAgain
from ecomcore_sqlalchemy.dialect import Compiled, Dialect, Stale
from ecomcore_sqlalchemy.writes import Delete, Row, Write

__all__ = ["Session", "Statements"]


class Statements:
    """The compiled statements of one store, and how many of all kinds it has run."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.run = 0
        self._compiled: dict[str, Compiled] = {}

    def get(self, name: str, build: Callable[[], Executable]) -> Compiled:
        """The statement of this name; built and compiled when it is first asked for."""
        known = self._compiled.get(name)
        if known is None:
            known = self._compiled[name] = self.dialect.compiled(build())
        return known


class Session:
    """Reads and writes within one transaction. Errors come out in ecomcore's words."""

    def __init__(self, engine: Engine, statements: Statements, *, write: bool) -> None:
        self._engine = engine
        self._statements = statements
        self._write = write
        self._pooled: Any = None
        self._ended = self._lost = False
        self._put_off: list[Callable[[], Sequence[Write]]] = []
        self._pool = engine.pool
        self._channel: Any = None
        self.dialect = statements.dialect

    def fetch(self, name: str, build: Callable[[], Executable], **parameters: Any) -> Sequence[Row]:
        """The rows of the named statement."""
        self._refuse_if_ended()
        statement = self._statements.get(name, build)
        try:
            self._begin()
            if statement.locks and (first := self._taken_out()):
                self._statements.run += self.dialect.flush(self._channel, first)
            self._statements.run += 1
            return self.dialect.fetch(self._channel, statement, parameters)
        except Exception as error:
            raise self._failed(error) from _cause(error)

    def put_off(self, writes: Callable[[], Sequence[Write]]) -> None:
        """Before anything is locked, and before all else at the commit, write what is not written yet by then.

        So locks are taken in the same order, whether a row is locked when it is read or by being written.
        """
        self._put_off.append(writes)

    def _taken_out(self) -> Sequence[Write]:
        return [write for writes in self._put_off for write in writes()]

    def commit(self, writes: Sequence[Write]) -> None:
        """Write everything, and end the transaction for good.

        Raises ``Conflict``, ``Duplicate``, ``InvariantViolated``, ``TryAgain``, and ``OutcomeUnknown`` when the
        connection breaks before the answer.
        """
        if self._pooled is None and not writes and not self._lost:
            return
        self._refuse_if_ended()
        try:
            self._begin()
            self._statements.run += self.dialect.commit(self._channel, [*self._taken_out(), *writes])
        except Exception as error:
            unknown = self._pooled is not None and self.dialect.is_unknown(self._channel, error)
            failed = self._failed(error)
            lost = OutcomeUnknown("the connection broke during the commit", error) if unknown else failed
            raise lost from _cause(error)
        self._release()

    def rollback(self) -> None:
        """End the transaction without a trace. Does nothing when it has ended."""
        if self._pooled is None:
            return
        try:
            self._channel.execute("ROLLBACK")
        except Exception:
            self._pooled.invalidate()
        self._release()

    def _refuse_if_ended(self) -> None:
        """Whoever goes on after an error would do so in another transaction, without the locks of this one."""
        if self._ended:
            raise RuntimeError("this unit of work has ended; begin another")

    def _begin(self) -> None:
        if self._pooled is None:
            self._pool = self._engine.pool
            self._pooled = self._engine.raw_connection()
            self._channel = self.dialect.channel(self._pooled)
            self._statements.run += 1
            self.dialect.begin(self._channel, write=self._write)

    def _failed(self, error: Exception) -> Exception:
        """The transaction is over; the error in ecomcore's words."""
        self._lost = True
        if self._pooled is None:
            return TryAgain(f"no connection: {type(error).__name__}", error)
        if isinstance(error, Stale):
            self.rollback()
            return _conflict(error.write)
        translated = self.dialect.error(error)
        if self.dialect.is_broken(self._channel):
            self._pooled.invalidate()
            self._release()
            self._engine.dispose()  # where one connection is lost, those that wait in the pool are as well
        else:
            self.rollback()
        return translated

    def _release(self) -> None:
        self._ended = True
        pooled, self._pooled, self._channel = self._pooled, None, None
        if pooled.is_valid and self._engine.pool is not self._pool:
            pooled.invalidate()  # the pool it came from was given up meanwhile: nobody would close it
        pooled.close()


def _cause(error: Exception) -> Exception | None:
    """What is shown as the reason; that rows were stale says the conflict itself."""
    return None if isinstance(error, Stale) else error


def _conflict(write: Any) -> Conflict:
    ids = write.ids if isinstance(write, Delete) else [row[0] for row in write.rows]
    return Conflict(write.kind, ids[0] if len(ids) == 1 else f"one of {len(ids)}")
