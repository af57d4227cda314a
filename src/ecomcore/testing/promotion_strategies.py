"""Hypothesis strategies for the promotions: what the shop accepts, out to its limits.

Strategies of things that need ids of their own take a ``prefix`` for them.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.kernel.calendar import BusinessHours, TimeZone
from ecomcore.kernel.ids import CampaignId, CouponBatchId, MemberId, OrderId, PromotionId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import Percent
from ecomcore.promotions import (
    Allowance,
    Coupon,
    CouponBatch,
    GroupBuy,
    GroupBuyState,
    GroupEntry,
    Promotion,
    PromotionState,
    Redemption,
    RedemptionLine,
    RedemptionState,
    Span,
    Taken,
    Version,
)
from ecomcore.quoting import (
    AllOf,
    AmountOff,
    AnyOf,
    BuyAndGet,
    Choice,
    Condition,
    DeliveredBy,
    EachNth,
    Effect,
    ExclusivityGroup,
    FixedPrice,
    Gift,
    InChannel,
    InGroup,
    InTier,
    ItemQuantity,
    Items,
    ItemTotal,
    Limits,
    Not,
    OpenHours,
    OrderNumber,
    PaysBy,
    PercentOff,
    PerPeriod,
    Points,
    Recurrence,
    Registered,
    SavingStep,
    ShipsTo,
    SpendAndSave,
    Terms,
)
from ecomcore.quoting import GroupBuy as GroupTerms
from ecomcore.testing.clock import NOON
from ecomcore.testing.pricing import areas, periods
from ecomcore.testing.promotions import a_coupon
from ecomcore.testing.strategies import amounts, currencies, ids, instants, quantities, texts

__all__ = [
    "conditions",
    "coupon_batches",
    "coupons",
    "effects",
    "group_buys",
    "limits",
    "promotions",
    "redemptions",
    "terms",
]


def _some(items: SearchStrategy[Any], least: int = 0, most: int = 3) -> SearchStrategy[Any]:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def _percents() -> SearchStrategy[Percent]:
    return st.integers(1, 1_000_000).map(Percent)


def _items(currency: Currency) -> SearchStrategy[Items]:
    price = st.none() | st.integers(0, 100).map(lambda minor: Money(minor, currency))
    return st.builds(Items, products=_some(ids()), without_categories=_some(ids()), price_from=price)


def conditions(currency: Currency) -> SearchStrategy[Condition]:
    """Conditions of every kind of shape, some inside of others, with amounts of one currency."""
    names = _some(ids(), least=1)
    plain = st.one_of(
        st.builds(ItemQuantity, _items(currency), quantities()),
        st.builds(ItemTotal, amounts().map(lambda minor: Money(minor, currency)), _items(currency)),
        *(st.builds(kind, names) for kind in (InTier, InGroup, InChannel, PaysBy, DeliveredBy)),
        st.builds(Registered),
        st.builds(OrderNumber, quantities(), every=quantities()),
        st.builds(ShipsTo, _some(areas(), least=1)),
        st.builds(
            OpenHours,
            st.just(BusinessHours(TimeZone("Europe/Berlin"), ((0, time(9), time()),), frozenset({NOON.date()}))),
        ),
    )
    return st.recursive(
        plain,
        lambda inner: st.builds(Not, inner) | st.builds(AllOf, _some(inner, 1)) | st.builds(AnyOf, _some(inner, 1)),
        max_leaves=4,
    )


def effects(currency: Currency) -> SearchStrategy[Effect]:
    """Effects on items, the order and points, with amounts of one currency."""
    money = amounts(1).map(lambda minor: Money(minor, currency))
    return st.one_of(
        st.builds(PercentOff, _percents(), items=_items(currency)),
        st.builds(AmountOff, money),
        st.builds(FixedPrice, money),
        st.builds(SpendAndSave, st.builds(SavingStep, money, percent=_percents()).map(lambda step: (step,))),
        st.builds(BuyAndGet, quantities(), quantities(), percent=_percents(), times=st.none() | quantities()),
        st.builds(EachNth, quantities(), _percents()),
        st.builds(Gift, ids().map(VariantId), quantities()),
        st.builds(Points, st.integers(2, 100)),
    )


def limits() -> SearchStrategy[Limits]:
    """Limits of every kind."""
    some = st.none() | quantities()
    zones = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati"]).map(TimeZone)
    period = st.builds(PerPeriod, quantities(), st.sampled_from(Recurrence), zones)
    return st.builds(
        Limits,
        uses=some,
        uses_per_buyer=some,
        uses_per_period=st.none() | period,
        units=some,
        units_per_buyer=some,
        per_order=quantities(),
    )


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """What a promotion may say."""
    currency = draw(currencies())
    return Terms(
        name=draw(texts()),
        effects=draw(_some(effects(currency), least=1)),
        conditions=draw(_some(conditions(currency))),
        period=draw(st.none() | periods()),
        priority=draw(st.integers(0, 1_000_000)),
        exclusive=draw(st.booleans()),
        group=draw(st.none() | st.builds(ExclusivityGroup, ids(), st.sampled_from(Choice))),
        max_discount=draw(st.none() | amounts(1).map(lambda minor: Money(minor, currency))),
        needs_coupon=draw(st.booleans()),
        limits=draw(limits()),
        group_buy=draw(st.none() | st.builds(GroupTerms, quantities(), instants())),
        campaign=draw(st.none() | ids().map(CampaignId)),
    )


@st.composite
def promotions(draw: st.DrawFn, prefix: str = "") -> Promotion:
    """Promotions with several versions, that were in force now and then."""
    versions = tuple(Version(n, each, draw(instants())) for n, each in enumerate(draw(_some(terms(), least=1)), 1))
    moments = sorted(draw(st.lists(instants(), max_size=6)))
    number = st.integers(1, len(versions))
    spans = [Span(draw(number), since, until) for since, until in zip(moments[::2], moments[1::2], strict=False)]
    if len(moments) % 2:
        spans.append(Span(draw(number), moments[-1]))
    paused = PromotionState.PAUSED if spans else PromotionState.DRAFT
    return Promotion(
        id=PromotionId(draw(ids(prefix))),
        state=PromotionState.APPROVED if len(moments) % 2 else paused,
        versions=versions,
        approved=spans[-1].version if spans else None,
        spans=tuple(spans),
    )


@st.composite
def coupons(draw: st.DrawFn, promotion: PromotionId, prefix: str = "") -> Coupon:
    """Coupons with codes of every script."""
    coupon = Coupon.add(
        prefix + draw(texts(64 - len(prefix))),
        promotion,
        draw(limits()),
        draw(st.none() | periods()),
        draw(st.none() | ids().map(MemberId)),
    )
    return coupon.having(news=(), withdrawn=draw(st.booleans()))


@st.composite
def coupon_batches(draw: st.DrawFn, promotion: PromotionId, prefix: str = "") -> CouponBatch:
    """Batches of one code to a million."""
    size = draw(st.sampled_from([1, 1_000_000]) | st.integers(1, 1_000_000))
    return CouponBatch(
        id=CouponBatchId(draw(ids(prefix))),
        promotion=promotion,
        prefix="P" + "".join(letter for letter in prefix if letter.isalnum()),
        size=size,
        secret=draw(st.binary(min_size=16, max_size=16)).hex(),
        limits=draw(limits()),
        period=draw(st.none() | periods()),
        personal=draw(st.booleans()),
        assigned=draw(st.integers(0, size)),
    )


@st.composite
def redemptions(draw: st.DrawFn, promotion: PromotionId, allowances: tuple[Allowance, ...], prefix: str = "") -> Any:
    """Redemptions that took of some of these allowances."""
    taken = _some(
        st.builds(Taken, st.sampled_from([each.id for each in allowances]), amounts(1)), most=len(allowances)
    ).map(lambda each: tuple({one.allowance: one for one in each}.values()))
    money = st.builds(Money, amounts(), currencies())
    coupon = st.none() | ids().map(lambda id_: a_coupon(id_).id)
    line = st.builds(RedemptionLine, st.just(promotion), coupon, st.none(), st.integers(0, 10**9), money, taken)
    return Redemption(
        id=OrderId(draw(ids(prefix))),
        buyer=draw(st.just("") | ids()),
        lines=draw(_some(line, least=1)),
        state=draw(st.sampled_from(RedemptionState)),
        at=draw(instants()),
    )


@st.composite
def group_buys(draw: st.DrawFn, promotion: PromotionId) -> GroupBuy:
    """Group buys that some have joined and left."""
    entry = st.builds(GroupEntry, ids().map(OrderId), st.just("") | ids(), st.booleans())
    return GroupBuy(
        id=promotion,
        buyers_needed=draw(quantities()),
        until=draw(instants()),
        state=draw(st.sampled_from(GroupBuyState)),
        entries=draw(_some(entry, most=5)),
    )
