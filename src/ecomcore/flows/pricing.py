"""The shop's answer to "what does this cost?": gathers a snapshot with a constant number of questions, and quotes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from attrs import evolve

from ecomcore.flows.shelf import Shelf
from ecomcore.inventory import StockItems
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Currency, Price
from ecomcore.kernel.work import Repository
from ecomcore.ordering import (
    Buyers,
    CodeAttempts,
    Offers,
    Orders,
    Pricing,
    Shopper,
    ShownPrice,
    TaxCalculator,
    VatIds,
    ZoneTaxes,
)
from ecomcore.pricing import DeliveryMethods, ExchangeRates, PriceLists, SeriesOfPrices, Zones
from ecomcore.promotions import (
    Allowances,
    Campaigns,
    CouponBatches,
    Coupons,
    Promotions,
    coupon_facts,
    remaining,
)
from ecomcore.quoting import (
    RULES,
    SHIPPING,
    Buyer,
    Cart,
    Context,
    CouponFact,
    CouponProblem,
    DatedRule,
    Destination,
    Editions,
    Gift,
    PricingPolicy,
    Quote,
    ReadyRule,
    Rulebook,
    TaxQuestion,
    TaxQuestionLine,
    candidates,
    changes,
    quote,
    shown_prices,
    with_taxes,
)

__all__ = ["ShopPricing"]

A = TypeVar("A")

_RECENT: Final = timedelta(days=400)
_LOWEST_OF: Final = timedelta(days=30)
_PAGE: Final = 1_000
_NOW: Final = timedelta(minutes=1)


class ShopPricing(Pricing):
    """Quotes by the shop's own rules, through the offers, buyers and validators that are bound."""

    def __init__(
        self,
        offers: Offers,
        orders: Orders,
        editions: Editions,
        series: SeriesOfPrices,
        lists: PriceLists,
        zones: Zones,
        deliveries: DeliveryMethods,
        exchange: ExchangeRates,
        promotions: Promotions,
        campaigns: Campaigns,
        coupons: Coupons,
        batches: CouponBatches,
        allowances: Allowances,
        stock: StockItems,
        buyers: Buyers,
        vat_ids: VatIds,
        attempts: CodeAttempts,
        taxes: TaxCalculator,
        policy: PricingPolicy,
        clock: Clock,
        shelf: Shelf,
    ) -> None:
        self._offers = offers
        self._orders = orders
        self._editions = editions
        self._series = series
        self._rules = (lists, zones, deliveries, exchange, promotions)
        self._campaigns = campaigns
        self._coupons = coupons
        self._batches = batches
        self._allowances = allowances
        self._stock = stock
        self._buyers = buyers
        self._vat_ids = vat_ids
        self._attempts = attempts
        self._taxes = taxes
        self._policy = policy
        self._clock = clock
        self._shelf = shelf

    def quote(self, cart: Cart, shopper: Shopper, at: Instant, *, placing: bool = False) -> Quote:
        context = self._context({line.variant for line in cart.lines}, shopper, at)
        if cart.coupons:
            context = evolve(context, coupons=self._facts(cart.coupons, shopper, at))
        if context.rulebook.promotions:
            context = self._with_limits(cart, context, shopper)
        if isinstance(self._taxes, ZoneTaxes) or cart.destination is None:
            return quote(cart, context)
        return self._taxed_outside(cart, evolve(context, taxed_here=False), shopper, cart.destination, placing=placing)

    def shown(
        self, variants: Collection[VariantId], currency: Currency, shopper: Shopper, at: Instant
    ) -> Mapping[VariantId, ShownPrice]:
        context = self._context(variants, shopper, at)
        limited = [rule for rule in context.rulebook.at(at).catalogue_rules if rule.counted]
        if limited:
            context = self._limited(context, limited, shopper)
        now = shown_prices(variants, currency, context)
        reduced = [variant for variant, each in now.items() if _unit(each.shown) < _unit(each.original)]
        lowest = _lowest(reduced, currency, context) if reduced else {}
        return {
            variant: ShownPrice(variant, each.price, each.original, each.shown, lowest.get(variant))
            for variant, each in now.items()
        }

    def _taxed_outside(
        self, cart: Cart, context: Context, shopper: Shopper, destination: Destination, *, placing: bool
    ) -> Quote:
        """The quote with the taxes that somebody else computes."""
        untaxed = quote(cart, context)
        lines = [
            TaxQuestionLine(
                line.variant, context.offers[line.variant].tax_category, line.quantity, line.total, line.tax_included
            )
            for line in untaxed.lines
            if line.gift is None
        ]
        if untaxed.shipping is not None:
            charge = untaxed.shipping
            lines.append(TaxQuestionLine(None, SHIPPING, 1, charge.total, charge.tax_included))
        buyer = context.buyer
        question = TaxQuestion(tuple(lines), destination, shopper.vat_id, buyer.exempt, buyer.business, context.at)
        return with_taxes(untaxed, self._taxes.calculate(question, placing=placing))

    # -- the snapshot ----------------------------------------------------------------------------------------------

    def _context(self, variants: Collection[VariantId], shopper: Shopper, at: Instant) -> Context:
        rulebook = self._rulebook(at)
        return Context(
            at=at,
            channel=shopper.channel,
            buyer=self._buyer(shopper, rulebook, at),
            policy=self._policy,
            rulebook=rulebook,
            offers=self._offers.of(variants, shopper.channel, at),
            series=self._prices(variants) if rulebook.has_series else {},
        )

    def _rulebook(self, at: Instant) -> Rulebook:
        edition = self._editions.find(RULES)
        number = edition.version if edition else 0
        whole = at < self._clock.now() - _RECENT
        return self._shelf.rulebook(number, whole, lambda: self._loaded(number, whole))

    def _loaded(self, edition: int, whole: bool) -> Rulebook:
        """All rules; without those that ended long ago unless they are asked for."""
        lists, zones, deliveries, exchange, promotions = self._rules
        since = self._clock.now() - _RECENT
        rules = (rule for promotion in _all(promotions) for rule in promotion.rules())
        return Rulebook(
            edition=edition,
            promotions=(rule for rule in rules if whole or _after(rule, since)),
            lists=(rule for each in _all(lists) for rule in each.rules()),
            zones=(zone.terms for zone in _all(zones) if not zone.removed),
            deliveries=(delivery.terms for delivery in _all(deliveries) if not delivery.ended),
            exchange=(rate for each in _all(exchange) for rate in each.rates),
            has_series=bool(self._series.page(limit=1)),
        )

    def _buyer(self, shopper: Shopper, rulebook: Rulebook, at: Instant) -> Buyer:
        buyer = self._buyers.find(shopper, at)
        if rulebook.at(at).asks_for_orders and (shopper.owner or shopper.contact):
            buyer = evolve(buyer, orders=self._orders.placed_by(shopper.owner, shopper.contact))
        if shopper.vat_id and not buyer.business and self._vat_ids.is_valid(shopper.vat_id):
            buyer = evolve(buyer, business=True)
        return buyer

    def _prices(self, variants: Collection[VariantId]) -> dict[VariantId, tuple[Any, ...]]:
        found = self._series.of_variants(variants) if variants else {}
        return {variant: tuple(each.as_series() for each in series) for variant, series in found.items()}

    def _facts(self, codes: Sequence[str], shopper: Shopper, at: Instant) -> tuple[CouponFact, ...]:
        facts = coupon_facts(codes, shopper.buyer, at, self._coupons, self._batches, self._allowances)
        now = self._clock.now()
        if abs(now - at) < _NOW:  # staff who look at another day try nothing
            unknown = tuple(fact.code for fact in facts if fact.problem is CouponProblem.UNKNOWN)
            self._attempts.tried(shopper, unknown, now)
        return facts

    def _with_limits(self, cart: Cart, context: Context, shopper: Shopper) -> Context:
        """The context with what is left of limits, and with the gifts, of the promotions that might be applied."""
        possible = candidates(cart, context)
        gifts = {each.effect.variant for rule in possible for each in rule.effects if isinstance(each.effect, Gift)}
        missing = gifts - context.offers.keys()
        if missing:
            context = evolve(
                context,
                offers={**context.offers, **self._offers.of(missing, shopper.channel, context.at)},
                series={**context.series, **(self._prices(missing) if context.rulebook.has_series else {})},
            )
        if gifts:
            context = evolve(context, stock=self._in_stock(gifts, cart, context.at))
        counted = [rule for rule in possible if rule.counted]
        return self._limited(context, counted, shopper) if counted else context

    def _in_stock(self, gifts: Collection[VariantId], cart: Cart, at: Instant) -> dict[VariantId, int]:
        """How many units there are of gifts, besides what the cart itself wants."""
        left = dict.fromkeys(gifts, 0)
        for item in self._stock.of_variants(gifts):
            if cart.location in (None, item.location):
                left[item.variant] += max(item.offered(at), 0)
        for line in cart.lines:
            if line.variant in left:
                left[line.variant] -= line.quantity
        return left

    def _limited(self, context: Context, rules: Sequence[ReadyRule], shopper: Shopper) -> Context:
        dated = {rule.promotion for rule in rules}
        left, budgets = remaining(
            (rule for rule in context.rulebook.promotions if rule.promotion in dated),
            shopper.buyer,
            context.at,
            self._allowances,
            self._campaigns,
        )
        return evolve(context, remaining=left, budgets=budgets)


