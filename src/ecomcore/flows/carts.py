"""Answers to the questions of carts: what they cost, and what may be put in them."""

from __future__ import annotations

from collections.abc import Collection

from ecomcore.carts import CartQuotes, Goods, Offered
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.text import Personal
from ecomcore.ordering import Offers, Pricing, Shopper, contact_of
from ecomcore.quoting import Cart, Quote

__all__ = ["OfferedGoods", "ShopCartQuotes"]


class ShopCartQuotes(CartQuotes):
    """Quotes a cart as it would be ordered: members are known by their name, guests by the address they left, if
    any.
    """

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing

    def quote(self, cart: Cart, owner: str, email: Personal | None, channel: str, at: Instant) -> Quote:
        contact = None if email is None or owner.startswith("member:") else contact_of(email)
        return self._pricing.quote(cart, Shopper(owner=owner, contact=contact, channel=channel), at)


class OfferedGoods(Goods):
    """For sale is what the shop offers in the channel."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    def offered(self, variants: Collection[VariantId], channel: str, at: Instant) -> Offered:
        return {id_: offer.most for id_, offer in self._offers.of(variants, channel, at).items()}
