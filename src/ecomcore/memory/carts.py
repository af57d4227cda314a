"""The repository of carts in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from ecomcore.carts import Cart, Carts
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId
from ecomcore.kernel.money import Currency
from ecomcore.memory.repositories import MemoryRepository

__all__ = ["MemoryCarts"]


class MemoryCarts(MemoryRepository[Cart, CartId], Carts):
    kind: ClassVar[type[Cart]] = Cart  # type: ignore[misc]

    def open_of(self, owner: str, currency: Currency | None, limit: int) -> Sequence[Cart]:
        found = (cart for cart in self._latest_of(owner) if cart.is_open and not cart.draft)
        return [cart for cart in found if currency in (None, cart.currency)][:limit]

    def of_owner(self, owner: str, before: CartId | None, limit: int, *, drafts: bool) -> Sequence[Cart]:
        shown = (cart for cart in self._latest_of(owner) if drafts or not cart.draft)
        return [cart for cart in shown if before is None or cart.id < before][:limit]

    def silent(self, since: Instant, limit: int) -> Sequence[Cart]:
        return self._longest_silent(since, limit, lambda cart: cart.is_open)

    def waiting(self, since: Instant, limit: int) -> Sequence[Cart]:
        return self._longest_silent(since, limit, lambda cart: cart.is_waiting)

    def _latest_of(self, owner: str) -> Iterable[Cart]:
        return reversed(self._with(self._tables.carts_of.get(owner, ()), owner=owner))

    def _longest_silent(self, since: Instant, limit: int, matches: Callable[[Cart], bool]) -> Sequence[Cart]:
        found = sorted((cart.touched_at, cart.id) for cart in self._all() if cart.touched_at <= since and matches(cart))
        return list(self.many([id_ for _, id_ in found[:limit]]).values())
