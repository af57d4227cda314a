"""A second implementation of ``quote``: slow and obvious, written from the page *How a price is made* alone.

It shares no code with the first but the values that go in. What comes out, ``Told``, is what the two must agree on.
"""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.ids import PromotionId
from ecomcore.quoting import (
    BundlePrice,
    BuyAndGet,
    Cart,
    Context,
    CouponFact,
    CouponProblem,
    DeliveryMethod,
    EachNth,
    Effect,
    Gift,
    Lane,
    NotDelivered,
    Points,
    Quote,
    QuoteLine,
    ShippingCharge,
    SpendAndSave,
)
from tests.quoting.oracle_case import Case, Promo, Shipping, State, in_force, of_the_catalogue
from tests.quoting.oracle_catalogue import catalogue_lane
from tests.quoting.oracle_items import (
    Turn,
    bought_and_got,
    bundles,
    gift_price,
    item_effect,
    order_effect,
    shipping_effect,
    works_in,
)
from tests.quoting.oracle_matching import closeness, holds, selected, settled
from tests.quoting.oracle_prices import items_of
from tests.quoting.oracle_tax import (
    ToldCut,
    ToldInstalment,
    ToldLine,
    ToldShipping,
    ToldTax,
    instalments,
    lines,
    shipping,
)

__all__ = ["Told", "ToldCoupon", "ToldTake", "as_told", "quote_slowly"]


@frozen(order=True)
class ToldCoupon:
    """The answer to a code as it is compared."""

    code: str
    problem: str
    promotion: str


@frozen(order=True)
class ToldTake:
    """What is taken of limits and budgets as it is compared."""

    promotion: str
    coupon: str
    units: int
    amount: int
    campaign: str


@frozen(kw_only=True)
class Told:
    """All of a quote that is compared."""

    total: int
    lines: tuple[ToldLine, ...]
    shipping: ToldShipping | None
    coupons: tuple[ToldCoupon, ...]
    takes: tuple[ToldTake, ...]
    earns: int
    instalments: tuple[ToldInstalment, ...]
    group_buys: tuple[str, ...]


def quote_slowly(cart: Cart, context: Context) -> Told:
    """What the cart costs, step by step."""
    case = Case(cart, context)
    state = State(items=items_of(case))
    promos = in_force(case)
    _fill(case, state, promos)
    catalogue_lane(case, state, promos)
    state.shipping = _charge(case, state)
    _fill_caps(case, state, promos)

    matching = [promo for promo in promos if not of_the_catalogue(promo) and _matches(case, state, promo)]

    def total(plan: list[Promo]) -> int:
        return _told(case, _run(case, state, plan), plan, []).total

    plan = settled(matching, case.policy.exclusive, total)
    done = _run(case, state, plan)
    return _told(case, done, plan, _coupon_answers(case, state, done, plan))


def _fill(case: Case, state: State, promos: list[Promo]) -> None:
    for promo in promos:
        remaining = case.context.remaining.get(promo.id)
        state.units_left[promo.id] = remaining.units if remaining else None
    state.budgets = {campaign: money.minor for campaign, money in case.context.budgets.items()}


def _fill_caps(case: Case, state: State, promos: list[Promo]) -> None:
    """The caps of the cart: a promotion's, and the policy's share, rounded down, of the worth as shown of all items."""
    state.promo_left = {promo.id: promo.terms.max_discount.minor for promo in promos if promo.terms.max_discount}
    if case.policy.max_discount:
        worth = sum(item.worth for item in state.items)
        state.order_left = worth * case.policy.max_discount.millionths // 1_000_000


# Step 3: who is applied


def _matches(case: Case, state: State, promo: Promo) -> bool:
    """Whether a promotion of the cart, which is in force, matches."""
    budget = case.context.budgets.get(promo.terms.campaign) if promo.terms.campaign else None
    return (
        all(holds(condition, case, state.items) for condition in promo.terms.conditions)
        and not _used_up(case, promo.id)
        and (budget is None or budget.currency == case.cart.currency)
        and bool(_unlocking(case, promo) or not promo.terms.needs_coupon)
        and any(_has_something(case, state, effect) for effect in promo.terms.effects)
    )


def _used_up(case: Case, promotion: PromotionId | None) -> bool:
    remaining = case.context.remaining.get(promotion) if promotion else None
    return bool(remaining and (remaining.uses == 0 or remaining.units == 0))