def _after(rule: DatedRule, since: Instant) -> bool:
    """Whether a rule was still in force after a moment, or will be."""
    period = rule.terms.period
    ends = (rule.until, period.end if period else None)
    return all(end is None or end > since for end in ends)


def _all(repository: Repository[Any, Any]) -> Iterator[Any]:
    """Every aggregate, page by page."""
    after = None
    while page := repository.page(after, _PAGE):
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _lowest(variants: Iterable[VariantId], currency: Currency, context: Context) -> dict[VariantId, Price]:
    """The lowest price shown in the 30 days before the price shown now began, for each that was shown then."""
    lowest = {}
    for variant in variants:
        own = evolve(context, series={variant: context.series.get(variant, ())}, remaining={}, budgets={})
        price = _lowest_of(variant, currency, own)
        if price is not None:
            lowest[variant] = price
    return lowest


def _lowest_of(variant: VariantId, currency: Currency, context: Context) -> Price | None:
    """Goes back from change to change: to where the price of now began, and then 30 days further."""
    now, began, lowest = None, context.at, None
    for at in reversed(changes(context, context.at - _RECENT)):
        shown = shown_prices((variant,), currency, evolve(context, at=at)).get(variant)
        if shown is None:
            break
        now = now or shown.shown
        if lowest is None and shown.shown == now:
            began = at
            continue
        if lowest is None or _unit(shown.shown) < _unit(lowest):
            lowest = shown.shown
        if at <= began - _LOWEST_OF:
            break
    return lowest


def _unit(price: Price) -> float:
    return price.amount.minor / price.per
