"""``quote``: what a cart costs in a context, and why. See "How a price is made"."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CampaignId, PromotionId, VariantId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price, divide
from ecomcore.kernel.percent import WHOLE
from ecomcore.quoting.applying import GiftOffer, Run, Start
from ecomcore.quoting.cart import Cart, CartLine
from ecomcore.quoting.catalogue import show
from ecomcore.quoting.context import Context
from ecomcore.quoting.errors import NotDelivered, NotForSale, OrderTooLarge, PriceMissing
from ecomcore.quoting.lanes import carry_out
from ecomcore.quoting.listing import items_of, listed_price
from ecomcore.quoting.missing import near_misses
from ecomcore.quoting.places import Area
from ecomcore.quoting.plans import Plan, best_of
from ecomcore.quoting.quote import Quote, Take
from ecomcore.quoting.ready import ReadyRule
from ecomcore.quoting.rulebook import InForce, gifts
from ecomcore.quoting.selecting import Facts, Item
from ecomcore.quoting.taxes import DeliveryMethod, DeliveryPrice, TaxZone
from ecomcore.quoting.taxing import Portion, taxed, zone_of
from ecomcore.quoting.unlocking import Unlocked, coupon_answers
from ecomcore.quoting.writing import Outcome, instalments, lines, portions_of, presents, shipping, takes

__all__ = ["ShownUnit", "candidates", "changes", "quote", "shown_prices"]


@frozen
class ShownUnit:
    """The price of a unit: in force, as the catalogue itself asks, and as it is shown."""

    price: Price
    original: Price
    shown: Price


def quote(cart: Cart, context: Context) -> Quote:
    """What the cart costs. Pure: the same cart and context give the same quote.

    Raises ``NotForSale``, ``PriceMissing``, ``NotDelivered`` and ``OrderTooLarge``.
    """
    rules = context.rulebook.at(context.at)
    facts = _facts(cart, context, items_of(cart, context, rules))
    units, budgets = _apply_catalogue(facts, context, rules)
    delivery, charge = _delivery(cart, context, facts)
    unlocked = Unlocked(context.coupons, rules)
    possible = rules.candidates(facts, unlocked.by_promotion)
    offered = _gift_offers(possible, cart, context, rules)
    matching = _matching(possible, facts, context, offered, shipping=charge is not None)
    policy = context.policy
    cap = facts.worth * policy.max_discount.millionths // WHOLE if policy.max_discount else MAX_MINOR
    start = Start(units, budgets, cap, charge, offered, context.stock)
    zone = zone_of(context, facts) if context.rulebook.zones and context.taxed_here else None

    def evaluated(plan: Plan) -> Outcome:
        run = Run(facts, policy, start)
        if plan:
            carry_out(run, [(rule, unlocked.of(rule)) for rule in plan])
        return _taxed(run, plan, context, facts, zone, delivery)

    outcome = best_of(matching, policy.exclusive, evaluated, Outcome.cost)
    return _written(cart, context, facts, rules, outcome, unlocked, possible, matching, delivery)


def shown_prices(variants: Iterable[VariantId], currency: Currency, context: Context) -> dict[VariantId, ShownUnit]:
    """What single units are shown at; what is not for sale, or has no price in the currency, is missing."""
    rules, found = context.rulebook.at(context.at), []
    for variant in sorted(set(variants)):
        cart = Cart(currency, (CartLine(variant, 1),))
        try:
            found += items_of(cart, context, rules)
        except (NotForSale, PriceMissing):
            continue
    facts = _facts(Cart(currency, ()), context, found)
    _apply_catalogue(facts, context, rules)
    return {
        item.variant: ShownUnit(item.price, item.original, Price(Money(item.shown, currency), item.per))
        for item in found
    }


def changes(context: Context, since: Instant) -> list[Instant]:
    """Every moment from ``since`` to the context's at which a price may have changed, these two included."""
    changes_of_rules = context.rulebook.price_changes
    first, last = bisect_left(changes_of_rules, since), bisect_right(changes_of_rules, context.at)
    moments = {since, context.at, *changes_of_rules[first:last]}
    for series in context.series.values():
        for each in series:
            moments.update(point.since for point in each.points if since <= point.since <= context.at)
    return sorted(moments)


def candidates(cart: Cart, context: Context) -> Sequence[ReadyRule]:
    """The promotions that might be applied to this cart, catalogue promotions included, as far as their limits allow.

    Whoever gathers a context asks for them first, to load what is left of their limits and what their gifts are.
    """
    rules = context.rulebook.at(context.at)
    facts = _facts(cart, context, items_of(cart, context, rules))
    in_catalogue = [rule for rule in rules.catalogue.find(facts) if rule.holds(facts)]
    facts.shown()
    in_cart = rules.candidates(facts, Unlocked(context.coupons, rules).by_promotion)
    return [*in_catalogue, *in_cart]


def _facts(cart: Cart, context: Context, items: Sequence[Item]) -> Facts:
    return Facts(cart, context.buyer, context.channel, context.at, items)


def _apply_catalogue(
    facts: Facts, context: Context, rules: InForce
) -> tuple[dict[PromotionId, int], dict[CampaignId, int]]:
    """Show the prices; what is left of limits and budgets then."""
    units = {id_: each.units for id_, each in context.remaining.items() if each.units is not None}
    budgets = {id_: each.minor for id_, each in context.budgets.items() if each.currency == facts.currency}
    possible = [
        rule
        for rule in rules.catalogue.find(facts)
        if rule.holds(facts) and (not rule.counted or _has_some_left(rule, context, facts.currency))
    ]
    if possible:
        possible.sort(key=lambda rule: rule.key)
        show(facts, possible, context.policy, units, budgets)
    else:
        facts.shown()
    return units, budgets