def _unlocking(case: Case, promo: Promo) -> list[str]:
    """The coupons that unlock the promotion, in order."""
    facts = case.context.coupons
    found = {fact.coupon for fact in facts if fact.promotion == promo.id and fact.coupon and fact.problem is None}
    return sorted(found)


def _has_something(case: Case, state: State, effect: Effect) -> bool:
    match effect:
        case Points():
            return bool(state.items)
        case Gift():
            return gift_price(case, effect) is not None
        case BuyAndGet(buy_quantity, get_quantity, buy, get):
            chosen = selected(buy, state.items), selected(get, state.items)
            return bought_and_got(*chosen, buy_quantity, get_quantity) is not None
        case BundlePrice(parts):
            return bundles([(selected(part.items, state.items), part.quantity) for part in parts], 1) is not None
        case EachNth(n, _, items):
            return sum(item.n for item in selected(items, state.items)) >= n
        case SpendAndSave(steps):
            return sum(item.worth for item in selected(effect.items, state.items)) >= steps[0].spend.minor
        case _:
            delivered = state.shipping is not None or works_in(effect) is not Lane.SHIPPING
            return bool(delivered and selected(effect.items, state.items))


# Steps 4 to 6: the lanes


def _run(case: Case, state: State, plan: list[Promo]) -> State:
    """What a plan does."""
    state = state.copy()
    lanes = {Lane.ITEM: item_effect, Lane.ORDER: order_effect, Lane.SHIPPING: shipping_effect}
    for lane, apply in lanes.items():
        for turn in _turns(case, plan):
            for effect in turn.promo.terms.effects:
                if works_in(effect) is lane:
                    apply(case, state, turn, effect)
    return state


def _turns(case: Case, plan: list[Promo]) -> list[Turn]:
    """The applications of the promotions of a plan: once for each coupon that unlocks one, as often as may be."""
    turns = []
    for promo in plan:
        if promo.terms.needs_coupon:
            turns += [Turn(promo, coupon) for coupon in _unlocking(case, promo)[: promo.terms.limits.per_order]]
        else:
            turns.append(Turn(promo, None))
    return turns


def _charge(case: Case, state: State) -> Shipping | None:
    """The most closely fitting rule of the delivery method, and the last step that the goods reach."""
    wanted, to = case.cart.delivery, case.cart.destination
    if wanted is None:
        return None
    found: DeliveryMethod | None = None
    for method in case.context.rulebook.deliveries:
        counts = method.id == wanted and method.currency == case.cart.currency
        if counts and closeness(method.areas, to) > (closeness(found.areas, to) if found else 0):
            found = method
    if found is None:
        raise NotDelivered(wanted)
    goods = sum(item.worth for item in state.items)
    charge = [step.price.minor for step in found.steps if step.goods.minor <= goods][-1]
    return Shipping(found, charge, charge)


# The answer


def _told(case: Case, state: State, plan: list[Promo], coupons: list[ToldCoupon]) -> Told:
    told_lines, told_shipping = lines(case, state), shipping(case, state)
    total = sum(line.total for line in told_lines) + (told_shipping.total if told_shipping else 0)
    shown = [Turn(promo, None) for promo in in_force(case) if of_the_catalogue(promo)]
    applied = [turn for turn in [*shown, *_turns(case, plan)] if (turn.promo.id, turn.coupon) in state.gave]
    return Told(
        total=total,
        lines=tuple(told_lines),
        shipping=told_shipping,
        coupons=tuple(sorted(coupons)),
        takes=_takes(state, applied),
        earns=state.earns,
        instalments=instalments(case, state, told_lines, total),
        group_buys=tuple(sorted({turn.promo.id for turn in applied if turn.promo.terms.group_buy})),
    )


def _takes(state: State, applied: list[Turn]) -> tuple[ToldTake, ...]:
    """One for each application of a promotion that gave something and is counted in any way."""
    told = []
    for turn in applied:
        terms, key = turn.promo.terms, (turn.promo.id, turn.coupon)
        limits = terms.limits
        limited = (limits.uses, limits.uses_per_buyer, limits.uses_per_period, limits.units, limits.units_per_buyer)
        if any(limited) or terms.campaign or terms.needs_coupon or terms.group_buy:
            units, amount = state.units.get(key, 0), state.taken.get(key, 0)
            told.append(ToldTake(turn.promo.id, turn.coupon or "", units, amount, terms.campaign or ""))
    return tuple(sorted(told))


