"""The use cases of promotions, campaigns and coupons: load, decide, save.

Whatever changes the rules that prices are made by turns the edition.
"""

from __future__ import annotations

from collections.abc import Callable

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, NotFound
from ecomcore.kernel.ids import CampaignId, CouponBatchId, Ids, PromotionId
from ecomcore.kernel.money import Money
from ecomcore.kernel.text import HIDDEN
from ecomcore.promotions.allowance import Allowance, budget
from ecomcore.promotions.campaign import Campaign
from ecomcore.promotions.codes import canonical, coupon_id
from ecomcore.promotions.commands import (
    AddCoupon,
    ApprovePromotion,
    ArchivePromotion,
    AssignCoupon,
    ChangeBudget,
    ChangePromotion,
    CreatePromotion,
    GenerateCoupons,
    PausePromotion,
    PlanCampaign,
    ResumePromotion,
    SchedulePromotion,
    WithdrawCode,
    WithdrawCoupon,
)
from ecomcore.promotions.coupon import Coupon
from ecomcore.promotions.coupon_batch import CouponBatch
from ecomcore.promotions.ports import Allowances, Campaigns, CouponBatches, Coupons, Promotions, Secrets
from ecomcore.promotions.promotion import Promotion
from ecomcore.promotions.values import MarkKind
from ecomcore.quoting import Editions, Terms

_LOOKED_AT = 200
"""Codes that are looked at in one go for one that nobody has withdrawn."""


def create_promotion(
    command: CreatePromotion, promotions: Promotions, campaigns: Campaigns, ids: Ids, clock: Clock
) -> PromotionId:
    id_ = command.id or PromotionId(ids.new())
    if promotions.find(id_):
        raise AlreadyExists("promotion", "id", id_)
    _refuse_unknown_campaign(command.terms, campaigns)
    promotions.save(Promotion.create(id_, command.terms, clock.now()))
    return id_


def change_promotion(command: ChangePromotion, promotions: Promotions, campaigns: Campaigns, clock: Clock) -> None:
    _refuse_unknown_campaign(command.terms, campaigns)
    promotions.save(promotions.get(command.promotion).change(command.terms, clock.now()))


def schedule_promotion(command: SchedulePromotion, promotions: Promotions, clock: Clock) -> None:
    promotions.save(promotions.get(command.promotion).schedule(command.period, clock.now()))


def approve_promotion(command: ApprovePromotion, promotions: Promotions, editions: Editions, clock: Clock) -> None:
    _change_rules(
        command.promotion, promotions, editions, clock, lambda promotion, at: promotion.approve(command.version, at)
    )


def pause_promotion(command: PausePromotion, promotions: Promotions, editions: Editions, clock: Clock) -> None:
    _change_rules(command.promotion, promotions, editions, clock, Promotion.pause)


def resume_promotion(command: ResumePromotion, promotions: Promotions, editions: Editions, clock: Clock) -> None:
    _change_rules(command.promotion, promotions, editions, clock, Promotion.resume)


def archive_promotion(command: ArchivePromotion, promotions: Promotions, editions: Editions, clock: Clock) -> None:
    _change_rules(command.promotion, promotions, editions, clock, Promotion.archive)


def plan_campaign(command: PlanCampaign, campaigns: Campaigns, allowances: Allowances, ids: Ids) -> CampaignId:
    id_ = command.id or CampaignId(ids.new())
    if campaigns.find(id_):
        raise AlreadyExists("campaign", "id", id_)
    campaigns.save(Campaign.plan(id_, command.name, command.budget))
    if command.budget is not None:
        allowances.save(Allowance.of(budget(id_, command.budget.currency, command.budget)))
    return id_


def change_budget(command: ChangeBudget, campaigns: Campaigns, allowances: Allowances) -> None:
    campaign = campaigns.get(command.campaign)
    wanted, before = command.budget, campaign.budget
    counters = {
        counter.id: counter
        for counter in (
            *((budget(campaign.id, before.currency),) if before is not None else ()),
            *((budget(campaign.id, wanted.currency, wanted),) if wanted is not None else ()),
        )
    }
    known = allowances.many(sorted(counters), lock=True)
    counted = {id_: known.get(id_) or Allowance.of(counter) for id_, counter in counters.items()}

    spent = None
    if wanted is not None:
        spent = Money(counted[budget(campaign.id, wanted.currency).id].taken, wanted.currency)
    changed = campaign.change_budget(wanted, spent)
    if changed is not campaign:
        campaigns.save(changed)
        allowances.save(*(counted[id_].capped(counter.cap) for id_, counter in sorted(counters.items())))


def add_coupon(command: AddCoupon, coupons: Coupons, promotions: Promotions) -> None:
    if coupons.find(coupon_id(command.code)):
        raise AlreadyExists("coupon", "code", HIDDEN)
    promotion = promotions.get(command.promotion).id
    coupons.save(Coupon.add(command.code, promotion, command.limits, command.period, command.member))


def withdraw_coupon(command: WithdrawCoupon, coupons: Coupons) -> None:
    coupon = coupons.find(coupon_id(command.code))
    if coupon is None:
        raise NotFound("Coupon", HIDDEN)
    withdrawn = coupon.withdraw()
    if withdrawn is not coupon:
        coupons.save(withdrawn)


def generate_coupons(
    command: GenerateCoupons, batches: CouponBatches, promotions: Promotions, secrets: Secrets, ids: Ids
) -> CouponBatchId:
    promotion = promotions.get(command.promotion).id
    if batches.by_prefixes([canonical(command.prefix)]):
        raise AlreadyExists("coupon batch", "prefix", command.prefix)
    batch = CouponBatch.generate(
        CouponBatchId(ids.new()),
        promotion,
        command.prefix,
        command.size,
        secrets.new(),
        command.limits,
        command.period,
        personal=command.personal,
    )
    batches.save(batch)
    return batch.id


def assign_coupon(command: AssignCoupon, batches: CouponBatches, clock: Clock) -> str:
    batch = batches.get(command.batch, lock=True)
    number = _next_number(batch, batches)
    batches.save(batch.assign(number, command.member, clock.now()))
    return batch.code(number)


def withdraw_code(command: WithdrawCode, batches: CouponBatches, clock: Clock) -> None:
    batch = batches.get(command.batch, lock=True)
    number = batch.number_of(command.code)
    if number is None:
        raise NotFound("code", HIDDEN)
    marks = batches.marks([batch.coupon(number)]).get(batch.coupon(number), ())
    if all(mark.kind is not MarkKind.WITHDRAWN for mark in marks):
        batches.save(batch.withdraw(number, clock.now()))


def _change_rules(
    id_: PromotionId,
    promotions: Promotions,
    editions: Editions,
    clock: Clock,
    change: Callable[[Promotion, Instant], Promotion],
) -> None:
    promotion = promotions.get(id_)
    changed = change(promotion, clock.now())
    if changed is not promotion:
        promotions.save(changed)
        editions.turn()


def _refuse_unknown_campaign(terms: Terms, campaigns: Campaigns) -> None:
    if terms.campaign is not None:
        campaigns.get(terms.campaign)


def _next_number(batch: CouponBatch, batches: CouponBatches) -> int:
    """The first number after those assigned that nobody has withdrawn. Raises ``NoCodesLeft``."""
    while True:
        numbers = batch.unassigned(_LOOKED_AT)
        marked = batches.marks([batch.coupon(number) for number in numbers])
        free = next((number for number in numbers if batch.coupon(number) not in marked), None)
        if free is not None:
            return free
        batch = batch.having(assigned=numbers[-1])
