"""How a hot stock item is spread over several rows, so that many can set units of it aside at once.

A striped item has rows in ``stock_stripes``. The units that can be had of it lie there, spread evenly; its own row
counts them in ``reserved`` as if they were set aside. Who sets units aside, or gives some back, locks one stripe that
nobody else holds, a *share*, and changes nothing but that. Everything else locks the whole: the item's own row, then
all its stripes; what is free is then known to the unit, and is spread anew when the item is written. Where no stripe
has enough units, the whole is locked as well, so that the last unit can always be sold.

    what is really set aside = stock_items.reserved - sum(stock_stripes.free)

Both tables are read in one statement where nothing is locked: whoever reads sees one moment. The units of an item that
owes any (more is promised than there is, or the buffer is not full) are not spread; it has no stripes until it owes
none: what is given back must fill the gap first.

The order of locks: plain items by id; then stripes and wholes of striped items by id.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import ColumnElement, Select, case, func, literal_column, select, text

from ecomcore.inventory import PreOrders, StockItem
from ecomcore.kernel.errors import Conflict
from ecomcore.kernel.ids import StockItemId
from ecomcore.kernel.work import Changed
from ecomcore_sqlalchemy.mapping import writes_of
from ecomcore_sqlalchemy.stock_shares import Share, SharingRepository
from ecomcore_sqlalchemy.stock_tables import stock_items, stock_stripes
from ecomcore_sqlalchemy.writes import Delete, Insert, Row, Update, Write

__all__ = ["StripedRepository", "spread"]

_COLUMNS: Final = ("id", "item", "number", "free")

_WANTED: Final = """
SELECT wanted.item, stripe.number, stripe.free
FROM unnest(CAST(:ids AS text[]), CAST(:units AS integer[]), CAST(:starts AS integer[])) AS wanted(item, units, start)
CROSS JOIN LATERAL ({a_stripe}) AS stripe
"""
_TAKE: Final = _WANTED.format(
    a_stripe="""
    SELECT number, free FROM stock_stripes WHERE item = wanted.item AND free >= wanted.units
    ORDER BY number < wanted.start, number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
)
"""Of each item the first stripe from its start on that has enough units and that nobody holds, locked."""
_TAKE_PATIENTLY: Final = _WANTED.format(
    a_stripe="""
    SELECT number, free FROM stock_stripes WHERE free >= wanted.units AND id = (
        SELECT id FROM stock_stripes WHERE item = wanted.item AND free >= wanted.units
        ORDER BY number < wanted.start, number LIMIT 1
    ) FOR NO KEY UPDATE
"""
)
"""Of each item one such stripe, whoever holds it; nothing, if it has not enough when its turn comes."""

_NONE: Final[ColumnElement[int]] = literal_column("0")


@frozen
class Whole:
    """A striped item whose every row is ours: what is really set aside, and what lies in each stripe."""

    reserved: int
    free: Mapping[int, int]


def spread(item: StockItem) -> Mapping[int, int]:
    """What lies in each stripe of an item: the units that can be had at any time, spread evenly."""
    if not item.stripes:
        return {}
    there = item.on_hand + item.cap
    if isinstance(item.beyond, PreOrders):  # the quota counts until they are released, then what is on hand
        there = min(item.on_hand, item.beyond.quota)
    units = there - item.reserved - item.buffer
    if units < 0:
        return {}
    each, more = divmod(units, item.stripes)
    return {number: each + (number < more) for number in range(item.stripes)}


