"""What one unit of work writes, as data: rows to insert, to update and to delete. A dialect makes statements of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from attrs import field, frozen
from sqlalchemy import Table

__all__ = ["Delete", "Insert", "Row", "Update", "Write"]

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


Write: TypeAlias = Insert | Update | Delete
