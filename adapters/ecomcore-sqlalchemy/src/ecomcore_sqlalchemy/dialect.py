"""What the two databases do differently."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import ClauseElement, Column, ColumnElement, Engine
from sqlalchemy import Dialect as SqlAlchemyDialect
from sqlalchemy.sql import Executable

from ecomcore_sqlalchemy.writes import Row, Write

__all__ = ["Dialect", "Stale", "with_its_values"]


class Stale(Exception):
    """Rows that should have been changed were not there any more."""

    def __init__(self, write: Any) -> None:
        super().__init__(write)
        self.write = write


def with_its_values(statement: Executable, dialect: SqlAlchemyDialect) -> tuple[str, Mapping[str, Any]]:
    """The statement compiled for a dialect, and the values of the parameters that it brings along."""
    compiled = cast("ClauseElement", statement).compile(dialect=dialect)
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}


class Dialect(Protocol):
    """One kind of database, spoken to through its driver on a connection from SQLAlchemy's pool."""

    @abstractmethod
    def engine(self, url: str) -> Engine:
        """An engine whose connections are set up as ecomcore needs them."""

    @abstractmethod
    def compiled(self, statement: Executable) -> tuple[str, Mapping[str, Any]]:
        """The statement as the driver takes it, with named parameters, and the values of those it brings along."""

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
    def begin(self, connection: Any, *, write: bool) -> None:
        """Begin a transaction; one that only reads sees one moment."""

    @abstractmethod
    def fetch(self, connection: Any, statement: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """The rows of a statement."""

    @abstractmethod
    def flush(self, connection: Any, writes: Sequence[Write]) -> int:
        """Write everything; answers with how many statements it took. Raises ``Stale``."""

    @abstractmethod
    def error(self, error: Exception) -> Exception:
        """The driver's error in ecomcore's words."""

    @abstractmethod
    def is_broken(self, connection: Any) -> bool:
        """Whether the connection is of no more use."""
