"""The items of a cart while a quote is made, and which of them a rule means.

Made for speed: plain whole numbers, looked up by index; nothing here is shown to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, TypeAlias

from attrs import define, field

from ecomcore.kernel.calendar import TimeZone, local
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PromotionId, VariantId
from ecomcore.kernel.money import Price
from ecomcore.quoting.cart import Buyer, Cart, Offer
from ecomcore.quoting.conditions import EVERYTHING, Items

__all__ = ["Facts", "Item", "Selector", "Units"]

Units: TypeAlias = Sequence[tuple[int, int]]
"""So many units of the items with these indexes."""


@define(eq=False)
class Item:
    """All units of one variant. The catalogue lane sets ``shown``, ``worth``, what is ``taken`` off and
    the units it ``counted``; ``lines`` are the cart's,
    each with its number and quantity, the smallest first.
    """

    variant: VariantId
    offer: Offer
    quantity: int
    lines: Sequence[tuple[int, int]]
    price: Price
    original: Price
    source: str
    included: bool
    amount: int
    per: int
    listed: int
    floor: int
    shown: int
    worth: int
    taken: list[Any] = field(factory=list)
    counted: dict[PromotionId, int] = field(factory=dict)

    @property
    def unit(self) -> int | Fraction:
        """What one unit costs as shown, exactly."""
        return self.shown if self.per == 1 else Fraction(self.shown, self.per)


class Selector:
    """``Items``, made ready."""

    __slots__ = ("categories", "high", "low", "named", "narrowed", "products", "variants", "without")

    def __init__(self, items: Items) -> None:
        self.variants = frozenset(items.variants)
        self.products = frozenset(items.products)
        self.categories = frozenset(items.categories)
        self.named = bool(self.variants or self.products or self.categories)
        excluded = (items.without_variants, items.without_products, items.without_categories)
        self.without = tuple(frozenset(names) for names in excluded) if any(excluded) else None
        self.low = items.price_from.minor if items.price_from else None
        self.high = items.price_to.minor if items.price_to else None
        self.narrowed = self.without is not None or self.low is not None or self.high is not None

    @classmethod
    def of(cls, items: Items) -> Selector:
        """The selector of these items; all that mean everything are one, so that it is added up once."""
        return _EVERYTHING if items == EVERYTHING else cls(items)

    def has(self, item: Item, amount: int) -> bool:
        """Whether the item is meant, at a price of so much for its base quantity."""
        offer = item.offer
        if self.named and not (
            item.variant in self.variants
            or offer.product in self.products
            or not self.categories.isdisjoint(offer.categories)
        ):
            return False
        return not self.narrowed or self.allows(item, amount)

    def allows(self, item: Item, amount: int) -> bool:
        """Whether an item that is named is neither excluded nor too cheap or dear."""
        if self.without is not None:
            variants, products, categories = self.without
            offer = item.offer
            if item.variant in variants or offer.product in products or not categories.isdisjoint(offer.categories):
                return False
        if self.low is not None and amount < self.low * item.per:
            return False
        return self.high is None or amount <= self.high * item.per


_EVERYTHING: Final = Selector(EVERYTHING)


class Facts:
    """What the conditions of promotions are about: the cart, the buyer, the moment."""

    __slots__ = (
        "_known",
        "_weekdays",
        "all",
        "at",
        "buyer",
        "cart",
        "categories",
        "channel",
        "currency",
        "items",
        "listed",
        "products",
        "taken",
        "variants",
        "worth",
    )

    def __init__(self, cart: Cart, buyer: Buyer, channel: str, at: Instant, items: Sequence[Item]) -> None:
        self.cart = cart
        self.currency = cart.currency
        self.buyer = buyer
        self.channel = channel
        self.at = at
        self.items = items
        self.all = tuple(range(len(items)))
        self.worth = 0
        self.listed = 0
        self.taken = False
        self.variants: dict[str, list[int]] = {}
        self.products: dict[str, list[int]] = {}
        self.categories: dict[str, list[int]] = {}
        self._weekdays: dict[TimeZone, int] = {}
        self._known: dict[Selector, tuple[tuple[int, ...], int, int]] = {}
        products, categories = self.products, self.categories
        for index, item in enumerate(items):
            self.variants[item.variant] = [index]
            offer = item.offer
            if offer.product is not None:
                products.setdefault(offer.product, []).append(index)
            for category in offer.categories:
                categories.setdefault(category, []).append(index)

    def shown(self) -> None:
        """The catalogue lane is done: from now on prices and worth are as shown."""
        self.worth = sum(item.worth for item in self.items)
        self.listed = sum(item.listed for item in self.items)
        self.taken = any(item.taken for item in self.items)

    def weekday(self, zone: TimeZone) -> int:
        """What day of the week it is there: 0 on Monday."""
        known = self._weekdays.get(zone)
        if known is None:
            known = self._weekdays[zone] = local(self.at, zone).weekday()
        return known

    def select(self, selector: Selector) -> tuple[int, ...]:
        """The indexes of the items that are meant, in order."""
        return self.totals(selector)[0]

    def totals(self, selector: Selector) -> tuple[tuple[int, ...], int, int]:
        """The items that are meant, their quantity and their worth as shown."""
        known = self._known.get(selector)
        if known is None:
            items = self.items
            found = self._named(selector) if selector.named else self.all
            if selector.narrowed:
                found = tuple([index for index in found if selector.allows(items[index], items[index].shown)])
            quantity = worth = 0
            for index in found:
                item = items[index]
                quantity += item.quantity
                worth += item.worth
            known = found, quantity, worth
            self._known[selector] = known
        return known

    def _named(self, selector: Selector) -> tuple[int, ...]:
        if not (selector.products or selector.categories) and len(selector.variants) <= len(self.variants):
            return tuple(sorted([self.variants[id_][0] for id_ in selector.variants if id_ in self.variants]))
        found: set[int] = set()
        for here, wanted in (
            (self.variants, selector.variants),
            (self.products, selector.products),
            (self.categories, selector.categories),
        ):
            if wanted:
                _add_common(found, here, wanted)
        return tuple(sorted(found))


def _add_common(found: set[int], here: Mapping[str, list[int]], wanted: frozenset[str]) -> None:
    """Add what is here under the wanted names, going through whichever is shorter."""
    if len(here) <= len(wanted):
        for name, indexes in here.items():
            if name in wanted:
                found.update(indexes)
    else:
        for name in wanted:
            if name in here:
                found.update(here[name])
