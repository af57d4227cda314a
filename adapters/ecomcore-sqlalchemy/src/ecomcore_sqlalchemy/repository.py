"""The part that all repositories share: load with a constant number of statements, save into the unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar, cast

from sqlalchemy import Integer, Select, bindparam, select

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.work import Changed, Changes, Repository
from ecomcore_sqlalchemy.mapping import Mapped, Part, writes_of
from ecomcore_sqlalchemy.mappings import MAPPED
from ecomcore_sqlalchemy.session import Session
from ecomcore_sqlalchemy.writes import Row, Write

__all__ = ["LIMIT", "SqlRepository", "locked"]

LIMIT: Final = bindparam("limit", type_=Integer)

A = TypeVar("A", bound=Aggregate)
I = TypeVar("I", bound=str)  # noqa: E741 - the id type of a repository


class SqlRepository(Repository[A, I]):
    """The aggregates of one kind within one unit of work; what is saved here lies over what is stored."""

    kind: ClassVar[type[Any]]  # type: ignore[misc]  # fixed by each subclass

    def __init__(self, session: Session, changes: Changes) -> None:
        self._session = session
        self._changes = changes
        self._locked: set[str] = set()
        self._mapped: Mapped[A] = MAPPED[self.kind]
        self._table = self._mapped.table

    def many(self, ids: Sequence[I], *, lock: bool = False) -> Mapping[I, A]:
        missing = self._unlocked(ids) if lock else [id_ for id_ in ids if self._current(id_) is None]
        if missing:
            self._load(
                f"{'lock' if lock else 'load'}",
                lambda roots: locked(roots.where(self._is_one_of("ids")).order_by(self._table.c.id), lock=lock),
                lock=lock,
                ids=self._session.dialect.list_of(sorted(set(missing))),
            )
            if lock:
                self._locked.update(missing)
        found = ((id_, self._current(id_)) for id_ in ids)
        return {id_: aggregate for id_, aggregate in found if aggregate is not None}

    def save(self, *aggregates: A) -> None:
        unknown = [cast("I", a.id) for a in aggregates if a.version and self._current(a.id) is None]
        if unknown:
            self.many(unknown)
        for aggregate in aggregates:
            self._changes.save(aggregate)

    def writes(self, changed: Sequence[Changed[A]]) -> Iterable[Write]:
        """What must be written at the commit: for what has changed, and for whatever else this repository keeps."""
        return writes_of(self._mapped, changed, self._session.dialect)

    def page(self, after: I | None = None, limit: int = 100) -> Sequence[A]:
        columns = self._table.c
        stored = self._load(
            "page",
            lambda roots: roots.where(columns.id > bindparam("after")).order_by(columns.id).limit(LIMIT),
            after=after or "",
            limit=self._room_for(limit),
        )
        return self._merged(stored, lambda aggregate: aggregate.id > (after or ""))[:limit]

    def _load(
        self, name: str, narrowed: Callable[[Select[Any]], Select[Any]], *, lock: bool = False, **parameters: Any
    ) -> list[A]:
        """The aggregates whose roots the statement finds, each with its parts; one statement for each part, but none
        for the only one.

        With ``lock`` the parts are always read by a later statement: one that waits for a lock sees the locked rows as
        they are then, and all others as they were before.
        """
        mapped, dialect = self._mapped, self._session.dialect
        loaded = [part for part in mapped.parts if part.loaded]
        if len(loaded) == 1 and loaded[0].needed is None and not lock:
            whole = self._load_joined(name, lambda: _joined(narrowed(self._roots(lock=lock)), loaded[0]), **parameters)
        else:
            found = self._session.fetch(
                f"{self._table.name}.{name}", lambda: narrowed(self._roots(lock=lock)), **parameters
            )
            parts = [self._rows_by_root(part, _needing(part, found)) for part in loaded] if found else []
            whole = [(root, [rows.get(root[0], ()) for rows in parts]) for root in found]
        made = self._completed([mapped.made(root, rows, dialect) for root, rows in whole], lock=lock)
        return [self._changes.loaded(aggregate) for aggregate in made]

    def _roots(self, *, lock: bool) -> Select[Any]:  # noqa: ARG002 - for those that read otherwise what they lock
        """The columns of the root; a repository may compute some of them."""
        return select(*(self._table.c[column] for column in self._mapped.columns))

    def _completed(self, made: list[A], *, lock: bool) -> list[A]:  # noqa: ARG002
        """What was loaded, before anybody sees it; a repository may know more of it than its rows say."""
        return made

    def _load_joined(
        self, name: str, build: Callable[[], Select[Any]], **parameters: Any
    ) -> list[tuple[Row, Sequence[Sequence[Row]]]]:
        """Roots and their only part in one statement: each root with the rows of its part."""
        width = len(self._mapped.columns)
        whole: dict[str, tuple[Row, list[Row]]] = {}
        for row in self._session.fetch(f"{self._table.name}.{name}", build, **parameters):
            _, rows = whole.setdefault(row[0], (row[:width], []))
            if row[width] is not None:
                rows.append(row[width:])
        return [(root, [rows]) for root, rows in whole.values()]

    def _rows_by_root(self, part: Part[A], roots: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
        if not roots:
            return {}
        dialect, columns = self._session.dialect, part.table.c
        owner = columns[part.columns[0]]
        rows = self._session.fetch(
            f"{part.table.name}.parts",
            lambda: (
                select(*(columns[name] for name in part.columns))
                .where(dialect.any_of(owner, "ids"))
                .order_by(owner, columns[part.order])
            ),
            ids=dialect.list_of([root[0] for root in roots]),
        )
        by_root: dict[str, list[Row]] = {}
        for row in rows:
            by_root.setdefault(row[0], []).append(row)
        return by_root

    def _merged(self, stored: Iterable[A], matches: Callable[[A], bool]) -> list[A]:
        """What is stored and what is saved here, as it is now, where it matches, in the order of the ids."""
        saved = {aggregate.id: aggregate for aggregate in self._changes.changed_now(self.kind)}
        if not saved:
            return list(stored)
        merged = {aggregate.id: aggregate for aggregate in stored} | saved
        return [merged[id_] for id_ in sorted(merged) if matches(merged[id_])]

    def _room_for(self, limit: int) -> int:
        """How many to fetch so that ``limit`` are left, should those saved here no longer match."""
        return limit + sum(1 for _ in self._changes.changed_now(self.kind))

    def _current(self, id: str) -> A | None:
        return self._changes.current(self.kind, id)

    def _unlocked(self, ids: Sequence[I]) -> list[I]:
        saved = {aggregate.id for aggregate in self._changes.changed_now(self.kind)}
        return [id_ for id_ in ids if id_ not in self._locked and id_ not in saved]

    def _is_one_of(self, name: str) -> Any:
        return self._session.dialect.any_of(self._table.c.id, name)


def _needing(part: Part[Any], roots: Sequence[Row]) -> Sequence[Row]:
    """The roots that have rows of this part."""
    return roots if part.needed is None else [root for root in roots if part.needed(root)]


def locked(roots: Select[Any], *, lock: bool) -> Select[Any]:
    """With ``lock``, lock the rows one after the other, in the order of the statement.

    Rows that refer to them can still be inserted (``FOR NO KEY UPDATE``): keys never change, and who inserts such rows
    need not wait for the locks, nor be in a deadlock with them.
    """
    return roots.with_for_update(key_share=True) if lock else roots


def _joined(narrowed: Select[Any], part: Part[Any]) -> Select[Any]:
    """The roots that were found, in the order of their ids, each with the rows of its part in theirs."""
    roots, columns = narrowed.subquery("roots"), part.table.c
    joined = roots.outerjoin(part.table, columns[part.columns[0]] == roots.c.id)
    return (
        select(*roots.c, *(columns[name] for name in part.columns))
        .select_from(joined)
        .order_by(roots.c.id, columns[part.order])
    )