def _coupon_answers(case: Case, before: State, after: State, plan: list[Promo]) -> list[ToldCoupon]:
    """One for each code. Of several codes of one coupon the first counts."""
    told, seen = [], set[str]()
    for fact in case.context.coupons:
        problem = _coupon_problem(case, before, after, plan, fact, seen)
        if fact.coupon:
            seen.add(fact.coupon)
        told.append(ToldCoupon(fact.code, problem.value if problem else "", "" if problem else fact.promotion or ""))
    return told


def _coupon_problem(
    case: Case, before: State, after: State, plan: list[Promo], fact: CouponFact, seen: set[str]
) -> CouponProblem | None:
    """Step 10: the first of the problems that a code has."""
    if problem := fact.problem or _not_in_force(case, fact):
        return problem
    if fact.coupon in seen:
        return CouponProblem.REPEATED
    if _used_up(case, fact.promotion):
        return CouponProblem.USED_UP
    promo = next((each for each in in_force(case) if each.id == fact.promotion), None)
    if promo is None or not _matches(case, before, promo):
        return CouponProblem.CONDITIONS
    if fact.coupon not in _unlocking(case, promo)[: promo.terms.limits.per_order]:
        return CouponProblem.REPEATED
    applied = promo in plan and (promo.id, fact.coupon) in after.gave
    return None if applied else CouponProblem.OUTDONE


def _not_in_force(case: Case, fact: CouponFact) -> CouponProblem | None:
    at = case.context.at
    for rule in case.context.rulebook.promotions:
        if rule.promotion == fact.promotion and rule.since <= at and (rule.until is None or at < rule.until):
            period = rule.terms.period
            if period and at < period.start:
                return CouponProblem.NOT_YET
            return CouponProblem.EXPIRED if period and not period.contains(at) else None
    return CouponProblem.UNKNOWN


# The quote of the first implementation, told the same way


def as_told(quote: Quote) -> Told:
    """What is compared of a ``Quote``."""
    return Told(
        total=quote.total.minor,
        lines=tuple(
            ToldLine(
                number=line.number,
                variant=line.variant,
                quantity=line.quantity,
                price=line.price,
                original=line.original,
                shown=line.shown,
                source=line.source,
                listed=line.listed.minor,
                discounts=_cuts(line),
                tax_included=line.tax_included,
                taxes=_taxes(line),
                relief=line.relief.minor,
                total=line.total.minor,
                gift=line.gift,
            )
            for line in quote.lines
        ),
        shipping=_told_charge(quote.shipping) if quote.shipping else None,
        coupons=tuple(
            sorted(
                ToldCoupon(
                    each.code, each.problem.value if each.problem else "", "" if each.problem else each.promotion or ""
                )
                for each in quote.coupons
            )
        ),
        takes=tuple(
            sorted(
                ToldTake(take.promotion, take.coupon or "", take.units, take.amount.minor, take.campaign or "")
                for take in quote.takes
            )
        ),
        earns=quote.earns,
        instalments=_told_instalments(quote),
        group_buys=tuple(sorted(quote.group_buys)),
    )


def _cuts(of: QuoteLine | ShippingCharge) -> tuple[ToldCut, ...]:
    return tuple(ToldCut(each.promotion, each.lane.value, each.amount.minor, each.coupon) for each in of.discounts)


def _taxes(of: QuoteLine | ShippingCharge) -> tuple[ToldTax, ...]:
    return tuple(ToldTax(each.name, each.percent.millionths, each.base.minor, each.amount.minor) for each in of.taxes)


def _told_charge(charge: ShippingCharge) -> ToldShipping:
    return ToldShipping(
        method=charge.method,
        listed=charge.listed.minor,
        discounts=_cuts(charge),
        tax_included=charge.tax_included,
        taxes=_taxes(charge),
        relief=charge.relief.minor,
        total=charge.total.minor,
    )


def _told_instalments(quote: Quote) -> tuple[ToldInstalment, ...]:
    """Without any, all of it is due at once; nothing is never due."""
    told = [
        ToldInstalment(str(each.since or ""), str(each.until or ""), each.amount.minor)
        for each in quote.instalments
        if each.amount.minor
    ]
    if not told and quote.total.minor:
        told = [ToldInstalment("", "", quote.total.minor)]
    return tuple(sorted(told))
