"""How units of a stock item are set aside without having the whole of it.

A *share* is a part of an item: nothing but setting units aside of it, and giving some back, makes sense with it. What
remains of the item is nobody's business meanwhile.

Of a plain item of which there is plenty a share needs no lock. It is written as a change by so many units, whatever
``reserved`` is by then, and the row itself refuses it if it is not plenty any more (``_PLENTY``): then somebody else
was faster, and the command runs again. So the row is locked no longer than it takes to write it and to commit, and
buyers do not wait for each other's round trips. Where staff or those who wait would have to be told of a change,
where more is promised than there is, where lots are told apart and where a queue is served the item is locked first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

from ecomcore.inventory import Level, StockItem, Tracking
from ecomcore.kernel.errors import Conflict, InvariantViolated
from ecomcore.kernel.ids import StockItemId
from ecomcore_sqlalchemy.repository import SqlRepository
from ecomcore_sqlalchemy.stock_tables import stock_items
from ecomcore_sqlalchemy.writes import Shift, Write

__all__ = ["Share", "SharingRepository"]

_ROOM: Final = 64
"""Of so many units more than are wanted there must be plenty: who comes close is likely to be refused by the row."""

_PLENTY: Final = """t.stripes = 0 AND t.level = 'plenty' AND t.beyond = '' AND t.tracking = 'none' AND NOT t.queued
AND t.on_hand - t.reserved - t.buffer - t.low > {least}"""
"""What ``plenty`` says, of the row as it is when it is written."""


@frozen
class Share:
    """A part of an item: so many ``free`` units of it; the item as it was answered, and as it is now.

    It lies in a stripe, which is locked, or with no ``stripe`` in the item's own row, which is not; there so many
    units are to be left as ``keep`` says.
    """

    stripe: int | None
    free: int
    answered: StockItem
    item: StockItem
    keep: int = 0
    written: int = 0

    @property
    def taken(self) -> int:
        """How many units were set aside of it here; below zero where some were given back."""
        return self.item.reserved - self.answered.reserved

    @property
    def pending(self) -> int:
        """How many of them the database does not know of yet."""
        return self.taken - self.written


def plenty(item: StockItem) -> int:
    """How many units may be set aside of an item as it is, so that nobody has to be told."""
    plain = not item.stripes and item.beyond is None and item.tracking is Tracking.NONE and not item.queued
    return item.on_hand - item.reserved - item.buffer - item.low - 1 if plain and item.level is Level.PLENTY else 0


class SharingRepository(SqlRepository[StockItem, StockItemId]):
    """Stock items of which a part can be had."""

    kind: ClassVar[type[StockItem]] = StockItem  # type: ignore[misc]

    def __init__(self, session: Any, changes: Any) -> None:
        super().__init__(session, changes)
        self._shares: dict[StockItemId, Share] = {}
        session.put_off(self._plain_writes)

    def _has_plenty(self, wanted: Mapping[StockItemId, int], keep: Mapping[StockItemId, int]) -> bool:
        """Whether of each there is a plain share with so many units, as far as we have seen; nothing is locked.

        Not after some stock was locked: it might come later in the order of locks than what is written now.
        """
        if self._locked or any(share.stripe is not None for share in self._shares.values()):
            return False
        changed = {item.id for item in self._changes.changed_now(StockItem)}
        new: dict[StockItemId, Share] = {}
        for id_, units in wanted.items():
            share, left = self._shares.get(id_), keep.get(id_, 0)
            if share is None:
                item = self._current(id_)
                if item is None or id_ in changed:
                    return False
                share = Share(None, plenty(item), item, item)
            share = evolve(share, keep=max(share.keep, left))
            if share.free - share.taken < units + share.keep + _ROOM:
                return False
            new[id_] = share
        self._shares.update(new)
        return True

    def _suffices(self, id: StockItemId, wanted: Mapping[StockItemId, int]) -> bool:
        share = self._shares.get(id)
        return share is not None and share.free - share.taken >= wanted[id]

    def save(self, *aggregates: StockItem) -> None:
        whole = []
        for item in aggregates:
            share = self._shares.get(item.id)
            if share is None:
                whole.append(item)
            else:
                self._save_share(share, item)
        super().save(*whole)

    def _save_share(self, share: Share, item: StockItem) -> None:
        if item.version != share.item.version:
            raise Conflict("StockItem", item.id)
        if item.having(reserved=share.item.reserved) != share.item:
            raise InvariantViolated(f"stock {item.id}: of a share units are set aside or given back, nothing else")
        self._shares[item.id] = evolve(share, item=item.having(version=item.version + 1))
        known = self._current(item.id)
        if known is not None:
            self._changes.loaded(known.having(reserved=known.reserved + item.reserved - share.item.reserved))

    def _completed(self, made: list[StockItem], *, lock: bool) -> list[StockItem]:
        return made if lock else [self._with_share(item) for item in made]

    def _with_share(self, item: StockItem) -> StockItem:
        """The item as this unit of work has it, which has not yet written what it took."""
        return item.having(reserved=item.reserved + share.pending) if (share := self._shares.get(item.id)) else item

    def _load(self, *arguments: Any, lock: bool = False, **parameters: Any) -> list[StockItem]:
        loaded = super()._load(*arguments, lock=lock, **parameters)
        if not lock or not self._shares:
            return loaded
        return [self._folded(item) for item in loaded]

    def _folded(self, item: StockItem) -> StockItem:
        """What was taken of a share is taken of the whole, once that is ours; the share is one no more."""
        share = self._shares.pop(item.id, None)
        if share is None:
            return item
        self._changes.save(item.having(reserved=item.reserved + share.pending))
        folded = self._current(item.id)
        return item if folded is None else folded

    def _plain_writes(self) -> Sequence[Write]:
        """What was taken of the shares of plain items, and is not written yet; it is from now on."""
        pending = {id_: share for id_, share in sorted(self._shares.items()) if share.stripe is None and share.pending}
        rows = [(id_, share.pending, share.pending + share.keep) for id_, share in pending.items()]
        self._shares.update((id_, evolve(share, written=share.taken)) for id_, share in pending.items())
        return [Shift("StockItem", stock_items, "reserved", _PLENTY, rows)] if rows else []
