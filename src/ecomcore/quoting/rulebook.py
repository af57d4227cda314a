"""All rules of a shop that prices depend on, made ready once per edition to be looked up quickly.

Nothing is evaluated that cannot match: every promotion is filed under facts without which it gives nothing (a product,
a category, a segment, a coupon …) or under what must be spent, and a quote asks only for those its own facts lead to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PromotionId
from ecomcore.kernel.money import Currency
from ecomcore.quoting.coins import Coins
from ecomcore.quoting.effects import Gift, Lane
from ecomcore.quoting.prices import ExchangeRate
from ecomcore.quoting.ready import Key, ReadyRule
from ecomcore.quoting.rules import DatedRule, ListRule
from ecomcore.quoting.selecting import Facts
from ecomcore.quoting.taxes import DeliveryMethod, TaxZone
from ecomcore.quoting.terms import lane

__all__ = ["NO_RULES", "InForce", "Rulebook"]

_MOST_VIEWS: Final = 8
_NEXT_ABOVE: Final = 3


class Rulebook:
    """Immutable: the promotions, price lists, zones, delivery methods and exchange rates of one edition.

    ``has_series``: whether there are prices in any list, so that somebody has to look for them.
    """

    def __init__(
        self,
        *,
        edition: int = 0,
        promotions: Iterable[DatedRule] = (),
        lists: Iterable[ListRule] = (),
        zones: Iterable[TaxZone] = (),
        deliveries: Iterable[DeliveryMethod] = (),
        exchange: Iterable[ExchangeRate] = (),
        has_series: bool = True,
    ) -> None:
        self.edition = edition
        self.has_series = has_series
        self.promotions = tuple(promotions)
        self.lists = tuple(lists)
        self.zones = tuple(sorted(zones, key=lambda zone: zone.id))
        self.deliveries = tuple(deliveries)
        self.exchange = tuple(sorted(exchange, key=lambda rate: rate.since, reverse=True))
        self._bounds = sorted(set(_bounds((*self.promotions, *self.lists))))
        shown = (rule for rule in self.promotions if lane(rule.terms.effects[0]) is Lane.CATALOGUE)
        self.price_changes = sorted(set(_bounds((*shown, *self.lists))))
        self._coins: dict[Currency, Coins] = {}
        self._views: dict[int, InForce] = {}
        self._ready: dict[int, ReadyRule] = {}

    def coins(self, currency: Currency) -> Coins:
        """The amounts of a currency, as they are needed."""
        known = self._coins.get(currency)
        if known is None:
            known = self._coins[currency] = Coins(currency)
        return known

    def at(self, moment: Instant) -> InForce:
        """The rules in force at a moment."""
        span = bisect_right(self._bounds, moment)
        view = self._views.get(span)
        if view is None:
            if len(self._views) >= _MOST_VIEWS:
                self._views = {}
            view = self._views[span] = self._made(moment)
        return view

    def _made(self, moment: Instant) -> InForce:
        promotions = [
            self._made_ready(index, rule) for index, rule in enumerate(self.promotions) if _in_force(rule, moment)
        ]
        return InForce(promotions, [rule for rule in self.lists if _in_force(rule, moment)])

    def _made_ready(self, index: int, rule: DatedRule) -> ReadyRule:
        ready = self._ready.get(index)
        if ready is None:
            ready = self._ready[index] = ReadyRule(rule.promotion, rule.terms)
        return ready


def _bounds(rules: Iterable[DatedRule | ListRule]) -> Iterator[Instant]:
    """Every moment at which one of the rules begins or ends."""
    for rule in rules:
        period = rule.terms.period
        ends = (rule.until, period.end) if period else (rule.until,)
        yield rule.since
        yield from (moment for moment in ends if moment is not None)
        if period:
            yield period.start


def _in_force(rule: DatedRule | ListRule, moment: Instant) -> bool:
    period = rule.terms.period
    return (
        rule.since <= moment
        and (rule.until is None or moment < rule.until)
        and (period is None or period.contains(moment))
    )


class InForce:
    """The promotions and price lists in force at one time, filed by what leads to them."""

    def __init__(self, promotions: Sequence[ReadyRule], lists: Sequence[ListRule]) -> None:
        self.lists = {rule.list: rule.terms for rule in lists}
        self.asks_for_orders = any(_asks_for_orders(rule) for rule in promotions)
        self.by_promotion: dict[PromotionId, ReadyRule] = {rule.promotion: rule for rule in promotions}
        self.catalogue_rules = [rule for rule in promotions if rule.effects[0].lane is Lane.CATALOGUE]
        self.catalogue = _File(self.catalogue_rules)
        self._cart = _File(
            rule for rule in promotions if rule.effects[0].lane is not Lane.CATALOGUE and not rule.terms.needs_coupon
        )

    def candidates(self, facts: Facts, unlocked: Iterable[PromotionId] = ()) -> list[ReadyRule]:
        """Every cart promotion that might match, by priority and id; ``unlocked`` are those of the cart's codes."""
        found = self._cart.find(facts)
        for promotion in unlocked:
            rule = self.by_promotion.get(promotion)
            if rule is not None and rule.terms.needs_coupon:
                found.append(rule)
        found.sort(key=_by_key)
        return found

    def out_of_reach(self, facts: Facts) -> Sequence[ReadyRule]:
        """The promotions next above what is spent."""
        return self._cart.next_above(facts)


