"""What carts need: a store, a price for what is in them, and to know what is for sale."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from ecomcore.carts.cart import Cart
from ecomcore.carts.values import Offered
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId, VariantId
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import Repository
from ecomcore.quoting import Cart as WantedCart
from ecomcore.quoting import Quote

__all__ = ["CartQuotes", "Carts", "Goods"]


class Carts(Repository[Cart, CartId], Protocol):
    """All carts."""

    kind: type[Cart] = Cart

    @abstractmethod
    def open_of(self, owner: str, currency: Currency | None, limit: int) -> Sequence[Cart]:
        """The owner's open carts that are no drafts, from the greatest id down; in this currency, or in any."""

    @abstractmethod
    def of_owner(self, owner: str, before: CartId | None, limit: int, *, drafts: bool) -> Sequence[Cart]:
        """The owner's carts with an id below ``before``, from the greatest id down; with or without drafts."""

    @abstractmethod
    def silent(self, since: Instant, limit: int) -> Sequence[Cart]:
        """Open carts that nobody has touched after this moment, the longest silent first."""

    @abstractmethod
    def waiting(self, since: Instant, limit: int) -> Sequence[Cart]:
        """Of those, only carts whose owner is still to be reminded of them (``Cart.is_waiting``)."""


class CartQuotes(Protocol):
    """Says what a cart costs. The shop's pricing answers, as it would for an order of the same owner."""

    @abstractmethod
    def quote(self, cart: WantedCart, owner: str, email: Personal | None, channel: str, at: Instant) -> Quote:
        """What it costs its owner now. Raises ``Refused`` where it has no price, and ``PortUnavailable``."""


class Goods(Protocol):
    """Knows what is for sale. The shop's offers answer."""

    @abstractmethod
    def offered(self, variants: Collection[VariantId], channel: str, at: Instant) -> Offered:
        """Those of the variants that are for sale, with the most units of each that one order may have."""
