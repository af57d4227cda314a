"""What one unit of work writes, as data: rows to insert, to update and to delete. A dialect makes statements of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from attrs import field, frozen
from sqlalchemy import Table

__all__ = ["Delete", "Insert", "Row", "Shift", "Update", "Write", "shape_of"]

Row: TypeAlias = tuple[Any, ...]


@frozen
class Insert:
    """New rows; a row has a value for each of the columns."""

    table: Table
    columns: tuple[str, ...]
    rows: Sequence[Row] = field(repr=False)


@frozen
class Update:
    """Changed rows, found by ``keys``; a row has a value for each key, then for each of the columns.

    A row that is not found means that somebody else was faster: ``kind`` and the first key say what it was.
    """

    kind: str
    table: Table
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Sequence[Row] = field(repr=False)


@frozen
class Delete:
    """Rows to be deleted by their ids, each of which must be there."""

    kind: str
    table: Table
    ids: Sequence[str]


@frozen
class Shift:
    """A number in some rows raised or lowered by so much, whatever it is by then.

    A row has its id, by how much, and the ``{least}`` that must be there for it: the ``condition``, in SQL, where ``t``
    is the row as it is when it is written. One that does not meet it has changed too much meanwhile.
    """

    kind: str
    table: Table
    column: str
    condition: str
    rows: Sequence[Row] = field(repr=False)


def shape_of(write: Write) -> tuple[object, ...]:
    """What two writes have in common that are made by the same statement, whatever their rows."""
    match write:
        case Insert(table, columns):
            return Insert, table.name, columns
        case Update(_, table, keys, columns):
            return Update, table.name, keys, columns
        case Shift(_, table, column, condition):
            return Shift, table.name, column, condition
        case Delete(_, table):
            return Delete, table.name


Write: TypeAlias = Insert | Update | Delete | Shift