class StripedRepository(SharingRepository):
    """Stock items of which some are spread over several rows. SQLite has one writer at a time: nothing is spread."""

    def __init__(self, session: Any, changes: Any) -> None:
        super().__init__(session, changes)
        self._wholes: dict[StockItemId, Whole] = {}

    # Shares ----------------------------------------------------------------------------------------------------------

    def shares(
        self, wanted: Mapping[StockItemId, int], keep: Mapping[StockItemId, int] | None = None
    ) -> Mapping[StockItemId, StockItem]:
        """See the port."""
        ids = sorted(wanted)
        if self._has_plenty(wanted, keep or {}):
            return {id_: self._shares[id_].item for id_ in ids}
        if not self._session.dialect.stripes:
            return self.many(ids, lock=True)
        self._lock_plain(self._ours_not(ids))
        rest = {id_: item for id_, item in self.many(self._ours_not(ids)).items() if not self._suffices(id_, wanted)}
        plain = [id_ for id_, item in rest.items() if not item.stripes]
        if plain:  # it was striped when we looked, and is not any more
            self.many(plain, lock=True)
        missing = [id_ for id_, item in rest.items() if item.stripes]
        for take in (self._take, self._take_patiently):
            if untouched := [id_ for id_ in missing if id_ not in self._shares]:
                take(untouched, wanted)
        whole = [id_ for id_ in missing if not self._suffices(id_, wanted)]
        if whole:
            self.many(whole, lock=True)
        shared = ((id_, share.item if (share := self._shares.get(id_)) else self._current(id_)) for id_ in ids)
        return {id_: item for id_, item in shared if item is not None}

    def _ours_not(self, ids: Iterable[StockItemId]) -> list[StockItemId]:
        """Those that are not locked whole by us."""
        return [id_ for id_ in self._unlocked(list(ids)) if id_ not in self._wholes]

    def _lock_plain(self, ids: Sequence[StockItemId]) -> None:
        """Lock those that are not known to be striped, if they are not."""
        maybe = [id_ for id_ in ids if (known := self._current(id_)) is None or not known.stripes]
        if maybe:
            plain = self._load(
                "lock_plain",
                lambda roots: (
                    roots.where(self._is_one_of("ids"), stock_items.c.stripes == _NONE)
                    .order_by(stock_items.c.id)
                    .with_for_update(key_share=True)
                ),
                lock=True,
                ids=self._session.dialect.list_of(maybe),
            )
            self._locked.update(item.id for item in plain)

    def _take(self, ids: Sequence[StockItemId], wanted: Mapping[StockItemId, int], how: str = _TAKE) -> None:
        """Lock one stripe of each that has enough units, beginning anywhere."""
        dialect = self._session.dialect
        whole = {id_: item for id_ in ids if (item := self._current(id_)) is not None}
        starts = [random.randrange(item.stripes) for item in whole.values()]
        rows = self._session.fetch(
            "stock_stripes.take" if how == _TAKE else "stock_stripes.take_patiently",
            lambda: text(how),
            ids=dialect.list_of(list(whole)),
            units=dialect.list_of([str(wanted[id_]) for id_ in whole]),
            starts=dialect.list_of([str(start) for start in starts]),
        )
        for id_, number, free in rows:
            item = whole[StockItemId(id_)]
            share = item.having(reserved=item.on_hand - free, buffer=0, beyond=None, short=0, due_at=None)
            self._shares[item.id] = Share(number, free, share, share)

    def _take_patiently(self, ids: Sequence[StockItemId], wanted: Mapping[StockItemId, int]) -> None:
        """The same, waiting for one of somebody else. Where that is empty by then, all of these are let go of again:
        who holds an empty stripe while asking for the whole stands in the way of those who have it.
        """
        self._session.fetch("stock_stripes.mark", lambda: text("SAVEPOINT stripes"))
        self._take(ids, wanted, _TAKE_PATIENTLY)
        if any(id_ not in self._shares for id_ in ids):
            self._session.fetch("stock_stripes.let_go", lambda: text("ROLLBACK TO SAVEPOINT stripes"))
            for id_ in ids:
                self._shares.pop(id_, None)

    # Reading ---------------------------------------------------------------------------------------------------------

    def _roots(self, *, lock: bool) -> Select[Any]:
        """Who does not lock reads what is really set aside, in the same statement."""
        if lock or not self._session.dialect.stripes:
            return super()._roots(lock=lock)
        columns, stripes = stock_items.c, stock_stripes.c
        free = select(func.coalesce(func.sum(stripes.free), _NONE)).where(stripes.item == columns.id).scalar_subquery()
        reserved = columns.reserved - case((columns.stripes > _NONE, free), else_=_NONE)
        return select(
            *(reserved.label("reserved") if name == "reserved" else columns[name] for name in self._mapped.columns)
        )

    def _completed(self, made: list[StockItem], *, lock: bool) -> list[StockItem]:
        if not lock or not self._session.dialect.stripes:
            return super()._completed(made, lock=lock)
        free = self._free([item.id for item in made if item.stripes])
        completed = []
        for item in made:
            if item.stripes:
                there = free.get(item.id, {})
                item = item.having(reserved=item.reserved - sum(there.values()))
                self._wholes[item.id] = Whole(item.reserved, there)
            completed.append(item)
        return completed

    def _free(self, ids: Collection[StockItemId]) -> Mapping[StockItemId, Mapping[int, int]]:
        """What lies in the stripes of these items, which are all locked."""
        free: dict[StockItemId, dict[int, int]] = {}
        if not ids:
            return free
        dialect, columns = self._session.dialect, stock_stripes.c
        rows = self._session.fetch(
            "stock_stripes.lock",
            lambda: (
                select(columns.item, columns.number, columns.free)
                .where(dialect.any_of(columns.item, "ids"))
                .order_by(columns.item, columns.number)
                .with_for_update(key_share=True)
            ),
            ids=dialect.list_of(sorted(ids)),
        )
        for item, number, units in rows:
            free.setdefault(StockItemId(item), {})[number] = units
        return free

    # Writing ---------------------------------------------------------------------------------------------------------

    def writes(self, changed: Sequence[Changed[StockItem]]) -> Iterable[Write]:
        if not self._session.dialect.stripes:
            return super().writes(changed)
        return [*self._whole_writes(changed), *self._share_writes()]

    def _whole_writes(self, changed: Sequence[Changed[StockItem]]) -> Iterator[Write]:
        striped = [change for change in changed if change.now.stripes or (change.before and change.before.stripes)]
        if not striped:
            yield from super().writes(changed)
            return
        self._lock_wholes([change.now.id for change in striped if change.before and change.now.id not in self._wholes])
        rows: list[Changed[StockItem]] = [
            change for change in changed if change.now.id not in {each.now.id for each in striped}
        ]
        stripes: dict[StockItemId, tuple[Mapping[int, int], Mapping[int, int]]] = {}
        for change in striped:
            before, now, whole = change.before, change.now, self._wholes.get(change.now.id, Whole(0, {}))
            if before is not None and before.reserved != whole.reserved:
                raise Conflict("StockItem", now.id)  # it was not locked, and others have taken of it since
            stripes[now.id] = whole.free, spread(now)
            rows.append(Changed(before and _in_row(before, whole.free), _in_row(now, stripes[now.id][1])))
        yield from writes_of(self._mapped, rows, self._session.dialect)
        yield from _stripe_writes(stripes)

    def _lock_wholes(self, ids: Sequence[StockItemId]) -> None:
        """Lock what was changed without being locked, and note what is really set aside of it."""
        if not ids:
            return
        columns = stock_items.c
        rows = self._session.fetch(
            "stock_items.lock_wholes",
            lambda: (
                select(columns.id, columns.reserved)
                .where(self._is_one_of("ids"))
                .order_by(columns.id)
                .with_for_update(key_share=True)
            ),
            ids=self._session.dialect.list_of(sorted(ids)),
        )
        free = self._free(ids)
        for id_, reserved in rows:
            there = free.get(StockItemId(id_), {})
            self._wholes[StockItemId(id_)] = Whole(reserved - sum(there.values()), there)

    def _share_writes(self) -> Iterator[Write]:
        rows = [
            (_stripe_id(id_, share.stripe), share.free - share.taken)
            for id_, share in self._shares.items()
            if share.stripe is not None and share.taken
        ]
        if rows:
            yield Update("StockItem", stock_stripes, ("id",), ("free",), rows)


def _in_row(item: StockItem, free: Mapping[int, int]) -> StockItem:
    """The item as its own row says it: what lies in its stripes counts as set aside."""
    return item.having(reserved=item.reserved + sum(free.values()))


def _stripe_writes(stripes: Mapping[StockItemId, tuple[Mapping[int, int], Mapping[int, int]]]) -> Iterator[Write]:
    """What must be written for each item so that its stripes become what they shall be."""
    gone: list[str] = []
    changed: list[Row] = []
    new: list[Row] = []
    for id_, (before, now) in stripes.items():
        gone.extend(_stripe_id(id_, number) for number in before if number not in now)
        for number, free in now.items():
            if number not in before:
                new.append((_stripe_id(id_, number), id_, number, free))
            elif before[number] != free:
                changed.append((_stripe_id(id_, number), free))
    if gone:
        yield Delete("StockItem", stock_stripes, gone)
    if changed:
        yield Update("StockItem", stock_stripes, ("id",), ("free",), changed)
    if new:
        yield Insert(stock_stripes, _COLUMNS, new)


def _stripe_id(item: StockItemId, number: int) -> str:
    return f"{item}/{number}"