def gifts(rules: Iterable[ReadyRule]) -> Iterator[Gift]:
    """The gifts that promotions add."""
    for rule in rules:
        for each in rule.effects:
            if isinstance(each.effect, Gift):
                yield each.effect


def _by_key(rule: ReadyRule) -> tuple[int, str]:
    return rule.key


def _asks_for_orders(rule: ReadyRule) -> bool:
    return "OrderNumber(" in repr(rule.terms.conditions)


class _File:
    """Rules by the facts that lead to them."""

    def __init__(self, rules: Iterable[ReadyRule]) -> None:
        self._always: list[ReadyRule] = []
        self._by_key: dict[str, dict[str, list[ReadyRule]]] = {}
        self._by_spend: dict[str, list[ReadyRule]] = {}
        for rule in rules:
            if rule.keys:
                self._file(rule, rule.keys)
            elif rule.spend is not None:
                self._by_spend.setdefault(rule.currency, []).append(rule)
            else:
                self._always.append(rule)
        for filed in self._by_spend.values():
            filed.sort(key=lambda rule: (rule.spend or 0, rule.key))
        self._spends = {code: [rule.spend or 0 for rule in filed] for code, filed in self._by_spend.items()}

    def _file(self, rule: ReadyRule, keys: Sequence[Key]) -> None:
        for kind, name in keys:
            self._by_key.setdefault(kind, {}).setdefault(name, []).append(rule)

    def find(self, facts: Facts) -> list[ReadyRule]:
        """Every rule that the facts lead to, once."""
        found = list(self._always)
        if self._by_key:
            filed: dict[int, ReadyRule] = {}
            for rules in self._led_to(facts):
                for rule in rules:
                    filed[id(rule)] = rule
            found += filed.values()
        spends = self._spends.get(facts.currency)
        if spends:
            found += self._by_spend[facts.currency][: bisect_right(spends, facts.worth)]
        return found

    def next_above(self, facts: Facts) -> Sequence[ReadyRule]:
        spends = self._spends.get(facts.currency)
        if not spends:
            return ()
        first = bisect_right(spends, facts.worth)
        return self._by_spend[facts.currency][first : first + _NEXT_ABOVE]

    def _led_to(self, facts: Facts) -> Iterator[list[ReadyRule]]:
        buyer = facts.buyer
        for kind, names in (
            ("variant", facts.variants),
            ("product", facts.products),
            ("category", facts.categories),
            ("segment", buyer.segments),
            ("group", buyer.groups),
            ("tier", (buyer.tier,)),
            ("company", (buyer.company,)),
            ("channel", (facts.channel,)),
            ("currency", (facts.currency,)),
        ):
            filed = self._by_key.get(kind)
            if filed:
                for name in names:
                    rules = filed.get(name or "")
                    if rules:
                        yield rules


NO_RULES: Final = Rulebook()
"""A shop without any rules: everything costs what the catalogue asks."""
