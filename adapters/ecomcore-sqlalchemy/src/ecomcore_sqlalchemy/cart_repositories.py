"""The repository of carts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Column, Select, bindparam

from ecomcore.carts import Cart, Carts, CartState
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId
from ecomcore.kernel.money import Currency
from ecomcore_sqlalchemy.cart_tables import carts
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["CART_REPOSITORIES"]


class SqlCarts(SqlRepository[Cart, CartId], Carts):
    kind: ClassVar[type[Cart]] = Cart  # type: ignore[misc]

    def open_of(self, owner: str, currency: Currency | None, limit: int) -> Sequence[Cart]:
        narrowed: dict[str, Any] = {} if currency is None else {"currency": currency}
        columns = carts.c
        stored = self._load(
            "open_of" if currency is None else "open_of_in",
            lambda roots: (
                roots.where(columns.owner == bindparam("owner"), columns.state == bindparam("state"), ~columns.draft)
                .where(*(() if currency is None else (columns.currency == bindparam("currency"),)))
                .order_by(columns.id.desc())
                .limit(LIMIT)
            ),
            owner=owner,
            state=CartState.OPEN.value,
            limit=self._room_for(limit),
            **narrowed,
        )
        return self._latest(
            stored,
            lambda c: c.owner == owner and c.is_open and not c.draft and currency in (None, c.currency),
            limit,
        )

    def of_owner(self, owner: str, before: CartId | None, limit: int, *, drafts: bool) -> Sequence[Cart]:
        narrowed: dict[str, Any] = {} if before is None else {"before": before}
        columns = carts.c
        stored = self._load(
            f"of_owner{'' if before is None else '_before'}{'_drafts' if drafts else ''}",
            lambda roots: (
                roots.where(columns.owner == bindparam("owner"))
                .where(*(() if before is None else (columns.id < bindparam("before"),)))
                .where(*(() if drafts else (~columns.draft,)))
                .order_by(columns.id.desc())
                .limit(LIMIT)
            ),
            owner=owner,
            limit=self._room_for(limit),
            **narrowed,
        )
        return self._latest(
            stored,
            lambda c: c.owner == owner and (drafts or not c.draft) and (before is None or c.id < before),
            limit,
        )

    def silent(self, since: Instant, limit: int) -> Sequence[Cart]:
        return self._longest_silent(
            "silent",
            lambda roots: roots.where(carts.c.state == CartState.OPEN.value),
            carts.c.touched_at,
            lambda cart: cart.is_open,
            since,
            limit,
        )

    def waiting(self, since: Instant, limit: int) -> Sequence[Cart]:
        return self._longest_silent(
            "waiting", lambda roots: roots, carts.c.waiting_since, lambda cart: cart.is_waiting, since, limit
        )

    def _latest(self, stored: Sequence[Cart], matches: Callable[[Cart], bool], limit: int) -> Sequence[Cart]:
        return sorted(self._merged(stored, matches), key=lambda cart: cart.id, reverse=True)[:limit]

    def _longest_silent(
        self,
        name: str,
        narrowed: Callable[[Select[Any]], Select[Any]],
        since_when: Column[Any],
        matches: Callable[[Cart], bool],
        since: Instant,
        limit: int,
    ) -> Sequence[Cart]:
        stored = self._load(
            name,
            lambda roots: (
                narrowed(roots)
                .where(since_when <= bindparam("since", type_=INSTANT))
                .order_by(since_when, carts.c.id)
                .limit(LIMIT)
            ),
            since=self._session.dialect.instant(since),
            limit=self._room_for(limit),
        )
        found = self._merged(stored, lambda cart: matches(cart) and cart.touched_at <= since)
        return sorted(found, key=lambda cart: (cart.touched_at, cart.id))[:limit]


CART_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {Carts: SqlCarts}
"""Which repository implements the port of carts."""