def _delivery(cart: Cart, context: Context, facts: Facts) -> tuple[DeliveryMethod | None, int | None]:
    """The method's rule that fits the destination most closely, and its charge."""
    if cart.delivery is None:
        return None, None
    best: tuple[int, DeliveryMethod, DeliveryMethod | DeliveryPrice] | None = None
    for method in context.rulebook.deliveries:
        if method.id == cart.delivery:
            for price in method.prices:
                fit = max(_fits(area, cart) for area in price.areas) if price.currency == cart.currency else 0
                if fit and (best is None or fit > best[0]):
                    best = fit, method, price
    if best is None:
        raise NotDelivered(cart.delivery)
    _, method, price = best
    step = next(each for each in reversed(price.steps) if each.goods.minor <= facts.worth)
    return method, step.price.minor


def _fits(area: Area, cart: Cart) -> int:
    """How closely an area fits the cart's destination; without one only everywhere else does."""
    if cart.destination is None:
        return 1 if area.country is None else 0
    return area.match(cart.destination)


def _matching(
    possible: Sequence[ReadyRule],
    facts: Facts,
    context: Context,
    offered: Collection[tuple[VariantId, int]],
    *,
    shipping: bool,
) -> list[ReadyRule]:
    """The promotions of which everything holds, in order."""
    found = []
    for rule in possible:
        if rule.holds(facts) and (not rule.counted or _has_some_left(rule, context, facts.currency)):
            for each in rule.effects:
                if each.has_work(facts, shipping=shipping, gifts=offered):
                    found.append(rule)
                    break
    return found


def _has_some_left(rule: ReadyRule, context: Context, currency: Currency) -> bool:
    """Whether the limits of a promotion allow one use more, and its budget is one of this currency."""
    budget = context.budgets.get(rule.terms.campaign) if rule.terms.campaign else None
    if budget is not None and budget.currency != currency:
        return False
    left = context.remaining.get(rule.promotion)
    return left is None or ((left.uses is None or left.uses > 0) and (left.units is None or left.units > 0))


def _gift_offers(
    possible: Iterable[ReadyRule], cart: Cart, context: Context, rules: InForce
) -> Mapping[tuple[VariantId, int], GiftOffer]:
    """The gifts that could be added, at the price in force."""
    offers = {}
    for gift in gifts(possible):
        offer = context.offers.get(gift.variant)
        if offer is None or gift.quantity > context.stock.get(gift.variant, gift.quantity):
            continue
        try:
            price = listed_price(offer, gift.quantity, cart.currency, context, rules)
            listed = Money(
                divide(price.price.amount.minor * gift.quantity, price.price.per, context.policy.rounding),
                cart.currency,
            )
        except (PriceMissing, OrderTooLarge, Invalid):
            continue
        offers[gift.variant, gift.quantity] = GiftOffer(offer, price, gift.quantity, listed.minor)
    return offers


def _taxed(
    run: Run, plan: Plan, context: Context, facts: Facts, zone: TaxZone | None, delivery: DeliveryMethod | None
) -> Outcome:
    """What the plan comes to, tax included."""
    portions = [portions_of(item, left) for item, left in zip(facts.items, run.left, strict=True)]
    shipping = None if run.charge is None else Portion(run.shipping, 1)
    goods, carriage = taxed(context, facts, zone, portions, shipping, delivery)
    return Outcome(run, plan, portions, goods, carriage, context.policy.tax_included)


def _written(
    cart: Cart,
    context: Context,
    facts: Facts,
    rules: InForce,
    outcome: Outcome,
    unlocked: Unlocked,
    possible: Sequence[ReadyRule],
    matching: Sequence[ReadyRule],
    delivery: DeliveryMethod | None,
) -> Quote:
    """The quote of an outcome."""
    coin = context.rulebook.coins(cart.currency)
    made = lines(outcome, coin)
    charge = shipping(outcome, delivery, coin) if delivery else None
    total = sum(line.total.minor for line in made) + (charge.total.minor if charge else 0)
    run = outcome.run
    listed = facts.listed + (run.charge or 0) + sum(present.gift.listed for present in run.presents)
    if max(total, listed) > MAX_MINOR:
        raise OrderTooLarge(max(facts.items, key=lambda item: item.listed).variant)
    beyond = rules.out_of_reach(facts)
    if not (possible or context.coupons or facts.taken or beyond):
        return Quote(cart.currency, tuple(made), coin[total], charge)
    deferred = instalments(outcome, made, total, coin)
    taken = takes(outcome, coin)
    if run.presents:
        made += presents(outcome, len(made) + 1, coin)
    planned = {rule.promotion for rule in outcome.plan}
    matched = {rule.promotion for rule in matching}
    used_up = {rule.promotion for rule in possible if rule.counted and not _has_some_left(rule, context, cart.currency)}
    return Quote(
        cart.currency,
        tuple(made),
        coin[total],
        charge,
        coupon_answers(context, unlocked, matched, planned, used_up, run.given) if context.coupons else (),
        near_misses(facts, possible, beyond, matched, planned, used_up),
        taken,
        run.earns,
        deferred,
        _group_buys(taken, rules) if taken else (),
    )


def _group_buys(taken: Sequence[Take], rules: InForce) -> tuple[PromotionId, ...]:
    return tuple(dict.fromkeys(each.promotion for each in taken if rules.by_promotion[each.promotion].terms.group_buy))
