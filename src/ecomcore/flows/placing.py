"""Answers to ordering's questions when an order is placed: what is in the cart, who can give how much, its number."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from ecomcore import wallet
from ecomcore.carts import Carts
from ecomcore.documents import AllSeries, DocumentsPolicy, NumberFormat, take_number
from ecomcore.kernel.calendar import local
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import CartId, OrderId, SavedMethodId
from ecomcore.kernel.money import Money
from ecomcore.ordering import (
    Basket,
    Baskets,
    Credits,
    Draw,
    OrderingPolicy,
    OrderNumbers,
    SavedMethods,
    Tender,
)

__all__ = ["ORDERS", "KeptMethods", "ShopBaskets", "ShopCredits", "ShopNumbers"]


ORDERS: Final = "ORD"
"""The prefix of orders that are numbered without gaps, unless the shop's policy names another."""


class ShopBaskets(Baskets):
    """The shop's own carts. Drafts are ordered by staff only."""

    def __init__(self, carts: Carts) -> None:
        self._carts = carts

    def of(self, cart: CartId, owner: str, *, by_staff: bool) -> Basket:
        found = self._carts.find(cart, lock=True)  # who comes second waits, and sees what has become of it
        if found is None or found.owner != owner or (found.draft and not by_staff):
            raise NotFound("Cart", cart)
        if found.order is None and not found.is_open:
            raise NotFound("Cart", cart)
        wanted = found.wanted()
        return Basket(
            found.version,
            wanted.lines,
            wanted.coupons,
            wanted.delivery,
            wanted.destination,
            wanted.payment,
            found.email,
            found.order,
        )


class ShopCredits(Credits):
    """The shop's own wallet."""

    def __init__(
        self, accounts: wallet.Accounts, policy: wallet.WalletPolicy, attempts: wallet.GiftCardAttempts
    ) -> None:
        self._accounts = accounts
        self._policy = policy
        self._attempts = attempts

    def draws(self, tenders: Sequence[Tender], owner: str, wanted: Money, at: Instant) -> Sequence[Draw]:
        offered = [
            wallet.Tender(wallet.AccountKind(each.kind.value), each.code, each.amount, each.points) for each in tenders
        ]
        drawn = wallet.drawable(self._accounts, offered, owner, wanted, at, self._policy, self._attempts)
        return tuple(Draw(each.account, each.amount) for each in drawn)


class KeptMethods(SavedMethods):
    """The means of payment that members keep in the wallet."""

    def __init__(self, methods: wallet.SavedMethods) -> None:
        self._methods = methods

    def of(self, id: SavedMethodId, owner: str) -> tuple[str, str]:
        return wallet.token_of(self._methods, id, owner)


class ShopNumbers(OrderNumbers):
    """Numbers that nobody has to wait for: the day and eight letters and digits that follow from the order's id; or,
    where the shop's policy says so, numbers without gaps.
    """

    def __init__(self, series: AllSeries, policy: OrderingPolicy, documents: DocumentsPolicy) -> None:
        self._series = series
        self._policy = policy
        self._zone = documents.time_zone

    def next(self, id: OrderId, channel: str, at: Instant) -> str:  # noqa: ARG002
        prefix = self._policy.number_prefix
        if self._policy.gapless_numbers:
            return take_number(self._series, NumberFormat(prefix or ORDERS), at, self._zone).text
        name = int.from_bytes(hashlib.sha256(id.encode()).digest()[:5], "big")
        letters = "".join(_ALPHABET[name >> shift & 31] for shift in range(35, -1, -5))
        return "-".join(part for part in (prefix, f"{local(at, self._zone):%y%m%d}", letters) if part)


_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without letters that look like digits (Crockford's base 32)."""
