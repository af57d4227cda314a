"""How aggregates become rows and rows become aggregates. Written by hand: the domain knows nothing of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from attrs import field, frozen
from sqlalchemy import Table

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.work import Changed
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.writes import Insert, Row, Update, Write

__all__ = ["Mapped", "Part", "writes_of"]

A = TypeVar("A", bound=Aggregate)

_COMMON = ("id", "version", "told")


@frozen
class Part(Generic[A]):
    """A table whose rows belong to an aggregate: the first column names its root, ``order`` sorts them.

    ``fresh`` gives the rows to insert, ``changed`` those to update (by ``id``, with the other columns after it). Parts
    that are not ``loaded`` are ledgers too long to be read with their aggregate. ``needed`` says by the root's row
    whether there is anything to load at all.
    """

    table: Table
    columns: tuple[str, ...]
    order: str
    fresh: Callable[[A | None, A, Dialect], Iterable[Row]]
    changed: Callable[[A, A, Dialect], Iterable[Row]] | None = None
    loaded: bool = True
    needed: Callable[[Row], bool] | None = None


@frozen
class Mapped(Generic[A]):
    """An aggregate's root table, the columns after ``id``, ``version`` and ``told``, and its parts.

    ``values`` gives the columns' values; those from ``fixed`` on never change and are not updated. ``made`` builds the
    aggregate from its root row and, for each loaded part, that part's rows. ``shifted`` columns may change without a
    new version (``Shift``): who writes the row must have seen them as they are.
    """

    kind: type[A]
    table: Table
    mutable: tuple[str, ...]
    fixed: tuple[str, ...]
    values: Callable[[A, Dialect], Row]
    made: Callable[[Row, Sequence[Sequence[Row]], Dialect], A]
    parts: tuple[Part[A], ...] = field(default=())
    shifted: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*_COMMON, *self.mutable, *self.fixed)


def writes_of(mapped: Mapped[A], changes: Sequence[Changed[A]], dialect: Dialect) -> Iterable[Write]:
    """What must be written for these aggregates, with one write per table and kind of change."""
    new, changed = [], []
    for change in changes:
        now, values = change.now, mapped.values(change.now, dialect)
        if change.before is None:
            new.append((now.id, now.version, now.told, *values))
        else:
            seen = (change.before.version, *(getattr(change.before, name) for name in mapped.shifted))
            changed.append((now.id, *seen, now.version, now.told, *values[: len(mapped.mutable)]))
    if new:
        yield Insert(mapped.table, mapped.columns, new)
    if changed:
        columns = ("version", "told", *mapped.mutable)
        yield Update(mapped.kind.__name__, mapped.table, ("id", "version", *mapped.shifted), columns, changed)
    for part in mapped.parts:
        yield from _writes_of_part(mapped, part, changes, dialect)


def _writes_of_part(
    mapped: Mapped[A], part: Part[A], changes: Sequence[Changed[A]], dialect: Dialect
) -> Iterable[Write]:
    fresh = [row for change in changes for row in part.fresh(change.before, change.now, dialect)]
    if fresh:
        yield Insert(part.table, part.columns, fresh)
    if part.changed is not None:
        changed = [
            row
            for change in changes
            if change.before is not None
            for row in part.changed(change.before, change.now, dialect)
        ]
        if changed:
            columns = tuple(name for name in part.columns if name != "id")
            yield Update(mapped.kind.__name__, part.table, ("id",), columns, changed)
