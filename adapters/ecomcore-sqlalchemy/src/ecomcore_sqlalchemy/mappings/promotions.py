"""Promotions, campaigns, coupons, allowances, redemptions and group buys as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponBatchId, CouponId, MemberId, OrderId, PromotionId
from ecomcore.kernel.money import Currency, Money
from ecomcore.promotions import (
    Allowance,
    AllowanceKind,
    Campaign,
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
from ecomcore.quoting import Limits, Terms
from ecomcore_sqlalchemy import promotion_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _campaign_values(campaign: Campaign, _: Dialect) -> Row:
    budget = campaign.budget
    return campaign.name, budget.minor if budget else None, budget.currency if budget else None


def _campaign(row: Row, _: Parts, __: Dialect) -> Campaign:
    id_, version, told, name, budget, code = row
    return Campaign(
        id=CampaignId(id_),
        version=version,
        told=told,
        name=name,
        budget=None if budget is None else Money(budget, Currency(code)),
    )


def _promotion_values(promotion: Promotion, _: Dialect) -> Row:
    return promotion.state.value, promotion.approved


def _promotion(row: Row, parts: Parts, dialect: Dialect) -> Promotion:
    id_, version, told, state, approved = row
    switches = [(number, dialect.moment(at)) for _, _, number, at in parts[1]]
    ends = [at for _, at in switches[1::2]]
    return Promotion(
        id=PromotionId(id_),
        version=version,
        told=told,
        state=PromotionState(state),
        approved=approved,
        versions=tuple(
            Version(number, dialect.documents.load_value(Terms, terms), dialect.moment(at))
            for _, number, terms, at in parts[0]
        ),
        spans=tuple(
            Span(number, since, ends[index] if index < len(ends) else None)
            for index, (number, since) in enumerate(switches[::2])
        ),
    )


def _fresh_versions(before: Promotion | None, now: Promotion, dialect: Dialect) -> Iterable[Row]:
    for each in now.versions[len(before.versions) if before else 0 :]:
        yield now.id, each.number, dialect.documents.dump_value(each.terms, Terms), dialect.instant(each.at)


def _fresh_switches(before: Promotion | None, now: Promotion, dialect: Dialect) -> Iterable[Row]:
    known = len(_switches(before)) if before else 0
    for number, (version, at) in enumerate(_switches(now)[known:], known + 1):
        yield now.id, number, version, dialect.instant(at)


def _switches(promotion: Promotion) -> Sequence[tuple[int | None, Any]]:
    """Every span as one switch on and, where it has ended, one off: rows are only ever added."""
    switches: list[tuple[int | None, Any]] = []
    for span in promotion.spans:
        switches.append((span.version, span.since))
        if span.until is not None:
            switches.append((None, span.until))
    return switches


def _coupon_values(coupon: Coupon, dialect: Dialect) -> Row:
    limits, period = _dumped(coupon.limits, coupon.period, dialect)
    return coupon.withdrawn, coupon.code, coupon.promotion, limits, period, coupon.member


def _coupon(row: Row, _: Parts, dialect: Dialect) -> Coupon:
    id_, version, told, withdrawn, code, promotion, limits, period, member = row
    return Coupon(
        id=CouponId(id_),
        version=version,
        told=told,
        withdrawn=bool(withdrawn),
        code=code,
        promotion=PromotionId(promotion),
        limits=dialect.documents.load_value(Limits, limits),
        period=_period(period, dialect),
        member=None if member is None else MemberId(member),
    )


def _batch_values(batch: CouponBatch, dialect: Dialect) -> Row:
    limits, period = _dumped(batch.limits, batch.period, dialect)
    return (
        batch.assigned,
        batch.promotion,
        batch.prefix,
        batch.root,
        batch.size,
        batch.secret,
        limits,
        period,
        batch.personal,
    )


def _batch(row: Row, _: Parts, dialect: Dialect) -> CouponBatch:
    id_, version, told, assigned, promotion, prefix, _root, size, secret, limits, period, personal = row
    return CouponBatch(
        id=CouponBatchId(id_),
        version=version,
        told=told,
        assigned=assigned,
        promotion=PromotionId(promotion),
        prefix=prefix,
        size=size,
        secret=secret,
        limits=dialect.documents.load_value(Limits, limits),
        period=_period(period, dialect),
        personal=bool(personal),
    )


def _fresh_marks(_: CouponBatch | None, now: CouponBatch, dialect: Dialect) -> Iterable[Row]:
    for mark in now.fresh:
        yield now.id, mark.number, mark.kind.value, mark.coupon, mark.member, dialect.instant(mark.at)


def _dumped(limits: Limits, period: Period | None, dialect: Dialect) -> tuple[str, str | None]:
    dump = dialect.documents.dump_value
    return dump(limits, Limits), None if period is None else dump(period, Period)


def _period(text: str | None, dialect: Dialect) -> Period | None:
    return None if text is None else dialect.documents.load_value(Period, text)


def _allowance_values(allowance: Allowance, _: Dialect) -> Row:
    kind = allowance.kind.value
    return allowance.cap, allowance.taken, kind, allowance.subject, allowance.buyer, allowance.window


def _allowance(row: Row, _: Parts, __: Dialect) -> Allowance:
    id_, version, told, cap, taken, kind, subject, buyer, window = row
    return Allowance(
        id=AllowanceId(id_),
        version=version,
        told=told,
        cap=cap,
        taken=taken,
        kind=AllowanceKind(kind),
        subject=subject,
        buyer=buyer,
        window=window,
    )


def _redemption_values(redemption: Redemption, dialect: Dialect) -> Row:
    return redemption.state.value, redemption.buyer, dialect.instant(redemption.at)


def _redemption(row: Row, parts: Parts, dialect: Dialect) -> Redemption:
    id_, version, told, state, buyer, at = row
    takes: dict[int, list[Taken]] = {}
    for _, _, line, allowance, count in parts[1]:
        takes.setdefault(line, []).append(Taken(AllowanceId(allowance), count))
    return Redemption(
        id=OrderId(id_),
        version=version,
        told=told,
        state=RedemptionState(state),
        buyer=buyer,
        at=dialect.moment(at),
        lines=tuple(
            RedemptionLine(
                PromotionId(promotion),
                None if coupon is None else CouponId(coupon),
                None if campaign is None else CampaignId(campaign),
                units,
                Money(amount, Currency(code)),
                tuple(takes.get(number, ())),
            )
            for _, number, promotion, coupon, campaign, units, amount, code in parts[0]
        ),
    )


def _fresh_lines(before: Redemption | None, now: Redemption, _: Dialect) -> Iterable[Row]:
    for number, line in enumerate(() if before else now.lines, 1):
        amount = line.amount
        yield now.id, number, line.promotion, line.coupon, line.campaign, line.units, amount.minor, amount.currency


def _fresh_takes(before: Redemption | None, now: Redemption, _: Dialect) -> Iterable[Row]:
    taken = [(line, each) for line, own in enumerate(now.lines, 1) for each in own.allowances]
    for number, (line, each) in enumerate(() if before else taken, 1):
        yield now.id, number, line, each.allowance, each.count


def _group_values(group: GroupBuy, dialect: Dialect) -> Row:
    return group.state.value, group.buyers_needed, dialect.instant(group.until)


def _group(row: Row, parts: Parts, dialect: Dialect) -> GroupBuy:
    id_, version, told, state, buyers_needed, until = row
    return GroupBuy(
        id=PromotionId(id_),
        version=version,
        told=told,
        state=GroupBuyState(state),
        buyers_needed=buyers_needed,
        until=dialect.moment(until),
        entries=tuple(GroupEntry(OrderId(order), buyer, bool(joined)) for _, _, order, buyer, joined in parts[0]),
    )


def _fresh_entries(before: GroupBuy | None, now: GroupBuy, _: Dialect) -> Iterable[Row]:
    known = len(before.entries) if before else 0
    for number, entry in enumerate(now.entries[known:], known + 1):
        yield now.id, number, entry.order, entry.buyer, entry.joined


_LINE = ("redemption", "number", "promotion", "coupon", "campaign", "units", "amount", "currency")
_CODES = ("limits", "period")

MAPPED: Mapping[type, Mapped[Any]] = {
    Campaign: Mapped(Campaign, tables.campaigns, ("name", "budget", "currency"), (), _campaign_values, _campaign),
    Promotion: Mapped(
        Promotion,
        tables.promotions,
        ("state", "approved"),
        (),
        _promotion_values,
        _promotion,
        (
            Part(tables.promotion_versions, ("promotion", "number", "terms", "at"), "number", _fresh_versions),
            Part(tables.promotion_switches, ("promotion", "number", "version", "at"), "number", _fresh_switches),
        ),
    ),
    Coupon: Mapped(
        Coupon,
        tables.coupons,
        ("withdrawn",),
        ("code", "promotion", *_CODES, "member"),
        _coupon_values,
        _coupon,
    ),
    CouponBatch: Mapped(
        CouponBatch,
        tables.coupon_batches,
        ("assigned",),
        ("promotion", "prefix", "root", "size", "secret", *_CODES, "personal"),
        _batch_values,
        _batch,
        (
            Part(
                tables.coupon_marks,
                ("batch", "number", "kind", "coupon", "member", "at"),
                "number",
                _fresh_marks,
                loaded=False,
            ),
        ),
    ),
    Allowance: Mapped(
        Allowance,
        tables.allowances,
        ("cap", "taken"),
        ("kind", "subject", "buyer", "window"),
        _allowance_values,
        _allowance,
    ),
    Redemption: Mapped(
        Redemption,
        tables.redemptions,
        ("state",),
        ("buyer", "at"),
        _redemption_values,
        _redemption,
        (
            Part(tables.redemption_lines, _LINE, "number", _fresh_lines),
            Part(
                tables.redemption_takes, ("redemption", "number", "line", "allowance", "count"), "number", _fresh_takes
            ),
        ),
    ),
    GroupBuy: Mapped(
        GroupBuy,
        tables.group_buys,
        ("state",),
        ("buyers_needed", "until"),
        _group_values,
        _group,
        (Part(tables.group_buy_entries, ("group", "number", "order", "buyer", "joined"), "number", _fresh_entries),),
    ),
}
