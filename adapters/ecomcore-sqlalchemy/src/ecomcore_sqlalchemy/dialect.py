"""What the two databases do differently."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, cast

from attrs import frozen
from sqlalchemy import ClauseElement, Column, ColumnElement, Engine
from sqlalchemy import Dialect as SqlAlchemyDialect
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from ecomcore.kernel.work import Codec
from ecomcore_sqlalchemy.writes import Row, Write

__all__ = ["Compiled", "Dialect", "Stale"]


_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b|^SAVEPOINT\b")


class Stale(Exception):
    """Rows that should have been changed were not there any more."""

    def __init__(self, write: Any) -> None:
        super().__init__(write)
        self.write = write


@frozen
class Compiled:
    """A statement as text, the names of its parameters in order, the values of those that it brings along, and whether
    it ``locks``: what it reads, or for a savepoint, what comes after it.
    """

    text: str
    names: tuple[str, ...]
    values: Mapping[str, Any]
    locks: bool

    @classmethod
    def of(cls, statement: Executable, dialect: SqlAlchemyDialect) -> Compiled:
        """The statement compiled for a dialect."""
        compiled = cast("SQLCompiler", cast("ClauseElement", statement).compile(dialect=dialect))
        values = {name: value for name, value in compiled.params.items() if value is not None}
        return cls(str(compiled), tuple(compiled.positiontup or ()), values, _LOCKS.search(str(compiled)) is not None)


class Dialect(Protocol):
    """One kind of database, spoken to through its driver on a connection from SQLAlchemy's pool."""

    documents: Codec
    """How values become the text of a column and come back; set when the shop hands its codec to the store."""

    stripes: ClassVar[bool]
    """Whether several write at once, so that it pays to spread a hot row over several."""

    @abstractmethod
    def engine(self, url: str) -> Engine:
        """An engine whose connections are set up as ecomcore needs them."""

    @abstractmethod
    def channel(self, pooled: Any) -> Any:
        """What statements are run on: made once for each connection of the pool."""

    @abstractmethod
    def compiled(self, statement: Executable) -> Compiled:
        """The statement as the driver takes it."""

    @abstractmethod
    def any_of(self, column: Column[Any], name: str) -> ColumnElement[bool]:
        """Whether the column is one of a list given as one parameter, encoded with ``list_of``."""

    @abstractmethod
    def list_of(self, values: Sequence[str]) -> Any:
        """A list as a parameter."""

    @abstractmethod
    def instant(self, at: datetime) -> Any:
        """An instant as a column value."""

    @abstractmethod
    def moment(self, value: Any) -> datetime:
        """A column value as an instant."""

    @abstractmethod
    def begin(self, channel: Any, *, write: bool) -> None:
        """Begin a transaction; one that only reads sees one moment."""

    @abstractmethod
    def fetch(self, channel: Any, statement: Compiled, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """The rows of a statement."""

    @abstractmethod
    def flush(self, channel: Any, writes: Sequence[Write]) -> int:
        """Write everything; answers with how many statements it took. Raises ``Stale``."""

    @abstractmethod
    def commit(self, channel: Any, writes: Sequence[Write]) -> int:
        """Write everything and commit; answers with how many statements it took. Raises ``Stale``."""

    @abstractmethod
    def error(self, error: Exception) -> Exception:
        """The driver's error in ecomcore's words."""

    @abstractmethod
    def is_unknown(self, channel: Any, error: Exception) -> bool:
        """Whether it cannot be told after this error if the commit happened."""

    @abstractmethod
    def is_broken(self, channel: Any) -> bool:
        """Whether the connection is of no more use."""
